/* test_deployment_rolling.c - sizes of a rollout: worked examples, and random rollouts that must keep within their
 * limits and end complete. */
#include "base/rnd.h"
#include "check_main.h"
#include "controllers/deployment.h"

enum { SETS = 8, STEPS = 2 * SETS };

static struct roll_limits limits(int64_t replicas, int64_t surge, int64_t unavailable)
{
    return (struct roll_limits){.rolling = true, .replicas = replicas, .surge = surge, .unavailable = unavailable};
}

/* ---- Limits ---- */

START_TEST(percentages_are_rounded_in_favour_of_a_rollout)
{
    static const struct {
        const char *strategy;
        int64_t replicas, surge, unavailable;
    } rows[] = {
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}", 10, 3, 2},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}", 1, 1, 0},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":0,\"maxUnavailable\":\"25%\"}", 3, 0, 1},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"0%\",\"maxUnavailable\":\"1%\"}", 10, 0, 1},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":2,\"maxUnavailable\":20}", 10, 2, 10},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"100%\",\"maxUnavailable\":0}", 4, 4, 0},
        {"\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"}", 0, 0, 0},
        {"\"type\":\"Recreate\"", 10, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct roll_limits l;
        const char *text =
            arena_printf(&a, "{\"spec\":{\"replicas\":%d,\"strategy\":{%s}}}", (int)rows[i].replicas, rows[i].strategy);
        roll_limits_of(&l, json_parse(&a, str_of(text), &e));
        ck_assert_msg(l.surge == rows[i].surge && l.unavailable == rows[i].unavailable, "%s: surge %d, unavailable %d",
                      text, (int)l.surge, (int)l.unavailable);
    }
}
END_TEST

/* ---- The fresh set ---- */

