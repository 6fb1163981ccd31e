/* batch_support.h - a fake API server with CronJobs, Jobs and Pods, for the controllers of group batch. A PUT is
 * answered with what was sent, a POST too, with a uid. */
#ifndef UNIT_CONTROLLERS_BATCH_SUPPORT_H
#define UNIT_CONTROLLERS_BATCH_SUPPORT_H

#include "api/object.h"
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "client/sim.h"
#include "fake_rest.h"

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT;              /* what the handler reads and writes */
static const char *crons = "", *jobs = "", *pods = ""; /* items of the first lists */
static const char *single;                             /* what a GET of one object gives; NULL: 404 */
static int refuse_post, refuse_patch;                  /* HTTP code; 0: they succeed */
static char bodies[256][4096];                         /* "METHOD path body", of all but GETs and events, in order */
static int nbodies;
static char events[64][512];
static int nevents;

static inline bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static inline void refuse(struct fake_reply *rp, int code, const char *reason)
{
    rp->status = code;
    buf_addf(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"%s\",\"message\":\"no\",\"code\":%d}",
             reason, code);
}

static inline void answer_list(const struct fake_request *rq, struct fake_reply *rp)
{
    const struct {
        const char *part, *kind, *version, *items;
    } lists[] = {{"/cronjobs", "CronJobList", "batch/v1", crons},
                 {"/jobs", "JobList", "batch/v1", jobs},
                 {"/pods", "PodList", "v1", pods}};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (has(rq->path, lists[i].part)) {
            buf_addf(&rp->body,
                     "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                     lists[i].kind, lists[i].version, lists[i].items);
            return;
        }
}

static inline void answer_write(const struct fake_request *rq, struct fake_reply *rp)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    if (nbodies < 256)
        snprintf(bodies[nbodies++], sizeof bodies[0], "%.*s %.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->path),
                 STR_ARG(rq->body));
    if (str_eqc(rq->method, "POST") && refuse_post) {
        refuse(rp, refuse_post, refuse_post == 409 ? "AlreadyExists" : "Forbidden");
        return;
    }
    if (str_eqc(rq->method, "PATCH") && refuse_patch) {
        refuse(rp, refuse_patch, refuse_patch == 404 ? "NotFound" : "InternalError");
        return;
    }
    struct json *tree = rq->body.n ? json_parse(&a, rq->body, &e) : NULL;
    if (tree && str_eqc(rq->method, "POST")) {
        rp->status = 201;
        if (!obj_name(tree).n) obj_put_fmt(&a, tree, ".metadata.name", "made-%d", nbodies);
        obj_put_fmt(&a, tree, ".metadata.uid", "made-%d", nbodies);
    }
    if (tree)
        json_write(&rp->body, tree);
    else
        buf_cstr(&rp->body, "{}");
}

static inline void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    bool list = has(rq->path, "/jobs?") || has(rq->path, "/pods?") || has(rq->path, "/cronjobs?");
    if (has(rq->path, "sim.kubestep.dev")) {
        rp->status = 404;
    } else if (has(rq->path, "watch=true")) {
        rp->stream = true;
    } else if (has(rq->path, "/events")) {
        if (nevents < 64) snprintf(events[nevents++], sizeof events[0], "%.*s", STR_ARG(rq->body));
        buf_cstr(&rp->body, "{}");
    } else if (!str_eqc(rq->method, "GET")) {
        answer_write(rq, rp);
    } else if (list) {
        answer_list(rq, rp);
    } else if (single) {
        buf_cstr(&rp->body, single);
    } else {
        refuse(rp, 404, "NotFound");
    }
    mutex_unlock(&lock);
}

static inline void set_clock(const char *text)
{
    int64_t ns = 0;
    ck_assert(clk_parse_rfc3339(text, strlen(text), &ns));
    clk_set(&(struct clk_state){.at_ns = ns, .paused = true, .rate = 1});
}

static inline void up(const struct ctl_spec *spec)
{
    nbodies = nevents = 0;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
}

static inline void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    crons = jobs = pods = "";
    single = NULL;
    refuse_post = refuse_patch = 0;
}

/* Waits until n requests of this kind came and the controller is quiet, then there must be just n. */
#define EXPECT_REQUESTS(what, n)                                                                                       \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, (what)) >= (n) && ctl_host_idle(host));                                          \
        ck_assert_int_eq(fake_count(&server, (what)), (n));                                                            \
    } while (0)

/* The n-th write whose "METHOD path body" begins with start; "". */
static inline const char *written(const char *start, int n)
{
    for (int i = 0; i < nbodies; i++)
        if (strncmp(bodies[i], start, strlen(start)) == 0 && n-- == 0) return bodies[i];
    return "";
}

static inline bool told(const char *part)
{
    bool found = false;
    mutex_lock(&lock);
    for (int i = 0; i < nevents; i++) found = found || strstr(events[i], part) != NULL;
    mutex_unlock(&lock);
    return found;
}

#define EXPECT_EVENT(part)                                                                                             \
    do {                                                                                                               \
        FAKE_WAIT(told(part));                                                                                         \
        ck_assert_msg(told(part), "no event with %s", (part));                                                         \
    } while (0)
#define EXPECT_IN(text, part) ck_assert_msg(strstr((text), (part)) != NULL, "no %s in %s", (part), (text))

#endif
