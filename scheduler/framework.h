/* framework.h - extension points, verdicts and what a plugin sees. One plugin is one const struct and a few functions
 * in plugins/NAME.c, pure but for the state of their cycle; plugins/plugins.c lists them in upstream's order.
 * Upstream: staging/src/k8s.io/kube-scheduler/framework/interface.go. */
#ifndef SCHEDULER_FRAMEWORK_H
#define SCHEDULER_FRAMEWORK_H

#include "api/points.h"
#include "scheduler/cache.h"
#include "scheduler/listers.h"
#include "scheduler/storage.h"

/* What happens in a cluster that may let a waiting pod in (fwk.ClusterEvent). */
enum {
    EV_NODE_ADD = 1 << 0,
    EV_NODE_ALLOCATABLE = 1 << 1,
    EV_NODE_LABEL = 1 << 2,
    EV_NODE_TAINT = 1 << 3,
    EV_NODE_FEATURE = 1 << 4,
    EV_POD_ADD = 1 << 5,        /* a pod came to a node */
    EV_POD_LABEL = 1 << 6,      /* labels of an assigned pod changed */
    EV_POD_SCALE_DOWN = 1 << 7, /* an assigned pod asks for less */
    EV_POD_DELETE = 1 << 8,     /* an assigned pod was deleted or finished */
    EV_SELF = 1 << 9,           /* the waiting pod itself changed */
    EV_CLAIM = 1 << 10,
    EV_VOLUME = 1 << 11,
    EV_CLASS = 1 << 12,
    EV_CSINODE = 1 << 13,
    EV_CSIDRIVER = 1 << 14,
    EV_CAPACITY = 1 << 15,
    EV_NAMESPACE = 1 << 16,
    EV_RESOURCE_CLAIM = 1 << 17,
    EV_NODE_DELETE = 1 << 18,
    EV_ATTACHMENT = 1 << 19,
    EV_ANYTHING = 1 << 20, /* helps whoever waits, nobody is asked */
};

/* Of EV_SELF: what about the waiting pod changed; one an event. */
enum {
    SELF_LABELS = 1 << 0,
    SELF_SCALE_DOWN = 1 << 1,
    SELF_GATES = 1 << 2, /* the last one is gone */
    SELF_TOLERATIONS = 1 << 3,
    SELF_CLAIMS = 1 << 4, /* status.resourceClaimStatuses, status.extendedResourceClaimStatus */
    SELF_OTHER = 1 << 5,  /* none of these, but something of the spec */
};

struct sched_event {
    unsigned what;                            /* one of EV_* */
    unsigned self;                            /* EV_SELF: one of SELF_* */
    const struct node_info *was, *node;       /* EV_NODE_* */
    const struct pod_info *pod_was, *pod;     /* EV_POD_*: before and after; either may be NULL. EV_SELF: both */
    const struct json *object_was, *object;   /* the others */
    const struct object *holder_was, *holder; /* what these are in: referenced when the event is kept for a cycle */
    struct listers *listers;                  /* the queue says; NULL: nobody does */
};

/* Did one of these things about the waiting pod p itself change? Pods in cycles are told of each other's changes. */
static inline bool self_changed(const struct sched_event *e, const struct pod_info *p, unsigned changes)
{
    return e->what == EV_SELF && e->self & changes && str_eq(e->pod->uid, p->uid);
}

enum { PLUGINS_MAX = 24 };

struct cycle;
struct rest;

/* Is told of each call of a plugin when it is over; may block. score: of Score, what the plugin gave. */
struct call_watcher {
    void (*told)(struct call_watcher *w, enum point point, int plugin, const struct node_info *n, enum verdict v,
                 int64_t score);
};

struct binding { /* of a pod that was placed; on a thread of its own, without locks */
    struct rest *rest;
    struct cache *cache;
    const struct pod_info *pod;
    const struct sym *node;
    struct call_watcher *watcher; /* NULL: nobody */
};

enum prebound { PREBOUND_DONE, PREBOUND_WAIT, PREBOUND_FAILED };

struct sched_plugin {
    const char *name;
    const char *source; /* our file that decides, for those who step */

    /* Of one profile: its arguments, NULL for the defaults, to what the plugin wants to have (or NULL: none). */
    void *(*configure)(const struct json *args, struct err *e);
    void (*unconfigure)(void *args);

