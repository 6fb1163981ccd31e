/* check_pod.c - validation of pod specs (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_ephemeral.h"
#include "apiserver/object/names.h"

#include <stdio.h>

enum { ACTIVE_DEADLINE_MAX = 2147483647 };

/* ---- Volumes ---- */

/* type Volume check=fn:volume */
void check_volume(struct check *c, const struct json *volume, const struct json *old)
{
    (void)old;
    struct str name = obj_str(volume, ".name");
    const char *why = name.n ? name_dns1123_label(name) : NULL;
    if (!name.n)
        check_required(c, "name", "");
    else if (why)
        check_invalid_str(c, "name", name, why);
    int sources = 0;
    for (OBJ_EACH(it, volume, "")) {
        if (str_eqc(obj_key(it), "name")) continue;
        if (++sources == 2) {
            char member[128];
            snprintf(member, sizeof member, "%.*s", STR_ARG(obj_key(it)));
            check_forbidden(c, member, "may not specify more than 1 volume type");
        }
    }
    if (!sources) check_required(c, NULL, "must specify a volume type");
}

/* others: a list whose keys are taken as well, or NULL. */
static void check_unique(struct check *c, const struct json *list, const char *list_name, const char *key,
                         const struct json *others)
{
    size_t outer = check_member(c, list_name), i = 0;
    for (OBJ_EACH(it, list, "")) {
        const struct json *value = obj_get(it, key);
        bool twice = false;
        for (const struct json *p = obj_first(others, ""); value && p && !twice; p = obj_next(p))
            twice = obj_get(p, key) && json_equal(obj_get(p, key), value);
        for (const struct json *p = obj_first(list, ""); p && p != it && !twice; p = obj_next(p))
            twice = value && obj_get(p, key) && json_equal(obj_get(p, key), value);
        if (twice) {
            size_t mark = check_index(c, i);
            check_duplicate(c, key + 1, value);
            check_pop(c, mark);
        }
        i++;
    }
    check_pop(c, outer);
}

/* What may be mounted: a volume of the pod, or a claim that a StatefulSet makes for it. */
static bool is_volume(const struct check *c, const struct json *spec, struct str name)
{
    if (obj_find(spec, ".volumes", "name", name)) return true;
    for (OBJ_EACH(claim, c->root, ".spec.volumeClaimTemplates"))
        if (str_eq(obj_str(claim, ".metadata.name"), name)) return true;
    return false;
}

