/* test_openapi.c - the OpenAPI documents: valid JSON, every reference resolves, operations say what kubectl reads. */
#include "object_support.h"
#include "request_support.h"

#include "apiserver/discovery/discovery.h"
#include "base/map.h"

static struct request *get(const char *path, const struct json **doc)
{
    struct request *r = request_begin("GET", path, NULL);
    struct err e = ERR_INIT;
    ck_assert_msg(discovery_handle(r) && r->resp.code == 200, "%s", path);
    *doc = json_parse(&r->arena, buf_view(&r->resp.body), &e);
    ck_assert_msg(*doc != NULL, "%s: %s", path, e.text);
    return r;
}

/* Every "$ref" below j names a schema of doc. */
static int check_refs(const struct json *schemas, const char *before, const struct json *j)
{
    int n = 0;
    if (!j || (j->type != JSON_OBJ && j->type != JSON_ARR)) return 0;
    ck_assert(!(j->flags & JSON_F_DUP_KEYS));
    for (OBJ_EACH(it, j, "")) {
        if (str_eqc(obj_key(it), "$ref") && json_is(it, JSON_STR)) { /* JSONSchemaProps has a field of that name */
            struct str ref = obj_text(it);
            ck_assert(str_starts(ref, str_of(before)));
            ck_assert_msg(json_get(schemas, str_from(ref, strlen(before))) != NULL, "%.*s", STR_ARG(ref));
            n++;
        }
        n += check_refs(schemas, before, it);
    }
    return n;
}

START_TEST(every_document_and_reference)
{
    const struct json *index, *doc;
    struct request *r = get("/openapi/v3", &index);
    int documents = 0, refs = 0;
    for (OBJ_EACH(p, index, ".paths")) {
        struct str url = obj_str(p, ".serverRelativeURL");
        AUTO_FREE char *path = str_dup(url);
        ck_assert_msg(strstr(path, "?hash=") != NULL, "%s", path);
        AUTO_FREE char *want = xasprintf("/openapi/v3/%.*s?hash=", STR_ARG(obj_key(p)));
        ck_assert(str_starts(url, str_of(want)));
        struct request *d = get(path, &doc);
        ck_assert_strn_eq(obj_str(doc, ".openapi"), "3.0.0");
        ck_assert(obj_count(doc, ".paths") > 0);
        refs += check_refs(obj_get(doc, ".components.schemas"), "#/components/schemas/", doc);
        documents++;
        request_end(d);
    }
    ck_assert_int_ge(documents, 4);
    ck_assert_int_gt(refs, 500);
    ck_assert(obj_get(index, ".paths[apis/apps/v1]") != NULL);
    request_end(r);
}
END_TEST

START_TEST(an_address_with_a_hash_is_for_ever)
{
    const struct json *index, *doc;
    struct request *r = get("/openapi/v3", &index);
    AUTO_FREE char *url = str_dup(obj_str(index, ".paths[apis/apps/v1].serverRelativeURL"));
    struct request *now = get(url, &doc);
    ck_assert_str_eq(header_of(now, "Cache-Control"), "public, immutable");
    ck_assert(strstr(header_of(now, "Expires"), " GMT"));
    request_end(now);
    struct request *old = request_begin("GET", "/openapi/v3/apis/apps/v1?hash=0123456789ABCDEF", NULL);
    ck_assert(discovery_handle(old));
    ck_assert_int_eq(old->resp.code, 301);
    ck_assert_str_eq(header_of(old, "Location"), url);
    ck_assert_uint_eq(old->resp.body.n, 0);
    request_end(old);
    now = get("/openapi/v3/apis/apps/v1", &doc);
    ck_assert_ptr_null(header_of(now, "Cache-Control"));
    request_end(now);
    request_end(r);
}
END_TEST

static bool has_parameter(const struct json *op, const char *name)
{
    return obj_find(op, ".parameters", "name", str_of(name)) != NULL;
}

START_TEST(operations_of_pods)
{
    const struct json *doc;
    struct request *r = get("/openapi/v3/api/v1", &doc);
    const struct json *paths = obj_get(doc, ".paths");
    const struct json *one = json_getc(paths, "/api/v1/namespaces/{namespace}/pods/{name}");
    const struct json *many = json_getc(paths, "/api/v1/namespaces/{namespace}/pods"),
                      *all = json_getc(paths, "/api/v1/pods");
    const struct json *patch = obj_get(one, ".patch");
    ck_assert(one && many && all && patch);
    /* kubectl reads these three to learn whether the server validates fields and takes dry runs. */
    ck_assert(has_parameter(patch, "fieldValidation") && has_parameter(patch, "dryRun"));
    ck_assert_strn_eq(obj_str(patch, ".x-kubernetes-group-version-kind.kind"), "Pod");
    ck_assert_strn_eq(obj_str(patch, ".x-kubernetes-group-version-kind.version"), "v1");
    ck_assert_strn_eq(obj_str(patch, ".x-kubernetes-action"), "patch");
    ck_assert(has_parameter(patch, "force") && has_parameter(one, "name") && has_parameter(one, "namespace"));
    ck_assert(has_parameter(obj_get(many, ".post"), "fieldValidation") &&
              has_parameter(obj_get(many, ".get"), "labelSelector"));
    ck_assert(!obj_has(one, ".post") && !obj_has(all, ".post") && obj_has(all, ".get"));
    ck_assert(obj_has(json_getc(paths, "/api/v1/namespaces/{namespace}/pods/{name}/status"), ".patch"));
    ck_assert(obj_has(json_getc(paths, "/api/v1/namespaces/{namespace}/pods/{name}/binding"), ".post"));
    ck_assert(json_getc(paths, "/api/v1/nodes/{name}") && !json_getc(paths, "/api/v1/namespaces/{namespace}/nodes"));
    request_end(r);
}
END_TEST

