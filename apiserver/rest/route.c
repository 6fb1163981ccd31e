/* route.c - what a method and a path name.
 * Reads: r->method, r->path, the table of resources.   Writes: r->target.
 * Upstream: apiserver pkg/endpoints/request/requestinfo.go, and the routes that installer.go makes. */
#include "apiserver/rest/rest.h"

#include "api/registry.h"
#include "apiserver/rest/limits.h"
#include "apiserver/rest/query.h"
#include "base/hex.h"

struct path {
    struct str seg[PATH_SEGMENTS_MAX]; /* decoded */
    int count;
};

static bool unescape(struct arena *a, struct str in, struct str *out)
{
    *out = in;
    if (str_chr(in, '%') == SIZE_MAX) return true;
    char *p = arena_alloc(a, in.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int hi, lo;
        if (in.p[i] != '%') {
            p[n++] = in.p[i];
            continue;
        }
        if (i + 2 >= in.n || (hi = hex_digit(in.p[i + 1])) < 0 || (lo = hex_digit(in.p[i + 2])) < 0) return false;
        p[n++] = (char)(hi << 4 | lo);
        i += 2;
    }
    p[n] = '\0';
    *out = str_n(p, n);
    return true;
}

/* False with *e empty: too long or with empty segments, nobody's path. */
static bool split(struct request *r, struct path *p, struct err *e)
{
    struct str rest = str_from(r->path, 1);
    p->count = 0;
    while (rest.n) {
        if (p->count == PATH_SEGMENTS_MAX) return false;
        struct str segment = str_cut(rest, '/', &rest);
        if (!segment.n) return false;
        if (!unescape(&r->arena, segment, &p->seg[p->count++]))
            return err_set(e, ERR_BAD_REQUEST, "invalid URL escape in the path");
    }
    return true;
}

static enum verb verb_of(const struct request *r, bool named)
{
    static const struct {
        const char *method;
        enum verb named, plain;
    } rows[] = {
        {"GET", VERB_GET, VERB_LIST},
        {"POST", VERB_CREATE, VERB_CREATE},
        {"PUT", VERB_UPDATE, VERB_UPDATE},
        {"PATCH", VERB_PATCH, VERB_PATCH},
        {"DELETE", VERB_DELETE, VERB_DELETECOLLECTION},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(r->method, rows[i].method)) return named ? rows[i].named : rows[i].plain;
    return VERB_NONE;
}

static uint32_t verb_bit(enum verb v)
{
    static const uint32_t bits[] = {
        [VERB_GET] = API_GET,       [VERB_LIST] = API_LIST_VERB,
        [VERB_WATCH] = API_WATCH,   [VERB_CREATE] = API_CREATE,
        [VERB_UPDATE] = API_UPDATE, [VERB_PATCH] = API_PATCH,
        [VERB_DELETE] = API_DELETE, [VERB_DELETECOLLECTION] = API_DELETECOLLECTION,
        [VERB_CONNECT] = 0,
    };
    return bits[v];
}

static bool not_allowed(struct err *e)
{
    return err_set(e, ERR_METHOD, "the server does not allow this method on the requested resource");
}

/* A conversation: what its kind says comes as query parameters (PodExecOptions). */
static bool is_connected(const struct api_subresource *s)
{
    return s->kind && str_ends(str_of(s->kind), STR("Options"));
}
/* Any method, and any path behind it. */
static bool is_proxy(const struct api_subresource *s) { return is_connected(s) && strcmp(s->name, "proxy") == 0; }

static bool route_sub(struct request *r, struct str sub, bool last, struct err *e)
{
    struct target *t = &r->target;
    t->sub = api_find_sub(t->res, sub);
    if (!t->sub || (!last && !is_proxy(t->sub))) return false;
    if (is_proxy(t->sub)) {
        t->verb = VERB_CONNECT;
        return true;
    }
    t->verb = verb_of(r, true);
    if (r->is_head && !t->res->custom) return not_allowed(e);
    if (!(t->sub->verbs & verb_bit(t->verb))) return not_allowed(e);
    if (is_connected(t->sub)) t->verb = VERB_CONNECT;
    return true;
}

/* Methods on the collection or on one object. */
static bool route_object(struct request *r, bool watch_path, struct err *e)
{
    struct target *t = &r->target;
    bool named = t->name.n > 0;
    bool everywhere = t->res->namespaced && !t->ns.n; /* all namespaces: reading only */
    if (everywhere && (named || !(t->res->verbs & API_LIST_VERB))) return false;
    if (named && !(t->res->verbs & (API_GET | API_UPDATE | API_PATCH | API_DELETE))) return false;
    t->verb = verb_of(r, named);
    if (r->is_head && !t->res->custom) return not_allowed(e);
    if (t->verb == VERB_LIST && query_flag(r, "watch")) t->verb = VERB_WATCH;
    if (watch_path) {
        if (t->verb != VERB_GET && t->verb != VERB_LIST && t->verb != VERB_WATCH) return not_allowed(e);
        t->verb = VERB_WATCH;
    }
    if (!(t->res->verbs & verb_bit(t->verb))) return not_allowed(e);
    if (t->verb == VERB_CREATE && named) return not_allowed(e);
    if ((t->verb == VERB_UPDATE || t->verb == VERB_PATCH) && !named) return not_allowed(e);
    if (everywhere && t->verb != VERB_LIST && t->verb != VERB_WATCH) return not_allowed(e);
    return true;
}

/* namespaces/NS is a scope, except for the namespace itself and its subresources. */
static bool is_scope(const struct path *p, int at)
{
    static const char *const own[] = {"status", "finalize"};
    if (!str_eqc(p->seg[at], "namespaces") || p->count - at < 3) return false;
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (str_eqc(p->seg[at + 2], own[i])) return false;
    return true;
}

static bool route_path(struct request *r, const struct path *p, int at, struct str group, struct str version,
                       struct err *e)
{
    struct target *t = &r->target;
    bool watch_path = at < p->count && str_eqc(p->seg[at], "watch");
    if (watch_path) at++;
    if (at >= p->count) return false;
    if (is_scope(p, at)) {
        t->ns = p->seg[at + 1];
        at += 2;
    }
    t->res = r->held = api_resource_hold(group, version, p->seg[at]);
    if (!t->res || (t->ns.n && !t->res->namespaced)) return false;
    if (at + 1 < p->count) t->name = p->seg[at + 1];
    bool ok = at + 2 < p->count && !watch_path ? route_sub(r, p->seg[at + 2], at + 3 == p->count, e)
              : at + 2 < p->count              ? false
                                               : route_object(r, watch_path, e);
    return ok;
}

bool route_parse(struct request *r, struct err *e)
{
    struct path p;
    bool ok = false;
    r->target = (struct target){0};
    e->code = ERR_NONE;
    if (!split(r, &p, e)) return false;
    if (p.count >= 3 && str_eqc(p.seg[0], "api"))
        ok = route_path(r, &p, 2, STR(""), p.seg[1], e);
    else if (p.count >= 4 && str_eqc(p.seg[0], "apis"))
        ok = route_path(r, &p, 3, p.seg[1], p.seg[2], e);
    if (!ok) r->target.res = NULL;
    return ok;
}
