/* decode.c - the decode stage: a body becomes a normalised object of the storage version with its defaults.
 * Reads: r->body, the present version.   Writes: w->sent, w->obj, w->old; Warning headers; r->resp when it refuses.
 * Upstream: apiserver pkg/endpoints/handlers/{create,update,rest}.go. */
#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/forms.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/old_kinds.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/rest/write.h"

#include <stdio.h>

enum { QUOTED_BODY_MAX = ERR_TEXT_MAX / 2 }; /* of a body inside an error */

/* ---- What the body says it is ---- */

/* The first bytes of a body that was not understood; binary ones in hex (summarizeData). */
static const char *summary(struct arena *a, struct str body)
{
    enum { SHOWN = 30 };
    size_t n = MIN(body.n, (size_t)SHOWN);
    const char *more = body.n > SHOWN ? " ..." : "";
    if (!body.n) return "<empty>";
    if (body.p[0] == '{' && str_is_utf8(str_n(body.p, n))) return arena_printf(a, "%.*s%s", (int)n, body.p, more);
    char hex[2 * SHOWN + 1];
    for (size_t i = 0; i < n; i++) snprintf(hex + 2 * i, 3, "%02x", (unsigned char)body.p[i]);
    return arena_printf(a, "%s%s", hex, more);
}

const char *write_go_package(struct arena *a, const char *group)
{
    struct str rest;
    return *group ? str_cstr(a, str_cut(str_of(group), '.', &rest)) : "core";
}

static const char *gv_text(struct arena *a, struct str group, struct str version)
{
    return group.n ? arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(version)) : str_cstr(a, version);
}

struct expected {
    const char *group, *version, *kind;
};

bool write_check_type(struct request *r, const struct api_resource *res, struct str api_version, struct str kind,
                      struct str name)
{
    char wanted[API_VERSION_MAX];
    struct check *c = ARENA_NEW(&r->arena, struct check);
    check_init(c, &r->arena);
    if (!str_eqc(kind, res->kind)) check_invalid_str(c, "kind", kind, arena_printf(&r->arena, "must be %s", res->kind));
    if (!str_eqc(api_version, api_version_of(res, wanted)))
        check_invalid_str(c, "apiVersion", api_version, arena_printf(&r->arena, "must be %s", wanted));
    if (c->count) status_invalid(r, res->kind, res->group, name, c);
    return !c->count;
}

/* Of custom resources upstream's decoder takes any kind: the version is looked at first, the kind when it validates. */
static bool check_custom(struct request *r, struct str api_version, struct str kind, struct str name)
{
    const struct api_resource *res = r->target.res;
    char wanted[API_VERSION_MAX];
    if (!kind.n)
        status_failf(
            r, ERR_BAD_REQUEST,
            "the object provided is unrecognized (must be of type %s): Object 'Kind' is missing in '%.*s' (%s)",
            res->kind, (int)MIN(r->body.n, (size_t)QUOTED_BODY_MAX), r->body.p, summary(&r->arena, r->body));
    else if (!str_eqc(api_version, api_version_of(res, wanted)))
        status_failf(r, ERR_BAD_REQUEST,
                     "the API version in the data (%.*s) does not match the expected API version (%s)",
                     STR_ARG(api_version), wanted);
    else
        return write_check_type(r, res, api_version, kind, name);
    return false;
}

/* The one kind that upstream still reads in a version that it no longer serves: the fields are the same. */
static bool is_old_eviction(const struct expected *x, struct str group, struct str version, struct str kind)
{
    return strcmp(x->kind, "Eviction") == 0 && str_eqc(kind, "Eviction") && str_eqc(group, x->group) &&
           str_eqc(version, "v1beta1");
}

/* The kind that belongs here, in a version that is gone; some were in the group extensions, and each group had a Scale.
 */
static bool is_old_form(const struct expected *x, enum old_kind old, struct str group, struct str kind)
{
    return old == OLD_KIND && str_eqc(kind, x->kind) &&
           (str_eqc(group, x->group) || str_eqc(group, "extensions") || strcmp(x->kind, "Scale") == 0);
}

