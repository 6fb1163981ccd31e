/* patch_left.c - what is left of a strategic merge patch once it was applied: upstream takes directives, and lists with
 * an order, out of the patch itself, and quotes the rest when it refuses the result.
 * Reads: a patch, and the object it was applied to.   Writes: a new tree.
 * Upstream: apimachinery pkg/util/strategicpatch/patch.go (mergeMap, mergePatchIntoOriginal, removeDirectives). */
#include "patch_strategic.h"

#include "base/map.h"
#include "members.h"
#include "node.h"
#include "patch.h"

/* What enters the target as it is: without nulls, and without maps that are a directive; those of lists are only left
 * out of the target's copy when the list is a member of the patch's own map. */
static struct json *left_of_new(struct strategic *s, const struct json *patch)
{
    if (patch->type != JSON_ARR) return strategic_clean_copy(s, patch);
    struct json *out = json_arr(s->arena);
    JSON_FOREACH(it, patch)
    {
        struct json *kid = strategic_clean_copy(s, it);
        node_add(out, STR_NULL, kid ? kid : json_copy(s->arena, it));
    }
    return out;
}

static struct str key_text(struct strategic *s, const struct json *item, const char *merge_key)
{
    const struct json *value = item->type == JSON_OBJ ? json_getc(item, merge_key) : NULL;
    struct buf text AUTO_BUF = {0};
    if (!value) return STR_NULL;
    buf_init(&text, (size_t)INT32_MAX);
    json_write(&text, value);
    return str_copy(s->arena, buf_view(&text));
}

/* Elements that are there already were merged one by one. */
static struct json *left_of_list(struct strategic *s, const struct patch_meta *m, const struct json *old,
                                 const struct json *patch)
{
    struct json *out = json_arr(s->arena);
    struct map places = {0};
    JSON_FOREACH(it, old)
    {
        struct str key = key_text(s, it, m->merge_key);
        if (!str_is_null(key) && !map_has(&places, key)) map_set(&places, key, (void *)(uintptr_t)it);
    }
    JSON_FOREACH(it, patch)
    {
        struct str key = key_text(s, it, m->merge_key);
        const struct json *there = str_is_null(key) ? NULL : map_get(&places, key);
        bool merged = there && !json_getc(it, DIRECTIVE);
        node_add(out, STR_NULL, merged ? strategic_left(s, m, there, it) : json_copy(s->arena, it));
    }
    map_release(&places, NULL);
    return out;
}

static struct json *left_of_member(struct strategic *s, const struct patch_meta *meta, const struct json *old,
                                   const struct json *patch)
{
    struct patch_meta m;
    if (patch->type == JSON_NULL || str_starts(patch->key, STR(DELETE_PREFIX))) return json_copy(s->arena, patch);
    if (!old || !strategic_same_type(old, patch)) {
        struct json *fresh = left_of_new(s, patch);
        return fresh ? fresh : json_copy(s->arena, patch);
    }
    if (patch->type != JSON_OBJ && patch->type != JSON_ARR) return json_copy(s->arena, patch);
    if (!strategic_look_up(s, meta, patch->key, &m) || m.replace) return json_copy(s->arena, patch);
    if (patch->type == JSON_OBJ) return strategic_left(s, &m, old, patch);
    return m.merge && m.merge_key ? left_of_list(s, &m, old, patch) : json_copy(s->arena, patch);
}

struct json *strategic_left(struct strategic *s, const struct patch_meta *meta, const struct json *old,
                            const struct json *patch)
{
    const struct json *directive = json_getc(patch, DIRECTIVE);
    struct json *out = json_obj(s->arena);
    struct map ordered = {0}; /* lists that an order took care of */
    struct members m;
    if (directive && !str_eqc(json_string(directive), "replace")) return json_copy(s->arena, patch);
    members_open(&m, (struct json *)(uintptr_t)old); /* only looked up */
    JSON_FOREACH(it, patch)
    {
        struct str field, head = str_cut(it->key, '/', &field);
        if (!directive && str_eqc(head, ORDER_PREFIX)) map_set(&ordered, field, NULL);
    }
    JSON_FOREACH(it, patch)
    {
        bool gone = directive ? it == directive
                              : str_eqc(it->key, RETAIN_KEYS) || str_starts(it->key, STR(ORDER_PREFIX)) ||
                                    map_has(&ordered, it->key);
        if (gone) continue;
        node_add(out, it->key,
                 directive ? json_copy(s->arena, it) : left_of_member(s, meta, members_find(&m, it->key), it));
    }
    members_close(&m);
    map_release(&ordered, NULL);
    return out;
}

struct json *patch_strategic_left(struct arena *a, const struct api_type *t, const struct json *old,
                                  const struct json *patch)
{
    struct err e = ERR_INIT; /* what cannot be looked up was refused before */
    struct strategic s = {.arena = a, .e = &e};
    const struct patch_meta meta = {.kind = "struct", .type = t};
    bool maps = json_is(old, JSON_OBJ) && json_is(patch, JSON_OBJ);
    return maps ? strategic_left(&s, &meta, old, patch) : json_copy(a, patch);
}
