/* status.c - errors, and the few successes that are no objects, as metav1.Status.
 * Reads: struct err, struct check, r->target.   Writes: r->resp.
 * Upstream: apimachinery pkg/api/errors. */
#include "apiserver/rest/status_priv.h"

#include "apiserver/rest/limits.h"
#include "apiserver/rest/rest.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATUS_MAX = 4 << 20 }; /* CHECK_ERRORS_MAX errors, each of which may quote a value */

struct status {
    int code;           /* of the HTTP response */
    bool code_inside;   /* the object says it too */
    const char *reason; /* NULL: success */
    struct str message;
    bool details; /* `details` is there even when all of this is empty: */
    struct str name, group, kind, uid;
    const struct status_cause *causes;
    int ncauses;
    int retry_after_s;
    struct str cont; /* metadata.continue */
};

static void member(struct buf *out, bool *first, const char *key, struct str value)
{
    if (!value.n) return;
    buf_addf(out, "%s\"%s\":", *first ? "" : ",", key);
    json_write_string(out, value);
    *first = false;
}

static void write_causes(struct buf *out, const struct status *s)
{
    for (int i = 0; i < s->ncauses; i++) {
        bool first = true;
        buf_cstr(out, i ? ",{" : "{");
        member(out, &first, "reason", str_of(s->causes[i].reason));
        member(out, &first, "message", s->causes[i].message);
        member(out, &first, "field", s->causes[i].field);
        buf_char(out, '}');
    }
}

static void write_details(struct buf *out, const struct status *s)
{
    bool first = true;
    buf_cstr(out, ",\"details\":{");
    member(out, &first, "name", s->name);
    member(out, &first, "group", s->group);
    member(out, &first, "kind", s->kind);
    member(out, &first, "uid", s->uid);
    if (s->ncauses) {
        buf_cstr(out, first ? "\"causes\":[" : ",\"causes\":[");
        write_causes(out, s);
        buf_char(out, ']');
        first = false;
    }
    if (s->retry_after_s) buf_addf(out, "%s\"retryAfterSeconds\":%d", first ? "" : ",", s->retry_after_s);
    buf_char(out, '}');
}

