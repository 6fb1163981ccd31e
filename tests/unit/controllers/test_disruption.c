/* test_disruption.c - the numbers of a PodDisruptionBudget on tables, and the controller that writes them. */
#include "nodes_support.h"

#include "controllers/budget.h"

extern const struct ctl_spec disruption_controller;

/* ---- Numbers ---- */

START_TEST(bounds_as_numbers)
{
    static const struct {
        const char *spec;
        int64_t expected, healthy, desired, allowed;
        bool needs_scale;
    } rows[] = {
        {"{\"minAvailable\":2}", 3, 3, 2, 1, false},
        {"{\"minAvailable\":5}", 3, 3, 5, 0, false},
        {"{\"minAvailable\":\"50%\"}", 3, 3, 2, 1, true},
        {"{\"minAvailable\":\"0%\"}", 3, 3, 0, 3, true},
        {"{\"maxUnavailable\":1}", 3, 3, 2, 1, true},
        {"{\"maxUnavailable\":1}", 3, 1, 2, 0, true},
        {"{\"maxUnavailable\":\"34%\"}", 3, 3, 1, 2, true}, /* rounded up */
        {"{\"maxUnavailable\":7}", 3, 2, 0, 2, true},
        {"{\"maxUnavailable\":1}", 0, 0, 0, 0, true},
        {"{\"minAvailable\":0}", 0, 4, 0, 0, false}, /* nobody expected: nothing to spare */
        {"{}", 2, 2, 0, 2, false},
    };
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        const struct json *pdb = json_parse(&a, str_printf(&a, "{\"spec\":%s}", rows[i].spec), &e);
        struct budget b = {.expected = rows[i].expected, .healthy = rows[i].healthy};
        budget_desired(pdb, &b);
        budget_allowed(&b);
        ck_assert_msg(b.desired == rows[i].desired && b.allowed == rows[i].allowed, "row %zu: %lld %lld", i,
                      (long long)b.desired, (long long)b.allowed);
        ck_assert_msg(budget_needs_scale(pdb) == rows[i].needs_scale, "row %zu", i);
    }
}
END_TEST

/* ---- The controller ---- */

#define PDB(spec, status)                                                                                              \
    "{\"kind\":\"PodDisruptionBudget\",\"apiVersion\":\"policy/v1\",\"metadata\":{\"name\":\"b\",\"namespace\":\"d\"," \
    "\"uid\":\"B\",\"resourceVersion\":\"7\",\"generation\":2},\"spec\":{" spec                                        \
    "\"selector\":{\"matchLabels\":{\"app\":\"web\"}}}" status "}"
#define OWNED(kind, version, name, uid)                                                                                \
    ",\"ownerReferences\":[{\"apiVersion\":\"" version "\",\"kind\":\"" kind "\",\"name\":\"" name "\",\"uid\":\"" uid \
    "\",\"controller\":true}]"
#define WEB(name, meta, ready) WEB_AT("4", name, meta, ready)
#define WEB_AT(rv, name, meta, ready)                                                                                  \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name                                           \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"" rv "\",\"labels\":{\"app\":\"web\"}" meta   \
    "},\"spec\":{},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"" ready "\"}]}}"
#define SET(version, kind, name, uid, replicas, meta)                                                                  \
    "{\"kind\":\"" kind "\",\"apiVersion\":\"" version "\",\"metadata\":{\"name\":\"" name                             \
    "\",\"namespace\":\"d\",\"uid\":\"" uid "\",\"resourceVersion\":\"3\"" meta "},\"spec\":{\"replicas\":" replicas   \
    ",\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}}}}}"

static void start(const char *pdb, const char *pods, const char *sets, const char *deployments)
{
    begin();
    at_s(0);
    serve("/poddisruptionbudgets", pdb);
    serve("/pods", pods);
    serve("/replicasets", sets);
    serve("/deployments", deployments);
    up(&disruption_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 6 && ctl_host_idle(host));
}

#define STATUS "PUT /apis/policy/v1/namespaces/d/poddisruptionbudgets/b/status"

static void expect_numbers(const struct json *pdb, int64_t allowed, int64_t healthy, int64_t desired, int64_t expected)
{
    const struct {
        const char *path;
        int64_t want;
    } rows[] = {{".status.disruptionsAllowed", allowed},
                {".status.currentHealthy", healthy},
                {".status.desiredHealthy", desired},
                {".status.expectedPods", expected},
                {".status.observedGeneration", 2}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t got = obj_int(pdb, rows[i].path, -1);
        ck_assert_msg(got == rows[i].want, "%s: %lld", rows[i].path, (long long)got);
    }
}

