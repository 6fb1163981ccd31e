/* cycle.h - one attempt to place one pod: PreFilter, Filter, PreScore, Score, NormalizeScore, the choice.
 * A cycle is self-contained: what it found stays readable after the cache moved on. One thread at a time.
 * Upstream: pkg/scheduler/schedule_one.go. */
#ifndef SCHEDULER_CYCLE_H
#define SCHEDULER_CYCLE_H

#include "base/map.h"
#include "base/rnd.h"
#include "scheduler/extender.h"
#include "scheduler/profile.h"

struct node_verdict {        /* of one node that was looked at */
    int node;                /* in the cycle's table */
    uint8_t verdict, plugin; /* plugin: the filter that refused it, or the extender (extender.h) */
    uint16_t why;            /* in the cycle's table of reasons; of refused nodes */
};

struct why { /* one refusal; nodes that were refused alike share one */
    const char *texts[REASONS_MAX];
    int8_t lacking[REASONS_MAX]; /* place of what text i is about in the cycle's lacks; -1: none */
    int n;
    const char *detail;      /* what exactly was in the way; NULL */
    uint8_t verdict, plugin; /* of a node */
    bool nominated;          /* only because of pods that are nominated to the node */
};

struct lack { /* of one resource: how much of it nodes lack, of those that are refused for it, in their order */
    const char *resource;
    int64_t *v;
    int n, cap;
};

struct cycle_times { /* ns at an extension point, all plugins together */
    int64_t prefilter, filter, postfilter, prescore, score, normalize;
};

struct score_column { /* of one plugin, for the nodes that fit, in their order */
    int plugin;
    int64_t weight;
    int64_t *raw, *normalized;
};

struct extended_node { /* what extenders said of a node that fitted */
    bool passed;
    uint8_t verdict, by; /* by: the extender that took it out, as a plugin */
    const char *why;     /* one text is one pointer; NULL: none was given */
};

struct extended {                   /* all that extenders said in one cycle; in its arena */
    struct extended_node *nodes;    /* in the order of fits */
    int64_t *points[EXTENDERS_MAX]; /* of these nodes, as they were given; NULL: the extender gave none */
    uint32_t filtered;              /* bits of extenders that did */
    bool bare;                      /* nodes came back as objects, without the pods on them */
};

struct extender_note {             /* of an extender in one cycle */
    int64_t nanos[EXTENDER_VERBS]; /* its calls; 0: none */
    const char *error;             /* why it was passed over, or gave no points; NULL */
};

struct cycle {
    struct arena arena;
    struct keep keep;           /* names that plugins hold during the cycle */
    const struct pod_info *pod; /* referenced */
    const struct profile *profile;
    struct cache *cache;
    const struct node_table *table;   /* referenced */
    void *state[PLUGINS_MAX];         /* of PreFilter, for Filter; filters may be asked again when all is scored */
    void *score_state[PLUGINS_MAX];   /* of PreScore, for Score; else as state */
    uint32_t skip_filter, skip_score; /* bits of plugins */

    struct node_verdict *verdicts; /* in the order in which nodes were looked at */
    int evaluated;
    int *fits; /* places in verdicts */
    int feasible;
    struct why *whys;
    int nwhys, cwhys;
    uint16_t *why_slots; /* whys.h: when they are many */
    struct lack lacks[LACKS_MAX];
    int nlacks;
    struct score_column *columns; /* extenders that gave points come behind the plugins */
    int ncolumns;
    int64_t *totals; /* of the nodes that fit */

    int all_nodes;     /* in the cluster */
    int sampled_out;   /* nodes that were not looked at, for enough others fit */
    int left_out;      /* nodes that prefilters, or a request, took out */
    int chosen;        /* place in fits; -1: none */
    int ties;          /* nodes with the top score */
    bool scored;       /* more than one fitted */
    bool preferred;    /* among equals the node that was shown before was taken */
    const char *error; /* an internal failure ended the attempt: why; NULL */
    int prefiltered;   /* plugins that were asked at PreFilter */
    int refused_by; /* plugin whose prefilter refused the pod, for any node; -1: none, or those of only_by together */
    enum verdict refusal; /* of the pod, for any node; V_OK: none */
    struct why refusal_why;
    const struct sym **only; /* the nodes that prefilters left; NULL: all */
    int nonly;
    uint32_t only_by; /* bits of the plugins that narrowed */

