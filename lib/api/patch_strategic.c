/* patch_strategic.c - strategic merge patch: maps and their directives.
 * Reads: a patch, the schema's merge keys and strategies.   Writes: the target tree, in place.
 * Upstream: apimachinery pkg/util/strategicpatch/patch.go (mergeMap with MergeParallelList and IgnoreUnmatchedNulls).
 */
#include "patch_strategic.h"

#include "members.h"
#include "node.h"
#include "patch.h"
#include "quote.h"

#include <stdio.h>

/* ---- Errors ---- */

bool strategic_fail(struct strategic *s, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(s->e, ERR_INTERNAL, "%s", text);
}

bool strategic_fail_value(struct strategic *s, const char *before, const struct json *j, const char *after)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    print_go(&text, j);
    return strategic_fail(s, "%s%.*s%s", before, STR_ARG(buf_view(&text)), after);
}

bool strategic_fail_type(struct strategic *s, const char *expected, const struct json *got)
{
    return strategic_fail(s, "expected a %s, but received a %s", expected, print_go_type(got));
}

bool strategic_fail_directive(struct strategic *s, const struct json *directive, const struct json *map)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ERR_TEXT_MAX);
    print_go_text(&text, directive);
    buf_cstr(&text, " in map: ");
    print_go(&text, map);
    return strategic_fail(s, "unknown patch type: %.*s", STR_ARG(buf_view(&text)));
}

static bool bad_format(struct strategic *s, const char *what)
{
    return err_set(s->e, ERR_BAD_REQUEST, "invalid patch format of %s", what);
}

bool strategic_same_type(const struct json *a, const struct json *b) { return a->type == b->type; }

/* ---- The schema ---- */

bool strategic_look_up(struct strategic *s, const struct patch_meta *parent, struct str key, struct patch_meta *out)
{
    if (strcmp(parent->kind, "struct") != 0)
        return strategic_fail(s, "merging an object in json but data type is not struct, instead is: %s", parent->kind);
    const struct api_field *f = parent->type ? api_field_of(parent->type, key) : NULL;
    if (!f) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, key);
        return strategic_fail(s, "unable to find api field in struct %s for the json field %.*s",
                              parent->type ? parent->type->name : "RawExtension", STR_ARG(buf_view(&quoted)));
    }
    bool is_struct = f->value == API_STRUCT || f->value == API_RAW || f->value == API_FIELDS_V1 || f->value == API_ANY;
    *out = (struct patch_meta){
        .kind = f->shape == API_MAP ? "map"
                : is_struct         ? "struct"
                                    : "string",
        .type = f->type,
        .merge_key = f->merge_key,
        .merge = f->flags & API_F_PATCH_MERGE,
        .replace = f->flags & API_F_PATCH_REPLACE,
    };
    return true;
}

static bool look_up_list(struct strategic *s, const struct patch_meta *parent, struct str key, struct patch_meta *out)
{
    if (!strategic_look_up(s, parent, key, out)) return false;
    const struct api_field *f = api_field_of(parent->type, key);
    return f->shape == API_LIST || strategic_fail(s, "expected slice or array type, but got: %s", parent->kind);
}

/* ---- Copies ---- */

struct json *strategic_clean_copy(struct strategic *s, const struct json *j)
{
    if (j->type != JSON_OBJ && j->type != JSON_ARR) return json_copy(s->arena, j);
    if (json_getc(j, DIRECTIVE)) return NULL;
    struct json *out = j->type == JSON_OBJ ? json_obj(s->arena) : json_arr(s->arena);
    JSON_FOREACH(it, j)
    {
        if (it->type == JSON_NULL && j->type == JSON_OBJ) continue;
        struct json *kid = strategic_clean_copy(s, it);
        if (kid) node_add(out, it->key, kid);
    }
    return out;
}

/* ---- Directives of a map ---- */

/* "$patch" in a map: it is replaced by the rest of the patch, or emptied. */
static bool apply_directive(struct strategic *s, struct json *target, const struct json *patch,
                            const struct json *directive)
{
    bool replaces = str_eqc(json_string(directive), "replace");
    if (!replaces && !str_eqc(json_string(directive), "delete")) return strategic_fail_directive(s, directive, patch);
    target->count = 0;
    target->u.kids.head = target->u.kids.tail = NULL;
    JSON_FOREACH(it, patch)
    if (replaces && !str_eqc(it->key, DIRECTIVE)) node_add(target, it->key, json_copy(s->arena, it));
    return true;
}

static bool is_list_directive(struct str key)
{
    return str_starts(key, STR(DELETE_PREFIX)) || str_starts(key, STR(ORDER_PREFIX));
}

/* "$retainKeys": the patch may only name these, the target keeps no others. */
static bool retain_keys(struct strategic *s, struct members *m, const struct json *patch, const struct json *keys)
{
    struct map kept = {0};
    bool ok = keys->type == JSON_ARR;
    JSON_FOREACH(it, keys)
    if (it->type == JSON_STR) map_set(&kept, it->u.s, NULL);
    JSON_FOREACH(it, patch)
    {
        bool exempt = it->type == JSON_NULL || is_list_directive(it->key) || str_eqc(it->key, RETAIN_KEYS);
        if (!exempt && !map_has(&kept, it->key)) ok = false;
    }
    if (ok) JSON_FOREACH(it, m->obj)
    if (!map_has(&kept, it->key)) members_drop(m, it);
    map_release(&kept, NULL);
    return ok || bad_format(s, "retainKeys");
}

