/* bench_cycle.c - the scheduler's algorithm in this process, without any API: a pod is read, its node computed and
 * taken; and what it costs to record why. CPU time of one thread. */
#include "bench.h"

#include "sched_case.h"
#include "scheduler/account.h"
#include "scheduler/decisions.h"
#include "scheduler/explain.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_MAX = 256 * 1024, RECORDED = 2000 /* no more than wait to be sent */, REASONS = 13 };

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double process_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static const struct object *parsed(struct buf *text)
{
    struct err e = ERR_INIT;
    const struct object *o = object_parse(buf_view(text), NULL, &e);
    if (!o) bench_die("%s", e.text);
    buf_clear(text);
    return o;
}

struct alone {
    const struct sched_case *c;
    struct cache *cache;
    struct profile *profile;
    struct buf text; /* scratch */
    struct rnd choice;
    int start, placed;
    double place_us, record_us;
};

static void add_nodes(struct alone *r)
{
    for (int i = 0; i < r->c->nodes; i++) {
        sched_node_text(&r->text, r->c, i);
        const struct object *o AUTO_OBJ = parsed(&r->text);
        cache_set_node(r->cache, o, NULL, NULL);
    }
}

static void add_pods(struct alone *r)
{
    for (int i = 0; i < r->c->init; i++) {
        char name[32], node[32];
        snprintf(name, sizeof name, "init-%d", i);
        snprintf(node, sizeof node, "node-%d", i % r->c->nodes);
        sched_pod_text(&r->text, r->c->init_kind, "sched-0", name, node);
        const struct object *o AUTO_OBJ = parsed(&r->text);
        struct pod_info *p = pod_info_new(o, false);
        cache_set_pod(r->cache, p);
        pod_info_unref(p);
    }
}

/* Bytes of the heap that are in use. */
static double heap_kb(void) { return (double)mallinfo2().uordblks / 1024; }

/* Of each that is known, in KB. */
static void fill(struct alone *r, double *kb_node, double *kb_pod)
{
    double empty = heap_kb();
    add_nodes(r);
    double nodes = heap_kb();
    add_pods(r);
    *kb_node = (nodes - empty) / r->c->nodes;
    *kb_pod = (heap_kb() - nodes) / r->c->init;
}

static struct account record(struct cycle *cy, const struct pod_info *p)
{
    const struct queued_pod q = {.pod = p, .attempts = 1, .woken_by = "PodAdd"};
    return account_make(explain_decision(cy, &q), cy);
}

/* Returns what was recorded. */
static struct account place(struct alone *r, int i)
{
    char name[32];
    struct cycle cy;
    snprintf(name, sizeof name, "measured-%d", i);
    sched_pod_text(&r->text, r->c->kind, "sched-1", name, NULL);
    const struct object *o AUTO_OBJ = parsed(&r->text);
    double began = cpu_us();
    struct pod_info *p = pod_info_new(o, true);
    cycle_init(&cy, r->profile, p);
    cycle_compute(&cy, r->cache, NULL, &r->start, &r->choice);
    if (cy.chosen >= 0) {
        const struct sym *node = sym_get(cycle_node(&cy));
        cache_assume(r->cache, p, node);
        sym_unref(node);
        r->placed++;
    }
    double done = cpu_us();
    struct account account = record(&cy, p);
    double recorded = cpu_us();
    cycle_release(&cy);
    pod_info_unref(p);
    r->place_us += done - began + (cpu_us() - recorded);
    r->record_us += recorded - done;
    return account;
}

static void begin(struct alone *r, const struct sched_case *c)
{
    *r = (struct alone){.c = c, .cache = cache_new(), .profile = profile_default("default-scheduler")};
    buf_init(&r->text, TEXT_MAX);
    rnd_stream(&r->choice, 1);
}

static void end(struct alone *r)
{
    buf_release(&r->text);
    cache_free(r->cache);
    profile_free(r->profile);
}

struct found {
    double place_us, record_us; /* a pod */
    double kb_node, kb_pod;
};

static void run_alone(const struct sched_case *c, struct found *out)
{
    struct alone r;
    begin(&r, c);
    fill(&r, &out->kb_node, &out->kb_pod);
    for (int i = 0; i < c->pods; i++) {
        struct account account = place(&r, i);
        account_release(&account);
    }
    if (r.placed < c->pods) bench_die("%s: only %d of %d pods found a node", c->name, r.placed, c->pods);
    out->place_us = r.place_us / c->pods;
    out->record_us = r.record_us / c->pods;
    end(&r);
}

