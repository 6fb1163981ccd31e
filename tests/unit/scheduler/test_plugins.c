/* test_plugins.c - every filter's reason and verdict, every score's formula, with numbers worked out by hand
 * (api-facts/scheduler-defaults.md, sections 4 to 6). */
#include "sched_support.h"

#define X                 V_UNSCHEDULABLE_AND_UNRESOLVABLE
#define U                 V_UNSCHEDULABLE
#define TAINTED(effect)   "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"" effect "\"}]"
#define TOLERATE(members) "\"tolerations\":[{" members "}]"
#define REQUIRE(terms)                                                                                                 \
    "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":"       \
    "[" terms "]}}}"
#define EXPR(key, op, values)                                                                                          \
    "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" op "\",\"values\":[" values "]}]}"

static const char unschedulable[] = "node(s) were unschedulable";
static const char other_name[] = "node(s) didn't match the requested node name";
static const char tainted[] = "node(s) had untolerated taint(s)";
static const char no_match[] = "node(s) didn't match Pod's node affinity/selector";

/* One node "n" with labels disk=ssd, rank=5; reason NULL: it fits. */
static const struct {
    const char *pod, *node_spec, *reason;
} filters[] = {
    {"", "", NULL},
    {"", "\"unschedulable\":true", unschedulable},
    {TOLERATE("\"key\":\"node.kubernetes.io/unschedulable\",\"operator\":\"Exists\""), "\"unschedulable\":true", NULL},
    {TOLERATE("\"operator\":\"Exists\",\"effect\":\"NoExecute\""), "\"unschedulable\":true", unschedulable},
    {"\"nodeName\":\"n\"", "", NULL},
    {"\"nodeName\":\"m\"", "", other_name},
    {"", TAINTED("NoSchedule"), tainted},
    {"", TAINTED("NoExecute"), tainted},
    {"", TAINTED("PreferNoSchedule"), NULL},
    {TOLERATE("\"key\":\"k\",\"value\":\"v\""), TAINTED("NoSchedule"), NULL}, /* Equal is the default */
    {TOLERATE("\"key\":\"k\",\"operator\":\"Equal\",\"value\":\"w\""), TAINTED("NoSchedule"), tainted},
    {TOLERATE("\"key\":\"k\",\"operator\":\"Exists\""), TAINTED("NoExecute"), NULL},
    {TOLERATE("\"key\":\"k\",\"operator\":\"Exists\",\"effect\":\"NoExecute\""), TAINTED("NoSchedule"), tainted},
    {TOLERATE("\"operator\":\"Exists\""), TAINTED("NoSchedule"), NULL}, /* all keys */
    {TOLERATE("\"value\":\"v\""), TAINTED("NoSchedule"), tainted},
    {"\"nodeSelector\":{\"disk\":\"ssd\"}", "", NULL},
    {"\"nodeSelector\":{\"disk\":\"hdd\"}", "", no_match},
    {"\"nodeSelector\":{\"disk\":\"ssd\",\"gone\":\"\"}", "", no_match},
    {REQUIRE(EXPR("disk", "In", "\"hdd\",\"ssd\"")), "", NULL},
    {REQUIRE(EXPR("disk", "In", "\"hdd\"")), "", no_match},
    {REQUIRE(EXPR("disk", "NotIn", "\"ssd\"")), "", no_match},
    {REQUIRE(EXPR("none", "NotIn", "\"ssd\"")), "", NULL},
    {REQUIRE(EXPR("disk", "Exists", "")), "", NULL},
    {REQUIRE(EXPR("none", "Exists", "")), "", no_match},
    {REQUIRE(EXPR("none", "DoesNotExist", "")), "", NULL},
    {REQUIRE(EXPR("disk", "DoesNotExist", "")), "", no_match},
    {REQUIRE(EXPR("rank", "Gt", "\"4\"")), "", NULL},
    {REQUIRE(EXPR("rank", "Gt", "\"5\"")), "", no_match},
    {REQUIRE(EXPR("rank", "Lt", "\"6\"")), "", NULL},
    {REQUIRE(EXPR("disk", "Lt", "\"6\"")), "", no_match}, /* no number */
    {REQUIRE("{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"n\"]}]}"), "", NULL},
    {REQUIRE("{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"m\"]}]}"), "", no_match},
    {REQUIRE("{}"), "", no_match},                         /* an empty term matches nothing */
    {REQUIRE("{}," EXPR("disk", "Exists", "")), "", NULL}, /* terms are ORed */
    {REQUIRE("{\"matchExpressions\":[{\"key\":\"disk\",\"operator\":\"Exists\"},"
             "{\"key\":\"none\",\"operator\":\"Exists\"}]}"),
     "", no_match}, /* what is in a term is ANDed */
    {"\"nodeSelector\":{\"disk\":\"hdd\"}," REQUIRE(EXPR("disk", "Exists", "")), "", no_match},
};