static void check_mounts(struct check *c, const struct json *spec, const char *list)
{
    size_t outer = check_member(c, list), i = 0;
    char path[64];
    snprintf(path, sizeof path, ".%s", list);
    for (OBJ_EACH(container, spec, path)) {
        size_t mark = check_index(c, i++), mounts = check_member(c, "volumeMounts"), k = 0;
        for (OBJ_EACH(m, container, ".volumeMounts")) {
            struct str name = obj_str(m, ".name");
            size_t at = check_index(c, k++);
            if (name.n && !is_volume(c, spec, name)) check_not_found(c, "name", obj_get(m, ".name"));
            check_pop(c, at);
        }
        check_pop(c, mounts);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- Scheduling ---- */

static void check_node_selector(struct check *c, const struct json *selector)
{
    size_t mark = check_member(c, "nodeSelector");
    for (OBJ_EACH(it, selector, "")) {
        const char *why = name_qualified(obj_key(it));
        if (why) check_invalid_str(c, NULL, obj_key(it), why);
        if ((why = name_label_value(obj_text(it)))) check_invalid_str(c, NULL, obj_text(it), why);
    }
    check_pop(c, mark);
}

/* type Toleration check=fn:toleration */
void check_toleration(struct check *c, const struct json *t, const struct json *old)
{
    (void)old;
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
    struct str key = obj_str(t, ".key"), op = obj_str(t, ".operator"), value = obj_str(t, ".value"),
               effect = obj_str(t, ".effect");
    const char *why = key.n ? name_qualified(key) : NULL;
    if (why) check_invalid_str(c, "key", key, why);
    if (!key.n && !str_eqc(op, "Exists"))
        check_invalid_str(c, "operator", op,
                          "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    if (obj_has(t, ".tolerationSeconds") && !str_eqc(effect, "NoExecute"))
        check_invalid_str(c, "effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (str_eqc(op, "Exists") && value.n)
        check_invalid_str(c, "operator", value, "value must be empty when `operator` is 'Exists'");
    if ((!op.n || str_eqc(op, "Equal")) && (why = name_label_value(value)))
        check_invalid_str(c, "operator", value, why);
    bool known = !effect.n;
    for (int i = 0; effects[i]; i++) known = known || str_eqc(effect, effects[i]);
    if (!known) check_not_supported(c, "effect", obj_get(t, ".effect"), effects);
}

/* type NodeSelectorRequirement check=fn:node_selector_requirement */
void check_node_selector_requirement(struct check *c, const struct json *r, const struct json *old)
{
    (void)old;
    static const char *const ops[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};
    struct str op = obj_str(r, ".operator");
    size_t values = obj_count(r, ".values");
    bool known = false;
    for (int i = 0; ops[i]; i++) known = known || str_eqc(op, ops[i]);
    if (!known)
        check_invalid_str(c, "operator", op, "not a valid selector operator");
    else if ((str_eqc(op, "In") || str_eqc(op, "NotIn")) && !values)
        check_required(c, "values", "must be specified when `operator` is 'In' or 'NotIn'");
    else if ((str_eqc(op, "Exists") || str_eqc(op, "DoesNotExist")) && values)
        check_forbidden(c, "values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    else if ((str_eqc(op, "Gt") || str_eqc(op, "Lt")) && values != 1)
        check_required(c, "values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
    const char *why = name_qualified(obj_str(r, ".key"));
    if (why) check_invalid_str(c, "key", obj_str(r, ".key"), why);
}

/* ---- The spec ---- */

static void check_optional_name(struct check *c, const struct json *spec, const char *path,
                                const char *(*rule)(struct str))
{
    struct str s = obj_str(spec, path);
    const char *why = s.n ? rule(s) : NULL;
    if (why) check_invalid_str(c, path + 1, s, why);
}

/* type PodSpec check=fn:pod_spec */
void check_pod_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    if (!obj_count(spec, ".containers")) check_required(c, "containers", "");
    check_unique(c, obj_get(spec, ".containers"), "containers", ".name", NULL);
    check_unique(c, obj_get(spec, ".initContainers"), "initContainers", ".name", obj_get(spec, ".containers"));
    check_unique(c, obj_get(spec, ".volumes"), "volumes", ".name", NULL);
    check_mounts(c, spec, "containers");
    check_mounts(c, spec, "initContainers");
    check_mounts(c, spec, "ephemeralContainers");
    check_ephemeral_containers(c, spec);
    check_node_selector(c, obj_get(spec, ".nodeSelector"));
    check_optional_name(c, spec, ".serviceAccountName", name_dns1123_subdomain);
    check_optional_name(c, spec, ".nodeName", name_dns1123_subdomain);
    check_optional_name(c, spec, ".hostname", name_dns1123_label);
    check_optional_name(c, spec, ".subdomain", name_dns1123_label);
    check_optional_name(c, spec, ".priorityClassName", name_dns1123_subdomain);
    if (obj_has(spec, ".activeDeadlineSeconds")) {
        int64_t s = obj_int(spec, ".activeDeadlineSeconds", 0);
        if (s < 1 || s > ACTIVE_DEADLINE_MAX)
            check_invalidf(c, "activeDeadlineSeconds", obj_get(spec, ".activeDeadlineSeconds"),
                           "must be between 1 and %d, inclusive", ACTIVE_DEADLINE_MAX);
    }
    if (obj_int(spec, ".terminationGracePeriodSeconds", 0) < 0)
        check_invalid(c, "terminationGracePeriodSeconds", obj_get(spec, ".terminationGracePeriodSeconds"),
                      "must be greater than or equal to 0");
}
