/* test_runs.c - whole runs under random clusters: after every cycle each of its verdicts is compared with what the
 * rules (check_run.h) say of the world as it was then, so that no placement breaks a hard rule and no node that would
 * do is refused. Nodes, pods, claims and volumes come, change and go in between, or from a second thread at the same
 * time. KUBESTEP_SEED=n: that run alone, as a failure names it. KUBESTEP_RUNS=n: so many. */
#include "check_main.h"
#include "check_run.h"
#include "random_object.h"
#include "scheduler/cycle.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#if defined(__SANITIZE_THREAD__)
enum { RUNS = 50, LARGE_RUNS = 1, RUNS_AT_ONCE = 25 };
#elif defined(__SANITIZE_ADDRESS__)
enum { RUNS = 300, LARGE_RUNS = 3, RUNS_AT_ONCE = 60 };
#else
enum { RUNS = 3000, LARGE_RUNS = 10, RUNS_AT_ONCE = 600 };
#endif
enum { NODES = 8, CYCLES = 14, FOREIGN = 100000 /* numbers of pods that others placed, or that wait for a node */ };

struct step { /* one change of the world */
    const struct object *object;
    bool gone;
    bool nominated;           /* the pod is only to come there */
    char node[NODE_NAME_MAX]; /* of a pod */
};

struct seen { /* the world, and pods that are nominated to nodes */
    struct world world, nominated;
};

struct run {
    uint64_t seed;
    int nodes; /* how many there may be */
    struct profile *profile;
    struct cache *cache;
    pthread_mutex_t lock; /* what follows, and the order of changes of the cache */
    struct seen live;
    struct step *steps;
    int nsteps, csteps;
    int foreign;
    /* Of the thread that schedules. */
    struct seen seen; /* as it was after so many steps */
    int nseen, cycles, start;
    struct rnd rnd, choice;
    int *placed;
    _Atomic bool over;
};

/* ---- Changes, under the run's lock ---- */

static void take(struct seen *seen, const struct step *s)
{
    bool is_pod = str_eqc(s->object->kind, "Pod");
    if (is_pod) world_drop(&seen->nominated, s->object);
    if (s->nominated)
        world_put(&seen->nominated, s->object, s->node);
    else if (s->gone)
        world_drop(&seen->world, s->object);
    else
        world_put(&seen->world, s->object, s->node);
}

static void add_step(struct run *r, const struct step *made)
{
    if (r->nsteps == r->csteps) {
        r->csteps = r->csteps ? 2 * r->csteps : 64;
        r->steps = xreallocarray(r->steps, (size_t)r->csteps, sizeof *r->steps);
    }
    struct step *s = &r->steps[r->nsteps++];
    *s = *made;
    object_ref(s->object);
    take(&r->live, s);
}

static void note(struct run *r, const struct object *o, bool gone, const char *node)
{
    struct step s = {.object = o, .gone = gone};
    snprintf(s.node, sizeof s.node, "%s", node);
    add_step(r, &s);
}

static void put_node(struct run *r, const struct object *o)
{
    cache_set_node(r->cache, o, NULL, NULL);
    note(r, o, false, "");
}

static void put_listed(struct run *r, enum listed kind, const struct object *o)
{
    listers_put(cache_listers(r->cache), kind, o);
    note(r, o, false, "");
}

static void put_bound(struct run *r, const struct object *pod)
{
    AUTO_FREE char *node = str_dup(obj_str(pod->root, ".spec.nodeName"));
    struct pod_info *p = pod_info_new(pod, false);
    pod_info_unref(cache_set_pod(r->cache, p));
    pod_info_unref(p);
    note(r, pod, false, node);
}

static bool is_bound(const struct world_pod *p) { return obj_has(p->object->root, ".spec.nodeName"); }

static void change_pod(struct run *r, struct rnd *rnd)
{
    if (!r->live.world.npods) return;
    const struct world_pod *p = &r->live.world.pods[below(rnd, r->live.world.npods)];
    const struct object *was AUTO_OBJ = object_ref(p->object);
    int what = below(rnd, 100);
    if (what < 40) {
        if (is_bound(p) || what < 20)
            pod_info_unref(cache_remove_pod(r->cache, was->uid));
        else
            cache_forget(r->cache, was->uid);
        note(r, was, true, "");
    } else { /* an assumed one was written */
        const struct object *now AUTO_OBJ = is_bound(p) ? random_change(rnd, was) : pod_on(was, p->node);
        put_bound(r, now);
    }
}

