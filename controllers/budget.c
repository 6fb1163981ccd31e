/* budget.c - see budget.h. Reads: a budget, its pods.   Writes: trees in the caller's arena. */
#include "controllers/budget.h"

#include "controllers/limits.h"

/* ---- Bounds ---- */

static bool is_percent(const struct json *v) { return obj_text(v).n > 0; }

/* Of an intOrString: percentages of `of`, rounded up. */
static int64_t scaled(const struct json *v, int64_t of)
{
    struct str s = obj_text(v);
    int64_t n = 0;
    if (!s.n) return obj_number(v, 0);
    if (s.p[s.n - 1] == '%') s.n--;
    if (!str_to_i64(s, &n)) return 0;
    return (n * of + 99) / 100;
}

bool budget_needs_scale(const struct json *pdb)
{
    return obj_has(pdb, ".spec.maxUnavailable") || is_percent(obj_get(pdb, ".spec.minAvailable"));
}

void budget_desired(const struct json *pdb, struct budget *b)
{
    const struct json *max = obj_get(pdb, ".spec.maxUnavailable"), *min = obj_get(pdb, ".spec.minAvailable");
    if (max)
        b->desired = MAX(b->expected - scaled(max, b->expected), 0);
    else
        b->desired = min ? scaled(min, b->expected) : 0;
}

void budget_allowed(struct budget *b) { b->allowed = b->expected <= 0 ? 0 : MAX(b->healthy - b->desired, 0); }

/* ---- Pods ---- */

struct json *budget_disrupted(struct arena *a, const struct json *pdb, const struct objs *pods, int64_t now_s,
                              struct objs *late, int64_t *again_s)
{
    struct json *holder = obj_empty(a);
    *again_s = INT64_MAX;
    for (size_t i = 0; i < pods->count; i++) {
        const struct object *pod = pods->items[i];
        struct str since = obj_map_str(pdb, ".status.disruptedPods", pod->name);
        if (!since.n || obj_is_deleting(pod->root)) continue;
        int64_t until_s = obj_time_s(pdb, arena_printf(a, ".status.disruptedPods[%.*s]", STR_ARG(pod->name)), 0) +
                          PDB_DELETION_MS / 1000;
        if (until_s <= now_s) {
            objs_add(late, pod);
            continue;
        }
        *again_s = MIN(*again_s, until_s);
        obj_map_put_str(a, holder, ".pods", pod->name, since);
    }
    return obj_edit(holder, ".pods");
}

int64_t budget_healthy(const struct objs *pods, const struct json *disrupted)
{
    int64_t n = 0;
    for (size_t i = 0; i < pods->count; i++) {
        const struct object *pod = pods->items[i];
        if (obj_is_deleting(pod->root) || !str_is_null(obj_map_str(disrupted, "", pod->name))) continue;
        n += obj_condition_true(pod->root, "Ready");
    }
    return n;
}

/* ---- Status ---- */

static void put_condition(struct arena *a, struct json *whole, const char *status, const char *reason,
                          const char *message, int64_t now_s)
{
    obj_set_condition(a, whole, "DisruptionAllowed", status, reason, str_of(message), now_s);
    struct json *c = (struct json *)(uintptr_t)obj_condition(whole, "DisruptionAllowed"); /* in our own tree */
    obj_put_int(a, c, ".observedGeneration", obj_int(whole, ".status.observedGeneration", 0));
}

struct json *budget_status(struct arena *a, const struct json *pdb, const struct budget *b,
                           const struct json *disrupted, const char *failed, int64_t now_s)
{
    struct json *whole = obj_empty(a);
    obj_put_copy(a, whole, ".status", obj_get(pdb, ".status"));
    if (failed) { /* the numbers stay, but nothing may go */
        obj_put_int(a, whole, ".status.disruptionsAllowed", 0);
        put_condition(a, whole, "False", "SyncFailed", failed, now_s);
        return obj_edit(whole, ".status");
    }
    const struct {
        const char *path;
        int64_t value;
    } counts[] = {{".status.observedGeneration", obj_int(pdb, ".metadata.generation", 0)},
                  {".status.disruptionsAllowed", b->allowed},
                  {".status.currentHealthy", b->healthy},
                  {".status.desiredHealthy", b->desired},
                  {".status.expectedPods", b->expected}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) obj_put_int(a, whole, counts[i].path, counts[i].value);
    obj_del(whole, ".status.disruptedPods");
    obj_put_copy(a, whole, ".status.disruptedPods", disrupted);
    put_condition(a, whole, b->allowed > 0 ? "True" : "False", b->allowed > 0 ? "SufficientPods" : "InsufficientPods",
                  "", now_s);
    return obj_edit(whole, ".status");
}
