/* bench_watch.c - 100 watchers, 1,000 events: how fast, how late, and is anything lost or out of order? */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCHERS = 100, EVENTS = 1000, WRITERS = 8 };

static double sent_at[EVENTS]; /* when the create of event i was handed to the server */

struct watcher {
    const struct creds *creds;
    int port;
    pthread_barrier_t *ready;
    double *late_ms; /* EVENTS of them */
    int got;
    double done_at;
    unsigned long long last_rv;
    bool disorder;
};

static void *watch(void *arg)
{
    struct watcher *w = arg;
    struct conn *c = conn_open(w->creds, w->port);
    struct str line;
    conn_stream(c, "/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0");
    pthread_barrier_wait(w->ready);
    while (w->got < EVENTS && conn_line(c, &line)) {
        const char *name = memmem(line.p, line.n, "\"name\":\"event-", 14),
                   *rv = memmem(line.p, line.n, "\"resourceVersion\":\"", 19);
        if (!name || !rv) continue;
        int i = (int)strtol(name + 14, NULL, 10);
        unsigned long long rev = strtoull(rv + 19, NULL, 10);
        w->disorder = w->disorder || rev <= w->last_rv;
        w->last_rv = rev;
        w->late_ms[w->got++] = (now_s() - sent_at[i]) * 1e3;
    }
    w->done_at = now_s();
    conn_close(c);
    return NULL;
}

struct writer {
    const struct creds *creds;
    int port, from, to;
};

static void *write_events(void *arg)
{
    struct writer *w = arg;
    struct conn *c = conn_open(w->creds, w->port);
    char pad[400];
    memset(pad, 'x', sizeof pad - 1);
    pad[sizeof pad - 1] = '\0';
    for (int i = w->from; i < w->to; i++) {
        char body[700];
        int n = snprintf(body, sizeof body,
                         "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"event-%d\"},\"data\":{"
                         "\"pad\":\"%s\"}}",
                         i, pad);
        sent_at[i] = now_s();
        if (conn_request(c, "POST", "/api/v1/namespaces/default/configmaps", "application/json", str_n(body, (size_t)n),
                         NULL) != 201)
            bench_die("create failed");
    }
    conn_close(c);
    return NULL;
}

static int compare_doubles(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

void bench_watch(bool quick)
{
    (void)quick;
    struct server s;
    struct watcher watchers[WATCHERS];
    struct writer writers[WRITERS];
    pthread_t wt[WATCHERS], rt[WRITERS];
    pthread_barrier_t ready;
    char pki[600];
    fprintf(stderr, "%d watchers, %d events:\n", WATCHERS, EVENTS);
    server_start_api(&s, NULL);
    snprintf(pki, sizeof pki, "%s/pki", s.dir);
    struct creds *creds = creds_load(pki);
    double *late = calloc((size_t)WATCHERS * EVENTS, sizeof *late);
    pthread_barrier_init(&ready, NULL, WATCHERS + 1);
    for (int i = 0; i < WATCHERS; i++) {
        watchers[i] =
            (struct watcher){.creds = creds, .port = s.port, .ready = &ready, .late_ms = late + (size_t)i * EVENTS};
        pthread_create(&wt[i], NULL, watch, &watchers[i]);
    }
    pthread_barrier_wait(&ready);
    double started = now_s(), cpu = proc_cpu_us(&s), last = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){creds, s.port, EVENTS * i / WRITERS, EVENTS * (i + 1) / WRITERS};
        pthread_create(&rt[i], NULL, write_events, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) pthread_join(rt[i], NULL);
    long got = 0, disorder = 0;
    for (int i = 0; i < WATCHERS; i++) {
        pthread_join(wt[i], NULL);
        got += watchers[i].got;
        disorder += watchers[i].disorder;
        if (watchers[i].done_at > last) last = watchers[i].done_at;
    }
    cpu = proc_cpu_us(&s) - cpu;
    qsort(late, (size_t)got, sizeof *late, compare_doubles);
    result("watch events delivered, 100 watchers", (double)got / (last - started), "/s", HIGHER, 80000, 25000);
    result("watch latency from the create's send, p99", late[got * 99 / 100], "ms", LOWER, 20, 326);
    result("watch, server CPU per delivered event", cpu / (double)got, "us", LOWER, 0, 0);
    result("watch events lost", (double)WATCHERS * EVENTS - (double)got, "", LOWER, 0, 0);
    result("watchers that saw disorder", (double)disorder, "", LOWER, 0, 0);
    free(late);
    creds_free(creds);
    server_stop(&s);
}