/* Is this the kind that belongs here? What is absent is taken to be right, but of custom resources. */
static bool check_kind(struct request *r, const struct expected *x, struct str api_version, struct str kind,
                       const struct json *j)
{
    struct arena *a = &r->arena;
    struct str group = str_of(x->group), version = str_of(x->version);
    if (r->target.res->custom && strcmp(r->target.res->kind, x->kind) == 0)
        return check_custom(r, api_version, kind, obj_name(j));
    if (api_version.n) api_split_version(api_version, &group, &version);
    if (!kind.n) kind = str_of(x->kind);
    bool same_gv = str_eqc(group, x->group) && str_eqc(version, x->version);
    if (same_gv && str_eqc(kind, x->kind)) return true;
    if (is_old_eviction(x, group, version, kind)) return true;
    const struct api_resource *wanted = api_find_kind(str_of(x->group), str_of(x->version), str_of(x->kind));
    const struct api_resource *given = api_find_kind(group, version, kind);
    enum old_kind old = given ? OLD_NONE : old_kind_of(group, version, kind);
    struct str given_version = old == OLD_META ? STR("v1") : version;
    if (!given && !old) {
        status_failf(r, ERR_BAD_REQUEST,
                     "%.*s in version \"%.*s\" cannot be handled as a %s: no kind \"%.*s\" is registered for version "
                     "\"%s\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
                     STR_ARG(kind), STR_ARG(version), x->kind, STR_ARG(kind), gv_text(a, group, version));
    } else if ((given && wanted && given->storage == wanted->storage) || is_old_form(x, old, group, kind)) {
        status_failf(r, ERR_BAD_REQUEST,
                     "the API version in the data (%s) does not match the expected API version (%s)",
                     gv_text(a, group, version), gv_text(a, str_of(x->group), str_of(x->version)));
    } else {
        status_failf(r, ERR_BAD_REQUEST,
                     "%.*s in version \"%.*s\" cannot be handled as a %s: converting (%.*s.%.*s) to (%s.%s): unknown "
                     "conversion",
                     STR_ARG(kind), STR_ARG(version), x->kind, STR_ARG(given_version), STR_ARG(kind),
                     write_go_package(a, x->group), x->kind);
    }
    return false;
}

/* ---- Unknown and duplicate fields ---- */

bool write_notes_refuse(struct write *w, const struct decode_notes *n, struct str *text)
{
    if (!n->count || w->opts.field_validation == FV_IGNORE) return false;
    if (w->opts.field_validation == FV_WARN) {
        for (int i = 0; i < n->count; i++) write_warn(w->r, n->items[i]);
        return false;
    }
    struct buf b AUTO_BUF = {0};
    buf_init(&b, ERR_TEXT_MAX - 256);
    buf_cstr(&b, "strict decoding error: ");
    for (int i = 0; i < n->count; i++) buf_addf(&b, "%s%.*s", i ? ", " : "", STR_ARG(n->items[i]));
    *text = str_copy(&w->r->arena, buf_view(&b));
    return true;
}

static void add_note(struct arena *a, struct str text, struct decode_notes *n)
{
    if (n->count < DECODE_WARNINGS_MAX) n->items[n->count++] = str_copy(a, text);
}

/* Keys that YAML has twice come before all else: a line of text each in warnings, all as one in a refusal. */
static void add_duplicates(struct write *w, struct str text, struct decode_notes *notes)
{
    struct arena *a = &w->r->arena;
    struct decode_notes *all = ARENA_NEW(a, struct decode_notes);
    struct str rest = text;
    if (w->opts.field_validation == FV_STRICT) {
        add_note(a, text, all);
    } else {
        str_cut(text, '\n', &rest); /* "yaml: unmarshal errors:" */
        while (!str_is_null(rest)) add_note(a, str_trim(str_cut(rest, '\n', &rest)), all);
    }
    for (int i = 0; i < notes->count; i++) add_note(a, notes->items[i], all);
    *notes = *all;
}

/* ---- The body ---- */

/* Upstream's words for the Scale of a custom resource that it cannot read: it looks for its kind in the wrong place. */
static bool refuse_unregistered(struct write *w, const char *kind)
{
    if (!w->res->custom || strcmp(kind, w->res->kind) == 0) return false;
    status_failf(w->r, ERR_BAD_REQUEST,
                 "no kind is registered for the type v1.%s in scheme \"pkg/runtime/scheme.go:111\"", kind);
    return true;
}

