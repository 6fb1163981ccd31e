/* test_rest.c - kubeconfigs, paths, headers, bodies, errors from a Status, Retry-After, views as other users. */
#include "check_main.h"
#include "client/kubeconfig.h"
#include "fake_rest.h"

#include <sys/stat.h>

static struct fake_server server;
static pthread_mutex_t lock = MUTEX_INIT;
static char head[4096], body[4096], first_line[1024];
static int busy;

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    snprintf(head, sizeof head, "%.*s", STR_ARG(rq->head));
    snprintf(body, sizeof body, "%.*s", STR_ARG(rq->body));
    snprintf(first_line, sizeof first_line, "%.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->path));
    if (busy > 0) {
        busy--;
        rp->status = 429;
        rp->headers = "Retry-After: 0\r\n";
    } else if (str_ends(rq->path, STR("/missing"))) {
        rp->status = 404;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":404,\"reason\":\"NotFound\",\"message\":\"pods "
                            "\\\"missing\\\" not found\"}");
    } else if (str_ends(rq->path, STR("/exists"))) {
        rp->status = 409;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":409,\"reason\":\"AlreadyExists\",\"message\":\"exists\"}");
    } else if (str_ends(rq->path, STR("/html"))) {
        rp->status = 502;
        buf_cstr(&rp->body, "<html>");
    } else {
        buf_cstr(&rp->body,
                 "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"7\"}}");
    }
    mutex_unlock(&lock);
}

START_TEST(paths)
{
    struct arena a AUTO_ARENA = {0};
    ck_assert_str_eq(rest_path(&a, "v1/pods", STR("ns"), STR("n"), "status"), "/api/v1/namespaces/ns/pods/n/status");
    ck_assert_str_eq(rest_path(&a, "v1/nodes", STR(""), STR(""), NULL), "/api/v1/nodes");
    ck_assert_str_eq(rest_path(&a, "apps/v1/replicasets", STR("a/b"), STR("x y?%\xc3\xa9"), NULL),
                     "/apis/apps/v1/namespaces/a%2Fb/replicasets/x%20y%3F%25%C3%A9");
    ck_assert_str_eq(rest_path(&a, "rbac.authorization.k8s.io/v1/clusterroles", STR_NULL, STR("system:node"), NULL),
                     "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node");
}
END_TEST

START_TEST(verbs)
{
    struct arena a AUTO_ARENA = {0};
    struct err e;
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server);
    const struct object *o = NULL;
    ck_assert(rest_get(r, "v1/pods", STR("d"), STR("a"), &o, &e));
    ck_assert(str_eqc(o->name, "a") && o->rv == 7);
    object_unref(o);
    ck_assert_str_eq(first_line, "GET /api/v1/namespaces/d/pods/a");
    ck_assert_ptr_nonnull(strstr(head, "User-Agent: test/v1.36.3+kubestep"));
    ck_assert_ptr_nonnull(strstr(head, "Authorization: Bearer secret"));
    ck_assert_ptr_nonnull(strstr(head, "Accept: application/json"));
    ck_assert_ptr_null(strstr(head, "Content-Type"));
    struct json *pod = obj_new(&a, "v1", "Pod");
    obj_put_cstr(&a, pod, ".metadata.name", "p");
    obj_put_cstr(&a, pod, ".metadata.namespace", "d");
    ck_assert(rest_create(r, "v1/pods", STR("d"), pod, NULL, &e));
    ck_assert_str_eq(first_line, "POST /api/v1/namespaces/d/pods");
    ck_assert_ptr_nonnull(strstr(head, "Content-Type: application/json"));
    ck_assert_str_eq(body,
                     "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"d\"}}");
    ck_assert(rest_update(r, "v1/pods", "status", pod, NULL, &e));
    ck_assert_str_eq(first_line, "PUT /api/v1/namespaces/d/pods/p/status");
    ck_assert(rest_patch(r, "v1/pods", STR("d"), STR("p"), NULL, "merge", pod, NULL, &e));
    ck_assert_ptr_nonnull(strstr(head, "Content-Type: application/merge-patch+json"));
    struct rest_delete_opts o1 = {.grace_s = 0, .uid = STR("u"), .propagation = "Foreground"};
    ck_assert(rest_delete(r, "v1/pods", STR("d"), STR("p"), &o1, &e));
    ck_assert_str_eq(
        body,
        "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"gracePeriodSeconds\":0,\"preconditions\":{\"uid\":\"u\"},"
        "\"propagationPolicy\":\"Foreground\"}");
    ck_assert(rest_delete(r, "v1/pods", STR("d"), STR("p"), NULL, &e));
    ck_assert_str_eq(first_line, "DELETE /api/v1/namespaces/d/pods/p");
    ck_assert_str_eq(body, "");
    busy = 2;
    int before = server.requests;
    ck_assert(rest_get(r, "v1/pods", STR("d"), STR("a"), NULL, &e));
    ck_assert_int_eq(server.requests - before, 3);
    rest_free(r);
    fake_stop(&server);
}
END_TEST

