/* headers.c - see headers.h. Pure.
 * Reads: a request.   Writes: header lines. */
#include "apiserver/aggregator/headers.h"

#include "apiserver/aggregator/fetch.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

#define WS_PROTOCOL     "Sec-WebSocket-Protocol"
#define WS_BEARER_TOKEN "base64url.bearer.authorization.k8s.io."

const char *const hop_by_hop_headers[] = {"Connection",
                                          "Keep-Alive",
                                          "Proxy-Authenticate",
                                          "Proxy-Authorization",
                                          "Proxy-Connection",
                                          "TE",
                                          "Trailer",
                                          "Transfer-Encoding",
                                          "Upgrade",
                                          NULL};

bool header_is_one_of(struct str name, const char *const *list)
{
    for (; *list; list++)
        if (name.n == strlen(*list) && strncasecmp(name.p, *list, name.n) == 0) return true;
    return false;
}

/* A client does not say itself who it is, nor to us anew; lengths and ids are ours. */
static bool is_ours(struct str name)
{
    static const char *const ours[] = {
        "Authorization", "Host",         "Content-Length", "Transfer-Encoding", "Trailer",  "Expect",
        "X-Remote-User", "X-Remote-Uid", "X-Remote-Group", "X-Forwarded-For",   "Audit-Id", NULL};
    static const char *const prefixes[] = {"X-Remote-Extra-", "Impersonate-"};
    if (header_is_one_of(name, ours)) return true;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (name.n >= strlen(prefixes[i]) && strncasecmp(name.p, prefixes[i], strlen(prefixes[i])) == 0) return true;
    return false;
}

static bool is_withheld(struct str name, struct str connection)
{
    static const char *const forwarded[] = {"X-Forwarded-Uri", "X-Forwarded-Host", "X-Forwarded-Proto", NULL};
    if (header_is_one_of(name, hop_by_hop_headers) || header_is_one_of(name, forwarded) || is_ours(name)) return true;
    while (connection.n) {
        struct str word = str_trim(str_cut(connection, ',', &connection));
        if (word.n == name.n && strncasecmp(word.p, name.p, name.n) == 0) return true;
    }
    return false;
}

/* The subprotocols without one that is the client's bearer token. */
static const char *without_token(struct arena *a, const char *protocols)
{
    struct buf b AUTO_BUF = {0};
    struct str rest = str_of(protocols);
    buf_init(&b, rest.n + 1);
    while (rest.n) {
        struct str word = str_trim(str_cut(rest, ',', &rest));
        if (!word.n || str_starts(word, STR(WS_BEARER_TOKEN))) continue;
        if (b.n) buf_char(&b, ',');
        buf_str(&b, word);
    }
    return str_cstr(a, buf_view(&b));
}

static const char *value_of(struct arena *a, const struct header *h)
{
    return header_is_one_of(str_of(h->name), (const char *const[]){WS_PROTOCOL, NULL}) ? without_token(a, h->value)
                                                                                       : h->value;
}

static const char *forwarded_for(struct arena *a, const struct request *r)
{
    char peer[INET6_ADDRSTRLEN + 32];
    struct str before = request_header(r, "X-Forwarded-For");
    if (!request_peer(r, peer, sizeof peer)) return "X-Forwarded-For;";
    return before.n ? arena_printf(a, "X-Forwarded-For: %.*s, %s", STR_ARG(before), peer)
                    : arena_printf(a, "X-Forwarded-For: %s", peer);
}

