/* test_http.c - requests, errors, streams and cancelling against a scripted server. */
#include "check_main.h"
#include "fake_server.h"
#include "http/http.h"
#include "http/limits.h"

static struct fake_server server;
static struct http *client;
static char base[64];

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    if (str_starts(rq->path, STR("/echo"))) {
        buf_addf(&rp->body, "%.*s %.*s|%.*s|%.*s", STR_ARG(rq->method), STR_ARG(rq->path),
                 STR_ARG(fake_head_value(rq->head, "X-A")), STR_ARG(rq->body));
        rp->headers = "Audit-Id: a1\r\nRetry-After: 7\r\nWarning: 299 - \"one\"\r\nwarning: 299 - \"two\"\r\n";
    } else if (str_starts(rq->path, STR("/status"))) {
        rp->status = 404;
        buf_cstr(&rp->body, "no such thing");
    } else if (str_starts(rq->path, STR("/hold"))) {
        rp->hold = true;
    } else if (str_starts(rq->path, STR("/hang-up"))) {
        rp->hang_up = true;
    } else if (str_starts(rq->path, STR("/stream"))) {
        rp->stream = true;
        buf_cstr(&rp->body, "first\nsec");
    } else if (str_starts(rq->path, STR("/big"))) {
        for (int i = 0; i < 100000; i++) buf_cstr(&rp->body, "0123456789");
    }
}

static void up(void)
{
    struct err e;
    fake_start(&server, 0, handler, NULL);
    snprintf(base, sizeof base, "http://127.0.0.1:%d/", server.port);
    client = http_new(base, NULL, &e);
    ck_assert_ptr_nonnull(client);
}

static void down(void)
{
    http_free(client);
    fake_stop(&server);
}

START_TEST(methods_headers_bodies)
{
    static const struct {
        const char *method, *body, *want;
    } rows[] = {{"GET", NULL, "GET /echo?x=%2F|1|"},       {"POST", "abc", "POST /echo?x=%2F|1|abc"},
                {"PUT", "", "PUT /echo?x=%2F|1|"},         {"PATCH", "p", "PATCH /echo?x=%2F|1|p"},
                {"DELETE", NULL, "DELETE /echo?x=%2F|1|"}, {"DELETE", "opts", "DELETE /echo?x=%2F|1|opts"},
                {"GET", NULL, "GET /echo?x=%2F|1|"},       {"POST", NULL, "POST /echo?x=%2F|1|"}};
    up();
    struct http_response r;
    struct err e;
    http_response_init(&r);
    const char *headers[] = {"X-A: 1", "Content-Type: application/json", NULL};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_request rq = {
            .method = rows[i].method, .path = "/echo?x=%2F", .headers = headers, .body = str_of(rows[i].body)};
        ck_assert_msg(http_do(client, &rq, &r, &e), "%s", e.text);
        ck_assert_int_eq(r.status, 200);
        ck_assert_str_eq(r.body.p, rows[i].want);
    }
    ck_assert_str_eq(r.audit_id, "a1");
    ck_assert_str_eq(r.retry_after, "7");
    ck_assert_str_eq(r.content_type, "application/json");
    ck_assert_str_eq(r.warning, "299 - \"one\"\n299 - \"two\"");
    ck_assert_int_eq(server.accepted, 1); /* one connection was kept */
    struct http_request rq = {.method = "GET", .path = "/status"};
    ck_assert(http_do(client, &rq, &r, &e));
    ck_assert_int_eq(r.status, 404);
    ck_assert_str_eq(r.body.p, "no such thing");
    ck_assert_str_eq(r.audit_id, "");
    rq.path = "/big";
    ck_assert(http_do(client, &rq, &r, &e));
    ck_assert_uint_eq(r.body.n, 1000000);
    http_response_release(&r);
    down();
}
END_TEST

