/* ctl.h - the controller runtime: informers + a work queue + workers around one
 * reconcile function per controller. A key is reconciled, never an event; errors
 * back off; reconcile reads the caches, computes purely, writes the difference. */
#ifndef CLIENT_CTL_H
#define CLIENT_CTL_H

#include "expect.h"
#include "informer.h"
#include "recorder.h"
#include "workq.h"

struct ctl;      /* one running controller */
struct ctl_host; /* a process: shares informers (one per resource) and the client between controllers */

struct outcome { /* what a reconcile says; zeroed, with an arena of its own */
    struct arena *arena;
    bool failed; /* with why: logged, key backs off */
    struct err err;
    int64_t again_after_ms; /* > 0: look again then */
};

typedef void ctl_reconcile_fn(struct ctl *c, struct str ns, struct str name, struct outcome *out);

struct ctl_spec { /* const, listed in controllers.def */
    const char *name;
    const char *primary;     /* resource whose keys are reconciled; NULL: keys come from on_read_event alone */
    const char *owns[4];     /* resources whose controller ownerReference (of kind `kind`) wakes the owner; what
                              * expectations count are objects of the first */
    const char *reads[6];    /* resources it wants in the cache without waking */
    const char *kind;        /* kind of the primary, for owner look-ups */
    const char *events_from; /* source of its Events; NULL: "NAME-controller" */
    int workers;             /* the most; they are started as keys wait */
    ctl_reconcile_fn *reconcile;
    /* Optional: maps an event of a resource in `reads` to keys (workq_add on ctl_queue). old NULL: added; obj NULL:
     * deleted. */
    void (*on_read_event)(struct ctl *c, const char *resource, const struct object *old, const struct object *obj);
    void (*init)(struct ctl *c);    /* optional, before informers start */
    void (*release)(struct ctl *c); /* optional, after the last worker and informer: frees what init made */
};

struct ctl_host *ctl_host_new(struct rest *r, const char *component);
/* Before ctl_host_run: the caller's sim (clock, turns); sim_stop it after ctl_host_stop. Without it ctl_host_run starts
 * one of its own. */
struct sim;
void ctl_host_set_sim(struct ctl_host *h, struct sim *sim);
/* Before ctl_start: what the cache of a resource need not keep; `trim` lives as long as the host. */
void ctl_host_trim(struct ctl_host *h, const char *resource, object_trim_fn *trim);
/* Adds a controller; it works from ctl_host_run on, the first one added before all others. spec lives as long as the
 * host. Its events come from "NAME-controller". */
struct ctl *ctl_start(struct ctl_host *h, const struct ctl_spec *spec);
bool ctl_host_run(struct ctl_host *h); /* starts informers, waits for sync, starts workers; false: sync timed out */
void ctl_host_stop(
    struct ctl_host *h); /* running reconciles and queued events may finish (0.6 s, 0.3 s), then all is joined */
void ctl_host_free(struct ctl_host *h);
bool ctl_host_idle(struct ctl_host *h);

/* For init alone. Events of the resource go to on_read_event, with this very pointer, which lives as long as the host.
 * The cache holds its objects' metadata only, unless another controller wants the whole. */
void ctl_read_metadata(struct ctl *c, const char *resource);
/* While the controller works: one more informer, of metadata (kinds: as informer_options has it), with a handler that
 * gets `arg`; started. The host frees arg, which is from malloc, with the informer: after ctl_informer_end, once its
 * thread has ended, or with itself. Any thread but the informer's. NULL: the host is stopping, and arg is freed. */
struct informer *ctl_informer_start(struct ctl *c, const char *resource, bool kinds, informer_fn *fn, void *arg);
void ctl_informer_end(struct ctl *c, struct informer *i); /* its handler may still be called */
void ctl_set_state(struct ctl *c, void *state);
void *ctl_state(struct ctl *c); /* what init set */

/* For reconcile code. */
struct rest *ctl_rest(struct ctl *c);
struct workq *ctl_queue(struct ctl *c);
struct expect *ctl_expect(struct ctl *c);
struct recorder *ctl_recorder(struct ctl *c);
struct informer *ctl_informer(struct ctl *c, const char *resource); /* one of primary/owns/reads */
const struct object *ctl_get(struct ctl *c, const char *resource, struct str ns, struct str name); /* referenced */
/* Objects of `resource` (one of owns) whose controller is owner (by uid), and those of a namespace that have no
 * controller. In key order. */
void ctl_owned(struct ctl *c, const char *resource, const struct object *owner, struct objs *out);
void ctl_orphans(struct ctl *c, const char *resource, struct str ns, struct objs *out);
/* Writes the primary's status (PUT .../status) unless it equals what `was` holds; conflicts count as failed.
 * now: the new status alone, or the whole object (it then has .metadata). */
void ctl_put_status(struct ctl *c, const struct object *was, struct json *now, struct outcome *out);
void ctl_fail(struct outcome *out, const struct err *e);
/* Calls fn for each i in [0, n) from several threads (where turns are granted: one after the other), and returns how
 * many said true. Each call has an outcome of its own; out fails when one of them does. fn reads what arg points to. */
typedef bool ctl_each_fn(struct ctl *c, int64_t i, void *arg, struct outcome *out);
int64_t ctl_each(struct ctl *c, int64_t n, ctl_each_fn *fn, void *arg, struct outcome *out);
/* Records a core/v1 Event about an object of the primary's kind. type: "Normal" or "Warning". Never blocks. */
__attribute__((format(printf, 5, 6))) void ctl_event(struct ctl *c, const struct object *about, const char *type,
                                                     const char *reason, const char *fmt, ...);

#endif
