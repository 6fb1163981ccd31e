/* plugins.c - the list, in upstream's order (pkg/scheduler/apis/config/v1/default_plugins.go), and what plugins share.
 */
#include "api/node_fit.h"
#include "scheduler/framework.h"

extern const struct sched_plugin plugin_node_unschedulable, plugin_node_name, plugin_taint_toleration,
    plugin_node_affinity, plugin_node_resources_fit, plugin_volume_binding, plugin_balanced_allocation;

const struct sched_plugin *const sched_plugins[] = {
    &plugin_node_unschedulable, &plugin_node_name,      &plugin_taint_toleration,    &plugin_node_affinity,
    &plugin_node_resources_fit, &plugin_volume_binding, &plugin_balanced_allocation, NULL,
};

void normalize_default(int64_t *scores, int count, bool reverse)
{
    int64_t max = 0;
    for (int i = 0; i < count; i++) max = MAX(max, scores[i]);
    for (int i = 0; i < count; i++) {
        int64_t s = max ? scores[i] * 100 / max : 0;
        scores[i] = reverse ? 100 - s : s;
    }
}

bool tolerates(const struct json *pod, const struct node_taint *taint, bool prefer_only)
{
    for (OBJ_EACH(t, pod, ".spec.tolerations")) {
        struct str effect = obj_str(t, ".effect");
        if (prefer_only && effect.n && !str_eqc(effect, "PreferNoSchedule")) continue;
        if (toleration_covers(t, taint->key, taint->value, taint->effect)) return true;
    }
    return false;
}
