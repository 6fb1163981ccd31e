/* Streams over real TLS: many events in order, slow readers, hang-ups, timers and posts, shutdown of many. */
#include "apiserver/http/server.h"
#include "apiserver/http/stream.h"

#include "base/mono.h"
#include "check_main.h"
#include "http_client.h"

#include <stdatomic.h>
#include <stdio.h>

enum { MANY = 200, EVENTS = 1000 };

static struct certs certs;
static struct server *server;
static struct pool *pool;

struct feed { /* loop thread */
    struct stream *stream;
    int next, end; /* events to write, then the stream's end; -1: never */
    size_t event_bytes;
    bool big_marked;
};
static _Atomic int opened, closed, flushed, dropped, fills;
static struct feed *last_feed;

static void on_flushed(struct stream *s, void *arg)
{
    (void)arg;
    atomic_fetch_add(s ? &flushed : &dropped, 1);
}

static void fill(struct stream *s, void *arg)
{
    struct feed *f = arg;
    if (!f->stream) atomic_fetch_add(&opened, 1);
    f->stream = s;
    last_feed = f;
    atomic_fetch_add(&fills, 1);
    char text[4096];
    memset(text, '.', sizeof text);
    for (; f->next < f->end && !stream_full(s); f->next++) {
        int n = snprintf(text, sizeof text, "event %d ", f->next);
        text[n] = '.';
        text[f->event_bytes - 1] = '\n';
        stream_write(s, str_n(text, f->event_bytes));
        if (f->next % 100 == 0 || f->end > EVENTS) stream_on_flushed(s, on_flushed, f);
    }
    if (f->end > 0 && f->next == f->end) stream_end(s);
}

static void on_closed(struct stream *s, void *arg)
{
    (void)s;
    atomic_fetch_add(&closed, 1);
    free(arg);
}

static const struct stream_ops ops = {.fill = fill, .closed = on_closed};

static void open_stream(struct request *r)
{
    struct feed *f = xcalloc(1, sizeof *f);
    int64_t n = 0, bytes = 64;
    (void)str_to_i64(request_arg_str(r, "n"), &n);
    if (request_arg(r, "bytes")) (void)str_to_i64(request_arg_str(r, "bytes"), &bytes);
    f->end = (int)n;
    f->event_bytes = (size_t)bytes;
    response_header(r, "X-Stream", "yes");
    stream_start(r, "application/json", &ops, f);
}

static void on_request(struct request *r)
{
    if (str_eqc(r->path, "/pool"))
        request_later(r, open_stream);
    else
        open_stream(r);
}

static void start(void)
{
    struct err e = ERR_INIT;
    if (!certs.pair[0].cert_pem) ck_assert(certs_generate(&certs, NULL, &e));
    opened = closed = flushed = dropped = fills = 0;
    stream_init();
    pool = pool_new("test", 2);
    request_set_pool(pool);
    server = server_start(
        &(struct server_options){.listen_fd = -1,
                                 .threads = 2,
                                 .tls = {certs.pair[CERT_SERVER].cert_pem, certs.pair[CERT_SERVER].key_pem, NULL},
                                 .on_request = on_request},
        &e);
    ck_assert_msg(server != NULL, "%s", e.text);
}

static void stop(void)
{
    stream_shutdown();
    server_stop(server);
    pool_free(pool);
    ck_assert_uint_eq(stream_count(), 0);
}

static void wait_count(_Atomic int *counter, int want)
{
    int64_t deadline = mono_ms() + 10000;
    while (atomic_load(counter) < want) {
        ck_assert_msg(mono_ms() < deadline, "waited in vain: %d of %d", atomic_load(counter), want);
        mono_sleep_ms(1);
    }
}