static void change_node(struct run *r, struct rnd *rnd)
{
    const struct object *o AUTO_OBJ = random_node(rnd, below(rnd, r->nodes));
    if (chance(rnd, 75)) {
        put_node(r, o);
        return;
    }
    cache_remove_node(r->cache, o->name, NULL, NULL);
    note(r, o, true, "");
}

static void place_by_others(struct run *r, struct rnd *rnd)
{
    const struct object *p AUTO_OBJ = random_pod(rnd, FOREIGN + r->foreign++);
    AUTO_FREE char *node = xasprintf("n%d", below(rnd, r->nodes + 1));
    const struct object *bound AUTO_OBJ = pod_on(p, node);
    put_bound(r, bound);
}

/* A pod that waits for room on a node, with an earlier one, or none, given up. */
static void nominate(struct run *r, struct rnd *rnd)
{
    if (r->live.nominated.npods && chance(rnd, 50)) {
        const struct object *o AUTO_OBJ = object_ref(r->live.nominated.pods[0].object);
        pod_info_unref(cache_remove_pod(r->cache, o->uid));
        note(r, o, true, "");
        return;
    }
    struct step s = {.nominated = true};
    const struct object *o AUTO_OBJ = random_pod(rnd, FOREIGN + r->foreign++);
    /* Upstream takes its claims for those of every namespace, and need not look at whom it does not want. */
    if (obj_has(o->root, ".spec.volumes") || obj_has(o->root, ".spec.affinity.podAntiAffinity")) return;
    snprintf(s.node, sizeof s.node, "n%d", below(rnd, r->nodes));
    struct pod_info *p = pod_info_new(o, true);
    const struct sym *node = sym_get(str_of(s.node));
    cache_nominate(r->cache, p, node);
    sym_unref(node);
    pod_info_unref(p);
    s.object = o;
    add_step(r, &s);
}

static void change_listed(struct run *r, struct rnd *rnd)
{
    int ns = below(rnd, 2), number = below(rnd, CLAIMS), what = below(rnd, 5);
    const struct object *o AUTO_OBJ = what == 0  ? random_namespace(rnd, ns)
                                      : what < 3 ? random_claim(rnd, ns, number)
                                                 : random_volume(rnd, ns, number);
    enum listed kind = what == 0 ? LIST_NAMESPACE : what < 3 ? LIST_CLAIM : LIST_VOLUME;
    if (what == 0 || chance(rnd, 80)) {
        put_listed(r, kind, o);
        return;
    }
    listers_remove(cache_listers(r->cache), kind, o);
    note(r, o, true, "");
}

static void change(struct run *r, struct rnd *rnd)
{
    int what = below(rnd, 100);
    pthread_mutex_lock(&r->lock);
    if (what < 60)
        change_pod(r, rnd);
    else if (what < 80)
        change_node(r, rnd);
    else if (what < 86)
        place_by_others(r, rnd);
    else if (what < 90)
        nominate(r, rnd);
    else
        change_listed(r, rnd);
    pthread_mutex_unlock(&r->lock);
}

/* ---- Comparing ---- */

static const struct node_verdict *verdict_of(const struct cycle *cy, struct str node)
{
    for (int i = 0; i < cy->evaluated; i++)
        if (str_eq(cycle_node_at(cy, i), node)) return &cy->verdicts[i];
    return NULL;
}

/* With the pods that are to come to the node and are not less important; and, for they may never come, without them. */
static const char *refusal_of(const struct seen *seen, const struct json *pod, const struct object *node)
{
    struct world with = {0};
    const struct world *now = &seen->world, *coming = &seen->nominated;
    const char *why = world_refusal(now, pod, node->root);
    int counted = 0;
    for (int i = 0; i < coming->npods && !why; i++) {
        const struct world_pod *p = &coming->pods[i];
        if (!str_eqc(node->name, p->node) ||
            obj_int(p->object->root, ".spec.priority", 0) < obj_int(pod, ".spec.priority", 0))
            continue;
        if (!counted++) world_copy(&with, now);
        world_put(&with, p->object, p->node);
    }
    if (counted) why = world_refusal(&with, pod, node->root);
    world_release(&with);
    return why;
}