/* The field that "$setElementOrder/containers" is about; STR_NULL when the text is no such thing. */
static struct str directive_field(struct str key, const char *prefix)
{
    struct str rest, head = str_cut(key, '/', &rest);
    return str_eqc(head, prefix) ? rest : STR_NULL;
}

static bool apply_order(struct strategic *s, const struct patch_meta *meta, struct members *m, struct members *patch,
                        const struct json *order)
{
    struct str field = directive_field(order->key, ORDER_PREFIX);
    if (order->type != JSON_ARR) return strategic_fail_type(s, "[]interface {}", order);
    if (str_is_null(field)) return bad_format(s, "setElementOrder list");
    struct json *old = members_find(m, field), *out;
    const struct json *change = members_find(patch, field);
    if (old && old->type != JSON_ARR) return strategic_fail_type(s, "[]interface {}", old);
    if (change && change->type != JSON_ARR) return strategic_fail_type(s, "[]interface {}", change);
    struct patch_meta list;
    if (!look_up_list(s, meta, field, &list)) return false;
    if (!old && !change) return true;
    if (!strategic_ordered(s, &list, old, change, order, &out)) return false;
    if (old)
        members_replace(old, out);
    else
        members_add(m, field, out);
    return true;
}

/* ---- Members ---- */

/* Both have the member, and both values are of one type. */
static bool merge_value(struct strategic *s, const struct patch_meta *meta, struct str key, struct json *old,
                        const struct json *change, bool deletes)
{
    struct patch_meta m;
    if (change->type == JSON_OBJ) {
        if (!strategic_look_up(s, meta, key, &m)) return false;
        if (!m.replace) return strategic_map(s, &m, old, change);
    } else if (change->type == JSON_ARR) {
        if (!look_up_list(s, meta, key, &m)) return false;
        if (m.merge || deletes) return strategic_list(s, &m, old, change, deletes);
    }
    members_replace(old, json_copy(s->arena, change));
    return true;
}

static bool merge_member(struct strategic *s, const struct patch_meta *meta, struct members *m,
                         const struct json *change)
{
    struct str key = change->key;
    bool deletes = str_starts(key, STR(DELETE_PREFIX));
    if (deletes) key = directive_field(key, DELETE_PREFIX);
    if (str_is_null(key)) return bad_format(s, "primitive list");
    struct json *old = members_find(m, key);
    if (change->type == JSON_NULL) {
        if (old) members_drop(m, old);
        return true;
    }
    if (old && strategic_same_type(old, change)) return merge_value(s, meta, key, old, change, deletes);
    if (deletes) return true;
    struct json *fresh = strategic_clean_copy(s, change);
    if (old && fresh)
        members_replace(old, fresh);
    else if (old)
        members_drop(m, old);
    else if (fresh)
        members_add(m, key, fresh);
    return true;
}

static bool merge_members(struct strategic *s, const struct patch_meta *meta, struct members *m, struct members *patch)
{
    struct map done = {0}; /* lists that a $setElementOrder took care of */
    bool ok = true;
    JSON_FOREACH(it, patch->obj)
    {
        if (!str_starts(it->key, STR(ORDER_PREFIX))) continue;
        ok = ok && apply_order(s, meta, m, patch, it);
        struct str field = directive_field(it->key, ORDER_PREFIX);
        if (ok) map_set(&done, field, NULL);
    }
    for (const struct json *it = json_kids(patch->obj); it && ok; it = it->next) {
        bool skip = str_eqc(it->key, RETAIN_KEYS) || str_starts(it->key, STR(ORDER_PREFIX)) || map_has(&done, it->key);
        ok = skip || merge_member(s, meta, m, it);
    }
    map_release(&done, NULL);
    return ok;
}

bool strategic_map(struct strategic *s, const struct patch_meta *meta, struct json *target, const struct json *patch)
{
    const struct json *directive = json_getc(patch, DIRECTIVE), *keys = json_getc(patch, RETAIN_KEYS);
    if (directive) return apply_directive(s, target, patch, directive);
    struct members m, changes;
    members_open(&m, target);
    members_open(&changes, (struct json *)(uintptr_t)patch); /* only looked up */
    bool ok = (!keys || retain_keys(s, &m, patch, keys)) && merge_members(s, meta, &m, &changes);
    members_close(&changes);
    members_close(&m);
    return ok;
}

bool patch_strategic(struct arena *a, const struct api_type *t, struct json *target, const struct json *patch,
                     struct err *e)
{
    struct strategic s = {.arena = a, .e = e};
    const struct patch_meta meta = {.kind = "struct", .type = t};
    if (!json_is(target, JSON_OBJ) || !json_is(patch, JSON_OBJ))
        return err_set(e, ERR_BAD_REQUEST, "invalid JSON document");
    return strategic_map(&s, &meta, target, patch);
}