static void write_status(struct buf *out, const struct status *s)
{
    bool first = true;
    buf_cstr(out, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{");
    member(out, &first, "continue", s->cont);
    buf_cstr(out, s->reason ? "},\"status\":\"Failure\"" : "},\"status\":\"Success\"");
    first = false;
    member(out, &first, "message", s->message);
    member(out, &first, "reason", str_of(s->reason ? s->reason : ""));
    if (s->details) write_details(out, s);
    if (s->code_inside) buf_addf(out, ",\"code\":%d", s->code);
    buf_char(out, '}');
}

static void answer(struct request *r, const struct status *s)
{
    struct buf b;
    buf_init(&b, STATUS_MAX);
    write_status(&b, s);
    if (s->retry_after_s) {
        char text[16];
        snprintf(text, sizeof text, "%d", s->retry_after_s);
        response_header(r, "Retry-After", text);
    }
    if (s->reason) accept_negotiate_error(r);
    media_respond(r, s->code, &b);
}

static struct status failure(enum err_code code, struct str message)
{
    const struct err_row *row = err_info(code);
    return (struct status){.code = row->http, .code_inside = true, .reason = row->reason, .message = message};
}

/* details of an error about one object of a resource. */
static void about(struct status *s, const struct api_resource *res, struct str name)
{
    s->details = true;
    s->name = name;
    if (!res) return;
    s->group = str_of(res->group);
    s->kind = str_of(res->plural);
}

/* "pods" or "deployments.apps" */
static const char *resource_text(struct arena *a, const struct api_resource *res)
{
    return *res->group ? arena_printf(a, "%s.%s", res->plural, res->group) : res->plural;
}

static struct str with_prefix(struct arena *a, const char *prefix, struct str text)
{
    if (str_starts(text, str_of(prefix))) return text;
    return str_printf(a, "%s%.*s", prefix, STR_ARG(text));
}

static void fail_internal(struct request *r, enum err_code code, struct str why)
{
    static const char prefix[] = "Internal error occurred: ";
    struct status s = failure(code, with_prefix(&r->arena, prefix, why));
    struct status_cause cause = {.message = str_from(s.message, sizeof prefix - 1)};
    s.details = true;
    s.causes = &cause;
    s.ncauses = 1;
    answer(r, &s);
}

/* Of a Status with code ERR_TIMEOUT; *cause is its own to fill. */
static struct status timeout_status(struct arena *a, struct str why, struct status_cause *cause)
{
    *cause = (struct status_cause){"ResourceVersionTooLarge", STR("Too large resource version"), STR_NULL};
    struct status s = failure(ERR_TIMEOUT, with_prefix(a, "Timeout: ", why));
    s.details = true;
    if (str_starts(why, cause->message)) { /* TOO_EARLY_FORMAT */
        s.causes = cause;
        s.ncauses = 1;
        s.retry_after_s = 1;
    }
    return s;
}

static void fail_timeout(struct request *r, struct str why)
{
    struct status_cause cause;
    struct status s = timeout_status(&r->arena, why, &cause);
    answer(r, &s);
}

static void fail_text(struct request *r, enum err_code code, struct str why)
{
    struct status s = failure(code, why);
    switch (code) {
    case ERR_INTERNAL:
    case ERR_IO: fail_internal(r, code, why); return;
    case ERR_TIMEOUT: fail_timeout(r, why); return;
    case ERR_TOO_LARGE: s.message = with_prefix(&r->arena, "Request entity too large: ", why); break;
    case ERR_NOT_FOUND:
    case ERR_ALREADY_EXISTS:
    case ERR_CONFLICT:
    case ERR_FORBIDDEN: about(&s, r->target.res, r->target.name); break;
    case ERR_METHOD:
    case ERR_INVALID: s.details = true; break;
    case ERR_TOO_MANY: s.retry_after_s = 1; break;
    default: break;
    }
    answer(r, &s);
}

void status_fail(struct request *r, const struct err *e)
{
    fail_text(r, e->code, str_copy(&r->arena, str_of(e->text)));
}

void status_failf(struct request *r, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(&r->arena, fmt, ap);
    va_end(ap);
    fail_text(r, code, str_of(text));
}

void status_no_media_route(struct request *r)
{
    struct status s = failure(ERR_MEDIA_TYPE, STR("415: Unsupported Media Type"));
    s.details = true;
    answer(r, &s);
}

void status_not_found_named(struct request *r, const struct api_resource *res, struct str name)
{
    struct status s = failure(
        ERR_NOT_FOUND, str_printf(&r->arena, "%s \"%.*s\" not found", resource_text(&r->arena, res), STR_ARG(name)));
    about(&s, res, name);
    answer(r, &s);
}

void status_not_found(struct request *r) { status_not_found_named(r, r->target.res, r->target.name); }

/* /apis/GROUP... of a group that is built in: upstream routes those differently. */
static bool is_built_in_group(struct str path)
{
    static const char prefix[] = "/apis/";
    if (!str_starts(path, STR(prefix))) return false;
    struct str rest, group = str_cut(str_from(path, sizeof prefix - 1), '/', &rest);
    for (int i = 0; i < api_resource_count; i++)
        if (str_eqc(group, api_resources[i]->group)) return true;
    return false;
}

void status_no_route(struct request *r)
{
    if (str_starts(r->path, STR("/api/")) || is_built_in_group(r->path)) {
        struct status s = failure(ERR_NOT_FOUND, STR("the server could not find the requested resource"));
        s.details = true;
        answer(r, &s);
        return;
    }
    r->resp.code = 404;
    r->resp.content_type = "text/plain; charset=utf-8";
    buf_clear(&r->resp.body);
    buf_cstr(&r->resp.body, "404 page not found\n");
}

void status_already_exists(struct request *r, struct str name, bool deleting)
{
    const struct api_resource *res = r->target.res;
    struct status s = failure(ERR_ALREADY_EXISTS, str_printf(&r->arena, "%s%s \"%.*s\" already exists",
                                                             deleting ? "object is being deleted: " : "",
                                                             resource_text(&r->arena, res), STR_ARG(name)));
    about(&s, res, name);
    answer(r, &s);
}

void status_conflict_on(struct request *r, const char *res_text, const char *group, const char *kind, struct str name,
                        struct str why)
{
    struct status s = failure(ERR_CONFLICT, str_printf(&r->arena, "Operation cannot be fulfilled on %s \"%.*s\": %.*s",
                                                       res_text, STR_ARG(name), STR_ARG(why)));
    s.details = true;
    s.name = name;
    s.group = str_of(group);
    s.kind = str_of(kind);
    answer(r, &s);
}

void status_apply_conflict(struct request *r, struct str message, const struct status_cause *causes, int n)
{
    struct status s = failure(ERR_CONFLICT, message);
    s.details = true;
    s.causes = causes;
    s.ncauses = n;
    answer(r, &s);
}

void status_conflict(struct request *r, const char *why_fmt, ...)
{
    va_list ap;
    va_start(ap, why_fmt);
    const char *why = arena_vprintf(&r->arena, why_fmt, ap);
    va_end(ap);
    const struct api_resource *res = r->target.res;
    status_conflict_on(r, resource_text(&r->arena, res), res->group, res->plural, r->target.name, str_of(why));
}

static void forbid(struct request *r, const struct status_cause *cause, const char *why_fmt, va_list ap)
{
    const char *why = arena_vprintf(&r->arena, why_fmt, ap);
    const struct api_resource *res = r->target.res;
    struct str message;
    if (!res)
        message = str_printf(&r->arena, "forbidden: %s", why);
    else if (!r->target.name.n)
        message = str_printf(&r->arena, "%s is forbidden: %s", resource_text(&r->arena, res), why);
    else
        message = str_printf(&r->arena, "%s \"%.*s\" is forbidden: %s", resource_text(&r->arena, res),
                             STR_ARG(r->target.name), why);
    struct status s = failure(ERR_FORBIDDEN, message);
    about(&s, res, r->target.name);
    s.causes = cause;
    s.ncauses = cause != NULL;
    answer(r, &s);
}

void status_forbidden(struct request *r, const char *why_fmt, ...)
{
    va_list ap;
    va_start(ap, why_fmt);
    forbid(r, NULL, why_fmt, ap);
    va_end(ap);
}

void status_forbidden_cause(struct request *r, const struct status_cause *cause, const char *why_fmt, ...)
{
    va_list ap;
    va_start(ap, why_fmt);
    forbid(r, cause, why_fmt, ap);
    va_end(ap);
}

static const char *const field_reasons[] = {
    [FE_REQUIRED] = "FieldValueRequired",
    [FE_INVALID] = "FieldValueInvalid",
    [FE_TYPE_INVALID] = "FieldValueTypeInvalid",
    [FE_DUPLICATE] = "FieldValueDuplicate",
    [FE_NOT_FOUND] = "FieldValueNotFound",
    [FE_NOT_SUPPORTED] = "FieldValueNotSupported",
    [FE_FORBIDDEN] = "FieldValueForbidden",
    [FE_TOO_LONG] = "FieldValueTooLong",
    [FE_TOO_MANY] = "FieldValueTooMany",
    [FE_TOO_FEW] = "FieldValueTooFew",
    [FE_INTERNAL] = "InternalError",
};

static bool same_error(const struct field_error *a, const struct field_error *b)
{
    return str_eq(a->field, b->field) && str_eq(a->text, b->text);
}

/* "field: text", or "[e1, e2]" without repetitions (utilerrors.NewAggregate). */
static void write_errors(struct buf *out, const struct check *c)
{
    int written = 0;
    size_t start = out->n;
    for (int i = 0; i < c->count; i++) {
        bool seen = false;
        for (int k = 0; k < i && !seen; k++) seen = same_error(&c->errors[k], &c->errors[i]);
        if (seen) continue;
        if (written == 1) { /* a second one: brackets after all */
            struct str first = str_n(out->p + start, out->n - start);
            char *copy = str_dup(first);
            out->n = start;
            buf_addf(out, "[%s", copy);
            free(copy);
        }
        if (written++) buf_cstr(out, ", ");
        buf_addf(out, "%.*s: %.*s", STR_ARG(c->errors[i].field), STR_ARG(c->errors[i].text));
    }
    if (written > 1) buf_char(out, ']');
}

struct str status_errors(struct arena *a, const struct check *c)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, STATUS_MAX);
    write_errors(&text, c);
    return str_copy(a, buf_view(&text));
}

