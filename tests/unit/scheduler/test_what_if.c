/* test_what_if.c - spreading and affinity with pods added and removed in a copied state say the same as a cycle over a
 * cache that has, or has not, these pods. */
#include "base/rnd.h"
#include "cluster.h"

#include <stdio.h>

enum { NODES = 9, APPS = 3, STEPS = 25 };

static const char *const pods[] = {
    /* what is placed, members of its spec */
    "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\","
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"app0\"}}}]",
    "\"topologySpreadConstraints\":[{\"maxSkew\":2,\"minDomains\":4,\"topologyKey\":\"rack\",\"whenUnsatisfiable\":"
    "\"DoNotSchedule\",\"labelSelector\":{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]}},"
    "{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\",\"nodeTaintsPolicy\":\"Honor\","
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"app1\"}}}],\"nodeSelector\":{\"disk\":\"ssd\"}",
    "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"zone\","
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"app1\"}}},{\"topologyKey\":\"rack\",\"labelSelector\":{"
    "\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"NotIn\",\"values\":[\"app2\"]}]}}]}}",
    "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"zone\","
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"app0\"}}}]}}",
    "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"rack\","
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"app1\"}}},{\"topologyKey\":\"zone\",\"labelSelector\":{"
    "\"matchLabels\":{\"app\":\"app2\"}}}]}}",
};

/* Members of the spec of a pod on a node: now and then one that does not want app0 near. */
static const char *random_spec(struct rnd *r)
{
    if (rnd_next_below(r, 6)) return "";
    return rnd_next_below(r, 2)
               ? "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{"
                 "\"topologyKey\":\"rack\",\"labelSelector\":{\"matchLabels\":{\"app\":\"app0\"}}}]}}"
               : "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{"
                 "\"topologyKey\":\"zone\",\"namespaceSelector\":{},\"labelSelector\":{\"matchLabels\":{\"app\":"
                 "\"app0\"}}}]}}";
}

static struct pod_info *random_pod(struct rnd *r, int number)
{
    char name[16], node[16], labels[32];
    snprintf(name, sizeof name, "p%d", number);
    snprintf(node, sizeof node, "n%d", (int)rnd_next_below(r, NODES));
    snprintf(labels, sizeof labels, "\"app\":\"app%d\"", (int)rnd_next_below(r, APPS));
    return pod_from(name, node, labels, random_spec(r));
}

static struct cache *random_cluster(struct rnd *r)
{
    struct cache *c = cache_new();
    for (int i = 0; i < NODES; i++) {
        char name[16], labels[96];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(labels, sizeof labels, "\"zone\":\"z%d\",\"%s\":\"r%d\",\"disk\":\"%s\"", (int)rnd_next_below(r, 3),
                 rnd_next_below(r, 6) ? "rack" : "none", (int)rnd_next_below(r, 5), rnd_next_below(r, 4) ? "ssd" : "");
        put_node(c, name, labels);
    }
    return c;
}

static bool skips(const struct cycle *cy, const char *plugin)
{
    return cy->skip_filter & 1u << plugin_find(str_of(plugin));
}

/* All nodes: the changed state of one cycle, and a new one over the changed cache. */
static void compare(struct cycle *cy, void *states[PLUGINS_MAX], struct cache *c, const struct profile *profile)
{
    struct cycle anew;
    struct rnd choice;
    int start = 0, n;
    rnd_stream(&choice, 1);
    cycle_init(&anew, profile, cy->pod);
    cycle_compute(&anew, c, NULL, &start, &choice);
    cache_lock(c);
    struct node_info *const *nodes = cache_nodes(c, &n);
    /* What was skipped stays so: nobody looked for what came later. */
    for (int i = 0; i < n && skips(cy, "InterPodAffinity") == skips(&anew, "InterPodAffinity"); i++) {
        int of_copy = -1, of_new = -1;
        enum verdict copy = cycle_filter(cy, states, nodes[i], &of_copy);
        enum verdict fresh = cycle_filter(&anew, anew.state, nodes[i], &of_new);
        ck_assert_msg(copy == fresh && of_copy == of_new, "%s: %d by %d, and anew %d by %d", nodes[i]->name->text, copy,
                      of_copy, fresh, of_new);
    }
    cache_unlock(c);
    cycle_release(&anew);
}

/* The changes happen to the cache, and (on a copy of the node) to the states. */
static void come_and_go(struct cycle *cy, void *states[PLUGINS_MAX], struct cache *c, struct pod_info **there, int *n,
                        struct rnd *r)
{
    bool comes = *n == 0 || rnd_next_below(r, 2);
    int at = comes ? (*n)++ : (int)rnd_next_below(r, (uint64_t)*n);
    if (comes) there[at] = random_pod(r, 1000 + (int)rnd_next_below(r, 1u << 30));
    struct pod_info *p = there[at];
    cache_lock(c);
    struct node_info *copy = node_info_copy(cache_node(c, sym_str(p->node)));
    if (comes)
        cycle_add_pod(cy, states, p, copy);
    else
        cycle_remove_pod(cy, states, p, copy);
    node_info_copy_free(copy);
    cache_unlock(c);
    if (comes) {
        pod_info_unref(cache_set_pod(c, p));
    } else {
        pod_info_unref(cache_remove_pod(c, p->uid));
        pod_info_unref(p);
        there[at] = there[--*n];
    }
}

static void one_sequence(struct rnd *r, const struct profile *profile, const char *spec)
{
    struct cache *c = random_cluster(r);
    struct pod_info *there[2 * STEPS], *web = pod_from("web", NULL, "\"app\":\"app0\"", spec);
    void *states[PLUGINS_MAX];
    struct cycle cy;
    struct rnd choice;
    int n = 0, start = 0;
    rnd_stream(&choice, 1);
    while (n < STEPS / 2) {
        there[n] = random_pod(r, n);
        pod_info_unref(cache_set_pod(c, there[n++]));
    }
    cycle_init(&cy, profile, web);
    cycle_compute(&cy, c, NULL, &start, &choice);
    cache_lock(c);
    cycle_clone_states(&cy, states);
    cache_unlock(c);
    for (int i = 0; i < STEPS; i++) {
        come_and_go(&cy, states, c, there, &n, r);
        compare(&cy, states, c, profile);
    }
    while (n) pod_info_unref(there[--n]);
    cycle_release(&cy);
    pod_info_unref(web);
    cache_free(c);
}

START_TEST(equals_a_new_cycle)
{
    struct profile *profile = profile_default("default-scheduler");
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct rnd r;
        rnd_stream(&r, seed);
        for (size_t i = 0; i < ARRAY_LEN(pods); i++) one_sequence(&r, profile, pods[i]);
    }
    profile_free(profile);
}
END_TEST

TEST_MAIN("what_if", equals_a_new_cycle)
