/* test_census.c - what the cache counts between cycles equals counting anew, whatever came and went. */
#include "scheduler/census.h"

#include "base/rnd.h"
#include "cluster.h"
#include "scheduler/limits.h"

#include <stdio.h>

enum { NODES = 12, PODS = 60, APPS = 4, ZONES = 3 };

/* Of the pods with a label app=appN; or without NULL: all. */
static void selection_of(struct selection *s, struct affinity_term *t, struct keep *k, const char *app, bool living)
{
    AUTO_FREE char *text = app ? xasprintf("{\"matchLabels\":{\"app\":\"%s\"}}", app) : xstrdup("{}");
    const struct object *o AUTO_OBJ = json_from(text);
    const struct sym **ns = ARENA_ARRAY(&k->arena, const struct sym *, 1);
    *t = (struct affinity_term){.namespaces = ns, .nnamespaces = 1, .namespace_labels = {.nothing = true}};
    ns[0] = keep_sym(k, STR("default"));
    selector_read(&t->pods, k, o->root);
    *s = (struct selection){.terms = t, .n = 1, .living = living};
}

static void check_selection(struct cache *c, const struct selection *s)
{
    struct census *census = cache_census(c);
    const int32_t *counts = census_pods(census, s);
    int n, total = 0;
    struct node_info *const *nodes = cache_nodes(c, &n);
    for (int i = 0; i < n; i++) {
        int expected = 0;
        for (int p = 0; p < nodes[i]->npods; p++) expected += selection_has(s, nodes[i]->pods[p], &(struct labels){0});
        ck_assert_int_eq(counts[nodes[i]->slot], expected);
        ck_assert_ptr_eq(census_node_at(census, nodes[i]->slot), nodes[i]);
        total++;
    }
    for (int slot = 0; slot < census_slots(census); slot++) total -= census_node_at(census, slot) != NULL;
    ck_assert_int_eq(total, 0);
}

static void check_domains(struct cache *c, const struct sym *key)
{
    struct arena a AUTO_ARENA = {0};
    struct domains d;
    int n;
    struct node_info *const *nodes = cache_nodes(c, &n);
    bool any = false;
    census_domains(cache_census(c), key, &a, &d);
    for (int i = 0; i < n; i++) {
        const struct sym *value = labels_get(&nodes[i]->labels, key);
        any = any || value;
        ck_assert_int_eq(domain_of(&d, nodes[i]) >= 0, value != NULL);
        ck_assert(!value || domain_of(&d, nodes[i]) < d.n);
        if (value && value->n == 0) ck_assert_int_eq(domain_of(&d, nodes[i]), d.empty);
        for (int k = 0; k < i && value; k++)
            ck_assert_int_eq(domain_of(&d, nodes[i]) == domain_of(&d, nodes[k]),
                             labels_get(&nodes[k]->labels, key) == value);
    }
    ck_assert_int_eq(census_has_key(cache_census(c), key), any);
}

static void check_rules(struct cache *c)
{
    int n;
    struct node_info *const *nodes = cache_nodes(c, &n);
    for (RULES_EACH(rule, census_rules(cache_census(c), RULE_ANTI))) {
        for (int i = 0; i < n; i++) {
            int expected = 0;
            for (int p = 0; p < nodes[i]->npods; p++) {
                const struct affinity_terms *terms = &nodes[i]->pods[p]->anti_affinity;
                for (int t = 0; t < terms->n; t++) expected += term_equal(&terms->v[t], rule->term);
            }
            ck_assert_int_eq(bag_get(&rule->nodes, (uintptr_t)nodes[i]->slot + 1), expected);
        }
    }
    int64_t of_pods = 0, of_rules = 0;
    for (int slot = 0; slot < NODES; slot++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", slot);
        const struct node_info *node = cache_node(c, str_of(name));
        for (int p = 0; node && p < node->npods; p++) of_pods += node->pods[p]->anti_affinity.n;
    }
    for (RULES_EACH(rule, census_rules(cache_census(c), RULE_ANTI)))
        for (BAG_EACH(e, &rule->nodes))
            if (e->n && census_node_at(cache_census(c), (int)e->key - 1)) of_rules += e->n;
    ck_assert_int_eq(of_rules, of_pods);
}

static void random_step(struct cache *c, struct rnd *r)
{
    char pod[16], node[16], labels[64], spec[256] = "";
    int zone = (int)rnd_next_below(r, ZONES + 2), app = (int)rnd_next_below(r, APPS);
    snprintf(pod, sizeof pod, "p%d", (int)rnd_next_below(r, PODS));
    snprintf(node, sizeof node, "n%d", (int)rnd_next_below(r, NODES));
    switch (rnd_next_below(r, 8)) {
    case 0: take_pod(c, pod); break;
    case 1: cache_remove_node(c, str_of(node), NULL, NULL); break;
    case 2:
    case 3:
        snprintf(labels, sizeof labels, zone < ZONES ? "\"zone\":\"z%d\"" : zone == ZONES ? "\"zone\":\"\"" : "", zone);
        put_node(c, node, labels);
        break;
    default:
        snprintf(labels, sizeof labels, "\"app\":\"app%d\"", app);
        if (rnd_next_below(r, 2))
            snprintf(spec, sizeof spec,
                     "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{"
                     "\"topologyKey\":\"zone\",\"labelSelector\":{\"matchLabels\":{\"app\":\"app%d\"}}}]}}",
                     app);
        put_pod(c, pod, node, labels, spec);
    }
}

