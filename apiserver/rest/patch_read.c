/* patch_read.c - the body of a PATCH: its media type, its syntax, and members that occur twice or mean nothing.
 * Reads: the request.   Writes: w->sent; r->resp when it refuses.
 * Upstream: apiserver pkg/endpoints/handlers/patch.go (PatchResource, applyJSPatch, strategicPatchObject); go-restful
 * matches the media type first; sigs.k8s.io/json tells of repeated and unknown members. */
#include "apiserver/rest/patch.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/status_priv.h"
#include "base/map.h"

enum { PATH_TEXT_MAX = 64 << 10 }; /* of a member in a warning */

static const char *const patch_types[] = {
    [PATCH_JSON] = "application/json-patch+json",
    [PATCH_MERGE] = "application/merge-patch+json",
    [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
    [PATCH_APPLY] = "application/apply-patch+yaml",
};

/* ---- The media type ---- */

static enum patch_kind find_type(struct str type)
{
    for (int i = 0; i < PATCH_NONE; i++)
        if (str_eqc(type, patch_types[i])) return (enum patch_kind)i;
    return PATCH_NONE;
}

enum patch_kind patch_type_of(struct request *r)
{
    struct str params;
    return find_type(str_trim(str_cut(request_header(r, "Content-Type"), ';', &params)));
}

bool patch_is_apply(struct request *r) { return patch_type_of(r) == PATCH_APPLY; }

/* Among several, the route takes any; the handler behind it wants one alone. */
static bool route_takes(struct str types)
{
    while (!str_is_null(types)) {
        struct str params, one = str_cut(str_cut(types, ',', &types), ';', &params);
        if (find_type(str_trim(one)) != PATCH_NONE) return true;
    }
    return false;
}

enum patch_kind patch_kind_of(struct request *r)
{
    enum patch_kind kind = patch_type_of(r);
    bool custom = r->target.res->custom != NULL; /* has no merge keys */
    if (kind != PATCH_NONE && !(custom && kind == PATCH_STRATEGIC)) return kind;
    if (custom)
        status_failf(r, ERR_MEDIA_TYPE,
                     "the body of the request was in an unknown format - accepted media types include: %s, %s, %s",
                     patch_types[PATCH_JSON], patch_types[PATCH_MERGE], patch_types[PATCH_APPLY]);
    else if (route_takes(request_header(r, "Content-Type")))
        status_failf(r, ERR_MEDIA_TYPE,
                     "the body of the request was in an unknown format - accepted media types include: %s, %s, %s, %s",
                     patch_types[0], patch_types[1], patch_types[2], patch_types[3]);
    else
        status_no_media_route(r);
    return PATCH_NONE;
}

/* ---- Members ---- */

/* Where we are; lives on the C stack. */
struct place {
    const struct place *up;
    struct str name; /* STR_NULL: an item */
    size_t index;
};

struct reader {
    struct arena *a;
    const char *prefix; /* of notes */
    bool keeps_values;  /* of operations: they stay as they came, and who decodes the result tells of them again */
    struct decode_notes *notes;
};

static void write_place(struct buf *out, const struct place *p)
{
    if (!p) return;
    write_place(out, p->up);
    if (str_is_null(p->name)) {
        buf_addf(out, "[%zu]", p->index);
        return;
    }
    if (out->n) buf_char(out, '.');
    buf_str(out, p->name);
}

/* Each text once, and no more than upstream keeps. */
static void note(const struct reader *rd, const char *what, const struct place *at)
{
    struct buf path AUTO_BUF = {0}, text AUTO_BUF = {0};
    if (rd->notes->count == DECODE_WARNINGS_MAX) return;
    buf_init(&path, PATH_TEXT_MAX);
    buf_init(&text, 5 * PATH_TEXT_MAX); /* quoted, a byte may become four */
    write_place(&path, at);
    buf_addf(&text, "%s%s field ", rd->prefix, what);
    quote_go(&text, buf_view(&path));
    for (int i = 0; i < rd->notes->count; i++)
        if (str_eq(rd->notes->items[i], buf_view(&text))) return;
    rd->notes->items[rd->notes->count++] = str_copy(rd->a, buf_view(&text));
}

/* Keeps of each key its last member, where that stands; or tells only. */
static void keep_last(const struct reader *rd, struct json *j, const struct place *up, bool only_tell)
{
    struct map last = {0};
    struct json **link = &j->u.kids.head, *tail = NULL;
    JSON_FOREACH(it, j)
    {
        struct place here = {.up = up, .name = it->key};
        if (map_has(&last, it->key)) note(rd, "duplicate", &here);
        map_set(&last, it->key, it);
    }
    if (!only_tell) j->count = 0;
    for (struct json *it = only_tell ? NULL : j->u.kids.head; it; it = it->next) {
        if (map_get(&last, it->key) != it) continue;
        *link = tail = it;
        link = &it->next;
        j->count++;
    }
    map_release(&last, NULL);
    if (only_tell) return;
    *link = NULL;
    j->u.kids.tail = tail;
    j->flags &= (uint8_t)~JSON_F_DUP_KEYS;
}

static void drop_duplicates(const struct reader *rd, struct json *j, const struct place *up)
{
    struct place here = {.up = up};
    if (j->flags & JSON_F_DUP_KEYS) keep_last(rd, j, up, rd->keeps_values && up && up->up);
    JSON_FOREACH(it, j)
    {
        here.name = json_is(j, JSON_OBJ) ? it->key : STR_NULL;
        if (json_kids(it)) drop_duplicates(rd, it, &here);
        here.index++;
    }
}

/* ---- A list of operations ---- */

static bool is_text(const struct json *v) { return !v || v->type == JSON_NULL || v->type == JSON_STR; }

/* As they decode into upstream's struct of an operation. *why: the first that does not. */
static bool check_operations(struct arena *a, const struct json *ops, const char **why)
{
    static const char *const texts[] = {"op", "path", "from"};
    JSON_FOREACH(op, ops)
    {
        if (op->type != JSON_OBJ && op->type != JSON_NULL) {
            *why = arena_printf(a, "json: cannot unmarshal %s into Go value of type handlers.jsonPatchOp",
                                json_type_word(op));
            return false;
        }
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            const struct json *v = json_getc(op, texts[i]);
            if (is_text(v)) continue;
            *why = arena_printf(a, "json: cannot unmarshal %s into Go struct field jsonPatchOp.%s of type string",
                                json_type_word(v), texts[i]);
            return false;
        }
    }
    return true;
}

