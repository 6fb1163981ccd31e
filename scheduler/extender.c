/* extender.c - see extender.h. Reads: the configuration's list, files of certificates, answers.   Writes: requests. */
#include "scheduler/extender.h"

#include "base/base64.h"
#include "base/clk.h"
#include "base/io.h"
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- TLS ---- */

static bool read_file(struct arena *a, struct str name, const char **out, struct err *e)
{
    const char *path = arena_printf(a, "%s%.*s", str_starts(name, STR("/")) ? "" : "./", STR_ARG(name));
    struct buf text AUTO_BUF = {0};
    buf_init(&text, EXTENDER_PEM_MAX);
    if (!io_exists(path)) return err_set(e, ERR_USAGE, "open %.*s: no such file or directory", STR_ARG(name));
    if (!io_read_file(path, &text, e)) return false;
    *out = str_cstr(a, buf_view(&text));
    return true;
}

/* Of the configuration, which has it in the standard alphabet with padding. */
static const char *from_base64(struct arena *a, struct str text)
{
    struct str out = STR_NULL;
    size_t bad;
    char *url = arena_strndup(a, text.p, text.n);
    while (text.n && url[text.n - 1] == '=') text.n--;
    for (size_t i = 0; i < text.n; i++) {
        if (url[i] == '+') url[i] = '-';
        if (url[i] == '/') url[i] = '_';
    }
    return base64url_read(a, str_n(url, text.n), &out, &bad) ? str_cstr(a, out) : "";
}

/* What is in place counts more than a file. NULL in *out: neither is there. */
static bool pem_of(struct arena *a, const struct json *tls, const char *data_path, const char *file_path,
                   const char **out, struct err *e)
{
    struct str data = obj_str(tls, data_path), file = obj_str(tls, file_path);
    *out = NULL;
    if (data.n) return *out = from_base64(a, data), true;
    return !file.n || read_file(a, file, out, e);
}

static bool has_pem(const char *text) { return strstr(text, "-----BEGIN ") != NULL; }

/* Upstream: client-go/transport (TLSConfigFor), tls.X509KeyPair. */
static bool read_tls(struct arena *a, const struct json *extender, struct http_tls *out, struct err *e)
{
    const struct json *tls = obj_get(extender, ".tlsConfig");
    bool has_ca = obj_str(tls, ".caData").n || obj_str(tls, ".caFile").n;
    *out = (struct http_tls){.insecure = obj_bool(tls, ".insecure", false) ||
                                         (obj_bool(extender, ".enableHTTPS", false) && !has_ca)};
    if (obj_str(tls, ".serverName").n) out->server_name = str_cstr(a, obj_str(tls, ".serverName"));
    if (has_ca && out->insecure)
        return err_set(e, ERR_USAGE, "specifying a root certificates file with the insecure flag is not allowed");
    if (!pem_of(a, tls, ".caData", ".caFile", &out->ca_pem, e) ||
        !pem_of(a, tls, ".certData", ".certFile", &out->cert_pem, e) ||
        !pem_of(a, tls, ".keyData", ".keyFile", &out->key_pem, e))
        return false;
    if (out->ca_pem && !has_pem(out->ca_pem))
        return err_set(e, ERR_USAGE, "unable to load root certificates: unable to parse bytes as PEM block");
    if (!out->cert_pem || !out->key_pem) out->cert_pem = out->key_pem = NULL;
    if (out->cert_pem && !has_pem(out->cert_pem))
        return err_set(e, ERR_USAGE, "tls: failed to find any PEM data in certificate input");
    if (out->key_pem && !has_pem(out->key_pem))
        return err_set(e, ERR_USAGE, "tls: failed to find any PEM data in key input");
    return true;
}

/* ---- Life ---- */

static const char *const verb_fields[EXTENDER_VERBS] = {".filterVerb", ".prioritizeVerb", ".preemptVerb", ".bindVerb"};

