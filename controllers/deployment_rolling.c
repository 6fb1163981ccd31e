/* deployment_rolling.c - how many pods each ReplicaSet of a Deployment should have
 * (pkg/controller/deployment/rolling.go, sync.go; the sums in util/deployment_util.go).
 * Reads: struct roll.   Writes: steps. */
#include "controllers/deployment.h"

#include <stdlib.h>

static int64_t annotation(const struct object *rs, struct str key)
{
    int64_t n;
    return str_to_i64(obj_map_str(rs->root, ".metadata.annotations", key), &n) ? n : -1;
}

void roll_set_of(struct roll_set *s, const struct object *rs)
{
    *s = (struct roll_set){
        .name = rs->name,
        .wants = obj_int(rs->root, ".spec.replicas", 1),
        .has = obj_int(rs->root, ".status.replicas", 0),
        .ready = obj_int(rs->root, ".status.readyReplicas", 0),
        .available = obj_int(rs->root, ".status.availableReplicas", 0),
        .terminating = obj_int(rs->root, ".status.terminatingReplicas", -1),
        .desired_before = annotation(rs, STR("deployment.kubernetes.io/desired-replicas")),
        .most_before = annotation(rs, STR("deployment.kubernetes.io/max-replicas")),
    };
}

/* ---- Limits ---- */

/* An int-or-percent of `total` pods (intstr.GetScaledValueFromIntOrPercent). */
static int64_t scaled(const struct json *value, int64_t total, bool up)
{
    struct str text = obj_text(value);
    int64_t percent = 0;
    if (str_is_null(text)) return obj_number(value, 0);
    if (!text.n || !str_to_i64(str_n(text.p, text.n - 1), &percent)) return 0;
    percent = MIN(MAX(percent, 0), INT32_MAX); /* their product fits */
    return (percent * total + (up ? 99 : 0)) / 100;
}

/* A rollout that may neither add nor miss a pod could not begin: it may then miss one. */
void roll_limits_of(struct roll_limits *l, const struct json *deployment)
{
    const struct json *rolling = obj_get(deployment, ".spec.strategy.rollingUpdate");
    *l = (struct roll_limits){.rolling = !obj_is(deployment, ".spec.strategy.type", "Recreate"),
                              .replicas = obj_int(deployment, ".spec.replicas", 1)};
    if (!l->rolling) return;
    l->surge = scaled(obj_get(rolling, ".maxSurge"), l->replicas, true);
    l->unavailable = scaled(obj_get(rolling, ".maxUnavailable"), l->replicas, false);
    if (!l->surge && !l->unavailable) l->unavailable = 1;
    l->unavailable = MIN(l->unavailable, l->replicas);
}

/* ---- Sums ---- */

int64_t roll_wanted(const struct roll *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->count; i++) sum += r->sets[i].wants;
    return sum;
}

int64_t roll_available(const struct roll *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->count; i++) sum += r->sets[i].available;
    return sum;
}

static bool is_old(const struct roll *r, size_t i) { return (int)i != r->fresh; }

/* ---- Rolling ---- */

int64_t roll_fresh_size(const struct roll *r, int64_t fresh_wants)
{
    const struct roll_limits *l = &r->limits;
    if (!l->rolling || fresh_wants >= l->replicas) return l->replicas;
    int64_t room = l->replicas + l->surge - roll_wanted(r);
    if (room <= 0) return fresh_wants;
    return fresh_wants + MIN(room, l->replicas - fresh_wants);
}

/* Pods of old sets that are not available: to give them up costs nothing. Returns the steps; lowers sizes and *most. */
static size_t shrink_unhealthy(const struct roll *r, int64_t *most, int64_t *sizes, struct roll_step *steps)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++) {
        int64_t unhealthy = MIN(*most, sizes[i] - r->sets[i].available);
        if (!is_old(r, i) || unhealthy <= 0) continue;
        sizes[i] -= unhealthy;
        *most -= unhealthy;
        steps[n++] = (struct roll_step){i, sizes[i]};
    }
    return n;
}

static size_t shrink_healthy(const struct roll *r, int64_t most, int64_t *sizes, struct roll_step *steps)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count && most > 0; i++) {
        int64_t fewer = MIN(most, sizes[i]);
        if (!is_old(r, i) || fewer <= 0) continue;
        sizes[i] -= fewer;
        most -= fewer;
        steps[n++] = (struct roll_step){i, sizes[i]};
    }
    return n;
}