void status_invalid(struct request *r, const char *kind, const char *group, struct str name, const struct check *c)
{
    struct buf message AUTO_BUF = {0};
    buf_init(&message, STATUS_MAX);
    buf_addf(&message, "%s%s%s \"%.*s\" is invalid: ", kind, *group ? "." : "", group, STR_ARG(name));
    write_errors(&message, c);
    struct status_cause *causes = ARENA_ARRAY(&r->arena, struct status_cause, c->count + 1);
    for (int i = 0; i < c->count; i++)
        causes[i] = (struct status_cause){field_reasons[c->errors[i].type], c->errors[i].text, c->errors[i].field};
    struct status s = failure(ERR_INVALID, buf_view(&message));
    s.details = true;
    s.name = name;
    s.group = str_of(group);
    s.kind = str_of(kind);
    s.causes = causes;
    s.ncauses = c->count;
    answer(r, &s);
}

void status_not_acceptable(struct request *r, struct str why)
{
    struct status s = failure(ERR_NOT_ACCEPTABLE, why);
    s.details = true;
    answer(r, &s);
}

void status_method_not_allowed(struct request *r)
{
    fail_text(r, ERR_METHOD, STR("the server does not allow this method on the requested resource"));
}

void status_success(struct request *r, int code, const struct api_resource *res, struct str name, struct str uid)
{
    struct status s = {.code = code};
    if (res) {
        about(&s, res, name);
        s.uid = uid;
    } else {
        s.code_inside = true;
    }
    answer(r, &s);
}

