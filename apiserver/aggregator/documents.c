/* documents.c - what an aggregated server says it has, as discovery passes it on. Pure.
 * Reads: APIGroupDiscoveryList, APIResourceList, indexes of OpenAPI v3.   Writes: heap texts.
 * Upstream: kube-aggregator pkg/apiserver/handler_discovery.go, apiserver pkg/endpoints/installer.go
 * (ConvertGroupVersionIntoToDiscovery). */
#include "apiserver/aggregator/availability.h"

#include "api/object.h"
#include "apiserver/aggregator/swagger.h"

/* The members of a tree, without its braces. Takes the tree's arena's word that it is no longer than allowed. */
static char *members_of(const struct json *obj)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MERGED_BYTES_MAX);
    json_write(&b, obj);
    return buf_ok(&b) && b.n >= 2 ? xstrndup(b.p + 1, b.n - 2) : NULL;
}

static void put_kind(struct arena *a, struct json *to, const struct json *from, const char *group, const char *version)
{
    struct str g = obj_str(from, ".group"), v = obj_str(from, ".version");
    obj_put_str(a, to, ".responseKind.group", g.n ? g : str_of(group));
    obj_put_str(a, to, ".responseKind.version", v.n ? v : str_of(version));
    obj_put_str(a, to, ".responseKind.kind", obj_str(from, ".kind"));
}

static void put_parent(struct arena *a, struct json *to, const struct json *from, const char *group,
                       const char *version)
{
    static const char *const same[] = {".verbs", ".shortNames", ".categories"};
    obj_put_str(a, to, ".resource", obj_str(from, ".name"));
    put_kind(a, to, from, group, version);
    obj_put_cstr(a, to, ".scope", obj_bool(from, ".namespaced", false) ? "Namespaced" : "Cluster");
    obj_put_str(a, to, ".singularResource", obj_str(from, ".singularName"));
    for (size_t i = 0; i < ARRAY_LEN(same); i++) obj_put_copy(a, to, same[i], obj_get(from, same[i]));
}

/* A subresource whose resource is not listed stands alone, without kind. */
static struct json *parent_of(struct arena *a, struct json *list, struct str name)
{
    JSON_FOREACH(it, json_getc(list, "resources"))
    {
        if (str_eq(obj_str(it, ".resource"), name)) return it;
    }
    struct json *alone = obj_append(a, list, ".resources");
    obj_put_str(a, alone, ".resource", name);
    obj_put(a, alone, ".responseKind", obj_empty(a));
    return alone;
}

static char *of_list(struct arena *a, const struct json *doc, const char *group, const char *version)
{
    struct json *out = obj_empty(a);
    if (!obj_is(doc, ".kind", "APIResourceList") || obj_count(doc, ".resources") > RESOURCES_MAX) return NULL;
    obj_put(a, out, ".resources", obj_list(a));
    for (int subs = 0; subs < 2; subs++)
        for (OBJ_EACH(it, doc, ".resources")) {
            struct str sub, name = str_cut(obj_str(it, ".name"), '/', &sub);
            if (!name.n || str_is_null(sub) != !subs) continue;
            if (!subs) {
                put_parent(a, obj_append(a, out, ".resources"), it, group, version);
                continue;
            }
            struct json *to = obj_append(a, parent_of(a, out, name), ".subresources");
            obj_put_str(a, to, ".subresource", sub);
            put_kind(a, to, it, group, version);
            obj_put_copy(a, to, ".verbs", obj_get(it, ".verbs"));
        }
    return members_of(out);
}

/* Old clients trip over a resource without responseKind. */
static void complete(struct arena *a, struct json *version)
{
    JSON_FOREACH(res, json_getc(version, "resources"))
    {
        if (!obj_has(res, ".responseKind")) obj_put(a, res, ".responseKind", obj_empty(a));
        JSON_FOREACH(sub, json_getc(res, "subresources"))
        {
            if (!obj_has(sub, ".responseKind")) obj_put(a, sub, ".responseKind", obj_empty(a));
        }
    }
}

static char *of_all(struct arena *a, const struct json *doc, const char *group, const char *version)
{
    if (!obj_is(doc, ".kind", "APIGroupDiscoveryList")) return NULL;
    for (OBJ_EACH(g, doc, ".items")) {
        if (!str_eqc(obj_name(g), group)) continue;
        for (OBJ_EACH(v, g, ".versions")) {
            if (!obj_is(v, ".version", version)) continue;
            struct json *out = obj_empty(a);
            obj_put_copy(a, out, ".resources", obj_get(v, ".resources"));
            complete(a, out);
            return members_of(out);
        }
    }
    return xstrdup("");
}

char *availability_resources(struct str document, bool aggregated, const char *group, const char *version)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *doc = json_parse(&a, document, &(struct err){0});
    return aggregated ? of_all(&a, doc, group, version) : of_list(&a, doc, group, version);
}

char *availability_openapi(struct str document)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b AUTO_BUF = {0};
    const struct json *doc = json_parse(&a, document, &(struct err){0}), *paths = obj_get(doc, ".paths");
    buf_init(&b, MERGED_BYTES_MAX);
    if (!json_is(paths, JSON_OBJ)) return NULL;
    json_write(&b, paths);
    return buf_ok(&b) ? xstrndup(b.p, b.n) : NULL;
}

char *availability_swagger(struct str document, const char *group, const char *version)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b AUTO_BUF = {0};
    struct json *doc = json_parse(&a, document, &(struct err){0});
    buf_init(&b, MERGED_BYTES_MAX);
    const struct json *paths = json_getc(doc, "paths");
    if (!obj_str(doc, ".swagger").n || (paths && !json_is(paths, JSON_OBJ))) return NULL;
    swagger_keep(&a, doc, str_printf(&a, "/apis/%s/%s/", group, version));
    json_write(&b, doc);
    return buf_ok(&b) ? xstrndup(b.p, b.n) : NULL;
}