/* What a cycle found is what the rules say. Else *why, in the arena. */
static bool agree(const struct seen *seen, const struct cycle *cy, const struct object *pod, struct arena *a,
                  const char **why)
{
    const struct world *w = &seen->world;
    *why = "it failed";
    if (cy->error) return false;
    *why = "another number of nodes";
    if ((size_t)cy->all_nodes != w->nodes.count) return false;
    for (size_t i = 0; i < w->nodes.count; i++) {
        const struct object *n = w->nodes.items[i];
        const struct node_verdict *v = verdict_of(cy, n->name);
        const char *refusal = refusal_of(seen, pod->root, n);
        if (!v && cy->feasible >= MIN_FEASIBLE_NODES) continue; /* enough were found before */
        if ((v && v->verdict == V_OK) == !refusal) continue;
        *why = arena_printf(a, "%.*s: the cycle says %s, the rules say %s", STR_ARG(n->name),
                            !v                   ? "that it is left out"
                            : v->verdict == V_OK ? "yes"
                                                 : cy->whys[v->why].texts[0],
                            refusal ? refusal : "yes");
        return false;
    }
    return true;
}

static void show(struct buf *b, const struct object *o)
{
    buf_cstr(b, "\n  ");
    json_write(b, o->root);
}

/* Too much for a message of Check. */
static void show_world(const struct world *w, const struct object *pod)
{
    struct buf b AUTO_BUF = {0};
    const struct objs *lists[] = {&w->nodes, &w->namespaces, &w->claims, &w->volumes};
    buf_init(&b, 16 << 20);
    show(&b, pod);
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < lists[k]->count; i++) show(&b, lists[k]->items[i]);
    for (int i = 0; i < w->npods; i++) {
        buf_addf(&b, "\n  on %s:", w->pods[i].node);
        show(&b, w->pods[i].object);
    }
    fprintf(stderr, "the pod, and the world:%.*s\n", (int)b.n, b.p);
}

static void tell(const struct run *r, const struct world *w, const struct object *pod, const char *why)
{
    if (getenv("KUBESTEP_SEED")) show_world(w, pod);
    ck_abort_msg("KUBESTEP_SEED=%llu, cycle %d, %s", (unsigned long long)r->seed, r->cycles, why);
}

static int steps_now(struct run *r)
{
    pthread_mutex_lock(&r->lock);
    int n = r->nsteps;
    pthread_mutex_unlock(&r->lock);
    return n;
}

static void catch_up(struct run *r, int until)
{
    pthread_mutex_lock(&r->lock);
    for (; r->nseen < until; r->nseen++) take(&r->seen, &r->steps[r->nseen]);
    pthread_mutex_unlock(&r->lock);
}

/* The cycle ran at some moment between two steps: there the rules agree with it. */
static void compare(struct run *r, const struct cycle *cy, const struct object *pod, int from, int until)
{
    struct arena a AUTO_ARENA = {0};
    const char *why, *first = NULL;
    catch_up(r, from);
    arena_init(&a, 1024);
    for (int at = from; !agree(&r->seen, cy, pod, &a, &why); catch_up(r, at)) {
        if (!first) first = why;
        if (at++ == until) tell(r, &r->seen.world, pod, first);
    }
    for (int i = 0; i < cy->feasible; i++) ck_assert_int_le(cy->totals[i], cy->totals[cy->chosen]);
}

/* ---- Runs ---- */

static void place(struct run *r)
{
    const struct object *pod AUTO_OBJ = random_pod(&r->rnd, r->cycles);
    struct pod_info *p = pod_info_new(pod, true);
    struct cycle cy;
    cycle_init(&cy, r->profile, p);
    int from = steps_now(r);
    cycle_compute(&cy, r->cache, NULL, &r->start, &r->choice);
    compare(r, &cy, pod, from, steps_now(r));
    r->cycles++;
    if (cy.chosen >= 0) {
        AUTO_FREE char *name = str_dup(cycle_node(&cy));
        const struct sym *node = sym_get(cycle_node(&cy));
        pthread_mutex_lock(&r->lock);
        cache_assume(r->cache, p, node);
        note(r, pod, false, name);
        pthread_mutex_unlock(&r->lock);
        sym_unref(node);
        (*r->placed)++;
    }
    cycle_release(&cy);
    pod_info_unref(p);
}

