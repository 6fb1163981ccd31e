/* strategy_crd.c - CustomResourceDefinitions: defaults, the versions in which objects may be stored
 * (apiextensions-apiserver pkg/registry/customresourcedefinition, pkg/apis/apiextensions/v1/defaults.go).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/crd.h"
#include "apiserver/object/crd_schema.h"
#include "apiserver/object/object.h"
#include "schema_ids.h"

/* ---- Defaults ---- */

static struct str storage_version(const struct json *crd)
{
    for (OBJ_EACH(v, crd, ".spec.versions"))
        if (obj_bool(v, ".storage", false)) return obj_has(v, ".name") ? obj_str(v, ".name") : STR("");
    return STR_NULL;
}

static void sort_deeply(struct json *j)
{
    if (json_is(j, JSON_OBJ)) json_sort_keys(j);
    JSON_FOREACH(it, j) sort_deeply(it);
}

/* Values within a schema lose the order of their members, as in Go's maps. The tree is the caller's own. */
static bool sort_values(const struct json *schema, void *ctx)
{
    (void)ctx;
    static const char *const values[] = {"default", "enum", "example"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct json *v = json_getc(schema, values[i]);
        if (v) sort_deeply(v);
    }
    return false;
}

/* type CustomResourceDefinition default=fn:crd */
void type_default_crd(struct arena *a, struct json *crd)
{
    struct json *names = obj_edit(crd, ".spec.names"), *spec = obj_edit(crd, ".spec");
    struct str kind = obj_str(names, ".kind"), stored = storage_version(crd);
    for (OBJ_EACH(v, crd, ".spec.versions")) schema_has(obj_get(v, ".schema.openAPIV3Schema"), sort_values, NULL);
    if (names && !obj_str(names, ".singular").n && kind.n) obj_put_str(a, names, ".singular", str_lower(a, kind));
    if (names && !obj_str(names, ".listKind").n && kind.n)
        obj_put_fmt(a, names, ".listKind", "%.*sList", STR_ARG(kind));
    if (names) object_order(&type_apiextensions_k8s_io_v1_CustomResourceDefinitionNames, names, a);
    if (spec && !obj_has(spec, ".conversion")) {
        obj_put_cstr(a, spec, ".conversion.strategy", "None");
        object_order(&type_apiextensions_k8s_io_v1_CustomResourceDefinitionSpec, spec, a);
    }
    if (!obj_count(crd, ".status.storedVersions") && !str_is_null(stored)) {
        obj_del(crd, ".status.storedVersions");
        obj_append_str(a, crd, ".status.storedVersions", stored);
        object_order(&type_apiextensions_k8s_io_v1_CustomResourceDefinitionStatus, obj_edit(crd, ".status"), a);
    }
}

/* ---- The strategy ---- */

static void add_storage_version(struct arena *a, struct json *crd)
{
    struct str stored = storage_version(crd);
    if (str_is_null(stored)) return;
    for (OBJ_EACH(it, crd, ".status.storedVersions"))
        if (str_eq(obj_text(it), stored)) return;
    if (!obj_has(crd, ".status.storedVersions")) obj_del(crd, ".status.storedVersions");
    obj_append_str(a, crd, ".status.storedVersions", stored);
}

static void crd_prepare_create(struct arena *a, struct json *crd, int64_t now_ns)
{
    (void)now_ns;
    add_storage_version(a, crd);
}

static void crd_prepare_update(struct arena *a, struct json *crd, const struct json *old, const char *sub)
{
    (void)old;
    if (!sub) add_storage_version(a, crd);
}

static void crd_check_create(struct check *c, const struct json *crd) { check_crd(c, crd, NULL); }

static void crd_check_update(struct check *c, const struct json *crd, const struct json *old, const char *sub)
{
    if (sub)
        check_crd_status(c, crd);
    else
        check_crd(c, crd, old);
}

const struct strategy strategy_crd = {.prepare_create = crd_prepare_create,
                                      .prepare_update = crd_prepare_update,
                                      .check_create = crd_check_create,
                                      .check_update = crd_check_update};
