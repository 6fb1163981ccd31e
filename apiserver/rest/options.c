/* options.c - parses and checks options in the query, and DeleteOptions in the body.
 * Reads: r->args, r->body.   Writes: the option structs, or r->resp.
 * Upstream: apimachinery pkg/apis/meta/v1/validation. */
#include "apiserver/rest/options.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/quote.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/query.h"
#include "apiserver/rest/status.h"

#include <stdio.h>

static const char *const dry_run_values[] = {"All", NULL};

static struct check *new_check(struct request *r)
{
    struct check *c = ARENA_NEW(&r->arena, struct check);
    check_init(c, &r->arena);
    return c;
}

/* 422 of the options object when the check found something. */
static bool checked(struct request *r, const char *kind, const struct check *c)
{
    if (!c->count) return true;
    status_invalid(r, kind, "meta.k8s.io", STR(""), c);
    return false;
}

/* ---- Writes ---- */

static void check_dry_run(struct request *r, struct check *c, const struct json *values, bool *out)
{
    for (OBJ_EACH(it, values, "")) {
        if (!str_eqc(obj_text(it), "All")) {
            check_not_supported(c, "dryRun", values, dry_run_values);
            return;
        }
        *out = true;
    }
    (void)r;
}

static const struct json *dry_run_args(struct request *r)
{
    struct json *values = obj_list(&r->arena);
    for (int i = 0; i < r->nargs; i++)
        if (str_eqc(r->args[i].key, "dryRun")) json_push(values, json_str(&r->arena, r->args[i].value));
    return values;
}

/* Go's unicode.IsPrint, of what occurs: control characters are none. Bytes that are no UTF-8 read as U+FFFD. */
static void check_manager(struct check *c, struct str manager)
{
    if (manager.n > FIELD_MANAGER_MAX) check_too_long(c, "fieldManager", FIELD_MANAGER_MAX);
    for (size_t i = 0; i < manager.n; i++) {
        unsigned char byte = (unsigned char)manager.p[i];
        bool second = byte == 0xc2 && i + 1 < manager.n; /* U+0080 to U+009F are control characters, too */
        unsigned code = second ? (unsigned char)manager.p[i + 1] : byte;
        if (second ? code >= 0xa1 : code >= 0x20 && code != 0x7f) continue;
        check_invalid_str(c, "fieldManager", manager,
                          arena_printf(c->arena, "invalid character U+%04X (at position %zu)", code, i));
    }
}

static void check_validation(struct request *r, struct check *c, struct str value, enum field_validation *out)
{
    static const char *const values[] = {"", "Ignore", "Strict", "Warn", NULL};
    static const enum field_validation meaning[] = {FV_WARN, FV_IGNORE, FV_STRICT, FV_WARN};
    *out = FV_WARN;
    if (str_is_null(value)) return;
    for (size_t i = 0; values[i]; i++)
        if (str_eqc(value, values[i])) {
            *out = meaning[i];
            return;
        }
    check_not_supported(c, "fieldValidation", json_str(&r->arena, value), values);
}

bool write_options_parse(struct request *r, struct write_options *o, struct err *e)
{
    static const char *const kinds[] = {
        [VERB_CREATE] = "CreateOptions", [VERB_UPDATE] = "UpdateOptions", [VERB_PATCH] = "PatchOptions"};
    *o = (struct write_options){.field_manager = request_arg_str(r, "fieldManager"), .field_validation = FV_WARN};
    e->code = ERR_NONE;
    o->apply = r->target.verb == VERB_PATCH && patch_is_apply(r);
    if (!r->nargs && !o->apply) return true;
    struct check *c = new_check(r);
    o->force = query_flag(r, "force");
    if (o->apply && !o->field_manager.n) check_required(c, "fieldManager", "is required for apply patch");
    if (r->target.verb == VERB_PATCH && !o->apply && query_flag_or_unset(r, "force") >= 0)
        check_forbidden(c, "force", "may not be specified for non-apply patch");
    check_manager(c, o->field_manager);
    check_dry_run(r, c, dry_run_args(r), &o->dry_run);
    check_validation(r, c, request_arg_str(r, "fieldValidation"), &o->field_validation);
    return checked(r, kinds[r->target.verb], c);
}

/* ---- Deletions ---- */

static struct json *delete_options_of_query(struct request *r)
{
    struct json *j = obj_empty(&r->arena);
    const struct query_arg *policy = request_arg(r, "propagationPolicy");
    if (policy) obj_put_str(&r->arena, j, ".propagationPolicy", policy->value);
    int64_t grace = INT64_MIN;
    if (!query_int(r, "gracePeriodSeconds", &grace)) return NULL;
    if (grace != INT64_MIN) obj_put_int(&r->arena, j, ".gracePeriodSeconds", grace);
    int orphan = query_flag_or_unset(r, "orphanDependents");
    if (orphan >= 0) obj_put_bool(&r->arena, j, ".orphanDependents", orphan);
    obj_put(&r->arena, j, ".dryRun", obj_copy(&r->arena, dry_run_args(r)));
    return j;
}

