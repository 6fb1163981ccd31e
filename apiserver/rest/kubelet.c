/* kubelet.c - see kubelet.h. One reader thread per conversation fills a feed (http/feed.h).
 * Reads: the Node's port; the kubelet's response.   Writes: the response.
 * Upstream: pkg/kubelet/client, pkg/registry/core/pod/rest/log.go, apiserver pkg/registry/generic/rest/streamer.go. */
#include "apiserver/rest/kubelet.h"

#include "api/object.h"
#include "apiserver/http/feed.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/rest.h"
#include "apiserver/rest/status_priv.h"
#include "apiserver/watch/cache.h"
#include "base/heap.h"
#include "base/thread.h"
#include "http/http.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

static struct {
    const char *cert_pem, *key_pem;
    pthread_mutex_t lock; /* what follows */
    struct pool *pool;    /* made when the first client asks: most clusters are never asked for logs */
    int talking;
    struct kubelet_host {
        int port;
        struct http *http;
    } hosts[KUBELET_HOSTS_MAX];
    int nhosts;
} kubelets = {.lock = MUTEX_INIT};

void kubelet_init(const char *cert_pem, const char *key_pem)
{
    kubelets.cert_pem = cert_pem;
    kubelets.key_pem = key_pem;
}

/* ---- Connections ---- */

/* Simulated nodes have made-up addresses: their kubelets listen on loopback. As upstream's default, a kubelet's own
 * certificate is not checked; it checks ours. */
static struct http *host_of(int port, struct err *e)
{
    const struct http_tls tls = {.cert_pem = kubelets.cert_pem, .key_pem = kubelets.key_pem, .insecure = true};
    struct http *found = NULL;
    char url[64];
    mutex_lock(&kubelets.lock);
    for (int i = 0; i < kubelets.nhosts && !found; i++)
        if (kubelets.hosts[i].port == port) found = kubelets.hosts[i].http;
    if (!found && kubelets.nhosts == KUBELET_HOSTS_MAX) {
        err_set(e, ERR_TOO_MANY, "too many kubelet ports");
    } else if (!found) {
        snprintf(url, sizeof url, "https://127.0.0.1:%d", port);
        found = http_new(url, &tls, e);
        if (found) kubelets.hosts[kubelets.nhosts++] = (struct kubelet_host){port, found};
    }
    mutex_unlock(&kubelets.lock);
    return found;
}

static int port_of(struct str node)
{
    struct item *it = cache_get(&res_core_v1_nodes, STR_NULL, node);
    if (!it) return 0;
    const struct object *o AUTO_OBJ = object_parse(blob_str(it->blob), NULL, &(struct err){0});
    item_unref(it);
    return o ? (int)obj_int(o->root, ".status.daemonEndpoints.kubeletEndpoint.Port", 0) : 0;
}

/* ---- A relay ---- */

struct relay { /* owners: the reader, the stream */
    struct job job;
    _Atomic int refs;
    struct request *r; /* until the stream or the answer has it */
    struct http *http;
    const char *path;
    pthread_mutex_t lock; /* what follows */
    pthread_cond_t changed;
    bool room; /* since the feed was last found full */
    bool gone; /* the client is */
    struct http_stream *from;
};

static void relay_unref(struct relay *y)
{
    if (atomic_fetch_sub(&y->refs, 1) != 1) return;
    pthread_cond_destroy(&y->changed);
    pthread_mutex_destroy(&y->lock);
    free(y);
}

static void end_talk(void)
{
    mutex_lock(&kubelets.lock);
    kubelets.talking--;
    mutex_unlock(&kubelets.lock);
}

static void on_room(void *arg)
{
    struct relay *y = arg;
    mutex_lock(&y->lock);
    y->room = true;
    pthread_cond_signal(&y->changed);
    mutex_unlock(&y->lock);
}

static void on_left(void *arg)
{
    struct relay *y = arg;
    mutex_lock(&y->lock);
    y->gone = true;
    if (y->from) http_stream_cancel(y->from);
    pthread_cond_signal(&y->changed);
    mutex_unlock(&y->lock);
    relay_unref(y);
}

