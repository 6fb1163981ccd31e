/* fetch.c - see fetch.h.
 * Reads: endpoints, responses.   Writes: requests. */
#include "apiserver/aggregator/fetch.h"

#include "apiserver/aggregator/aggregator.h"
#include "apiserver/aggregator/headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { IDENTITY_HEADERS = 4 }; /* beside groups and extras: name, uid, the end */

/* ---- Who asks ---- */

/* As a part of a header's name: bytes that RFC 9110 has in no token are %XX, and so is %. */
static const char *escape_key(struct arena *a, const char *key)
{
    static const char legal[] = "!#$&'*+-.^_`|~";
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 3 * strlen(key) + 1);
    for (; *key; key++) {
        unsigned char c = (unsigned char)*key;
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alnum || strchr(legal, c))
            buf_char(&b, (char)c);
        else
            buf_addf(&b, "%%%02X", c);
    }
    return str_cstr(a, buf_view(&b));
}

static const char *header_of(struct arena *a, const char *name, struct str value, const char **bad)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < ' ' && c != '\t') || c == 127) *bad = name;
    }
    return value.n ? arena_printf(a, "%s: %.*s", name, STR_ARG(value)) : arena_printf(a, "%s;", name);
}

const char **front_proxy_headers(struct arena *a, const struct user *u, const char **bad)
{
    const char **list = ARENA_ARRAY(a, const char *, u->ngroups + u->nextra + IDENTITY_HEADERS);
    int n = 0;
    *bad = NULL;
    list[n++] = header_of(a, "X-Remote-User", u->name, bad);
    if (u->uid.n) list[n++] = header_of(a, "X-Remote-Uid", u->uid, bad);
    for (int i = 0; i < u->ngroups; i++) list[n++] = header_of(a, "X-Remote-Group", u->groups[i], bad);
    for (int i = 0; i < u->nextra; i++)
        list[n++] =
            header_of(a, arena_printf(a, "X-Remote-Extra-%s", escape_key(a, u->extra[i].key)), u->extra[i].value, bad);
    return *bad ? NULL : list;
}

void fetch_address(struct arena *a, const struct remote *m, const struct endpoint *ep, struct str path,
                   struct http_call_request *rq)
{
    rq->tls = m->tls;
    rq->address = arena_printf(a, "%s:%d", ep->host, ep->port);
    rq->url = arena_printf(a, "https://%s:%d%.*s", m->server, m->service.port, STR_ARG(path));
    rq->connect_to = arena_printf(a, "%s:%d:%s:%d", m->server, m->service.port, ep->host, ep->port);
}

/* ---- One request ---- */

struct fetching {
    struct arena arena;
    struct remote *remote;
    void (*done)(struct remote *m, const struct fetched *f);
    struct fetched is;
    struct endpoint endpoint;
    struct buf body;
};

static void header(void *arg, struct str name, struct str value)
{
    struct fetching *g = arg;
    if (header_is_one_of(name, (const char *const[]){"ETag", NULL}) && value.n < sizeof g->is.etag)
        memcpy(g->is.etag, value.p, value.n); /* it was zero */
    if (name.n != strlen("Content-Type") || strncasecmp(name.p, "Content-Type", name.n) != 0) return;
    struct str rest = value;
    while (rest.n && !g->is.aggregated)
        g->is.aggregated = str_eqc(str_trim(str_cut(rest, ';', &rest)), "as=APIGroupDiscoveryList");
}

static void head(void *arg, int status) { ((struct fetching *)arg)->is.status = status; }

static bool body(void *arg, struct str bytes)
{
    buf_str(&((struct fetching *)arg)->body, bytes); /* too long: said at the end */
    return true;
}

static void ended(struct fetching *g, const struct err *e)
{
    struct err too_large = ERR_INIT;
    if (!e && !buf_ok(&g->body)) {
        err_set(&too_large, ERR_TOO_LARGE, "the response is too large");
        e = &too_large;
    }
    if (e) g->is.status = 0;
    g->is.e = e;
    g->is.body = buf_view(&g->body);
    g->is.endpoint = &g->endpoint;
    g->done(g->remote, &g->is);
    remote_unref(g->remote);
    buf_release(&g->body);
    struct arena arena = g->arena;
    free(g);
    arena_release(&arena);
}

static void done(void *arg, const struct err *e) { ended(arg, e); }

void fetch(struct remote *m, const char *path, const char *accept, const char *etag, uint64_t turn,
           void (*fn)(struct remote *m, const struct fetched *f))
{
    static const struct http_call_ops ops = {.header = header, .head = head, .body = body, .done = done};
    struct str masters[] = {STR("system:masters")};
    bool openapi = str_starts(str_of(path), STR("/openapi/"));
    const struct user us = {.name = openapi ? STR("system:aggregator") : STR("system:kube-aggregator"),
                            .groups = masters,
                            .ngroups = openapi ? 0 : 1};
    const char *bad;
    struct fetching *g = xcalloc(1, sizeof *g);
    struct arena *a = &g->arena;
    struct service_view view;
    struct err e = ERR_INIT;
    g->remote = remote_ref(m);
    g->done = fn;
    buf_init(&g->body, DOCUMENT_BYTES_MAX);
    endpoint_load(a, &m->service, &view);
    if (!endpoint_choose(&view, &m->service, turn, &g->endpoint, &e)) {
        ended(g, &e);
        return;
    }
    struct http_call_request rq = {.method = "GET", .timeout_ms = openapi ? OPENAPI_TIMEOUT_MS : DISCOVERY_TIMEOUT_MS};
    fetch_address(a, m, &g->endpoint, str_of(path), &rq);
    g->is.where = arena_printf(a, "https://%s%s", rq.address, path);
    const char **who = front_proxy_headers(a, &us, &bad),
               **headers = ARENA_ARRAY(a, const char *, IDENTITY_HEADERS + 4);
    int n = 0;
    for (; who[n]; n++) headers[n] = who[n];
    headers[n++] = arena_printf(a, "Host: %s", rq.address);
    headers[n++] = arena_printf(a, "Accept: %s", accept);
    if (*etag) headers[n++] = arena_printf(a, "If-None-Match: %s", etag);
    rq.headers = headers;
    (void)http_call_start(aggregator_relay(), &rq, &ops, g);
}
