/* patch.c - the decode stage of a PATCH: applies the body to the present version.
 * Reads: the body, w->old.   Writes: w->obj (normalised, in the version of the request), r->resp when it refuses.
 * Upstream: apiserver pkg/endpoints/handlers/patch.go. */
#include "api/patch.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/quote.h"
#include "apiserver/object/hooks.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum patch_kind { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC, PATCH_APPLY, PATCH_NONE };
enum { QUOTED_MAX = 64 << 10 }; /* of a patch or object inside an error */

static const char *const patch_types[] = {
    [PATCH_JSON] = "application/json-patch+json",
    [PATCH_MERGE] = "application/merge-patch+json",
    [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
    [PATCH_APPLY] = "application/apply-patch+yaml",
};

static enum patch_kind type_of(struct request *r)
{
    struct str params, type = str_trim(str_cut(request_header(r, "Content-Type"), ';', &params));
    for (int i = 0; i < PATCH_NONE; i++)
        if (str_eqc(type, patch_types[i])) return (enum patch_kind)i;
    return PATCH_NONE;
}

bool patch_is_apply(struct request *r) { return type_of(r) == PATCH_APPLY; }

static enum patch_kind kind_of(struct request *r)
{
    enum patch_kind kind = type_of(r);
    if (kind != PATCH_NONE) return kind;
    status_failf(r, ERR_MEDIA_TYPE,
                 "the body of the request was in an unknown format - accepted media types include: %s, %s, %s, %s",
                 patch_types[0], patch_types[1], patch_types[2], patch_types[3]);
    return PATCH_NONE;
}

/* ---- Reading the patch ---- */

static bool read_patch(struct write *w, enum patch_kind kind)
{
    struct request *r = w->r;
    struct err e = ERR_INIT;
    static const char *const words[] = {"null", "bool", "number", "number", "string", "object", "array", "object"};
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        return false;
    }
    w->sent = json_parse(&r->arena, r->body, &e);
    if (w->sent && !json_is(w->sent, kind == PATCH_JSON ? JSON_ARR : JSON_OBJ)) {
        err_set(&e, ERR_BAD_REQUEST, "json: cannot unmarshal %s into Go value of type %s", words[w->sent->type],
                kind == PATCH_JSON ? "jsonpatch.Patch" : "map[string]interface {}");
        w->sent = NULL;
    }
    if (w->sent) return true;
    status_failf(r, ERR_BAD_REQUEST, "%s%s", kind == PATCH_MERGE ? "error decoding patch: " : "", e.text);
    return false;
}

static void note_duplicate(struct arena *a, struct str path, struct decode_notes *notes)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, QUOTED_MAX);
    buf_cstr(&text, "duplicate field ");
    quote_go(&text, path);
    notes->items[notes->count++] = str_copy(a, buf_view(&text));
}

/* Members that occur twice, in upstream's words; the tree itself keeps the last one. */
static void drop_duplicates(struct arena *a, struct json *j, const char *path, struct decode_notes *notes)
{
    size_t at = 0;
    for (struct json *it = json_kids(j), *next; it; it = next, at++) {
        next = it->next;
        const char *here = json_is(j, JSON_ARR) ? arena_printf(a, "%s[%zu]", path, at)
                                                : arena_printf(a, "%s%s%.*s", path, *path ? "." : "", STR_ARG(it->key));
        bool again = false;
        if (j->flags & JSON_F_DUP_KEYS)
            for (struct json *later = it->next; later && !again; later = later->next)
                again = str_eq(later->key, it->key);
        if (again) {
            if (notes->count < DECODE_WARNINGS_MAX) note_duplicate(a, str_of(here), notes);
            json_remove(j, it);
        } else if (json_kids(it)) {
            drop_duplicates(a, it, here, notes);
        }
    }
    j->flags &= (uint8_t)~JSON_F_DUP_KEYS;
}

/* ---- The document it applies to ---- */

static struct json *document(struct write *w)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    char version[API_VERSION_MAX], rev[24];
    bool looks_inside = memmem(w->r->body.p ? w->r->body.p : "", w->r->body.n, "managedFields", 13) != NULL;
    if (w->res != w->storage || looks_inside) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, RESPONSE_MAX);
        item_write(&text, w->old, w->res, true, 0);
        return json_parse(a, str_copy(a, buf_view(&text)), &e);
    }
    struct json *doc = json_copy(a, w->old_tree);
    snprintf(rev, sizeof rev, "%llu", (unsigned long long)w->old->rev);
    obj_put_cstr(a, doc, ".kind", w->res->kind);
    obj_put_cstr(a, doc, ".apiVersion", api_version_of(w->res, version));
    obj_put_cstr(a, doc, ".metadata.resourceVersion", rev);
    return doc;
}

/* ---- Refusals quote what was tried ---- */

static int by_key(const void *a, const void *b)
{
    return str_cmp((*(struct json *const *)a)->key, (*(struct json *const *)b)->key);
}

