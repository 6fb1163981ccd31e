/* update.c - who owns what after an update: the writer owns what it changed, and nobody else does.
 * Reads: two trees, the managers.   Writes: the managers.
 * Upstream: structured-merge-diff merge/update.go; apimachinery pkg/util/managedfields/internal/{structuredmerge,
 * managedfieldsupdater,capmanagers,skipnonapplied,stripmeta,versionconverter}.go. */
#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "api/registry.h"
#include "apiserver/managed/limits.h"
#include "apiserver/managed/managed.h"
#include "base/clk.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- What is nobody's ---- */

#define FIELD(text)                                                                                                    \
    {                                                                                                                  \
        .at = {.kind = PATH_FIELD, .u.name = {text, sizeof(text) - 1}}, .member = true                                 \
    }
static const struct field_node meta_nodes[] = {
    FIELD("clusterName"), FIELD("creationTimestamp"), FIELD("generation"), FIELD("managedFields"), FIELD("name"),
    FIELD("namespace"),   FIELD("resourceVersion"),   FIELD("selfLink"),   FIELD("uid"),
};
static const struct fieldset meta_set = {.nodes = meta_nodes, .count = ARRAY_LEN(meta_nodes)};
static const struct field_node root_nodes[] = {
    {.at = {.kind = PATH_FIELD, .u.name = {"metadata", 8}}, .member = true, .below = &meta_set}};
static const struct fieldset root_set = {.nodes = root_nodes, .count = 1};

const struct fieldset *managed_strip(struct arena *a, const struct fieldset *set)
{
    return fieldset_find(set, &root_nodes[0].at) ? fieldset_less(a, set, &root_set) : set;
}

/* ---- Versions ---- */

struct str managed_version(const struct owner *o)
{
    return *o->group ? str_printf(o->a, "%s/%s", o->group, o->version) : str_of(o->version);
}

/* The row of the same objects in that version; NULL: there is none. */
static const struct api_resource *row_of(const struct owner *o, struct str api_version)
{
    struct str group, version;
    if (!o->res || o->type != o->res->type) return NULL;
    api_split_version(api_version, &group, &version);
    if (!str_eqc(group, o->res->group)) return NULL; /* an Event's other group is no version of this one to upstream */
    if (o->res->custom) return api_custom_version(o->res->custom, version);
    return api_version_row(o->res, group, version);
}

const struct api_type *managed_type(const struct owner *o, struct str api_version)
{
    if (str_eq(api_version, managed_version(o))) return o->type;
    const struct api_resource *row = row_of(o, api_version);
    return row ? row->type : NULL;
}

const struct json *managed_convert(const struct owner *o, const struct json *tree, struct str from, struct str to)
{
    if (str_eq(from, to)) return tree;
    const struct api_resource *there = row_of(o, to), *here = row_of(o, from);
    if (!there || !here) return NULL;
    if (o->forms) return managed_form(o, tree, from, to);
    struct json *copy = json_copy(o->a, tree);
    api_convert(o->a, copy, here, o->res->storage);
    api_convert(o->a, copy, o->res->storage, there);
    return copy;
}

struct version { /* the two trees compared in one version */
    struct str name;
    struct typed_diff diff;
    bool missing; /* there is no such version any more */
};

struct versions {
    struct version *items;
    size_t count;
};

static void compare(const struct owner *o, const struct json *live, const struct json *now, struct version *v)
{
    struct str own = managed_version(o);
    const struct api_type *t = managed_type(o, v->name);
    const struct json *l = t ? managed_convert(o, live, own, v->name) : NULL;
    const struct json *r = t ? managed_convert(o, now, own, v->name) : NULL;
    v->missing = !l || !r;
    if (v->missing) return;
    typed_compare(o->a, typed_root(t), l, r, &v->diff);
    v->diff.removed = managed_strip(o->a, managed_filter(o, v->diff.removed));
    v->diff.modified = managed_strip(o->a, managed_filter(o, v->diff.modified));
    v->diff.added = managed_strip(o->a, managed_filter(o, v->diff.added));
}

static const struct version *version_of(const struct owner *o, struct versions *vs, struct str name,
                                        const struct json *live, const struct json *now)
{
    for (size_t i = 0; i < vs->count; i++)
        if (str_eq(vs->items[i].name, name)) return &vs->items[i];
    struct version *v = &vs->items[vs->count++];
    v->name = name;
    compare(o, live, now, v);
    return v;
}

