/* test_statefulset_plan.c - what is done for a StatefulSet, given its pods: states worked by hand, and random walks on
 * which the promises of StatefulSets must hold. */
#include "base/clk.h"
#include "base/rnd.h"
#include "controllers/statefulset.h"
#include "sets_support.h"

/* Pods are written ORDINAL STATE REVISION, "3At" + 'o'ld or 'n'ew: "0Ao" "1Pn"; a 't' at the end: terminating. */
static void read_pods(struct arena *a, const char *text, struct objs *pods)
{
    char word[32];
    while (next_word(&text, word)) {
        char *rest;
        long ordinal = strtol(word, &rest, 10);
        struct json *pod = obj_new(a, "v1", "Pod");
        obj_put_fmt(a, pod, ".metadata.name", "s-%ld", ordinal);
        obj_put_fmt(a, pod, ".metadata.uid", "u-%ld", ordinal);
        put_state(a, pod, rest[0]);
        obj_put_cstr(a, pod, ".metadata.labels.controller-revision-hash", rest[1] == 'o' ? "old" : "new");
        if (rest[2] == 't') put_terminating(a, pod);
        add_object(pods, pod);
    }
}

static const char *plan_text(struct arena *a, const struct set_plan *plan)
{
    static const char *const verbs[] = {
        [SET_CREATE] = "create", [SET_DELETE] = "delete", [SET_CLAIMS] = "claims", [SET_KEEP] = "keep"};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    for (size_t i = 0; i < plan->count; i++) {
        const struct set_step *s = &plan->steps[i];
        if (s->verb == SET_SETTLE) continue; /* of every pod that is well */
        buf_addf(&b, "%s%s %lld", b.n ? ", " : "", verbs[s->verb], (long long)s->ordinal);
        if (s->verb == SET_CREATE) buf_char(&b, s->updated ? 'n' : 'o');
    }
    return str_cstr(a, buf_view(&b));
}

#define SET(spec)   "{\"metadata\":{\"name\":\"s\",\"uid\":\"U\"},\"spec\":{" spec "},\"status\":{\"currentReplicas\":1}}"
#define ROLLING(p)  ",\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"partition\":" p "}}"
#define ORDERED(n)  SET("\"replicas\":" n ",\"podManagementPolicy\":\"OrderedReady\"" ROLLING("0"))
#define PARALLEL(n) SET("\"replicas\":" n ",\"podManagementPolicy\":\"Parallel\"" ROLLING("0"))
#define PART(n, p)  SET("\"replicas\":" n ROLLING(p))
#define ONDELETE(n) SET("\"replicas\":" n ",\"updateStrategy\":{\"type\":\"OnDelete\"}")

