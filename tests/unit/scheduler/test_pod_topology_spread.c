/* test_pod_topology_spread.c - its arguments and its hints; what it decides is in tests/golden/scheduler. */
#include "cluster.h"

extern const struct sched_plugin plugin_pod_topology_spread;

START_TEST(arguments)
{
    static const struct {
        const char *args, *error; /* NULL: they are fine */
    } cases[] = {
        {"{}", NULL},
        {"{\"defaultingType\":\"System\",\"defaultConstraints\":[]}", NULL},
        {"{\"defaultingType\":\"List\"}", NULL},
        {"{\"defaultConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\"}]}",
         "defaultingType: Invalid value: \"System\": when .defaultConstraints are not empty"},
        {"{\"defaultingType\":\"Other\"}",
         "defaultingType: Unsupported value: \"Other\": supported values: \"System\", \"List\""},
        {"{\"defaultingType\":\"List\",\"defaultConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\","
         "\"whenUnsatisfiable\":\"DoNotSchedule\"},{\"maxSkew\":2,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":"
         "\"DoNotSchedule\"}]}",
         "defaultConstraints[1]: Duplicate value: \"{zone, DoNotSchedule}\""},
        {"{\"defaultingType\":\"List\",\"defaultConstraints\":[{}]}",
         "[defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf), "
         "defaultConstraints[0].topologyKey: Required value: can not be empty, "
         "defaultConstraints[0].whenUnsatisfiable: Required value: can not be empty]"},
        {"{\"defaultingType\":\"List\",\"defaultConstraints\":[{\"maxSkew\":-3,\"topologyKey\":\"zone\","
         "\"whenUnsatisfiable\":\"Never\",\"labelSelector\":{}}]}",
         "[defaultConstraints[0].maxSkew: Invalid value: -3: not in valid range (0, inf), "
         "defaultConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": supported values: \"DoNotSchedule\", "
         "\"ScheduleAnyway\", defaultConstraints[0].labelSelector: Forbidden: constraint must not define a selector, "
         "as they deduced for each pod]"},
        {"{\"defaultingType\":\"List\",\"defaultConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"/\","
         "\"whenUnsatisfiable\":\"DoNotSchedule\"}]}",
         "[defaultConstraints[0].topologyKey: Invalid value: \"/\": prefix part must be non-empty, "
         "defaultConstraints[0].topologyKey: Invalid value: \"/\": name part must be non-empty, "
         "defaultConstraints[0].topologyKey: Invalid value: \"/\": name part must consist of alphanumeric characters, "
         "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
         "'123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        const struct object *args AUTO_OBJ = json_from(cases[i].args);
        void *configured = plugin_pod_topology_spread.configure(args->root, &e);
        ck_assert_str_eq(e.text, cases[i].error ? cases[i].error : "");
        ck_assert_int_eq(configured != NULL, cases[i].error == NULL);
        plugin_pod_topology_spread.unconfigure(configured);
    }
}
END_TEST

#define CONSTRAINT(more)                                                                                               \
    "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\",\"whenUnsatisfiable\":\"DoNotSchedule\","  \
    "\"labelSelector\":{\"matchLabels\":{\"app\":\"web\"}}" more "}]"

static bool hint(const struct pod_info *p, const struct sched_event *e)
{
    return plugin_pod_topology_spread.hint(NULL, p, e);
}

START_TEST(hints_of_pods)
{
    struct pod_info *waiting = pod_from("web", NULL, "\"app\":\"web\"", CONSTRAINT("")),
                    *web = pod_from("p1", "n1", "\"app\":\"web\"", ""),
                    *db = pod_from("p1", "n1", "\"app\":\"db\"", ""),
                    *unplaced = pod_from("p1", NULL, "\"app\":\"web\"", ""),
                    *honors = pod_from("web", NULL, "", CONSTRAINT(",\"nodeTaintsPolicy\":\"Honor\"")),
                    *tolerant = pod_from("web", NULL, "", "\"tolerations\":[{\"operator\":\"Exists\"}]");
    const struct object *o AUTO_OBJ = object_from("p1", "other", "\"app\":\"web\"", "\"spec\":{\"nodeName\":\"n1\"}");
    struct pod_info *elsewhere = pod_info_new(o, false);
    const struct {
        const struct pod_info *waiting, *was, *now;
        bool helps;
    } cases[] = {
        {waiting, NULL, web, true},        {waiting, NULL, db, false},       {waiting, web, NULL, true},
        {waiting, db, NULL, false},        {waiting, web, db, true},         {waiting, db, web, true},
        {waiting, web, web, false},        {waiting, db, db, false},         {waiting, NULL, unplaced, false},
        {waiting, NULL, elsewhere, false}, {honors, honors, tolerant, true}, {waiting, honors, tolerant, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sched_event e = {.what = EV_POD_LABEL, .pod_was = cases[i].was, .pod = cases[i].now};
        ck_assert_msg(hint(cases[i].waiting, &e) == cases[i].helps, "case %zu", i);
    }
    struct pod_info *all[] = {waiting, web, db, unplaced, honors, tolerant, elsewhere};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) pod_info_unref(all[i]);
}
END_TEST

struct told { /* by the cache, of nodes */
    const struct pod_info *waiting;
    bool helps;
};

static void ask(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    struct told *t = arg;
    unsigned taint = changes & NODE_TAINTS ? EV_NODE_TAINT : 0;
    struct sched_event e = {.what = taint | EV_NODE_LABEL, .was = was, .node = now};
    t->helps = hint(t->waiting, &e);
}

START_TEST(hints_of_nodes)
{
    static const struct {
        const char *labels, *more; /* labels NULL: the node goes */
        bool helps;
    } steps[] = {
        {"", "\"spec\":{}", false},
        {"\"zone\":\"a\"", "\"spec\":{}", true},
        {"\"zone\":\"a\",\"x\":\"y\"", "\"spec\":{}", false},
        {"\"zone\":\"b\"", "\"spec\":{}", true},
        {"\"zone\":\"b\"", "\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]}", true},
        {"", "\"spec\":{}", true},
        {"", "\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"}]}", false},
        {NULL, NULL, false},
        {"\"zone\":\"a\"", "\"spec\":{}", true},
        {NULL, NULL, true},
    };
    struct cache *c = cache_new();
    struct pod_info *waiting = pod_from("web", NULL, "", CONSTRAINT(""));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct told t = {.waiting = waiting};
        if (steps[i].labels) {
            const struct object *o AUTO_OBJ = object_from("n1", "", steps[i].labels, steps[i].more);
            cache_set_node(c, o, ask, &t);
        } else {
            cache_remove_node(c, STR("n1"), ask, &t);
        }
        ck_assert_msg(t.helps == steps[i].helps, "step %zu", i);
    }
    pod_info_unref(waiting);
    cache_free(c);
}
END_TEST

