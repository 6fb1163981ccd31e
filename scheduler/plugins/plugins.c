/* plugins.c - the list, in upstream's order (pkg/scheduler/apis/config/v1/default_plugins.go), and what plugins share.
 */
#include "scheduler/framework.h"

#define PLUGIN(plugin) extern const struct sched_plugin plugin;
#include "scheduler/plugins/plugins.def"
#undef PLUGIN

const struct sched_plugin *const sched_plugins[] = {
#define PLUGIN(plugin) &plugin,
#include "scheduler/plugins/plugins.def"
#undef PLUGIN
    NULL,
};

bool pod_uses_claim(const struct pod_info *p, const struct json *claim, bool ephemeral)
{
    struct str name = obj_name(claim);
    if (!claim || !str_eq(obj_ns(claim), sym_str(p->ns))) return false;
    for (int i = 0; i < p->nvolumes; i++) {
        bool is_one = p->volumes[i].type == VOLUME_CLAIM || (ephemeral && p->volumes[i].type == VOLUME_EPHEMERAL);
        if (is_one && str_eq(sym_str(p->volumes[i].claim), name)) return true;
    }
    return false;
}

void normalize_default(int64_t *scores, int count, bool reverse)
{
    int64_t max = 0;
    for (int i = 0; i < count; i++) max = MAX(max, scores[i]);
    if (!max && !reverse) return; /* zero, or below: the cycle refuses that */
    for (int i = 0; i < count; i++) {
        int64_t s = max ? scores[i] * 100 / max : 0;
        scores[i] = reverse ? 100 - s : s;
    }
}