size_t roll_shrink_old(const struct roll *r, struct roll_step *steps)
{
    const struct roll_set *fresh = &r->sets[r->fresh];
    int64_t least = r->limits.replicas - r->limits.unavailable;
    /* Fresh pods that are not there yet must not be counted on. */
    int64_t surplus = roll_wanted(r) - least - (fresh->wants - fresh->available);
    if (surplus <= 0) return 0;
    int64_t *sizes = xcalloc(r->count, sizeof *sizes);
    for (size_t i = 0; i < r->count; i++) sizes[i] = r->sets[i].wants;
    size_t n = shrink_unhealthy(r, &surplus, sizes, steps);
    /* The rest of the surplus is just that, unless a set has not said yet that it shrank: then it is the truth. */
    n += shrink_healthy(r, MIN(surplus, roll_available(r) - least), sizes, steps + n);
    free(sizes);
    return n;
}

/* ---- Scaling in proportion ---- */

bool roll_is_scaling(const struct roll *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct roll_set *s = &r->sets[i];
        if (s->wants > 0 && s->desired_before >= 0 && s->desired_before != r->limits.replicas) return true;
    }
    return false;
}

static bool is_saturated(const struct roll *r)
{
    const struct roll_set *s = r->fresh < 0 ? NULL : &r->sets[r->fresh];
    int64_t n = r->limits.replicas;
    return s && s->desired_before == n && s->wants == n && s->available == n;
}

/* The set that alone has pods, or the newest when none has; -1: several have, or there is no set. */
static int active_or_latest(const struct roll *r)
{
    int active = -1, newest = r->fresh;
    for (size_t i = 0; i < r->count; i++) {
        if (r->sets[i].wants == 0) continue;
        if (active >= 0) return -1;
        active = (int)i;
    }
    if (active >= 0) return active;
    return newest >= 0 ? newest : (int)r->count - 1;
}

/* By how much a set would grow or shrink if it kept its share. */
static int64_t share_of(const struct roll *r, const struct roll_set *s)
{
    const struct roll_limits *l = &r->limits;
    if (l->replicas == 0) return -s->wants;
    int64_t before = s->most_before > 0 ? s->most_before : r->status_before;
    if (before <= 0) return 0;
    /* half away from zero; all of it is positive */
    return (2 * s->wants * (l->replicas + l->surge) + before) / (2 * before) - s->wants;
}

struct ranked {
    const struct roll *r;
    size_t set;
    bool newer_first;
};

/* Larger sets first; of equal ones newer first when there is something to give, older first when to take. */
static int compare(const void *x, const void *y)
{
    const struct ranked *p = x, *q = y;
    const struct roll_set *a = &p->r->sets[p->set], *b = &q->r->sets[q->set];
    if (a->wants != b->wants) return a->wants > b->wants ? -1 : 1;
    int by_age = p->set < q->set ? -1 : 1; /* sets are in order of age */
    return p->newer_first ? -by_age : by_age;
}

static size_t scale_in_proportion(const struct roll *r, struct roll_step *steps)
{
    const struct roll_limits *l = &r->limits;
    struct ranked *ranks = xcalloc(r->count, sizeof *ranks);
    int64_t add = (l->replicas ? l->replicas + l->surge : 0) - roll_wanted(r), added = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->sets[i].wants > 0) ranks[n++] = (struct ranked){r, i, add > 0};
    qsort(ranks, n, sizeof *ranks, compare);
    for (size_t i = 0; i < n; i++) {
        const struct roll_set *s = &r->sets[ranks[i].set];
        int64_t rest = add - added, share = rest ? share_of(r, s) : 0;
        share = add > 0 ? MIN(share, rest) : MAX(share, rest);
        steps[i] = (struct roll_step){ranks[i].set, s->wants + share};
        added += share;
    }
    if (n) steps[0].size = MAX(0, steps[0].size + add - added); /* what rounding left over */
    free(ranks);
    return n;
}

size_t roll_scale(const struct roll *r, struct roll_step *steps)
{
    int only = active_or_latest(r);
    size_t n = 0;
    if (only >= 0) {
        steps[0] = (struct roll_step){(size_t)only, r->limits.replicas};
        return 1;
    }
    if (is_saturated(r)) {
        for (size_t i = 0; i < r->count; i++)
            if (is_old(r, i) && r->sets[i].wants > 0) steps[n++] = (struct roll_step){i, 0};
        return n;
    }
    return r->limits.rolling && r->count ? scale_in_proportion(r, steps) : 0;
}
