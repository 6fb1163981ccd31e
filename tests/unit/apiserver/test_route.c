/* test_route.c - paths and methods to targets, as upstream's RequestInfo. */
#include "request_support.h"

static const struct route_case {
    const char *method, *path;
    const char *resource; /* NULL: not ours */
    const char *sub, *ns, *name;
    enum verb verb;
    enum err_code error;
} cases[] = {
    {"GET", "/api/v1/pods", "pods", NULL, "", "", VERB_LIST, ERR_NONE},
    {"GET", "/api/v1/pods/", "pods", NULL, "", "", VERB_LIST, ERR_NONE},
    {"GET", "/api/v1/pods?watch=true", "pods", NULL, "", "", VERB_WATCH, ERR_NONE},
    {"GET", "/api/v1/pods?watch=0", "pods", NULL, "", "", VERB_LIST, ERR_NONE},
    {"GET", "/api/v1/pods?watch", "pods", NULL, "", "", VERB_WATCH, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/pods/b", "pods", NULL, "a", "b", VERB_GET, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/pods/b%2Ec", "pods", NULL, "a", "b.c", VERB_GET, ERR_NONE},
    {"POST", "/api/v1/namespaces/a/pods", "pods", NULL, "a", "", VERB_CREATE, ERR_NONE},
    {"PUT", "/api/v1/namespaces/a/pods/b/status", "pods", "status", "a", "b", VERB_UPDATE, ERR_NONE},
    {"PATCH", "/api/v1/namespaces/a/pods/b", "pods", NULL, "a", "b", VERB_PATCH, ERR_NONE},
    {"DELETE", "/api/v1/namespaces/a/pods", "pods", NULL, "a", "", VERB_DELETECOLLECTION, ERR_NONE},
    {"POST", "/api/v1/namespaces/a/pods/b/binding", "pods", "binding", "a", "b", VERB_CREATE, ERR_NONE},
    {"POST", "/api/v1/namespaces/a/bindings", "bindings", NULL, "a", "", VERB_CREATE, ERR_NONE},
    {"GET", "/api/v1/namespaces", "namespaces", NULL, "", "", VERB_LIST, ERR_NONE},
    {"GET", "/api/v1/namespaces/a", "namespaces", NULL, "", "a", VERB_GET, ERR_NONE},
    {"PUT", "/api/v1/namespaces/a/finalize", "namespaces", "finalize", "", "a", VERB_UPDATE, ERR_NONE},
    {"PUT", "/api/v1/namespaces/a/status", "namespaces", "status", "", "a", VERB_UPDATE, ERR_NONE},
    {"GET", "/apis/coordination.k8s.io/v1/namespaces/a/leases/b", "leases", NULL, "a", "b", VERB_GET, ERR_NONE},
    {"GET", "/api/v1/watch/pods", "pods", NULL, "", "", VERB_WATCH, ERR_NONE},
    {"GET", "/api/v1/watch/namespaces/a/pods/b", "pods", NULL, "a", "b", VERB_WATCH, ERR_NONE},
    {"GET", "/api/v1/watch/namespaces/a", "namespaces", NULL, "", "a", VERB_WATCH, ERR_NONE},
    {"DELETE", "/api/v1/watch/pods", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"GET", "/api/v1/pods/b", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/nodes", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/widgets", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/apis/nobody.example/v1/pods", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/api/v1", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/healthz", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "//api/v1/pods", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/pods/b/status/c", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/pods/%zz", NULL, NULL, "", "", VERB_NONE, ERR_BAD_REQUEST},
    {"POST", "/api/v1/pods", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"POST", "/api/v1/namespaces/a/pods/b", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"PUT", "/api/v1/namespaces/a/pods", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"BREW", "/api/v1/namespaces/a/pods", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"DELETE", "/api/v1/namespaces/a/pods/b/status", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"GET", "/api/v1/namespaces/a/bindings", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"GET", "/api/v1/namespaces/a/pods/b/log", "pods", "log", "a", "b", VERB_GET, ERR_NONE},
    {"POST", "/api/v1/namespaces/a/pods/b/exec", "pods", "exec", "a", "b", VERB_CONNECT, ERR_NONE},
    {"GET", "/api/v1/namespaces/a/pods/b/exec?command=ls", "pods", "exec", "a", "b", VERB_CONNECT, ERR_NONE},
    {"PUT", "/api/v1/namespaces/a/pods/b/exec", NULL, NULL, "", "", VERB_NONE, ERR_METHOD},
    {"GET", "/api/v1/namespaces/a/pods/b/exec/c", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
    {"POST", "/api/v1/namespaces/a/pods/b/portforward", "pods", "portforward", "a", "b", VERB_CONNECT, ERR_NONE},
    {"DELETE", "/api/v1/namespaces/a/pods/b:80/proxy", "pods", "proxy", "a", "b:80", VERB_CONNECT, ERR_NONE},
    {"OPTIONS", "/api/v1/namespaces/a/services/http:b:80/proxy/x/y", "services", "proxy", "a", "http:b:80",
     VERB_CONNECT, ERR_NONE},
    {"GET", "/api/v1/nodes/n/proxy/metrics", "nodes", "proxy", "", "n", VERB_CONNECT, ERR_NONE},
    {"PUT", "/api/v1/namespaces/a/pods/b/resize", "pods", "resize", "a", "b", VERB_UPDATE, ERR_NONE},
    {"PATCH", "/api/v1/namespaces/a/pods/b/ephemeralcontainers", "pods", "ephemeralcontainers", "a", "b", VERB_PATCH,
     ERR_NONE},
    {"GET", "/api/v1/namespaces/a/configmaps/b/log", NULL, NULL, "", "", VERB_NONE, ERR_NONE},
};

START_TEST(paths_name_targets)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct route_case *c = &cases[i];
        struct request *r = request_begin(c->method, c->path, NULL);
        struct err e = ERR_INIT;
        bool ok = route_parse(r, &e);
        ck_assert_msg(ok == (c->resource != NULL), "%s %s: routed %d", c->method, c->path, ok);
        ck_assert_msg(e.code == c->error, "%s %s: error %d %s", c->method, c->path, (int)e.code, e.text);
        ck_assert_msg(ok || !r->target.res, "%s %s: a target remains", c->method, c->path);
        if (ok) {
            const struct target *t = &r->target;
            ck_assert_str_eq(t->res->plural, c->resource);
            ck_assert_msg(t->verb == c->verb, "%s %s: verb %d", c->method, c->path, (int)t->verb);
            ck_assert_msg(str_eqc(t->ns, c->ns) && str_eqc(t->name, c->name), "%s: %.*s/%.*s", c->path, STR_ARG(t->ns),
                          STR_ARG(t->name));
            ck_assert_msg((t->sub != NULL) == (c->sub != NULL), "%s: subresource", c->path);
            if (c->sub) ck_assert_str_eq(t->sub->name, c->sub);
        }
        request_end(r);
    }
}
END_TEST

TEST_MAIN("route", paths_name_targets)
