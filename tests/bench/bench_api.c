/* bench_api.c - the API server alone on a SQLite file with full durability: creates, gets, patches, lists, memory. */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 64 };

enum { APPLIED = 2000 }; /* pods of the apply cases */

#define POD_PATH "/api/v1/namespaces/default/pods"

void pod_text(struct buf *out, const char *name)
{
    buf_addf(out,
             "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\","
             "\"labels\":{\"app\":\"bench\","
             "\"tier\":\"backend\",\"team\":\"kubestep\"},\"annotations\":{\"description\":\"A pod of an ordinary "
             "size, as charts make them: two "
             "containers, a few variables, requests and "
             "limits.\"}},\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"registry.example/"
             "team/"
             "web:1.2.3\",\"ports\":[{\"containerPort\":8080,\"name\":\"http\"}],\"env\":[{\"name\":\"MODE\",\"value\":"
             "\"production\"},{\"name\":"
             "\"LOG_LEVEL\",\"value\":\"info\"}],\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"},"
             "\"limits\":{\"cpu\":\"100m\","
             "\"memory\":\"64Mi\"}}},{\"name\":\"proxy\",\"image\":\"registry.example/team/"
             "proxy:4.5.6\",\"args\":[\"--listen=:9090\"],"
             "\"resources\":{\"requests\":{\"cpu\":\"5m\",\"memory\":\"8Mi\"}}}],\"nodeSelector\":{\"kubernetes.io/"
             "os\":\"linux\"}}}",
             name);
}

struct load {
    const struct creds *creds;
    int port, total;
    _Atomic int next, failed;
    void (*one)(struct load *l, struct conn *c, int i);
    pthread_barrier_t ready;
};

static void *client(void *arg)
{
    struct load *l = arg;
    struct conn *c = conn_open(l->creds, l->port);
    pthread_barrier_wait(&l->ready);
    for (int i; (i = atomic_fetch_add(&l->next, 1)) < l->total;) l->one(l, c, i);
    conn_close(c);
    return NULL;
}

/* All clients at once; returns seconds, *cpu_us the server's CPU in that time. */
static double run(struct load *l, const struct server *s, int clients, double *cpu_us)
{
    pthread_t threads[CLIENTS];
    atomic_store(&l->next, 0);
    atomic_store(&l->failed, 0);
    pthread_barrier_init(&l->ready, NULL, (unsigned)clients + 1);
    for (int i = 0; i < clients; i++) pthread_create(&threads[i], NULL, client, l);
    pthread_barrier_wait(&l->ready); /* handshakes are done */
    double started = now_s(), cpu = proc_cpu_us(s);
    for (int i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    *cpu_us = proc_cpu_us(s) - cpu;
    pthread_barrier_destroy(&l->ready);
    if (atomic_load(&l->failed)) bench_die("%d of %d requests failed", atomic_load(&l->failed), l->total);
    return now_s() - started;
}

static void create_one(struct load *l, struct conn *c, int i)
{
    char name[32];
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 64 * 1024);
    snprintf(name, sizeof name, "bench-%d", i);
    pod_text(&body, name);
    if (conn_request(c, "POST", POD_PATH, "application/json", buf_view(&body), NULL) != 201)
        atomic_fetch_add(&l->failed, 1);
}

static void get_one(struct load *l, struct conn *c, int i)
{
    char path[128];
    snprintf(path, sizeof path, "%s/bench-%d", POD_PATH, i % 10000);
    if (conn_request(c, "GET", path, NULL, STR_NULL, NULL) != 200) atomic_fetch_add(&l->failed, 1);
}

static void patch_one(struct load *l, struct conn *c, int i)
{
    char path[128], body[96];
    snprintf(path, sizeof path, "%s/bench-%d", POD_PATH, i % 10000);
    int n = snprintf(body, sizeof body, "{\"metadata\":{\"labels\":{\"patched\":\"v%d\"}}}", i);
    if (conn_request(c, "PATCH", path, "application/merge-patch+json", str_n(body, (size_t)n), NULL) != 200)
        atomic_fetch_add(&l->failed, 1);
}

/* The first time round it creates, then it changes nothing. */
static void apply_one(struct load *l, struct conn *c, int i)
{
    char path[128], name[32];
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 64 * 1024);
    snprintf(name, sizeof name, "applied-%d", i % APPLIED);
    snprintf(path, sizeof path, "%s/%s?fieldManager=bench", POD_PATH, name);
    pod_text(&body, name);
    int code = conn_request(c, "PATCH", path, "application/apply-patch+yaml", buf_view(&body), NULL);
    if (code != 200 && code != 201) atomic_fetch_add(&l->failed, 1);
}

