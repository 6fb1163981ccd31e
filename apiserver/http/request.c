/* request.c - what handlers do with a request: read it, hand it on, end it.
 * Reads: the exchange around the request.
 * Writes: its state, the decoded query. */
#include "apiserver/http/conn.h"

#include "base/hex.h"
#include "base/kassert.h"

#include <netdb.h>
#include <strings.h>
#include <sys/socket.h>

static struct pool *workers; /* set before the server starts */

struct str request_header(const struct request *r, const char *name)
{
    const struct exchange *x = exchange_of(r);
    for (int i = 0; i < x->nheaders; i++)
        if (strcasecmp(x->headers[i].name, name) == 0) return str_of(x->headers[i].value);
    return STR_NULL;
}

int request_headers(const struct request *r, const struct header **list)
{
    *list = exchange_of(r)->headers;
    return exchange_of(r)->nheaders;
}

const char *request_audit_id(const struct request *r) { return exchange_of(r)->audit_id; }

bool request_peer(const struct request *r, char *out, size_t size)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    return r->conn && getpeername(r->conn->fd, (struct sockaddr *)&a, &n) == 0 &&
           getnameinfo((struct sockaddr *)&a, n, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST) == 0;
}

const struct query_arg *request_arg(const struct request *r, const char *key)
{
    for (int i = 0; i < r->nargs; i++)
        if (str_eqc(r->args[i].key, key)) return &r->args[i];
    return NULL;
}

struct str request_arg_str(const struct request *r, const char *key)
{
    const struct query_arg *a = request_arg(r, key);
    return a ? a->value : STR_NULL;
}

bool request_client_gone(const struct request *r) { return r->conn && atomic_load(&r->conn->gone); }

bool request_on_done(struct request *r, void (*fn)(struct request *r))
{
    __atomic_store_n(&r->on_done, fn, __ATOMIC_RELEASE);
    return !request_client_gone(r);
}

void request_finish(struct request *r)
{
    struct exchange *x = exchange_of(r);
    int old = atomic_exchange(&x->state, EX_DONE);
    KASSERT(old == EX_RUNNING || old == EX_SUSPENDED || old == EX_ABANDONED);
    if (old == EX_SUSPENDED) server_resume(x);
    exchange_unref(x);
}

void request_set_pool(struct pool *p) { workers = p; }

void request_later(struct request *r, void (*fn)(struct request *r))
{
    r->resume = fn;
    pool_submit(workers, &r->job);
}

void request_submit(struct job *j)
{
    if (workers)
        pool_submit(workers, j);
    else
        j->run(j);
}

void response_add_header(struct request *r, const char *name, const char *value)
{
    struct response *resp = &r->resp;
    if (resp->nheaders == RESPONSE_HEADERS_MAX) return;
    if (resp->nheaders == resp->cap_headers) {
        int cap = resp->cap_headers ? 2 * resp->cap_headers : 8;
        struct header *grown = ARENA_ARRAY(&r->arena, struct header, (size_t)cap);
        if (resp->nheaders) memcpy(grown, resp->headers, (size_t)resp->nheaders * sizeof *grown);
        resp->headers = grown;
        resp->cap_headers = cap;
    }
    resp->headers[resp->nheaders++] = (struct header){arena_strdup(&r->arena, name), arena_strdup(&r->arena, value)};
}

void response_drop_headers(struct request *r, const char *name)
{
    struct response *resp = &r->resp;
    int kept = 0;
    for (int i = 0; i < resp->nheaders; i++)
        if (strcasecmp(resp->headers[i].name, name) != 0) resp->headers[kept++] = resp->headers[i];
    resp->nheaders = kept;
}

void response_header(struct request *r, const char *name, const char *value)
{
    response_drop_headers(r, name);
    response_add_header(r, name, value);
}

enum decoded { DECODED, MALFORMED, HAS_NUL };

/* %XX and + decoded, in the arena (or the text itself when nothing is to be done). */
static enum decoded decode(struct arena *a, struct str in, struct str *out)
{
    *out = in;
    if (!in.n || (!memchr(in.p, '%', in.n) && !memchr(in.p, '+', in.n))) return DECODED;
    char *p = arena_alloc(a, in.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int hi = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1, lo = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
            if (hi < 0 || lo < 0) return MALFORMED;
            c = (char)(hi << 4 | lo);
            if (!c) return HAS_NUL;
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        p[n++] = c;
    }
    p[n] = 0;
    *out = str_n(p, n);
    return DECODED;
}

bool query_decode(struct request *r, const char **why)
{
    struct str rest = r->query;
    while (rest.n) {
        struct str part = str_cut(rest, '&', &rest), value = STR_NULL;
        if (!part.n || memchr(part.p, ';', part.n)) continue; /* net/url drops pairs with a semicolon */
        struct query_arg arg = {.key = str_cut(part, '=', &value)};
        arg.has_value = !str_is_null(value);
        if (!arg.has_value) value = STR("");
        enum decoded key_ok = decode(&r->arena, arg.key, &arg.key), value_ok = decode(&r->arena, value, &arg.value);
        if (key_ok == HAS_NUL || value_ok == HAS_NUL) {
            *why = "the query contains a NUL byte";
            return false;
        }
        if (key_ok == MALFORMED || value_ok == MALFORMED) continue;
        if (r->nargs == QUERY_ARGS_MAX) {
            *why = "the query has too many parameters";
            return false;
        }
        r->args[r->nargs++] = arg;
    }
    return true;
}