/* ---- What others lose ---- */

/* Can the entry have a field of the set? Told by its text alone, when that was not read yet. */
static bool may_share(const struct manager *it, const struct fieldset *set)
{
    char name[80];
    if (it->parsed) return true;
    for (uint32_t i = 0; set && i < set->count; i++) {
        struct str field = set->nodes[i].at.u.name;
        int n = snprintf(name, sizeof name, "\"f:%.*s\":", STR_ARG(field));
        if (n >= (int)sizeof name || memmem(it->text.p, it->text.n, name, (size_t)n)) return true;
    }
    return false;
}

static const struct fieldset *shared(struct managed *m, struct manager *it, const struct fieldset *set)
{
    return set && may_share(it, set) ? fieldset_both(m->a, managed_set(m, it), set) : NULL;
}

struct conflict_walk {
    struct conflicts *c;
    struct arena *a;
    const struct manager *with;
};

static void add_conflict(const struct path_elem *path, size_t n, void *arg)
{
    struct conflict_walk *w = arg;
    struct conflicts *c = w->c;
    if (c->count == CONFLICTS_MAX) return;
    if (c->count == c->cap) {
        struct conflict *old = c->items;
        c->cap = c->cap ? 2 * c->cap : 16;
        c->items = ARENA_ARRAY(w->a, struct conflict, c->cap);
        if (c->count) memcpy(c->items, old, c->count * sizeof *old);
    }
    c->items[c->count++] =
        (struct conflict){.with = w->with, .path = arena_memdup(w->a, path, n * sizeof *path), .n = n};
}

static void lose(struct managed *m, struct manager *it, const struct fieldset *lost)
{
    if (lost) managed_put_set(m, it, fieldset_less(m->a, managed_set(m, it), lost));
}

bool managed_settle(const struct owner *o, const struct json *live, const struct json *now, struct managed *m,
                    const struct manager *self, bool force, struct typed_diff *diff, struct conflicts *c)
{
    struct versions vs = {.items = ARENA_ARRAY(o->a, struct version, m->count + 1)};
    const struct fieldset **taken = ARENA_ARRAY(o->a, const struct fieldset *, m->count + 1);
    size_t before = c->count;
    *diff = version_of(o, &vs, managed_version(o), live, now)->diff;
    for (size_t i = 0; i < m->count; i++) {
        struct manager *it = &m->items[i];
        if (it == self) continue;
        const struct version *v = version_of(o, &vs, it->api_version, live, now);
        if (v->missing) continue;
        taken[i] = shared(m, it, fieldset_union(o->a, v->diff.modified, v->diff.added));
        struct conflict_walk walk = {c, o->a, it};
        if (taken[i] && !force) fieldset_each(taken[i], add_conflict, &walk);
    }
    if (c->count > before) return false;
    size_t self_at = self ? (size_t)(self - m->items) : SIZE_MAX;
    for (size_t i = m->count; i-- > 0;) {
        struct manager *it = &m->items[i];
        if (i == self_at) continue;
        const struct version *v = version_of(o, &vs, it->api_version, live, now);
        if (!v->missing) {
            lose(m, it, taken[i]);
            lose(m, it, shared(m, it, v->diff.removed));
        }
        if (v->missing || (it->parsed && !it->set)) managed_remove(m, it);
    }
    return true;
}

void managed_reconcile(const struct owner *o, struct managed *m, bool all)
{
    for (size_t i = m->count; i-- > 0;) {
        struct manager *it = &m->items[i];
        if (!all && !it->parsed) continue;
        const struct api_type *t = managed_type(o, it->api_version);
        if (!t) {
            managed_remove(m, it);
            continue;
        }
        const struct fieldset *was = managed_set(m, it), *set = typed_reconcile(o->a, typed_root(t), was);
        if (set != was) managed_put_set(m, it, set);
    }
}

/* ---- Not too many ---- */

static int by_age(const void *x, const void *y)
{
    const struct manager *l = *(struct manager *const *)x, *r = *(struct manager *const *)y;
    if (l->time_s != r->time_s) return l->time_s < r->time_s ? -1 : 1;
    int c = str_cmp(l->name, r->name);
    if (!c) c = str_cmp(l->api_version, r->api_version);
    return c ? c : str_cmp(l->subresource, r->subresource);
}