/* As fmt's %+v prints map[string]interface{}. */
static void go_value(struct buf *out, struct arena *a, const struct json *j)
{
    bool map = json_is(j, JSON_OBJ);
    if (!map && !json_is(j, JSON_ARR)) {
        if (json_is(j, JSON_STR))
            buf_str(out, j->u.s);
        else if (json_is(j, JSON_NULL))
            buf_cstr(out, "<nil>");
        else
            json_write(out, j);
        return;
    }
    struct json **kids = ARENA_ARRAY(a, struct json *, j->count + 1);
    size_t n = 0;
    JSON_FOREACH(it, j) kids[n++] = it;
    if (map) qsort(kids, n, sizeof *kids, by_key);
    buf_cstr(out, map ? "map[" : "[");
    for (size_t i = 0; i < n; i++) {
        if (i) buf_char(out, ' ');
        if (map) buf_addf(out, "%.*s:", STR_ARG(kids[i]->key));
        go_value(out, a, kids[i]);
    }
    buf_char(out, ']');
}

static void refuse(struct write *w, enum patch_kind kind, const struct json *patched, const char *why)
{
    struct request *r = w->r;
    struct buf quoted AUTO_BUF = {0};
    struct check *c = ARENA_NEW(&r->arena, struct check);
    buf_init(&quoted, QUOTED_MAX);
    if (kind == PATCH_STRATEGIC)
        go_value(&quoted, &r->arena, w->sent);
    else
        json_write(&quoted, patched);
    check_init(c, &r->arena);
    check_invalid_str(c, "patch", str_copy(&r->arena, buf_view(&quoted)), why);
    status_invalid(r, "", "", STR(""), c);
}

/* ---- Applying ---- */

static bool apply(struct write *w, enum patch_kind kind, const struct api_resource *as, struct json **doc)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    bool ok = true;
    if (kind == PATCH_JSON)
        ok = patch_json(a, doc, w->sent, &e);
    else if (kind == PATCH_MERGE)
        patch_merge(a, doc, w->sent);
    else
        ok = patch_strategic(a, as->type, *doc, w->sent, &e);
    if (ok) return true;
    if (e.code == ERR_INVALID)
        status_failf(w->r, ERR_INVALID, "the server rejected our request due to an error in our request");
    else if (e.code == ERR_INTERNAL)
        status_plain_error(w->r, 500, str_copy(a, str_of(e.text))); /* upstream has no code of its own for these */
    else
        status_fail(w->r, &e);
    return false;
}

/* The result must still be the kind it was. */
static bool same_kind(struct write *w, enum patch_kind kind, const struct api_resource *as, const struct json *doc)
{
    char version[API_VERSION_MAX];
    struct arena *a = &w->r->arena;
    if (kind == PATCH_STRATEGIC) return true; /* upstream goes on with the typed object */
    if (!json_is(doc, JSON_OBJ)) {
        refuse(w, kind, doc,
               arena_printf(a, "json: cannot unmarshal %s into Go value of type %s.%s",
                            json_is(doc, JSON_ARR) ? "array" : "string", as->version, as->kind));
        return false;
    }
    if (obj_is(doc, ".kind", as->kind) && obj_is(doc, ".apiVersion", api_version_of(as, version))) return true;
    struct str given = obj_str(doc, ".kind"), given_version = obj_str(doc, ".apiVersion");
    refuse(w, kind, doc,
           arena_printf(
               a, "no kind \"%.*s\" is registered for version \"%.*s\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
               STR_ARG(given), STR_ARG(given_version)));
    return false;
}

static bool normalise(struct write *w, enum patch_kind kind, const struct api_resource *as, struct json *doc,
                      struct decode_notes *notes)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    struct str refused;
    const struct json *tried = json_copy(a, doc);
    if (!api_decode(a, as->type, doc, notes, &e)) {
        refuse(w, kind, tried, e.text);
        return false;
    }
    if (!write_notes_refuse(w, notes, &refused)) return true;
    refuse(w, kind, tried, str_cstr(a, refused));
    return false;
}

bool write_patch_begin(struct write *w)
{
    if (kind_of(w->r) == PATCH_NONE) return false;
    if (write_load_old(w)) return true;
    status_not_found(w->r);
    return false;
}

struct json *write_patch_tree(struct write *w, const struct api_resource *as, struct json *doc)
{
    enum patch_kind kind = kind_of(w->r);
    struct decode_notes *notes = ARENA_NEW(&w->r->arena, struct decode_notes);
    if (!w->sent) {
        if (!read_patch(w, kind)) return NULL;
        if (kind != PATCH_JSON) drop_duplicates(&w->r->arena, w->sent, "", notes);
    }
    if (!apply(w, kind, as, &doc) || !same_kind(w, kind, as, doc) || !normalise(w, kind, as, doc, notes)) return NULL;
    return doc;
}

bool write_patch(struct write *w)
{
    if (w->opts.apply) return write_apply(w);
    if (!write_patch_begin(w)) return false;
    w->obj = write_patch_tree(w, w->res, document(w));
    return w->obj != NULL;
}
