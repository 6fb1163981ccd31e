/* bench_cluster.c - whole planes by `kubestep up`: cold start, idle size, many at once, pods from create to Running. */
#include "bench.h"

#include "base/mono.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STARTS = 7, AT_ONCE = 64, CREATORS = 16 };

static int compare_doubles(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

static struct creds *creds_of(const struct server *s)
{
    char pki[600];
    snprintf(pki, sizeof pki, "%s/pki", s->dir);
    return creds_load(pki);
}

static void cold_start(void)
{
    double ms[STARTS];
    for (int i = 0; i < STARTS; i++) {
        struct server s;
        struct buf body AUTO_BUF = {0};
        buf_init(&body, 64 * 1024);
        pod_text(&body, "first");
        double started = now_s();
        server_start_cluster(&s, 3, false);
        struct creds *creds = creds_of(&s);
        struct conn *c = conn_open(creds, s.port);
        int status =
            conn_request(c, "POST", "/api/v1/namespaces/default/pods", "application/json", buf_view(&body), NULL);
        ms[i] = (now_s() - started) * 1e3;
        if (status != 201) bench_die("first create: status %d", status);
        conn_close(c);
        creds_free(creds);
        server_stop(&s);
    }
    qsort(ms, STARTS, sizeof *ms, compare_doubles);
    result("cold start to the first create, median of 7", ms[STARTS / 2], "ms", LOWER, 50, 5100);
}

/* What a test leaves behind: one pod that runs. */
static void reset(void)
{
    double ms[STARTS];
    struct server s;
    server_start_cluster(&s, 3, true);
    struct creds *creds = creds_of(&s);
    struct conn *c = conn_open(creds, s.port);
    for (int i = 0; i < STARTS; i++) {
        struct buf body AUTO_BUF = {0};
        buf_init(&body, 64 * 1024);
        pod_text(&body, "one");
        int made =
            conn_request(c, "POST", "/api/v1/namespaces/default/pods", "application/json", buf_view(&body), NULL);
        mono_sleep_ms(300);
        double started = now_s();
        int status = conn_request(c, "POST", "/apis/sim.kubestep.dev/v1/reset", "application/json", STR(""), NULL);
        ms[i] = (now_s() - started) * 1e3;
        if (made != 201 || status != 201) bench_die("create %d, reset %d", made, status);
    }
    qsort(ms, STARTS, sizeof *ms, compare_doubles);
    result("reset after a pod, median of 7", ms[STARTS / 2], "ms", LOWER, 20, 0);
    conn_close(c);
    creds_free(creds);
    server_stop(&s);
}

static void idle_size(bool quick)
{
    struct server s;
    server_start_cluster(&s, 10, false);
    mono_sleep_ms(quick ? 1000 : 3000); /* leases and first events are written */
    double cpu = proc_cpu_us(&s);
    result("four processes idle, 10 nodes, sum of RSS", proc_rss_mb(&s), "MB", LOWER, 40, 513);
    result("four processes idle, 10 nodes, shared once (PSS)", proc_pss_mb(&s), "MB", LOWER, 40, 0);
    mono_sleep_ms(quick ? 1000 : 5000);
    result("four processes idle, CPU", (proc_cpu_us(&s) - cpu) / (quick ? 1e4 : 5e4), "%", LOWER, 0, 0);
    server_stop(&s);
}

static void *start_one(void *arg)
{
    server_start_cluster(arg, 1, true);
    return NULL;
}

static void many_at_once(void)
{
    static struct server servers[AT_ONCE];
    pthread_t threads[AT_ONCE];
    double started = now_s();
    for (int i = 0; i < AT_ONCE; i++) pthread_create(&threads[i], NULL, start_one, &servers[i]);
    for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
    result("64 clusters started at once, all ready", now_s() - started, "s", LOWER, 5, 0);
    for (int i = 0; i < AT_ONCE; i++) server_stop(&servers[i]);
}

/* ---- Create to Running ---- */

struct flood {
    const struct creds *creds;
    int port, total;
    _Atomic int next;
};

static void *creator(void *arg)
{
    struct flood *f = arg;
    struct conn *c = conn_open(f->creds, f->port);
    for (int i; (i = atomic_fetch_add(&f->next, 1)) < f->total;) {
        char name[32];
        struct buf body AUTO_BUF = {0};
        buf_init(&body, 64 * 1024);
        snprintf(name, sizeof name, "run-%d", i);
        pod_text(&body, name);
        if (conn_request(c, "POST", "/api/v1/namespaces/default/pods", "application/json", buf_view(&body), NULL) !=
            201)
            bench_die("create failed");
    }
    conn_close(c);
    return NULL;
}

/* Counts pods as a watch tells that they run. */
static void wait_running(const struct creds *creds, int port, int total)
{
    struct conn *c = conn_open(creds, port);
    struct str line;
    int running = 0;
    conn_stream(c, "/api/v1/pods?watch=true&resourceVersion=0&fieldSelector=status.phase%3DRunning");
    while (running < total && conn_line(c, &line))
        running += line.n > 15 && memcmp(line.p, "{\"type\":\"ADDED\"", 15) == 0;
    conn_close(c);
    if (running < total) bench_die("only %d of %d pods came to run", running, total);
}

void bench_running(bool quick)
{
    struct server s;
    pthread_t threads[CREATORS];
    server_start_cluster(&s, 100, false);
    struct creds *creds = creds_of(&s);
    struct flood f = {.creds = creds, .port = s.port, .total = quick ? 1000 : 4000};
    double started = now_s(), cpu = proc_cpu_us(&s);
    for (int i = 0; i < CREATORS; i++) pthread_create(&threads[i], NULL, creator, &f);
    wait_running(creds, s.port, f.total);
    double seconds = now_s() - started;
    for (int i = 0; i < CREATORS; i++) pthread_join(threads[i], NULL);
    result("create to Running, 100 nodes", f.total / seconds, "pods/s", HIGHER, 800, 45);
    result("create to Running, CPU of all four", (proc_cpu_us(&s) - cpu) / f.total, "us/pod", LOWER, 0, 0);
    creds_free(creds);
    server_stop(&s);
}

void bench_cluster(bool quick)
{
    fprintf(stderr, "Whole planes:\n");
    cold_start();
    reset();
    idle_size(quick);
    many_at_once();
}
