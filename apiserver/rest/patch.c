/* patch.c - the decode stage of a PATCH: applies the body to the present version.
 * Reads: the body, w->old.   Writes: w->obj (normalised, in the version of the request), r->resp when it refuses.
 * Upstream: apiserver pkg/endpoints/handlers/patch.go. */
#include "apiserver/rest/patch.h"

#include "api/convert.h"
#include "api/object.h"
#include "api/patch.h"
#include "api/quote.h"
#include "api/unstructured.h"
#include "apiserver/crd/crd.h"
#include "apiserver/object/hooks.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUOTED_MAX = 64 << 10 }; /* of a patch or object inside an error */

/* ---- The document it applies to ---- */

/* Where upstream's encoder has it: among names in their order, or behind the uid. */
static void put_revision(struct arena *a, struct json *meta, const char *rev, bool by_name)
{
    const struct str key = STR("resourceVersion");
    struct json *after = NULL, *node = json_strc(a, rev);
    json_del(meta, key);
    JSON_FOREACH(it, meta)
    if (by_name ? str_cmp(it->key, key) < 0
                : str_eqc(it->key, "name") || str_eqc(it->key, "namespace") || str_eqc(it->key, "uid"))
        after = it;
    if (!after || !after->next) {
        json_add(meta, key, node);
        return;
    }
    node->key = key;
    node->next = after->next;
    after->next = node;
    meta->count++;
}

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
    put_revision(a, json_getc(doc, "metadata"), arena_strdup(a, rev), w->res->custom != NULL);
    return doc;
}

/* ---- Refusals quote what was tried ---- */

static const struct json *left_of_patch(struct write *w, const struct api_resource *as)
{
    if (as != w->res) return w->sent; /* of a Scale, which has no lists */
    return patch_strategic_left(&w->r->arena, as->type, document(w), w->sent);
}

static void refuse(struct write *w, enum patch_kind kind, const struct api_resource *as, const struct json *patched,
                   const char *why)
{
    struct request *r = w->r;
    struct buf quoted AUTO_BUF = {0};
    struct check *c = ARENA_NEW(&r->arena, struct check);
    buf_init(&quoted, QUOTED_MAX);
    if (kind == PATCH_STRATEGIC)
        print_go(&quoted, left_of_patch(w, as));
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
    else if (w->sent->type != JSON_NULL) /* which is an empty map to Go */
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

/* ---- What the result says it is: upstream reads that anew ---- */

static const char *bad_type_meta(struct arena *a, const struct json *doc)
{
    static const char *const members[] = {"apiVersion", "kind"};
    if (!json_is(doc, JSON_OBJ))
        return arena_printf(a,
                            "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go value of "
                            "type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                            "\"json:\\\"kind,omitempty\\\"\" }",
                            json_type_word(doc));
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct json *v = json_getc(doc, members[i]);
        if (v && v->type != JSON_NULL && v->type != JSON_STR)
            return arena_printf(a,
                                "couldn't get version/kind; json parse error: json: cannot unmarshal %s into Go struct "
                                "field .%s of type string",
                                json_type_word(v), members[i]);
    }
    return NULL;
}

/* Why a document of another kind is refused: what that kind says to it comes first. */
static const char *bad_kind(struct arena *a, const struct api_resource *as, const struct api_resource *given,
                            const struct json *doc)
{
    struct err e = ERR_INIT;
    if (!api_decode(a, given->type, json_copy(a, doc), NULL, &e)) return arena_printf(a, "%s", e.text);
    return arena_printf(a, "converting (%s.%s) to (%s.%s): unknown conversion", given->version, given->kind,
                        write_go_package(a, as->group), as->kind);
}

/* An object of a custom kind may call itself anything until it is validated: it is read as what it was. */
static const struct api_resource *custom_row(struct arena *a, const struct api_resource *as, const struct json *doc,
                                             const char **why)
{
    struct buf text AUTO_BUF = {0};
    if ((*why = bad_type_meta(a, doc))) return NULL;
    if (obj_str(doc, ".kind").n) return as;
    buf_init(&text, QUOTED_MAX);
    json_write(&text, doc);
    *why = arena_printf(a, "Object 'Kind' is missing in '%.*s'", STR_ARG(buf_view(&text)));
    return NULL;
}