static void ask(struct client *c, const char *path)
{
    AUTO_FREE char *text = xasprintf("GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
    ck_assert(client_sendc(c, text));
}

START_TEST(test_thousand_events)
{
    start();
    static const char *const paths[] = {"/now?n=1000", "/pool?n=1000", "/pool?n=1000&bytes=4000"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct client c;
        client_open(&c, server_port(server), &certs, NULL);
        ask(&c, paths[i]);
        ck_assert(client_head(&c));
        ck_assert_int_eq(c.code, 200);
        AUTO_FREE char *own = client_header(&c, "X-Stream"), *date = client_header(&c, "Date");
        ck_assert_str_eq(own, "yes");
        ck_assert_uint_eq(strlen(date), strlen("Sun, 06 Nov 1994 08:49:37 GMT"));
        while (client_chunk(&c, &c.body)) {}
        ck_assert(!c.eof); /* ended by the last chunk */
        const char *p = c.body.p;
        for (int n = 0; n < EVENTS; n++) {
            int got = -1;
            ck_assert_int_eq(sscanf(p, "event %d", &got), 1);
            ck_assert_int_eq(got, n);
            p = strchr(p, '\n') + 1;
        }
        ck_assert_int_eq(*p, 0);
        client_close(&c);
        wait_count(&closed, (int)i + 1);
    }
    ck_assert_int_eq(flushed, 30);
    stop();
}
END_TEST

static void kick_one(void *arg)
{
    struct feed *f = last_feed;
    f->end = -1; /* no end */
    (void)arg;
    stream_write(f->stream, STR("kicked\n"));
    stream_kick(f->stream);
}

START_TEST(test_slow_reader_and_hang_up)
{
    start();
    struct client c;
    client_open(&c, server_port(server), &certs, NULL);
    ask(&c, "/now?n=1000000&bytes=4000"); /* 4 GB: must not be queued */
    ck_assert(client_head(&c));
    int before;
    do {
        before = atomic_load(&fills);
        mono_sleep_ms(50);
    } while (atomic_load(&fills) != before); /* stuck: the kernel's buffers are full */
    client_close(&c);
    wait_count(&closed, 1);
    ck_assert_int_gt(dropped, 0);

    client_open(&c, server_port(server), &certs, NULL);
    ask(&c, "/now");
    ck_assert(client_head(&c));
    wait_count(&opened, 2);
    stream_post(kick_one, NULL);
    ck_assert(client_chunk(&c, &c.body));
    ck_assert_str_eq(c.body.p, "kicked\n");
    client_close(&c);
    wait_count(&closed, 2);
    stop();
}
END_TEST

START_TEST(test_head_and_http10)
{
    start();
    struct client c;
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(&c, "HEAD /now?n=5 HTTP/1.1\r\nHost: h\r\n\r\n") && client_head(&c));
    ck_assert(!client_more(&c)); /* no body, then the end */
    client_close(&c);
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(&c, "GET /now?n=2 HTTP/1.0\r\n\r\n") && client_head(&c));
    while (client_more(&c)) {}
    ck_assert_uint_eq(c.in.n, 128);
    ck_assert(strncmp(c.in.p, "event 0 ", 8) == 0);
    client_close(&c);
    stop();
}
END_TEST

static struct {
    int order[4], n;
    uint64_t cancelled;
    _Atomic int over;
} timers;

static void note(void *arg) { timers.order[timers.n++] = (int)(intptr_t)arg; }
static void note_last(void *arg)
{
    note(arg);
    atomic_store(&timers.over, 1);
}

static void set_timers(void *arg)
{
    (void)arg;
    int64_t now = mono_ns();
    (void)stream_at(now + 30000000, note_last, (void *)3);
    timers.cancelled = stream_at(now + 10000000, note, (void *)9);
    (void)stream_at(now + 20000000, note, (void *)2);
    (void)stream_at(now - 1, note, (void *)1);
    stream_cancel_at(timers.cancelled);
    stream_cancel_at(timers.cancelled);
    stream_cancel_at(12345);
}

START_TEST(test_timers)
{
    start();
    stream_post(set_timers, NULL);
    wait_count(&timers.over, 1);
    ck_assert_int_eq(timers.n, 3);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(timers.order[i], i + 1);
    stop();
}
END_TEST

static void shut_many(bool by_server)
{
    start();
    static struct client many[MANY];
    for (int i = 0; i < MANY; i++) {
        client_open(&many[i], server_port(server), &certs, NULL);
        ask(&many[i], i % 2 ? "/pool" : "/now");
    }
    for (int i = 0; i < MANY; i++) ck_assert(client_head(&many[i]));
    wait_count(&opened, MANY);
    ck_assert_uint_eq(stream_count(), MANY);
    int64_t t0 = mono_ms();
    if (by_server)
        server_stop(server);
    else
        stop();
    ck_assert_int_lt(mono_ms() - t0, 5000); /* generous: a sanitizer build on a busy machine */
    ck_assert_int_eq(closed, MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert(!client_chunk(&many[i], NULL));
        ck_assert_msg(!many[i].eof, "stream %d was cut, not ended", i);
        client_close(&many[i]);
    }
    if (!by_server) return;
    stream_shutdown();
    pool_free(pool);
}

START_TEST(test_shutdown_of_many) { shut_many(false); }
END_TEST
START_TEST(test_server_stop_ends_streams) { shut_many(true); }
END_TEST

TEST_MAIN("stream", test_thousand_events, test_slow_reader_and_hang_up, test_head_and_http10, test_timers,
          test_shutdown_of_many, test_server_stop_ends_streams)