START_TEST(equals_counting_anew)
{
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct cache *c = cache_new();
        struct keep k = {0};
        struct rnd r;
        const struct sym *zone = keep_sym(&k, STR("zone"));
        rnd_stream(&r, seed);
        for (int i = 0; i < 600; i++) {
            struct selection s;
            struct affinity_term t;
            char app[16];
            random_step(c, &r);
            snprintf(app, sizeof app, "app%d", (int)rnd_next_below(&r, APPS));
            selection_of(&s, &t, &k, rnd_next_below(&r, 5) ? app : NULL, rnd_next_below(&r, 2));
            cache_lock(c);
            check_selection(c, &s);
            check_domains(c, zone);
            check_rules(c);
            cache_unlock(c);
        }
        cache_free(c);
        keep_release(&k);
    }
}
END_TEST

/* More selections than are kept: those that were dropped count right again. */
START_TEST(keeps_only_so_many)
{
    struct cache *c = cache_new();
    struct keep k = {0};
    put_node(c, "n0", "\"zone\":\"a\"");
    for (int i = 0; i < SELECTIONS_MAX + 20; i++) {
        char name[16], labels[64];
        snprintf(name, sizeof name, "p%d", i);
        snprintf(labels, sizeof labels, "\"app\":\"x%d\"", i);
        put_pod(c, name, "n0", labels, "");
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < SELECTIONS_MAX + 20; i++) {
            struct selection s;
            struct affinity_term t;
            char app[16];
            snprintf(app, sizeof app, "x%d", i);
            selection_of(&s, &t, &k, app, false);
            cache_lock(c);
            ck_assert_int_eq(census_pods(cache_census(c), &s)[cache_node(c, STR("n0"))->slot], 1);
            cache_unlock(c);
        }
    }
    cache_free(c);
    keep_release(&k);
}
END_TEST

/* Equal terms of many pods are one rule, and it goes with the last of them. */
START_TEST(equal_terms_are_one_rule)
{
    static const char spec[] = "\"affinity\":{\"podAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{"
                               "\"weight\":3,\"podAffinityTerm\":{\"topologyKey\":\"zone\",\"labelSelector\":{}}}]}}";
    static const char other[] = "\"affinity\":{\"podAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{"
                                "\"weight\":4,\"podAffinityTerm\":{\"topologyKey\":\"zone\",\"labelSelector\":{}}}]}}";
    struct cache *c = cache_new();
    const struct rules *rules = census_rules(cache_census(c), RULE_PREFERRED);
    put_node(c, "n0", "");
    put_pod(c, "p1", "n0", "", spec);
    put_pod(c, "p2", "n0", "", spec);
    put_pod(c, "p3", "n0", "", other);
    ck_assert_uint_eq(rules->count, 2);
    take_pod(c, "p1");
    ck_assert_uint_eq(rules->count, 2);
    take_pod(c, "p2");
    ck_assert_uint_eq(rules->count, 1);
    put_pod(c, "p3", "n0", "", spec);
    ck_assert_int_eq(rules_next(rules, NULL)->term->weight, 3);
    take_pod(c, "p3");
    ck_assert_ptr_null(rules_next(rules, NULL));
    cache_free(c);
}
END_TEST

/* What is kept stays right while the cluster grows and shrinks beyond the room there was. */
START_TEST(grows_with_the_cluster)
{
    struct cache *c = cache_new();
    struct keep k = {0};
    struct selection s;
    struct affinity_term t;
    const struct sym *name = keep_sym(&k, STR("name"));
    selection_of(&s, &t, &k, "web", false);
    for (int i = 0; i < 300; i++) {
        char node[16], pod[16], labels[32];
        snprintf(node, sizeof node, "n%d", i);
        snprintf(pod, sizeof pod, "p%d", i);
        snprintf(labels, sizeof labels, "\"name\":\"%d\"", i);
        put_node(c, node, labels);
        put_pod(c, pod, node, "\"app\":\"web\"", "");
        if (i % 7 == 6) {
            take_pod(c, pod);
            cache_remove_node(c, str_of(node), NULL, NULL);
        }
        cache_lock(c);
        check_selection(c, &s);
        if (i % 20 == 0) check_domains(c, name);
        cache_unlock(c);
    }
    cache_free(c);
    keep_release(&k);
}
END_TEST

/* A key is known as long as a node has it. */
START_TEST(keys_come_and_go)
{
    struct cache *c = cache_new();
    struct keep k = {0};
    const struct sym *zone = keep_sym(&k, STR("zone"));
    static const struct {
        const char *node, *labels; /* NULL: the node goes */
        bool known;
    } steps[] = {{"n1", "", false},
                 {"n1", "\"zone\":\"a\"", true},
                 {"n1", "\"zone\":\"b\"", true},
                 {"n1", "\"x\":\"y\"", false},
                 {"n2", "\"zone\":\"a\"", true},
                 {"n1", "\"zone\":\"a\"", true},
                 {"n2", NULL, true},
                 {"n1", NULL, false},
                 {"n1", "\"zone\":\"a\"", true}};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (steps[i].labels)
            put_node(c, steps[i].node, steps[i].labels);
        else
            cache_remove_node(c, str_of(steps[i].node), NULL, NULL);
        cache_lock(c);
        ck_assert_int_eq(census_has_key(cache_census(c), zone), steps[i].known);
        check_domains(c, zone);
        cache_unlock(c);
    }
    cache_free(c);
    keep_release(&k);
}
END_TEST

TEST_MAIN("census", equals_counting_anew, grows_with_the_cluster, keys_come_and_go, keeps_only_so_many,
          equal_terms_are_one_rule)
