/* rest.c - the Kubernetes API as calls.
 * Reads: a kubeconfig, the server's answers.   Writes: requests. */
#include "rest.h"

#include "base/kassert.h"
#include "base/mono.h"
#include "kubeconfig.h"
#include "limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { MS_PER_S = 1000 };

struct rest {
    struct http *http;
    bool borrowed;            /* http belongs to the parent */
    struct kubeconfig config; /* empty in a view */
    char *headers[REST_HEADERS_MAX];
    int nheaders;
    const char *server;
};

/* ---- Life ---- */

static void add_header(struct rest *r, char *text)
{
    KASSERT(r->nheaders < REST_HEADERS_MAX);
    r->headers[r->nheaders++] = text;
}

static struct http *connect_to(const struct kubeconfig *k, struct err *e)
{
    struct http_tls tls = {.ca_pem = k->ca_pem,
                           .cert_pem = k->cert_pem,
                           .key_pem = k->key_pem,
                           .server_name = k->tls_server_name,
                           .insecure = k->insecure};
    return http_new(k->server, &tls, e);
}

/* What stands before the slash is the manager of the fields that a component sets: as in every cluster. */
static const char *agent_of(const char *component)
{
    static const char *const names[][2] = {
        {"scheduler", "kube-scheduler"}, {"controllers", "kube-controller-manager"}, {"kubelet-sim", "kubelet"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(component, names[i][0]) == 0) return names[i][1];
    return component;
}

struct rest *rest_new(const char *kubeconfig_path, const char *component, struct err *e)
{
    struct rest *r = xcalloc(1, sizeof *r);
    if (!kubeconfig_load(kubeconfig_path, NULL, &r->config, e)) return free(r), NULL;
    r->http = connect_to(&r->config, e);
    if (!r->http) {
        err_context(e, "%s", kubeconfig_path ? kubeconfig_path : "kubeconfig");
        return rest_free(r), NULL;
    }
    r->server = r->config.server;
    add_header(r, xasprintf("User-Agent: %s/v1.36.3+kubestep", agent_of(component)));
    if (r->config.token) add_header(r, xasprintf("Authorization: Bearer %s", r->config.token));
    return r;
}

struct rest *rest_dup(struct rest *r)
{
    struct rest *d = xcalloc(1, sizeof *d);
    struct err e;
    KASSERT(!r->borrowed);
    d->http = connect_to(&r->config, &e);
    if (!d->http) return free(d), NULL;
    d->server = r->server;
    for (int i = 0; i < r->nheaders; i++) add_header(d, xstrdup(r->headers[i]));
    return d;
}

struct rest *rest_as(struct rest *r, const char *user, const char *const *groups)
{
    struct rest *v = xcalloc(1, sizeof *v);
    v->http = r->http;
    v->borrowed = true;
    v->server = r->server;
    for (int i = 0; i < r->nheaders; i++)
        if (strncmp(r->headers[i], "Impersonate-", 12) != 0) add_header(v, xstrdup(r->headers[i]));
    add_header(v, xasprintf("Impersonate-User: %s", user));
    for (; groups && *groups; groups++) add_header(v, xasprintf("Impersonate-Group: %s", *groups));
    return v;
}

void rest_free(struct rest *r)
{
    if (!r) return;
    if (!r->borrowed) http_free(r->http);
    for (int i = 0; i < r->nheaders; i++) free(r->headers[i]);
    kubeconfig_release(&r->config);
    free(r);
}

const char *rest_server(const struct rest *r) { return r->server; }
struct http *rest_http(struct rest *r) { return r->http; }

/* ---- A call ---- */

struct prepared { /* a request and what it points to */
    struct http_request rq;
    const char *headers[HTTP_REQUEST_HEADERS_MAX];
    char accept[256], content_type[256];
    struct buf body;
};

static void prepare(struct prepared *p, const struct rest *r, const struct rest_call *c)
{
    int n = 0;
    buf_init(&p->body, HTTP_BODY_MAX);
    if (c->body) json_write(&p->body, c->body);
    p->rq =
        (struct http_request){.method = c->method, .path = c->path, .headers = p->headers, .timeout_ms = c->timeout_ms};
    p->rq.body = c->body ? buf_view(&p->body) : c->raw_body;
    for (int i = 0; i < r->nheaders; i++) p->headers[n++] = r->headers[i];
    p->headers[n++] = "Accept: application/json";
    if (c->accept) {
        snprintf(p->accept, sizeof p->accept, "Accept: %s", c->accept);
        p->headers[n - 1] = p->accept;
    }
    p->headers[n++] = p->rq.body.n ? "Content-Type: application/json" : "Content-Type:"; /* empty: not sent */
    if (c->content_type) {
        snprintf(p->content_type, sizeof p->content_type, "Content-Type: %s", c->content_type);
        p->headers[n - 1] = p->content_type;
    }
    for (const char *const *h = c->headers; h && *h; h++) {
        KASSERT(n < HTTP_REQUEST_HEADERS_MAX - 1);
        p->headers[n++] = *h;
    }
    p->headers[n] = NULL;
}

static void status_error(const struct rest_call *c, const struct http_response *resp, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct err junk;
    struct json *j = resp->body.n ? json_parse(&a, buf_view(&resp->body), &junk) : NULL;
    struct str reason = obj_str(j, ".reason"), message = obj_str(j, ".message");
    enum err_code code = err_from_http(resp->status, reason.n ? str_cstr(&a, reason) : NULL);
    if (message.n)
        err_set(e, code, "%.*s", STR_ARG(message));
    else
        err_set(e, code, "%s %s: the server answered with status %d", c->method, c->path, resp->status);
}

/* 429, or a server error that names a time: client-go waits and sends the same again. */
static int64_t retry_after_s(const struct http_response *resp)
{
    int64_t s = -1;
    if (resp->status != 429 && resp->status < 500) return -1;
    if (!str_to_i64(str_of(resp->retry_after), &s) || s < 0) return -1;
    return MIN(s, REST_RETRY_AFTER_MAX_S);
}

bool rest_do_raw(struct rest *r, const struct rest_call *c, struct http_response *out, struct err *e)
{
    struct prepared p;
    int64_t end_ms = mono_ms() + (c->timeout_ms ? c->timeout_ms : REST_TIMEOUT_MS), wait_s;
    prepare(&p, r, c);
    bool ok = http_do(r->http, &p.rq, out, e);
    for (int tries = 1; ok && tries < REST_RETRIES_MAX && (wait_s = retry_after_s(out)) >= 0; tries++) {
        if (mono_ms() + wait_s * MS_PER_S > end_ms || !http_wait(r->http, wait_s * MS_PER_S)) break;
        ok = http_do(r->http, &p.rq, out, e);
    }
    buf_release(&p.body);
    if (ok && out->status >= 300) status_error(c, out, e);
    return ok && out->status < 300;
}

bool rest_do(struct rest *r, const struct rest_call *c, const struct object **out, struct err *e)
{
    struct http_response resp;
    http_response_init(&resp);
    if (out) *out = NULL;
    bool ok = rest_do_raw(r, c, &resp, e);
    if (ok && out) {
        *out = object_parse(buf_view(&resp.body), NULL, e);
        ok = *out || err_context(e, "%s %s: answer", c->method, c->path);
    }
    http_response_release(&resp);
    return ok;
}

struct http_stream *rest_open(struct rest *r, const struct rest_call *c, struct err *e)
{
    struct prepared p;
    struct http_response resp;
    http_response_init(&resp);
    prepare(&p, r, c);
    struct http_stream *s = http_open(r->http, &p.rq, &resp, e);
    if (!s && resp.status && resp.status != 200) status_error(c, &resp, e);
    buf_release(&p.body);
    http_response_release(&resp);
    return s;
}

/* ---- Paths ---- */

static void add_part(struct buf *b, struct str s)
{
    static const char hex[] = "0123456789ABCDEF", plain[] = "-._~:@!$&'()*+,;=";
    buf_char(b, '/');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (alnum || (c && strchr(plain, c))) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '%');
            buf_char(b, hex[c >> 4]);
            buf_char(b, hex[c & 15]);
        }
    }
}

