/* test_relay.c - many requests on one thread, against a scripted server: whole, paused, broken, cancelled, cut off. */
#include "check_main.h"
#include "fake_server.h"
#include "http/relay.h"

#include <stdatomic.h>

enum { MANY = 50 };

static struct fake_server server;
static struct http *tls;
static struct http_relay *relay;
static char base[64], address[64];

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    if (str_starts(rq->path, STR("/echo"))) {
        rp->status = 201;
        rp->headers = "X-One: 1\r\nX-One: 2\r\n";
        buf_addf(&rp->body, "%.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->body));
    } else if (str_starts(rq->path, STR("/hold"))) {
        rp->hold = true;
    } else if (str_starts(rq->path, STR("/hang-up"))) {
        rp->hang_up = true;
    } else if (str_starts(rq->path, STR("/big"))) {
        for (int i = 0; i < 100000; i++) buf_cstr(&rp->body, "0123456789");
    }
}

static struct seen {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_call *call;
    struct buf body, headers;
    int status, ended;
    bool pause, paused;
    struct err e;
} seen = {.lock = MUTEX_INIT};

static void header(void *arg, struct str name, struct str value)
{
    struct seen *s = arg;
    if (str_starts(name, STR("X-"))) buf_addf(&s->headers, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
}

static void head(void *arg, int status) { ((struct seen *)arg)->status = status; }

static void tell(struct seen *s)
{
    mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static bool body(void *arg, struct str bytes)
{
    struct seen *s = arg;
    if (s->pause) {
        s->paused = true;
        tell(s);
        return false;
    }
    buf_str(&s->body, bytes);
    return true;
}

static void done(void *arg, const struct err *e)
{
    struct seen *s = arg;
    s->call = NULL;
    if (e) s->e = *e;
    mutex_lock(&s->lock);
    s->ended++;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

static const struct http_call_ops ops = {.header = header, .head = head, .body = body, .done = done};
static const char *const headers[] = {"Content-Type: text/plain", NULL};
static struct {
    const char *method, *path;
    struct str body;
    int64_t timeout_ms;
} wanted;
static char url[128];

static void start(void *arg)
{
    struct http_call_request rq = {.tls = tls,
                                   .method = wanted.method,
                                   .url = url,
                                   .address = address,
                                   .headers = headers,
                                   .body = wanted.body,
                                   .timeout_ms = wanted.timeout_ms};
    ((struct seen *)arg)->call = http_call_start(relay, &rq, &ops, arg);
}

static void up(void)
{
    struct err e;
    fake_start(&server, 0, handler, NULL);
    snprintf(base, sizeof base, "http://127.0.0.1:%d", server.port);
    snprintf(address, sizeof address, "127.0.0.1:%d", server.port);
    tls = http_new("https://any.invalid", NULL, &e);
    relay = http_relay_new("relay");
    cond_init_mono(&seen.changed);
    buf_init(&seen.body, SIZE_MAX);
    buf_init(&seen.headers, SIZE_MAX);
}

static void down(void)
{
    http_relay_stop(relay);
    http_relay_free(relay);
    http_free(tls);
    fake_stop(&server);
    buf_release(&seen.body);
    buf_release(&seen.headers);
}

static void begin(const char *method, const char *path, const char *text, int64_t timeout_ms)
{
    snprintf(url, sizeof url, "%s%s", base, path);
    wanted.method = method;
    wanted.path = path;
    wanted.body = str_of(text);
    wanted.timeout_ms = timeout_ms;
    buf_clear(&seen.body);
    buf_clear(&seen.headers);
    seen.ended = seen.status = 0;
    seen.e.code = ERR_NONE;
    ck_assert(http_relay_post(relay, start, &seen));
}

static void wait_until_ended(int count)
{
    int64_t deadline = mono_ns() + 20 * 1000000000LL;
    mutex_lock(&seen.lock);
    while (seen.ended < count) ck_assert(cond_wait_until(&seen.changed, &seen.lock, deadline));
    mutex_unlock(&seen.lock);
}

START_TEST(whole)
{
    static const struct {
        const char *method, *body, *want;
    } rows[] = {{"GET", "", "GET "},         {"POST", "abc", "POST abc"}, {"PUT", "", "PUT "},
                {"DELETE", "x", "DELETE x"}, {"GET", "q", "GET q"},       {"PATCH", "p", "PATCH p"}};
    up();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(rows[i].method, "/echo", rows[i].body, 0);
        wait_until_ended(1);
        ck_assert_int_eq(seen.e.code, ERR_NONE);
        ck_assert_int_eq(seen.status, 201);
        ck_assert_str_eq(seen.headers.p, "X-One=1;X-One=2;");
        ck_assert_str_eq(seen.body.p, rows[i].want);
    }
    down();
}
END_TEST

START_TEST(failures)
{
    up();
    begin("GET", "/hang-up", "", 0);
    wait_until_ended(1);
    ck_assert_int_eq(seen.e.code, ERR_UNAVAILABLE);
    begin("GET", "/hold", "", 50);
    wait_until_ended(1);
    ck_assert_int_eq(seen.e.code, ERR_TIMEOUT);
    ck_assert_str_eq(seen.e.text, "context deadline exceeded");
    snprintf(base, sizeof base, "http://127.0.0.1:1");
    snprintf(address, sizeof address, "127.0.0.1:1");
    begin("GET", "/", "", 0);
    wait_until_ended(1);
    ck_assert_str_eq(seen.e.text, "dial tcp 127.0.0.1:1: connect: connection refused");
    down();
}
END_TEST

static void go_on(void *arg)
{
    struct seen *s = arg;
    s->pause = false;
    http_call_resume(s->call);
}

START_TEST(paused)
{
    up();
    seen.pause = true;
    seen.paused = false;
    begin("GET", "/big", "", 0);
    mutex_lock(&seen.lock);
    while (!seen.paused) ck_assert(cond_wait_until(&seen.changed, &seen.lock, mono_ns() + 20 * 1000000000LL));
    mutex_unlock(&seen.lock);
    ck_assert(http_relay_post(relay, go_on, &seen));
    wait_until_ended(1);
    ck_assert_uint_eq(seen.body.n, 1000000); /* nothing twice, nothing lost */
    down();
}
END_TEST

static void cancel(void *arg)
{
    struct seen *s = arg;
    http_call_cancel(s->call);
    s->call = NULL;
}

static void note(void *arg)
{
    struct seen *s = arg;
    mutex_lock(&s->lock);
    s->ended = 100;
    pthread_cond_broadcast(&s->changed);
    mutex_unlock(&s->lock);
}

START_TEST(cancelled)
{
    up();
    begin("GET", "/hold", "", 0);
    ck_assert(http_relay_post(relay, cancel, &seen));
    ck_assert(http_relay_post(relay, note, &seen));
    wait_until_ended(100); /* done was not called: it would have made it less */
    ck_assert_int_eq(seen.ended, 100);
    down();
}
END_TEST

static void at_time(void *arg) { note(arg); }
static void set_timer(void *arg)
{
    (void)http_relay_at(relay, mono_ns() + 20 * 1000000, at_time, arg);
    http_relay_cancel(relay, http_relay_at(relay, mono_ns(), cancel, NULL)); /* would crash */
}

START_TEST(timers)
{
    up();
    seen.ended = 0;
    int64_t began = mono_ns();
    ck_assert(http_relay_post(relay, set_timer, &seen));
    wait_until_ended(100);
    ck_assert(mono_ns() - began >= 20 * 1000000);
    down();
}
END_TEST

START_TEST(stopped)
{
    up();
    begin("GET", "/hold", "", 0);
    for (int i = 1; i < MANY; i++) ck_assert(http_relay_post(relay, start, &seen));
    http_relay_stop(relay);
    ck_assert_int_eq(seen.ended, MANY); /* each was told */
    ck_assert_int_eq(seen.e.code, ERR_CLOSED);
    ck_assert(!http_relay_post(relay, start, &seen));
    http_relay_free(relay);
    http_free(tls);
    fake_stop(&server);
    buf_release(&seen.body);
    buf_release(&seen.headers);
}
END_TEST

TEST_MAIN("relay", whole, failures, paused, cancelled, timers, stopped)
