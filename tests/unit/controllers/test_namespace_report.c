/* test_namespace_report.c - conditions and errors of namespaces that are being deleted. */
#include "check_main.h"
#include "controllers/namespace_discovery.h"

static struct arena arena;
static struct ns_report report;

static void begin(void) { ns_report_init(&report, &arena); }

static bool left(const char *group, const char *version, const char *plural, const char *items, int64_t estimate_s,
                 struct err *e)
{
    AUTO_FREE char *text = xasprintf("{\"items\":[%s]}", items);
    const struct api_resource *res = api_find_resource(str_of(group), str_of(version), str_of(plural));
    const struct json *list = json_parse(&arena, str_copy(&arena, str_of(text)), e);
    return ns_report_left(&report, res, STR("n"), list, estimate_s, e);
}

static void expect(const char *type, const char *status, const char *reason, const char *message)
{
    struct json *ns = obj_new(&arena, "v1", "Namespace");
    ns_report_conditions(&report, ns, 1000);
    const struct json *c = obj_condition(ns, type);
    ck_assert_msg(obj_is(c, ".status", status) && obj_is(c, ".reason", reason) && obj_is(c, ".message", message),
                  "%s: %.*s %.*s %.*s", type, STR_ARG(obj_str(c, ".status")), STR_ARG(obj_str(c, ".reason")),
                  STR_ARG(obj_str(c, ".message")));
}

#define PLAIN "{\"metadata\":{\"name\":\"a\"}}"
#define HELD  "{\"metadata\":{\"name\":\"b\",\"finalizers\":[\"x.io/z\",\"x.io/a\"]}}"

START_TEST(nothing_left)
{
    struct err e = ERR_INIT;
    begin();
    ck_assert(left("", "v1", "pods", "", 0, &e) && ns_report_is_empty(&report));
    expect("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed");
    expect("NamespaceFinalizersRemaining", "False", "ContentHasNoFinalizers",
           "All content-preserving finalizers finished");
    expect("NamespaceDeletionContentFailure", "False", "ContentDeleted",
           "All content successfully deleted, may be waiting on finalization");
    expect("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered",
           "All resources successfully discovered");
    expect("NamespaceDeletionGroupVersionParsingFailure", "False", "ParsedGroupVersions",
           "All legacy kube types successfully parsed");
}
END_TEST

START_TEST(groups_that_nobody_knows)
{
    struct err e = ERR_INIT;
    begin();
    const struct json *list = json_parse(
        &arena,
        STR("{\"items\":[{\"metadata\":{\"name\":\"b.io\"},\"versions\":[{\"version\":\"v2\",\"freshness\":\"Stale\"},"
            "{\"version\":\"v1\",\"freshness\":\"Current\"}]},{\"metadata\":{\"name\":\"a.io\"},\"versions\":["
            "{\"version\":\"v1\",\"freshness\":\"Stale\"}]}]}"),
        &e);
    ns_discovery_stale(list, &report);
    expect("NamespaceDeletionDiscoveryFailure", "True", "DiscoveryFailed",
           "Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: "
           "a.io/v1: stale GroupVersion discovery: a.io/v1, b.io/v2: stale GroupVersion discovery: b.io/v2");
    ck_assert(ns_report_is_empty(&report)); /* what is known is emptied all the same */
}
END_TEST

START_TEST(finalizers_hold)
{
    struct err e = ERR_INIT;
    begin();
    ck_assert(left("", "v1", "secrets", PLAIN "," HELD, 0, &e));
    ck_assert(left("apps", "v1", "deployments", HELD, 0, &e));
    ck_assert(!ns_report_is_empty(&report) && !ns_report_error_count(&report));
    ck_assert_int_eq(report.estimate_s, 15);
    expect(
        "NamespaceContentRemaining", "True", "SomeResourcesRemain",
        "Some resources are remaining: deployments.apps has 1 resource instances, secrets. has 2 resource instances");
    expect(
        "NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: x.io/a in 2 resource instances, x.io/z in 2 resource "
        "instances");
}
END_TEST

START_TEST(pods_are_given_their_time)
{
    struct err e = ERR_INIT;
    begin();
    ck_assert(left("", "v1", "pods", PLAIN "," PLAIN, 30, &e));
    ck_assert_int_eq(report.estimate_s, 30);
    expect("NamespaceContentRemaining", "True", "SomeResourcesRemain",
           "Some resources are remaining: pods. has 2 resource instances");
}
END_TEST

START_TEST(what_has_no_reason_to_stay_is_an_error)
{
    struct err e = ERR_INIT;
    begin();
    ck_assert(!left("", "v1", "pods", PLAIN, 0, &e));
    ck_assert_str_eq(e.text, "unexpected items still remain in namespace: n for gvr: /v1, Resource=pods");
    ns_report_error(&report, e.text);
    ck_assert(!left("apps", "v1", "deployments", PLAIN, 0, &e));
    ns_report_error(&report, e.text);
    ck_assert_uint_eq(ns_report_error_count(&report), 2);
    expect("NamespaceDeletionContentFailure", "True", "ContentDeletionFailed",
           "Failed to delete all resource types, 2 remaining: unexpected items still remain in namespace: n for gvr: "
           "/v1, Resource=pods, unexpected items still remain in namespace: n for gvr: apps/v1, Resource=deployments");
    arena_release(&arena);
}
END_TEST

TEST_MAIN("namespace_report", nothing_left, groups_that_nobody_knows, finalizers_hold, pods_are_given_their_time,
          what_has_no_reason_to_stay_is_an_error)
