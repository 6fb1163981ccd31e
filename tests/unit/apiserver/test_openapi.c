/* test_openapi.c - the OpenAPI v3 documents: valid JSON, every reference resolves, operations say what kubectl reads.
 */
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
static int check_refs(const struct json *doc, const struct json *j)
{
    int n = 0;
    if (!j || (j->type != JSON_OBJ && j->type != JSON_ARR)) return 0;
    ck_assert(!(j->flags & JSON_F_DUP_KEYS));
    for (OBJ_EACH(it, j, "")) {
        if (str_eqc(obj_key(it), "$ref")) {
            static const struct str head = {"#/components/schemas/", sizeof "#/components/schemas/" - 1};
            struct str ref = obj_text(it);
            ck_assert(str_starts(ref, head));
            ck_assert_msg(json_get(obj_get(doc, ".components.schemas"), str_from(ref, head.n)) != NULL, "%.*s",
                          STR_ARG(ref));
            n++;
        }
        n += check_refs(doc, it);
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
        refs += check_refs(doc, doc);
        documents++;
        request_end(d);
    }
    ck_assert_int_ge(documents, 4);
    ck_assert_int_gt(refs, 500);
    ck_assert(obj_get(index, ".paths[apis/apps/v1]") != NULL);
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

TEST_MAIN("openapi", every_document_and_reference, operations_of_pods, operation_ids_are_unique, schemas)
