/* config_args_select.c - what is wrong with NodeAffinityArgs.addedAffinity.
 * Reads: decoded arguments.   Writes: complaints.
 * Upstream: component-helpers scheduling/corev1/nodeaffinity/nodeaffinity.go, apimachinery pkg/labels/selector.go
 * (NewRequirement). */
#include "scheduler/config_priv.h"

#include "api/label.h"
#include "api/object.h"

#define OPERATORS       "\"In\", \"NotIn\", \"Exists\", \"DoesNotExist\", \"Gt\", \"Lt\""
#define FIELD_OPERATORS "\"In\", \"NotIn\""

static bool is_op(const struct json *r, const char *a, const char *b)
{
    return obj_is(r, ".operator", a) || obj_is(r, ".operator", b);
}

static const char *values_complaint(const struct json *r, size_t n)
{
    if (is_op(r, "In", "NotIn")) return n ? NULL : "for 'in', 'notin' operators, values set can't be empty";
    if (is_op(r, "Exists", "DoesNotExist")) return n ? "values set must be empty for exists and does not exist" : NULL;
    return n == 1 ? NULL : "for 'Gt', 'Lt' operators, exactly one value is required";
}

static void check_integers(struct config_draft *d, const char *at, const struct json *r)
{
    int i = 0;
    for (OBJ_EACH(v, r, ".values")) {
        int64_t number;
        const char *value_at = AT(d, "%s.values[%d]", at, i++);
        if (!str_to_i64(obj_text(v), &number))
            config_invalid_str(d->errors, value_at, obj_text(v),
                               "for 'Gt', 'Lt' operators, the value must be an integer");
    }
}

static void check_values(struct config_draft *d, const char *at, const struct json *r)
{
    struct str key = obj_str(r, ".key");
    const char *complaint = values_complaint(r, obj_count(r, ".values"));
    int i = 0;
    if (complaint) config_invalid_json(d->errors, AT(d, "%s.values", at), obj_get(r, ".values"), complaint);
    if (is_op(r, "Gt", "Lt")) check_integers(d, at, r);
    for (OBJ_EACH(v, r, ".values")) {
        struct buf what AUTO_BUF = {0};
        buf_init(&what, CONFIG_TEXT_MAX);
        if (!label_value_ok(&what, obj_text(v)))
            config_invalid_str(d->errors, AT(d, "%s.values[%d][%.*s]", at, i, STR_ARG(key)), obj_text(v),
                               str_cstr(&d->arena, buf_view(&what)));
        i++;
    }
}

static void check_expression(struct config_draft *d, const char *at, const struct json *r)
{
    struct buf what AUTO_BUF = {0};
    buf_init(&what, CONFIG_TEXT_MAX);
    if (!is_op(r, "In", "NotIn") && !is_op(r, "Exists", "DoesNotExist") && !is_op(r, "Gt", "Lt")) {
        config_unsupported(d->errors, AT(d, "%s.operator", at), obj_str(r, ".operator"), OPERATORS);
        return;
    }
    if (!label_key_ok(&what, obj_str(r, ".key")))
        config_invalid_str(d->errors, AT(d, "%s.key", at), obj_str(r, ".key"), str_cstr(&d->arena, buf_view(&what)));
    check_values(d, at, r);
}

static void check_field(struct config_draft *d, const char *at, const struct json *r)
{
    if (!is_op(r, "In", "NotIn"))
        config_unsupported(d->errors, AT(d, "%s.operator", at), obj_str(r, ".operator"), FIELD_OPERATORS);
    else if (obj_count(r, ".values") != 1)
        config_invalid_json(d->errors, AT(d, "%s.values", at), obj_get(r, ".values"), "must have one element");
}

static void check_term(struct config_draft *d, const char *at, const struct json *term)
{
    int i = 0;
    for (OBJ_EACH(r, term, ".matchExpressions")) check_expression(d, AT(d, "%s.matchExpressions[%d]", at, i++), r);
    i = 0;
    for (OBJ_EACH(r, term, ".matchFields")) check_field(d, AT(d, "%s.matchFields[%d]", at, i++), r);
}

void node_affinity_args_check(struct config_draft *d, const char *path, const struct json *args)
{
    static const char required[] = "requiredDuringSchedulingIgnoredDuringExecution";
    static const char preferred[] = "preferredDuringSchedulingIgnoredDuringExecution";
    const struct json *added = obj_get(args, ".addedAffinity");
    int i = 0;
    for (OBJ_EACH(term, added, ".requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"))
        check_term(d, AT(d, "%s.addedAffinity.%s.nodeSelectorTerms[%d]", path, required, i++), term);
    i = 0;
    for (OBJ_EACH(term, added, ".preferredDuringSchedulingIgnoredDuringExecution")) {
        const char *at = AT(d, "%s.addedAffinity.%s[%d]", path, preferred, i++);
        if (obj_int(term, ".weight", 0)) check_term(d, at, obj_get(term, ".preference"));
    }
}
