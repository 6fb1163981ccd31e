/* test_discovery.c - which groups and resources there are, both ways; documents with ETags; health checks. */
#include "object_support.h"
#include "request_support.h"

#include "apiserver/discovery/discovery.h"

#define AGGREGATED "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
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
        "\"categories\":[\"all\"]}");
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
    ck_assert_strn_eq(obj_str(pods, ".responseKind.version"), "v1");
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

START_TEST(which_form_is_asked_for)
{
    static const struct {
        const char *accept;
        bool aggregated;
    } rows[] = {
        {both, true},
        {AGGREGATED, true},
        {"application/json", false},
        {"*/*", false},
        {"", false},
        {"application/json, " AGGREGATED, false},
        {"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList, application/json", false},
        {"application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList, " AGGREGATED, true},
        {"application/json;q=0.5, " AGGREGATED ";q=0.4", false},
        {"application/json;q=0.4, " AGGREGATED ";q=0.5", true},
        {"text/html, */*;q=0.1", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = get("/apis", rows[i].accept);
        ck_assert_msg((strcmp(r->resp.content_type, AGGREGATED) == 0) == rows[i].aggregated, "%s", rows[i].accept);
        request_end(r);
    }
}
END_TEST

START_TEST(forms_that_are_not_there)
{
    static const struct {
        const char *accept;
        int code;
    } rows[] = {
        {"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", 404},
        {"application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList", 406},
        {"application/json;g=meta.k8s.io;v=v1;as=Table", 406},
        {"application/vnd.kubernetes.protobuf", 406},
        {";;,,=", 406},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", "/apis", "Accept", rows[i].accept, NULL);
        ck_assert(discovery_handle(r));
        ck_assert_msg(r->resp.code == rows[i].code, "%s: %d", rows[i].accept, r->resp.code);
        request_end(r);
    }
}
END_TEST

START_TEST(etags)
{
    static const char *const paths[] = {"/api",          "/apis",       "/api/v1",           "/apis/apps",
                                        "/apis/apps/v1", "/openapi/v3", "/openapi/v3/api/v1"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct request *r = get(paths[i], "application/json");
        AUTO_FREE char *etag = xstrdup(header_of(r, "ETag"));
        ck_assert_str_eq(header_of(r, "Vary"), "Accept");
        request_end(r);
        r = request_begin("GET", paths[i], "Accept", "application/json", "If-None-Match", etag, NULL);
        ck_assert(discovery_handle(r));
        ck_assert_int_eq(r->resp.code, 304);
        ck_assert_uint_eq(r->resp.body.n, 0);
        request_end(r);
        r = request_begin("GET", paths[i], "Accept", "application/json", "If-None-Match", "\"0\"", NULL);
        ck_assert(discovery_handle(r));
        ck_assert_int_eq(r->resp.code, 200);
        request_end(r);
    }
    struct request *legacy = get("/apis", "application/json"), *aggregated;
    AUTO_FREE char *one = xstrdup(header_of(legacy, "ETag"));
    request_end(legacy);
    aggregated = get("/apis", both);
    ck_assert_str_ne(one, header_of(aggregated, "ETag"));
    request_end(aggregated);
}
END_TEST

START_TEST(paths_that_are_not_discovery)
{
    static const char *const paths[] = {"/no",           "/api/v2",       "/api/v1/pods",  "/apis/none",
                                        "/apis/none/v1", "/apis/apps/v9", "/foo",          "/healthzz",
                                        "/livez/none",   "/openapi/v1",   "/openapi/v3/x", "/apis/apps/v1/replicasets"};
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
          forms_that_are_not_there, etags, paths_that_are_not_discovery, the_index_lists_every_group, health,
          version_and_metrics)
