/* check_sets.c - validation of StatefulSet, DaemonSet and ControllerRevision (pkg/apis/apps/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_workload.h"

/* ---- StatefulSet ---- */

static bool same_beside_free_fields(struct arena *a, const struct json *spec, const struct json *old)
{
    static const char *const free_fields[] = {".replicas",
                                              ".ordinals",
                                              ".template",
                                              ".updateStrategy",
                                              ".revisionHistoryLimit",
                                              ".persistentVolumeClaimRetentionPolicy",
                                              ".minReadySeconds"};
    struct json *now = json_copy(a, spec), *was = json_copy(a, old);
    for (size_t i = 0; i < ARRAY_LEN(free_fields); i++) {
        obj_del(now, free_fields[i]);
        obj_del(was, free_fields[i]);
    }
    return json_equal(now, was);
}

static void check_max_unavailable(struct check *c, const struct json *max)
{
    size_t mark = check_member(c, "updateStrategy");
    check_member(c, "rollingUpdate");
    if (!check_int_or_percent(c, "maxUnavailable", max)) check_invalid(c, "maxUnavailable", max, "cannot be 0");
    check_percent_max(c, "maxUnavailable", max);
    check_pop(c, mark);
}

/* type StatefulSetSpec check=fn:stateful_set_spec */
void check_stateful_set_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const struct workload_rules rules = {.noun = "statefulset", .unreadable = ""};
    const struct json *rolling = obj_get(spec, ".updateStrategy.rollingUpdate");
    const struct json *max = obj_get(rolling, ".maxUnavailable");
    if (rolling && obj_is(spec, ".updateStrategy.type", "OnDelete"))
        check_invalid(c, "updateStrategy.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'");
    else if (max)
        check_max_unavailable(c, max);
    check_workload_selector(c, spec, &rules);
    check_workload_template(c, obj_get(spec, ".template"), "StatefulSet");
    if (old && !same_beside_free_fields(c->arena, spec, old))
        check_forbidden(c, NULL,
                        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                        "'minReadySeconds' are forbidden");
}

/* ---- DaemonSet ---- */

static void check_rolling_update(struct check *c, const struct json *rolling)
{
    size_t mark = check_member(c, "updateStrategy");
    check_member(c, "rollingUpdate");
    int64_t unavailable = check_int_or_percent(c, "maxUnavailable", obj_get(rolling, ".maxUnavailable"));
    check_percent_max(c, "maxUnavailable", obj_get(rolling, ".maxUnavailable"));
    int64_t surge = check_int_or_percent(c, "maxSurge", obj_get(rolling, ".maxSurge"));
    check_percent_max(c, "maxSurge", obj_get(rolling, ".maxSurge"));
    if (unavailable && surge)
        check_invalid(c, "maxSurge", obj_get(rolling, ".maxSurge"), "may not be set when maxUnavailable is non-zero");
    if (!unavailable && !surge) check_required(c, "maxUnavailable", "cannot be 0 when maxSurge is 0");
    check_pop(c, mark);
}

/* type DaemonSetSpec check=fn:daemon_set_spec */
void check_daemon_set_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const struct workload_rules rules = {.noun = "daemonset", .unreadable = "", .selector_optional = true};
    check_workload_selector(c, spec, &rules);
    check_workload_template(c, obj_get(spec, ".template"), "DaemonSet");
    if (obj_is(spec, ".updateStrategy.type", "RollingUpdate"))
        check_rolling_update(c, obj_get(spec, ".updateStrategy.rollingUpdate"));
    check_unchanged(c, "selector", spec, old);
}

/* ---- ControllerRevision ---- */

/* type ControllerRevision check=fn:controller_revision */
void check_controller_revision(struct check *c, const struct json *revision, const struct json *old)
{
    const struct json *data = obj_get(revision, ".data");
    if (!obj_has(revision, ".data")) check_required(c, "data", "data is mandatory");
    if (old && !json_equal(data, obj_get(old, ".data"))) check_invalid(c, "data", data, "field is immutable");
}
