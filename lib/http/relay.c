/* relay.c - see relay.h.
 * Reads: responses, as they come.   Writes: requests. */
#include "relay.h"

#include "conn.h"

#include "base/heap.h"
#include "base/kassert.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"

#include <stdlib.h>

struct post {
    struct post *next;
    void (*fn)(void *arg);
    void *arg;
};

struct http_timer {
    struct heap_item item;
    int64_t due_ns;
    void (*fn)(void *arg);
    void *arg;
};

struct http_relay {
    pthread_t thread;
    CURLM *multi;
    struct http_call *calls;
    struct heap timers;
    pthread_mutex_t lock; /* what follows */
    struct post *first, **last;
    bool ending, over; /* over: nobody runs what is posted */
};

struct http_call {
    struct http_relay *relay;
    struct http_call *prev, *next;
    const struct http_call_ops *ops;
    void *arg;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    const char *address;
    size_t header_bytes;
    bool too_large;
    char why[CURL_ERROR_SIZE];
};

/* ---- Calls ---- */

static void call_free(struct http_call *c)
{
    curl_multi_remove_handle(c->relay->multi, c->easy);
    curl_easy_cleanup(c->easy);
    curl_slist_free_all(c->headers);
    curl_slist_free_all(c->connect_to);
    if (c->prev)
        c->prev->next = c->next;
    else
        c->relay->calls = c->next;
    if (c->next) c->next->prev = c->prev;
    free(c);
}

static void head_ends(struct http_call *c)
{
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) c->ops->head(c->arg, (int)status); /* else 100 Continue: the real one follows */
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;
    n *= size;
    c->header_bytes += n;
    if (c->header_bytes > HTTP_HEADER_BYTES_MAX) return c->too_large = true, 0;
    struct str line = str_n(p, n), value, name;
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r')) line.n--;
    name = str_cut(line, ':', &value);
    if (!line.n)
        head_ends(c);
    else if (!str_is_null(value))
        c->ops->header(c->arg, name, str_trim(value));
    return n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;
    return c->ops->body(c->arg, str_n(p, n * size)) ? n * size : CURL_WRITEFUNC_PAUSE;
}

static void set_headers(struct http_call *c, const char *const *headers)
{
    c->headers = curl_slist_append(NULL, "Expect:"); /* no 100-continue round trip */
    for (; headers && *headers; headers++) c->headers = curl_slist_append(c->headers, *headers);
    KASSERT(c->headers);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

struct http_call *http_call_start(struct http_relay *y, const struct http_call_request *rq,
                                  const struct http_call_ops *ops, void *arg)
{
    struct http_call *c = xcalloc(1, sizeof *c);
    *c = (struct http_call){.relay = y, .ops = ops, .arg = arg, .address = rq->address, .next = y->calls};
    if (y->calls) y->calls->prev = c;
    y->calls = c;
    c->easy = curl_easy_init();
    KASSERT(c->easy);
    conn_options(c->easy, rq->tls);
    curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_URL, rq->url);
    if (rq->connect_to) c->connect_to = curl_slist_append(NULL, rq->connect_to);
    if (c->connect_to) curl_easy_setopt(c->easy, CURLOPT_CONNECT_TO, c->connect_to);
    if (rq->timeout_ms) curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
    conn_set_method(c->easy, rq->method, rq->body);
    set_headers(c, rq->headers);
    KASSERT(curl_multi_add_handle(y->multi, c->easy) == CURLM_OK);
    return c;
}

void http_call_resume(struct http_call *c) { curl_easy_pause(c->easy, CURLPAUSE_CONT); }
void http_call_cancel(struct http_call *c) { call_free(c); }

static void call_ends(struct http_call *c, const struct err *e)
{
    const struct http_call_ops *ops = c->ops;
    void *arg = c->arg;
    call_free(c);
    ops->done(arg, e);
}

/* False: nothing has ended. */
static bool collect_ended(struct http_relay *y)
{
    int left;
    bool any = false;
    for (CURLMsg *m; (m = curl_multi_info_read(y->multi, &left));) {
        struct http_call *c = NULL;
        struct err e = ERR_INIT;
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode result = m->data.result; /* the message dies with the handle */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
        if (result != CURLE_OK && c->too_large)
            err_set(&e, ERR_TOO_LARGE, "net/http: server response headers exceeded %d bytes; aborted",
                    HTTP_HEADER_BYTES_MAX);
        else if (result != CURLE_OK)
            conn_explain(c->easy, result, c->why, c->address, &e);
        call_ends(c, result == CURLE_OK ? NULL : &e);
        any = true;
    }
    return any;
}

