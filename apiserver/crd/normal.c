/* normal.c - see normal.h.
 * Reads: a compiled schema.   Writes: the tree.
 * Upstream: apiextensions-apiserver pkg/apiserver/schema/{pruning,defaulting,objectmeta}. */
#include "apiserver/crd/normal.h"

#include "api/object.h"
#include "api/quote.h"
#include "api/yaml_scalar.h"
#include "apiserver/limits.h"
#include "schema_ids.h"

#include <math.h>
#include <stdlib.h>

enum { PATH_MAX_BYTES = 4096 };

/* ---- Pruning ---- */

static bool is_meta(struct str key)
{
    return str_eq(key, STR("apiVersion")) || str_eq(key, STR("kind")) || str_eq(key, STR("metadata"));
}

static size_t go_to(struct unknown_fields *u, struct str key)
{
    if (!u) return 0;
    size_t mark = u->at.n;
    if (mark) buf_char(&u->at, '.');
    buf_str(&u->at, key);
    return mark;
}

static size_t go_to_index(struct unknown_fields *u, size_t i)
{
    if (!u) return 0;
    size_t mark = u->at.n;
    buf_addf(&u->at, "[%zu]", i);
    return mark;
}

static void go_back(struct unknown_fields *u, size_t mark)
{
    if (u) u->at.n = mark;
}

static void record(struct unknown_fields *u, struct str key)
{
    if (!u || u->count >= DECODE_WARNINGS_MAX) return;
    if (u->count == u->cap) {
        size_t cap = u->cap ? 2 * u->cap : 8;
        struct str *grown = ARENA_ARRAY(u->arena, struct str, cap);
        if (u->count) memcpy(grown, u->paths, u->count * sizeof *grown);
        u->paths = grown;
        u->cap = cap;
    }
    size_t mark = go_to(u, key);
    u->paths[u->count++] = str_copy(u->arena, buf_view(&u->at));
    go_back(u, mark);
}

static void prune(struct json *j, const struct api_schema *s, bool skip, struct unknown_fields *u);

static void prune_below(struct json *it, const struct api_schema *s, struct unknown_fields *u)
{
    prune(it, s, s && s->preserve, u);
}

/* Unlinks the members that the schema does not know, in one pass. skip: they stay. */
static void prune_object(struct json *j, const struct api_schema *s, bool embedded, bool skip, struct unknown_fields *u)
{
    struct json *kept = NULL, **link = &j->u.kids.head;
    for (struct json *it = j->u.kids.head; it; it = it->next) {
        const struct api_schema *below = s ? schema_property(s, it->key) : NULL;
        bool known = below || (s && s->has_additional), meta = embedded && is_meta(it->key);
        if (known && !meta) {
            size_t mark = go_to(u, it->key);
            prune_below(it, below ? below : s->additional, u);
            go_back(u, mark);
        } else if (!skip && !meta) {
            if (!is_meta(it->key) || !u || u->at.n) record(u, it->key);
            j->count--;
            continue;
        }
        *link = it;
        link = &it->next;
        kept = it;
    }
    *link = NULL;
    j->u.kids.tail = kept;
}

static void prune(struct json *j, const struct api_schema *s, bool skip, struct unknown_fields *u)
{
    size_t i = 0;
    if (skip && !s) return;
    if (j->type == JSON_OBJ) prune_object(j, s, s && s->embedded, skip, u);
    if (j->type != JSON_ARR) return;
    JSON_FOREACH(it, j)
    {
        const struct api_schema *items = s ? s->items : NULL;
        size_t mark = go_to_index(u, i++);
        prune(it, items, skip || (items && items->preserve), u);
        go_back(u, mark);
    }
}

void normal_prune(struct json *j, const struct api_schema *s, struct unknown_fields *u) { prune_below(j, s, u); }

void normal_prune_root(struct json *j, const struct api_schema *s, struct unknown_fields *u)
{
    if (j->type == JSON_OBJ) prune_object(j, s, true, s->preserve, u);
}

/* ---- Nulls and defaults ---- */

static bool is_forbidden_null(const struct json *v, const struct api_schema *s)
{
    return v->type == JSON_NULL && s && !s->nullable;
}

void normal_drop_nulls(struct json *j, const struct api_schema *s)
{
    if (!s) return;
    if (j->type == JSON_ARR) {
        JSON_FOREACH(it, j) normal_drop_nulls(it, s->items);
        return;
    }
    if (j->type != JSON_OBJ) return;
    struct json *kept = NULL, **link = &j->u.kids.head;
    for (struct json *it = j->u.kids.head; it; it = it->next) {
        const struct api_schema *below = schema_member(s, it->key);
        if (is_forbidden_null(it, below) && !below->dflt) {
            j->count--;
            continue;
        }
        normal_drop_nulls(it, below);
        *link = it;
        link = &it->next;
        kept = it;
    }
    *link = NULL;
    j->u.kids.tail = kept;
}

/* The node becomes a copy of the default; without one it stays null. */
static void become(struct arena *a, struct json *it, const struct json *dflt)
{
    if (!dflt) return;
    struct str key = it->key;
    struct json *next = it->next;
    *it = *json_copy(a, dflt);
    it->key = key;
    it->next = next;
}

