/* check.c - see check.h.
 * Reads: c->root, c->old, the version's schema.   Writes: struct check.
 * Upstream: apiextensions-apiserver pkg/registry/customresource/{strategy,validator}.go, pkg/apiserver/validation/
 * validation.go. */
#include "apiserver/crd/check.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/crd/check_parts.h"
#include "apiserver/crd/crd.h"
#include "apiserver/crd/normal.h"
#include "apiserver/crd/validate.h"

#include <stdio.h>

enum { TEXT_MAX = 1 << 20 };

/* The tree with TypeMeta before it: a schema may have something to say on that, too. The members are shared, and all
 * of them come by name. */
static struct json *with_type_meta(const struct check *c, const struct json *root)
{
    struct json *out = json_obj(c->arena);
    normal_sort((struct json *)root); /* the request's own */
    JSON_FOREACH(it, root)
    {
        struct json *same = arena_memdup(c->arena, it, sizeof *it);
        json_add(out, it->key, same);
    }
    crd_add_type_meta(c->arena, c->res, out);
    json_sort_keys(out);
    return out;
}

static size_t go_to_text(struct check *c, struct str path)
{
    size_t mark = c->path_n;
    int n = snprintf(c->path + mark, sizeof c->path - mark, "%s%.*s", mark && path.n ? "." : "", STR_ARG(path));
    c->path_n = MIN(mark + (size_t)n, sizeof c->path - 1);
    return mark;
}

static size_t go_to(struct check *c, struct str path)
{
    return go_to_text(c, path.n && path.p[0] == '.' ? str_from(path, 1) : path);
}

static struct str values_of(const struct check *c, const struct json *enums)
{
    struct buf out AUTO_BUF = {0}, one AUTO_BUF = {0};
    buf_init(&out, TEXT_MAX);
    buf_init(&one, TEXT_MAX);
    JSON_FOREACH(it, enums)
    {
        if (out.n) buf_cstr(&out, ", ");
        buf_clear(&one);
        if (it->type == JSON_STR)
            buf_str(&one, it->u.s);
        else
            json_write(&one, it);
        quote_go(&out, buf_view(&one));
    }
    return str_copy(c->arena, buf_view(&out));
}

static void tell(struct check *c, const struct violation *v)
{
    const struct json *shown = v->value ? v->value : json_strc(c->arena, "");
    const char *message = str_cstr(c->arena, v->message);
    if (v->kind == VIOLATION_WHOLE && !c->path_n) { /* of no place, as upstream prints that */
        size_t mark = go_to(c, STR("<nil>"));
        check_invalid(c, NULL, shown, message);
        check_pop(c, mark);
        return;
    }
    size_t mark = go_to(c, v->path);
    switch (v->kind) {
    case VIOLATION_REQUIRED: check_required(c, NULL, ""); break;
    case VIOLATION_ENUM: check_not_supported_text(c, NULL, v->value, values_of(c, v->enums)); break;
    case VIOLATION_TOO_LONG: check_too_long(c, NULL, (int)v->most); break;
    case VIOLATION_TOO_MANY: check_too_many(c, NULL, (size_t)v->have, (int)v->most); break;
    case VIOLATION_TYPE: check_type_invalid(c, NULL, shown, message); break;
    default: check_invalid(c, NULL, shown, message);
    }
    check_pop(c, mark);
}

void check_by_schema(struct check *c, const struct api_schema *s, const struct json *v, const struct json *old)
{
    struct violations found;
    schema_validate(c->arena, s, v, old, &found);
    for (const struct violation *x = found.first; x; x = x->next) tell(c, x);
}

/* ---- Scale ---- */

/* A value at a path such as ".spec.replicas", as unstructured.NestedInt64 and the like find it; NULL: there is none, or
 * *why. */
