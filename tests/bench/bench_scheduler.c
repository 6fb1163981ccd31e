/* bench_scheduler.c - pods that come faster than they are placed, through the API: an API server on a file, a
 * scheduler, nodes without kubelets. The rate is from the first create to the last Binding that a watch shows. */
#include "bench.h"

#include "api/object.h"
#include "base/mono.h"
#include "sched_case.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CREATORS = 16, CHURN_MS = 200, TEXT_MAX = 256 * 1024, PATIENCE_S = 300 };

struct plane {
    const struct sched_case *c;
    struct server server, api, scheduler; /* api, scheduler: of one process each, to be measured */
    struct creds *creds;
    struct conn *conn;
    _Atomic bool over;
};

static void send_ok(struct conn *c, const char *method, const char *path, const char *type, struct str body)
{
    struct buf answer AUTO_BUF = {0};
    buf_init(&answer, 16 << 20);
    int status = conn_request(c, method, path, type, body, &answer);
    if (status < 200 || status > 299)
        bench_die("%s %s: status %d: %.*s", method, path, status, (int)answer.n, answer.p);
}

static void post(struct conn *c, const char *path, struct str body)
{
    send_ok(c, "POST", path, "application/json", body);
}

/* ---- Many creates at once ---- */

struct flood {
    struct plane *p;
    int total;
    _Atomic int next;
    void (*one)(struct flood *f, struct conn *c, struct buf *body, int i);
};

static void *creator(void *arg)
{
    struct flood *f = arg;
    struct conn *c = conn_open(f->p->creds, f->p->server.port);
    struct buf body AUTO_BUF = {0};
    buf_init(&body, TEXT_MAX);
    for (int i; (i = atomic_fetch_add(&f->next, 1)) < f->total; buf_clear(&body)) f->one(f, c, &body, i);
    conn_close(c);
    return NULL;
}

static void flood_start(struct flood *f, pthread_t threads[CREATORS])
{
    for (int i = 0; i < CREATORS; i++) pthread_create(&threads[i], NULL, creator, f);
}

static void flood_join(pthread_t threads[CREATORS])
{
    for (int i = 0; i < CREATORS; i++) pthread_join(threads[i], NULL);
}

static void flood(struct plane *p, int total, void (*one)(struct flood *f, struct conn *c, struct buf *body, int i))
{
    pthread_t threads[CREATORS];
    struct flood f = {.p = p, .total = total, .one = one};
    flood_start(&f, threads);
    flood_join(threads);
}

/* A new node is tainted until somebody says that it is ready. */
static void create_node(struct flood *f, struct conn *c, struct buf *body, int i)
{
    char path[64];
    sched_node_text(body, f->p->c, i);
    post(c, "/api/v1/nodes", buf_view(body));
    snprintf(path, sizeof path, "/api/v1/nodes/node-%d", i);
    send_ok(c, "PATCH", path, "application/merge-patch+json", STR("{\"spec\":{\"taints\":null}}"));
}

static void create_pod(struct conn *c, struct buf *body, enum pod_kind kind, const char *ns, const char *name,
                       const char *node)
{
    char path[64];
    snprintf(path, sizeof path, "/api/v1/namespaces/%s/pods", ns);
    sched_pod_text(body, kind, ns, name, node);
    post(c, path, buf_view(body));
}

static void create_init(struct flood *f, struct conn *c, struct buf *body, int i)
{
    char name[32], node[32];
    snprintf(name, sizeof name, "init-%d", i);
    snprintf(node, sizeof node, "node-%d", i % f->p->c->nodes);
    create_pod(c, body, f->p->c->init_kind, "sched-0", name, node);
}

static void create_measured(struct flood *f, struct conn *c, struct buf *body, int i)
{
    char name[32];
    snprintf(name, sizeof name, "measured-%d", i);
    create_pod(c, body, f->p->c->kind, "sched-1", name, NULL);
}

static void *churn(void *arg)
{
    struct plane *p = arg;
    struct conn *c = conn_open(p->creds, p->server.port);
    for (int i = 0; !atomic_load(&p->over); i++) {
        char name[32];
        struct buf body AUTO_BUF = {0};
        buf_init(&body, TEXT_MAX);
        snprintf(name, sizeof name, "churn-%d", i);
        create_pod(c, &body, p->c->churn, "sched-0", name, NULL);
        mono_sleep_ms(CHURN_MS);
    }
    conn_close(c);
    return NULL;
}