const char **headers_of_request(struct arena *a, const struct request *r, const char *address, const char **bad)
{
    const struct header *in;
    int count = request_headers(r, &in), n = 0;
    struct str connection = request_header(r, "Connection");
    const char **who = front_proxy_headers(a, &r->user, bad);
    const char **out = ARENA_ARRAY(a, const char *, PROXIED_HEADERS_MAX + 8);
    bool has_type = false;
    if (!who) return NULL;
    for (int i = 0; i < count && n < PROXIED_HEADERS_MAX / 2; i++) {
        if (is_withheld(str_of(in[i].name), connection) || strpbrk(in[i].value, "\r\n")) continue;
        out[n++] = arena_printf(a, *in[i].value ? "%s: %s" : "%s;", in[i].name, value_of(a, &in[i]));
        has_type |= strcasecmp(in[i].name, "Content-Type") == 0;
    }
    if (!has_type) out[n++] = "Content-Type:"; /* none, instead of libcurl's own */
    for (int i = 0; who[i] && n < PROXIED_HEADERS_MAX; i++) out[n++] = who[i];
    out[n++] = arena_printf(a, "Host: %s", address);
    out[n++] = forwarded_for(a, r);
    out[n++] = arena_printf(a, "X-Forwarded-Uri: %.*s", STR_ARG(r->path));
    out[n++] = arena_printf(a, "X-Forwarded-Host: %s", address);
    out[n++] = "X-Forwarded-Proto: https";
    out[n++] = arena_printf(a, "Audit-ID: %s", request_audit_id(r));
    return out;
}

/* ---- Target ---- */

static int by_key(const void *x, const void *y)
{
    const struct query_arg *const *p = x, *const *q = y;
    int order = str_cmp((*p)->key, (*q)->key);
    return order ? order : (*p > *q) - (*p < *q); /* those of one key as they came */
}

static void escape(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("-_.~", c);
        if (plain && c)
            buf_char(out, (char)c);
        else if (c == ' ')
            buf_char(out, '+');
        else
            buf_addf(out, "%%%02X", c);
    }
}

struct str headers_target(struct arena *a, const struct request *r)
{
    struct buf b AUTO_BUF = {0};
    const struct query_arg **args = ARENA_ARRAY(a, const struct query_arg *, r->nargs + 1);
    for (int i = 0; i < r->nargs; i++) args[i] = &r->args[i];
    qsort(args, (size_t)r->nargs, sizeof *args, by_key);
    buf_init(&b, SIZE_MAX);
    buf_str(&b, r->path);
    for (int i = 0; i < r->nargs; i++) {
        buf_char(&b, i ? '&' : '?');
        escape(&b, args[i]->key);
        buf_char(&b, '=');
        escape(&b, args[i]->value);
    }
    return str_copy(a, buf_view(&b));
}

/* ---- Upgrades ---- */

bool headers_ask_upgrade(const struct request *r)
{
    struct arena a AUTO_ARENA = {0};
    const struct header *in;
    int count = request_headers(r, &in);
    for (int i = 0; i < count; i++)
        if (strcasecmp(in[i].name, "Connection") == 0 &&
            strstr(str_cstr(&a, str_lower(&a, str_of(in[i].value))), "upgrade"))
            return true;
    return false;
}

/* A header as libcurl takes it: "Name;" is one without a value. */
static void write_line(struct buf *out, const char *line)
{
    size_t n = strlen(line);
    if (n && line[n - 1] == ';' && !strchr(line, ':'))
        buf_addf(out, "%.*s:\r\n", (int)n - 1, line);
    else
        buf_addf(out, "%s\r\n", line);
}

bool headers_write_upgrade(struct buf *out, struct arena *a, const struct request *r, const char *target,
                           const char *address, const char **bad)
{
    static const char *const bodies[] = {"POST", "PUT", "PATCH", NULL};
    const struct header *in;
    int count = request_headers(r, &in);
    const char **who = front_proxy_headers(a, &r->user, bad);
    if (!who) return false;
    buf_addf(out, "%.*s %s HTTP/1.1\r\nHost: %s\r\n", STR_ARG(r->method), target, address);
    for (int i = 0; i < count; i++) {
        const char *value = value_of(a, &in[i]);
        if (is_ours(str_of(in[i].name)) || strpbrk(in[i].value, "\r\n")) continue;
        if (*value || !*in[i].value) buf_addf(out, "%s: %s\r\n", in[i].name, value);
    }
    if (r->body.n || header_is_one_of(r->method, bodies)) buf_addf(out, "Content-Length: %zu\r\n", r->body.n);
    for (; *who; who++) write_line(out, *who);
    write_line(out, forwarded_for(a, r));
    buf_addf(out, "Audit-Id: %s\r\n\r\n", request_audit_id(r));
    buf_str(out, r->body);
    return true;
}
