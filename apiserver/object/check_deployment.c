/* check_deployment.c - validation of Deployment, ReplicaSet, ReplicationController and of every pod template
 * (pkg/apis/apps/validation/validation.go, pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "apiserver/object/check_workload.h"

/* type PodTemplateSpec check=fn:pod_template_spec: upstream names the metadata's maps without ".metadata". */
void check_pod_template_spec(struct check *c, const struct json *tmpl, const struct json *old)
{
    (void)old;
    check_labels(c, obj_get(tmpl, ".metadata.labels"));
    check_annotations(c, obj_get(tmpl, ".metadata.annotations"));
    if (obj_count(tmpl, ".spec.ephemeralContainers"))
        check_forbidden(c, "spec.ephemeralContainers", "ephemeral containers not allowed in pod template");
}

/* ---- Deployment ---- */

static void check_rolling_update(struct check *c, const struct json *rolling)
{
    const struct json *unavailable = obj_get(rolling, ".maxUnavailable"), *surge = obj_get(rolling, ".maxSurge");
    size_t mark = check_member(c, "rollingUpdate");
    int64_t n = check_int_or_percent(c, "maxUnavailable", unavailable);
    int64_t more = check_int_or_percent(c, "maxSurge", surge);
    if (!n && !more) check_invalid(c, "maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0");
    check_percent_max(c, "maxUnavailable", unavailable);
    check_pop(c, mark);
}

/* type DeploymentStrategy check=fn:deployment_strategy */
void check_deployment_strategy(struct check *c, const struct json *strategy, const struct json *old)
{
    (void)old;
    bool recreate = obj_is(strategy, ".type", "Recreate");
    if (recreate && obj_has(strategy, ".rollingUpdate"))
        check_forbidden(c, "rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    else if (obj_is(strategy, ".type", "RollingUpdate"))
        check_rolling_update(c, obj_get(strategy, ".rollingUpdate"));
}

/* type DeploymentSpec check=fn:deployment_spec */
void check_deployment_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const struct workload_rules rules = {.noun = "deployment", .unreadable = "invalid label selector"};
    const struct json *deadline = obj_get(spec, ".progressDeadlineSeconds");
    check_workload_selector(c, spec, &rules);
    check_workload_template(c, obj_get(spec, ".template"), "ReplicaSet");
    if (deadline && obj_number(deadline, 0) <= obj_int(spec, ".minReadySeconds", 0))
        check_invalid(c, "progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    check_unchanged(c, "selector", spec, old);
}

/* ---- ReplicaSet and ReplicationController ---- */

/* type ReplicaSetSpec check=fn:replica_set_spec */
void check_replica_set_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const struct workload_rules rules = {.noun = "replica set", .unreadable = "invalid label selector"};
    check_workload_selector(c, spec, &rules);
    check_workload_template(c, obj_get(spec, ".template"), "ReplicaSet");
    check_unchanged(c, "selector", spec, old);
}

/* type ReplicationControllerSpec check=fn:replication_controller_spec */
void check_replication_controller_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    const struct json *labels = obj_get(spec, ".template.metadata.labels");
    struct selector selector;
    sel_from_map(c->arena, obj_get(spec, ".selector"), &selector);
    if (!selector.count) check_required(c, "selector", "");
    if (!obj_has(spec, ".template")) {
        check_required(c, "template", "");
        return;
    }
    if (!sel_match(&selector, labels))
        check_invalid(c, "template.metadata.labels", labels, "`selector` does not match template `labels`");
    check_workload_template(c, obj_get(spec, ".template"), "ReplicationController");
}
