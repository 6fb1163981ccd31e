/* webhook.c - see webhook.h.
 * Reads: a definition's client configuration; Services, when it names one.   Writes: requests to the server.
 * Upstream: apiserver pkg/util/webhook/client.go, pkg/util/proxy/proxy.go (ResolveCluster), client-go rest/request.go.
 */
#include "apiserver/crd/webhook.h"

#include "api/object.h"
#include "api/quote.h"
#include "apiserver/crd/limits.h"
#include "apiserver/crd/webhook_tls.h"
#include "apiserver/object/object.h"
#include "apiserver/object/url.h"
#include "apiserver/watch/cache.h"
#include "base/thread.h"
#include "http/http.h"
#include "schema_ids.h"

#include <stdlib.h>

struct client { /* of one address; in the list while it lives, so that stopping reaches it */
    struct http *http;
    const char *base, *name; /* whom it asks, and as whom (NULL: the host); they outlive it */
    struct client *next, *prev;
};

static struct {
    pthread_mutex_t lock;
    struct client *first;
    bool stopped;
} clients = {.lock = MUTEX_INIT};

struct webhook {
    struct arena arena;
    const char *review_version; /* NULL: none that we know */
    const char *ca_pem;         /* NULL: the system's */
    const char *base;           /* "https://127.0.0.1:9443" */
    const char *path;           /* "/convert" */
    const char *service, *ns;   /* NULL: base is an address */
    int port;                   /* of the service */
    pthread_mutex_t lock;
    struct client *client; /* of base; made with the first call, then kept */
};

/* ---- Clients ---- */

static struct client *client_new(const char *base, const struct http_tls *tls, struct err *e)
{
    struct http *http = http_new(base, tls, e);
    if (!http) return NULL;
    struct client *c = xcalloc(1, sizeof *c);
    *c = (struct client){.http = http, .base = base, .name = tls->server_name};
    mutex_lock(&clients.lock);
    c->next = clients.first;
    if (c->next) c->next->prev = c;
    clients.first = c;
    if (clients.stopped) http_abort(http);
    mutex_unlock(&clients.lock);
    return c;
}

static void client_free(struct client *c)
{
    if (!c) return;
    mutex_lock(&clients.lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        clients.first = c->next;
    if (c->next) c->next->prev = c->prev;
    mutex_unlock(&clients.lock);
    http_free(c->http);
    free(c);
}

void webhooks_stop(void)
{
    mutex_lock(&clients.lock);
    clients.stopped = true;
    for (struct client *c = clients.first; c; c = c->next) http_abort(c->http);
    mutex_unlock(&clients.lock);
}

/* ---- From the definition ---- */

static const char *known_version(const struct json *versions)
{
    static const char *const known[] = {"v1beta1", "v1"};
    JSON_FOREACH(it, versions)
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eqc(json_string(it), known[i])) return known[i];
    return NULL;
}

static void take_service(struct webhook *h, const struct json *service)
{
    struct arena *a = &h->arena;
    struct str path = obj_str(service, ".path");
    h->service = arena_strndup(a, obj_str(service, ".name").p, obj_str(service, ".name").n);
    h->ns = arena_strndup(a, obj_str(service, ".namespace").p, obj_str(service, ".namespace").n);
    h->port = (int)obj_int(service, ".port", 443);
    h->base = arena_printf(a, "https://%s.%s.svc:%d", h->service, h->ns, h->port);
    h->path = arena_printf(a, "%s%.*s", path.n && path.p[0] == '/' ? "" : "/", STR_ARG(path));
}

static void take_url(struct webhook *h, struct str text)
{
    struct url u;
    const char *why;
    struct arena *a = &h->arena;
    if (!url_parse(a, str_copy(a, text), &u, &why)) return;
    h->base = arena_printf(a, "%.*s://%.*s", STR_ARG(u.scheme), STR_ARG(u.host));
    h->path = arena_printf(a, "%s%.*s", u.path.n && u.path.p[0] == '/' ? "" : "/", STR_ARG(u.path));
}