static void note_unknown(const struct reader *rd, const struct json *ops)
{
    static const char *const known[] = {"op", "path", "from", "value"};
    struct place item = {.up = NULL};
    JSON_FOREACH(op, ops)
    {
        JSON_FOREACH(it, op)
        {
            struct place here = {.up = &item, .name = it->key};
            bool found = false;
            for (size_t i = 0; i < ARRAY_LEN(known); i++) found = found || str_eqc(it->key, known[i]);
            if (!found) note(rd, "unknown", &here);
        }
        item.index++;
    }
}

/* ---- The whole ---- */

static bool refuse(struct write *w, const char *before, const char *why)
{
    status_failf(w->r, ERR_BAD_REQUEST, "%s%s", before, why);
    return false;
}

/* What json-patch makes of a merge patch that is no object: a list takes the object's place, the rest is none. */
static bool check_merge_type(struct write *w)
{
    if (w->sent->type == JSON_OBJ || (w->sent->type == JSON_ARR && w->opts.field_validation == FV_IGNORE)) return true;
    return refuse(w, "", "Invalid JSON Patch");
}

static bool check_type(struct write *w, enum patch_kind kind, const char *before)
{
    struct arena *a = &w->r->arena;
    bool strict = w->opts.field_validation != FV_IGNORE, json = kind == PATCH_JSON;
    const char *why = NULL, *type = json ? "[]handlers.jsonPatchOp" : "map[string]interface {}";
    bool fits = w->sent->type == JSON_NULL || json_is(w->sent, json ? JSON_ARR : JSON_OBJ);
    if (!fits && (strict || kind == PATCH_STRATEGIC)) {
        why = arena_printf(a, "json: cannot unmarshal %s into Go value of type %s", json_type_word(w->sent), type);
        return refuse(w, before, why);
    }
    if (json && strict && !check_operations(a, w->sent, &why)) return refuse(w, before, why);
    return kind != PATCH_MERGE || check_merge_type(w);
}

bool patch_read(struct write *w, enum patch_kind kind, struct decode_notes *notes)
{
    struct request *r = w->r;
    struct err e = ERR_INIT;
    bool ignores = w->opts.field_validation == FV_IGNORE;
    const char *before = ignores || kind == PATCH_STRATEGIC ? "" : "error decoding patch: ";
    bool json = kind == PATCH_JSON;
    struct reader rd = {.a = &r->arena, .prefix = json ? "json patch " : "", .keeps_values = json, .notes = notes};
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        return false;
    }
    w->sent = json_parse(&r->arena, r->body, &e);
    if (!w->sent) return refuse(w, before, ignores && kind == PATCH_MERGE ? "Invalid JSON Patch" : e.text);
    drop_duplicates(&rd, w->sent, NULL);
    if (json) note_unknown(&rd, w->sent);
    if (ignores) notes->count = 0;
    if (check_type(w, kind, before)) return true;
    w->sent = NULL;
    return false;
}