double record_cost_us(const struct sched_case *c, const struct server *api)
{
    struct alone r;
    struct account accounts[RECORDED];
    struct err e = ERR_INIT;
    struct found f;
    char kubeconfig[600];
    snprintf(kubeconfig, sizeof kubeconfig, "%s/scheduler.kubeconfig", api->dir);
    struct rest *rest = rest_new(kubeconfig, "bench", &e);
    if (!rest) bench_die("%s", e.text);
    begin(&r, c);
    fill(&r, &f.kb_node, &f.kb_pod);
    for (int i = 0; i < RECORDED; i++) accounts[i] = place(&r, i);
    double own = process_us(), server = proc_cpu_us(api);
    struct decisions *d = decisions_new(rest);
    for (int i = 0; i < RECORDED; i++) decisions_add(d, &accounts[i]);
    decisions_free(d); /* when all are sent */
    double sent = process_us() - own + (proc_cpu_us(api) - server);
    rest_free(rest);
    end(&r);
    return (r.record_us + sent) / RECORDED;
}

/* ---- Nodes that are refused, each for a set of reasons of its own ---- */

/* Resources of which bit i of `bits` says whether there is enough. */
static void write_resources(struct buf *out, unsigned bits)
{
    for (int i = 0; i < REASONS; i++) buf_addf(out, ",\"example.com/r%d\":\"%d\"", i, bits >> i & 1 ? 1 : 0);
}

static void add_refusing_nodes(struct alone *r, int kinds)
{
    for (int i = 0; i < r->c->nodes; i++) {
        buf_addf(
            &r->text,
            "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"n%d\"},\"status\":{\"allocatable\":{"
            "\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"110\"",
            i);
        write_resources(&r->text, (unsigned)(i % kinds));
        buf_cstr(&r->text, "}}}");
        const struct object *o AUTO_OBJ = parsed(&r->text);
        cache_set_node(r->cache, o, NULL, NULL);
    }
}

/* CPU of a cycle, us. */
static double refusing_us(int nodes, int kinds)
{
    enum { ROUNDS = 5 };
    const struct sched_case c = {.name = "refusals", .nodes = nodes};
    struct alone r;
    double us = 0;
    begin(&r, &c);
    add_refusing_nodes(&r, kinds);
    buf_cstr(
        &r.text,
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"uid\":"
        "\"p\"},\"spec\":{\"preemptionPolicy\":\"Never\",\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":"
        "{\"cpu\":\"1\"");
    write_resources(&r.text, ~0u);
    buf_cstr(&r.text, "}}}]}}");
    const struct object *o AUTO_OBJ = parsed(&r.text);
    struct pod_info *p = pod_info_new(o, true);
    for (int i = 0; i < ROUNDS; i++) {
        struct cycle cy;
        double began = cpu_us();
        cycle_init(&cy, r.profile, p);
        cycle_compute(&cy, r.cache, NULL, &r.start, &r.choice);
        if (cy.feasible || cy.nwhys != MIN(kinds, MIN(nodes, 4096))) bench_die("refusals: %d classes", cy.nwhys);
        cycle_release(&cy);
        us += cpu_us() - began;
    }
    pod_info_unref(p);
    end(&r);
    return us / ROUNDS;
}

static void bench_refusals(bool quick)
{
    static const int kinds[] = {1, 8, 100, 4096};
    int nodes = quick ? 500 : 5000;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        char name[80];
        snprintf(name, sizeof name, "alone: %d nodes refuse for %d sets of reasons", nodes, MIN(kinds[i], nodes));
        result(name, refusing_us(nodes, kinds[i]), "us/cycle", LOWER, 0, 0);
    }
}

void bench_cycle(bool quick)
{
    double fewest = 0;
    bench_refusals(quick);
    for (int i = 0; i < sched_ncases; i++) {
        struct sched_case c = quick ? sched_case_quick(&sched_cases[i]) : sched_cases[i];
        struct found f;
        char name[80];
        bool basic = strcmp(c.name, "basic") == 0;
        run_alone(&c, &f);
        snprintf(name, sizeof name, "alone: %s, %d nodes", c.name, c.nodes);
        result(name, 1e6 / f.place_us, "pods/s", HIGHER, basic ? 10000 : 0, 0);
        if (!basic) continue;
        snprintf(name, sizeof name, "alone: %s, %d nodes: to record it", c.name, c.nodes);
        result(name, f.record_us, "us/pod", LOWER, 0, 0);
        if (i == 0) fewest = f.place_us;
        if (i != 2) continue; /* the most nodes */
        result("alone: basic, cost a pod, most to fewest nodes", f.place_us / fewest, "times", LOWER, 0, 0);
        result("alone: heap of a node", f.kb_node, "KB", LOWER, 10, 0);
        result("alone: heap of a pod on a node", f.kb_pod, "KB", LOWER, 2, 0);
    }
}