/* duplicates: keys that the body has twice, as its reader says it; NULL: none. */
static bool decode_tree(struct write *w, const struct api_type *t, const char *version, const char *kind,
                        struct json *j, const char *duplicates)
{
    struct request *r = w->r;
    struct str refused;
    struct err e = ERR_INIT;
    struct decode_notes *notes =
        w->opts.field_validation == FV_IGNORE ? NULL : ARENA_NEW(&r->arena, struct decode_notes);
    bool custom = w->res->custom && t == w->res->type;
    bool ok = custom ? crd_decode(&r->arena, w->res, j, notes, &e) : api_decode(&r->arena, t, j, notes, &e);
    if (ok && notes && duplicates) add_duplicates(w, str_of(duplicates), notes);
    if (ok && notes && write_notes_refuse(w, notes, &refused))
        ok = err_set(&e, ERR_BAD_REQUEST, "%.*s", STR_ARG(refused));
    if (!ok && !refuse_unregistered(w, kind))
        status_failf(r, ERR_BAD_REQUEST, "%s in version \"%s\" cannot be handled as a %s: %s", kind, version, kind,
                     e.text);
    return ok;
}

bool write_tree(struct write *w, const struct api_type *t, const char *version, const char *kind, struct json *j)
{
    return decode_tree(w, t, version, kind, j, NULL);
}

struct json *write_body(struct write *w, const struct api_type *t, const char *group, const char *version,
                        const char *kind)
{
    struct request *r = w->r;
    enum media m;
    struct str api_version, given;
    struct err e = ERR_INIT, duplicates;
    const struct expected x = {group, version, kind};
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        return NULL;
    }
    if (!media_of_body(r, &m)) return NULL;
    struct json *j = media_decode(r, m, t, &api_version, &given, &duplicates, &e);
    if (!j) {
        if (!refuse_unregistered(w, kind))
            status_failf(r, ERR_BAD_REQUEST, "the object provided is unrecognized (must be of type %s): %s (%s)", kind,
                         e.text, summary(&r->arena, r->body));
        return NULL;
    }
    if (!check_kind(r, &x, api_version, given, j)) return NULL;
    return decode_tree(w, t, version, kind, j, duplicates.code != ERR_NONE ? duplicates.text : NULL) ? j : NULL;
}

/* ---- Checks against the URL and the present version ---- */

static bool check_namespace(struct write *w)
{
    struct request *r = w->r;
    struct str ns = obj_str(w->obj, ".metadata.namespace");
    if (!w->ns.n) {
        obj_del(w->obj, ".metadata.namespace");
        return true;
    }
    if (!ns.n)
        obj_put_str(&r->arena, w->obj, ".metadata.namespace", w->ns);
    else if (!str_eq(ns, w->ns)) {
        status_failf(r, ERR_BAD_REQUEST,
                     "the namespace of the provided object does not match the namespace sent on the request");
        return false;
    }
    return true;
}

static bool check_name(struct write *w)
{
    struct str name = obj_str(w->obj, ".metadata.name");
    if (str_eq(name, w->name)) return true;
    if (name.n)
        status_failf(w->r, ERR_BAD_REQUEST, "the name of the object (%.*s) does not match the name on the URL (%.*s)",
                     STR_ARG(name), STR_ARG(w->name));
    else
        status_failf(w->r, ERR_BAD_REQUEST,
                     "the name of the object (%.*s based on URL) was undeterminable: name must be provided",
                     STR_ARG(w->name));
    return false;
}

bool write_check_url(struct write *w) { return check_namespace(w) && check_name(w); }

/* metadata.resourceVersion as a number; 0: none. */
static bool revision_of(struct write *w, uint64_t *rev)
{
    struct str text = obj_str(w->obj, ".metadata.resourceVersion");
    *rev = 0;
    if (!text.n || str_to_u64(text, rev)) return true;
    status_plain_error(w->r, 500,
                       str_printf(&w->r->arena, "strconv.ParseUint: parsing \"%.*s\": invalid syntax", STR_ARG(text)));
    return false;
}