static void report(const char *what, double seconds, double cpu_us, int n, double rate_goal, double rate_real,
                   double cpu_goal, double cpu_real)
{
    char name[80];
    snprintf(name, sizeof name, "%s, rate", what);
    result(name, n / seconds, "/s", HIGHER, rate_goal, rate_real);
    snprintf(name, sizeof name, "%s, server CPU", what);
    result(name, cpu_us / n, "us/op", LOWER, cpu_goal, cpu_real);
}

static int compare_doubles(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

/* Lists and the like, by the form in which they are asked for. */
static const struct reading {
    const char *what, *accept;
    const char *paths[2]; /* fetched one after the other */
    double goal, real, cpu_goal;
} readings[] = {
    {"list of 10,000 pods", NULL, {POD_PATH}, 60, 909, 20},
    {"list of 10,000 pods, protobuf", "application/vnd.kubernetes.protobuf", {POD_PATH}, 150, 0, 0},
    {"list of 10,000 pods, as Table", "application/json;as=Table;g=meta.k8s.io;v=v1", {POD_PATH}, 150, 0, 0},
    {"discovery of everything",
     "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
     {"/api", "/apis"},
     2,
     0,
     0},
};

static void read_one(const struct server *s, const struct creds *creds, const struct reading *x)
{
    double times[7], cpu = proc_cpu_us(s);
    char name[80];
    struct conn *c = conn_open(creds, s->port);
    conn_accept(c, x->accept);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        double started = now_s();
        for (size_t k = 0; k < ARRAY_LEN(x->paths) && x->paths[k]; k++)
            if (conn_request(c, "GET", x->paths[k], NULL, STR_NULL, NULL) != 200) bench_die("%s failed", x->what);
        times[i] = (now_s() - started) * 1e3;
    }
    qsort(times, ARRAY_LEN(times), sizeof *times, compare_doubles);
    snprintf(name, sizeof name, "%s, median", x->what);
    result(name, times[3], "ms", LOWER, x->goal, x->real);
    snprintf(name, sizeof name, "%s, server CPU", x->what);
    result(name, (proc_cpu_us(s) - cpu) / 1e3 / ARRAY_LEN(times), "ms", LOWER, x->cpu_goal, 0);
    conn_close(c);
}

static void lists(const struct server *s, const struct creds *creds)
{
    for (size_t i = 0; i < ARRAY_LEN(readings); i++) read_one(s, creds, &readings[i]);
}

void bench_api(bool quick)
{
    struct server s;
    double cpu, seconds;
    fprintf(stderr, "API server alone, SQLite file, full durability:\n");
    server_start_api(&s, NULL);
    char pki[600];
    snprintf(pki, sizeof pki, "%s/pki", s.dir);
    struct creds *creds = creds_load(pki);
    struct load l = {.creds = creds, .port = s.port, .total = 10000, .one = create_one};
    seconds = run(&l, &s, CLIENTS, &cpu);
    report("creates of 1 KB pods, 64 clients", seconds, cpu, l.total, 8000, 822, 80, 2700);
    lists(&s, creds);
    l.one = get_one;
    l.total = quick ? 20000 : 100000;
    seconds = run(&l, &s, CLIENTS, &cpu);
    report("gets, 64 clients", seconds, cpu, l.total, 25000, 2900, 0, 0);
    l.one = patch_one;
    l.total = quick ? 5000 : 20000;
    seconds = run(&l, &s, CLIENTS, &cpu);
    report("merge patches, 64 clients", seconds, cpu, l.total, 6000, 417, 0, 0);
    l.one = apply_one;
    l.total = APPLIED;
    seconds = run(&l, &s, CLIENTS, &cpu);
    report("applies that create, 64 clients", seconds, cpu, l.total, 0, 0, 0, 0);
    l.total = quick ? 5000 : 20000;
    seconds = run(&l, &s, CLIENTS, &cpu);
    report("applies that change nothing, 64 clients", seconds, cpu, l.total, 0, 0, 200, 0);
    server_stop(&s);
    if (!quick) {
        server_start_api(&s, NULL);
        creds_free(creds);
        snprintf(pki, sizeof pki, "%s/pki", s.dir);
        creds = creds_load(pki);
        struct load fill = {.creds = creds, .port = s.port, .total = 30000, .one = create_one};
        run(&fill, &s, CLIENTS, &cpu);
        result("30,000 pods stored, resident", proc_rss_mb(&s), "MB", LOWER, 250, 1580);
        server_stop(&s);
    }
    creds_free(creds);
}
