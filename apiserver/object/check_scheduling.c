/* check_scheduling.c - where else a pod may run: tolerations and spreading over topologies.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/check_selector.h"
#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

/* ---- Tolerations ---- */

static void check_toleration_value(struct check *c, struct str op, struct str value)
{
    /* Lt and Gt: their feature gate is off, and the error names them all the same */
    static const char *const ops[] = {"Equal", "Exists", NULL}, *const numeric[] = {"Equal", "Exists", "Lt", "Gt",
                                                                                    NULL};
    if (!op.n || str_eqc(op, "Equal")) {
        const char *why = name_label_value(value);
        char *all = why ? arena_strdup(c->arena, why) : NULL;
        for (char *p = all; p && *p; p++) /* one error here */
            if (*p == NAME_SEPARATOR) *p = ';';
        if (why) check_invalid_str(c, "operator", value, all);
    } else if (str_eqc(op, "Exists")) {
        if (value.n) check_invalid_str(c, "operator", value, "value must be empty when `operator` is 'Exists'");
    } else {
        check_not_supported(c, "operator", json_str(c->arena, op), check_is_among(op, numeric) ? numeric : ops);
    }
}

/* type Toleration check=fn:toleration: where it is no pod's */
void check_toleration(struct check *c, const struct json *t, const struct json *old)
{
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
    struct str key = text_at(t, "key"), op = text_at(t, "operator"), effect = text_at(t, "effect");
    (void)old;
    if (key.n) check_name_by(c, "key", key, name_qualified);
    if (!key.n && !str_eqc(op, "Exists"))
        check_invalid(c, "operator", json_str(c->arena, op),
                      "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    if (member_at(t, "tolerationSeconds") && !str_eqc(effect, "NoExecute"))
        check_invalid(c, "effect", json_str(c->arena, effect),
                      "effect must be 'NoExecute' when `tolerationSeconds` is set");
    check_toleration_value(c, op, text_at(t, "value"));
    if (effect.n && !check_is_among(effect, effects)) check_not_supported(c, "effect", member_at(t, "effect"), effects);
}

void check_tolerations(struct check *c, const char *member, const struct json *tolerations)
{
    if (!tolerations) return;
    size_t outer = check_member(c, member), i = 0;
    JSON_FOREACH(it, tolerations)
    {
        size_t mark = check_index(c, i++);
        check_toleration(c, it, NULL);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- Spreading ---- */

static struct str pair_of(struct arena *a, const struct json *constraint)
{
    return str_printf(a, "{%.*s, %.*s}", STR_ARG(text_at(constraint, "topologyKey")),
                      STR_ARG(text_at(constraint, "whenUnsatisfiable")));
}

static void check_min_domains(struct check *c, const struct json *constraint)
{
    const struct json *n = member_at(constraint, "minDomains");
    struct str action = text_at(constraint, "whenUnsatisfiable");
    if (!n) return;
    if (obj_number(n, 0) <= 0) check_invalid(c, "minDomains", n, "must be greater than zero");
    if (!str_eqc(action, "DoNotSchedule"))
        check_invalidf(c, "minDomains", n, "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %.*s",
                       STR_ARG(action));
}

/* Upstream's older rule for matchLabelKeys, for constraints that never fitted the newer one. */
static void check_keys_as_before(struct check *c, const struct json *keys, const struct json *selector)
{
    struct name_set used AUTO_NAME_SET = {0};
    size_t outer = check_member(c, "matchLabelKeys"), i = 0;
    if (keys && !selector) check_forbidden(c, NULL, "must not be specified when labelSelector is not set");
    JSON_FOREACH(it, member_at(selector, "matchLabels")) name_set_add(&used, it->key, NULL);
    JSON_FOREACH(it, member_at(selector, "matchExpressions")) name_set_add(&used, text_at(it, "key"), NULL);
    JSON_FOREACH(it, keys)
    {
        size_t mark = check_index(c, i++);
        check_name_by(c, NULL, json_string(it), name_qualified);
        if (name_set_has(&used, json_string(it)))
            check_invalid_str(c, NULL, json_string(it), "exists in both matchLabelKeys and labelSelector");
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_policy(struct check *c, const struct json *constraint, const char *member)
{
    static const char *const policies[] = {"Honor", "Ignore", NULL};
    const struct json *policy = member_at(constraint, member);
    if (policy) check_word(c, member, policy, policies, NULL);
}

/* last: pair -> the last constraint with it. */
static void check_constraint(struct pod_rules *r, const struct json *constraint, const struct name_set *last)
{
    static const char *const actions[] = {"DoNotSchedule", "ScheduleAnyway", NULL};
    struct check *c = r->c;
    const struct json *skew = member_at(constraint, "maxSkew"), *action = member_at(constraint, "whenUnsatisfiable"),
                      *keys = member_at(constraint, "matchLabelKeys"),
                      *selector = member_at(constraint, "labelSelector");
    struct str pair = pair_of(c->arena, constraint);
    if (int_at(constraint, "maxSkew", 0) <= 0)
        check_invalid(c, "maxSkew", skew ? skew : json_int(c->arena, 0), "must be greater than zero");
    if (!text_at(constraint, "topologyKey").n) check_required(c, "topologyKey", "can not be empty");
    if (!check_is_among(json_string(action), actions))
        check_not_supported(c, "whenUnsatisfiable", action ? action : json_strc(c->arena, ""), actions);
    if (name_set_get(last, pair) != constraint)
        check_duplicate(c, "{topologyKey, whenUnsatisfiable}", json_str(c->arena, pair));
    check_min_domains(c, constraint);
    check_policy(c, constraint, "nodeAffinityPolicy");
    check_policy(c, constraint, "nodeTaintsPolicy");
    if (r->leeway.spread_keys)
        check_keys_as_before(c, keys, selector);
    else
        check_label_keys(c, keys, NULL, selector);
    if (!r->leeway.spread_selector) check_selector_rules(c, "labelSelector", selector);
}

void check_topology_spread(struct pod_rules *r)
{
    const struct json *list = member_at(r->spec, "topologySpreadConstraints");
    if (!list) return;
    struct name_set last AUTO_NAME_SET = {0};
    size_t outer = check_member(r->c, "topologySpreadConstraints"), i = 0;
    JSON_FOREACH(it, list) name_set_put(&last, pair_of(r->c->arena, it), it);
    JSON_FOREACH(it, list)
    {
        size_t mark = check_index(r->c, i++);
        check_constraint(r, it, &last);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}
