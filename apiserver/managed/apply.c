/* apply.c - server-side apply: the object gets what the configuration says, and loses what the applier said before,
 * says no more and nobody else owns. Reads: the live object, the configuration, the managers.   Writes: a new tree, the
 * managers. Upstream: structured-merge-diff merge/update.go; apimachinery
 * pkg/util/managedfields/internal/{structuredmerge, lastappliedmanager}.go. */
#include "api/decode.h"
#include "api/object.h"
#include "api/unstructured.h"
#include "apiserver/crd/crd.h"
#include "apiserver/managed/managed.h"

struct apply {
    const struct owner *o;
    struct managed *m;
    struct manager *self;
    struct str version; /* of the request */
};

/* ---- Removing what is applied no more ---- */

struct trees { /* the merged object and the pruned one, in one version */
    const struct json *merged, *pruned;
    struct str version;
};

static bool in_version(const struct apply *ap, struct trees *t, struct str to)
{
    const struct json *merged = managed_convert(ap->o, t->merged, t->version, to);
    const struct json *pruned = t->pruned ? managed_convert(ap->o, t->pruned, t->version, to) : NULL;
    if (!merged || (t->pruned && !pruned)) return false;
    *t = (struct trees){.merged = merged, .pruned = pruned, .version = to};
    return true;
}

static const struct fieldset *fields_with_parents(const struct apply *ap, struct typed type, const struct json *tree)
{
    return typed_with_parents(ap->o->a, type, typed_fields(ap->o->a, type, tree));
}

/* What was pruned though a manager of this version owns it comes back. */
static void add_back_version(struct apply *ap, struct trees *t, struct str version, const struct fieldset *owned)
{
    struct arena *a = ap->o->a;
    if (!in_version(ap, t, version)) return;
    struct typed type = typed_root(managed_type(ap->o, version));
    const struct fieldset *kept =
        fieldset_union(a, fields_with_parents(ap, type, t->pruned), typed_with_parents(a, type, owned));
    t->pruned = typed_remove(a, type, t->merged, fieldset_less(a, fields_with_parents(ap, type, t->merged), kept));
}

/* The version in which the pruning was done comes first: the others are converted from its outcome. */
static void add_back_owned(struct apply *ap, struct trees *t)
{
    struct managed *m = ap->m;
    struct str first = t->version;
    bool *done = ARENA_ARRAY(m->a, bool, m->count + 1);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < m->count; i++) {
            struct str version = m->items[i].api_version;
            if (done[i] || (!round && !str_eq(version, first))) continue;
            const struct fieldset *owned = NULL;
            for (size_t k = i; k < m->count; k++) {
                if (!str_eq(m->items[k].api_version, version)) continue;
                owned = fieldset_union(m->a, owned, managed_set(m, &m->items[k]));
                done[k] = true;
            }
            add_back_version(ap, t, version, owned);
        }
    }
}

/* Only what the applier owned before may go. */
static void add_back_dangling(struct apply *ap, struct trees *t, const struct json *merged, struct str version,
                              const struct fieldset *last)
{
    struct arena *a = ap->o->a;
    if (!in_version(ap, t, version)) return;
    struct typed type = typed_root(managed_type(ap->o, version));
    const struct fieldset *lost =
        fieldset_less(a, fields_with_parents(ap, type, merged), fields_with_parents(ap, type, t->pruned));
    t->pruned = typed_remove(a, type, merged, fieldset_both(a, lost, typed_with_parents(a, type, last)));
}

static const struct json *prune(struct apply *ap, const struct json *merged, const struct fieldset *last,
                                struct str last_version)
{
    const struct api_type *type = last ? managed_type(ap->o, last_version) : NULL;
    const struct json *converted = type ? managed_convert(ap->o, merged, ap->version, last_version) : NULL;
    if (!converted) return merged;
    struct arena *a = ap->o->a;
    struct trees t = {.merged = converted, .version = last_version};
    t.pruned = typed_remove(a, typed_root(type), converted, typed_with_parents(a, typed_root(type), last));
    add_back_owned(ap, &t);
    add_back_dangling(ap, &t, converted, last_version, last);
    return t.pruned ? managed_convert(ap->o, t.pruned, t.version, ap->version) : NULL;
}

/* ---- Applying ---- */

/* "NAMESPACE/NAME; GROUP/VERSION, Kind=KIND" */
static const char *object_text(const struct owner *o, const struct json *obj)
{
    return arena_printf(o->a, "%.*s/%.*s; %s/%s, Kind=%s", STR_ARG(obj_ns(obj)), STR_ARG(obj_name(obj)), o->group,
                        o->version, o->kind);
}

