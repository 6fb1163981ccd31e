/* test_aggregator.c - the parts of aggregator/ that only compute: endpoints, documents, lists of groups, what servers
 * are told about us. */
#include "api/object.h"
#include "apiserver/aggregator/endpoint.h"
#include "apiserver/aggregator/fetch.h"
#include "apiserver/aggregator/availability.h"
#include "apiserver/aggregator/merge.h"
#include "apiserver/aggregator/trust.h"
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static const struct service_ref ref = {.ns = "ns", .name = "svc", .port = 443};

static const struct json *tree(const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&arena, str_copy(&arena, str_of(text)), &e);
    ck_assert_msg(j != NULL, "%s: %s", text, e.text);
    return j;
}

/* ---- Endpoints ---- */

#define SERVICE(type, more) "{\"spec\":{\"type\":\"" type "\",\"ports\":[{\"name\":\"https\",\"port\":443}]" more "}}"
#define PORTS               "\"ports\":[{\"name\":\"other\",\"port\":1},{\"name\":\"https\",\"port\":8443}]"
#define READY(address)      "{\"addresses\":[\"" address "\"],\"conditions\":{\"ready\":true}}"
#define UNKNOWN(address)    "{\"addresses\":[\"" address "\"],\"conditions\":{}}"
#define NOT_READY(address)  "{\"addresses\":[\"" address "\"],\"conditions\":{\"ready\":false}}"
#define SLICE(type, eps)    "{\"addressType\":\"" type "\"," PORTS ",\"endpoints\":[" eps "]}"

static struct service_view view_of(const char *service, const char *slice, const char *second)
{
    struct service_view v = {.service = service ? tree(service) : NULL};
    v.slices = ARENA_ARRAY(&arena, const struct json *, 2);
    if (slice) v.slices[v.nslices++] = tree(slice);
    if (second) v.slices[v.nslices++] = tree(second);
    return v;
}

START_TEST(endpoints)
{
    static const struct {
        const char *service, *slice, *second;
        uint64_t turn;
        const char *want; /* HOST:PORT, or the error */
        const char *problem, *message;
    } rows[] = {
        {NULL, NULL, NULL, 0, "service \"svc\" not found", "ServiceNotFound", "service/svc in \"ns\" is not present"},
        {"{\"spec\":{\"type\":\"ClusterIP\",\"ports\":[{\"port\":80}]}}", NULL, NULL, 0,
         "no service port 443 found for service \"svc\"", "ServicePortError",
         "service/svc in \"ns\" is not listening on port 443"},
        {SERVICE("ClusterIP", ""), NULL, NULL, 0, "no endpoints available for service \"svc\"", "EndpointsNotFound",
         "cannot find endpointslices for service/svc in \"ns\""},
        {SERVICE("ClusterIP", ""), SLICE("IPv4", NOT_READY("10.0.0.1")), NULL, 0,
         "no endpoints available for service \"svc\"", "MissingEndpoints",
         "endpointslices for service/svc in \"ns\" have no addresses with port name \"https\""},
        {SERVICE("ClusterIP", ""),
         "{\"addressType\":\"IPv4\",\"ports\":[{\"name\":\"https\"}],\"endpoints\":[" READY("10.0.0.1") "]}", NULL, 0,
         "no endpoints available for service \"svc\"", "MissingEndpoints",
         "endpointslices for service/svc in \"ns\" have no addresses with port name \"https\""},
        {SERVICE("ClusterIP", ""), SLICE("IPv4", NOT_READY("10.0.0.1") "," UNKNOWN("10.0.0.2") "," READY("10.0.0.3")),
         NULL, 0, "10.0.0.2:8443", NULL, NULL},
        {SERVICE("ClusterIP", ""), SLICE("IPv4", NOT_READY("10.0.0.1") "," UNKNOWN("10.0.0.2") "," READY("10.0.0.3")),
         NULL, 1, "10.0.0.3:8443", NULL, NULL},
        {SERVICE("ClusterIP", ""), SLICE("IPv4", READY("10.0.0.1")), SLICE("IPv4", READY("10.0.0.2")), 3,
         "10.0.0.2:8443", NULL, NULL},
        {SERVICE("ClusterIP", ",\"ipFamilies\":[\"IPv6\"]"), SLICE("IPv4", READY("10.0.0.1")),
         SLICE("IPv6", READY("fd00::1")), 0, "[fd00::1]:8443", NULL, NULL},
        {SERVICE("ClusterIP", ",\"ipFamilies\":[\"IPv6\"]"), SLICE("IPv4", READY("10.0.0.1")), NULL, 0, "10.0.0.1:8443",
         NULL, NULL},
        {SERVICE("NodePort", ""), NULL, NULL, 0, "no endpoints available for service \"svc\"", NULL, NULL},
        {"{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"a.example\"}}", NULL, NULL, 0, "a.example:443", NULL,
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct service_view v = view_of(rows[i].service, rows[i].slice, rows[i].second);
        struct endpoint ep = {.port = 0};
        struct err e = ERR_INIT;
        const char *message = NULL, *reason = endpoint_problem(&arena, &v, &ref, &message);
        char got[400];
        if (endpoint_choose(&v, &ref, rows[i].turn, &ep, &e))
            snprintf(got, sizeof got, "%s:%d", ep.host, ep.port);
        else
            snprintf(got, sizeof got, "%s", e.text);
        ck_assert_str_eq(got, rows[i].want);
        ck_assert_msg((reason == NULL) == (rows[i].problem == NULL), "row %zu", i);
        if (reason) ck_assert_str_eq(reason, rows[i].problem);
        if (reason) ck_assert_str_eq(message, rows[i].message);
    }
}
END_TEST

/* ---- Who asks ---- */

START_TEST(identity)
{
    struct str groups[] = {STR("a"), STR("b:c")};
    struct user_extra extra[1];
    struct user u = {
        .name = STR("jane"), .uid = STR("u1"), .groups = groups, .ngroups = 2, .extra = extra, .nextra = 1};
    static const char *const want[] = {"X-Remote-User: jane", "X-Remote-Uid: u1", "X-Remote-Group: a",
                                       "X-Remote-Group: b:c", "X-Remote-Extra-example.io%2Fa%25b: x"};
    const char *bad;
    u.extra[0] = (struct user_extra){"example.io/a%b", STR("x")};
    const char **list = front_proxy_headers(&arena, &u, &bad);
    ck_assert(list && !bad);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) ck_assert_str_eq(list[i], want[i]);
    ck_assert_ptr_null(list[ARRAY_LEN(want)]);
    u.name = STR("jane\r\nX-Remote-Group: system:masters"); /* a certificate's name may be anything */
    ck_assert_ptr_null(front_proxy_headers(&arena, &u, &bad));
    ck_assert_str_eq(bad, "X-Remote-User");
}
END_TEST