/* Waits for room. False: the client is gone. */
static bool give(struct relay *y, struct feed *f, struct str bytes)
{
    bool gone = false;
    do {
        mutex_lock(&y->lock);
        y->room = false;
        mutex_unlock(&y->lock);
        if (feed_write(f, bytes)) return true;
        mutex_lock(&y->lock);
        while (!y->room && !y->gone) cond_wait_until(&y->changed, &y->lock, INT64_MAX);
        gone = y->gone;
        mutex_unlock(&y->lock);
    } while (!gone);
    return false;
}

/* Reader's thread: lines until the kubelet ends or the client leaves. */
static void pump(struct relay *y)
{
    static const struct feed_ops ops = {.room = on_room, .left = on_left};
    struct str line;
    struct buf whole AUTO_BUF = {0}; /* with its end: who follows wants no half of it */
    struct err e = ERR_INIT;
    buf_init(&whole, SIZE_MAX);
    atomic_fetch_add(&y->refs, 1);
    struct feed *f = feed_start(y->r, "text/plain", RELAY_QUEUE_MAX, &ops, y);
    while (http_stream_line(y->from, &line, INT64_MAX, &e) == 1) {
        buf_clear(&whole);
        buf_str(&whole, line);
        buf_char(&whole, '\n');
        if (!give(y, f, buf_view(&whole))) break;
    }
    mutex_lock(&y->lock);
    struct http_stream *from = y->from;
    y->from = NULL;
    mutex_unlock(&y->lock);
    feed_end(f, true);
    http_stream_close(from);
}

/* GenericHttpResponseChecker: what the kubelet says becomes the Status's message. */
static void refuse(struct request *r, const struct http_response *answer, const struct err *e)
{
    struct str text = str_trim(buf_view(&answer->body));
    if (!answer->status)
        status_failf(r, ERR_INTERNAL, "Internal error occurred: %s", e->text);
    else if (answer->status == 400)
        status_failf(r, ERR_BAD_REQUEST, "%.*s", STR_ARG(text));
    else if (answer->status == 404)
        status_failf(r, ERR_NOT_FOUND, "the server could not find the requested resource ( %.*s)", STR_ARG(text));
    else
        status_failf(r, ERR_INTERNAL, "Internal error occurred: %.*s", STR_ARG(text));
    rest_finish(r);
}

static void talk(struct job *j)
{
    struct relay *y = CONTAINER_OF(j, struct relay, job);
    const struct http_request rq = {.method = "GET", .path = y->path, .timeout_ms = KUBELET_ANSWER_MS};
    struct http_response answer;
    struct err e = ERR_INIT;
    http_response_init(&answer);
    y->from = http_open(y->http, &rq, &answer, &e);
    if (y->from)
        pump(y);
    else
        refuse(y->r, &answer, &e);
    http_response_release(&answer);
    end_talk();
    relay_unref(y);
}

/* False: as many conversations as there may be. */
static bool begin_talk(void)
{
    mutex_lock(&kubelets.lock);
    bool ok = kubelets.talking < KUBELET_TALKS_MAX;
    kubelets.talking += ok;
    if (ok && !kubelets.pool) kubelets.pool = pool_new("kubelet", KUBELET_TALKS_MAX);
    mutex_unlock(&kubelets.lock);
    return ok;
}

void kubelet_relay(struct request *r, struct str node, const char *path)
{
    struct err e = ERR_INIT;
    int port = port_of(node);
    struct http *http = port ? host_of(port, &e) : NULL;
    if (!port) err_set(&e, ERR_INTERNAL, "Internal error occurred: node \"%.*s\" not found", STR_ARG(node));
    if (http && !begin_talk()) {
        http = NULL;
        err_set(&e, ERR_TOO_MANY, "too many conversations with kubelets, please try again later");
    }
    if (!http) {
        status_fail(r, &e);
        rest_finish(r);
        return;
    }
    struct relay *y = xcalloc(1, sizeof *y);
    *y = (struct relay){.job = {.run = talk}, .refs = 1, .r = r, .http = http, .path = path};
    pthread_mutex_init(&y->lock, NULL);
    cond_init_mono(&y->changed);
    pool_submit(kubelets.pool, &y->job);
}