bool write_check_revision(struct write *w)
{
    struct request *r = w->r;
    uint64_t rev;
    if (!revision_of(w, &rev)) return false;
    w->expect_rev = w->old->rev;
    w->unconditional = rev == 0;
    /* A Scale is written to its parent as that is now, which names the revision itself. */
    if (rev == 0 && w->res->flags & API_R_PUT_NEEDS_RV && w->stages != scale_stages) {
        struct check *c = ARENA_NEW(&r->arena, struct check);
        check_init(c, &r->arena);
        check_invalid(c, "metadata.resourceVersion", json_int(&r->arena, 0), "must be specified for an update");
        status_invalid(r, w->res->plural, w->res->group, w->name, c);
        return false;
    }
    if (rev == 0 || rev == w->old->rev) return true;
    status_conflict(r, "the object has been modified; please apply your changes to the latest version and try again");
    return false;
}

static bool check_uid(struct write *w)
{
    struct str uid = obj_str(w->obj, ".metadata.uid"), there = w->old ? w->old->uid : STR("");
    return !uid.n || str_eq(uid, there) || write_refuse_uid(w, uid);
}

bool write_refuse_precondition(struct write *w, const char *what, struct str wanted, struct str there)
{
    status_conflict(w->r,
                    "StorageError: invalid object, Code: 4, Key: %.*s, ResourceVersion: 0, AdditionalErrorMsg: "
                    "Precondition failed: %s in precondition: %.*s, %s in object meta: %.*s",
                    STR_ARG(cache_key(&w->r->arena, w->storage, w->ns, w->name)), what, STR_ARG(wanted), what,
                    STR_ARG(there));
    return false;
}

bool write_refuse_uid(struct write *w, struct str uid)
{
    return write_refuse_precondition(w, "UID", uid, w->old ? w->old->uid : STR(""));
}

/* ---- Per verb ---- */

static const struct api_type *body_type(const struct write *w)
{
    return w->sub && w->sub->kind && w->sub->type ? w->sub->type : w->res->type;
}

static bool read_object(struct write *w)
{
    if (!w->sent) w->sent = write_body(w, body_type(w), w->res->group, w->res->version, w->res->kind);
    if (!w->sent) return false;
    /* A create is never decoded twice; anything else may have to begin again from what was sent. */
    w->obj = w->verb == VERB_CREATE ? w->sent : json_copy(&w->r->arena, w->sent);
    return true;
}

static bool take_new(struct write *w)
{
    w->name = obj_str(w->obj, ".metadata.name");
    w->r->target.name = w->name;
    w->expect_rev = 0;
    return true;
}

static bool decode_create(struct write *w)
{
    uint64_t rev;
    if (!read_object(w) || !check_namespace(w)) return false;
    if (w->opts.dry_run) return take_new(w); /* upstream's store is not asked, and nobody else looks at a revision */
    if (!revision_of(w, &rev)) return false;
    if (!rev) return take_new(w);
    status_plain_error(w->r, 500, STR("resourceVersion should not be set on objects to be created"));
    return false;
}

static bool decode_update(struct write *w)
{
    if (!read_object(w) || !write_check_url(w)) return false;
    if (write_load_old(w)) return check_uid(w) && write_check_revision(w);
    if (!w->sub && w->res->flags & API_R_PUT_CREATES) {
        w->verb = VERB_CREATE;
        w->code = 201;
        obj_del(w->obj, ".metadata.resourceVersion"); /* as upstream: what it updates may have gone */
        return check_uid(w) && take_new(w);
    }
    status_not_found(w->r);
    return false;
}

static bool decode_patch(struct write *w)
{
    if (!write_patch(w) || !write_check_url(w)) return false;
    return w->old ? write_check_revision(w) : take_new(w); /* an apply that creates */
}

enum stage_next write_decode(struct write *w)
{
    struct arena *a = &w->r->arena;
    bool ok;
    do {
        if (forms_make(w) == STAGE_WAIT) return STAGE_WAIT;
        if (w->convert_error) {
            status_plain_error(w->r, 500, str_of(w->convert_error));
            return STAGE_DONE;
        }
        ok = w->verb == VERB_PATCH ? decode_patch(w) : w->verb == VERB_UPDATE ? decode_update(w) : decode_create(w);
    } while (!ok && forms_missed(w));
    if (!ok) return STAGE_DONE;
    if (w->res->custom) {
        crd_default(a, w->res, w->obj);
        return STAGE_NEXT;
    }
    api_convert(a, w->obj, w->res, w->storage);
    object_default(a, w->storage->type, w->obj);
    const struct strategy *s = api_strategy_hooks[w->storage->strategy_hook];
    if (s && s->decoded) s->decoded(a, w->obj);
    return STAGE_NEXT;
}
