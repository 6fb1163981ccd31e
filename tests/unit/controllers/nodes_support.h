/* nodes_support.h - a fake API server that answers lists from texts and keeps the bodies of writes, and a clock that
 * the test moves, for the controllers of nodes and budgets. */
#ifndef UNIT_CONTROLLERS_NODES_SUPPORT_H
#define UNIT_CONTROLLERS_NODES_SUPPORT_H

#include "api/object.h"
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "fake_rest.h"

#define T0 INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

/* The clock never goes back, so each test has an hour of its own: texts say hour 00, dated() puts the test's there. */
static int hour = -1;
static struct arena texts; /* of one test */

static inline const char *dated(const char *text)
{
    static const char day[] = "2026-01-01T00";
    char *copy = str_cstr(&texts, str_of(text));
    for (char *p = copy; (p = strstr(p, day)); p += sizeof day - 1) {
        p[sizeof day - 3] = (char)('0' + hour / 10);
        p[sizeof day - 2] = (char)('0' + hour % 10);
    }
    return copy;
}

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static struct ctl *ctl;
static pthread_mutex_t lock = MUTEX_INIT; /* what follows */
static const char *lists[8][2];           /* part of a path, items */
static int nlists;
static char writes[64][2][2048]; /* "METHOD path", body */
static int nwrites;

static inline bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static inline const char *items_of(struct str path)
{
    for (int i = 0; i < nlists; i++)
        if (has(path, lists[i][0])) return lists[i][1];
    return "";
}

static inline void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    bool read = str_eqc(rq->method, "GET"), one = has(rq->path, "/nodes/");
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev") || (read && one)) {
        rp->status = 404;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}");
    } else if (has(rq->path, "watch=true")) {
        rp->stream = true;
    } else if (read) {
        buf_addf(&rp->body,
                 "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 items_of(rq->path));
    } else {
        if (nwrites < 64) {
            snprintf(writes[nwrites][0], sizeof writes[0][0], "%.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->path));
            snprintf(writes[nwrites++][1], sizeof writes[0][1], "%.*s", STR_ARG(rq->body));
        }
        buf_cstr(&rp->body, "{}");
    }
    mutex_unlock(&lock);
}

static inline void serve(const char *part, const char *items)
{
    lists[nlists][0] = part;
    lists[nlists++][1] = dated(items);
}

static inline void push(const char *part, const char *event) { fake_push(&server, part, dated(event)); }

/* Before serve: the next test's hour. */
static inline void begin(void)
{
    hour++;
    nlists = 0;
    arena_init(&texts, 16 * 1024);
}

/* Stands still s seconds into the hour. */
static inline void at_s(int64_t s)
{
    clk_set(&(struct clk_state){.at_ns = (T0 + hour * 3600 + s) * 1000000000, .rate = 1, .paused = true});
}

static inline void up(const struct ctl_spec *spec)
{
    nwrites = 0;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl = ctl_start(host, spec);
    ck_assert(ctl_host_run(host));
}

static inline void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    arena_release(&texts);
}

/* The n-th write (from 0) whose "METHOD path" holds part, as a tree; waits for it. */
static inline const struct json *written(struct arena *a, const char *part, int n)
{
    const struct json *tree = NULL;
    FAKE_WAIT(fake_count(&server, part) > n && ctl_host_idle(host));
    mutex_lock(&lock);
    for (int i = 0; i < nwrites && !tree; i++) {
        struct err e = ERR_INIT;
        if (strstr(writes[i][0], part) && n-- == 0) tree = json_parse(a, str_copy(a, str_of(writes[i][1])), &e);
    }
    mutex_unlock(&lock);
    ck_assert_msg(tree != NULL, "no %s", part);
    return tree;
}

/* Nothing more happens, and so many of these have come. */
#define EXPECT_WRITES(part, n)                                                                                         \
    do {                                                                                                               \
        FAKE_WAIT(fake_count(&server, (part)) >= (n) && ctl_host_idle(host));                                          \
        ck_assert_int_eq(fake_count(&server, (part)), (n));                                                            \
    } while (0)

static inline const char *text(struct arena *a, const struct json *j)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 16);
    if (j) json_write(&b, j);
    return str_cstr(a, buf_view(&b));
}

#define READY(status, beat)                                                                                            \
    "{\"type\":\"Ready\",\"status\":\"" status "\",\"lastHeartbeatTime\":\"2026-01-01T00:" beat "Z\"}"
#define NODE(name, rv, spec, conditions)                                                                               \
    "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name "\",\"uid\":\"u-" name                   \
    "\",\"resourceVersion\":\"" rv "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{" spec                \
    "},\"status\":{\"conditions\":[" conditions "]}}"
#define LEASE(name, rv, renewed)                                                                                       \
    "{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/v1\",\"metadata\":{\"name\":\"" name                     \
    "\",\"namespace\":\"kube-node-lease\",\"uid\":\"l-" name "\",\"resourceVersion\":\"" rv                            \
    "\"},\"spec\":{\"renewTime\":\"2026-01-01T00:" renewed ".000000Z\"}}"
#define POD(name, node, spec, more)                                                                                    \
    "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name                                           \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"},\"spec\":{\"nodeName\":\"" node          \
    "\"" spec "}" more "}"
#define RUNS             ",\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}"
#define MODIFIED(object) "{\"type\":\"MODIFIED\",\"object\":" object "}"
#define ADDED(object)    "{\"type\":\"ADDED\",\"object\":" object "}"
#define DELETED(object)  "{\"type\":\"DELETED\",\"object\":" object "}"

#endif