    /* PostFilter, when no node fits. */
    const char *post_text;         /* of the failure's text; NULL: nothing */
    bool nominates;                /* status.nominatedNodeName becomes `nominated` (NULL: none) */
    const struct sym *nominated;   /* in the cycle's table */
    struct preemption *preemption; /* what was found; NULL: not looked for */
    int64_t started_ns;            /* mono */
    struct cycle_times times;

    /* Of the call that is running. */
    struct why now;
    int64_t by[REASONS_MAX]; /* how much of now.lacking lacks */
    bool refused_nominated;  /* with the pods that are nominated to the node */
    struct details *details; /* details.h */
    int running;             /* plugin */
    struct node_info *const *nodes;
    int nnodes;
    struct namespace_labels *namespaces;
    bool pauses;          /* cycle_compute stops when nodes fit, for extenders are to be asked (extending.h) */
    bool no_nominated;    /* the node kept for the pod has no precedence */
    bool tried_nominated; /* only that one was looked at, and it fits */
    const struct extended *extended; /* what they said: cycle_compute goes on from there. Stays for those who explain */
    bool goes_on;
    struct extender_note *notes; /* by extender; NULL: none was asked */
    int *asked_as;               /* of a node that fits: its place in what was said; NULL: as it is */
    int silent;                  /* nodes that extenders took out without a word */
    int post_at;                 /* the PostFilter that waits for extenders, in the profile's order; -1: none does */
    struct rnd *choice;
    struct held_pod *held;        /* pods that what was found points to */
    struct call_watcher *watcher; /* of all calls but those that only try something out; NULL: nobody */
};

void cycle_init(struct cycle *cy, const struct profile *profile, const struct pod_info *pod);
void cycle_release(struct cycle *cy);
/* Computes on the cache as it is now; may be called again (a parked cycle re-checks). only: names a request returned,
 * or NULL for all. start: where filtering begins, moved on as upstream does. choice: randomness of ties. */
void cycle_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice);
/* Extenders left a PostFilter something to decide: it and those behind it are asked again. Locks the cache. */
void cycle_post_filter(struct cycle *cy);
/* After a re-check: stay with that node if it is as good as the one chosen now, so that what was shown is what happens.
 */
void cycle_prefer(struct cycle *cy, struct str node);
struct str cycle_node(const struct cycle *cy);           /* the chosen node, STR_NULL */
struct str cycle_node_at(const struct cycle *cy, int i); /* of verdicts[i] */
/* Keeps a pod as long as the cycle. */
const struct pod_info *cycle_hold(struct cycle *cy, const struct pod_info *p);
/* The names of the plugins that narrowed the nodes, sorted: "[A B]". In the cycle's arena. */
const char *cycle_narrowers(struct cycle *cy);
/* Plugins that refused some node, or the pod, as bits. */
uint32_t cycle_refusers(const struct cycle *cy);
/* How many feasible nodes are enough out of n (numFeasibleNodesToFind); percentage 0: adaptive. */
int cycle_enough(int n, int percentage);

/* ---- For preemption: under the cache's lock, in a cycle that has been computed ---- */

/* A copy of all states, to change with add and remove. */
void cycle_clone_states(struct cycle *cy, void *states[PLUGINS_MAX]);
void cycle_add_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n);
void cycle_remove_pod(struct cycle *cy, void *states[PLUGINS_MAX], const struct pod_info *p, struct node_info *n);
/* All filters on a node, with the pods that are nominated to it considered. cy->now holds the reasons. */
enum verdict cycle_filter(struct cycle *cy, void *const states[PLUGINS_MAX], const struct node_info *n, int *plugin);

#endif