/* The oldest updates of each version are put together into one entry, as upstream does it: the first of a version only
 * when a second one comes. */
static void cap_managers(struct managed *m)
{
    struct manager **olds = ARENA_ARRAY(m->a, struct manager *, m->count + 1);
    bool *gone = ARENA_ARRAY(m->a, bool, m->count + 1);
    size_t n = 0, left;
    for (size_t i = 0; i < m->count; i++)
        if (!m->items[i].applied) olds[n++] = &m->items[i];
    if ((left = n) <= UPDATE_MANAGERS_MAX) return;
    qsort(olds, n, sizeof(struct manager *), by_age);
    for (size_t i = 0; i < n && left > UPDATE_MANAGERS_MAX; i++) {
        struct manager *it = olds[i], *first = NULL;
        const struct manager bucket = {.name = STR("ancient-changes"), .api_version = it->api_version};
        for (size_t k = 0; k < i && !first; k++)
            if (str_eq(olds[k]->api_version, it->api_version) && !gone[olds[k] - m->items]) first = olds[k];
        struct manager *there = managed_find(m, &bucket);
        if (first && there) first = there;
        if (!first || first == it) continue;
        first->name = STR("ancient-changes");
        first->subresource = STR("");
        managed_put_set(m, first, fieldset_union(m->a, managed_set(m, it), managed_set(m, first)));
        first->time = it->time;
        first->time_s = it->time_s;
        gone[it - m->items] = true;
        left--;
    }
    for (size_t i = m->count; i-- > 0;)
        if (gone[i]) managed_remove(m, &m->items[i]);
}

/* ---- An update ---- */

void managed_update(const struct owner *o, const struct json *live, const struct json *now, struct managed *m)
{
    struct typed_diff diff;
    struct conflicts none = {0};
    if (!m->count && o->exists) return;                /* nobody ever asked for this object to be tracked */
    managed_reconcile(o, m, o->res && o->res->custom); /* the schema of a built-in kind is never another one */
    managed_settle(o, live, now, m, NULL, true, &diff, &none);
    const struct fieldset *set = fieldset_union(o->a, diff.modified, diff.added);
    if (set) {
        const struct manager id = {.name = o->manager.n ? o->manager : STR("unknown"),
                                   .api_version = managed_version(o),
                                   .subresource = o->subresource ? str_of(o->subresource) : STR("")};
        struct manager *it = managed_find(m, &id);
        if (!it) {
            it = managed_add(m, &id);
            managed_put_set(m, it, set);
        } else {
            const struct fieldset *all = fieldset_union(o->a, set, managed_set(m, it));
            if (!fieldset_equal(all, it->set)) managed_put_set(m, it, all);
        }
        managed_set_time(m, it, o->now_s);
    }
    cap_managers(m);
}

static struct owner server_of(struct arena *a, const struct api_resource *res, struct str manager)
{
    return (struct owner){.a = a,
                          .res = res,
                          .type = res->type,
                          .group = res->group,
                          .version = res->version,
                          .kind = res->kind,
                          .manager = manager,
                          .now_s = clk_s()};
}

void managed_begin(struct arena *a, const struct api_resource *res, struct json *obj, struct str manager)
{
    struct managed m = {.a = a};
    const struct owner o = server_of(a, res, manager);
    managed_update(&o, api_zero(a, res->type), obj, &m);
    struct json *list = managed_write(&m);
    if (list) obj_put(a, obj, ".metadata.managedFields", list);
}

void managed_change(struct arena *a, const struct api_resource *res, const char *subresource, struct str stored,
                    struct json *obj, struct str manager)
{
    struct err e = ERR_INIT;
    struct managed m;
    struct owner o = server_of(a, res, manager);
    const struct json *before = obj_parse_stored(a, stored, &e), *list = obj_get(before, ".metadata.managedFields");
    o.subresource = subresource;
    o.exists = true;
    if (!before || !list || !managed_read(a, list, list, &m, &e)) return;
    managed_update(&o, before, obj, &m);
    struct json *now = managed_write(&m);
    if (now) obj_put(a, obj, ".metadata.managedFields", now);
}
