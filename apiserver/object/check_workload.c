/* check_workload.c - see check_workload.h. Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_workload.h"

#include "api/decode.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/hooks.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* ---- At the root ---- */

void check_meta_either(struct check *c)
{
    if (c->old)
        check_meta_update(c);
    else
        check_meta(c);
}

void check_collisions(struct check *c, const struct json *obj, const struct json *old)
{
    static const char path[] = ".status.collisionCount";
    int64_t now = obj_int(obj, path, 0);
    if (obj_has(old, path) && (!obj_has(obj, path) || now < obj_int(old, path, 0)))
        check_invalid(c, path + 1, json_int(c->arena, now), "cannot be decremented");
}

/* ---- Counts ---- */

void check_counts(struct check *c, const struct json *node, const char *const *members)
{
    for (; *members; members++) check_count(c, *members, json_getc(node, *members));
}

static void check_at_most(struct check *c, const struct json *status, const char *member, const char *of,
                          const char *detail)
{
    const struct json *value = json_getc(status, member);
    if (obj_number(value, 0) > obj_number(json_getc(status, of), 0)) check_invalid(c, member, value, detail);
}

void check_parts(struct check *c, const struct json *status, const char *const *members, const char *ready)
{
    for (; *members; members++)
        check_at_most(c, status, *members, "replicas", "cannot be greater than status.replicas");
    check_at_most(c, status, "availableReplicas", "readyReplicas", ready);
}

/* ---- Selector and template ---- */

void check_workload_selector(struct check *c, const struct json *spec, const char *noun)
{
    const struct json *selector = obj_get(spec, ".selector");
    if (!json_is(selector, JSON_OBJ)) {
        check_required(c, "selector", "");
        return;
    }
    check_selector_rules(c, "selector", selector);
    if (!obj_count(selector, ".matchLabels") && !obj_count(selector, ".matchExpressions"))
        check_invalidf(c, "selector", selector, "empty selector is invalid for %s", noun);
}

void check_template_matches(struct check *c, const struct json *spec, const struct selector *s, bool loose)
{
    const struct json *labels = obj_get(spec, ".template.metadata.labels");
    if (loose && !s->count && !s->nothing) return;
    if (!sel_match(s, labels))
        check_invalid(c, "template.metadata.labels",
                      api_shown(c->arena, obj_get(spec, ".template.metadata"), &type_meta_v1_ObjectMeta, "labels"),
                      "`selector` does not match template `labels`");
}

void check_workload_lifetime(struct check *c, const struct json *tmpl, const char *kind)
{
    static const char *const always[] = {"Always", NULL};
    size_t mark = check_member(c, "template");
    check_member(c, "spec");
    check_one_of(c, "restartPolicy", obj_str(tmpl, ".spec.restartPolicy"), always);
    if (obj_has(tmpl, ".spec.activeDeadlineSeconds"))
        check_forbidden(c, "activeDeadlineSeconds",
                        arena_printf(c->arena, "activeDeadlineSeconds in %s is not Supported", kind));
    check_pop(c, mark);
}

void check_replicated(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *node = obj_get(spec, ".selector");
    struct selector selector;
    struct err e = ERR_INIT;
    check_workload_selector(c, spec, "deployment");
    if (!sel_from_object(c->arena, node, &selector, &e)) {
        check_invalid(c, "selector", node, "invalid label selector");
        return;
    }
    check_template_matches(c, spec, &selector, true);
    check_template(c, obj_get(spec, ".template"), obj_get(old, ".template"));
    check_workload_lifetime(c, obj_get(spec, ".template"), "ReplicaSet");
}

void check_template(struct check *c, const struct json *tmpl, const struct json *old)
{
    size_t mark = check_member(c, "template");
    check_pod_template_spec(c, tmpl, old);
    check_pop(c, mark);
}

/* ---- Numbers or percentages ---- */

/* "[0-9]+%"; what no number holds counts as the greatest. */
static bool percent_of(const struct json *value, int64_t *percent)
{
    struct str text = obj_text(value);
    if (text.n < 2 || text.p[text.n - 1] != '%') return false;
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9') return false;
    if (!str_to_i64(str_n(text.p, text.n - 1), percent)) *percent = INT64_MAX;
    return true;
}

int64_t int_or_percent(const struct json *value)
{
    struct str text = obj_text(value);
    int64_t n = 0;
    if (str_is_null(text)) return obj_number(value, 0);
    if (percent_of(value, &n)) return n;
    if (text.n && text.p[0] == '+') text = str_from(text, 1);
    return str_to_i64(text, &n) ? n : 0;
}

void check_int_or_percent(struct check *c, const char *member, const struct json *value)
{
    int64_t n;
    if (str_is_null(obj_text(value)))
        check_count(c, member, value);
    else if (!percent_of(value, &n))
        check_invalid(c, member, value,
                      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
                      "'93%', regex used for validation is '[0-9]+%')");
}

void check_percent_max(struct check *c, const char *member, const struct json *value)
{
    int64_t percent;
    if (percent_of(value, &percent) && percent > 100) check_invalid(c, member, value, "must not be greater than 100%");
}