static bool check(const struct owner *o, const struct json *config, struct err *e)
{
    struct str errors;
    return typed_check(o->a, typed_root(o->type), config, false, &errors) ||
           err_set(e, ERR_INTERNAL, "failed to create typed patch object (%s): %.*s", object_text(o, config),
                   STR_ARG(errors));
}

/* The new object as a normalised tree. */
static bool decode(const struct owner *o, struct json *obj, const struct json *config, struct err *e)
{
    struct err why = ERR_INIT;
    if (o->res && o->res->custom && o->type == o->res->type) return crd_decode(o->a, o->res, obj, NULL, e);
    return (api_from_unstructured(o->a, o->type, obj, &why) && api_decode(o->a, o->type, obj, NULL, &why)) ||
           err_set(
               e, ERR_INTERNAL,
               "failed to convert new object (%s) to proper version: unable to convert unstructured object to %s/%s, "
               "Kind=%s: %s",
               object_text(o, config), o->group, o->version, o->kind, why.text);
}

static bool apply(const struct owner *o, const struct json *live, const struct json *config, bool force,
                  struct managed *m, struct json **out, struct conflicts *c, struct err *e)
{
    struct typed type = typed_root(o->type);
    struct typed_diff diff;
    struct json *merged;
    struct str errors;
    struct apply ap = {.o = o, .m = m, .version = managed_version(o)};
    const struct manager id = {.name = o->manager,
                               .api_version = ap.version,
                               .applied = true,
                               .subresource = o->subresource ? str_of(o->subresource) : STR("")};
    managed_reconcile(o, m, true);
    if (!typed_merge(o->a, type, live, config, &merged, &errors))
        return err_set(e, ERR_INTERNAL, "failed to merge config: %.*s", STR_ARG(errors));
    struct manager *there = managed_find(m, &id);
    const struct fieldset *last = there ? managed_set(m, there) : NULL;
    struct str last_version = there ? there->api_version : STR("");
    ap.self = there ? there : managed_add(m, &id);
    ap.self->api_version = ap.version;
    const struct fieldset *set = managed_filter(o, typed_fields(o->a, type, config));
    if (!there || !fieldset_equal(set, last)) managed_put_set(m, ap.self, set);
    const struct json *pruned = prune(&ap, merged, last, last_version);
    if (!pruned) pruned = json_obj(o->a);
    if (!managed_settle(o, live, pruned, m, ap.self, force, &diff, c)) return false;
    /* What went through another version of a Go type is never the same to upstream. */
    bool direct = !last || str_eq(last_version, ap.version) || (o->res && o->res->custom);
    bool same = direct && json_equal(live, pruned);
    *out = same ? NULL : json_copy(o->a, pruned);
    if (*out && !decode(o, *out, config, e)) return false;
    ap.self = managed_find(m, &id);
    const struct fieldset *stripped = managed_strip(o->a, set);
    if (!fieldset_equal(stripped, managed_set(m, ap.self))) managed_put_set(m, ap.self, stripped);
    if (!stripped)
        managed_remove(m, ap.self);
    else if (*out)
        managed_set_time(m, ap.self, o->now_s);
    return true;
}

/* ---- Conflicts that are none: kubectl applied these fields itself, from the client's side ---- */

/* Only those that the set does not have. */
static void keep_real(struct conflicts *c, const struct fieldset *allowed)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct conflict *it = &c->items[i];
        const struct fieldset *at = allowed;
        const struct field_node *n = NULL;
        for (size_t k = 0; k < it->n && (!k || n); k++, at = n ? n->below : NULL) n = fieldset_find(at, &it->path[k]);
        if (!n || !n->member) c->items[kept++] = *it;
    }
    c->count = kept;
}

/* An object of which nobody's fields are known: all it has belongs to a manager of its own. */
static void begin_tracking(const struct owner *o, const struct json *live, struct managed *m)
{
    struct owner before = *o;
    before.manager = STR("before-first-apply");
    before.exists = false;
    managed_update(&before, api_zero(o->a, o->type), live, m);
}

bool managed_apply(const struct owner *o, const struct json *live, const struct json *config, bool force,
                   struct managed *m, struct json **out, struct conflicts *c, struct err *e)
{
    if (!m->count) begin_tracking(o, live, m);
    if (!check(o, config, e)) return false;
    struct managed before = managed_copy(m);
    bool kubectl = str_eqc(o->manager, "kubectl");
    if (apply(o, live, config, force, m, out, c, e)) return true;
    if (e->code || !kubectl || !c->count) return false;
    const struct fieldset *allowed = last_applied_fields(o, live);
    if (allowed) keep_real(c, allowed);
    if (!allowed || c->count) return false;
    *m = before;
    return apply(o, live, config, true, m, out, c, e);
}