static void release(struct extender *x)
{
    for (int v = 0; v < EXTENDER_VERBS; v++) free(x->verbs[v]);
    for (int i = 0; i < x->nonly; i++) sym_unref(x->only[i]);
    http_free(x->http);
    free(x->only);
    free(x->broken);
    free(x->url);
}

/* What Go's client says of the URL at each call. */
static char *why_broken(const char *url)
{
    const char *colon = strstr(url, "://");
    return xasprintf("unsupported protocol scheme \"%.*s\"", colon ? (int)MIN(colon - url, 64) : 0, url);
}

static bool read_extender(struct extender *x, const struct json *j, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct http_tls tls;
    struct err unusable = ERR_INIT;
    struct str timeout = obj_str(j, ".httpTimeout");
    int64_t timeout_ns = 0;
    if (!read_tls(&a, j, &tls, e)) return false;
    x->url = str_dup(obj_str(j, ".urlPrefix"));
    for (int v = 0; v < EXTENDER_VERBS; v++)
        if (obj_str(j, verb_fields[v]).n) x->verbs[v] = str_dup(obj_str(j, verb_fields[v]));
    x->weight = obj_int(j, ".weight", 0);
    x->cache_capable = obj_bool(j, ".nodeCacheCapable", false);
    x->ignorable = obj_bool(j, ".ignorable", false);
    x->only = xcalloc(obj_count(j, ".managedResources") + 1, sizeof *x->only);
    for (OBJ_EACH(r, j, ".managedResources")) x->only[x->nonly++] = sym_get(obj_str(r, ".name"));
    if (timeout.n) clk_parse_go_duration(timeout.p, timeout.n, &timeout_ns);
    x->timeout_ms = timeout_ns == 0  ? EXTENDER_TIMEOUT_MS
                    : timeout_ns < 0 ? EXTENDER_TIMEOUT_MAX_MS /* for ever, in Go */
                                     : MIN(MAX(timeout_ns / 1000000, 1), EXTENDER_TIMEOUT_MAX_MS);
    x->http = http_new(x->url, &tls, &unusable);
    if (!x->http) x->broken = why_broken(x->url);
    return true;
}

struct extenders *extenders_new(const struct json *list, struct err *e)
{
    size_t n = obj_count(list, "");
    struct extenders *all = xcalloc(1, sizeof *all + n * sizeof *all->v);
    for (int ignorable = 0; ignorable < 2; ignorable++)
        for (OBJ_EACH(j, list, "")) {
            if (obj_bool(j, ".ignorable", false) != (bool)ignorable) continue;
            if (read_extender(&all->v[all->n++], j, e)) continue;
            extenders_free(all);
            return NULL;
        }
    return all;
}

void extenders_free(struct extenders *all)
{
    for (int i = 0; all && i < all->n; i++) release(&all->v[i]);
    free(all);
}

void extenders_abort(const struct extenders *all)
{
    for (int i = 0; all && i < all->n; i++)
        if (all->v[i].http) http_abort(all->v[i].http);
}

/* ---- Who is asked ---- */

bool extenders_have(const struct extenders *all, enum extender_verb verb)
{
    for (int i = 0; all && i < all->n; i++)
        if (all->v[i].verbs[verb]) return true;
    return false;
}

bool extenders_send_nodes(const struct extenders *all)
{
    for (int i = 0; all && i < all->n; i++)
        if (!all->v[i].cache_capable && (all->v[i].verbs[EXTENDER_FILTER] || all->v[i].verbs[EXTENDER_PRIORITIZE]))
            return true;
    return false;
}

bool extenders_send_pods(const struct extenders *all)
{
    for (int i = 0; all && i < all->n; i++)
        if (!all->v[i].cache_capable && all->v[i].verbs[EXTENDER_PREEMPT]) return true;
    return false;
}