#define DEFAULTS(how)                                                                                                  \
    "{\"defaultingType\":\"List\",\"defaultConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"zone\","                    \
    "\"whenUnsatisfiable\":\"" how "\"}]}"

static void *configured(const char *text)
{
    static struct err e;
    const struct object *args AUTO_OBJ = json_from(text);
    void *made = plugin_pod_topology_spread.configure(args->root, &e);
    ck_assert_msg(made != NULL, "%s", e.text);
    return made;
}

/* A Service of the pods of app=web, or without it: then nobody says whom default constraints count, and there are none.
 */
START_TEST(hints_of_default_constraints)
{
    struct listers *l = listers_new();
    void *hard = configured(DEFAULTS("DoNotSchedule")), *soft = configured(DEFAULTS("ScheduleAnyway"));
    const struct object *service AUTO_OBJ =
        object_from("web", "default", "", "\"spec\":{\"selector\":{\"app\":\"web\"}}");
    struct pod_info *waiting = pod_from("web", NULL, "\"app\":\"web\"", ""),
                    *web = pod_from("p1", "n1", "\"app\":\"web\"", ""),
                    *db = pod_from("p1", "n1", "\"app\":\"db\"", ""),
                    *unplaced = pod_from("p1", NULL, "\"app\":\"web\"", "");
    const struct {
        const void *args;
        bool service;
        const struct pod_info *was, *now;
        bool helps;
    } cases[] = {
        {hard, true, NULL, web, true},   {hard, true, NULL, db, false}, {hard, true, web, NULL, true},
        {hard, true, web, db, true},     {hard, true, web, web, false}, {hard, true, NULL, unplaced, false},
        {hard, false, NULL, web, false}, {hard, false, web, db, false}, {soft, true, NULL, web, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sched_event e = {.what = EV_POD_LABEL, .pod_was = cases[i].was, .pod = cases[i].now, .listers = l};
        (cases[i].service ? listers_put : listers_remove)(l, LIST_SERVICE, service);
        ck_assert_msg(plugin_pod_topology_spread.hint(cases[i].args, waiting, &e) == cases[i].helps, "case %zu", i);
        e.listers = NULL;
        ck_assert(plugin_pod_topology_spread.hint(cases[i].args, waiting, &e) == (cases[i].now != unplaced));
    }
    struct pod_info *all[] = {waiting, web, db, unplaced};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) pod_info_unref(all[i]);
    plugin_pod_topology_spread.unconfigure(hard);
    plugin_pod_topology_spread.unconfigure(soft);
    listers_free(l);
}
END_TEST