START_TEST(errors)
{
    struct err e;
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server);
    ck_assert(!rest_get(r, "v1/pods", STR("d"), STR("missing"), NULL, &e));
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
    ck_assert_str_eq(e.text, "pods \"missing\" not found");
    ck_assert(!rest_get(r, "v1/pods", STR("d"), STR("exists"), NULL, &e));
    ck_assert_int_eq(e.code, ERR_ALREADY_EXISTS);
    ck_assert(!rest_get(r, "v1/pods", STR("d"), STR("html"), NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "502"));
    struct rest_call c = {.method = "GET", .path = "/missing"};
    ck_assert_ptr_null(rest_open(r, &c, &e));
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
    ck_assert_str_eq(e.text, "pods \"missing\" not found");
    rest_free(r);
    fake_stop(&server);
}
END_TEST

START_TEST(view_as_another_user)
{
    struct err e;
    static const char *const groups[] = {"system:nodes", "system:authenticated", NULL};
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server), *v = rest_as(r, "system:node:n1", groups);
    ck_assert(rest_get(v, "v1/pods", STR("d"), STR("a"), NULL, &e));
    ck_assert_ptr_nonnull(strstr(head, "Impersonate-User: system:node:n1\r\n"));
    ck_assert_ptr_nonnull(
        strstr(head, "Impersonate-Group: system:nodes\r\nImpersonate-Group: system:authenticated\r\n"));
    ck_assert(rest_get(r, "v1/pods", STR("d"), STR("a"), NULL, &e));
    ck_assert_ptr_null(strstr(head, "Impersonate"));
    ck_assert_int_eq(server.accepted, 1);
    rest_free(v);
    rest_free(r);
    fake_stop(&server);
}
END_TEST

static char dir[] = "/tmp/kubestep-test-XXXXXX";

static bool load(const char *text, const char *context, struct kubeconfig *k, struct err *e)
{
    char path[64];
    snprintf(path, sizeof path, "%s/config", dir);
    ck_assert(io_write_file(path, str_of(text), 0600, false, e));
    return kubeconfig_load(path, context, k, e);
}

static const char config[] =
    "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
    "clusters:\n- name: k\n  cluster:\n    server: https://127.0.0.1:6443\n    certificate-authority-data: Q0EK\n"
    "- name: files\n  cluster: {server: 'https://h', certificate-authority: ca.pem, tls-server-name: x}\n"
    "contexts:\n- name: one\n  context: {cluster: k, user: u, namespace: ns1}\n"
    "- name: two\n  context: {cluster: files, user: t}\n- name: lost\n  context: {cluster: nope, user: t}\n"
    "- name: stranger\n  context: {cluster: k, user: nobody}\n- name: bad\n  context: {cluster: k, user: b}\n"
    "users:\n- name: u\n  user: {client-certificate-data: QUJD, client-key-data: QUI=}\n- name: t\n  user: {token: "
    "tok}\n"
    "- name: b\n  user: {client-key-data: '*'}\n";

START_TEST(kubeconfigs)
{
    struct kubeconfig k;
    struct err e;
    char ca[64];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(ca, sizeof ca, "%s/ca.pem", dir);
    ck_assert(io_write_file(ca, STR("FILE CA"), 0600, false, &e));
    ck_assert_msg(load(config, NULL, &k, &e), "%s", e.text);
    ck_assert_str_eq(k.server, "https://127.0.0.1:6443");
    ck_assert_str_eq(k.ca_pem, "CA\n");
    ck_assert_str_eq(k.cert_pem, "ABC");
    ck_assert_str_eq(k.key_pem, "AB");
    ck_assert_str_eq(k.ns, "ns1");
    ck_assert_str_eq(k.context, "one");
    kubeconfig_release(&k);
    ck_assert_msg(load(config, "two", &k, &e), "%s", e.text);
    ck_assert_str_eq(k.ca_pem, "FILE CA");
    ck_assert_str_eq(k.token, "tok");
    ck_assert_str_eq(k.tls_server_name, "x");
    ck_assert_ptr_null(k.cert_pem);
    kubeconfig_release(&k);
    static const struct {
        const char *context, *want;
    } bad[] = {{"none", "context \"none\" does not exist"},
               {"lost", "has no server"},
               {"stranger", "user \"nobody\" does not exist"},
               {"bad", "client-key-data is not base64"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert(!load(config, bad[i].context, &k, &e));
        ck_assert_msg(strstr(e.text, bad[i].want), "%s", e.text);
    }
    static const char *const junk[] = {"", "[]", "a: [", "{}", "current-context: x\ncontexts: 7\n", "\xff"};
    for (size_t i = 0; i < ARRAY_LEN(junk); i++) ck_assert_msg(!load(junk[i], NULL, &k, &e), "%s", junk[i]);
    ck_assert(!kubeconfig_load("/nonexistent/config", NULL, &k, &e));
    ck_assert(io_remove_tree(dir, &e));
}
END_TEST

TEST_MAIN("rest", paths, verbs, errors, view_as_another_user, kubeconfigs)
