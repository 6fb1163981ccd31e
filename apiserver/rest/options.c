/* options.c - parses and checks options in the query, and DeleteOptions in the body.
 * Reads: r->args, r->body.   Writes: the option structs, or r->resp.
 * Upstream: apimachinery pkg/apis/meta/v1/validation, internalversion/validation. */
#include "apiserver/rest/options.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/quote.h"
#include "apiserver/rest/limits.h"
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

static bool bool_value(struct str s)
{
    return !str_eqc(s, "0") && !str_eqc(s, "false") && !str_eqc(s, "False") && !str_eqc(s, "FALSE");
}

static bool int_arg(struct request *r, const char *name, int64_t *out)
{
    const struct query_arg *a = request_arg(r, name);
    if (!a || str_to_i64(a->value, out)) return true;
    if (!a->value.n && !a->has_value) return true;
    status_failf(r, ERR_BAD_REQUEST, "strconv.ParseInt: parsing \"%.*s\": invalid syntax", STR_ARG(a->value));
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

static bool printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f) return false;
    return true;
}

static void check_manager(struct check *c, struct str manager)
{
    if (manager.n > FIELD_MANAGER_MAX) check_too_long(c, "fieldManager", FIELD_MANAGER_MAX);
    if (!printable(manager) || !str_is_utf8(manager))
        check_invalid_str(c, "fieldManager", manager, "should only contain printable characters");
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
    if (!r->nargs) return true;
    struct check *c = new_check(r);
    const struct query_arg *force = request_arg(r, "force");
    o->force = force && bool_value(force->value);
    if (r->target.verb == VERB_PATCH && o->force)
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
    static const char *const texts[] = {"propagationPolicy"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str v = request_arg_str(r, texts[i]);
        if (v.n) obj_put_str(&r->arena, j, ".propagationPolicy", v);
    }
    int64_t grace = INT64_MIN;
    if (!int_arg(r, "gracePeriodSeconds", &grace)) return NULL;
    if (grace != INT64_MIN) obj_put_int(&r->arena, j, ".gracePeriodSeconds", grace);
    const struct query_arg *orphan = request_arg(r, "orphanDependents");
    if (orphan) obj_put_bool(&r->arena, j, ".orphanDependents", bool_value(orphan->value));
    obj_put(&r->arena, j, ".dryRun", obj_copy(&r->arena, dry_run_args(r)));
    return j;
}

