/* test_authn.c - tokens, certificates, anonymous requests and acting for others. */
#include "apiserver/filter/filter.h"
#include "base/io.h"
#include "object_support.h"
#include "request_support.h"

#include <unistd.h>

static bool load(const char *text, struct err *e)
{
    char path[] = "/tmp/kubestep-test-XXXXXX";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && io_write_all(fd, text, strlen(text), e));
    close(fd);
    bool ok = authn_load_tokens(path, e);
    unlink(path);
    return ok;
}

START_TEST(files_that_are_wrong)
{
    static const char *const rows[][2] = {
        {"only-a-token\n", "line 1: want token,user,uid[,\"group1,group2\"]"},
        {"# comment\n\n,user,uid\n", "line 3: want token,user,uid"},
        {"t-twice,a,1\nt-twice,b,2\n", "line 2: the token occurs twice"},
        {"\"unclosed,a,1\n", "line 1: want token,user,uid"},
    };
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        ck_assert_msg(!load(rows[i][0], &e), "row %zu", i);
        ck_assert_int_eq(e.code, ERR_USAGE);
        ck_assert_msg(strstr(e.text, rows[i][1]) != NULL, "row %zu: %s", i, e.text);
        ck_assert_ptr_nonnull(strstr(e.text, "/tmp/kubestep-test-")); /* which file it is about */
    }
    ck_assert(!authn_load_tokens("/nonexistent/tokens.csv", &e));
    ck_assert_int_eq(e.code, ERR_IO);
}
END_TEST

static void expect_user(const struct request *r, const char *name, const char *groups)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 4096);
    for (int i = 0; i < r->user.ngroups; i++) buf_addf(&b, "%s%.*s", i ? "," : "", STR_ARG(r->user.groups[i]));
    ck_assert_strn_eq(r->user.name, name);
    ck_assert_strn_eq(buf_view(&b), groups);
}

static void expect_status(const struct request *r, int code, const char *message)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *s = json_parse(&a, buf_view(&r->resp.body), &e);
    ck_assert_int_eq(r->resp.code, code);
    ck_assert_strn_eq(obj_str(s, ".message"), message);
}

START_TEST(tokens)
{
    struct err e = ERR_INIT;
    ck_assert_msg(load("t1,alice,u1,\"dev, ops,,\"\nt2, bob ,,\r\n", &e), "%s", e.text);
    struct request *r = request_begin("GET", "/api/v1/pods", "Authorization", "Bearer t1", NULL);
    ck_assert(authn_request(r));
    expect_user(r, "alice", "dev,ops,system:authenticated");
    ck_assert_strn_eq(r->user.uid, "u1");
    ck_assert_ptr_null(r->user.component);
    request_end(r);
    r = request_begin("GET", "/api/v1/pods", "Authorization", " bearer t2 or so ", NULL);
    ck_assert(authn_request(r));
    expect_user(r, "bob", "system:authenticated");
    request_end(r);
    /* A wrong token is refused even where anyone may read, and even beside a good certificate. */
    static const char *const wrong[] = {"Bearer t3", "Bearer t"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        r = request_begin("GET", "/healthz", "Authorization", wrong[i], NULL);
        r->cert_cn = STR("kubernetes-admin");
        ck_assert_msg(!authn_request(r), "%s", wrong[i]);
        expect_status(r, 401, "Unauthorized");
        request_end(r);
    }
    /* What is no token does not count; a space too many is told. */
    static const struct {
        const char *header;
        int warnings;
    } none[] = {{"Bearer ", 0}, {"Basic t1", 0}, {"t1", 0}, {"Bearer  t1", 1}};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        r = request_begin("GET", "/healthz", "Authorization", none[i].header, NULL);
        r->cert_cn = STR("kubernetes-admin");
        ck_assert_msg(authn_request(r), "%s", none[i].header);
        ck_assert_strn_eq(r->user.name, "kubernetes-admin");
        ck_assert_int_eq(r->resp.nheaders, none[i].warnings);
        request_end(r);
    }
}
END_TEST

