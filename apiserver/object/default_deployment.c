/* default_deployment.c - defaults of Deployment and ReplicationController that depend on other fields
 * (pkg/apis/apps/v1/defaults.go, pkg/apis/core/v1/defaults.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "schema_ids.h"

/* type DeploymentStrategy default=fn:deployment_strategy */
void type_default_deployment_strategy(struct arena *a, struct json *strategy)
{
    static const char *const paths[] = {".rollingUpdate.maxUnavailable", ".rollingUpdate.maxSurge"};
    if (!obj_is(strategy, ".type", "RollingUpdate")) return;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (!obj_has(strategy, paths[i])) obj_put_cstr(a, strategy, paths[i], "25%");
    object_order(&type_apps_v1_RollingUpdateDeployment, obj_edit(strategy, ".rollingUpdate"), a);
}

/* type ReplicationController default=fn:replication_controller: selector and labels are those of the template. */
void type_default_replication_controller(struct arena *a, struct json *rc)
{
    const struct json *labels = obj_get(rc, ".spec.template.metadata.labels");
    if (!json_is(labels, JSON_OBJ)) return;
    if (!obj_count(rc, ".spec.selector")) {
        obj_put_copy(a, rc, ".spec.selector", labels);
        object_order(&type_core_v1_ReplicationControllerSpec, obj_edit(rc, ".spec"), a);
    }
    if (!obj_count(rc, ".metadata.labels")) {
        obj_put_copy(a, rc, ".metadata.labels", labels);
        object_order(&type_meta_v1_ObjectMeta, obj_edit(rc, ".metadata"), a);
    }
}