static void add_defaults(struct arena *a, struct json *j, const struct api_schema *s)
{
    enum { ON_STACK = 256 };
    bool few[ON_STACK], *there = s->nprops > ON_STACK ? ARENA_ARRAY(a, bool, s->nprops) : few;
    memset(there, 0, s->nprops * sizeof *there);
    JSON_FOREACH(it, j)
    {
        const struct schema_prop *p = schema_prop(s, it->key);
        if (p) there[p - s->props] = true;
    }
    for (uint32_t i = 0; i < s->nprops; i++)
        if (!there[i] && s->props[i].schema->dflt)
            json_add(j, s->props[i].name, json_copy(a, s->props[i].schema->dflt));
}

void normal_default(struct arena *a, struct json *j, const struct api_schema *s)
{
    if (!s || !s->has_defaults) return;
    if (j->type == JSON_ARR) {
        JSON_FOREACH(it, j)
        {
            if (is_forbidden_null(it, s->items)) become(a, it, s->items->dflt);
            normal_default(a, it, s->items);
        }
        return;
    }
    if (j->type != JSON_OBJ) return;
    add_defaults(a, j, s);
    JSON_FOREACH(it, j)
    {
        const struct api_schema *below = schema_member(s, it->key);
        if (is_forbidden_null(it, below)) become(a, it, below->dflt);
        normal_default(a, it, below);
    }
}

/* ---- Metadata ---- */

/* Texts such as `unknown field "name.x"` with the place before. */
static void take_notes(struct arena *a, struct decode_notes *to, const struct decode_notes *from, struct str at)
{
    static const char *const words[] = {"unknown field \"", "duplicate field \""};
    for (int i = 0; i < from->count && to->count < DECODE_WARNINGS_MAX; i++)
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            if (str_starts(from->items[i], str_of(words[k])))
                to->items[to->count++] = str_printf(a, "%s%.*s%s%.*s", words[k], STR_ARG(at), at.n ? "." : "",
                                                    STR_ARG(str_from(from->items[i], strlen(words[k]))));
}

static void drop_null_members(struct json *meta)
{
    for (struct json *it = json_kids(meta), *next; it; it = next) {
        next = it->next;
        if (it->type == JSON_NULL) json_remove(meta, it);
    }
}

/* Field by field: those that cannot be read are no more. */
static struct json *salvage(struct arena *a, const struct json *meta)
{
    struct json *out = json_obj(a);
    JSON_FOREACH(it, meta)
    {
        struct err ignored = ERR_INIT;
        struct json *one = json_obj(a), *copy = json_copy(a, it);
        json_add(one, it->key, copy);
        if (!api_decode(a, &type_meta_v1_ObjectMeta, one, NULL, &ignored)) continue;
        struct json *v = json_get(one, it->key);
        if (v) json_set(a, out, it->key, json_copy(a, v));
    }
    return out;
}

static bool type_metadata(struct arena *a, struct json *owner, struct json *meta, bool lenient, struct str at,
                          struct decode_notes *notes, struct err *e)
{
    struct decode_notes *found = notes ? ARENA_NEW(a, struct decode_notes) : NULL;
    const struct json *tried = lenient ? json_copy(a, meta) : NULL;
    if (!api_decode(a, &type_meta_v1_ObjectMeta, meta, found, e)) {
        if (!lenient) return false;
        struct json *rest = salvage(a, tried);
        if (json_is(tried, JSON_OBJ)) json_replace(owner, meta, rest);
        meta = rest;
    }
    drop_null_members(meta);
    if (found) take_notes(a, notes, found, str_printf(a, "%.*s%smetadata", STR_ARG(at), at.n ? "." : ""));
    return true;
}

struct meta_walk {
    struct arena *a;
    bool lenient;
    struct decode_notes *notes;
    struct err *e;
};

static bool walk_metadata(const struct meta_walk *w, struct json *j, const struct api_schema *s, bool embedded,
                          struct str at);

static bool embedded_member(const struct meta_walk *w, struct json *j, struct json *it, struct str at)
{
    if (str_eq(it->key, STR("metadata"))) {
        struct err why = ERR_INIT;
        if (it->type == JSON_NULL) {
            if (!at.n) json_remove(j, it);
            return true;
        }
        const struct json *tried = at.n ? json_copy(w->a, it) : NULL;
        if (type_metadata(w->a, j, it, w->lenient, at, w->notes, &why)) return true;
        if (!at.n) return err_set(w->e, ERR_BAD_REQUEST, "%s", why.text);
        struct buf text AUTO_BUF = {0};
        buf_init(&text, PATH_MAX_BYTES);
        json_write(&text, tried);
        return err_set(w->e, ERR_BAD_REQUEST, "%.*s.metadata: Invalid value: %.*s: %s", STR_ARG(at),
                       STR_ARG(buf_view(&text)), why.text);
    }
    if (!at.n || !is_meta(it->key) || it->type == JSON_STR) return true;
    if (w->lenient) {
        json_remove(j, it);
        return true;
    }
    struct buf text AUTO_BUF = {0};
    buf_init(&text, PATH_MAX_BYTES);
    json_write(&text, it);
    return err_set(w->e, ERR_BAD_REQUEST, "%.*s.%.*s: Invalid value: %.*s: must be a string", STR_ARG(at),
                   STR_ARG(it->key), STR_ARG(buf_view(&text)));
}

