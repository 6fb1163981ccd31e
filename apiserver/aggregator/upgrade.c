/* upgrade.c - see upgrade.h. A thread of a bounded pool connects to the server, then the connection is a tunnel's
 * (http/tunnel.h) and no thread's.
 * Reads: the request.   Writes: the connection; errors. Upstream: kube-aggregator pkg/apiserver/handler_proxy.go,
 * apimachinery pkg/util/proxy/upgradeaware.go. */
#include "apiserver/aggregator/upgrade.h"

#include "apiserver/aggregator/fetch.h"
#include "apiserver/aggregator/headers.h"
#include "apiserver/aggregator/proxy.h"
#include "apiserver/http/tunnel.h"
#include "base/heap.h"
#include "base/thread.h"

#include <stdlib.h>

struct upgrading {
    struct job job;
    struct request *r;
    struct remote *remote;
    struct arena arena;
    struct http_call_request rq;
    struct buf text;
};

static void over(void *arg)
{
    struct upgrading *u = arg;
    remote_unref(u->remote);
    buf_release(&u->text);
    arena_release(&u->arena);
    free(u);
    proxy_ends();
}

static void failed(struct request *r, const char *why, void *arg)
{
    (void)arg;
    proxy_answer(r, 503, why);
}

static void refuse(struct upgrading *u, const char *why)
{
    failed(u->r, why, u);
    over(u);
}

static void dial(struct job *j)
{
    static const struct tunnel_ops ops = {.failed = failed, .over = over};
    struct upgrading *u = CONTAINER_OF(j, struct upgrading, job);
    struct err e = ERR_INIT;
    struct http_socket *s = request_client_gone(u->r) ? NULL : http_socket_open(&u->rq, &e);
    if (!s)
        refuse(u, arena_printf(&u->arena, "error dialing backend: %s", e.code ? e.text : "context canceled"));
    else if (!tunnel_start(u->r, s, buf_view(&u->text), &ops, u))
        refuse(u, "the server is shutting down");
}

static struct pool *dialers(void)
{
    static pthread_mutex_t lock = MUTEX_INIT;
    static struct pool *pool; /* made when the first client asks */
    mutex_lock(&lock);
    if (!pool) pool = pool_new("upgrade", UPGRADE_DIALERS);
    mutex_unlock(&lock);
    return pool;
}

void upgrade_request(struct request *r, struct remote *m, const struct endpoint *ep)
{
    struct upgrading *u = xcalloc(1, sizeof *u);
    struct arena *a = &u->arena;
    struct err e = ERR_INIT;
    const char *bad;
    u->job.run = dial;
    u->r = r;
    u->remote = m;
    buf_init(&u->text, SIZE_MAX);
    fetch_address(a, m, ep, STR("/"), &u->rq);
    const char *target = str_cstr(a, headers_target(a, r));
    if (headers_write_upgrade(&u->text, a, r, target, u->rq.address, &bad)) {
        pool_submit(dialers(), &u->job);
    } else {
        proxy_bad_header(&e, bad);
        refuse(u, arena_printf(a, "error sending request: %s", e.text));
    }
}