/* ---- What servers tell ---- */

START_TEST(documents)
{
    static const struct {
        const char *document;
        bool aggregated;
        const char *want; /* NULL: it is no such document */
    } rows[] = {
        {"{\"kind\":\"APIResourceList\",\"resources\":["
         "{\"name\":\"as/status\",\"kind\":\"A\",\"namespaced\":true,\"verbs\":[\"get\"]},"
         "{\"name\":\"as\",\"singularName\":\"a\",\"kind\":\"A\",\"namespaced\":true,\"verbs\":[\"get\"],"
         "\"shortNames\":[\"x\"]},"
         "{\"name\":\"as/scale\",\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\",\"verbs\":[]},"
         "{\"name\":\"bs/proxy\",\"kind\":\"B\",\"verbs\":[\"create\"]}]}",
         false,
         "\"resources\":[{\"resource\":\"as\",\"responseKind\":{\"group\":\"g.io\",\"version\":\"v1\",\"kind\":\"A\"},"
         "\"scope\":\"Namespaced\",\"singularResource\":\"a\",\"verbs\":[\"get\"],\"shortNames\":[\"x\"],"
         "\"subresources\":["
         "{\"subresource\":\"status\",\"responseKind\":{\"group\":\"g.io\",\"version\":\"v1\",\"kind\":\"A\"},"
         "\"verbs\":[\"get\"]},"
         "{\"subresource\":\"scale\",\"responseKind\":{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"}"
         ",\"verbs\":[]}]},"
         "{\"resource\":\"bs\",\"responseKind\":{},\"subresources\":[{\"subresource\":\"proxy\",\"responseKind\":"
         "{\"group\":\"g.io\",\"version\":\"v1\",\"kind\":\"B\"},\"verbs\":[\"create\"]}]}]"},
        {"{\"kind\":\"Status\"}", false, NULL},
        {"not JSON", false, NULL},
        {"{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"g.io\"},\"versions\":["
         "{\"version\":\"v2\",\"resources\":[]},"
         "{\"version\":\"v1\",\"freshness\":\"Stale\",\"resources\":[{\"resource\":\"as\"}]}]}]}",
         true, "\"resources\":[{\"resource\":\"as\",\"responseKind\":{}}]"},
        {"{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}", true, ""},
        {"{\"kind\":\"APIResourceList\"}", true, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *got = availability_resources(str_of(rows[i].document), rows[i].aggregated, "g.io", "v1");
        ck_assert_msg((got == NULL) == (rows[i].want == NULL), "row %zu", i);
        if (got) ck_assert_str_eq(got, rows[i].want);
    }
    AUTO_FREE char *paths = availability_openapi(STR("{\"paths\":{\"apis/g.io/v1\":{\"serverRelativeURL\":\"/x\"}}}"));
    ck_assert_str_eq(paths, "{\"apis/g.io/v1\":{\"serverRelativeURL\":\"/x\"}}");
    ck_assert_ptr_null(availability_openapi(STR("{\"paths\":[]}")));
}
END_TEST