START_TEST(operation_ids_are_unique)
{
    static const char *const methods[] = {"get", "put", "post", "patch", "delete"};
    const struct json *doc;
    struct map seen = {0};
    struct request *r = get("/openapi/v3/api/v1", &doc);
    for (OBJ_EACH(p, doc, ".paths"))
        for (size_t m = 0; m < ARRAY_LEN(methods); m++) {
            const struct json *op = json_getc(p, methods[m]);
            struct str id = obj_str(op, ".operationId");
            if (op) ck_assert_msg(id.n && !map_set(&seen, id, &seen), "%.*s occurs twice", STR_ARG(id));
        }
    ck_assert_uint_gt(seen.count, 30);
    map_release(&seen, NULL);
    request_end(r);
}
END_TEST

START_TEST(schemas)
{
    const struct json *doc;
    struct request *r = get("/openapi/v3/api/v1", &doc);
    const struct json *all = obj_get(doc, ".components.schemas"), *pod = json_getc(all, "io.k8s.api.core.v1.Pod");
    const struct json *spec = json_getc(all, "io.k8s.api.core.v1.PodSpec");
    ck_assert_strn_eq(obj_str(pod, ".x-kubernetes-group-version-kind[0].kind"), "Pod");
    ck_assert_strn_eq(obj_text(obj_first(spec, ".required")), "containers");
    const struct json *containers = obj_get(spec, ".properties.containers");
    ck_assert_strn_eq(obj_str(containers, ".type"), "array");
    ck_assert_strn_eq(obj_str(containers, ".x-kubernetes-patch-merge-key"), "name");
    ck_assert_strn_eq(obj_str(containers, ".x-kubernetes-patch-strategy"), "merge");
    ck_assert_strn_eq(obj_str(containers, ".x-kubernetes-list-type"), "map");
    ck_assert_strn_eq(obj_text(obj_first(containers, ".x-kubernetes-list-map-keys")), "name");
    request_end(r);
}
END_TEST

/* What kubectl explains and what structured merges go by: the values of a field, its default, how maps are merged. */
START_TEST(fields)
{
    static const struct {
        const char *type, *path, *value;
    } rows[] = {
        {"NodeSelectorRequirement", ".operator.enum[0]", "DoesNotExist"}, /* published, checked by the kind itself */
        {"NodeSelectorRequirement", ".operator.enum[5]", "NotIn"},
        {"ContainerStatus", ".stopSignal.enum[0]", "SIGABRT"},
        {"SeccompProfile", ".type.enum[0]", "Localhost"}, /* in their order */
        {"Container", ".restartPolicy.enum[0]", NULL},    /* checked, but not published */
        {"Container", ".name.default", ""},
        {"Container", ".terminationMessagePath.default", NULL},
        {"Container", ".command.items.default", ""},
        {"ContainerPort", ".protocol.default", "TCP"},
        {"EndpointPort", ".protocol.default", NULL},
        {"LocalObjectReference", ".name.default", ""},
        {"PersistentVolumeSpec", ".claimRef.x-kubernetes-map-type", "granular"},
        {"PersistentVolumeSpec", ".capacity.additionalProperties.$ref",
         "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"},
        {"Binding", ".target.x-kubernetes-map-type", NULL}, /* its type says it */
    };
    const struct json *doc;
    struct request *r = get("/openapi/v3/api/v1", &doc);
    const struct json *all = obj_get(doc, ".components.schemas");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *name = xasprintf("io.k8s.api.core.v1.%s", rows[i].type);
        const struct json *v = obj_get(obj_get(json_getc(all, name), ".properties"), rows[i].path);
        ck_assert_msg(!v == !rows[i].value, "%s%s", name, rows[i].path);
        if (v) ck_assert_strn_eq(obj_text(v), rows[i].value);
    }
    const struct json *profile = json_getc(all, "io.k8s.api.core.v1.SeccompProfile");
    ck_assert_strn_eq(obj_str(profile, ".x-kubernetes-unions[0].fields-to-discriminateBy.localhostProfile"),
                      "LocalhostProfile");
    ck_assert(obj_has(json_getc(all, "io.k8s.api.core.v1.Pod"), ".properties.spec.default"));
    request_end(r);
    r = get("/openapi/v3/apis/authentication.k8s.io/v1", &doc);
    all = obj_get(doc, ".components.schemas");
    const struct json *user = json_getc(all, "io.k8s.api.authentication.v1.UserInfo");
    ck_assert_strn_eq(obj_str(user, ".properties.extra.additionalProperties.items.type"), "string");
    ck_assert(!json_getc(all, "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList"));
    const struct json *options = json_getc(all, "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");
    ck_assert_int_eq(obj_count(options, ".x-kubernetes-group-version-kind"), 2); /* the core's, and this group's */
    request_end(r);
}
END_TEST