/* The row to read the result by; NULL with *why NULL: one whose fields clients do not know, for it has no version. */
static const struct api_resource *result_row(struct arena *a, const struct api_resource *as, const struct json *doc,
                                             const char **why)
{
    struct str kind, text, group = STR(""), version = STR("");
    if ((*why = bad_type_meta(a, doc))) return NULL;
    kind = obj_str(doc, ".kind");
    text = obj_str(doc, ".apiVersion");
    if (!kind.n) kind = str_of(as->kind);
    if (!text.n) return NULL;
    api_split_version(text, &group, &version);
    if (str_eqc(group, as->group) && str_eqc(version, as->version) && str_eqc(kind, as->kind)) return as;
    const struct api_resource *given = api_find_kind(group, version, kind);
    if (!given)
        *why = arena_printf(
            a, "no kind \"%.*s\" is registered for version \"%.*s\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            STR_ARG(kind), STR_ARG(text));
    else if (!as->storage || given->storage != as->storage)
        *why = bad_kind(a, as, given, doc);
    return *why ? NULL : given;
}

/* ---- The result ---- */

static void join_notes(struct decode_notes *all, const struct decode_notes *more)
{
    for (int i = 0; i < more->count && all->count < DECODE_WARNINGS_MAX; i++) all->items[all->count++] = more->items[i];
}

static int by_text(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

/* Without a version it is read as upstream's inner form, which knows none of the members. */
static void forget_members(struct arena *a, struct json *doc, struct decode_notes *notes)
{
    JSON_FOREACH(it, doc)
    {
        if (str_eqc(it->key, "kind") || str_eqc(it->key, "apiVersion") || notes->count == DECODE_WARNINGS_MAX) continue;
        struct buf text AUTO_BUF = {0};
        buf_init(&text, QUOTED_MAX);
        buf_cstr(&text, "unknown field ");
        quote_go(&text, it->key);
        notes->items[notes->count++] = str_copy(a, buf_view(&text));
    }
    if (notes->count) qsort(notes->items, (size_t)notes->count, sizeof notes->items[0], by_text);
    doc->count = 0;
    doc->u.kids.head = doc->u.kids.tail = NULL;
}

static bool decode_as(struct arena *a, const struct api_resource *row, struct json *doc, struct decode_notes *notes,
                      struct err *e)
{
    return row->custom ? crd_decode(a, row, doc, notes, e) : api_decode(a, row->type, doc, notes, e);
}

/* Reads the result as what it says it is, and gives it in the version of `as`. `notes`: what was said of the patch. */
static bool normalise(struct write *w, enum patch_kind kind, const struct api_resource *as, struct json *doc,
                      struct decode_notes *notes)
{
    struct arena *a = &w->r->arena;
    struct err e = ERR_INIT;
    struct str refused;
    struct decode_notes *found = ARENA_NEW(a, struct decode_notes);
    bool typed = kind == PATCH_STRATEGIC;                      /* upstream goes on with the typed object */
    if (!typed && json_is(doc, JSON_OBJ)) json_sort_keys(doc); /* to json-patch it is a map */
    const struct json *tried = json_copy(a, doc);
    const char *why = NULL;
    const struct api_resource *row = typed        ? as
                                     : as->custom ? custom_row(a, as, doc, &why)
                                                  : result_row(a, as, doc, &why);
    struct str version = obj_str(doc, ".apiVersion"), given = obj_str(doc, ".kind");
    if (!row && !why) forget_members(a, doc, found);
    if (typed && !api_from_unstructured(a, as->type, doc, &e)) why = e.text;
    if (row && !why && !decode_as(a, row, doc, found, &e)) why = e.text;
    if (why) {
        refuse(w, kind, as, tried, why);
        return false;
    }
    if (typed && found->count) qsort(found->items, (size_t)found->count, sizeof found->items[0], by_text);
    join_notes(notes, found);
    if (write_notes_refuse(w, notes, &refused)) {
        refuse(w, kind, as, tried, str_cstr(a, refused));
        return false;
    }
    if (as->custom && !version.n) {
        status_failf(w->r, ERR_INTERNAL, "Object 'apiVersion' is missing in 'object has no apiVersion field'");
        return false;
    }
    if (as->custom) return write_check_type(w->r, as, version, given, w->name);
    if (row && row != as) api_convert(a, doc, row, as);
    return true;
}

bool write_patch_begin(struct write *w)
{
    if (patch_kind_of(w->r) == PATCH_NONE) return false;
    if (write_load_old(w)) return true;
    status_not_found(w->r);
    return false;
}

struct json *write_patch_tree(struct write *w, const struct api_resource *as, struct json *doc)
{
    enum patch_kind kind = patch_kind_of(w->r);
    struct decode_notes *notes = ARENA_NEW(&w->r->arena, struct decode_notes);
    if (!w->sent && !patch_read(w, kind, notes)) return NULL;
    if (!apply(w, kind, as, &doc) || !normalise(w, kind, as, doc, notes)) return NULL;
    return doc;
}

bool write_patch(struct write *w)
{
    if (w->opts.apply) return write_apply(w);
    if (!write_patch_begin(w)) return false;
    w->obj = write_patch_tree(w, w->res, document(w));
    return w->obj != NULL;
}
