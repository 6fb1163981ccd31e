/* test_discovery.c - which groups and resources there are, both ways; documents with ETags; health checks. */
#include "object_support.h"
#include "request_support.h"

#include "api/decode.h"
#include "api/proto.h"
#include "apiserver/discovery/discovery.h"

#define AS_AGGREGATED ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define AGGREGATED    "application/json" AS_AGGREGATED
#define YAML          "application/yaml"
#define PROTO         "application/vnd.kubernetes.protobuf"
static const char both[] =
    AGGREGATED ",application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

static struct request *get(const char *path, const char *accept)
{
    struct request *r = request_begin("GET", path, "Accept", accept, NULL);
    ck_assert_msg(discovery_handle(r), "%s", path);
    ck_assert_int_eq(r->resp.code, 200);
    return r;
}

/* The document as a tree in the request's arena: it must be JSON. */
static const struct json *body(struct request *r)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&r->arena, buf_view(&r->resp.body), &e);
    ck_assert_msg(j != NULL, "%.*s: %s", STR_ARG(r->path), e.text);
    return j;
}

START_TEST(legacy_documents)
{
    struct request *r = get("/api", "application/json");
    ck_assert_str_eq(text_of(&r->arena, body(r)),
                     "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":"
                     "[{\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"127.0.0.1:6443\"}]}");
    request_end(r);
    r = get("/apis", "application/json");
    const struct json *list = body(r);
    ck_assert_strn_eq(obj_str(list, ".kind"), "APIGroupList");
    const struct json *apps = obj_find(list, ".groups", "name", STR("apps"));
    ck_assert_strn_eq(obj_str(apps, ".preferredVersion.groupVersion"), "apps/v1");
    ck_assert_strn_eq(obj_str(apps, ".versions[0].version"), "v1");
    ck_assert(!obj_find(list, ".groups", "name", STR(""))); /* core is at /api */
    request_end(r);
    r = get("/apis/apps/", "application/json");
    ck_assert_str_eq(
        text_of(&r->arena, body(r)),
        "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"apps\",\"versions\":[{\"groupVersion\":"
        "\"apps/v1\",\"version\":\"v1\"}],\"preferredVersion\":{\"groupVersion\":\"apps/v1\",\"version\":\"v1\"}}");
    request_end(r);
}
END_TEST

