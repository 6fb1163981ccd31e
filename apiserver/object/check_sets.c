/* check_sets.c - validation of DaemonSet and ControllerRevision (pkg/apis/apps/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/inner.h"
#include "schema_ids.h"

/* ---- DaemonSet ---- */

static void check_rolling_update(struct check *c, const struct json *rolling)
{
    const struct json *unavailable = obj_get(rolling, ".maxUnavailable"), *surge = obj_get(rolling, ".maxSurge");
    bool absent = int_or_percent(unavailable) != 0, more = int_or_percent(surge) != 0;
    size_t mark = check_member(c, "rollingUpdate");
    check_int_or_percent(c, "maxUnavailable", unavailable);
    check_int_or_percent(c, "maxSurge", surge);
    check_percent_max(c, "maxUnavailable", unavailable);
    check_percent_max(c, "maxSurge", surge);
    if (absent && more) check_invalid(c, "maxSurge", surge, "may not be set when maxUnavailable is non-zero");
    if (!absent && !more) check_required(c, "maxUnavailable", "cannot be 0 when maxSurge is 0");
    check_pop(c, mark);
}

static void check_update_strategy(struct check *c, const struct json *strategy)
{
    static const char *const types[] = {"RollingUpdate", "OnDelete", NULL};
    size_t mark = check_member(c, "updateStrategy");
    if (!check_is_among(obj_str(strategy, ".type"), types))
        check_not_supported_inner(c, NULL, &type_apps_v1_DaemonSetUpdateStrategy, strategy, types);
    else if (obj_is(strategy, ".type", "RollingUpdate"))
        check_rolling_update(c, obj_get(strategy, ".rollingUpdate"));
    check_pop(c, mark);
}

/* A selector that is there matches; one that cannot be read was told already. */
static void check_selector(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *node = obj_get(spec, ".selector");
    struct selector selector;
    struct err e = ERR_INIT;
    check_selector_changed(c, "selector", node, selector_has_bad_values(obj_get(old, ".selector")));
    if (sel_from_object(c->arena, node, &selector, &e)) check_template_matches(c, spec, &selector, false);
    if (json_is(node, JSON_OBJ) && !obj_count(node, ".matchLabels") && !obj_count(node, ".matchExpressions"))
        check_invalid(c, "selector", node, "empty selector is invalid for daemonset");
}

/* How often the template changed: a field upstream, an annotation here (strategy_sets.c). */
static void check_template_generation(struct check *c, const struct json *set, const struct json *old)
{
    static const char key[] = "deprecated.daemonset.template.generation";
    int64_t now = 0, was = 0;
    (void)str_to_i64(obj_map_str(set, ".metadata.annotations", str_of(key)), &now);
    (void)str_to_i64(obj_map_str(old, ".metadata.annotations", str_of(key)), &was);
    if (now >= 0 || now >= was) return; /* the server counts; it can only overflow */
    check_invalid(c, "spec.templateGeneration", json_int(c->arena, now), "must not be decremented");
    check_count(c, "spec.templateGeneration", json_int(c->arena, now));
}

static void check_daemon_set_spec(struct check *c, const struct json *spec, const struct json *old)
{
    size_t mark = check_member(c, "spec");
    if (old) check_same(c, "selector", obj_get(spec, ".selector"), obj_get(old, ".selector"));
    check_selector(c, spec, old);
    check_template(c, obj_get(spec, ".template"), obj_get(old, ".template"));
    check_workload_lifetime(c, obj_get(spec, ".template"), "DaemonSet");
    check_count(c, "minReadySeconds", obj_get(spec, ".minReadySeconds"));
    check_update_strategy(c, obj_get(spec, ".updateStrategy"));
    check_count(c, "revisionHistoryLimit", obj_get(spec, ".revisionHistoryLimit"));
    check_pop(c, mark);
}

static void check_daemon_set_status(struct check *c, const struct json *status)
{
    static const char *const counts[] = {"currentNumberScheduled", "numberMisscheduled",
                                         "desiredNumberScheduled", "numberReady",
                                         "observedGeneration",     "updatedNumberScheduled",
                                         "numberAvailable",        "numberUnavailable",
                                         "collisionCount",         NULL};
    size_t mark = check_member(c, "status");
    check_counts(c, status, counts);
    check_pop(c, mark);
}

/* type DaemonSet check=fn:daemon_set whole */
void check_daemon_set(struct check *c, const struct json *set, const struct json *old)
{
    check_meta_either(c);
    if (!c->sub) {
        if (old) check_template_generation(c, set, old);
        check_daemon_set_spec(c, obj_get(set, ".spec"), obj_get(old, ".spec"));
        return;
    }
    check_daemon_set_status(c, obj_get(set, ".status"));
    check_collisions(c, set, old);
}

/* ---- ControllerRevision ---- */

/* type ControllerRevision check=fn:controller_revision whole */
void check_controller_revision(struct check *c, const struct json *revision, const struct json *old)
{
    const struct json *data = obj_get(revision, ".data");
    if (old) check_meta_update(c);
    check_meta(c);
    check_count(c, "revision", obj_get(revision, ".revision"));
    if (old)
        check_same(c, "data", data, obj_get(old, ".data"));
    else if (!obj_has(revision, ".data"))
        check_required(c, "data", "data is mandatory");
    else if (!json_is(data, JSON_OBJ))
        check_required(c, "data", "data must be a valid JSON object");
}