static struct json *delete_options_of_body(struct request *r)
{
    enum media m;
    struct str api_version, kind;
    struct err e = ERR_INIT;
    const struct api_type *t = api_find_type("meta/v1", "DeleteOptions");
    if (!media_of_body(r, &m)) return NULL;
    struct json *j = media_decode(r, m, t, &api_version, &kind, &e);
    if (j && kind.n && !str_eqc(kind, "DeleteOptions")) {
        status_failf(r, ERR_BAD_REQUEST, "decoded object cannot be converted to DeleteOptions");
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

/* ---- Lists and watches ---- */

static bool parse_labels(struct request *r, struct list_options *o)
{
    struct str text = request_arg_str(r, "labelSelector");
    struct err e = ERR_INIT;
    if (!text.n) return true;
    if (!sel_parse(&r->arena, text, &o->labels, &e)) {
        status_fail(r, &e);
        return false;
    }
    o->has_labels = o->labels.count > 0 || o->labels.nothing;
    return true;
}

/* Upstream has two wordings: kinds with conversion functions of their own, and all others. */
static bool unknown_field(struct request *r, struct str label)
{
    const struct api_resource *res = r->target.res;
    bool own = false;
    for (int i = 0; i < res->nselectable; i++) own = own || strncmp(res->selectable[i].label, "metadata.", 9) != 0;
    if (own)
        status_failf(r, ERR_BAD_REQUEST, "field label not supported: %.*s", STR_ARG(label));
    else
        status_failf(r, ERR_BAD_REQUEST,
                     "\"%.*s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                     STR_ARG(label));
    return false;
}

static bool parse_fields(struct request *r, struct list_options *o)
{
    struct str text = request_arg_str(r, "fieldSelector");
    struct err e = ERR_INIT;
    const struct api_resource *res = r->target.res;
    if (!text.n) return true;
    if (!field_sel_parse(&r->arena, text, &o->fields, &e)) {
        status_fail(r, &e);
        return false;
    }
    for (int i = 0; i < o->fields.count; i++) {
        bool known = false;
        for (int k = 0; k < res->nselectable && !known; k++)
            known = str_eqc(o->fields.terms[i].key, res->selectable[k].label);
        if (!known) return unknown_field(r, o->fields.terms[i].key);
    }
    o->has_fields = o->fields.count > 0;
    return true;
}

/* A watch of .../NAME selects that name. */
static bool add_name(struct request *r, struct list_options *o)
{
    if (!r->target.name.n) return true;
    for (int i = 0; i < o->fields.count; i++) {
        const struct sel_term *t = &o->fields.terms[i];
        if (!str_eqc(t->key, "metadata.name")) continue;
        if (t->op == SEL_EQ && t->nvalues == 1 && str_eq(t->values[0], r->target.name)) return true;
        status_failf(r, ERR_BAD_REQUEST, "fieldSelector metadata.name doesn't match requested name");
        return false;
    }
    struct sel_term *terms = ARENA_ARRAY(&r->arena, struct sel_term, o->fields.count + 1);
    if (o->fields.count) memcpy(terms, o->fields.terms, sizeof *terms * (size_t)o->fields.count);
    terms[o->fields.count++] =
        (struct sel_term){.key = STR("metadata.name"), .op = SEL_EQ, .values = &r->target.name, .nvalues = 1};
    o->fields.terms = terms;
    o->has_fields = true;
    return true;
}

static void check_list(struct request *r, struct check *c, struct list_options *o, struct str match)
{
    static const char *const values[] = {"Exact", "NotOlderThan", "", NULL};
    if (match.n) {
        if (!o->rv_text.n)
            check_forbidden(c, "resourceVersionMatch",
                            "resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (o->cont.n)
            check_forbidden(c, "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        if (o->match == RV_MATCH_NONE)
            check_not_supported(c, "resourceVersionMatch", json_str(&r->arena, match), values);
        if (o->match == RV_MATCH_EXACT && str_eqc(o->rv_text, "0"))
            check_forbidden(c, "resourceVersionMatch",
                            "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
    }
    if (o->send_initial >= 0) check_forbidden(c, "sendInitialEvents", "sendInitialEvents is forbidden for list");
}

static void check_watch(struct request *r, struct check *c, struct list_options *o, struct str match)
{
    static const char *const values[] = {"NotOlderThan", NULL};
    if (o->send_initial >= 0 && o->match != RV_MATCH_NOT_OLDER)
        check_forbidden(c, "resourceVersionMatch",
                        "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
    if (!match.n) return;
    if (o->send_initial < 0)
        check_forbidden(c, "resourceVersionMatch",
                        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (o->match != RV_MATCH_NOT_OLDER)
        check_not_supported(c, "resourceVersionMatch", json_str(&r->arena, match), values);
    if (o->cont.n)
        check_forbidden(c, "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
}

static bool parse_revision(struct request *r, struct list_options *o)
{
    o->rv_text = request_arg_str(r, "resourceVersion");
    if (!o->rv_text.n || str_to_u64(o->rv_text, &o->rv)) return true;
    struct check *c = new_check(r);
    check_invalid_str(
        c, "resourceVersion", o->rv_text,
        arena_printf(&r->arena, "strconv.ParseUint: parsing \"%.*s\": invalid syntax", STR_ARG(o->rv_text)));
    status_failf(r, ERR_BAD_REQUEST, "%.*s: %.*s", STR_ARG(c->errors[0].field), STR_ARG(c->errors[0].text));
    return false;
}

bool list_options_parse(struct request *r, struct list_options *o)
{
    *o = (struct list_options){.send_initial = -1, .rv_text = STR("")};
    if (r->nargs) {
        int64_t limit = 0;
        struct str match = request_arg_str(r, "resourceVersionMatch");
        const struct query_arg *initial = request_arg(r, "sendInitialEvents"),
                               *marks = request_arg(r, "allowWatchBookmarks");
        if (!int_arg(r, "limit", &limit) || !int_arg(r, "timeoutSeconds", &o->timeout_s)) return false;
        o->limit = limit > 0 ? (size_t)MIN(limit, LIST_LIMIT_MAX) : 0;
        o->cont = request_arg_str(r, "continue");
        if (initial) o->send_initial = bool_value(initial->value);
        o->bookmarks = marks && bool_value(marks->value);
        if (str_eqc(match, "Exact"))
            o->match = RV_MATCH_EXACT;
        else if (str_eqc(match, "NotOlderThan"))
            o->match = RV_MATCH_NOT_OLDER;
        if (!parse_labels(r, o) || !parse_fields(r, o)) return false;
        o->only_name = o->fields.count == 1 && !o->has_labels && o->fields.terms[0].op == SEL_EQ &&
                       str_eqc(o->fields.terms[0].key, "metadata.name");
        struct check *c = new_check(r);
        o->rv_text = request_arg_str(r, "resourceVersion");
        (r->target.verb == VERB_WATCH ? check_watch : check_list)(r, c, o, match);
        if (!checked(r, "ListOptions", c) || !parse_revision(r, o)) return false;
    }
    if (!add_name(r, o)) return false;
    return table_options_parse(r, &o->include_object);
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

/* ---- Continue tokens ---- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char token_version[] = "meta.k8s.io/v1";

struct str continue_write(struct arena *a, int64_t rv, struct str start)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, CONTINUE_MAX);
    buf_addf(&text, "{\"v\":\"%s\",\"rv\":%lld,\"start\":", token_version, (long long)rv);
    json_write_string(&text, start);
    buf_char(&text, '}');
    char *out = arena_alloc(a, text.n * 4 / 3 + 4);
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < text.n; i++) {
        bits = bits << 8 | (uint8_t)text.p[i];
        for (have += 8; have >= 6; have -= 6) out[n++] = alphabet[bits >> (have - 6) & 63];
    }
    if (have) out[n++] = alphabet[bits << (6 - have) & 63];
    return str_n(out, n);
}

static bool bad_token(struct err *e, const char *why)
{
    return err_set(e, ERR_BAD_REQUEST, "invalid continue token: continue key is not valid%s", why);
}

static bool unbase64(struct arena *a, struct str token, struct str *out, struct err *e)
{
    char *p = arena_alloc(a, token.n + 1);
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < token.n; i++) {
        const char *at = token.p[i] ? strchr(alphabet, token.p[i]) : NULL;
        if (!at || (i + 1 == token.n && token.n % 4 == 1)) {
            char why[64];
            snprintf(why, sizeof why, ": illegal base64 data at input byte %zu", i);
            return bad_token(e, why);
        }
        bits = bits << 6 | (uint32_t)(at - alphabet);
        if ((have += 6) >= 8) p[n++] = (char)(bits >> (have -= 8));
    }
    *out = str_n(p, n);
    return true;
}

/* As path.Clean would leave it: no empty, "." or ".." segments. */
static bool clean(struct str start)
{
    if (start.n && start.p[0] == '/') start = str_from(start, 1);
    while (!str_is_null(start)) {
        struct str segment = str_cut(start, '/', &start);
        if (!segment.n || str_eqc(segment, ".") || str_eqc(segment, "..")) return false;
    }
    return true;
}

bool continue_parse(struct arena *a, struct str token, int64_t *rv, struct str *start, struct err *e)
{
    struct str text;
    if (token.n > CONTINUE_MAX) return bad_token(e, "");
    if (!unbase64(a, token, &text, e)) return false;
    struct err why = ERR_INIT;
    const struct json *j = json_parse(a, text, &why);
    if (!j) return bad_token(e, arena_printf(a, ": %s", why.text));
    struct str version = obj_str(j, ".v");
    if (!str_eqc(version, token_version))
        return bad_token(e, arena_printf(a, ": server does not recognize this encoded version %.*s", STR_ARG(version)));
    *rv = obj_int(j, ".rv", 0);
    *start = obj_str(j, ".start");
    if (*rv == 0) return bad_token(e, ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
    if (!start->n) return bad_token(e, ": encoded start key empty (version meta.k8s.io/v1)");
    if (!clean(*start)) return bad_token(e, arena_printf(a, ": %.*s", STR_ARG(*start)));
    if (start->p[0] == '/') *start = str_from(*start, 1);
    return true;
}
