/* check_deployment.c - validation of Deployment, ReplicaSet, ReplicationController and PodTemplate
 * (pkg/apis/apps/validation/validation.go, pkg/apis/core/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/inner.h"
#include "schema_ids.h"

static const char ready_detail[] = "cannot be greater than readyReplicas";

/* ---- Deployment ---- */

static void check_rolling_update(struct check *c, const struct json *rolling)
{
    const struct json *unavailable = obj_get(rolling, ".maxUnavailable"), *surge = obj_get(rolling, ".maxSurge");
    size_t mark = check_member(c, "rollingUpdate");
    check_int_or_percent(c, "maxUnavailable", unavailable);
    check_int_or_percent(c, "maxSurge", surge);
    if (!int_or_percent(unavailable) && !int_or_percent(surge))
        check_invalid(c, "maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0");
    check_percent_max(c, "maxUnavailable", unavailable);
    check_pop(c, mark);
}

static void check_strategy(struct check *c, const struct json *strategy)
{
    static const char *const types[] = {"Recreate", "RollingUpdate", NULL};
    size_t mark = check_member(c, "strategy");
    if (!check_is_among(obj_str(strategy, ".type"), types))
        check_not_supported_inner(c, NULL, &type_apps_v1_DeploymentStrategy, strategy, types);
    else if (obj_is(strategy, ".type", "RollingUpdate"))
        check_rolling_update(c, obj_get(strategy, ".rollingUpdate"));
    else if (obj_has(strategy, ".rollingUpdate"))
        check_forbidden(c, "rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    check_pop(c, mark);
}

static void check_deployment_spec(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *deadline = obj_get(spec, ".progressDeadlineSeconds");
    size_t mark = check_member(c, "spec");
    check_count(c, "replicas", obj_get(spec, ".replicas"));
    check_replicated(c, spec, old);
    check_strategy(c, obj_get(spec, ".strategy"));
    check_count(c, "minReadySeconds", obj_get(spec, ".minReadySeconds"));
    check_count(c, "revisionHistoryLimit", obj_get(spec, ".revisionHistoryLimit"));
    check_count(c, "progressDeadlineSeconds", deadline);
    if (deadline && obj_number(deadline, 0) <= obj_int(spec, ".minReadySeconds", 0))
        check_invalid(c, "progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    if (old) check_same(c, "selector", obj_get(spec, ".selector"), obj_get(old, ".selector"));
    check_pop(c, mark);
}

static void check_deployment_status(struct check *c, const struct json *status)
{
    static const char *const counts[] = {"observedGeneration",  "replicas",          "updatedReplicas",
                                         "readyReplicas",       "availableReplicas", "unavailableReplicas",
                                         "terminatingReplicas", "collisionCount",    NULL};
    static const char *const parts[] = {"updatedReplicas", "readyReplicas", "availableReplicas", NULL};
    size_t mark = check_member(c, "status");
    check_counts(c, status, counts);
    check_parts(c, status, parts, ready_detail);
    check_pop(c, mark);
}

/* type Deployment check=fn:deployment whole */
void check_deployment(struct check *c, const struct json *d, const struct json *old)
{
    check_meta_either(c);
    if (!c->sub) {
        check_deployment_spec(c, obj_get(d, ".spec"), obj_get(old, ".spec"));
        return;
    }
    check_deployment_status(c, obj_get(d, ".status"));
    check_collisions(c, d, old);
}

/* ---- ReplicaSet and ReplicationController ---- */

static void check_replicas_status(struct check *c, const struct json *status)
{
    static const char *const counts[] = {"replicas",
                                         "fullyLabeledReplicas",
                                         "readyReplicas",
                                         "availableReplicas",
                                         "observedGeneration",
                                         "terminatingReplicas",
                                         NULL};
    static const char *const parts[] = {"fullyLabeledReplicas", "readyReplicas", "availableReplicas", NULL};
    size_t mark = check_member(c, "status");
    check_counts(c, status, counts);
    check_parts(c, status, parts, ready_detail);
    check_pop(c, mark);
}

static void check_replica_set_spec(struct check *c, const struct json *spec, const struct json *old)
{
    size_t mark = check_member(c, "spec");
    check_count(c, "replicas", obj_get(spec, ".replicas"));
    check_count(c, "minReadySeconds", obj_get(spec, ".minReadySeconds"));
    check_replicated(c, spec, old);
    if (old) check_same(c, "selector", obj_get(spec, ".selector"), obj_get(old, ".selector"));
    check_pop(c, mark);
}

/* type ReplicaSet check=fn:replica_set whole */
void check_replica_set(struct check *c, const struct json *set, const struct json *old)
{
    check_meta_either(c);
    if (c->sub)
        check_replicas_status(c, obj_get(set, ".status"));
    else
        check_replica_set_spec(c, obj_get(set, ".spec"), obj_get(old, ".spec"));
}

static void check_controller_spec(struct check *c, const struct json *spec, const struct json *old)
{
    struct selector selector;
    size_t mark = check_member(c, "spec");
    sel_from_map(c->arena, obj_get(spec, ".selector"), &selector);
    check_count(c, "minReadySeconds", obj_get(spec, ".minReadySeconds"));
    if (!selector.count) check_required(c, "selector", "");
    check_count(c, "replicas", obj_get(spec, ".replicas"));
    if (obj_has(spec, ".template")) {
        check_template_matches(c, spec, &selector, true);
        check_template(c, obj_get(spec, ".template"), obj_get(old, ".template"));
        check_workload_lifetime(c, obj_get(spec, ".template"), "ReplicationController");
    } else {
        check_required(c, "template", "");
    }
    check_pop(c, mark);
}

/* type ReplicationController check=fn:replication_controller whole */
void check_replication_controller(struct check *c, const struct json *rc, const struct json *old)
{
    check_meta_either(c);
    if (c->sub)
        check_replicas_status(c, obj_get(rc, ".status"));
    else
        check_controller_spec(c, obj_get(rc, ".spec"), obj_get(old, ".spec"));
}

/* ---- PodTemplate ---- */

/* type PodTemplate check=fn:pod_template whole */
void check_pod_template(struct check *c, const struct json *t, const struct json *old)
{
    check_meta_either(c);
    check_template(c, obj_get(t, ".template"), obj_get(old, ".template"));
}
