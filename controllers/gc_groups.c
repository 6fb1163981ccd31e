/* gc_groups.c - see gc_groups.h.
 * Reads: APIServices, /apis/G, /apis/G/V.   Writes: nothing. */
#include "controllers/gc_groups.h"

#include "controllers/kinds.h"
#include "controllers/limits.h"

#define API_SERVICES "apiregistration.k8s.io/v1/apiservices"

static bool has_verbs(const struct json *resource)
{
    static const char *const verbs[] = {"delete", "list", "watch"};
    size_t have = 0;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        bool found = false;
        for (OBJ_EACH(v, resource, ".verbs")) found |= str_eqc(obj_text(v), verbs[i]);
        have += found;
    }
    return have == ARRAY_LEN(verbs);
}

void gc_group_add(struct arena *a, struct gc_group *g, struct str group, struct str version, const struct json *list)
{
    if (!g->items) g->items = arena_zalloc(a, GC_GROUP_MAX * sizeof *g->items);
    for (OBJ_EACH(it, list, ".resources")) {
        struct str plural = obj_str(it, ".name"), kind = obj_str(it, ".kind");
        if (!kind_can_be(group, version, plural) || !kind.n || !has_verbs(it)) continue;
        size_t at = 0;
        while (at < g->count && !str_eqc(plural, g->items[at].plural)) at++;
        if (at == GC_GROUP_MAX) return;
        struct gc_facts *f = &g->items[at].facts;
        if (at < g->count) {
            f->versions = arena_printf(a, "%s%.*s ", f->versions, STR_ARG(version));
            continue;
        }
        g->items[g->count++].plural = str_cstr(a, plural);
        f->res = kind_custom(group, version, plural, kind, obj_bool(it, ".namespaced", false));
        f->versions = arena_printf(a, " %.*s ", STR_ARG(version));
        f->by = arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
    }
}

static bool is_aggregated(struct ctl *c, struct arena *a, struct str group, struct str version)
{
    struct err e = ERR_INIT;
    const struct object *service AUTO_OBJ = NULL;
    struct str name = str_printf(a, "%.*s.%.*s", STR_ARG(version), STR_ARG(group));
    return rest_get(ctl_rest(c), API_SERVICES, STR_NULL, name, &service, &e) && obj_has(service->root, ".spec.service");
}

bool gc_group_read(struct ctl *c, struct arena *a, struct str group, struct gc_group *out, struct err *e)
{
    const struct object *doc AUTO_OBJ = NULL;
    const struct rest_call get = {.method = "GET", .path = arena_printf(a, "/apis/%.*s", STR_ARG(group))};
    bool whole = true;
    *out = (struct gc_group){0};
    if (!rest_do(ctl_rest(c), &get, &doc, e)) return e->code == ERR_NOT_FOUND;
    for (OBJ_EACH(v, doc->root, ".versions")) { /* the preferred one first */
        const struct object *list AUTO_OBJ = NULL;
        struct str version = obj_str(v, ".version");
        if (!kind_can_be(group, version, STR("x")) || !is_aggregated(c, a, group, version)) continue;
        const struct rest_call call = {.method = "GET",
                                       .path = arena_printf(a, "/apis/%.*s/%.*s", STR_ARG(group), STR_ARG(version))};
        out->some = true;
        if (rest_do(ctl_rest(c), &call, &list, e))
            gc_group_add(a, out, group, version, list->root);
        else
            whole = false;
    }
    return whole;
}