static const struct {
    const char *what, *set, *pods, *steps;
} rows[] = {
    {"nothing wanted", ORDERED("0"), "", ""},
    {"the first", ORDERED("3"), "", "create 0n"},
    {"not before the first is ready", ORDERED("3"), "0Un", ""},
    {"a pending pod may lack claims", ORDERED("3"), "0Pn", "claims 0"},
    {"the second", ORDERED("3"), "0An", "create 1n"},
    {"a gap is filled first", ORDERED("3"), "0An 2An", "create 1n"},
    {"all there", ORDERED("3"), "0An 1An 2An", ""},
    {"all at once", PARALLEL("3"), "", "create 0n, create 1n, create 2n"},
    {"Parallel does not wait", PARALLEL("3"), "0Un 2Pn", "create 1n, claims 2"},
    {"from the top", ORDERED("1"), "0An 1An 2An", "keep 2, keep 1, delete 2"},
    {"one at a time", ORDERED("1"), "0An 1An 2Ant", "keep 2, keep 1"},
    {"Parallel: all that is too much", PARALLEL("1"), "0An 1An 2Ant", "keep 2, keep 1, delete 1"},
    {"no scaling down past one that is not well", ORDERED("2"), "0Un 1An 2An", ""},
    {"what is not well goes first, in its turn", ORDERED("1"), "0An 1An 2Un", "keep 2, keep 1, delete 2"},
    {"the top waits for a lower one that is not well", ORDERED("1"), "0An 1Un 2Un", "keep 2, keep 1"},
    {"a failed pod is made anew", ORDERED("2"), "0Fn 1An", "delete 0"},
    {"a succeeded one too", ORDERED("2"), "0Sn 1An", "delete 0"},
    {"it goes already", ORDERED("2"), "0Fnt 1An", ""},
    {"Parallel goes on beside it", PARALLEL("2"), "0Fn", "delete 0, create 1n"},
    {"the highest old one goes", ORDERED("3"), "0Ao 1Ao 2Ao", "delete 2"},
    {"then it is made new", ORDERED("3"), "0Ao 1Ao", "create 2n"},
    {"it must be ready first", ORDERED("3"), "0Ao 1Ao 2Un", ""},
    {"then the next", ORDERED("3"), "0Ao 1Ao 2An", "delete 1"},
    {"one by one in Parallel too", PARALLEL("3"), "0Ao 1Ao 2Un", ""},
    {"an old one that is not well holds the update up", ORDERED("2"), "0Uo 1Ao", ""},
    {"not so in Parallel", PARALLEL("2"), "0Uo 1Ao", "delete 1"},
    {"Parallel: the old one that is not well is replaced", PARALLEL("2"), "0Ao 1Uo", "delete 1"},
    {"the partition", PART("3", "2"), "0Ao 1Ao 2Ao", "delete 2"},
    {"below it nothing changes", PART("3", "2"), "0Ao 1Ao 2An", ""},
    {"below it what dies comes back old", PART("3", "2"), "0Ao 2An", "create 1o"},
    {"above it new", PART("3", "2"), "0Ao 1Ao", "create 2n"},
    {"a partition beyond all", PART("2", "9"), "0Ao 1Ao", ""},
    {"without parameters as many old ones as there were",
     SET("\"replicas\":2,\"updateStrategy\":{\"type\":\"RollingUpdate\"}"), "", "create 0o"},
    {"and new ones above", SET("\"replicas\":2,\"updateStrategy\":{\"type\":\"RollingUpdate\"}"), "0Ao", "create 1n"},
    {"OnDelete leaves old ones", ONDELETE("2"), "0Ao 1Ao", ""},
    {"and makes new ones", ONDELETE("2"), "0Ao", "create 1n"},
    {"numbers from five", SET("\"replicas\":2,\"ordinals\":{\"start\":5}" ROLLING("0")), "", "create 5n"},
    {"a new start moves the set", SET("\"replicas\":2,\"ordinals\":{\"start\":1}" ROLLING("0")), "0An 1An 2An",
     "keep 0, delete 0"},
    {"partitions count from the start", SET("\"replicas\":2,\"ordinals\":{\"start\":5}" ROLLING("1")), "5Ao 6Ao",
     "delete 6"},
    {"ready, but not for long enough: its successor waits",
     SET("\"replicas\":2,\"minReadySeconds\":2000000000" ROLLING("0")), "0An", ""},
};

static void plan_of(struct arena *a, const char *set_text, const char *pods_text, struct set_plan *plan)
{
    struct objs pods AUTO_OBJS = {0};
    const struct object *set AUTO_OBJ = object_from(set_text);
    read_pods(a, pods_text, &pods);
    statefulset_plan(a, set, &pods, STR("old"), STR("new"), plan);
}

START_TEST(by_hand)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct set_plan plan;
        plan_of(&a, rows[i].set, rows[i].pods, &plan);
        const char *steps = plan_text(&a, &plan);
        ck_assert_msg(strcmp(steps, rows[i].steps) == 0, "%s: \"%s\" is not \"%s\"", rows[i].what, steps,
                      rows[i].steps);
    }
}
END_TEST

