/* bench.h - what the benches share: results, a TLS client, processes under measurement. Loopback only, bounded. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- Results: rows of a table. goal 0: none; real: what the real control plane measured (0: unknown). ---- */
enum better { HIGHER, LOWER };
void result(const char *name, double value, const char *unit, enum better better, double goal, double real);
void results_print(bool json);
_Noreturn void bench_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- client.c: one keep-alive TLS connection to 127.0.0.1 ---- */
struct creds;                                  /* admin certificate of a cluster directory */
struct creds *creds_load(const char *pki_dir); /* dies */
void creds_free(struct creds *c);
struct conn;
struct conn *conn_open(const struct creds *c, int port); /* dies */
void conn_close(struct conn *c);
void conn_accept(struct conn *c, const char *accept); /* NULL: JSON; the text is borrowed */
/* Sends a request and reads the whole answer; returns the status. body_out may be NULL. */
int conn_request(struct conn *c, const char *method, const char *path, const char *content_type, struct str body,
                 struct buf *body_out);
/* For watches: sends the request and reads the header; then conn_line gives decoded chunk lines (false: ended). */
void conn_stream(struct conn *c, const char *path);
bool conn_line(struct conn *c, struct str *line); /* valid until the next call */

/* ---- proc.c ---- */
struct server { /* an apiserver alone, or a whole cluster by `kubestep up` */
    char dir[512];
    int port;
    pid_t pids[4];
    int npids;
};
extern const char *bench_bin;                               /* directory of the programs */
void server_start_api(struct server *s, const char *store); /* "memory" or NULL: a file in its directory */
void server_start_cluster(struct server *s, int nodes, bool memory);
void server_start_scheduler(struct server *s); /* beside the API server of s */
void server_stop(struct server *s);
double proc_cpu_us(const struct server *s); /* user + system so far, all its processes */
double proc_rss_mb(const struct server *s); /* resident now; pages that processes share count for each */
double proc_pss_mb(const struct server *s); /* the same, shared pages counted once */
double now_s(void);

/* ---- scenarios ---- */
void bench_api(bool quick); /* creates, gets, patches, lists, memory */
void bench_watch(bool quick);
void bench_custom(bool quick);    /* definitions, and their objects beside built-in ones */
void bench_cluster(bool quick);   /* cold start, idle size, many at once */
void bench_running(bool quick);   /* create to Running */
void bench_rollout(bool quick);   /* a Deployment of 1,000, created and rolled */
void bench_idle(bool quick);      /* 10,000 Deployments */
void bench_garbage(bool quick);   /* 20,000 dependents */
void bench_memory(bool quick);    /* 30,000 running pods */
void bench_scheduler(bool quick); /* the cases of scheduler_perf, after bench_cycle */
void bench_cycle(bool quick);     /* its algorithm alone, in this process */

/* A pod of about 1 KB into out. */
void pod_text(struct buf *out, const char *name);

#endif