/* Many resources, each with subresources: looked up in each other, so their number is bounded. */
START_TEST(hostile_document)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    buf_cstr(&b, "{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"a\"}");
    for (int i = 0; i < 100000; i++) buf_addf(&b, ",{\"name\":\"r%d/s\"}", i);
    buf_cstr(&b, "]}");
    ck_assert_ptr_null(availability_resources(buf_view(&b), false, "g.io", "v1"));
}
END_TEST

/* ---- Lists ---- */

START_TEST(merging)
{
    static const char local[] =
        "{\"groups\":[{\"name\":\"apiregistration.k8s.io\",\"versions\":[{\"version\":\"v1\"}]},"
        "{\"name\":\"apps\",\"versions\":[{\"version\":\"v1\"}]},"
        "{\"name\":\"crd.io\",\"versions\":[{\"version\":\"v1\"}]}]}";
    static const char lists[] = "{\"items\":[{\"metadata\":{\"name\":\"apps\"},\"versions\":[{\"version\":\"v1\"}]}]}";
    struct remote m[] = {{.group = "big.io", .version = "v1", .group_priority = 17900, .version_priority = 5},
                         {.group = "crd.io", .version = "v1beta1", .group_priority = 1000, .version_priority = 100},
                         {.group = "crd.io", .version = "v2", .group_priority = 1000, .version_priority = 100},
                         {.group = "aaa.io",
                          .version = "v1",
                          .group_priority = 1000,
                          .version_priority = 1,
                          .resources = (char *)"\"resources\":[]",
                          .current = true}};
    struct remote *all[] = {&m[0], &m[1], &m[2], &m[3]};
    struct priority p[] = {{"big.io", "v1", 17900, 5}, {"apps", "v1", 17800, 15}, {"aaa.io", "v1", 1000, 1}};
    const struct remotes s = {.all = all, .count = 4, .priorities = p, .npriorities = 3};
    struct err e = ERR_INIT;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    const struct json *doc = merge_groups(&arena, STR(local), false, &s, &e);
    for (OBJ_EACH(g, doc, ".groups")) {
        buf_addf(&b, "%.*s:", STR_ARG(obj_str(g, ".name")));
        for (OBJ_EACH(v, g, ".versions")) buf_addf(&b, " %.*s", STR_ARG(obj_str(v, ".version")));
        buf_addf(&b, " (%.*s)\n", STR_ARG(obj_str(g, ".preferredVersion.version")));
    }
    ck_assert_str_eq(b.p, "apiregistration.k8s.io: v1 ()\nbig.io: v1 (v1)\napps: v1 ()\naaa.io: v1 (v1)\n"
                          "crd.io: v2 v1 v1beta1 (v2)\n");
    buf_clear(&b);
    doc = merge_groups(&arena, STR(lists), true, &s, &e);
    json_write(&b, obj_get(doc, ".items[0]"));
    ck_assert_str_eq(
        b.p, "{\"metadata\":{\"name\":\"big.io\"},\"versions\":[{\"version\":\"v1\",\"freshness\":\"Stale\"}]}");
    buf_clear(&b);
    json_write(&b, obj_get(doc, ".items[2].versions"));
    ck_assert_str_eq(b.p, "[{\"version\":\"v1\",\"resources\":[],\"freshness\":\"Current\"}]");
    ck_assert_ptr_null(merge_groups(&arena, STR("{}"), true, &s, &e));
}
END_TEST

/* ---- The ConfigMap ---- */

START_TEST(trust)
{
    trust_init("CLIENT\n", "PROXY\n");
    struct json *obj = trust_object(&arena);
    ck_assert(!trust_complete(&arena, obj));
    ck_assert(obj_is(obj, ".data[client-ca-file]", "CLIENT\n"));
    obj_put_cstr(&arena, obj, ".data[client-ca-file]", "OTHER\n"); /* of a server that is still there */
    obj_put_cstr(&arena, obj, ".data[requestheader-allowed-names]", "[\"aggregator\"]");
    obj_put_cstr(&arena, obj, ".data[requestheader-group-headers]", "broken");
    ck_assert(trust_complete(&arena, obj));
    ck_assert(obj_is(obj, ".data[client-ca-file]", "OTHER\nCLIENT\n"));
    ck_assert(obj_is(obj, ".data[requestheader-allowed-names]", "[\"aggregator\",\"front-proxy-client\"]"));
    ck_assert(obj_is(obj, ".data[requestheader-group-headers]", "[\"X-Remote-Group\"]"));
    ck_assert(!trust_complete(&arena, obj));
}
END_TEST

TEST_MAIN("aggregator", endpoints, identity, documents, hostile_document, merging, trust)