START_TEST(a_set_that_goes_does_nothing)
{
    struct arena a AUTO_ARENA = {0};
    struct set_plan plan;
    plan_of(&a,
            "{\"metadata\":{\"name\":\"s\",\"deletionTimestamp\":\"2020-01-01T00:00:00Z\"},\"spec\":{\"replicas\":3}}",
            "0Fn 7An", &plan);
    ck_assert_uint_eq(plan.count, 0);
    ck_assert_int_eq(plan.counts.replicas, 2);
}
END_TEST

START_TEST(counts)
{
    struct arena a AUTO_ARENA = {0};
    struct set_plan plan;
    plan_of(&a, ORDERED("3"), "0Ao 1Uo 2An 3Ant 4Fo", &plan);
    const struct set_counts *n = &plan.counts;
    ck_assert_int_eq(n->replicas, 5);
    ck_assert_int_eq(n->ready, 3);
    ck_assert_int_eq(n->available, 3);
    ck_assert_int_eq(n->current, 3); /* 0, 1, 4 */
    ck_assert_int_eq(n->updated, 1); /* 2: one that goes no longer counts */
    plan_of(&a, ORDERED("2"), "0Ao 1Ao", &plan);
    ck_assert_int_eq(plan.counts.current, 1); /* the one that goes now */
}
END_TEST

START_TEST(a_huge_number_costs_nothing)
{
    struct arena a AUTO_ARENA = {0};
    struct set_plan plan;
    plan_of(&a, PARALLEL("2000000000"), "1An 1999999999An 2000000000An", &plan);
    size_t creates = 0;
    for (size_t i = 0; i < plan.count; i++) creates += plan.steps[i].verb == SET_CREATE;
    ck_assert_uint_ge(creates, 500);
    ck_assert_uint_lt(creates, 510);
    ck_assert_int_eq(plan.counts.replicas, 3);
}
END_TEST

START_TEST(completion)
{
    const struct object *set AUTO_OBJ = object_from(ORDERED("2"));
    const struct object *on_delete AUTO_OBJ = object_from(ONDELETE("2"));
    const struct set_counts all = {.replicas = 2, .ready = 2, .updated = 2}, one_old = {2, 2, 2, 1, 1},
                            one_less = {1, 1, 1, 0, 1};
    ck_assert(statefulset_is_complete(set, &all));
    ck_assert(!statefulset_is_complete(on_delete, &all));
    ck_assert(!statefulset_is_complete(set, &one_old));
    ck_assert(!statefulset_is_complete(set, &one_less));
}
END_TEST

/* ---- Random walks ---- */

enum { ORDINALS = 8, WALKS = 60, STEPS = 150 };

struct model {            /* a cluster of one set */
    char state[ORDINALS]; /* 0: no pod; else as above */
    bool old[ORDINALS], going[ORDINALS];
    int replicas, partition;
    bool ordered;
};

static const char *model_pods(struct arena *a, const struct model *m)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    for (int i = 0; i < ORDINALS; i++)
        if (m->state[i]) buf_addf(&b, "%d%c%c%s ", i, m->state[i], m->old[i] ? 'o' : 'n', m->going[i] ? "t" : "");
    return str_cstr(a, buf_view(&b));
}

static int going(const struct model *m)
{
    int n = 0;
    for (int i = 0; i < ORDINALS; i++) n += m->state[i] && m->going[i];
    return n;
}

static bool is_well(const struct model *m, int i) { return m->state[i] == 'A' && !m->going[i]; }