/* ---- Timers, posts ---- */

static bool timer_less(const struct heap_item *a, const struct heap_item *b)
{
    return CONTAINER_OF(a, struct http_timer, item)->due_ns < CONTAINER_OF(b, struct http_timer, item)->due_ns;
}

struct http_timer *http_relay_at(struct http_relay *y, int64_t mono_due_ns, void (*fn)(void *arg), void *arg)
{
    struct http_timer *t = xcalloc(1, sizeof *t);
    *t = (struct http_timer){.due_ns = mono_due_ns, .fn = fn, .arg = arg};
    heap_push(&y->timers, &t->item);
    return t;
}

void http_relay_cancel(struct http_relay *y, struct http_timer *t)
{
    if (!t) return;
    heap_remove(&y->timers, &t->item);
    free(t);
}

/* Milliseconds until the next one. */
static int run_timers(struct http_relay *y)
{
    enum { LONG_MS = 60 * 1000 };
    for (struct heap_item *it; (it = heap_peek(&y->timers));) {
        struct http_timer t = *CONTAINER_OF(it, struct http_timer, item);
        int64_t left_ns = t.due_ns - mono_ns();
        if (left_ns > 0) return (int)MIN(left_ns / 1000000 + 1, LONG_MS);
        free(CONTAINER_OF(heap_pop(&y->timers), struct http_timer, item));
        t.fn(t.arg);
    }
    return LONG_MS;
}

bool http_relay_post(struct http_relay *y, void (*fn)(void *arg), void *arg)
{
    struct post *p = xcalloc(1, sizeof *p);
    *p = (struct post){.fn = fn, .arg = arg};
    mutex_lock(&y->lock);
    bool over = y->over;
    if (!over) {
        *y->last = p;
        y->last = &p->next;
        curl_multi_wakeup(y->multi);
    }
    mutex_unlock(&y->lock);
    if (over) free(p);
    return !over;
}

/* True: the end was asked for. */
static bool run_posts(struct http_relay *y)
{
    mutex_lock(&y->lock);
    struct post *list = y->first;
    bool ending = y->ending;
    y->first = NULL;
    y->last = &y->first;
    mutex_unlock(&y->lock);
    for (struct post *p; (p = list);) {
        list = p->next;
        p->fn(p->arg);
        free(p);
    }
    return ending;
}

/* ---- The thread ---- */

static void end_calls(struct http_relay *y)
{
    const struct err closed = {.code = ERR_CLOSED, .text = "the server is shutting down"};
    for (struct http_call *c = y->calls, *next; c; c = next) {
        next = c->next;
        call_ends(c, &closed);
    }
}

static void *run(void *arg)
{
    struct http_relay *y = arg;
    int running;
    while (!run_posts(y)) {
        do curl_multi_perform(y->multi, &running);
        while (collect_ended(y));
        curl_multi_poll(y->multi, NULL, 0, run_timers(y), NULL); /* at once when there is more to do */
    }
    end_calls(y);
    mutex_lock(&y->lock);
    y->over = true;
    mutex_unlock(&y->lock);
    (void)run_posts(y);
    end_calls(y); /* of the last posts */
    return NULL;
}

struct http_relay *http_relay_new(const char *name)
{
    struct http_relay *y = xcalloc(1, sizeof *y);
    http_global_init();
    y->multi = curl_multi_init();
    KASSERT(y->multi);
    curl_multi_setopt(y->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_IDLE_MAX);
    pthread_mutex_init(&y->lock, NULL);
    heap_init(&y->timers, timer_less);
    y->last = &y->first;
    y->thread = thread_start(name, run, y);
    return y;
}

void http_relay_stop(struct http_relay *y)
{
    mutex_lock(&y->lock);
    y->ending = true;
    mutex_unlock(&y->lock);
    curl_multi_wakeup(y->multi);
    thread_join(y->thread);
}

void http_relay_free(struct http_relay *y)
{
    while (y->timers.count) free(CONTAINER_OF(heap_pop(&y->timers), struct http_timer, item));
    heap_release(&y->timers);
    curl_multi_cleanup(y->multi);
    pthread_mutex_destroy(&y->lock);
    free(y);
}