START_TEST(the_fresh_set_grows_as_far_as_the_surge_allows)
{
    static const struct {
        int64_t replicas, surge, old, fresh, size;
    } rows[] = {
        {10, 0, 10, 0, 0}, /* no room before an old pod went */
        {10, 2, 10, 0, 2}, {10, 2, 5, 0, 7},   {10, 2, 10, 2, 2},
        {10, 2, 8, 2, 4},  {10, 2, 0, 12, 10}, /* too large: down at once */
        {10, 2, 2, 9, 10},                     /* never more than there should be */
        {0, 0, 3, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct roll_set sets[] = {{.wants = rows[i].old}, {.wants = rows[i].fresh}};
        const struct roll r = {
            .limits = limits(rows[i].replicas, rows[i].surge, 0), .sets = sets, .count = 2, .fresh = 1};
        ck_assert_int_eq(roll_fresh_size(&r, rows[i].fresh), rows[i].size);
    }
    const struct roll recreate = {.limits = {.replicas = 4}, .fresh = -1};
    ck_assert_int_eq(roll_fresh_size(&recreate, 0), 4);
}
END_TEST

/* ---- Old sets ---- */

START_TEST(old_sets_give_up_what_is_not_missed)
{
    static const struct {
        int64_t replicas, unavailable;
        struct {
            int64_t wants, available;
        } sets[3];       /* the last one is the fresh one */
        int64_t left[2]; /* of the old ones */
    } rows[] = {
        {10, 0, {{10, 10}, {0, 0}, {0, 0}}, {10, 0}}, /* nothing to spare */
        {10, 2, {{10, 10}, {0, 0}, {0, 0}}, {8, 0}},  /* as many as may be missing */
        {10, 2, {{10, 10}, {0, 0}, {2, 0}}, {8, 0}},  /* fresh ones that are not there yet do not count */
        {10, 2, {{8, 8}, {0, 0}, {4, 2}}, {6, 0}},    /* one for one */
        {10, 0, {{10, 10}, {0, 0}, {3, 3}}, {7, 0}},  /* the surge pays */
        {10, 2, {{10, 8}, {0, 0}, {0, 0}}, {8, 0}},   /* the unhealthy ones go, and none else */
        {10, 2, {{5, 3}, {5, 2}, {0, 0}}, {3, 5}},    /* unhealthy ones of the oldest set first */
        {10, 5, {{5, 3}, {5, 2}, {0, 0}}, {3, 2}},    /* then the others'; five are left, as few as may be */
        {10, 8, {{5, 3}, {5, 2}, {0, 0}}, {0, 2}},    /* then healthy ones, oldest set first */
        {10, 2, {{8, 10}, {0, 0}, {3, 3}}, {5, 0}},   /* it has not said yet that it shrank: 5 + 3 remain, not 3 + 3 */
        {10, 2, {{0, 0}, {0, 0}, {10, 4}}, {0, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct roll_set sets[3];
        struct roll_step steps[STEPS];
        const struct roll r = {
            .limits = limits(rows[i].replicas, 3, rows[i].unavailable), .sets = sets, .count = 3, .fresh = 2};
        for (int k = 0; k < 3; k++)
            sets[k] = (struct roll_set){.wants = rows[i].sets[k].wants, .available = rows[i].sets[k].available};
        int64_t left[3] = {sets[0].wants, sets[1].wants, sets[2].wants};
        size_t n = roll_shrink_old(&r, steps);
        for (size_t s = 0; s < n; s++) {
            ck_assert_int_lt(steps[s].size, left[steps[s].set]);
            left[steps[s].set] = steps[s].size;
        }
        ck_assert_msg(left[0] == rows[i].left[0] && left[1] == rows[i].left[1] && left[2] == sets[2].wants,
                      "row %zu: %d and %d", i, (int)left[0], (int)left[1]);
    }
}
END_TEST

/* ---- Proportions ---- */

START_TEST(a_new_number_is_spread_in_proportion)
{
    static const struct {
        int64_t before, surge_before, replicas, surge; /* of the Deployment */
        int64_t sizes[3];                              /* oldest first; the last one is the fresh one */
        int64_t want[3];
    } rows[] = {
        {10, 0, 20, 0, {0, 5, 5}, {0, 10, 10}},
        {10, 0, 5, 0, {0, 5, 5}, {0, 2, 3}},  /* of equal ones the older gives up more */
        {10, 0, 11, 0, {0, 5, 5}, {0, 5, 6}}, /* and the newer gets more */
        {10, 0, 20, 0, {2, 3, 5}, {4, 6, 10}},
        {10, 3, 15, 3, {0, 8, 5}, {0, 11, 7}}, /* 13 pods become 18 */
        {10, 0, 0, 0, {2, 3, 5}, {0, 0, 0}},
        {9, 0, 12, 0, {3, 3, 3}, {4, 4, 4}},
        {10, 0, 12, 0, {0, 10, 0}, {0, 12, 0}}, /* one set alone has pods: it takes them all */
        {10, 0, 12, 0, {0, 0, 0}, {0, 0, 12}},  /* none has: the fresh one */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct roll_set sets[3];
        struct roll_step steps[STEPS];
        const struct roll r = {
            .limits = limits(rows[i].replicas, rows[i].surge, 0), .sets = sets, .count = 3, .fresh = 2};
        for (int k = 0; k < 3; k++)
            sets[k] = (struct roll_set){.wants = rows[i].sizes[k],
                                        .desired_before = rows[i].before,
                                        .most_before = rows[i].before + rows[i].surge_before};
        bool any = rows[i].sizes[0] || rows[i].sizes[1] || rows[i].sizes[2];
        ck_assert_int_eq(roll_is_scaling(&r), any);
        size_t n = roll_scale(&r, steps);
        for (size_t s = 0; s < n; s++) sets[steps[s].set].wants = steps[s].size;
        for (int k = 0; k < 3; k++)
            ck_assert_msg(sets[k].wants == rows[i].want[k], "row %zu, set %d: %d", i, k, (int)sets[k].wants);
    }
}
END_TEST

START_TEST(a_saturated_fresh_set_ends_the_others)
{
    struct roll_set sets[] = {{.wants = 3, .desired_before = 5}, {.wants = 4, .available = 4, .desired_before = 4}};
    struct roll_step steps[STEPS];
    const struct roll r = {.limits = limits(4, 1, 1), .sets = sets, .count = 2, .fresh = 1};
    ck_assert_uint_eq(roll_scale(&r, steps), 1);
    ck_assert(steps[0].set == 0 && steps[0].size == 0);
    struct roll_set unknown[] = {{.wants = 3, .desired_before = -1}};
    ck_assert(!roll_is_scaling(&(struct roll){.limits = limits(4, 1, 1), .sets = unknown, .count = 1, .fresh = 0}));
}
END_TEST

START_TEST(recreate_does_not_scale_in_proportion)
{
    struct roll_set sets[] = {{.wants = 3, .desired_before = 5}, {.wants = 2, .desired_before = 5}};
    struct roll_step steps[STEPS];
    const struct roll r = {.limits = {.replicas = 9}, .sets = sets, .count = 2, .fresh = 1};
    ck_assert_uint_eq(roll_scale(&r, steps), 0);
}
END_TEST

/* ---- Random rollouts: sets and pods in memory; what the sets say of themselves comes late ---- */

struct world {
    struct rnd rnd;
    struct roll_limits l;
    struct roll_set sets[SETS];          /* what the controller sees */
    int64_t pods[SETS], available[SETS]; /* what there is */
    size_t count;
    int fresh;
};

static struct roll view(struct world *w)
{
    return (struct roll){.limits = w->l, .sets = w->sets, .count = w->count, .fresh = w->fresh};
}

static int64_t sum(const int64_t *n, size_t count)
{
    int64_t s = 0;
    for (size_t i = 0; i < count; i++) s += n[i];
    return s;
}

static void resize(struct world *w, size_t set, int64_t size)
{
    w->sets[set].wants = size;
    w->sets[set].desired_before = w->l.replicas;
    w->sets[set].most_before = w->l.replicas + w->l.surge;
}

/* The Deployment controller's turn. */
static void control(struct world *w)
{
    struct roll_step steps[STEPS];
    struct roll r = view(w);
    size_t n = 0;
    if (roll_is_scaling(&r)) {
        n = roll_scale(&r, steps);
    } else if (w->fresh < 0) {
        w->fresh = (int)w->count++;
        w->sets[w->fresh] = (struct roll_set){.desired_before = w->l.replicas};
        resize(w, (size_t)w->fresh, roll_fresh_size(&r, 0));
    } else if (roll_fresh_size(&r, w->sets[w->fresh].wants) != w->sets[w->fresh].wants) {
        resize(w, (size_t)w->fresh, roll_fresh_size(&r, w->sets[w->fresh].wants));
    } else {
        n = roll_shrink_old(&r, steps);
    }
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_ge(steps[i].size, 0);
        resize(w, steps[i].set, steps[i].size);
    }
}

/* A ReplicaSet's turn: pods come unavailable, unavailable ones go first; then it says what it has. */
static void replicate(struct world *w, size_t i)
{
    w->pods[i] = w->sets[i].wants;
    w->available[i] = MIN(w->available[i], w->pods[i]);
    w->sets[i].has = w->pods[i];
    w->sets[i].available = w->available[i];
}

static void get_ready(struct world *w, size_t i)
{
    if (w->available[i] < w->pods[i]) w->available[i]++;
}

static void finish(struct world *w)
{
    for (int round = 0; round < 400; round++) {
        control(w);
        for (size_t i = 0; i < w->count; i++) {
            replicate(w, i);
            get_ready(w, i);
        }
    }
    ck_assert_int_ge(w->fresh, 0);
    for (size_t i = 0; i < w->count; i++) {
        int64_t want = (int)i == w->fresh ? w->l.replicas : 0;
        ck_assert_msg(w->sets[i].wants == want && w->pods[i] == want && w->available[i] == want,
                      "set %zu of %zu: %d pods", i, w->count, (int)w->pods[i]);
    }
}

static void begin(struct world *w, uint64_t seed)
{
    *w = (struct world){.count = 1, .fresh = 0};
    rnd_stream(&w->rnd, seed);
    w->l = limits((int64_t)rnd_next_below(&w->rnd, 12), (int64_t)rnd_next_below(&w->rnd, 4),
                  (int64_t)rnd_next_below(&w->rnd, 4));
    if (!w->l.surge && !w->l.unavailable) w->l.unavailable = 1;
    w->l.unavailable = MIN(w->l.unavailable, w->l.replicas);
    resize(w, 0, w->l.replicas);
    w->pods[0] = w->available[0] = w->sets[0].has = w->sets[0].available = w->l.replicas;
}

START_TEST(random_rollouts_keep_within_their_limits)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct world w;
        begin(&w, seed);
        int64_t least = w.l.replicas - w.l.unavailable, most = w.l.replicas + w.l.surge;
        for (int step = 0; step < 120; step++) {
            size_t set = (size_t)rnd_next_below(&w.rnd, w.count);
            uint64_t what = rnd_next_below(&w.rnd, 20);
            if (what == 0 && w.count < SETS)
                w.fresh = -1; /* another template */
            else if (what < 7)
                control(&w);
            else if (what < 14)
                replicate(&w, set);
            else
                get_ready(&w, set);
            struct roll r = view(&w);
            ck_assert_msg(roll_wanted(&r) <= most, "seed %d step %d: more than %d", (int)seed, step, (int)most);
            ck_assert_msg(sum(w.available, w.count) >= least, "seed %d step %d: %d available, least %d", (int)seed,
                          step, (int)sum(w.available, w.count), (int)least);
        }
        finish(&w);
    }
}
END_TEST

