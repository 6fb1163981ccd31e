/* daemonset.h - the parts of the DaemonSet controller: its pods (what they look like, where they belong), what is to be
 * done (pure), and the patience with pods that keep failing.
 * Upstream: pkg/controller/daemon/{daemon_controller,update}.go, util/daemonset_util.go. */
#ifndef CONTROLLERS_DAEMONSET_H
#define CONTROLLERS_DAEMONSET_H

#include "api/object.h"

/* ---- Pods (daemonset_pod.c) ---- */

#define DAEMON_HASH_LABEL "controller-revision-hash"

/* The set's template as its pods are made from it: with the tolerations of daemons, and labels that say of which
 * revision. */
struct json *daemonset_template(struct arena *a, const struct object *set, struct str hash);
/* A pod of that template for the node: bound by node affinity, so that the scheduler places it. */
struct json *daemonset_pod(struct arena *a, const struct object *set, const struct json *tmpl, struct str node);
/* Where a pod is or will be; STR_NULL: nowhere. */
struct str daemonset_node_of(const struct object *pod);
/* Of the newest revision? */
bool daemonset_is_updated(const struct object *set, const struct object *pod, struct str hash);
/* run: a pod belongs on the node. stay: a pod that is there already may stay. tmpl: as daemonset_template makes it. */
void daemonset_fits(const struct json *tmpl, const struct object *node, bool *run, bool *stay);

/* ---- What is to be done (daemonset_plan.c) ---- */

enum daemon_end { DAEMON_SURPLUS, DAEMON_FAILED, DAEMON_SUCCEEDED }; /* why a pod is to be deleted */

struct daemon_removal {
    const struct object *pod; /* borrowed */
    struct str node;
    enum daemon_end why;
};

struct daemon_steps {
    struct str *creates; /* names of nodes */
    struct daemon_removal *removals;
    size_t ncreates, nremovals;
};

struct daemon_counts {
    int64_t desired, current, misscheduled, ready, updated, available;
};

struct daemon_view; /* the set's pods by node; in the arena */
/* Cost: O(nodes + pods). Everything is borrowed. */
struct daemon_view *daemonset_view(struct arena *a, const struct object *set, struct str hash, const struct objs *nodes,
                                   const struct objs *pods);
/* One pod on each node that should have one, none elsewhere, failed ones away. */
void daemonset_manage(const struct daemon_view *v, struct daemon_steps *steps);
/* Old pods give way to new ones within maxUnavailable or maxSurge. Only when daemonset_manage has nothing to do. */
void daemonset_update(const struct daemon_view *v, struct daemon_steps *steps);
void daemonset_count(const struct daemon_view *v, struct daemon_counts *n);

/* ---- Failing pods (daemonset_backoff.c). Thread: any. ---- */

/* May the failed pod of this key (set and node) be deleted now? Then the next one has to wait longer: 1 s, doubling up
 * to 15 min, forgotten after twice that. Otherwise *wait_ms is the rest of the wait. */
bool daemonset_may_retry(struct str key, int64_t *wait_ms);

#endif