/* What is no DeleteOptions; the scheme that reads them knows the options of other verbs. */
static void refuse_options_kind(struct request *r, struct str api_version, struct str kind)
{
    static const char *const known[] = {"CreateOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions"};
    struct str group, version;
    api_split_version(api_version, &group, &version);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!str_eqc(kind, known[i]) || !str_eqc(group, "meta.k8s.io")) continue;
        status_failf(r, ERR_BAD_REQUEST, "converting (%.*s.%.*s) to (v1.DeleteOptions): unknown conversion",
                     STR_ARG(version), STR_ARG(kind));
        return;
    }
    if (!api_version.n) api_version = STR("meta.k8s.io/v1");
    status_failf(r, ERR_BAD_REQUEST,
                 "no kind \"%.*s\" is registered for version \"%.*s\" in scheme "
                 "\"pkg/apis/meta/internalversion/scheme/register.go:27\"",
                 STR_ARG(kind), STR_ARG(api_version));
}

static struct json *delete_options_of_body(struct request *r)
{
    enum media m;
    struct str api_version, kind;
    struct err e = ERR_INIT, duplicates; /* of which nothing is said here */
    const struct api_type *t = api_find_type("meta/v1", "DeleteOptions");
    if (!media_of_body(r, &m)) return NULL;
    struct json *j = media_decode(r, m, t, &api_version, &kind, &duplicates, &e);
    if (j && kind.n && !str_eqc(kind, "DeleteOptions")) {
        refuse_options_kind(r, api_version, kind);
        return NULL;
    }
    if (!j || !api_decode(&r->arena, t, j, NULL, &e)) {
        status_failf(r, ERR_BAD_REQUEST, "%s", e.text);
        return NULL;
    }
    return j;
}

static void check_propagation(struct check *c, const struct json *j, struct delete_options *o)
{
    static const char *const policies[] = {"Foreground", "Background", "Orphan", "nil", NULL}; /* nil: as upstream */
    static const enum propagation meaning[] = {PROPAGATE_FOREGROUND, PROPAGATE_BACKGROUND, PROPAGATE_ORPHAN};
    const struct json *policy = obj_get(j, ".propagationPolicy");
    if (!obj_has(j, ".propagationPolicy")) return;
    if (o->orphan != ORPHAN_UNSAID)
        check_invalid(c, "propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set");
    for (size_t i = 0; i < ARRAY_LEN(meaning); i++)
        if (str_eqc(obj_text(policy), policies[i])) o->propagation = meaning[i];
    if (o->propagation == PROPAGATE_UNSAID) check_not_supported(c, "propagationPolicy", policy, policies);
}

bool delete_options_take(struct request *r, const struct json *j, struct delete_options *o)
{
    struct check *c = new_check(r);
    *o = (struct delete_options){.grace_s = -1, .uid = STR_NULL, .rv = STR_NULL};
    if (obj_has(j, ".orphanDependents"))
        o->orphan = obj_bool(j, ".orphanDependents", false) ? ORPHAN_TRUE : ORPHAN_FALSE;
    check_propagation(c, j, o);
    check_dry_run(r, c, obj_get(j, ".dryRun"), &o->dry_run);
    if (obj_has(j, ".gracePeriodSeconds")) {
        o->grace_s = obj_int(j, ".gracePeriodSeconds", 0);
        if (o->grace_s < 0) o->grace_s = 1; /* upstream reads any negative period as one second */
    }
    o->uid = obj_str(j, ".preconditions.uid");
    o->rv = obj_str(j, ".preconditions.resourceVersion");
    return checked(r, "DeleteOptions", c);
}

bool delete_options_parse(struct request *r, struct delete_options *o)
{
    if (r->body_too_large) {
        status_failf(r, ERR_TOO_LARGE, "limit is %d", BODY_MAX);
        return false;
    }
    const struct json *j = NULL;
    if (r->body.n || r->nargs) {
        j = r->body.n ? delete_options_of_body(r) : delete_options_of_query(r);
        if (!j) return false;
    }
    return delete_options_take(r, j, o);
}

bool table_options_parse(struct request *r, const char **include_object)
{
    static const char *const values[] = {"Metadata", "Object", "None"};
    struct str v = request_arg_str(r, "includeObject");
    *include_object = "Metadata";
    if (!v.n || r->accept.form != FORM_TABLE) return true;
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (str_eqc(v, values[i])) {
            *include_object = values[i];
            return true;
        }
    struct buf quoted AUTO_BUF = {0};
    buf_init(&quoted, CONTINUE_MAX);
    quote_go(&quoted, v);
    status_failf(r, ERR_BAD_REQUEST,
                 "Unable to convert to Table as requested: includeObject: Invalid value: %.*s: must be "
                 "'Metadata', 'Object', 'None', or empty",
                 STR_ARG(buf_view(&quoted)));
    return false;
}
