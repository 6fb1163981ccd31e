/* default_sets.c - defaults of StatefulSet and DaemonSet that depend on other fields (pkg/apis/apps/v1/defaults.go,
 * conversion.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "schema_ids.h"

/* type StatefulSetSpec default=fn:stateful_set_spec: claims say what they are. */
void type_default_stateful_set_spec(struct arena *a, struct json *spec)
{
    JSON_FOREACH(claim, obj_edit(spec, ".volumeClaimTemplates"))
    {
        if (!json_is(claim, JSON_OBJ)) continue;
        obj_put_cstr(a, claim, ".apiVersion", "v1");
        obj_put_cstr(a, claim, ".kind", "PersistentVolumeClaim");
        if (!obj_str(claim, ".status.phase").n) obj_put_cstr(a, claim, ".status.phase", "Pending");
        object_order(&type_core_v1_PersistentVolumeClaim, claim, a);
    }
}

/* StatefulSetUpdateStrategy.type default=fn:stateful_set_update_type: a strategy that was not named gets its parameters
 * too; one that was named without them stays without. */
void default_stateful_set_update_type(struct arena *a, struct json *strategy, const struct api_field *f)
{
    (void)f;
    obj_put_cstr(a, strategy, ".type", "RollingUpdate");
    if (!obj_has(strategy, ".rollingUpdate")) obj_put_int(a, strategy, ".rollingUpdate.partition", 0);
}

/* type DaemonSetUpdateStrategy default=fn:daemon_set_update_strategy */
void type_default_daemon_set_update_strategy(struct arena *a, struct json *strategy)
{
    bool rolling = obj_is(strategy, ".type", "RollingUpdate");
    if (!rolling && !obj_has(strategy, ".rollingUpdate")) return;
    if (!obj_has(strategy, ".rollingUpdate.maxUnavailable"))
        obj_put_int(a, strategy, ".rollingUpdate.maxUnavailable", rolling);
    if (!obj_has(strategy, ".rollingUpdate.maxSurge")) obj_put_int(a, strategy, ".rollingUpdate.maxSurge", 0);
    object_order(&type_apps_v1_RollingUpdateDaemonSet, obj_edit(strategy, ".rollingUpdate"), a);
}