void status_expired_continue(struct request *r, struct str fresh_continue)
{
    struct status s = failure(
        ERR_EXPIRED,
        STR("The provided continue parameter is too old to display a consistent list result. You can start a new list "
            "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
            "the results. Continuing with the provided token results in an inconsistent list - objects that were "
            "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
            "list."));
    s.cont = fresh_continue;
    answer(r, &s);
}

void status_too_many(struct request *r, int retry_after_s, const struct status_cause *cause, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct status s = failure(ERR_TOO_MANY, str_of(arena_vprintf(&r->arena, fmt, ap)));
    va_end(ap);
    s.details = true;
    s.retry_after_s = retry_after_s;
    s.causes = cause;
    s.ncauses = cause != NULL;
    answer(r, &s);
}

void status_forbidden_on(struct request *r, const char *res_text, const char *group, const char *kind, struct str name,
                         const char *why)
{
    struct status s =
        failure(ERR_FORBIDDEN, str_printf(&r->arena, "%s \"%.*s\" is forbidden: %s", res_text, STR_ARG(name), why));
    s.details = true;
    s.name = name;
    s.group = str_of(group);
    s.kind = str_of(kind);
    answer(r, &s);
}

void status_plain_error(struct request *r, int code, struct str message)
{
    struct status s = {.code = code, .code_inside = true, .reason = "", .message = message};
    answer(r, &s);
}

void status_write(struct buf *out, enum err_code code, const char *message)
{
    struct arena a AUTO_ARENA = {0};
    struct status_cause cause;
    struct status s =
        code == ERR_TIMEOUT ? timeout_status(&a, str_of(message), &cause) : failure(code, str_of(message));
    write_status(out, &s);
}