/* What kubelets and users do: pods come up, fail, fall ill, end; the set is scaled and gets a new template. */
static void shake(struct model *m)
{
    int i = (int)rnd_below(ORDINALS);
    switch (rnd_below(10)) {
    case 0: m->replicas = (int)rnd_below(ORDINALS); return;
    case 1: m->partition = (int)rnd_below(ORDINALS); return;
    case 2:
        for (int k = 0; k < ORDINALS; k++) m->old[k] = true;
        return;
    case 3:
        if (m->state[i] && !m->going[i]) m->state[i] = "UFS"[rnd_below(3)];
        return;
    default:
        if (m->going[i])
            m->state[i] = 0, m->going[i] = false;
        else if (m->state[i] == 'P' || m->state[i] == 'U')
            m->state[i] = 'A';
    }
}

static void check_create(const struct model *m, const struct set_step *s)
{
    ck_assert_int_lt(s->ordinal, m->replicas);
    ck_assert(!m->state[s->ordinal]);
    ck_assert(s->updated == (s->ordinal >= m->partition));
    for (int i = 0; m->ordered && i < s->ordinal; i++) ck_assert(is_well(m, i));
}

/* Deletes of pods that were well: scaling down from the top, or one update at a time, above the partition. */
static void check_delete(const struct model *m, const struct set_step *s)
{
    int i = (int)s->ordinal;
    ck_assert(m->state[i] && !m->going[i]);
    if (m->state[i] == 'F' || m->state[i] == 'S') return;
    if (i < m->replicas) { /* an update */
        ck_assert(m->old[i]);
        ck_assert_int_ge(i, m->partition);
        for (int k = i + 1; k < m->replicas; k++) ck_assert(is_well(m, k) && !m->old[k]);
        if (m->ordered) ck_assert_int_eq(going(m), 0);
    } else if (m->ordered) {
        for (int k = 0; k < m->replicas; k++) ck_assert(is_well(m, k));
        for (int k = i + 1; k < ORDINALS; k++) ck_assert(!m->state[k]);
    }
}

static void take(struct model *m, const struct set_plan *plan)
{
    for (size_t n = 0; n < plan->count; n++) {
        const struct set_step *s = &plan->steps[n];
        if (s->verb == SET_CREATE) {
            check_create(m, s);
            m->state[s->ordinal] = 'P';
            m->old[s->ordinal] = !s->updated;
        } else if (s->verb == SET_DELETE) {
            check_delete(m, s);
            m->going[s->ordinal] = true;
        }
    }
}

static void reconcile(struct model *m)
{
    struct arena a AUTO_ARENA = {0};
    struct set_plan plan;
    plan_of(&a,
            arena_printf(&a,
                         "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"replicas\":%d,\"podManagementPolicy\":\"%s\""
                         ",\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"partition\":%d}}}}",
                         m->replicas, m->ordered ? "OrderedReady" : "Parallel", m->partition),
            model_pods(&a, m), &plan);
    take(m, &plan);
}

/* Left alone, pods come up and end, and the set arrives. */
static void settle(struct model *m)
{
    for (int round = 0; round < 20 * ORDINALS; round++) {
        reconcile(m);
        for (int i = 0; i < ORDINALS; i++) {
            if (m->going[i])
                m->state[i] = 0, m->going[i] = false;
            else if (m->state[i] == 'P' || m->state[i] == 'U')
                m->state[i] = 'A';
        }
    }
    for (int i = 0; i < ORDINALS; i++) {
        ck_assert_int_eq(m->state[i] == 'A', i < m->replicas);
        ck_assert(!m->state[i] || !m->old[i] || i < m->partition);
    }
}

START_TEST(promises_hold_on_random_walks)
{
    for (int walk = 0; walk < WALKS; walk++) {
        struct model m = {.replicas = 3, .ordered = walk % 2 == 0};
        rnd_seed((uint64_t)walk + 1);
        for (int step = 0; step < STEPS; step++) {
            shake(&m);
            if (rnd_below(2)) reconcile(&m);
        }
        settle(&m);
    }
}
END_TEST

TEST_MAIN("statefulset_plan", by_hand, a_set_that_goes_does_nothing, counts, a_huge_number_costs_nothing, completion,
          promises_hold_on_random_walks)
