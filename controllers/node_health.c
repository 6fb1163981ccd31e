/* node_health.c - see node_health.h. Reads: a Node, its Lease.   Writes: trees in the caller's arena. */
#include "controllers/node_health.h"

#include "base/clk.h"
#include "controllers/limits.h"
#include "controllers/node_pods.h"

/* ---- Signs of life ---- */

static int64_t time_ms(const struct json *j, const char *path)
{
    struct str s = obj_str(j, path);
    int64_t ns = 0;
    return s.n && clk_parse_rfc3339(s.p, s.n, &ns) ? ns / 1000000 : 0;
}

int64_t node_expires_ms(const struct json *node, const struct json *lease, int64_t first_seen_ms)
{
    const struct json *ready = obj_condition(node, "Ready");
    int64_t seen = MAX(first_seen_ms, time_ms(lease, ".spec.renewTime"));
    if (!ready) return seen + NODE_STARTUP_GRACE_MS;
    return MAX(seen, time_ms(ready, ".lastHeartbeatTime")) + NODE_GRACE_MS;
}

bool node_is_ready(const struct json *node) { return obj_condition_true(node, "Ready"); }

/* ---- Conditions ---- */

static const char *const reported[] = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"};

bool node_is_to_mark(const struct json *node)
{
    for (size_t i = 0; i < ARRAY_LEN(reported); i++)
        if (!obj_is(obj_condition(node, reported[i]), ".status", "Unknown")) return true;
    return false;
}

void node_mark_unknown(struct arena *a, struct json *patch, const struct json *node, int64_t now_s)
{
    for (size_t i = 0; i < ARRAY_LEN(reported); i++) {
        const struct json *had = obj_condition(node, reported[i]);
        if (obj_is(had, ".status", "Unknown")) continue;
        struct json *c = obj_append(a, patch, ".status.conditions");
        obj_put_cstr(a, c, ".type", reported[i]);
        obj_put_cstr(a, c, ".status", "Unknown");
        if (!had) obj_put_copy(a, c, ".lastHeartbeatTime", obj_get(node, ".metadata.creationTimestamp"));
        obj_put_time(a, c, ".lastTransitionTime", now_s);
        obj_put_cstr(a, c, ".reason", had ? "NodeStatusUnknown" : "NodeStatusNeverUpdated");
        obj_put_cstr(a, c, ".message",
                     had ? "Kubelet stopped posting node status." : "Kubelet never posted node status.");
    }
}

/* ---- Taints ---- */

static const struct {
    const char *condition, *status, *taint;
} by_condition[] = {
    {"Ready", "False", TAINT_NOT_READY},
    {"Ready", "Unknown", TAINT_UNREACHABLE},
    {"MemoryPressure", "True", "node.kubernetes.io/memory-pressure"},
    {"DiskPressure", "True", "node.kubernetes.io/disk-pressure"},
    {"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"},
    {"PIDPressure", "True", "node.kubernetes.io/pid-pressure"},
};
#define TAINT_UNSCHEDULABLE "node.kubernetes.io/unschedulable"

const char *node_evicting_taint(const struct json *node)
{
    const struct json *ready = obj_condition(node, "Ready");
    if (!ready || obj_is(ready, ".status", "True")) return NULL;
    return obj_is(ready, ".status", "False") ? TAINT_NOT_READY : TAINT_UNREACHABLE;
}

struct managed { /* one taint that is ours to give and take */
    const char *key, *effect;
    bool want, have;
};
enum { MANAGED = ARRAY_LEN(by_condition) + 3 };

static void wanted(struct managed m[MANAGED], const struct json *node, bool evict)
{
    const char *evicting = node_evicting_taint(node);
    size_t n = 0;
    for (; n < ARRAY_LEN(by_condition); n++)
        m[n] = (struct managed){
            .key = by_condition[n].taint,
            .effect = "NoSchedule",
            .want = obj_is(obj_condition(node, by_condition[n].condition), ".status", by_condition[n].status)};
    m[n++] = (struct managed){
        .key = TAINT_UNSCHEDULABLE, .effect = "NoSchedule", .want = obj_bool(node, ".spec.unschedulable", false)};
    m[n++] = (struct managed){
        .key = TAINT_NOT_READY, .effect = "NoExecute", .want = evict && evicting && !strcmp(evicting, TAINT_NOT_READY)};
    m[n++] = (struct managed){.key = TAINT_UNREACHABLE,
                              .effect = "NoExecute",
                              .want = evict && evicting && !strcmp(evicting, TAINT_UNREACHABLE)};
}

static struct managed *managed_of(struct managed m[MANAGED], const struct json *taint)
{
    for (size_t i = 0; i < MANAGED; i++)
        if (taint_is(taint, m[i].key, m[i].effect)) return &m[i];
    return NULL;
}

struct json *node_taints(struct arena *a, const struct json *node, bool evict, int64_t now_s)
{
    struct managed m[MANAGED];
    struct json *box = obj_empty(a); /* lists are built by path */
    bool changed = false;
    wanted(m, node, evict);
    obj_put(a, box, ".taints", obj_list(a));
    for (OBJ_EACH(t, node, ".spec.taints")) {
        struct managed *ours = managed_of(m, t);
        if (ours) ours->have = true;
        if (ours && !ours->want) {
            changed = true;
            continue;
        }
        struct json *kept = obj_append(a, box, ".taints");
        for (OBJ_EACH(member, t, "")) {
            struct str key = obj_key(member);
            obj_put_copy(a, kept, arena_printf(a, ".%.*s", STR_ARG(key)), member);
        }
    }
    for (size_t i = 0; i < MANAGED; i++) {
        if (!m[i].want || m[i].have) continue;
        struct json *t = obj_append(a, box, ".taints");
        obj_put_cstr(a, t, ".key", m[i].key);
        obj_put_cstr(a, t, ".effect", m[i].effect);
        obj_put_time(a, t, ".timeAdded", now_s);
        changed = true;
    }
    return changed ? obj_edit(box, ".taints") : NULL;
}

/* ---- Zones ---- */

enum zone_state zone_state_of(int ready, int not_ready)
{
    if (!ready && not_ready > 0) return ZONE_FULL;
    bool most = not_ready * 100 >= ZONE_UNHEALTHY_PERCENT * (ready + not_ready);
    return not_ready > 2 && most ? ZONE_PARTIAL : ZONE_NORMAL;
}

int64_t zone_taint_every_ms(enum zone_state s, int nodes, bool all_full)
{
    if (all_full) return 0;
    if (s != ZONE_PARTIAL) return ZONE_TAINT_EVERY_MS;
    return nodes > ZONE_LARGE ? ZONE_TAINT_SLOW_MS : 0;
}

struct str node_zone(struct arena *a, const struct json *node)
{
    return str_printf(a, "%.*s:%.*s",
                      STR_ARG(obj_map_str(node, ".metadata.labels", STR("topology.kubernetes.io/region"))),
                      STR_ARG(obj_map_str(node, ".metadata.labels", STR("topology.kubernetes.io/zone"))));
}