static bool is_managed(const struct extender *x, struct str resource)
{
    for (int i = 0; i < x->nonly; i++)
        if (str_eq(sym_str(x->only[i]), resource)) return true;
    return false;
}

static bool any_managed(const struct extender *x, const struct json *containers)
{
    static const char *const lists[] = {".resources.requests", ".resources.limits"};
    for (OBJ_EACH(c, containers, ""))
        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
            for (OBJ_EACH(r, c, lists[i]))
                if (is_managed(x, obj_key(r))) return true;
    return false;
}

bool extender_wants(const struct extender *x, enum extender_verb verb, const struct pod_info *pod)
{
    if (!x->verbs[verb]) return false;
    if (!x->nonly) return true;
    const struct json *root = pod->object ? pod->object->root : NULL;
    return any_managed(x, obj_get(root, ".spec.containers")) || any_managed(x, obj_get(root, ".spec.initContainers"));
}

/* ---- A call ---- */

static char *url_of(const struct extender *x, const char *verb)
{
    int n = (int)MIN(strlen(x->url), 4096);
    while (n && x->url[n - 1] == '/') n--;
    return xasprintf("%.*s/%s", n, x->url, verb);
}

/* "host:port" of a URL; the port may be that of the scheme. */
static char *address_of(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    int n = (int)strcspn(host, "/?#");
    bool has_port = memchr(host, ':', (size_t)n) != NULL;
    return xasprintf("%.*s%s", n, host, has_port ? "" : strncmp(url, "https", 5) == 0 ? ":443" : ":80");
}

/* A failure as Go's client tells it, as far as what happened is known here. begun: the answer's header was there. */
static bool failed(const char *url, bool begun, const struct err *why, struct err *e)
{
    AUTO_FREE char *address = address_of(url);
    int host = (int)strcspn(address, ":");
    if (why->code == ERR_TIMEOUT && begun)
        return err_set(e, ERR_TIMEOUT,
                       "context deadline exceeded (Client.Timeout or context cancellation while reading body)");
    err_set(e, why->code, "%s", why->text);
    if (why->code == ERR_TIMEOUT)
        err_set(e, ERR_TIMEOUT, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    else if (strstr(why->text, "resolve host"))
        err_set(e, ERR_UNAVAILABLE, "dial tcp: lookup %.*s: no such host", host, address);
    else if (strstr(why->text, "Failed to connect") || strstr(why->text, "onnection refused"))
        err_set(e, ERR_UNAVAILABLE, "dial tcp %s: connect: connection refused", address);
    else if (strstr(why->text, "certificate verification failed"))
        err_set(e, ERR_IO, "tls: failed to verify certificate: x509: certificate signed by unknown authority");
    else if (why->code == ERR_UNAVAILABLE)
        err_set(e, ERR_UNAVAILABLE, "EOF");
    return err_context(e, "Post \"%s\"", url);
}

bool extender_call(const struct extender *x, enum extender_verb verb, struct str body, struct buf *answer,
                   struct err *e)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    AUTO_FREE char *url = url_of(x, x->verbs[verb]), *path = xasprintf("/%s", x->verbs[verb]);
    const struct http_request rq = {
        .method = "POST", .path = path, .headers = headers, .body = body, .timeout_ms = x->timeout_ms};
    struct http_response r;
    struct err why = ERR_INIT;
    if (!x->http) return err_set(e, ERR_USAGE, "Post \"%s\": %s", url, x->broken);
    http_response_init(&r);
    r.body.max = EXTENDER_ANSWER_MAX + EXTENDER_ANSWER_FACTOR * body.n;
    bool ok = http_do(x->http, &rq, &r, &why);
    if (!ok)
        failed(url, r.status != 0, &why, e);
    else if (r.status != 200)
        ok = err_set(e, ERR_UNAVAILABLE, "failed %s with extender at URL %s, code %d", x->verbs[verb], url, r.status);
    if (ok)
        *answer = r.body;
    else
        http_response_release(&r);
    return ok;
}
