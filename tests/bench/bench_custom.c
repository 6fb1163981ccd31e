/* bench_custom.c - custom resources: 1,000 definitions, and their objects beside ConfigMaps of the same size. */
#include "base/mono.h"
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFINITIONS = 1000, CLIENTS = 16, OBJECTS = 5000, WATCHERS = 50, WATCHED = 500, LISTS = 9, ROUNDS = 3 };

#define DEFINITIONS_PATH "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

/* A definition of about 2 KB, as small operators have them. */
static void definition_text(struct buf *out, const char *word)
{
    buf_addf(out,
             "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\",\"metadata\":{\"name\":"
             "\"%ss.bench.example.com\"},\"spec\":{\"group\":\"bench.example.com\",\"scope\":\"Namespaced\",\"names\":{"
             "\"plural\":\"%ss\",\"singular\":\"%s\",\"kind\":\"%s\",\"listKind\":\"%sList\"},\"versions\":[{\"name\":"
             "\"v1\",\"served\":true,\"storage\":true,\"subresources\":{\"status\":{}},\"additionalPrinterColumns\":[{"
             "\"name\":\"Phase\",\"type\":\"string\",\"jsonPath\":\".status.phase\"}],\"schema\":{\"openAPIV3Schema\":{"
             "\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"object\",\"additionalProperties\":{\"type\":"
             "\"string\"}},\"spec\":{\"type\":\"object\",\"description\":\"What is wanted, in the words of whoever "
             "wrote it.\",\"properties\":{",
             word, word, word, word, word);
    for (int i = 0; i < 12; i++)
        buf_addf(out,
                 "%s\"field%d\":{\"type\":\"string\",\"maxLength\":64,\"description\":\"One of the fields that such a "
                 "thing has.\"}",
                 i ? "," : "", i);
    buf_cstr(out, "}},\"status\":{\"type\":\"object\",\"properties\":{\"phase\":{\"type\":\"string\"}}}}}}}]}}");
}

static struct creds *creds_of(const struct server *s)
{
    char pki[600];
    snprintf(pki, sizeof pki, "%s/pki", s->dir);
    return creds_load(pki);
}

static void define(struct conn *c, const char *word)
{
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 64 * 1024);
    definition_text(&body, word);
    int status = conn_request(c, "POST", DEFINITIONS_PATH, "application/json", buf_view(&body), NULL);
    if (status != 201) bench_die("a definition: status %d", status);
}

/* Until its objects can be listed. */
static void wait_served(struct conn *c, const char *word)
{
    char path[128];
    snprintf(path, sizeof path, "/apis/bench.example.com/v1/%ss", word);
    for (double until = now_s() + 30; conn_request(c, "GET", path, NULL, STR_NULL, NULL) != 200;)
        if (now_s() > until) bench_die("%s is not served", word);
}

static void many_definitions(bool whole)
{
    struct server s;
    char name[80];
    if (whole)
        server_start_cluster(&s, 1, false);
    else
        server_start_api(&s, NULL);
    struct creds *creds = creds_of(&s);
    struct conn *c = conn_open(creds, s.port);
    if (whole) mono_sleep_ms(3000); /* the controllers' connections are made behind the start */
    double before = proc_pss_mb(&s), started = now_s();
    for (int i = 0; i < DEFINITIONS; i++) {
        snprintf(name, sizeof name, "kind%d", i);
        define(c, name);
    }
    wait_served(c, name);
    double took = now_s() - started, until = now_s() + 3;
    while (now_s() < until) (void)conn_request(c, "GET", "/api/v1/namespaces/default", NULL, STR_NULL, NULL);
    const char *where = whole ? ", in a whole cluster" : "";
    snprintf(name, sizeof name, "1,000 definitions installed%s", where);
    result(name, took, "s", LOWER, 5, 0);
    snprintf(name, sizeof name, "memory per definition%s", where);
    result(name, (proc_pss_mb(&s) - before) * 1024 / DEFINITIONS, "KB", LOWER, 30, 0);
    conn_close(c);
    creds_free(creds);
    server_stop(&s);
}

/* ---- Side by side ---- */

struct side {
    const char *path, *head; /* of the collection; of an object */
};

static const struct side sides[2] = {
    {"/api/v1/namespaces/default/configmaps", "\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\""},
    {"/apis/bench.example.com/v1/namespaces/default/things",
     "\"apiVersion\":\"bench.example.com/v1\",\"kind\":\"thing\""}};

struct work {
    const struct creds *creds;
    const struct side *side;
    const char *prefix;
    int port, total;
    bool reads;
    _Atomic int next;
    pthread_barrier_t ready;
};

static void object_text(struct buf *out, const struct side *side, const char *name)
{
    buf_addf(out, "{%s,\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"bench\",\"tier\":\"backend\"}},\"data\":{",
             side->head, name);
    for (int i = 0; i < 12; i++)
        buf_addf(out, "%s\"setting-%d\":\"a value of an ordinary length, as settings have them\"", i ? "," : "", i);
    buf_cstr(out, "}}");
}