/* ---- A plane ---- */

static struct server only(const struct server *s, int i)
{
    struct server one = *s;
    one.pids[0] = s->pids[i];
    one.npids = 1;
    return one;
}

static void plane_start(struct plane *p, const struct sched_case *c)
{
    char pki[600], path[96];
    *p = (struct plane){.c = c};
    server_start_api(&p->server, NULL);
    server_start_scheduler(&p->server);
    p->api = only(&p->server, 0);
    p->scheduler = only(&p->server, 1);
    snprintf(pki, sizeof pki, "%s/pki", p->server.dir);
    p->creds = creds_load(pki);
    p->conn = conn_open(p->creds, p->server.port);
    post(p->conn, "/apis/scheduling.k8s.io/v1/priorityclasses", STR("{\"metadata\":{\"name\":\"high\"},\"value\":10}"));
    for (int i = 0; i < 2; i++) {
        char body[96];
        int n = snprintf(body, sizeof body, "{\"metadata\":{\"name\":\"sched-%d\"}}", i);
        post(p->conn, "/api/v1/namespaces", str_n(body, (size_t)n));
        snprintf(path, sizeof path, "/api/v1/namespaces/sched-%d/serviceaccounts", i);
        post(p->conn, path, STR("{\"metadata\":{\"name\":\"default\"}}"));
    }
}

static void plane_stop(struct plane *p)
{
    conn_close(p->conn);
    creds_free(p->creds);
    server_stop(&p->server);
}

/* What a list of one says: the revision now, or how many more there are. */
static int64_t list_says(struct plane *p, const char *path, const char *of)
{
    struct buf list AUTO_BUF = {0};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    buf_init(&list, 16 << 20);
    arena_init(&a, 16 * 1024);
    if (conn_request(p->conn, "GET", path, NULL, STR_NULL, &list) != 200) bench_die("GET %s failed", path);
    const struct json *root = json_parse(&a, buf_view(&list), &e);
    struct str text = obj_str(root, of);
    long long n = obj_int(root, of, 0);
    if (text.n) sscanf(text.p, "%lld", &n);
    return n;
}

/* Pods of the case that got a node, by a watch that was opened before they came. Returns when the last did. */
static double wait_bound(struct conn *watch, int total)
{
    struct str line;
    int bound = 0;
    double at = now_s();
    while (bound < total && conn_line(watch, &line)) {
        struct str head = str_n(line.p, line.n < 200 ? line.n : 200);
        if (!memmem(head.p, head.n, "\"ADDED\"", 7) || !memmem(head.p, head.n, "\"name\":\"measured-", 17)) continue;
        bound++;
        at = now_s();
    }
    if (bound < total) fprintf(stderr, "bench: only %d of %d pods were bound in %d s\n", bound, total, PATIENCE_S);
    return bound < total ? now_s() : at;
}

/* Every Scheduled event is there a moment later. */
static double events_written(struct plane *p)
{
    int64_t seen = 0, before = -1;
    for (int i = 0; i < 50 && seen < p->c->pods && seen != before; i++) {
        before = seen;
        mono_sleep_ms(500);
        seen = 1 + list_says(p, "/api/v1/namespaces/sched-1/events?limit=1", ".metadata.remainingItemCount");
    }
    return 100.0 * (double)seen / p->c->pods;
}

struct outcome {
    double rate, api_us, scheduler_us; /* CPU a pod */
    double kb_node, kb_init, kb_pod;   /* of the scheduler: a node, a pod that was there, one that it placed */
    double events;                     /* written, % */
    double record_us;                  /* of the CPU a pod, recording */
};

