/* root.c - see root.h.
 * Reads: the tables.   Writes: nothing.   Upstream: register.go of every group, apimachinery pkg/apis/meta/v1
 * register.go. */
#include "root.h"

#include "base/mem.h"

enum { OF_CORE, OF_META, OF_ALL };
static const struct {
    const char *kind;
    int where; /* v1; meta.k8s.io/v1; every version of every group */
} shared[] = {
    {"Status", OF_CORE},
    {"List", OF_CORE},
    {"APIVersions", OF_CORE},
    {"APIGroup", OF_CORE},
    {"APIGroupList", OF_CORE},
    {"APIResourceList", OF_CORE},
    {"Table", OF_META},
    {"TableOptions", OF_META},
    {"PartialObjectMetadata", OF_META},
    {"PartialObjectMetadataList", OF_META},
    {"ListOptions", OF_ALL},
    {"GetOptions", OF_ALL},
    {"DeleteOptions", OF_ALL},
    {"CreateOptions", OF_ALL},
    {"UpdateOptions", OF_ALL},
    {"PatchOptions", OF_ALL},
};

static bool of_row(const struct api_resource *r, struct api_root *out)
{
    *out = (struct api_root){r->group, r->version, r->kind, r->type, r, false};
    return true;
}

static bool of_list(const struct api_resource *r, struct api_root *out)
{
    *out =
        (struct api_root){r->group, r->version, r->list_kind, api_find_type(r->type->package, r->list_kind), r, true};
    return out->type != NULL;
}

/* The body of a subresource, unless it is a resource itself, or the object. */
static bool of_sub(const struct api_subresource *s, struct api_root *out)
{
    if (!s->kind || !s->type) return false;
    *out = (struct api_root){s->group, s->version, s->kind, s->type, NULL, false};
    return !api_find_kind(str_of(s->group), str_of(s->version), str_of(s->kind));
}

static bool of_shared(size_t i, struct api_root *out)
{
    *out = (struct api_root){shared[i].where == OF_META ? "meta.k8s.io" : "", "v1", shared[i].kind,
                             api_find_type("meta/v1", shared[i].kind),        NULL, false};
    return out->type != NULL;
}

/* ---- All of them ---- */

enum { ROWS, LISTS, SUBS, SHARED }; /* stages of a walk */

/* One body may belong to several resources: the first one counts. */
static bool came_before(const struct api_root *x, int resource)
{
    struct api_root other;
    for (int i = 0; i < resource; i++)
        for (int sub = 0; sub < api_resources[i]->nsubs; sub++)
            if (of_sub(&api_resources[i]->subs[sub], &other) && other.type == x->type) return true;
    return false;
}

static bool walk_rows(struct api_root_walk *w, struct api_root *out)
{
    while (w->at < api_resource_count) {
        const struct api_resource *r = api_resources[w->at++];
        if (w->stage == ROWS ? of_row(r, out) : of_list(r, out)) return true;
    }
    return false;
}

static bool walk_subs(struct api_root_walk *w, struct api_root *out)
{
    for (; w->at < api_resource_count; w->at++, w->sub = 0) {
        const struct api_resource *r = api_resources[w->at];
        while (w->sub < r->nsubs)
            if (of_sub(&r->subs[w->sub++], out) && !came_before(out, w->at)) return true;
    }
    return false;
}

static bool walk_shared(struct api_root_walk *w, struct api_root *out)
{
    while (w->at < (int)ARRAY_LEN(shared))
        if (of_shared((size_t)w->at++, out)) return true;
    return false;
}

bool api_root_next(struct api_root_walk *w, struct api_root *out)
{
    for (; w->stage <= SHARED; w->stage++, w->at = 0) {
        bool found = w->stage == SHARED ? walk_shared(w, out)
                     : w->stage == SUBS ? walk_subs(w, out)
                                        : walk_rows(w, out);
        if (found) return true;
    }
    return false;
}

/* ---- One ---- */

static bool is_at(int where, struct str group, struct str version)
{
    if (where == OF_CORE) return !group.n && str_eqc(version, "v1");
    if (where == OF_META) return str_eqc(group, "meta.k8s.io") && str_eqc(version, "v1");
    for (int i = 0; i < api_resource_count; i++)
        if (str_eqc(group, api_resources[i]->group) && str_eqc(version, api_resources[i]->version)) return true;
    return false;
}

bool api_find_root(struct str api_version, struct str kind, struct api_root *out)
{
    struct api_root_walk w = {.stage = ROWS};
    struct str group, version;
    api_split_version(api_version, &group, &version);
    while (w.stage < SHARED && api_root_next(&w, out))
        if (str_eqc(kind, out->kind) && str_eqc(group, out->group) && str_eqc(version, out->version)) return true;
    for (size_t i = 0; i < ARRAY_LEN(shared); i++)
        if (str_eqc(kind, shared[i].kind) && is_at(shared[i].where, group, version)) return of_shared(i, out);
    return false;
}