static bool walk_members(const struct meta_walk *w, struct json *j, const struct api_schema *s, bool embedded,
                         struct str at)
{
    for (struct json *it = json_kids(j), *next; it; it = next) {
        next = it->next;
        if (embedded && is_meta(it->key) && !embedded_member(w, j, it, at)) return false;
        const struct api_schema *prop = schema_property(s, it->key), *below = prop ? prop : s->additional;
        if (!below || !below->has_embedded) continue;
        struct str here = prop ? str_printf(w->a, "%.*s%s%.*s", STR_ARG(at), at.n ? "." : "", STR_ARG(it->key))
                               : str_printf(w->a, "%.*s[%.*s]", STR_ARG(at), STR_ARG(it->key));
        if (!walk_metadata(w, it, below, below->embedded, here)) return false;
    }
    return true;
}

static bool walk_metadata(const struct meta_walk *w, struct json *j, const struct api_schema *s, bool embedded,
                          struct str at)
{
    size_t i = 0;
    if (j->type == JSON_OBJ) return walk_members(w, j, s, embedded, at);
    if (j->type != JSON_ARR || !s->items || !s->items->has_embedded) return true;
    JSON_FOREACH(it, j)
    {
        if (!walk_metadata(w, it, s->items, s->items->embedded, str_printf(w->a, "%.*s[%zu]", STR_ARG(at), i++)))
            return false;
    }
    return true;
}

bool normal_metadata(struct arena *a, struct json *j, const struct api_schema *s, bool lenient, bool root,
                     struct decode_notes *notes, struct err *e)
{
    struct meta_walk w = {a, lenient, notes, e};
    return walk_metadata(&w, j, s, root, STR(""));
}

/* ---- Values ---- */

/* Go has a float64 for what is no int64, and writes the shortest text of it: "1.0" is 1. */
static void real_value(struct arena *a, struct json *j)
{
    char text[YAML_REAL_MAX];
    double real = json_number(j);
    int64_t whole;
    if (!isfinite(real)) return;
    yaml_real_text(real, text);
    if (str_to_i64(str_of(text), &whole)) {
        j->type = JSON_INT;
        j->u.i = whole;
    } else if (!str_eqc(j->u.s, text)) {
        j->u.s = str_of(arena_strdup(a, text));
    }
}

static void drop_doubles(struct arena *a, struct json *j, struct buf *at, struct decode_notes *notes)
{
    normal_sort(j); /* stable: those of one name lie side by side, the last one counts */
    struct json **link = &j->u.kids.head;
    for (struct json *it = j->u.kids.head; it; it = it->next) {
        if (!it->next || !str_eq(it->key, it->next->key)) {
            *link = it;
            link = &it->next;
            continue;
        }
        j->count--;
        if (!notes || notes->count == DECODE_WARNINGS_MAX) continue;
        notes->items[notes->count++] =
            str_printf(a, "duplicate field \"%.*s%s%.*s\"", STR_ARG(buf_view(at)), at->n ? "." : "", STR_ARG(it->key));
    }
}

static void values(struct arena *a, struct json *j, struct buf *at, struct decode_notes *notes)
{
    size_t mark = at->n, i = 0;
    if (j->type == JSON_REAL) real_value(a, j);
    if (j->type == JSON_OBJ && j->flags & JSON_F_DUP_KEYS) {
        drop_doubles(a, j, at, notes);
        j->flags &= (uint8_t)~JSON_F_DUP_KEYS;
    }
    JSON_FOREACH(it, j)
    {
        size_t index = i++;
        if (it->type != JSON_ARR && it->type != JSON_OBJ && it->type != JSON_REAL) continue;
        if (notes && j->type == JSON_ARR) buf_addf(at, "[%zu]", index);
        if (notes && j->type == JSON_OBJ) buf_addf(at, "%s%.*s", at->n ? "." : "", STR_ARG(it->key));
        values(a, it, at, notes);
        at->n = mark;
    }
}

void normal_values(struct arena *a, struct json *j, struct decode_notes *notes)
{
    struct buf at AUTO_BUF = {0};
    buf_init(&at, SIZE_MAX);
    values(a, j, &at, notes);
}

static bool is_sorted(const struct json *j)
{
    for (const struct json *it = json_kids(j); it && it->next; it = it->next)
        if (str_cmp(it->key, it->next->key) > 0) return false;
    return true;
}

void normal_sort(struct json *j)
{
    if (j->type == JSON_OBJ && !is_sorted(j)) json_sort_keys(j);
    JSON_FOREACH(it, j)
    if (it->type == JSON_OBJ || it->type == JSON_ARR) normal_sort(it);
}