START_TEST(filters_by_labels_names_and_taints)
{
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        struct cache *c = cache_new();
        struct attempt t;
        add_node(c, "n", "\"disk\":\"ssd\",\"rank\":\"5\"", filters[i].node_spec);
        AUTO_FREE char *spec = xasprintf("\"containers\":[]%s%s", *filters[i].pod ? "," : "", filters[i].pod);
        attempt_run(&t, c, spec);
        ck_assert_int_eq(t.cy.evaluated, 1);
        const struct node_result *r = &t.cy.results[0];
        if (!filters[i].reason) {
            ck_assert_msg(r->verdict == V_OK && r->nreasons == 0, "row %zu: %s", i, r->nreasons ? r->reasons[0] : "");
            ck_assert_strn_eq(cycle_node(&t.cy), "n");
        } else {
            ck_assert_msg(r->verdict == X && r->nreasons == 1, "row %zu fits", i);
            ck_assert_str_eq(r->reasons[0], filters[i].reason);
            ck_assert(str_is_null(cycle_node(&t.cy)));
        }
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

/* A node of 4 cpu and 8 GiB of which 3 cpu and 1 GiB are taken by its one pod. */
static const struct {
    const char *requests, *pods_max;
    enum verdict verdict;
    const char *reasons[4];
} fits[] = {
    {"\"cpu\":\"1\",\"memory\":\"7Gi\"", "110", V_OK, {NULL}},
    {"\"cpu\":\"1001m\"", "110", U, {"Insufficient cpu"}},
    {"\"cpu\":\"4001m\"", "110", X, {"Insufficient cpu"}}, /* more than the node has: nothing helps */
    {"\"cpu\":\"2\",\"memory\":\"9Gi\"", "110", X, {"Insufficient cpu", "Insufficient memory"}},
    {"\"cpu\":\"2\",\"memory\":\"8Gi\"", "110", U, {"Insufficient cpu", "Insufficient memory"}},
    {"", "110", V_OK, {NULL}},
    {"", "1", U, {"Too many pods"}},
    {"\"memory\":\"8Gi\"", "1", U, {"Too many pods", "Insufficient memory"}},
    {"\"ephemeral-storage\":\"1\"", "110", X, {"Insufficient ephemeral-storage"}}, /* the node offers none */
    {"\"example.com/gpu\":\"2\"", "110", V_OK, {NULL}},
    {"\"example.com/gpu\":\"3\"", "110", X, {"Insufficient example.com/gpu"}},
    {"\"example.com/fpga\":\"0\"", "110", V_OK, {NULL}},
};

START_TEST(filter_by_resources)
{
    for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
        struct cache *c = cache_new();
        struct attempt t;
        const struct object *n AUTO_OBJ =
            node_text("n", "", "", "4", "8Gi", fits[i].pods_max, ",\"example.com/gpu\":\"2\"");
        cache_set_node(c, n);
        add_running(c, "old", "n", ONE("\"cpu\":\"3\",\"memory\":\"1Gi\""));
        AUTO_FREE char *spec =
            xasprintf("\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{%s}}}]", fits[i].requests);
        attempt_run(&t, c, spec);
        const struct node_result *r = &t.cy.results[0];
        ck_assert_msg(r->verdict == fits[i].verdict, "row %zu: verdict %d", i, r->verdict);
        int n_reasons = 0;
        while (fits[i].reasons[n_reasons]) n_reasons++;
        ck_assert_msg(r->nreasons == n_reasons, "row %zu", i);
        for (int k = 0; k < n_reasons; k++) ck_assert_str_eq(r->reasons[k], fits[i].reasons[k]);
        attempt_end(&t);
        cache_free(c);
    }
}
END_TEST