/* ---- Version 2 ---- */

START_TEST(all_in_one)
{
    const struct json *doc;
    struct request *r = get("/openapi/v2", &doc);
    const struct json *all = obj_get(doc, ".definitions"), *pod = json_getc(all, "io.k8s.api.core.v1.Pod");
    ck_assert_strn_eq(obj_str(doc, ".swagger"), "2.0");
    ck_assert_int_gt(check_refs(all, "#/definitions/", doc), 1000);
    ck_assert_strn_eq(obj_str(pod, ".x-kubernetes-group-version-kind[0].kind"), "Pod");
    /* A reference has no type beside it, and no list around it. */
    const struct json *spec = obj_get(pod, ".properties.spec");
    ck_assert_strn_eq(obj_str(spec, ".$ref"), "#/definitions/io.k8s.api.core.v1.PodSpec");
    ck_assert(!obj_has(spec, ".type") && !obj_has(spec, ".allOf") && !obj_has(spec, ".default"));
    const struct json *quantity = json_getc(all, "io.k8s.apimachinery.pkg.api.resource.Quantity");
    ck_assert_strn_eq(obj_str(quantity, ".type"), "string");
    const struct json *port = json_getc(all, "io.k8s.apimachinery.pkg.util.intstr.IntOrString");
    ck_assert_strn_eq(obj_str(port, ".format"), "int-or-string");
    const struct json *volumes = obj_get(json_getc(all, "io.k8s.api.core.v1.PodSpec"), ".properties.volumes");
    ck_assert_strn_eq(obj_str(volumes, ".x-kubernetes-patch-strategy"), "merge,retainKeys");
    ck_assert_strn_eq(obj_str(volumes, ".x-kubernetes-patch-merge-key"), "name");
    /* DeleteOptions belongs to every group, the others of meta/v1 to none but the core. */
    const struct json *options = json_getc(all, "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions");
    ck_assert_int_gt(obj_count(options, ".x-kubernetes-group-version-kind"), 5);
    request_end(r);
}
END_TEST

START_TEST(operations_of_version_2)
{
    const struct json *doc;
    struct request *r = get("/openapi/v2", &doc);
    const struct json *one =
        json_getc(obj_get(doc, ".paths"), "/apis/apps/v1/namespaces/{namespace}/deployments/{name}");
    const struct json *patch = obj_get(one, ".patch"), *body = obj_find(patch, ".parameters", "in", STR("body"));
    ck_assert(has_parameter(patch, "dryRun") && !obj_has(patch, ".requestBody"));
    ck_assert_strn_eq(obj_str(patch, ".operationId"), "patchAppsV1NamespacedDeployment");
    ck_assert_strn_eq(obj_str(patch, ".x-kubernetes-group-version-kind.group"), "apps");
    ck_assert_strn_eq(obj_str(body, ".schema.$ref"), "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch");
    ck_assert_strn_eq(obj_str(patch, ".responses.200.schema.$ref"), "#/definitions/io.k8s.api.apps.v1.Deployment");
    ck_assert_strn_eq(obj_text(obj_first(patch, ".consumes")), "application/json-patch+json");
    request_end(r);
}
END_TEST

START_TEST(version_2_by_accept)
{
    static const struct {
        const char *accept, *type;
    } rows[] = {
        {"application/json", "application/json"},
        {"application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
         "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"},
        {"application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
         "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"},
        {"text/html, application/json;q=0.5", "application/json"},
        {"*/*", "application/json"},
        {"text/html", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", "/openapi/v2", "Accept", rows[i].accept, NULL);
        ck_assert(discovery_handle(r));
        ck_assert_int_eq(r->resp.code, rows[i].type ? 200 : 406);
        if (rows[i].type) ck_assert_str_eq(r->resp.content_type, rows[i].type);
        request_end(r);
    }
}
END_TEST

TEST_MAIN("openapi", all_in_one, operations_of_version_2, version_2_by_accept, every_document_and_reference,
          an_address_with_a_hash_is_for_ever, operations_of_pods, operation_ids_are_unique, schemas, fields)