START_TEST(random_scaling_in_between_ends_complete)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        struct world w;
        begin(&w, seed);
        for (int step = 0; step < 120; step++) {
            size_t set = (size_t)rnd_next_below(&w.rnd, w.count);
            uint64_t what = rnd_next_below(&w.rnd, 20);
            struct roll r = view(&w);
            int64_t before = roll_wanted(&r);
            if (what == 0 && w.count < SETS) {
                w.fresh = -1;
            } else if (what == 1) {
                w.l.replicas = (int64_t)rnd_next_below(&w.rnd, 15);
                w.l.unavailable = MIN(w.l.unavailable, w.l.replicas);
                if (!w.l.surge && !w.l.unavailable) w.l.unavailable = MIN(1, w.l.replicas);
            } else if (what < 7) {
                control(&w);
            } else if (what < 14) {
                replicate(&w, set);
            } else if (what == 19 && w.available[set]) {
                w.available[set]--; /* a pod fails */
            } else {
                get_ready(&w, set);
            }
            r = view(&w);
            ck_assert_msg(roll_wanted(&r) <= MAX(before, w.l.replicas + w.l.surge), "seed %d step %d", (int)seed, step);
        }
        finish(&w);
    }
}
END_TEST

TEST_MAIN("deployment_rolling", percentages_are_rounded_in_favour_of_a_rollout,
          the_fresh_set_grows_as_far_as_the_surge_allows, old_sets_give_up_what_is_not_missed,
          a_new_number_is_spread_in_proportion, a_saturated_fresh_set_ends_the_others,
          recreate_does_not_scale_in_proportion, random_rollouts_keep_within_their_limits,
          random_scaling_in_between_ends_complete)
