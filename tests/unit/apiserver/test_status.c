/* test_status.c - Status objects, byte for byte. */
#include "request_support.h"

#include "apiserver/rest/status_priv.h"

static struct request *pod_request(void)
{
    struct request *r = request_begin("GET", "/api/v1/namespaces/a/pods/web", NULL);
    struct err e = ERR_INIT;
    ck_assert(route_parse(r, &e));
    return r;
}

static void expect(struct request *r, int code, const char *text)
{
    ck_assert_int_eq(r->resp.code, code);
    ck_assert_str_eq(response_text(r), text);
    request_end(r);
}

#define HEAD "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":"

START_TEST(errors_about_the_target)
{
    struct request *r = pod_request();
    status_not_found(r);
    expect(r, 404,
           HEAD "\"pods \\\"web\\\" not "
                "found\",\"reason\":\"NotFound\",\"details\":{\"name\":\"web\",\"kind\":\"pods\"},\"code\":404}\n");

    r = pod_request();
    status_already_exists(r, STR("web"), false, false);
    expect(r, 409,
           HEAD
           "\"pods \\\"web\\\" already "
           "exists\",\"reason\":\"AlreadyExists\",\"details\":{\"name\":\"web\",\"kind\":\"pods\"},\"code\":409}\n");

    r = pod_request();
    status_conflict(r, "gone %d", 7);
    expect(r, 409,
           HEAD "\"Operation cannot be fulfilled on pods \\\"web\\\": gone "
                "7\",\"reason\":\"Conflict\",\"details\":{\"name\":\"web\",\"kind\":\"pods\"},\"code\":409}\n");

    r = pod_request();
    status_forbidden(r, "no");
    expect(r, 403,
           HEAD "\"pods \\\"web\\\" is forbidden: "
                "no\",\"reason\":\"Forbidden\",\"details\":{\"name\":\"web\",\"kind\":\"pods\"},\"code\":403}\n");
}
END_TEST

START_TEST(errors_by_code)
{
    struct request *r = pod_request();
    status_failf(r, ERR_BAD_REQUEST, "what");
    expect(r, 400, HEAD "\"what\",\"reason\":\"BadRequest\",\"code\":400}\n");

    r = pod_request();
    status_failf(r, ERR_IO, "disk full");
    expect(
        r, 500,
        HEAD
        "\"Internal error occurred: disk "
        "full\",\"reason\":\"InternalError\",\"details\":{\"causes\":[{\"message\":\"disk full\"}]},\"code\":500}\n");

    r = pod_request();
    status_failf(r, ERR_TIMEOUT, "Too large resource version: 9, current: 3");
    ck_assert_str_eq(r->resp.headers[0].name, "Retry-After");
    expect(r, 504,
           HEAD "\"Timeout: Too large resource version: 9, current: "
                "3\",\"reason\":\"Timeout\",\"details\":{\"causes\":[{\"reason\":"
                "\"ResourceVersionTooLarge\",\"message\":\"Too large resource "
                "version\"}],\"retryAfterSeconds\":1},\"code\":504}\n");

    r = pod_request();
    status_failf(r, ERR_TOO_LARGE, "limit is 3145728");
    expect(r, 413,
           HEAD "\"Request entity too large: limit is 3145728\",\"reason\":\"RequestEntityTooLarge\",\"code\":413}\n");

    r = pod_request();
    status_method_not_allowed(r);
    expect(r, 405,
           HEAD "\"the server does not allow this method on the requested "
                "resource\",\"reason\":\"MethodNotAllowed\",\"details\":{},\"code\":405}\n");

    r = pod_request();
    status_plain_error(r, 500, STR("odd"));
    expect(r, 500, HEAD "\"odd\",\"code\":500}\n");
}
END_TEST

START_TEST(no_route)
{
    struct request *r = request_begin("GET", "/api/v1/widgets", NULL);
    status_no_route(r);
    expect(
        r, 404,
        HEAD
        "\"the server could not find the requested resource\",\"reason\":\"NotFound\",\"details\":{},\"code\":404}\n");
    r = request_begin("GET", "/widgets", NULL);
    status_no_route(r);
    expect(r, 404, "404 page not found\n");
}
END_TEST

START_TEST(invalid_lists_each_error_once)
{
    struct request *r = pod_request();
    struct check c;
    check_init(&c, &r->arena);
    check_required(&c, "a", "x");
    check_required(&c, "a", "x");
    status_invalid(r, "Pod", "", STR("web"), &c);
    ck_assert_ptr_nonnull(strstr(response_text(r), "\"Pod \\\"web\\\" is invalid: a: Required value: x\""));
    request_end(r);

    r = pod_request();
    check_init(&c, &r->arena);
    check_required(&c, "a", "x");
    check_forbidden(&c, "b", "y");
    status_invalid(r, "ReplicaSet", "apps", STR("web"), &c);
    expect(r, 422,
           HEAD "\"ReplicaSet.apps \\\"web\\\" is invalid: [a: Required value: x, b: Forbidden: "
                "y]\",\"reason\":\"Invalid\",\"details\":{"
                "\"name\":\"web\",\"group\":\"apps\",\"kind\":\"ReplicaSet\",\"causes\":[{\"reason\":"
                "\"FieldValueRequired\",\"message\":"
                "\"Required value: x\",\"field\":\"a\"},{\"reason\":\"FieldValueForbidden\",\"message\":\"Forbidden: "
                "y\",\"field\":\"b\"}]},"
                "\"code\":422}\n");
}
END_TEST

START_TEST(successes)
{
    struct request *r = pod_request();
    status_success(r, 200, r->target.res, STR("web"), STR("u1"));
    expect(r, 200,
           "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"details\":{\"name\":"
           "\"web\",\"kind\":\"pods\",\"uid\":\"u1\"}}\n");
    r = pod_request();
    status_success(r, 201, NULL, STR_NULL, STR_NULL);
    expect(r, 201, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}\n");
}
END_TEST

TEST_MAIN("status", errors_about_the_target, errors_by_code, no_route, invalid_lists_each_error_once, successes)