static void run_case(const struct sched_case *c, struct outcome *out)
{
    struct plane p;
    pthread_t threads[CREATORS], churner;
    char path[200];
    plane_start(&p, c);
    mono_sleep_ms(200);
    double empty = proc_rss_mb(&p.scheduler);
    flood(&p, c->nodes, create_node);
    mono_sleep_ms(1500); /* the scheduler has seen them all, and gave back what it needed for it */
    double with_nodes = proc_rss_mb(&p.scheduler);
    flood(&p, c->init, create_init);
    mono_sleep_ms(1500);
    double with_init = proc_rss_mb(&p.scheduler);
    struct conn *watch = conn_open(p.creds, p.server.port);
    snprintf(path, sizeof path,
             "/api/v1/namespaces/sched-1/pods?watch=true&resourceVersion=%lld&fieldSelector=spec.nodeName!%%3D&"
             "timeoutSeconds=%d",
             (long long)list_says(&p, "/api/v1/nodes?limit=1", ".metadata.resourceVersion"), PATIENCE_S);
    conn_stream(watch, path);
    struct flood f = {.p = &p, .total = c->pods, .one = create_measured};
    if (c->churn != POD_DEFAULT) pthread_create(&churner, NULL, churn, &p);
    double started = now_s(), api = proc_cpu_us(&p.api), scheduler = proc_cpu_us(&p.scheduler);
    flood_start(&f, threads);
    out->rate = c->pods / (wait_bound(watch, c->pods) - started);
    flood_join(threads);
    atomic_store(&p.over, true);
    if (c->churn != POD_DEFAULT) pthread_join(churner, NULL);
    out->events = events_written(&p);
    out->api_us = (proc_cpu_us(&p.api) - api) / c->pods;
    out->scheduler_us = (proc_cpu_us(&p.scheduler) - scheduler) / c->pods;
    mono_sleep_ms(1500);
    out->kb_node = (with_nodes - empty) * 1024 / c->nodes;
    out->kb_init = (with_init - with_nodes) * 1024 / c->init;
    out->kb_pod = (proc_rss_mb(&p.scheduler) - with_init) * 1024 / c->pods;
    out->record_us = record_cost_us(c, &p.api);
    conn_close(watch);
    plane_stop(&p);
}

static void report(const struct sched_case *c, const struct outcome *o)
{
    char name[80];
    bool basic = strcmp(c->name, "basic") == 0;
    snprintf(name, sizeof name, "%s, %d nodes", c->name, c->nodes);
    result(name, o->rate, "pods/s", HIGHER, c->goal, c->real);
    snprintf(name, sizeof name, "%s, %d nodes: scheduler's CPU", c->name, c->nodes);
    result(name, o->scheduler_us, "us/pod", LOWER, 0, 0);
    if (!basic) return;
    snprintf(name, sizeof name, "%s, %d nodes: API server's CPU", c->name, c->nodes);
    result(name, o->api_us, "us/pod", LOWER, 0, 0);
    snprintf(name, sizeof name, "%s, %d nodes: events written", c->name, c->nodes);
    result(name, o->events, "%", HIGHER, 100, 0);
    snprintf(name, sizeof name, "%s, %d nodes: to record it, of all CPU", c->name, c->nodes);
    result(name, 100 * o->record_us / (o->scheduler_us + o->api_us), "%", LOWER, 5, 0);
}

static void report_memory(const struct outcome *o, bool quick)
{
    result("scheduler's memory of a node", o->kb_node, "KB", LOWER, quick ? 0 : 10, 0);
    result("scheduler's memory of a pod on a node", o->kb_init, "KB", LOWER, quick ? 0 : 2, 0);
    result("scheduler's memory of a pod that it placed", o->kb_pod, "KB", LOWER, 0, 0);
}

void bench_scheduler(bool quick)
{
    const char *chosen = getenv("KUBESTEP_CASE");
    double first_us = 0;
    fprintf(stderr, "The scheduler, alone:\n");
    if (!chosen || atoi(chosen) < 0) bench_cycle(quick);
    fprintf(stderr, "The scheduler, through the API:\n");
    for (int i = 0; i < sched_ncases; i++) {
        struct sched_case c = quick ? sched_case_quick(&sched_cases[i]) : sched_cases[i];
        struct outcome o;
        if (chosen && atoi(chosen) != i) continue;
        run_case(&c, &o);
        report(&c, &o);
        if (i == 0) first_us = o.scheduler_us + o.api_us;
        if (i == 2 && first_us > 0)
            result("basic: CPU a pod, most to fewest nodes", (o.scheduler_us + o.api_us) / first_us, "times", LOWER, 2,
                   0);
        if (c.init_kind == POD_DEFAULT && c.kind == POD_SPREAD) report_memory(&o, quick); /* many were there */
    }
}