const char *rest_path(struct arena *a, const char *resource, struct str ns, struct str name, const char *sub)
{
    struct str version, plural, group = str_cut(str_of(resource), '/', &version);
    KASSERT(group.n && version.n);
    version = str_cut(version, '/', &plural);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 64 << 10);
    if (str_is_null(plural)) { /* core: "v1/pods" */
        plural = version;
        buf_cstr(&b, "/api");
        add_part(&b, group);
    } else {
        buf_cstr(&b, "/apis");
        add_part(&b, group);
        add_part(&b, version);
    }
    KASSERT(plural.n && str_chr(plural, '/') == SIZE_MAX);
    if (ns.n) {
        buf_cstr(&b, "/namespaces");
        add_part(&b, ns);
    }
    add_part(&b, plural);
    if (name.n) add_part(&b, name);
    if (sub && *sub) add_part(&b, str_of(sub));
    return str_cstr(a, buf_view(&b));
}

/* ---- Shorthands ---- */

/* The Content-Type of "merge", "strategic", "json". */
static const char *patch_type(const char *type)
{
    static const char *const rows[][2] = {{"merge", "application/merge-patch+json"},
                                          {"strategic", "application/strategic-merge-patch+json"},
                                          {"json", "application/json-patch+json"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i][0], type) == 0) return rows[i][1];
    KASSERT(!"patch type");
    return NULL;
}