/* The first plugin in the list that refuses gives all the reasons of a node. */
START_TEST(reasons_come_from_one_plugin)
{
    struct cache *c = cache_new();
    struct attempt t;
    add_node(c, "n", "", "\"unschedulable\":true," TAINTED("NoSchedule"));
    attempt_run(&t, c, "\"nodeName\":\"m\"," ONE("\"cpu\":\"99\""));
    ck_assert_int_eq(t.cy.results[0].nreasons, 1);
    ck_assert_str_eq(t.cy.results[0].reasons[0], unschedulable);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

struct want {
    const char *node, *plugin;
    int64_t raw, normalized;
};

static void expect_scores(const struct cycle *cy, const struct want *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int p = plugin_at(w[i].plugin);
        const struct node_score *s = &result_of(cy, w[i].node)->scores[p];
        ck_assert_msg(!cy->skip_score[p], "%s was skipped", w[i].plugin);
        ck_assert_msg(s->raw == w[i].raw && s->normalized == w[i].normalized, "%s on %s: %lld, %lld", w[i].plugin,
                      w[i].node, (long long)s->raw, (long long)s->normalized);
    }
}
#define EXPECT_SCORES(cy, w) expect_scores((cy), (w), ARRAY_LEN(w))

START_TEST(scores_by_resources)
{
    struct cache *c = cache_new();
    struct attempt t;
    /* 1 cpu, 1 GiB. big: cpu 75, memory 7*100/8 = 87 -> 81; fractions 0.25 and 0.125 -> (1 - 0.0625) * 100 = 93
     * against 100 when empty -> 50 + (50 + 93 - 100) / 2 = 71.
     * small: cpu 50, memory 75 -> 62; 0.5 and 0.25 -> 87 -> 50 + 37 / 2 = 68. */
    const struct want want[] = {
        {"big", "NodeResourcesFit", 81, 81},
        {"small", "NodeResourcesFit", 62, 62},
        {"big", "NodeResourcesBalancedAllocation", 71, 71},
        {"small", "NodeResourcesBalancedAllocation", 68, 68},
        {"big", "TaintToleration", 0, 100},
    };
    add_sized(c, "big", "4", "8Gi");
    add_sized(c, "small", "2", "4Gi");
    attempt_run(&t, c, ONE("\"cpu\":\"1\",\"memory\":\"1Gi\""));
    EXPECT_SCORES(&t.cy, want);
    ck_assert(t.cy.skip_score[plugin_at("NodeAffinity")]);
    ck_assert_int_eq(result_of(&t.cy, "big")->total, 3 * 100 + 81 + 71);
    ck_assert_int_eq(result_of(&t.cy, "small")->total, 3 * 100 + 62 + 68);
    ck_assert_strn_eq(cycle_node(&t.cy), "big");
    ck_assert_int_eq(t.cy.ties, 1);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(scores_count_what_is_there)
{
    struct cache *c = cache_new();
    struct attempt t;
    /* used: a pod of 2 cpu, 1 GiB and one that says nothing (scored as 100m and 200 MiB, really nothing).
     * fit: cpu (4000-2100-500)*100/4000 = 35; memory 8192-1024-200-512 = 6456 MiB of 8192 = 78 -> 56.
     * balance without: 0.5 against 0.125 -> 81; with: 0.625 against 0.1875 -> 78 -> 50 + 47/2 = 73.
     * free: cpu 3500/4000 = 87, memory 7680/8192 = 93 -> 90; with 0.125, 0.0625 -> 96 -> 50 + 46/2 = 73. */
    const struct want want[] = {
        {"used", "NodeResourcesFit", 56, 56},
        {"used", "NodeResourcesBalancedAllocation", 73, 73},
        {"free", "NodeResourcesFit", 90, 90},
        {"free", "NodeResourcesBalancedAllocation", 73, 73},
    };
    add_sized(c, "used", "4", "8Gi");
    add_sized(c, "free", "4", "8Gi");
    add_running(c, "heavy", "used", ONE("\"cpu\":\"2\",\"memory\":\"1Gi\""));
    add_running(c, "silent", "used", ONE(""));
    attempt_run(&t, c, ONE("\"cpu\":\"500m\",\"memory\":\"512Mi\""));
    EXPECT_SCORES(&t.cy, want);
    attempt_end(&t);
    /* Nothing asked: no balance to speak of, and 97 = (4000-100)*100/4000 = memory's 97. */
    attempt_run(&t, c, ONE(""));
    ck_assert(t.cy.skip_score[plugin_at("NodeResourcesBalancedAllocation")]);
    EXPECT_SCORES(&t.cy, ((const struct want[]){{"free", "NodeResourcesFit", 97, 97}}));
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(scores_by_taints)
{
    struct cache *c = cache_new();
    struct attempt t;
    const struct want want[] = {
        {"two", "TaintToleration", 2, 0}, {"one", "TaintToleration", 1, 50}, {"none", "TaintToleration", 0, 100}};
    add_node(
        c, "two", "",
        "\"taints\":[{\"key\":\"a\",\"effect\":\"PreferNoSchedule\"},{\"key\":\"b\",\"effect\":\"PreferNoSchedule\"},"
        "{\"key\":\"c\",\"effect\":\"PreferNoSchedule\"}]");
    add_node(c, "one", "", "\"taints\":[{\"key\":\"a\",\"effect\":\"PreferNoSchedule\"}]");
    add_node(c, "none", "", "");
    attempt_run(&t, c,
                "\"tolerations\":[{\"key\":\"c\",\"operator\":\"Exists\"},"
                "{\"key\":\"a\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]," ONE(""));
    EXPECT_SCORES(&t.cy, want);
    ck_assert_strn_eq(cycle_node(&t.cy), "none");
    ck_assert_int_eq(result_of(&t.cy, "none")->total - result_of(&t.cy, "two")->total, 300);
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(scores_by_preferred_affinity)
{
    struct cache *c = cache_new();
    struct attempt t;
    const struct want want[] = {
        {"both", "NodeAffinity", 40, 100}, {"ssd", "NodeAffinity", 10, 25}, {"bare", "NodeAffinity", 0, 0}};
    add_node(c, "both", "\"disk\":\"ssd\",\"zone\":\"x\"", "");
    add_node(c, "ssd", "\"disk\":\"ssd\"", "");
    add_node(c, "bare", "", "");
    attempt_run(&t, c,
                "\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":["
                "{\"weight\":10,\"preference\":" EXPR(
                    "disk", "In", "\"ssd\"") "},"
                                             "{\"weight\":30,\"preference\":" EXPR(
                                                 "zone", "Exists", "") "},"
                                                                       "{\"weight\":50,\"preference\":{}}]}}," ONE(""));
    EXPECT_SCORES(&t.cy, want);
    ck_assert_strn_eq(cycle_node(&t.cy), "both");
    attempt_end(&t);
    cache_free(c);
}
END_TEST

START_TEST(normalizing)
{
    int64_t plain[] = {0, 3, 9}, zero[] = {0, 0}, reversed[] = {0, 3, 9}, zero_reversed[] = {0, 0};
    normalize_default(plain, 3, false);
    ck_assert(plain[0] == 0 && plain[1] == 33 && plain[2] == 100);
    normalize_default(reversed, 3, true);
    ck_assert(reversed[0] == 100 && reversed[1] == 67 && reversed[2] == 0);
    normalize_default(zero, 2, false);
    ck_assert(zero[0] == 0 && zero[1] == 0);
    normalize_default(zero_reversed, 2, true);
    ck_assert(zero_reversed[0] == 100 && zero_reversed[1] == 100);
}
END_TEST

TEST_MAIN("plugins", filters_by_labels_names_and_taints, filter_by_resources, reasons_come_from_one_plugin,
          scores_by_resources, scores_count_what_is_there, scores_by_taints, scores_by_preferred_affinity, normalizing)