static const struct json *nested(const struct check *c, const struct json *root, const char *path, const char *wanted,
                                 const char **why)
{
    bool number = strcmp(wanted, "int64") == 0;
    struct str rest = str_from(str_of(path), 1);
    const struct json *v = root;
    while (!str_is_null(rest)) {
        struct str step = str_cut(rest, '.', &rest);
        if (v->type == JSON_NULL) return NULL;
        if (v->type != JSON_OBJ) {
            int n = (int)(step.p + step.n - path);
            *why = arena_printf(c->arena, "%.*s accessor error: %s is of the type %s, expected map[string]interface{}",
                                n, path, value_text(c->arena, v), go_type(v));
            return NULL;
        }
        if (!(v = json_get(v, step))) return NULL;
    }
    if (v->type == (number ? JSON_INT : JSON_STR)) return v;
    *why = arena_printf(c->arena, "%s accessor error: %s is of the type %s, expected %s", path, value_text(c->arena, v),
                        go_type(v), wanted);
    return NULL;
}

/* Such a place keeps its first dot. */
static void check_replicas(struct check *c, const char *path, const struct json *root)
{
    const char *why = NULL;
    const struct json *v = nested(c, root, path, "int64", &why);
    size_t mark = go_to_text(c, str_of(path));
    if (why)
        check_invalid(c, NULL, json_int(c->arena, 0), why);
    else if (obj_number(v, 0) < 0)
        check_invalid(c, NULL, v, "should be a non-negative integer");
    else if (obj_number(v, 0) > INT32_MAX)
        check_invalid(c, NULL, v, "should be less than or equal to 2147483647");
    check_pop(c, mark);
}

static void check_scale(struct check *c, const struct crd_scale *s, const struct json *root, bool with_spec)
{
    if (!s) return;
    if (with_spec) check_replicas(c, s->spec_path, root);
    check_replicas(c, s->status_path, root);
    const char *why = NULL;
    if (!s->selector_path) return;
    (void)nested(c, root, s->selector_path, "string", &why);
    if (!why) return;
    size_t mark = go_to_text(c, str_of(s->selector_path));
    check_invalid(c, NULL, json_strc(c->arena, ""), why);
    check_pop(c, mark);
}

/* ---- The whole ---- */

static void check_status(struct check *c, const struct crd_version *v, const struct json *root, const struct json *old)
{
    const struct json *status = json_getc(root, "status");
    if (status && v->status_schema) {
        size_t mark = go_to(c, STR("status"));
        check_by_schema(c, v->status_schema, status, json_getc(old, "status"));
        check_pop(c, mark);
    }
    check_scale(c, v->scale, root, false);
}

/* Rules in CEL would come now; upstream says so when they cannot be looked at. */
static void tell_unchecked(struct check *c)
{
    for (int i = 0; i < c->count; i++) {
        enum field_error_type t = c->errors[i].type;
        if (t != FE_NOT_SUPPORTED && t != FE_REQUIRED && t != FE_TOO_LONG && t != FE_TOO_MANY && t != FE_TYPE_INVALID)
            continue;
        size_t mark = go_to(c, STR("<nil>"));
        check_invalid(c, NULL, NULL,
                      "some validation rules were not checked because the object was invalid; correct the existing "
                      "errors to complete validation");
        check_pop(c, mark);
        return;
    }
}

void crd_check(struct check *c)
{
    const struct crd_version *v = crd_version_of(c->res);
    struct json *root = with_type_meta(c, c->root), *old = c->old ? with_type_meta(c, c->old) : NULL;
    bool is_status = c->sub && strcmp(c->sub, "status") == 0;
    if (is_status) {
        check_status(c, v, root, old);
    } else {
        check_by_schema(c, v->schema, root, old);
        check_scale(c, v->scale, root, true);
        check_embedded(c, v->schema, root);
    }
    if (!old || lists_are_unique(c->arena, v->schema, old)) check_lists(c, v->schema, root);
    if (v->schema->has_rules) tell_unchecked(c);
}