struct webhook *webhook_new(const struct json *conversion)
{
    const struct json *client = obj_get(conversion, ".webhook.clientConfig");
    struct str bundle, encoded = obj_str(client, ".caBundle");
    if (!obj_is(conversion, ".strategy", "Webhook")) return NULL;
    struct webhook *h = xcalloc(1, sizeof *h);
    pthread_mutex_init(&h->lock, NULL);
    h->review_version = known_version(obj_get(conversion, ".webhook.conversionReviewVersions"));
    if (encoded.n && object_unbase64(&h->arena, encoded, &bundle) && str_trim(bundle).n)
        h->ca_pem = arena_strndup(&h->arena, bundle.p, bundle.n);
    if (obj_has(client, ".service"))
        take_service(h, obj_get(client, ".service"));
    else
        take_url(h, obj_str(client, ".url"));
    return h;
}

void webhook_free(struct webhook *h)
{
    if (!h) return;
    client_free(h->client);
    pthread_mutex_destroy(&h->lock);
    struct arena a = h->arena;
    free(h);
    arena_release(&a);
}

const char *webhook_review_version(const struct webhook *h) { return h->review_version; }

/* ---- Whom to ask ---- */

/* Where a Service leads. No network of Services is simulated: an ExternalName alone can be reached. NULL: *why. */
static const char *resolve(const struct webhook *h, struct arena *a, const char **why)
{
    struct err e = ERR_INIT;
    struct item *it = cache_get(&res_core_v1_services, str_of(h->ns), str_of(h->service));
    const struct json *service = it ? json_parse(a, str_copy(a, blob_str(it->blob)), &e) : NULL;
    item_unref(it);
    if (!service) {
        *why = arena_printf(a, "service \"%s\" not found", h->service);
        return NULL;
    }
    if (obj_is(service, ".spec.type", "ExternalName"))
        return arena_printf(a, "https://%.*s:%d", STR_ARG(obj_str(service, ".spec.externalName")), h->port);
    *why = arena_printf(a, "dial tcp %.*s:%d: connect: connection refused",
                        STR_ARG(obj_str(service, ".spec.clusterIP")), h->port);
    return NULL;
}

/* One client of a fixed address for all calls; one per call to a Service, for it may lead elsewhere next time. */
static struct client *client_of(struct webhook *h, struct arena *a, const char **why)
{
    struct err e = ERR_INIT;
    struct http_tls tls = {.ca_pem = h->ca_pem};
    struct client *c = NULL;
    if (h->service) {
        const char *base = resolve(h, a, why);
        if (!base) return NULL;
        tls.server_name = arena_printf(a, "%s.%s.svc", h->service, h->ns);
        c = client_new(base, &tls, &e);
    } else {
        mutex_lock(&h->lock);
        if (!h->client && h->base) h->client = client_new(h->base, &tls, &e);
        c = h->client;
        mutex_unlock(&h->lock);
    }
    if (!c) *why = arena_strdup(a, e.text);
    return c;
}

/* ---- Failures in the words of Go's client ---- */

/* The message of a Status that says it failed; NULL: the answer is none. */
static const char *told_status(struct arena *a, struct str body)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(a, body, &e);
    if (!j || !obj_is(j, ".kind", "Status") || !obj_is(j, ".apiVersion", "v1") || obj_is(j, ".status", "Success"))
        return NULL;
    return str_cstr(a, obj_str(j, ".message"));
}