struct told_by_default {
    const struct pod_info *waiting;
    const void *args;
    struct listers *listers;
    bool helps;
};

static void ask_by_default(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    struct told_by_default *t = arg;
    unsigned taint = changes & NODE_TAINTS ? EV_NODE_TAINT : 0;
    struct sched_event e = {.what = taint | EV_NODE_LABEL, .was = was, .node = now, .listers = t->listers};
    t->helps = plugin_pod_topology_spread.hint(t->args, t->waiting, &e);
}

START_TEST(hints_of_nodes_by_default)
{
    static const struct {
        bool service;
        const char *labels;
        bool helps;
    } steps[] = {
        {true, "", false},
        {true, "\"zone\":\"a\"", true},
        {true, "\"zone\":\"a\",\"x\":\"y\"", false},
        {true, "\"zone\":\"b\"", true},
        {false, "\"zone\":\"a\"", false}, /* no constraint looks at the label */
        {false, NULL, true},              /* nor says that the node is none of ours */
        {false, "", true},
        {true, NULL, false},
    };
    struct cache *c = cache_new();
    struct listers *l = listers_new();
    const struct object *service AUTO_OBJ =
        object_from("web", "default", "", "\"spec\":{\"selector\":{\"app\":\"web\"}}");
    struct pod_info *waiting = pod_from("web", NULL, "\"app\":\"web\"", "");
    void *args = configured(DEFAULTS("DoNotSchedule"));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct told_by_default t = {.waiting = waiting, .args = args, .listers = l};
        (steps[i].service ? listers_put : listers_remove)(l, LIST_SERVICE, service);
        if (steps[i].labels) {
            const struct object *o AUTO_OBJ = object_from("n1", "", steps[i].labels, "\"spec\":{}");
            cache_set_node(c, o, ask_by_default, &t);
        } else {
            cache_remove_node(c, STR("n1"), ask_by_default, &t);
        }
        ck_assert_msg(t.helps == steps[i].helps, "step %zu", i);
    }
    pod_info_unref(waiting);
    plugin_pod_topology_spread.unconfigure(args);
    listers_free(l);
    cache_free(c);
}
END_TEST

TEST_MAIN("pod_topology_spread", arguments, hints_of_pods, hints_of_nodes, hints_of_default_constraints,
          hints_of_nodes_by_default)
