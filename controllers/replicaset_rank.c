/* replicaset_rank.c - which pods a shrinking set gives up first (pkg/controller/controller_utils.go,
 * ActivePodsWithRanks).
 * Reads: pods.   Writes: their order. */
#include "controllers/replicaset.h"

#include "base/map.h"
#include "controllers/pod_control.h"

#include <stdlib.h>

struct rank {
    const struct object *pod;
    int64_t assigned, phase, ready, cost, crowd, ready_since_s, restarts, made_s;
    int64_t now_ns;
};

static int64_t deletion_cost(const struct object *pod)
{
    int64_t cost = 0;
    struct str text =
        obj_map_str(pod->root, ".metadata.annotations", STR("controller.kubernetes.io/pod-deletion-cost"));
    return str_to_i64(text, &cost) ? cost : 0;
}

/* Counts live in the map as pointers: no allocation per node. */
static int64_t count_of(const struct map *m, struct str node) { return (int64_t)(intptr_t)map_get(m, node); }

static void count_nodes(struct map *m, const struct objs *pods)
{
    for (size_t i = 0; i < pods->count; i++) {
        struct str node = obj_str(pods->items[i]->root, ".spec.nodeName");
        if (node.n) map_set(m, node, (void *)(intptr_t)(count_of(m, node) + 1));
    }
}

static void rank_pod(struct rank *r, const struct object *pod, const struct map *crowds, int64_t now_ns)
{
    struct str node = obj_str(pod->root, ".spec.nodeName");
    *r = (struct rank){.pod = pod,
                       .assigned = node.n > 0,
                       .phase = pod_phase_rank(pod),
                       .ready = obj_condition_true(pod->root, "Ready"),
                       .cost = deletion_cost(pod),
                       .crowd = node.n ? count_of(crowds, node) : 0,
                       .ready_since_s = obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", 0),
                       .restarts = pod_restarts(pod),
                       .made_s = obj_time_s(pod->root, ".metadata.creationTimestamp", 0),
                       .now_ns = now_ns};
}

/* The order of magnitude of an age: of pods that are about as old none is preferred for its age. */
static int log_age(int64_t since_s, int64_t now_ns)
{
    int64_t age_ns = now_ns - since_s * 1000000000;
    int log = -1;
    for (; age_ns > 0; age_ns >>= 1) log++;
    return log;
}

/* Younger first by magnitude, then by the chance of their uids. 0: the times are the same. */
static int compare_ages(const struct rank *a, const struct rank *b, int64_t time_a_s, int64_t time_b_s)
{
    if (time_a_s == time_b_s) return 0;
    int x = log_age(time_a_s, a->now_ns), y = log_age(time_b_s, b->now_ns);
    return x != y ? x - y : str_cmp(a->pod->uid, b->pod->uid);
}

/* Negative: x goes first. */
static int compare_ranks(const void *x, const void *y)
{
    const struct rank *a = x, *b = y;
    const int64_t less_first[][2] = {
        {a->assigned, b->assigned}, {a->phase, b->phase}, {a->ready, b->ready}, {a->cost, b->cost}};
    for (size_t i = 0; i < ARRAY_LEN(less_first); i++)
        if (less_first[i][0] != less_first[i][1]) return less_first[i][0] < less_first[i][1] ? -1 : 1;
    if (a->crowd != b->crowd) return a->crowd > b->crowd ? -1 : 1;
    int order = a->ready ? compare_ages(a, b, a->ready_since_s, b->ready_since_s) : 0;
    if (order) return order;
    if (a->restarts != b->restarts) return a->restarts > b->restarts ? -1 : 1;
    order = compare_ages(a, b, a->made_s, b->made_s);
    return order ? order : str_cmp(a->pod->name, b->pod->name);
}

void replicas_rank(struct objs *pods, const struct objs *related, int64_t now_ns)
{
    if (pods->count < 2) return;
    struct rank *ranks = xcalloc(pods->count, sizeof *ranks);
    struct map crowds = {0};
    count_nodes(&crowds, related);
    for (size_t i = 0; i < pods->count; i++) rank_pod(&ranks[i], pods->items[i], &crowds, now_ns);
    qsort(ranks, pods->count, sizeof *ranks, compare_ranks);
    for (size_t i = 0; i < pods->count; i++) pods->items[i] = ranks[i].pod;
    map_release(&crowds, NULL);
    free(ranks);
}
