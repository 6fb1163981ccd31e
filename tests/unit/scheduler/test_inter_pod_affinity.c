/* test_inter_pod_affinity.c - its arguments and its hints; what it decides is in tests/golden/scheduler. */
#include "cluster.h"

extern const struct sched_plugin plugin_inter_pod_affinity;

START_TEST(arguments)
{
    static const struct {
        const char *args, *error; /* NULL: they are fine */
    } cases[] = {
        {"{}", NULL},
        {"{\"hardPodAffinityWeight\":100,\"ignorePreferredTermsOfExistingPods\":true}", NULL},
        {"{\"hardPodAffinityWeight\":-1}", "hardPodAffinityWeight: Invalid value: -1: not in valid range [0, 100]"},
        {"{\"hardPodAffinityWeight\":101}", "hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        const struct object *args AUTO_OBJ = json_from(cases[i].args);
        void *configured = plugin_inter_pod_affinity.configure(args->root, &e);
        ck_assert_str_eq(e.text, cases[i].error ? cases[i].error : "");
        ck_assert_int_eq(configured != NULL, cases[i].error == NULL);
        plugin_inter_pod_affinity.unconfigure(configured);
    }
}
END_TEST

#define TERM(kind, key, app)                                                                                           \
    "\"affinity\":{\"" kind "\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"" key          \
    "\",\"labelSelector\":{\"matchLabels\":{\"app\":\"" app "\"}}}]}}"

static bool hint(const struct pod_info *p, const struct sched_event *e)
{
    return plugin_inter_pod_affinity.hint(NULL, p, e);
}

START_TEST(hints_of_pods)
{
    struct pod_info *near = pod_from("web", NULL, "\"app\":\"web\"", TERM("podAffinity", "zone", "db")),
                    *away = pod_from("web", NULL, "\"app\":\"web\"", TERM("podAntiAffinity", "zone", "db")),
                    *plain = pod_from("web", NULL, "\"app\":\"web\"", ""),
                    *db = pod_from("p1", "n1", "\"app\":\"db\"", ""),
                    *other = pod_from("p1", "n1", "\"app\":\"x\"", ""),
                    *waiting = pod_from("p1", NULL, "\"app\":\"db\"", ""),
                    *hater = pod_from("p1", "n1", "", TERM("podAntiAffinity", "zone", "web"));
    const struct {
        const struct pod_info *pod, *was, *now;
        bool helps;
    } cases[] = {
        {near, NULL, db, true},       {near, NULL, other, false}, {near, db, NULL, false},
        {near, other, db, true},      {near, db, other, false},   {near, db, db, false},
        {near, NULL, waiting, false}, {away, NULL, db, false},    {away, db, NULL, true},
        {away, other, NULL, false},   {away, db, other, true},    {away, other, db, false},
        {plain, hater, NULL, true},   {plain, db, NULL, false},   {plain, NULL, hater, false},
        {plain, plain, near, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sched_event e = {.what = EV_POD_LABEL, .pod_was = cases[i].was, .pod = cases[i].now};
        if (cases[i].was == cases[i].pod) e.what = EV_SELF, e.self = SELF_LABELS;
        ck_assert_msg(hint(cases[i].pod, &e) == cases[i].helps, "case %zu", i);
    }
    struct pod_info *all[] = {near, away, plain, db, other, waiting, hater};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) pod_info_unref(all[i]);
}
END_TEST

struct told { /* by the cache, of nodes */
    const struct pod_info *near, *away, *plain;
    bool helps_near, helps_away, helps_plain;
};

static void ask(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    struct told *t = arg;
    struct sched_event e = {.what = changes & NODE_ADDED ? EV_NODE_ADD : EV_NODE_LABEL, .was = was, .node = now};
    t->helps_near = hint(t->near, &e);
    t->helps_away = hint(t->away, &e);
    t->helps_plain = hint(t->plain, &e);
}

START_TEST(hints_of_nodes)
{
    static const struct {
        const char *node, *labels;
        bool near, away;
    } steps[] = {
        {"n1", "", false, true},               /* new, without the label */
        {"n1", "\"zone\":\"a\"", true, false}, /* the label came */
        {"n1", "\"zone\":\"a\",\"x\":\"y\"", false, false},
        {"n1", "\"zone\":\"b\"", true, true}, /* another domain */
        {"n1", "", false, true},              /* the label went */
        {"n2", "\"zone\":\"a\"", true, true},
    };
    struct cache *c = cache_new();
    struct pod_info *near = pod_from("web", NULL, "", TERM("podAffinity", "zone", "db")),
                    *away = pod_from("web", NULL, "", TERM("podAntiAffinity", "zone", "db")),
                    *plain = pod_from("web", NULL, "", "");
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct told t = {.near = near, .away = away, .plain = plain};
        const struct object *o AUTO_OBJ = object_from(steps[i].node, "", steps[i].labels, "");
        cache_set_node(c, o, ask, &t);
        ck_assert_msg(t.helps_near == steps[i].near, "affinity, step %zu", i);
        ck_assert_msg(t.helps_away == steps[i].away, "anti-affinity, step %zu", i);
        ck_assert_msg(!t.helps_plain, "step %zu", i);
    }
    pod_info_unref(near);
    pod_info_unref(away);
    pod_info_unref(plain);
    cache_free(c);
}
END_TEST

TEST_MAIN("inter_pod_affinity", arguments, hints_of_pods, hints_of_nodes)
