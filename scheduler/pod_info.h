/* pod_info.h - a pod as the scheduler looks at it: read once, compared by names. Immutable but for what cache.h says;
 * counted. A waiting pod keeps its object; one on a node keeps only what other pods' rules ask of it.
 * Upstream: pkg/scheduler/framework/types.go PodInfo. */
#ifndef SCHEDULER_POD_INFO_H
#define SCHEDULER_POD_INFO_H

#include "scheduler/labels.h"
#include "scheduler/resources.h"

enum taint_effect { EFFECT_ANY, EFFECT_NO_SCHEDULE, EFFECT_PREFER_NO_SCHEDULE, EFFECT_NO_EXECUTE, EFFECT_OTHER };

struct toleration {
    const struct sym *key, *value; /* key NULL: every key; value NULL: whatever the value (Exists) */
    enum taint_effect effect;      /* EFFECT_ANY: every effect */
};

struct host_port {
    const struct sym *ip; /* NULL: every address */
    char protocol;        /* its first letter: T, U or S */
    int port;
};

struct affinity_term { /* of pod affinity and anti-affinity */
    struct selector pods;
    const struct sym *key; /* topologyKey */
    const struct sym *const *namespaces;
    int nnamespaces; /* none, and no selector of namespaces: the pod's own is in the list */
    struct selector namespace_labels;
    int weight; /* of a preferred term; else 0 */
};

struct affinity_terms {
    const struct affinity_term *v;
    int n;
};

struct spread { /* a topology spread constraint */
    const struct sym *key;
    struct selector pods; /* matchLabelKeys are in it */
    int max_skew, min_domains;
    bool hard; /* DoNotSchedule */
    bool honor_affinity, honor_taints;
};

enum volume_type {
    VOLUME_OTHER,
    VOLUME_CLAIM,
    VOLUME_EPHEMERAL,
    VOLUME_GCE,
    VOLUME_EBS,
    VOLUME_ISCSI,
    VOLUME_RBD,
    VOLUME_CSI,
    VOLUME_MIGRATED, /* of another plugin that a CSI driver took over */
};

struct pod_volume { /* those that matter to a decision; VOLUME_OTHER is left out */
    enum volume_type type;
    const struct sym *claim;           /* VOLUME_CLAIM, VOLUME_EPHEMERAL: the PersistentVolumeClaim's name */
    const struct sym *disk;            /* what two pods must not share: pdName, volumeID, iqn, pool and image */
    const struct sym *const *monitors; /* VOLUME_RBD */
    int nmonitors;
    const struct sym *driver; /* VOLUME_CSI, and who took over an inline volume; NULL */
    const struct sym *handle; /* what that driver calls the inline volume; NULL: nothing */
    const char *bad;          /* why the driver cannot take it; NULL: it can */
    uint8_t plugin;           /* migration.h, of an inline volume */
    bool read_only;
};

struct pod_scored { /* what NodeResourcesFit scores by: the sum of the containers, whatever the pod says as a whole */
    struct amounts request;
    struct non_zero non_zero;
};

struct pod_info {
    uint32_t refs; /* pod_info_ref */
    struct keep keep;
    const struct object *object; /* referenced; NULL: it is on a node */
    struct str name, uid;
    const struct sym *ns, *node; /* node: where it is, or is assumed to be; NULL */
    const struct sym *scheduler; /* spec.schedulerName */
    struct labels labels;
    int priority;
    bool never_preempts; /* preemptionPolicy Never */
    bool deleting;
    bool preempted;    /* DisruptionTarget by a scheduler */
    int64_t started_s; /* status.startTime; 0: none */
    int64_t created_s;
    int64_t generation; /* metadata.generation */
    struct amounts request;
    struct non_zero non_zero;
    const struct pod_scored *scored; /* of a waiting pod with pod-level requests; else NULL: the two above */

    const struct toleration *tolerations;
    const struct host_port *ports; /* by port, protocol, address */
    const struct spread *spreads;
    const struct pod_volume *volumes;
    const struct sym *const *images; /* of init containers, containers and image volumes; with a tag; one each */
    uint16_t ntolerations, nports, nspreads, nvolumes, nimages, ncontainers; /* ncontainers: init containers too */

    const struct sym *wants_node;     /* spec.nodeName of a pod that is not on a node yet */
    const struct sym *nominated_node; /* status.nominatedNodeName */
    struct selector node_selector;    /* spec.nodeSelector */
    bool has_required_nodes;
    struct node_terms required_nodes, preferred_nodes;
    struct affinity_terms affinity, anti_affinity; /* required */
    struct affinity_terms preferred_affinity, preferred_anti_affinity;
    const struct json *claims; /* spec.resourceClaims, in object; NULL: none */
};

/* One reference, the caller's. whole: keeps the object. */
struct pod_info *pod_info_new(const struct object *pod, bool whole);
/* The same pod, which has its object, as it would be on a node: without the object. */
struct pod_info *pod_info_on(const struct pod_info *p, const struct sym *node);
const struct pod_info *pod_info_ref(const struct pod_info *p);
void pod_info_unref(const struct pod_info *p); /* NULL is fine */

/* Of any resource. */
bool pod_asks_less(const struct pod_info *was, const struct pod_info *now);

/* Do two pods want the same port of a node? */
bool ports_conflict(const struct pod_info *a, const struct pod_info *b);
enum taint_effect effect_of(struct str text);
/* A constraint as it is written, without its matchLabelKeys. */
void spread_read(struct spread *s, struct keep *k, const struct json *constraint);
/* An image's name with the tag that a runtime would assume. */
const struct sym *image_sym(struct keep *k, struct str image);

/* Does the pod match a term of a pod of `ns` ...; namespace_labels: of the pod's namespace. */
bool affinity_term_matches(const struct affinity_term *t, const struct pod_info *p,
                           const struct labels *namespace_labels);
static inline bool pod_has_affinity(const struct pod_info *p)
{
    return p->affinity.n || p->preferred_affinity.n || p->anti_affinity.n || p->preferred_anti_affinity.n;
}

#endif