START_TEST(failures)
{
    up();
    struct http_response r;
    struct err e;
    http_response_init(&r);
    struct http_request rq = {.method = "GET", .path = "/hang-up"};
    ck_assert(!http_do(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    rq = (struct http_request){.method = "GET", .path = "/hold", .timeout_ms = 30};
    ck_assert(!http_do(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_TIMEOUT);
    const char *bad[] = {"X: a\r\nY: b", NULL};
    rq = (struct http_request){.method = "GET", .path = "/echo", .headers = bad};
    ck_assert(!http_do(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    int port = server.port;
    down();
    struct http *h = http_new(base, NULL, &e);
    rq = (struct http_request){.method = "GET", .path = "/"};
    ck_assert(!http_do(h, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    ck_assert_int_eq(r.status, 0);
    ck_assert_msg(strstr(e.text, "127.0.0.1"), "%s %d", e.text, port);
    http_free(h);
    static const char *const junk[] = {"", "ftp://x/", "127.0.0.1", "http://", "not a url"};
    for (size_t i = 0; i < ARRAY_LEN(junk); i++) ck_assert_msg(!http_new(junk[i], NULL, &e), "%s", junk[i]);
    http_response_release(&r);
}
END_TEST

START_TEST(stream_lines)
{
    up();
    struct http_response r;
    struct err e;
    struct str line;
    http_response_init(&r);
    struct http_request rq = {.method = "GET", .path = "/stream"};
    struct http_stream *s = http_open(client, &rq, &r, &e);
    ck_assert_ptr_nonnull(s);
    ck_assert_int_eq(r.status, 200);
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 1);
    ck_assert(str_eqc(line, "first"));
    ck_assert_int_eq(http_stream_line(s, &line, mono_ns() + 1000000, &e), -2);
    fake_push(&server, "/stream", "ond");
    fake_push(&server, "/stream", "");
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 1);
    ck_assert(str_eqc(line, "second"));
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 1);
    ck_assert_uint_eq(line.n, 0);
    fake_push(&server, "/stream", NULL);
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 0);
    http_stream_close(s);
    s = http_open(client, &rq, NULL, &e);
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 1);
    fake_cut(&server, "/stream");
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), -1);
    ck_assert_int_eq(e.code, ERR_UNAVAILABLE);
    http_stream_close(s);
    rq.path = "/status";
    ck_assert_ptr_null(http_open(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
    ck_assert_int_eq(r.status, 404);
    ck_assert_str_eq(r.body.p, "no such thing");
    http_response_release(&r);
    down();
}
END_TEST

static void *cancel_soon(void *arg)
{
    FAKE_WAIT(fake_streams(&server, "/"));
    if (arg)
        http_stream_cancel(arg);
    else
        http_abort(client);
    return NULL;
}

START_TEST(cancel_wakes_reader)
{
    up();
    struct err e;
    struct str line;
    struct http_request rq = {.method = "GET", .path = "/stream"};
    struct http_stream *s = http_open(client, &rq, NULL, &e);
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), 1);
    pthread_t t = thread_start("cancel", cancel_soon, s);
    ck_assert_int_eq(http_stream_line(s, &line, INT64_MAX, &e), -1);
    ck_assert_int_eq(e.code, ERR_CLOSED);
    thread_join(t);
    http_stream_close(s);
    FAKE_WAIT(!fake_streams(&server, "/"));
    t = thread_start("abort", cancel_soon, NULL);
    struct http_response r;
    http_response_init(&r);
    rq.path = "/hold";
    ck_assert(!http_do(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_CLOSED);
    thread_join(t);
    ck_assert(!http_do(client, &rq, &r, &e));
    ck_assert_int_eq(e.code, ERR_CLOSED);
    ck_assert(!http_wait(client, 60000));
    http_response_release(&r);
    down();
}
END_TEST

static void *many_requests(void *arg)
{
    struct http_response r;
    struct err e;
    http_response_init(&r);
    char path[32], want[64];
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "/echo/%d/%d", (int)(intptr_t)arg, i);
        snprintf(want, sizeof want, "POST %s||body", path);
        struct http_request rq = {.method = "POST", .path = path, .body = STR("body")};
        ck_assert(http_do(client, &rq, &r, &e));
        ck_assert_str_eq(r.body.p, want);
    }
    http_response_release(&r);
    return NULL;
}

START_TEST(threads_share_the_pool)
{
    up();
    pthread_t t[8];
    for (int i = 0; i < 8; i++) t[i] = thread_start("many", many_requests, (void *)(intptr_t)i);
    for (int i = 0; i < 8; i++) thread_join(t[i]);
    ck_assert_int_le(server.accepted, 8);
    ck_assert_int_eq(server.requests, 800);
    down();
}
END_TEST

TEST_MAIN("http", methods_headers_bodies, failures, stream_lines, cancel_wakes_reader, threads_share_the_pool)