START_TEST(the_deployment_says_how_many)
{
    struct arena a AUTO_ARENA = {0};
    start(PDB("\"maxUnavailable\":1,", ""),
          WEB("a", OWNED("ReplicaSet", "apps/v1", "rs", "R"),
              "True") "," WEB("b", OWNED("ReplicaSet", "apps/v1", "rs", "R"),
                              "True") "," WEB("c", OWNED("ReplicaSet", "apps/v1", "rs", "R"), "False"),
          SET("apps/v1", "ReplicaSet", "rs", "R", "9", OWNED("Deployment", "apps/v1", "web", "D")),
          SET("apps/v1", "Deployment", "web", "D", "3", ""));
    const struct json *pdb = written(&a, STATUS, 0);
    expect_numbers(pdb, 0, 2, 2, 3);
    const struct json *c = obj_condition(pdb, "DisruptionAllowed");
    ck_assert(obj_is(c, ".status", "False") && obj_is(c, ".reason", "InsufficientPods"));
    ck_assert_int_eq(obj_int(c, ".observedGeneration", 0), 2);
    ck_assert(obj_is(pdb, ".metadata.resourceVersion", "7"));
    /* the third becomes ready */
    push("/pods", MODIFIED(WEB_AT("9", "c", OWNED("ReplicaSet", "apps/v1", "rs", "R"), "True")));
    pdb = written(&a, STATUS, 1);
    expect_numbers(pdb, 1, 3, 2, 3);
    ck_assert(obj_is(obj_condition(pdb, "DisruptionAllowed"), ".reason", "SufficientPods"));
    down();
}
END_TEST

START_TEST(a_number_needs_no_controller)
{
    struct arena a AUTO_ARENA = {0};
    start(PDB("\"minAvailable\":1,", ""), WEB("a", "", "True") "," WEB("b", "", "True"), "", "");
    expect_numbers(written(&a, STATUS, 0), 1, 2, 1, 2);
    down();
}
END_TEST

START_TEST(nothing_may_go_when_the_size_is_unknown)
{
    struct arena a AUTO_ARENA = {0};
    start(PDB("\"maxUnavailable\":1,", ",\"status\":{\"disruptionsAllowed\":1}"),
          WEB("a", OWNED("ReplicaSet", "apps/v1", "gone", "G"), "True"), "", "");
    const struct json *pdb = written(&a, STATUS, 0), *c = obj_condition(pdb, "DisruptionAllowed");
    ck_assert_int_eq(obj_int(pdb, ".status.disruptionsAllowed", -1), 0);
    ck_assert(obj_is(c, ".reason", "SyncFailed") && obj_is(c, ".message", "found no controllers for pod \"a\""));
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".reason", "CalculateExpectedPodCountFailed"));
    ck_assert(obj_is(event, ".source.component", "controllermanager"));
    down();
    start(PDB("\"maxUnavailable\":1,", ""), WEB("a", OWNED("Job", "batch/v1", "j", "J"), "True"), "", "");
    c = obj_condition(written(&a, STATUS, 0), "DisruptionAllowed");
    ck_assert(obj_is(c, ".message", "jobs.batch does not implement the scale subresource"));
    down();
}
END_TEST

START_TEST(evictions_under_way_count_until_their_time_is_up)
{
    struct arena a AUTO_ARENA = {0};
    start(PDB("\"minAvailable\":1,",
              ",\"status\":{\"disruptedPods\":{\"a\":\"2026-01-01T00:00:00Z\",\"gone\":\"2026-01-01T00:00:00Z\"}}"),
          WEB("a", "", "True") "," WEB("b", "", "True") "," WEB("c", "", "True"), "", "");
    const struct json *pdb = written(&a, STATUS, 0);
    expect_numbers(pdb, 1, 2, 1, 3);
    ck_assert(obj_has(pdb, ".status.disruptedPods.a") && !obj_has(pdb, ".status.disruptedPods.gone"));
    at_s(120);
    pdb = written(&a, STATUS, 1);
    expect_numbers(pdb, 2, 3, 1, 3);
    ck_assert(!obj_has(pdb, ".status.disruptedPods"));
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".reason", "NotDeleted"));
    ck_assert(obj_is(event, ".message", "Pod was expected by PDB d/b to be deleted but it wasn't"));
    down();
}
END_TEST

START_TEST(nobody_is_selected)
{
    struct arena a AUTO_ARENA = {0};
    start(PDB("\"minAvailable\":1,", ""), "", "", "");
    expect_numbers(written(&a, STATUS, 0), 0, 0, 1, 0);
    const struct json *event = written(&a, "/events", 0);
    ck_assert(obj_is(event, ".reason", "NoPods") && obj_is(event, ".message", "No matching pods found"));
    down();
}
END_TEST

TEST_MAIN("disruption", bounds_as_numbers, the_deployment_says_how_many, a_number_needs_no_controller,
          nothing_may_go_when_the_size_is_unknown, evictions_under_way_count_until_their_time_is_up, nobody_is_selected)
