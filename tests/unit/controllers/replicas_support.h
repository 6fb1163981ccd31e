/* replicas_support.h - a fake API server with ReplicaSets and Pods, for the ReplicaSet controller. */
#ifndef UNIT_CONTROLLERS_REPLICAS_SUPPORT_H
#define UNIT_CONTROLLERS_REPLICAS_SUPPORT_H

#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "fake_rest.h"

#include <stdatomic.h>

extern const struct ctl_spec replicaset_controller, replication_controller;

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT;     /* what the handler reads and writes */
static const char *sets, *controllers, *pods; /* items of the first lists */
static int refuse_create;                     /* HTTP code; 0: creates succeed */
static char last_status[4096], last_pod[4096];
static char deleted[64][32]; /* names, in order of arrival */
static int ndeleted;

static inline bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static inline void keep(char *out, size_t max, struct str s) { snprintf(out, max, "%.*s", STR_ARG(s)); }

static inline void answer_pods(const struct fake_request *rq, struct fake_reply *rp)
{
    static int made;
    if (str_eqc(rq->method, "POST") && refuse_create) {
        rp->status = refuse_create;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"message\":\"no "
                            "more pods\",\"code\":403}");
    } else if (str_eqc(rq->method, "POST")) {
        keep(last_pod, sizeof last_pod, rq->body);
        rp->status = 201;
        buf_addf(&rp->body,
                 "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"rs-%d\",\"namespace\":\"d\"}}",
                 ++made);
    } else if (str_eqc(rq->method, "DELETE")) {
        struct str name = rq->path;
        for (size_t slash; (slash = str_chr(name, '/')) != SIZE_MAX;) name = str_from(name, slash + 1);
        if (ndeleted < 64) keep(deleted[ndeleted++], sizeof deleted[0], name);
        buf_cstr(&rp->body, "{}");
    } else {
        buf_cstr(&rp->body, "{}");
    }
}

static inline void answer_list(const struct fake_request *rq, struct fake_reply *rp)
{
    static const struct {
        const char *plural, *kind, *version, **items;
    } rows[] = {{"/replicasets", "ReplicaSetList", "apps/v1", &sets},
                {"/replicationcontrollers", "ReplicationControllerList", "v1", &controllers},
                {"/pods", "PodList", "v1", &pods}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (has(rq->path, rows[i].plural))
            buf_addf(&rp->body,
                     "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                     rows[i].kind, rows[i].version, *rows[i].items);
}

static inline void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev"))
        rp->status = 404;
    else if (has(rq->path, "watch=true"))
        rp->stream = true;
    else if (has(rq->path, "/events"))
        buf_cstr(&rp->body, "{}");
    else if (has(rq->path, "/status"))
        keep(last_status, sizeof last_status, rq->body), buf_cstr(&rp->body, "{}");
    else if (str_eqc(rq->method, "GET"))
        answer_list(rq, rp);
    else
        answer_pods(rq, rp);
    mutex_unlock(&lock);
}

static inline void up_with(const struct ctl_spec *spec, const char *first_sets, const char *first_controllers,
                           const char *first_pods)
{
    sets = first_sets;
    controllers = first_controllers;
    pods = first_pods;
    ndeleted = 0;
    last_status[0] = last_pod[0] = '\0';
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
}

static inline void up(const char *first_sets, const char *first_pods)
{
    up_with(&replicaset_controller, first_sets, "", first_pods);
}

static inline void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    refuse_create = 0;
}

/* Waits until n requests of this kind came and the controller is quiet, then there must be just n. */
#define EXPECT_REQUESTS(what, n)                                                                                       \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, (what)) >= (n) && ctl_host_idle(host));                                          \
        ck_assert_int_eq(fake_count(&server, (what)), (n));                                                            \
    } while (0)

#define RS(replicas, more)                                                                                             \
    "{\"metadata\":{\"name\":\"rs\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\",\"generation\":2" more \
    "},"                                                                                                               \
    "\"spec\":{\"replicas\":" replicas ",\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":" \
    "{\"labels\":{\"app\":\"web\"},\"annotations\":{\"n\":\"1\"}},\"spec\":{\"containers\":[{\"name\":\"c\"}]}}},"     \
    "\"status\":{\"replicas\":0}}"
#define OWNED                                                                                                          \
    ",\"ownerReferences\":[{\"apiVersion\":\"apps/"                                                                    \
    "v1\",\"kind\":\"ReplicaSet\",\"name\":\"rs\",\"uid\":\"U\",\"controller\":true}]"
#define POD(name, meta, rest)                                                                                          \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"," meta  \
    "}" rest "}"
#define WEB "\"labels\":{\"app\":\"web\"}"

#endif