static void *work(void *arg)
{
    struct work *w = arg;
    struct conn *c = conn_open(w->creds, w->port);
    pthread_barrier_wait(&w->ready);
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->total;) {
        char name[64], path[160];
        struct buf body AUTO_BUF = {0};
        buf_init(&body, 64 * 1024);
        snprintf(name, sizeof name, "%s-%d", w->prefix, i % OBJECTS);
        snprintf(path, sizeof path, "%s/%s", w->side->path, name);
        object_text(&body, w->side, name);
        int status = w->reads ? conn_request(c, "GET", path, NULL, STR_NULL, NULL)
                              : conn_request(c, "POST", w->side->path, "application/json", buf_view(&body), NULL);
        if (status != (w->reads ? 200 : 201)) bench_die("%s: status %d", path, status);
    }
    conn_close(c);
    return NULL;
}

/* CPU of the server, in us per request. */
static double cost(const struct server *s, const struct creds *creds, const struct side *side, const char *prefix,
                   int total, bool reads)
{
    struct work w = {.creds = creds, .side = side, .prefix = prefix, .port = s->port, .total = total, .reads = reads};
    pthread_t threads[CLIENTS];
    pthread_barrier_init(&w.ready, NULL, CLIENTS + 1);
    for (int i = 0; i < CLIENTS; i++) pthread_create(&threads[i], NULL, work, &w);
    pthread_barrier_wait(&w.ready);
    double cpu = proc_cpu_us(s);
    for (int i = 0; i < CLIENTS; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&w.ready);
    return (proc_cpu_us(s) - cpu) / total;
}

static double list_cost(const struct server *s, const struct creds *creds, const struct side *side)
{
    struct conn *c = conn_open(creds, s->port);
    double cpu = proc_cpu_us(s);
    for (int i = 0; i < LISTS; i++)
        if (conn_request(c, "GET", side->path, NULL, STR_NULL, NULL) != 200) bench_die("a list failed");
    conn_close(c);
    return (proc_cpu_us(s) - cpu) / LISTS;
}

struct watcher {
    const struct creds *creds;
    const struct side *side;
    int port;
    pthread_barrier_t *ready;
};

static void *watch(void *arg)
{
    struct watcher *w = arg;
    struct conn *c = conn_open(w->creds, w->port);
    struct str line;
    char path[160];
    snprintf(path, sizeof path, "%s?watch=true&labelSelector=app=bench", w->side->path);
    conn_stream(c, path);
    pthread_barrier_wait(w->ready);
    for (int got = 0; got < WATCHED && conn_line(c, &line);) got += memmem(line.p, line.n, "\"name\":\"w", 9) != NULL;
    conn_close(c);
    return NULL;
}

/* What events cost, those that make them included. */
static double watch_cost(const struct server *s, const struct creds *creds, const struct side *side, const char *prefix)
{
    pthread_t threads[WATCHERS];
    pthread_barrier_t ready;
    struct watcher w = {creds, side, s->port, &ready};
    pthread_barrier_init(&ready, NULL, WATCHERS + 1);
    for (int i = 0; i < WATCHERS; i++) pthread_create(&threads[i], NULL, watch, &w);
    pthread_barrier_wait(&ready);
    double cpu = proc_cpu_us(s);
    (void)cost(s, creds, side, prefix, WATCHED, false);
    for (int i = 0; i < WATCHERS; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&ready);
    return (proc_cpu_us(s) - cpu) / WATCHED / WATCHERS;
}

enum { CREATE, GET, LIST, WATCH, KINDS_OF_WORK };

/* Both in turns, so that a machine that grows slower or faster does so for both. */
static void side_by_side(void)
{
    static const char *const names[] = {"create", "get", "list of 5,000", "watch, 50 watchers"};
    static const char *const units[] = {"us/op", "us/op", "us", "us/event"};
    double sum[2][KINDS_OF_WORK] = {{0}};
    for (int round = 0; round < ROUNDS; round++) {
        struct server s;
        server_start_api(&s, NULL);
        struct creds *creds = creds_of(&s);
        struct conn *c = conn_open(creds, s.port);
        define(c, "thing");
        wait_served(c, "thing");
        conn_close(c);
        for (int k = 0; k < 2; k++) { /* each goes first at times */
            int i = (k + round) % 2;
            sum[i][CREATE] += cost(&s, creds, &sides[i], "o", OBJECTS, false);
            sum[i][GET] += cost(&s, creds, &sides[i], "o", 2 * OBJECTS, true);
            sum[i][LIST] += list_cost(&s, creds, &sides[i]);
            sum[i][WATCH] += watch_cost(&s, creds, &sides[i], "w");
        }
        creds_free(creds);
        server_stop(&s);
    }
    for (int i = 0; i < KINDS_OF_WORK; i++) {
        char name[80];
        snprintf(name, sizeof name, "ConfigMap, %s, server CPU", names[i]);
        result(name, sum[0][i] / ROUNDS, units[i], LOWER, 0, 0);
        snprintf(name, sizeof name, "custom resource, %s, server CPU", names[i]);
        result(name, sum[1][i] / ROUNDS, units[i], LOWER, 1.2 * sum[0][i] / ROUNDS, 0);
        snprintf(name, sizeof name, "custom resource / ConfigMap, %s", names[i]);
        result(name, 100 * sum[1][i] / sum[0][i], "%", LOWER, 120, 0);
    }
}

void bench_custom(bool quick)
{
    fprintf(stderr, "custom resources:\n");
    many_definitions(false);
    if (!quick) many_definitions(true);
    side_by_side();
}
