/* history.c - keeps the ControllerRevisions of an owner.
 * Reads: ControllerRevisions, the owner's template.   Writes: ControllerRevisions. */
#include "controllers/history.h"

#include "controllers/limits.h"
#include "controllers/pod_control.h"

#include <stdlib.h>

#define REVISIONS "apps/v1/controllerrevisions"

/* ---- Data and names ---- */

static void sort_members(struct json *node)
{
    JSON_FOREACH(it, node) sort_members(it);
    if (json_is(node, JSON_OBJ)) json_sort_keys(node);
}

struct json *history_data(struct arena *a, const struct json *tmpl)
{
    struct json *data = obj_empty(a);
    obj_put_copy(a, data, ".spec.template", tmpl);
    obj_put_cstr(a, data, ".spec.template.$patch", "replace");
    sort_members(data);
    return data;
}

/* 32-bit FNV-1 in decimal, each digit replaced by a letter that makes no words. */
struct str history_hash(struct arena *a, const struct json *data, int64_t collisions)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    struct buf text AUTO_BUF = {0};
    buf_init(&text, REVISION_DATA_MAX);
    json_write(&text, data);
    buf_addf(&text, "%lld", (long long)collisions);
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < text.n; i++) hash = hash * 16777619U ^ (uint8_t)text.p[i];
    char *out = arena_printf(a, "%u", hash);
    for (char *p = out; *p; p++) *p = letters[(unsigned char)*p % (sizeof letters - 1)];
    return str_of(out);
}

/* ---- Order ---- */

static int64_t number_of(const struct object *revision) { return obj_int(revision->root, ".revision", 0); }

static int compare(const void *x, const void *y)
{
    const struct object *a = *(const struct object *const *)x, *b = *(const struct object *const *)y;
    if (number_of(a) != number_of(b)) return number_of(a) < number_of(b) ? -1 : 1;
    int64_t made_a = obj_time_s(a->root, ".metadata.creationTimestamp", 0),
            made_b = obj_time_s(b->root, ".metadata.creationTimestamp", 0);
    if (made_a != made_b) return made_a < made_b ? -1 : 1;
    return str_cmp(a->name, b->name);
}

int64_t history_next(const struct objs *revisions)
{
    int64_t max = 0;
    for (size_t i = 0; i < revisions->count; i++) max = MAX(max, number_of(revisions->items[i]));
    return max + 1;
}

const struct object *history_find(const struct objs *revisions, const struct json *data)
{
    const struct object *found = NULL;
    for (size_t i = 0; i < revisions->count; i++) {
        const struct object *r = revisions->items[i];
        if (json_equal(obj_get(r->root, ".data"), data) && (!found || number_of(r) >= number_of(found))) found = r;
    }
    return found;
}

void history_list(struct ctl *c, const struct object *owner, struct objs *revisions, struct outcome *out)
{
    struct selector selector;
    struct err e = ERR_INIT;
    if (!sel_from_object(out->arena, obj_get(owner->root, ".spec.selector"), &selector, &e)) return;
    claim_children(c, REVISIONS, owner, &selector, NULL, revisions, out);
    if (revisions->count) qsort(revisions->items, revisions->count, sizeof *revisions->items, compare);
}

/* ---- The present one ---- */

static struct json *new_revision(struct arena *a, const struct object *owner, const char *hash_label,
                                 const struct json *data, int64_t number, int64_t collisions)
{
    struct json *r = obj_new(a, "apps/v1", "ControllerRevision");
    struct str hash = history_hash(a, data, collisions);
    int prefix = (int)MIN(owner->name.n, (size_t)REVISION_PREFIX_MAX);
    obj_put_fmt(a, r, ".metadata.name", "%.*s-%.*s", prefix, owner->name.p, STR_ARG(hash));
    obj_put_str(a, r, ".metadata.namespace", owner->ns);
    obj_put_copy(a, r, ".metadata.labels", obj_get(owner->root, ".spec.template.metadata.labels"));
    obj_map_put_str(a, r, ".metadata.labels", str_of(hash_label), hash);
    obj_put_copy(a, r, ".metadata.annotations", obj_get(owner->root, ".metadata.annotations"));
    obj_put_owner(a, r, owner->root);
    obj_put_copy(a, r, ".data", data);
    obj_put_int(a, r, ".revision", number);
    return r;
}

/* A name that is taken is ours when it holds the same data (the cache was behind); otherwise the next name is tried. */
static const struct object *create(struct ctl *c, const struct object *owner, const char *hash_label,
                                   const struct json *data, int64_t number, int64_t *collisions, struct outcome *out)
{
    const struct object *made = NULL;
    struct err e = ERR_INIT;
    for (int tries = 0; tries < REVISION_NAMES_MAX; tries++) {
        struct json *r = new_revision(out->arena, owner, hash_label, data, number, *collisions);
        if (rest_create(ctl_rest(c), REVISIONS, owner->ns, r, &made, &e)) return made;
        if (e.code != ERR_ALREADY_EXISTS) break;
        if (!rest_get(ctl_rest(c), REVISIONS, owner->ns, obj_name(r), &made, &e)) break;
        if (json_equal(obj_get(made->root, ".data"), data)) return made;
        object_unref(made);
        made = NULL;
        ++*collisions;
    }
    ctl_fail(out, &e);
    return NULL;
}

const struct object *history_update(struct ctl *c, const struct object *owner, const char *hash_label,
                                    const struct objs *revisions, int64_t *collisions, struct outcome *out)
{
    struct json *data = history_data(out->arena, obj_get(owner->root, ".spec.template"));
    const struct object *found = history_find(revisions, data);
    int64_t next = history_next(revisions);
    if (!found) return create(c, owner, hash_label, data, next, collisions, out);
    if (number_of(found) == next - 1) return object_ref(found);
    struct json *patch = obj_empty(out->arena);
    const struct object *renumbered = NULL;
    struct err e = ERR_INIT;
    obj_put_str(out->arena, patch, ".metadata.uid", found->uid);
    obj_put_int(out->arena, patch, ".revision", next);
    if (!rest_patch(ctl_rest(c), REVISIONS, owner->ns, found->name, NULL, "merge", patch, &renumbered, &e))
        ctl_fail(out, &e);
    return renumbered;
}

void history_truncate(struct ctl *c, const struct objs *revisions, const bool *live, int64_t surplus,
                      struct outcome *out)
{
    for (size_t i = 0; i < revisions->count && surplus > 0; i++) {
        const struct object *r = revisions->items[i];
        const struct rest_delete_opts opts = {.grace_s = -1, .uid = r->uid};
        struct err e = ERR_INIT;
        if (live[i]) continue;
        surplus--;
        if (!rest_delete(ctl_rest(c), REVISIONS, r->ns, r->name, &opts, &e) && e.code != ERR_NOT_FOUND) {
            ctl_fail(out, &e);
            return;
        }
    }
}
