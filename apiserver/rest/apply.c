/* apply.c - server-side apply: PATCH with application/apply-patch+yaml.
 * Reads: the body, the present version.   Writes: w->sent, w->obj, w->managed; r->resp when it refuses.
 * Upstream: apiserver pkg/endpoints/handlers/patch.go (applyPatcher); apimachinery
 * pkg/util/managedfields/internal/{versioncheck,structuredmerge,conflict}.go. */
#include "api/object.h"
#include "api/quote.h"
#include "api/yaml.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/forms.h"
#include "apiserver/rest/own.h"
#include "apiserver/rest/status_priv.h"

#include <stdio.h>

/* ---- The configuration ---- */

/* Go's maps have no order: what is written of them is sorted. */
static void sort_maps(struct json *j)
{
    if (j->type == JSON_OBJ) json_sort_keys(j);
    JSON_FOREACH(it, j) sort_maps(it);
}

static bool read_yaml(struct write *w)
{
    struct request *r = w->r;
    struct err e = ERR_INIT;
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        return false;
    }
    w->duplicates = (struct err)ERR_INIT;
    struct json *j = str_trim(r->body).n ? yaml_parse_lax(&r->arena, r->body, &w->duplicates, &e) : json_obj(&r->arena);
    if (!j) {
        status_failf(r, ERR_BAD_REQUEST, "error decoding YAML: %s", e.text);
        return false;
    }
    if (j->type == JSON_NULL) j = json_obj(&r->arena);
    if (j->type != JSON_OBJ) {
        status_failf(
            r, ERR_BAD_REQUEST,
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into "
            "Go value of type map[string]interface {}",
            json_type_word(j));
        return false;
    }
    sort_maps(j);
    w->sent = j;
    return true;
}

/* Is it the kind of the URL? Takes TypeMeta away. */
static bool take_kind(struct write *w, const struct owner *o)
{
    struct str group, version, given = obj_str(w->sent, ".apiVersion"), kind = obj_str(w->sent, ".kind");
    api_split_version(given, &group, &version);
    if (!str_eqc(kind, o->kind) || !str_eqc(version, o->version) || !str_eqc(group, o->group)) {
        status_failf(w->r, ERR_BAD_REQUEST, "invalid object type: %.*s/%.*s, Kind=%.*s", STR_ARG(group),
                     STR_ARG(version), STR_ARG(kind));
        return false;
    }
    if (obj_count(w->sent, ".metadata.managedFields")) {
        status_failf(w->r, ERR_BAD_REQUEST, "metadata.managedFields must be nil");
        return false;
    }
    obj_del(w->sent, ".apiVersion");
    obj_del(w->sent, ".kind");
    return true;
}

bool apply_read(struct write *w, const struct owner *o) { return w->sent || (read_yaml(w) && take_kind(w, o)); }

bool apply_check_strict(struct write *w)
{
    if (w->duplicates.code == ERR_NONE || w->opts.field_validation == FV_IGNORE) return true;
    if (w->opts.field_validation == FV_WARN) {
        struct str line, rest;
        for (str_cut(str_of(w->duplicates.text), '\n', &rest); !str_is_null(rest);) { /* the first one is a heading */
            line = str_trim(str_cut(rest, '\n', &rest));
            write_warn(w->r, line);
        }
        return true;
    }
    status_failf(w->r, ERR_BAD_REQUEST, "error strict decoding YAML: %s", w->duplicates.text);
    return false;
}

/* ---- Conflicts ---- */

static void refuse(struct write *w, struct conflicts *c)
{
    struct arena *a = &w->r->arena;
    struct conflict_text *told = conflicts_tell(a, c);
    struct status_cause *causes = ARENA_ARRAY(a, struct status_cause, c->count);
    for (size_t i = 0; i < c->count; i++)
        causes[i] = (struct status_cause){.reason = "FieldManagerConflict",
                                          .message = str_printf(a, "conflict with %.*s", STR_ARG(told[i].manager)),
                                          .field = told[i].path};
    status_apply_conflict(w->r, conflicts_message(a, told, c->count), causes, (int)c->count);
}

/* ---- Applying ---- */

bool apply_run(struct write *w, const struct owner *o, const struct json *live, struct managed *m, struct json **out)
{
    struct conflicts c = {0};
    struct err e = ERR_INIT;
    bool ok = managed_apply(o, live, w->sent, w->opts.force, m, out, &c, &e);
    if (forms_missed(w)) return false;
    if (ok) {
        if (*out) last_applied_put(o, *out, w->sent);
        return true;
    }
    if (e.code == ERR_BAD_REQUEST)
        status_fail(w->r, &e);
    else if (e.code)
        status_plain_error(w->r, 500, str_copy(o->a, str_of(e.text)));
    else
        refuse(w, &c);
    return false;
}

/* The stored object as it was read, with its revision. */
static struct json *live_tree(struct write *w)
{
    struct arena *a = &w->r->arena;
    char rev[24];
    struct json *live = json_copy(a, own_in_version(w, w->old_tree));
    if (!w->old) return live;
    snprintf(rev, sizeof rev, "%llu", (unsigned long long)w->old->rev);
    obj_put_cstr(a, live, ".metadata.resourceVersion", rev);
    return live;
}

static bool check_new(struct write *w)
{
    struct str uid = obj_str(w->obj, ".metadata.uid");
    if (uid.n) {
        status_conflict(w->r, "uid mismatch: the provided object specified uid %.*s, and no existing object was found",
                        STR_ARG(uid));
        return false;
    }
    w->verb = VERB_CREATE;
    w->code = 201;
    w->expect_rev = 0;
    obj_del(w->obj, ".metadata.resourceVersion");
    return true;
}

bool write_apply(struct write *w)
{
    struct managed m;
    struct json *out = NULL;
    w->verb = VERB_PATCH;
    w->code = 200;
    item_unref(w->old);
    w->old = NULL;
    if (!write_load_old(w) && w->sub) {
        status_not_found(w->r);
        return false;
    }
    struct owner o = own_owner(w);
    own_read_live(w, &m);
    if (!apply_read(w, &o)) return false;
    struct json *live = live_tree(w);
    if (!apply_run(w, &o, live, &m, &out) || !apply_check_strict(w)) return false;
    w->obj = out ? out : live;
    if (!out) last_applied_put(&o, w->obj, w->sent);
    own_put(w, &m);
    return w->old || check_new(w);
}
