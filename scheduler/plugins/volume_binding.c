/* volume_binding.c - a pod goes where its volumes are, or can be: those its claims are bound to, free ones for claims
 * that waited for it, new ones (plugins/volumebinding/volume_binding.go). Which it gets is decided in volume_find.c and
 * written by volume_bind.c. */
#include "scheduler/framework.h"
#include "scheduler/volume_bind.h"

#include <stdlib.h>

struct binding_args {
    int64_t timeout_ns; /* bindTimeoutSeconds */
};

static void *binding_configure(const struct json *args, struct err *e)
{
    struct binding_args *a = xcalloc(1, sizeof *a);
    int64_t s = obj_int(args, ".bindTimeoutSeconds", BIND_TIMEOUT_S);
    if (s < 0 || s > INT32_MAX)
        err_set(e, ERR_INVALID, "bindTimeoutSeconds: invalid BindTimeoutSeconds, should not be a negative value");
    a->timeout_ns = s * 1000000000;
    return a;
}

static enum verdict binding_prefilter(struct cycle *cy, void **state)
{
    struct volume_find *f = NULL;
    const char *why = NULL;
    enum verdict v = volume_find_claims(cycle_arena(cy), cycle_storage(cy), cycle_pod(cy), &f, &why);
    *state = f;
    if (why) cycle_why(cy, why);
    return v;
}

static enum verdict binding_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    static const struct {
        unsigned why;
        const char *text;
    } reasons[] = {
        {FIND_NODE_CONFLICT, "node(s) didn't match PersistentVolume's node affinity"},
        {FIND_NO_VOLUME, "node(s) didn't find available persistent volumes to bind"},
        {FIND_NO_SPACE, "node(s) did not have enough free storage"},
        {FIND_LOST, "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"},
    };
    struct volume_find *f = (struct volume_find *)(uintptr_t)state; /* remembers what it chose last */
    unsigned why = volume_find_on(f, n);
    if (why & FIND_ERROR) {
        cycle_why(cy, f->error);
        return V_ERROR;
    }
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (why & reasons[i].why) cycle_why(cy, reasons[i].text);
    return why ? V_UNSCHEDULABLE_AND_UNRESOLVABLE : V_OK;
}

/* ---- What the pod takes ---- */

/* Decided anew: since the node was chosen a volume may have gone to somebody else. */
static enum verdict binding_reserve(struct cycle *cy, const struct node_info *n, void **held)
{
    const struct binding_args *args = cycle_args(cy);
    struct volume_find *f = NULL;
    struct volume_hold *hold = NULL;
    struct err e = ERR_INIT;
    const char *why = NULL;
    enum verdict v = volume_find_claims(cycle_arena(cy), cycle_storage(cy), cycle_pod(cy), &f, &why);
    if (v == V_SKIP) return V_OK;
    if (v != V_OK || volume_find_on(f, n)) {
        cycle_why(cy, why ? why : "the volumes of the pod changed after the node was chosen");
        return V_ERROR;
    }
    if (!volume_bind_assume(&hold, cycle_cache(cy), f, n, args->timeout_ns, &e)) {
        cycle_whyf(cy, "%s", e.text);
        return V_ERROR;
    }
    *held = hold;
    return V_OK;
}

static bool binding_prebind(const struct binding *b, void *held, struct err *e)
{
    return volume_bind_write(held, b->rest, e);
}

static enum prebound binding_prebound(const struct binding *b, void *held, int64_t *until_ns, struct err *e)
{
    return volume_bind_check(held, b->cache, b->node, until_ns, e);
}

static void binding_unreserve(struct cache *c, void *held) { volume_bind_drop(held, c); }

/* ---- Hints ---- */

static bool differs(const struct json *was, const struct json *now, const char *path)
{
    const struct json *a = obj_get(was, path), *b = obj_get(now, path);
    if (!obj_count(a, "") && !obj_count(b, "")) return false;
    return !a || !b || !json_equal(a, b);
}

static bool stopped_tracking(const struct pod_info *p, const struct json *was, const struct json *now)
{
    bool stopped = obj_bool(was, ".spec.storageCapacity", false) && !obj_bool(now, ".spec.storageCapacity", false);
    for (int i = 0; i < p->nvolumes && stopped; i++)
        if (p->volumes[i].type == VOLUME_CSI && str_eq(sym_str(p->volumes[i].driver), obj_name(now))) return true;
    return false;
}

/* False: it says nothing. */
static bool limit_of(const struct json *capacity, int64_t *bytes)
{
    struct qty q;
    struct err e = ERR_INIT;
    struct str text = obj_str(capacity, ".maximumVolumeSize");
    if (!text.n) text = obj_str(capacity, ".capacity");
    if (!text.n || !qty_parse(text, &q, &e)) return false;
    *bytes = qty_value(&q);
    return true;
}

static bool limit_grew(const struct json *was, const struct json *now)
{
    int64_t before = 0, after = 0;
    return limit_of(now, &after) && (!limit_of(was, &before) || after > before);
}

static bool binding_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    static const char migrated[] = ".metadata.annotations[storage.alpha.kubernetes.io/migrated-plugins]";
    const struct json *was = e->object_was, *now = e->object;
    (void)args;
    if (e->node) return true;
    if (!now) return false; /* that something went helps nobody */
    if (e->what & EV_CLAIM) return pod_uses_claim(p, now, true);
    if (e->what & EV_CLASS) return !was || differs(was, now, ".allowedTopologies");
    if (e->what & EV_CSINODE) return !was || !str_eq(obj_str(was, migrated), obj_str(now, migrated));
    if (e->what & EV_CSIDRIVER) return was && stopped_tracking(p, was, now);
    if (e->what & EV_CAPACITY) return !was || limit_grew(was, now);
    return true;
}

const struct sched_plugin plugin_volume_binding = {
    .name = "VolumeBinding",
    .source = "scheduler/plugins/volume_binding.c",
    .configure = binding_configure,
    .unconfigure = free,
    .prefilter = binding_prefilter,
    .filter = binding_filter,
    .reserve = binding_reserve,
    .prebind = binding_prebind,
    .prebound = binding_prebound,
    .unreserve = binding_unreserve,
    .retry_on = EV_CLASS | EV_CLAIM | EV_VOLUME | EV_NODE_ADD | EV_NODE_LABEL | EV_CSINODE | EV_CSIDRIVER | EV_CAPACITY,
    .hint = binding_hint,
};