START_TEST(certificates)
{
    static const struct {
        const char *cn, *org, *component, *groups;
    } rows[] = {
        {"kubernetes-admin", "system:masters", NULL, "system:masters,system:authenticated"},
        {"system:kube-scheduler", "kubestep:components", "scheduler", "kubestep:components,system:authenticated"},
        {"system:kube-controller-manager", "kubestep:components", "controllers",
         "kubestep:components,system:authenticated"},
        {"system:kubelet-sim", "kubestep:components", "kubelet-sim", "kubestep:components,system:authenticated"},
        {"system:kube-scheduler", "dev", NULL, "dev,system:authenticated"}, /* the name alone proves nothing */
        {"mallory", "kubestep:components", NULL, "kubestep:components,system:authenticated"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", "/api/v1/pods", NULL);
        r->cert_cn = str_of(rows[i].cn);
        r->cert_orgs[0] = str_of(rows[i].org);
        r->ncert_orgs = 1;
        ck_assert(authn_request(r));
        expect_user(r, rows[i].cn, rows[i].groups);
        if (rows[i].component)
            ck_assert_str_eq(r->user.component, rows[i].component);
        else
            ck_assert_ptr_null(r->user.component);
        request_end(r);
    }
    struct request *r = request_begin("GET", "/healthz", NULL);
    r->bad_cert = true;
    ck_assert(!authn_request(r));
    expect_status(r, 401, "Unauthorized");
    request_end(r);
}
END_TEST

/* Whom a front proxy names, and what makes its certificate one (headerrequest, authenticated_group_adder). */
START_TEST(front_proxies)
{
    static const struct {
        const char *cn, *user, *groups[2];
        const char *name, *all; /* NULL: 401 */
    } rows[] = {
        {"front-proxy-client", "jane", {"dev", "ops"}, "jane", "dev,ops,system:authenticated"},
        {"front-proxy-client", "jane", {"", "system:authenticated"}, "jane", "system:authenticated"},
        {"front-proxy-client", "x", {"system:unauthenticated", "a"}, "x", "system:unauthenticated,a"},
        {"front-proxy-client", "system:anonymous", {"a", "b"}, "system:anonymous", "a,b"},
        {"front-proxy-client", "", {"dev", "ops"}, NULL, NULL},
        {"another", "jane", {"dev", "ops"}, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", "/healthz", "X-Remote-User", rows[i].user, "X-Remote-Group",
                                          rows[i].groups[0], "x-remote-group", rows[i].groups[1], NULL);
        r->proxy_cn = str_of(rows[i].cn);
        ck_assert_msg(authn_request(r) == (rows[i].name != NULL), "row %zu", i);
        if (rows[i].name)
            expect_user(r, rows[i].name, rows[i].all);
        else
            expect_status(r, 401, "Unauthorized");
        request_end(r);
    }
    /* Without such a certificate the headers say nothing. */
    struct request *r = request_begin("GET", "/healthz", "X-Remote-User", "jane", NULL);
    r->cert_cn = STR("front-proxy-client");
    ck_assert(authn_request(r));
    expect_user(r, "front-proxy-client", "system:authenticated");
    request_end(r);
    r = request_begin("GET", "/healthz", "X-Remote-User", "jane", "X-Remote-Uid", "7", "X-Remote-Extra-Acme.com%2fRoom",
                      "one", "x-remote-extra-acme.com%2Froom", "two", "X-Remote-Extra-odd%zz", "3", NULL);
    r->proxy_cn = STR("front-proxy-client");
    ck_assert(authn_request(r));
    ck_assert(!r->user.uid.n);
    static const char *const extra[][2] = {{"acme.com/room", "one"}, {"acme.com/room", "two"}, {"odd%zz", "3"}};
    ck_assert_int_eq(r->user.nextra, ARRAY_LEN(extra));
    for (size_t i = 0; i < ARRAY_LEN(extra); i++) {
        ck_assert_str_eq(r->user.extra[i].key, extra[i][0]);
        ck_assert_strn_eq(r->user.extra[i].value, extra[i][1]);
    }
    request_end(r);
    /* It may act for others, and a token beside it does not count. */
    r = request_begin("GET", "/healthz", "X-Remote-User", "jane", "X-Remote-Group", "system:masters",
                      "Impersonate-User", "bob", "Authorization", "Bearer none", NULL);
    r->proxy_cn = STR("front-proxy-client");
    ck_assert(authn_request(r));
    expect_user(r, "bob", "system:authenticated");
    request_end(r);
}
END_TEST

START_TEST(anonymous)
{
    static const struct {
        const char *path;
        bool ok;
    } rows[] = {
        {"/healthz", true},      {"/livez/ping", true},  {"/readyz?verbose", true},
        {"/version", true},      {"/version/", true},    {"/", false},
        {"/api", false},         {"/healthzz", false},   {"/metrics", false},
        {"/api/v1/pods", false}, {"/openapi/v3", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r = request_begin("GET", rows[i].path, NULL);
        ck_assert_msg(authn_request(r) == rows[i].ok, "%s", rows[i].path);
        if (rows[i].ok)
            expect_user(r, "system:anonymous", "system:unauthenticated");
        else
            expect_status(r, 401, "Unauthorized");
        request_end(r);
    }
}
END_TEST

START_TEST(acting_for_others)
{
    struct request *r = request_begin("GET", "/api/v1/pods", "Impersonate-User", "system:node:n1", "Impersonate-Group",
                                      "system:nodes", NULL);
    r->cert_cn = STR("system:kubelet-sim");
    r->cert_orgs[0] = STR("kubestep:components");
    r->cert_orgs[1] = STR("system:masters");
    r->ncert_orgs = 2;
    ck_assert(authn_request(r));
    expect_user(r, "system:node:n1", "system:nodes,system:authenticated");
    ck_assert_str_eq(r->user.component, "kubelet-sim"); /* it stays who it is */
    request_end(r);
    static const char account[] = "system:serviceaccount:n:a";
    r = request_begin("GET", "/api/v1/pods", "Impersonate-User", account, "Impersonate-Uid", "u7", NULL);
    r->cert_cn = STR("root");
    r->cert_orgs[0] = STR("system:masters");
    r->ncert_orgs = 1;
    ck_assert(authn_request(r));
    expect_user(r, account, "system:serviceaccounts,system:serviceaccounts:n,system:authenticated");
    ck_assert(str_eqc(r->user.uid, "u7"));
    request_end(r);
    r = request_begin("GET", "/api/v1/pods", "Impersonate-User", "eve", "Impersonate-Group", "a", "Impersonate-Group",
                      "system:unauthenticated", NULL);
    r->cert_cn = STR("root");
    r->cert_orgs[0] = STR("system:masters");
    r->ncert_orgs = 1;
    ck_assert(authn_request(r));
    expect_user(r, "eve", "a,system:unauthenticated");
    request_end(r);
    r = request_begin("GET", "/api/v1/pods", "Impersonate-User", "root", NULL);
    r->cert_cn = STR("alice");
    r->cert_orgs[0] = STR("dev");
    r->ncert_orgs = 1;
    ck_assert(!authn_request(r));
    expect_status(r, 403,
                  "users \"root\" is forbidden: User \"alice\" cannot impersonate resource \"users\" in API "
                  "group \"\" at the cluster scope");
    request_end(r);
    r = request_begin("GET", "/healthz", "Impersonate-User", "root", NULL); /* nor may nobody */
    ck_assert(!authn_request(r));
    ck_assert_int_eq(r->resp.code, 403);
    request_end(r);
}
END_TEST

TEST_MAIN("authn", files_that_are_wrong, tokens, certificates, front_proxies, anonymous, acting_for_others)
