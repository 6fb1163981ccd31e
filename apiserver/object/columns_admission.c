/* columns_admission.c - table cells of webhook configurations, admission policies and their bindings
 * (pkg/printers/internalversion/printers.go).
 * Reads: one object.   Writes: the cell, in the arena. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

static struct json *count(struct arena *a, const struct json *obj, const char *path)
{
    return json_int(a, (int64_t)obj_count(obj, path));
}

struct json *column_webhooks(struct arena *a, const struct json *config, int64_t now_ns)
{
    (void)now_ns;
    return count(a, config, ".webhooks");
}

struct json *column_policy_validations(struct arena *a, const struct json *policy, int64_t now_ns)
{
    (void)now_ns;
    return count(a, policy, ".spec.validations");
}

struct json *column_policy_mutations(struct arena *a, const struct json *policy, int64_t now_ns)
{
    (void)now_ns;
    return count(a, policy, ".spec.mutations");
}

struct json *column_policy_param_kind(struct arena *a, const struct json *policy, int64_t now_ns)
{
    (void)now_ns;
    if (!obj_has(policy, ".spec.paramKind")) return json_strc(a, "<unset>");
    return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(obj_str(policy, ".spec.paramKind.apiVersion")),
                                  STR_ARG(obj_str(policy, ".spec.paramKind.kind"))));
}

/* A selector as Go's generated String() writes it. */
static struct json *selector_text(struct arena *a, const struct json *selector)
{
    struct buf b AUTO_BUF = {0};
    struct json *labels =
        json_copy(a, obj_has(selector, ".matchLabels") ? json_getc(selector, "matchLabels") : obj_empty(a));
    buf_init(&b, 1 << 20);
    json_sort_keys(labels);
    buf_cstr(&b, "&LabelSelector{MatchLabels:map[string]string{");
    for (OBJ_EACH(it, labels, "")) buf_addf(&b, "%.*s: %.*s,", STR_ARG(obj_key(it)), STR_ARG(obj_text(it)));
    buf_cstr(&b, "},MatchExpressions:[]LabelSelectorRequirement{");
    for (OBJ_EACH(term, selector, ".matchExpressions")) {
        buf_addf(&b, "LabelSelectorRequirement{Key:%.*s,Operator:%.*s,Values:[", STR_ARG(obj_str(term, ".key")),
                 STR_ARG(obj_str(term, ".operator")));
        const char *gap = "";
        for (OBJ_EACH(v, term, ".values")) {
            buf_addf(&b, "%s%.*s", gap, STR_ARG(obj_text(v)));
            gap = " ";
        }
        buf_cstr(&b, "],},");
    }
    buf_cstr(&b, "},}");
    return json_str(a, str_copy(a, buf_view(&b)));
}

struct json *column_policy_param_ref(struct arena *a, const struct json *binding, int64_t now_ns)
{
    const struct json *ref = obj_get(binding, ".spec.paramRef");
    struct str name = obj_str(ref, ".name"), ns = obj_str(ref, ".namespace");
    (void)now_ns;
    if (name.n) return json_str(a, str_printf(a, "%.*s/%.*s", STR_ARG(ns.n ? ns : STR("*")), STR_ARG(name)));
    return obj_has(ref, ".selector") ? selector_text(a, json_getc(ref, "selector")) : json_strc(a, "<unset>");
}