/* Only a text is shown. */
static const char *refusal(struct arena *a, int status, const char *content_type, struct str body)
{
    bool is_text = !*content_type || strncmp(content_type, "text/", 5) == 0;
    static const struct {
        int status;
        const char *text;
    } rows[] = {
        {400, "the server rejected our request for an unknown reason"},
        {401, "the server has asked for the client to provide credentials"},
        {404, "the server could not find the requested resource"},
        {405, "the server does not allow this method on the requested resource"},
        {406, "the server was unable to respond with a content type that the client supports"},
        {409, "the server reported a conflict"},
        {422, "the server rejected our request due to an error in our request"},
        {429, "the server has received too many requests and has asked us to try again later"},
        {503, "the server is currently unable to handle the request"},
        {504, "the server was unable to return a response in the time allotted, but may still be processing the "
              "request"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].status == status) return rows[i].text;
    struct str shown = is_text ? str_trim(str_n(body.p, MIN(body.n, (size_t)WEBHOOK_BODY_SHOWN))) : STR("");
    if (status == 403 || status == 415) return shown.n ? str_cstr(a, shown) : "unknown";
    if (status < 500)
        return arena_printf(a, "the server responded with the status code %d but did not return more information",
                            status);
    struct buf quoted AUTO_BUF = {0};
    buf_init(&quoted, 8 * WEBHOOK_BODY_SHOWN);
    quote_go(&quoted, shown.n ? shown : STR("unknown"));
    return arena_printf(a, "an error on the server (%.*s) has prevented the request from succeeding",
                        STR_ARG(buf_view(&quoted)));
}

static const char *failure_of(struct arena *a, const struct http_response *resp)
{
    const char *told = told_status(a, buf_view(&resp->body));
    return told ? told : refusal(a, resp->status, resp->content_type, buf_view(&resp->body));
}

static const char *host_of(const char *base)
{
    const char *slashes = strstr(base, "://");
    return slashes ? slashes + 3 : base;
}

static bool is_of_certificate(const char *text)
{
    return strstr(text, "expired") || strstr(text, "subject name") || strstr(text, "ertificate");
}

static const char *breakdown(const struct webhook *h, const struct client *c, struct arena *a, const struct err *e)
{
    static const struct {
        const char *curl, *go;
    } rows[] = {
        {"esolve host", "dial tcp: lookup %s: no such host"},
        {"onnect to", "dial tcp %s: connect: connection refused"},
        {"unexpected TLS packet", "tls: first record does not look like a TLS handshake"},
        {"non-properly terminated", "EOF"},
    };
    if (e->code == ERR_TIMEOUT) return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    if (is_of_certificate(e->text))
        return arena_printf(a, "tls: failed to verify certificate: %s", webhook_tls_problem(a, c->base, c->name));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *hole = strstr(rows[i].go, "%s");
        if (!strstr(e->text, rows[i].curl)) continue;
        return hole ? arena_printf(a, "%.*s%s%s", (int)(hole - rows[i].go), rows[i].go, host_of(h->base), hole + 2)
                    : rows[i].go;
    }
    return e->code == ERR_UNAVAILABLE ? "EOF" : arena_strdup(a, e->text);
}

/* ---- Asking ---- */

static const char *post_failed(const struct webhook *h, struct arena *a, const char *why)
{
    return arena_printf(a, "Post \"%s%s?timeout=30s\": %s", h->base ? h->base : "", h->path ? h->path : "", why);
}

bool webhook_post(struct webhook *h, struct arena *a, struct str body, struct str *answer, const char **why)
{
    static const char *const headers[] = {"Content-Type: application/json", "Accept: application/json, */*", NULL};
    struct http_response resp;
    struct err e = ERR_INIT;
    struct client *c = client_of(h, a, why);
    if (!c) {
        *why = post_failed(h, a, *why);
        return false;
    }
    const struct http_request rq = {.method = "POST",
                                    .path = arena_printf(a, "%s?timeout=30s", h->path),
                                    .headers = headers,
                                    .body = body,
                                    .timeout_ms = WEBHOOK_TIMEOUT_MS};
    http_response_init(&resp);
    resp.body.max = WEBHOOK_ANSWER_MAX;
    bool ok = http_do(c->http, &rq, &resp, &e), good = ok && resp.status >= 200 && resp.status <= 206;
    if (good && !resp.body.n) {
        *why = arena_printf(a, "0-length response with status code: %d and content type: %s", resp.status,
                            resp.content_type);
        good = false;
    } else if (!ok)
        *why = post_failed(h, a, breakdown(h, c, a, &e));
    else if (!good)
        *why = failure_of(a, &resp);
    else
        *answer = str_copy(a, buf_view(&resp.body));
    http_response_release(&resp);
    if (h->service) client_free(c);
    return good;
}