    /* May the pod enter the queue? Called under the queue's lock: reads the pod and what args hold, no cache. */
    enum verdict (*pre_enqueue)(const void *args, const struct pod_info *p, struct buf *why);
    /* A refusal (with cycle_why) holds for every node: no other plugin is asked. cycle_only narrows the nodes. */
    enum verdict (*prefilter)(struct cycle *cy, void **state);
    /* What would be with or without a pod on a node; clone: a copy of the state, in the cycle's arena. All three or
     * none. */
    void *(*clone)(struct cycle *cy, const void *state);
    void (*add_pod)(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n);
    void (*remove_pod)(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n);
    enum verdict (*filter)(struct cycle *cy, const void *state, const struct node_info *n);
    /* No node fits: what helps? V_OK: a node was nominated (cycle_nominate), nobody else is asked. V_UNSCHEDULABLE: the
     * next plugin is asked. V_SKIP: extenders are to be asked first, and then it again. *why (may stay NULL) is what
     * the failure's text says of it; it lives as long as the cycle. */
    enum verdict (*post_filter)(struct cycle *cy, const char **why);
    enum verdict (*prescore)(struct cycle *cy, void **state, const struct node_info *const *nodes, int n);
    /* 0..100, or raw when normalize is set. */
    int64_t (*score)(struct cycle *cy, const void *state, const struct node_info *n);
    void (*normalize)(struct cycle *cy, const void *state, const struct node_info *const *nodes, int64_t *scores,
                      int n);
    int64_t weight; /* of the score, unless a profile says otherwise */

    /* The node was chosen, the cache's lock is held: takes what the pod needs there, so that no later cycle does. What
     * it took is in *held (heap; NULL: nothing, and the rest is not asked). Not V_OK: cycle_why, and nothing is held.
     */
    enum verdict (*reserve)(struct cycle *cy, const struct node_info *n, void **held);
    /* PreBind: writes what must be written before the pod is bound. May block. */
    bool (*prebind)(const struct binding *b, void *held, struct err *e);
    /* Is all through that prebind set off? Under the cache's lock; asked again when something listed changed, and at
     * *until_ns (cluster time). NULL: nothing is waited for. */
    enum prebound (*prebound)(const struct binding *b, void *held, int64_t *until_ns, struct err *e);
    /* The attempt is over: takes back what was not written, and frees held. */
    void (*unreserve)(struct cache *c, void *held);

    unsigned retry_on; /* EV_* that may let in a pod this plugin refused */
    /* Of such an event: may it? NULL: always. args: of the pod's profile. */
    bool (*hint)(const void *args, const struct pod_info *p, const struct sched_event *e);
};

/* In upstream's order; ends with NULL. */
extern const struct sched_plugin *const sched_plugins[];
int plugin_find(struct str name); /* index into sched_plugins; -1 */

/* ---- For plugins, of the cycle that runs ---- */

const struct pod_info *cycle_pod(const struct cycle *cy);
struct arena *cycle_arena(struct cycle *cy);
struct keep *cycle_keep(struct cycle *cy);
struct cache *cycle_cache(struct cycle *cy); /* its lock is held */
struct listers *cycle_listers(struct cycle *cy);
struct storage *cycle_storage(struct cycle *cy);
const void *cycle_args(const struct cycle *cy); /* what configure gave to the plugin that runs */
struct node_info *const *cycle_nodes(const struct cycle *cy, int *count);     /* of the cluster */
const struct labels *cycle_namespace(struct cycle *cy, const struct sym *ns); /* its labels; never NULL */
/* A reason of the filter that is running, for the node it looks at, or of a prefilter. Upstream's text; it lives as
 * long as the cycle's arena. */
void cycle_why(struct cycle *cy, const char *text);
bool cycle_has_why(const struct cycle *cy);
/* A reason that a node lacks so much of a resource; its name lives as long, too. */
void cycle_short(struct cycle *cy, const char *text, const char *resource, int64_t by);
__attribute__((format(printf, 2, 3))) void cycle_whyf(struct cycle *cy, const char *fmt, ...);
/* PreFilter: only these nodes are looked at; sets of several plugins are intersected. */
void cycle_only(struct cycle *cy, const struct sym *const *names, int n);
/* PostFilter: status.nominatedNodeName is to become this; NULL: none. */
void cycle_nominate(struct cycle *cy, const struct sym *node);

/* ---- Shared by plugins ---- */

/* Is it a claim of the pod? claim NULL: no. ephemeral: those that come with the pod count too. */
bool pod_uses_claim(const struct pod_info *p, const struct json *claim, bool ephemeral);
void normalize_default(int64_t *scores, int count, bool reverse); /* plugins/helper/normalize_score.go */

#endif