static void begin(struct run *r, uint64_t seed, int nodes, int *placed)
{
    *r = (struct run){.seed = seed, .placed = placed};
    rnd_stream(&r->rnd, seed);
    rnd_stream(&r->choice, seed + 1);
    r->nodes = nodes ? nodes : 1 + below(&r->rnd, NODES);
    r->profile = profile_default("default-scheduler");
    r->cache = cache_new();
    pthread_mutex_init(&r->lock, NULL);
    for (int i = 0; i < r->nodes; i++) {
        const struct object *o AUTO_OBJ = random_node(&r->rnd, i);
        if (nodes || chance(&r->rnd, 80)) put_node(r, o);
    }
    for (int ns = 0; ns < 2; ns++) {
        const struct object *o AUTO_OBJ = random_namespace(&r->rnd, ns);
        put_listed(r, LIST_NAMESPACE, o);
        for (int i = 0; i < CLAIMS; i++) {
            const struct object *c AUTO_OBJ = random_claim(&r->rnd, ns, i), *v AUTO_OBJ = random_volume(&r->rnd, ns, i);
            put_listed(r, LIST_CLAIM, c);
            put_listed(r, LIST_VOLUME, v);
        }
    }
}

static void end(struct run *r)
{
    world_release(&r->live.world);
    world_release(&r->live.nominated);
    world_release(&r->seen.world);
    world_release(&r->seen.nominated);
    for (int i = 0; i < r->nsteps; i++) object_unref(r->steps[i].object);
    free(r->steps);
    cache_free(r->cache);
    profile_free(r->profile);
    pthread_mutex_destroy(&r->lock);
}

static void run_alone(uint64_t seed, int nodes, int cycles, int *placed)
{
    struct run r;
    begin(&r, seed, nodes, placed);
    while (r.cycles < cycles) {
        place(&r);
        while (chance(&r.rnd, 60)) change(&r, &r.rnd);
    }
    end(&r);
}

static void *keep_changing(void *arg)
{
    struct run *r = arg;
    struct rnd rnd;
    rnd_stream(&rnd, r->seed + 2);
    while (!atomic_load(&r->over)) {
        change(r, &rnd);
        for (int i = below(&rnd, 4); i > 0; i--) sched_yield();
    }
    return NULL;
}

static void run_together(uint64_t seed, int nodes, int cycles, int *placed)
{
    struct run r;
    pthread_t other;
    begin(&r, seed, nodes, placed);
    ck_assert_int_eq(pthread_create(&other, NULL, keep_changing, &r), 0);
    while (r.cycles < cycles) place(&r);
    atomic_store(&r.over, true);
    pthread_join(other, NULL);
    end(&r);
}

static uint64_t number_of(const char *name, uint64_t absent)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : absent;
}

/* Returns how many pods got a node; 0: it was one run of a seed that was asked for. */
static int run_all(void (*run)(uint64_t seed, int nodes, int cycles, int *placed), uint64_t runs, int nodes, int cycles)
{
    int placed = 0;
    uint64_t seed = number_of("KUBESTEP_SEED", 0);
    runs = number_of("KUBESTEP_RUNS", runs);
    if (seed) {
        run(seed, nodes, cycles, &placed);
        return 0;
    }
    for (uint64_t i = 1; i <= runs; i++) run(i, nodes, cycles, &placed);
    ck_assert_int_gt(placed, (int)runs * cycles / 4); /* where hardly anything fits, nothing is found */
    return placed;
}

START_TEST(verdicts_are_what_the_rules_say) { ck_assert_int_lt(run_all(run_alone, RUNS, 0, CYCLES), RUNS * CYCLES); }
END_TEST

/* Not all nodes are looked at, and domains have many. */
START_TEST(verdicts_in_a_large_cluster) { run_all(run_alone, LARGE_RUNS, 2 * MIN_FEASIBLE_NODES, 10); }
END_TEST

START_TEST(verdicts_while_the_cluster_changes) { run_all(run_together, RUNS_AT_ONCE, 0, CYCLES); }
END_TEST

/* Whatever a run took, it gave back. */
START_TEST(nothing_is_left)
{
    int placed = 0;
    run_alone(1, 0, CYCLES, &placed);
    size_t names = sym_count();
    run_alone(2, 0, CYCLES, &placed);
    ck_assert_uint_eq(sym_count(), names);
}
END_TEST

TEST_MAIN("runs", verdicts_are_what_the_rules_say, verdicts_in_a_large_cluster, verdicts_while_the_cluster_changes,
          nothing_is_left)