bool rest_get(struct rest *r, const char *resource, struct str ns, struct str name, const struct object **out,
              struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {.method = "GET", .path = rest_path(&a, resource, ns, name, NULL)};
    return rest_do(r, &c, out, e);
}

bool rest_create(struct rest *r, const char *resource, struct str ns, const struct json *obj, const struct object **out,
                 struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {.method = "POST", .path = rest_path(&a, resource, ns, STR_NULL, NULL), .body = obj};
    return rest_do(r, &c, out, e);
}

bool rest_update(struct rest *r, const char *resource, const char *sub, const struct json *obj,
                 const struct object **out, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {
        .method = "PUT", .path = rest_path(&a, resource, obj_ns(obj), obj_name(obj), sub), .body = obj};
    return rest_do(r, &c, out, e);
}

bool rest_patch(struct rest *r, const char *resource, struct str ns, struct str name, const char *sub, const char *type,
                const struct json *patch, const struct object **out, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {.method = "PATCH",
                          .path = rest_path(&a, resource, ns, name, sub),
                          .body = patch,
                          .content_type = patch_type(type)};
    return rest_do(r, &c, out, e);
}

bool rest_delete(struct rest *r, const char *resource, struct str ns, struct str name, const struct rest_delete_opts *o,
                 struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct rest_call c = {.method = "DELETE", .path = rest_path(&a, resource, ns, name, NULL)};
    if (o && (o->grace_s >= 0 || o->uid.n || o->rv || o->propagation)) {
        struct json *body = obj_new(&a, "v1", "DeleteOptions");
        if (o->grace_s >= 0) obj_put_int(&a, body, ".gracePeriodSeconds", o->grace_s);
        if (o->uid.n) obj_put_str(&a, body, ".preconditions.uid", o->uid);
        if (o->rv) obj_put_fmt(&a, body, ".preconditions.resourceVersion", "%llu", (unsigned long long)o->rv);
        if (o->propagation) obj_put_cstr(&a, body, ".propagationPolicy", o->propagation);
        c.body = body;
    }
    return rest_do(r, &c, NULL, e);
}