START_TEST(legacy_resources)
{
    struct request *r = get("/api/v1", "application/json");
    const struct json *list = body(r), *pods = obj_find(list, ".resources", "name", STR("pods"));
    ck_assert_strn_eq(obj_str(list, ".kind"), "APIResourceList");
    ck_assert_strn_eq(obj_str(list, ".groupVersion"), "v1");
    ck_assert(!obj_has(list, ".apiVersion")); /* as upstream: only groups have it */
    ck_assert_str_eq(
        text_of(&r->arena, pods),
        "{\"name\":\"pods\",\"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":[\"create\","
        "\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\"],\"shortNames\":[\"po\"],"
        "\"categories\":[\"all\"],\"storageVersionHash\":\"xPOwRZ+Yhw8=\"}");
    ck_assert_str_eq(
        text_of(&r->arena, obj_find(list, ".resources", "name", STR("pods/status"))),
        "{\"name\":\"pods/status\",\"singularName\":\"\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":[\"get\","
        "\"patch\",\"update\"]}");
    ck_assert_strn_eq(obj_str(obj_find(list, ".resources", "name", STR("pods/binding")), ".kind"), "Binding");
    ck_assert(!obj_bool(obj_find(list, ".resources", "name", STR("nodes")), ".namespaced", true));
    request_end(r);
    r = get("/apis/coordination.k8s.io/v1", "application/json");
    ck_assert_strn_eq(obj_str(body(r), ".apiVersion"), "v1");
    ck_assert(obj_find(body(r), ".resources", "name", STR("leases")) != NULL);
    request_end(r);
}
END_TEST

START_TEST(aggregated_documents)
{
    struct request *r = get("/apis", both);
    const struct json *list = body(r);
    ck_assert_str_eq(r->resp.content_type, AGGREGATED);
    ck_assert_strn_eq(obj_str(list, ".kind"), "APIGroupDiscoveryList");
    ck_assert_strn_eq(obj_str(list, ".apiVersion"), "apidiscovery.k8s.io/v2");
    int found = 0;
    for (OBJ_EACH(g, list, ".items")) {
        ck_assert(obj_name(g).n > 0);
        ck_assert_strn_eq(obj_str(g, ".versions[0].freshness"), "Current");
        found += str_eqc(obj_name(g), "apps");
    }
    ck_assert_int_eq(found, 1);
    request_end(r);
    r = get("/api", both);
    ck_assert_uint_eq(obj_count(body(r), ".items"), 1);
    const struct json *core = obj_first(body(r), ".items"),
                      *pods = obj_find(core, ".versions[0].resources", "resource", STR("pods"));
    ck_assert_strn_eq(obj_str(pods, ".responseKind.kind"), "Pod");
    ck_assert_strn_eq(obj_str(pods, ".responseKind.version"), ""); /* that of the version it stands in */
    ck_assert_strn_eq(obj_str(pods, ".scope"), "Namespaced");
    ck_assert_strn_eq(obj_str(pods, ".singularResource"), "pod");
    ck_assert(obj_find(pods, ".subresources", "subresource", STR("status")) != NULL);
    const struct json *evict = obj_find(pods, ".subresources", "subresource", STR("eviction"));
    ck_assert_strn_eq(obj_str(evict, ".responseKind.group"), "policy");
    request_end(r);
    /* What is listed in one way is listed in the other. */
    struct request *legacy = get("/api/v1", "application/json");
    r = get("/api", both);
    core = obj_first(body(r), ".items");
    for (OBJ_EACH(res, body(legacy), ".resources")) {
        if (str_chr(obj_str(res, ".name"), '/') == SIZE_MAX)
            ck_assert(obj_find(core, ".versions[0].resources", "resource", obj_str(res, ".name")) != NULL);
    }
    request_end(legacy);
    request_end(r);
}
END_TEST

/* The rows are what upstream 1.36's own handlers answered to these headers. */
START_TEST(which_form_is_asked_for)
{
    static const struct {
        const char *accept, *content_type;
    } rows[] = {
        {both, AGGREGATED},
        {AGGREGATED, AGGREGATED},
        {YAML AS_AGGREGATED, YAML AS_AGGREGATED},
        {PROTO AS_AGGREGATED, PROTO AS_AGGREGATED},
        {PROTO AS_AGGREGATED ", " AGGREGATED, PROTO AS_AGGREGATED},
        {"*/*" AS_AGGREGATED, AGGREGATED},
        {AGGREGATED ";stream=watch", AGGREGATED},
        {AGGREGATED ";profile=nopeer", AGGREGATED},
        {"application/json", "application/json"},
        {YAML, YAML},
        {PROTO, PROTO},
        {"*/*", "application/json"},
        {"", "application/json"},
        {"application/json, " AGGREGATED, AGGREGATED}, /* it wins wherever it stands */
        {"application/json;q=0.5, " AGGREGATED ";q=0.4", AGGREGATED},
        {AGGREGATED ";q=0.1, " YAML ";q=0.9", AGGREGATED},
        {AGGREGATED ";q=0.1, " YAML AS_AGGREGATED ";q=0.9", YAML AS_AGGREGATED},
        {"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList, application/json",
         "application/json"},
        {"application/json;q=0.9, " YAML, YAML},
        {"text/html, */*;q=0.1", "application/json"},
    };
    static const char *const paths[] = {"/api", "/apis"};
    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(paths); i++) {
        struct request *r = get(paths[i % 2], rows[i / 2].accept);
        ck_assert_str_eq(r->resp.content_type, rows[i / 2].content_type);
        request_end(r);
    }
}
END_TEST

START_TEST(forms_that_are_not_there)
{
    static const struct {
        const char *path, *accept;
    } rows[] = {
        {"/apis", "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList"},
        {"/apis", "application/json;as=APIGroupDiscoveryList"},
        {"/apis", "application/json;g=meta.k8s.io;v=v1;as=Table"},
        {"/apis", "application/json;sv=v1"},
        {"/apis", YAML ";stream=watch"},
        {"/apis", "text/html"},
        {"/apis", ";;,,="},
        {"/api/v1", AGGREGATED}, /* there is one for all versions alone */
        {"/apis/apps", AGGREGATED},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", rows[i].path, "Accept", rows[i].accept, NULL);
        ck_assert(discovery_handle(r));
        ck_assert_msg(r->resp.code == 406, "%s: %d", rows[i].accept, r->resp.code);
        ck_assert_ptr_nonnull(strstr(response_text(r), "only the following media types are accepted: application/json, "
                                                       "application/yaml, application/vnd.kubernetes.protobuf"));
        request_end(r);
    }
    const char *removed = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
    struct request *r = request_begin("GET", "/apis", "Accept", removed, NULL);
    ck_assert(discovery_handle(r));
    ck_assert_int_eq(r->resp.code, 404);
    ck_assert_ptr_nonnull(strstr(response_text(r), "v2beta1 is removed: use v2"));
    request_end(r);
}
END_TEST

/* Bytes as upstream's own encoders wrote them. */
#define LEASE_VERBS                                                                                                    \
    "\"C\n\x06"                                                                                                        \
    "create\n\x06"                                                                                                     \
    "delete\n\x10"                                                                                                     \
    "deletecollection\n\x03get\n\x04list\n\x05patch\n\x06update\n\x05watch"
START_TEST(bytes_of_the_forms)
{
    static const struct {
        const char *path, *accept;
        struct str want;
    } rows[] = {
        {"/api", PROTO,
         STR("k8s\0\n\x0f\n\0\x12\x0b"
             "APIVersions\x12!\n\x02v1\x12\x1b\n\t0.0.0.0/0\x12\x0e"
             "127.0.0.1:6443\x1a\0\"\0")},
        {"/api", YAML,
         STR("kind: APIVersions\nserverAddressByClientCIDRs:\n- clientCIDR: 0.0.0.0/0\n"
             "  serverAddress: 127.0.0.1:6443\nversions:\n- v1\n")},
        {"/apis/coordination.k8s.io", PROTO,
         STR("k8s\0\n\x0e\n\x02v1\x12\x08"
             "APIGroup\x12Q\n\x13"
             "coordination.k8s.io\x12\x1c\n\x16"
             "coordination.k8s.io/v1"
             "\x12\x02v1\x1a\x1c\n\x16"
             "coordination.k8s.io/v1\x12\x02v1\x1a\0\"\0")},
        {"/apis/coordination.k8s.io", YAML,
         STR("apiVersion: v1\nkind: APIGroup\nname: coordination.k8s.io\npreferredVersion:\n"
             "  groupVersion: coordination.k8s.io/v1\n  version: v1\nversions:\n"
             "- groupVersion: coordination.k8s.io/v1\n  version: v1\n")},
        {"/apis/coordination.k8s.io", "application/json;pretty=1",
         STR("{\n  \"kind\": \"APIGroup\",\n  \"apiVersion\": \"v1\",\n  \"name\": \"coordination.k8s.io\",\n"
             "  \"versions\": [\n    {\n      \"groupVersion\": \"coordination.k8s.io/v1\",\n"
             "      \"version\": \"v1\"\n    }\n  ],\n  \"preferredVersion\": {\n"
             "    \"groupVersion\": \"coordination.k8s.io/v1\",\n    \"version\": \"v1\"\n  }\n}")},
        {"/apis/coordination.k8s.io/v1", PROTO,
         STR("k8s\0\n\x15\n\x02v1\x12\x0f"
             "APIResourceList\x12\x89\x01\n\x16"
             "coordination.k8s.io/v1\x12"
             "o\n\x06leases\x10\x01"
             "\x1a\x05Lease" LEASE_VERBS "2\x05leaseB\0J\0R\x0cgqkMMb/YqFM=\x1a\0\"\0")},
        {"/apis/coordination.k8s.io/v1", YAML,
         STR("apiVersion: v1\ngroupVersion: coordination.k8s.io/v1\nkind: APIResourceList\nresources:\n- kind: Lease\n"
             "  name: leases\n  namespaced: true\n  singularName: lease\n  storageVersionHash: gqkMMb/YqFM=\n  "
             "verbs:\n  - create\n  - delete\n"
             "  - deletecollection\n  - get\n  - list\n  - patch\n  - update\n  - watch\n")},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) { /* twice: made, and found */
        const struct str *want = &rows[i / 2].want;
        struct request *r = get(rows[i / 2].path, rows[i / 2].accept);
        ck_assert_uint_eq(r->resp.body.n, want->n);
        ck_assert_mem_eq(r->resp.body.p, want->p, want->n);
        request_end(r);
    }
}
END_TEST

/* What protobuf says of all groups is what JSON says. */
START_TEST(aggregated_protobuf)
{
    static const char *const paths[] = {"/api", "/apis"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct request *json = get(paths[i], AGGREGATED), *r = get(paths[i], PROTO AS_AGGREGATED);
        struct err e = ERR_INIT;
        struct str api_version, kind, raw;
        const struct api_type *t = api_find_type("apidiscovery.k8s.io/v2", "APIGroupDiscoveryList");
        ck_assert(proto_open(buf_view(&r->resp.body), &api_version, &kind, &raw, &e));
        ck_assert_strn_eq(api_version, "apidiscovery.k8s.io/v2");
        ck_assert_strn_eq(kind, "APIGroupDiscoveryList");
        struct json *got = proto_decode(&r->arena, t, raw, &e), *want = (struct json *)body(json);
        ck_assert_ptr_nonnull(got);
        ck_assert(api_decode(&r->arena, t, got, NULL, &e));
        json_del(want, STR("kind"));
        json_del(want, STR("apiVersion"));
        ck_assert_str_eq(text_of(&r->arena, got), text_of(&r->arena, want));
        request_end(json);
        request_end(r);
    }
}
END_TEST

static void expect_unchanged(const char *path, const char *accept, const char *etag)
{
    struct request *r = request_begin("GET", path, "Accept", accept, "If-None-Match", etag, NULL);
    ck_assert(discovery_handle(r));
    ck_assert_int_eq(r->resp.code, 304);
    ck_assert_uint_eq(r->resp.body.n, 0);
    ck_assert_ptr_null(r->resp.content_type);
    request_end(r);
}

START_TEST(etags)
{
    static const struct {
        const char *path, *accept;
    } rows[] = {
        {"/api", AGGREGATED},
        {"/apis", AGGREGATED},
        {"/api", PROTO AS_AGGREGATED},
        {"/apis", YAML AS_AGGREGATED},
        {"/openapi/v3", "application/json"},
        {"/openapi/v3/api/v1", "application/json"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = get(rows[i].path, rows[i].accept);
        AUTO_FREE char *etag = xstrdup(header_of(r, "ETag"));
        ck_assert_str_eq(header_of(r, "Vary"), "Accept");
        request_end(r);
        expect_unchanged(rows[i].path, rows[i].accept, etag);
        r = request_begin("GET", rows[i].path, "Accept", rows[i].accept, "If-None-Match", "\"0\"", NULL);
        ck_assert(discovery_handle(r));
        ck_assert_int_eq(r->resp.code, 200);
        request_end(r);
    }
    /* Of one document all forms have the same one; those of one version or group have none. */
    struct request *r = get("/apis", AGGREGATED);
    expect_unchanged("/apis", PROTO AS_AGGREGATED, header_of(r, "ETag"));
    ck_assert_str_eq(header_of(r, "Cache-Control"), "public");
    request_end(r);
    static const char *const plain[] = {"/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1"};
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        r = get(plain[i], "application/json");
        ck_assert_ptr_null(header_of(r, "ETag"));
        ck_assert_ptr_null(header_of(r, "Vary"));
        request_end(r);
    }
}
END_TEST

START_TEST(paths_that_are_not_discovery)
{
    static const char *const paths[] = {"/no",
                                        "/api/v2",
                                        "/api/v1/pods",
                                        "/apis/none",
                                        "/apis/none/v1",
                                        "/apis/apps/v9",
                                        "/foo",
                                        "/healthzz",
                                        "/livez/none",
                                        "/openapi/v1",
                                        "/apis/apps/v1/replicasets"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct request *r = request_begin("GET", paths[i], NULL);
        ck_assert_msg(!discovery_handle(r), "%s", paths[i]);
        request_end(r);
    }
}
END_TEST

START_TEST(the_index_lists_every_group)
{
    struct request *r = request_begin("GET", "/", NULL);
    ck_assert(discovery_handle(r));
    ck_assert_int_eq(r->resp.code, 200);
    ck_assert_ptr_nonnull(strstr(r->resp.body.p, "\"/apis/apps/v1\""));
    ck_assert_ptr_nonnull(strstr(r->resp.body.p, "\"/readyz\""));
    request_end(r);
}
END_TEST

static void expect_text(const char *path, int code, const char *text)
{
    struct request *r = request_begin("GET", path, NULL);
    ck_assert(discovery_handle(r));
    ck_assert_int_eq(r->resp.code, code);
    ck_assert_str_eq(response_text(r), text);
    request_end(r);
}

START_TEST(health)
{
    health_set_ready(false);
    expect_text("/livez", 200, "ok");
    expect_text("/readyz", 500,
                "[+]ping ok\n[+]log ok\n[+]etcd ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n");
    expect_text("/readyz?exclude=shutdown", 200, "ok");
    health_set_ready(true);
    expect_text("/readyz", 200, "ok");
    expect_text("/readyz/etcd", 200, "ok");
    expect_text("/readyz?verbose", 200, "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]shutdown ok\nreadyz check passed\n");
    health_set_store_error("disk full");
    expect_text("/healthz", 500, "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nhealthz check failed\n");
    expect_text("/readyz/etcd", 500, "[-]etcd failed: reason withheld\nreadyz check failed\n");
    expect_text("/livez", 200, "ok"); /* reads still work: nobody must restart us for it */
    health_set_store_error(NULL);
    expect_text("/healthz", 200, "ok");
}
END_TEST

START_TEST(version_and_metrics)
{
    struct request *r = get("/version", "application/json");
    ck_assert_strn_eq(obj_str(body(r), ".gitVersion"), "v1.36.3+kubestep");
    ck_assert_strn_eq(obj_str(body(r), ".minor"), "36");
    request_end(r);
    r = get("/metrics", "*/*");
    ck_assert_ptr_nonnull(strstr(r->resp.content_type, "text/plain"));
    request_end(r);
}
END_TEST

START_TEST(start) /* first: what follows reads what it builds */ { discovery_init("127.0.0.1:6443"); }
END_TEST

TEST_MAIN("discovery", start, legacy_documents, legacy_resources, aggregated_documents, which_form_is_asked_for,
          forms_that_are_not_there, bytes_of_the_forms, aggregated_protobuf, etags, paths_that_are_not_discovery,
          the_index_lists_every_group, health, version_and_metrics)
