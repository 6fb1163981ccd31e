/* extender.h - servers that a KubeSchedulerConfiguration names to be asked too: which nodes fit, how good they are, who
 * has to go, and to bind pods. One call is one POST of JSON, on connections that are kept, within the extender's
 * timeout; a call blocks and is made under no lock. Immutable, owned by the configuration; any thread.
 * Upstream: pkg/scheduler/extender.go. */
#ifndef SCHEDULER_EXTENDER_H
#define SCHEDULER_EXTENDER_H

#include "base/err.h"
#include "scheduler/limits.h"
#include "scheduler/pod_info.h"

enum {
    EXTENDER_FIRST = 32, /* extender i stands where a plugin's place stands, as EXTENDER_FIRST + i */
    EXTENDER_SCALE = 10, /* MaxNodeScore / MaxExtenderPriority */
};
#define EXTENDER_REFUSED (1u << 31) /* among bits of plugins: some extender refused a node ("Extender") */

enum extender_verb { EXTENDER_FILTER, EXTENDER_PRIORITIZE, EXTENDER_PREEMPT, EXTENDER_BIND, EXTENDER_VERBS };

struct http;

struct extender {
    char *url;                   /* as configured; it is the extender's name */
    char *verbs[EXTENDER_VERBS]; /* NULL: it is not asked for that */
    int64_t weight, timeout_ms;
    bool cache_capable;      /* it knows the nodes: names are sent, not objects */
    bool ignorable;          /* when it fails, all goes on without it */
    const struct sym **only; /* resources: it is asked about pods that want one of them; none: about all */
    int nonly;
    struct http *http; /* NULL: the URL is none, and `broken` says why */
    char *broken;
};

struct extenders { /* those that may be ignored come last */
    int n;
    struct extender v[];
};

/* From the list of a configuration that was checked. NULL: *e in upstream's words. */
struct extenders *extenders_new(const struct json *list, struct err *e);
void extenders_free(struct extenders *x);        /* no call is under way; NULL is fine */
void extenders_abort(const struct extenders *x); /* ends calls that are under way, and later ones; NULL is fine */
/* Does any of them have the verb? x may be NULL. */
bool extenders_have(const struct extenders *x, enum extender_verb verb);
/* Of any extender: are whole nodes, or whole pods, sent? x may be NULL. */
bool extenders_send_nodes(const struct extenders *x);
bool extenders_send_pods(const struct extenders *x);

/* Is it asked for that about the pod, which has its object? (IsInterested) */
bool extender_wants(const struct extender *x, enum extender_verb verb, const struct pod_info *pod);
/* POSTs the JSON text. *answer: the body of the 200, which the caller releases. False: *e in upstream's words. */
bool extender_call(const struct extender *x, enum extender_verb verb, struct str body, struct buf *answer,
                   struct err *e) MUST_USE;

#endif
