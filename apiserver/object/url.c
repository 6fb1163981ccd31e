/* url.c - see url.h. Reads: a text.   Writes: struct url.
 * Upstream: Go's net/url (parse, parseAuthority, parseHost, unescape). */
#include "apiserver/object/url.h"

#include "api/quote.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

static bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool fail(struct arena *a, const char **why, const char *what, struct str part)
{
    struct buf quoted AUTO_BUF = {0};
    buf_init(&quoted, ERR_TEXT_MAX);
    quote_go(&quoted, part);
    *why = arena_printf(a, "%s%.*s", what, STR_ARG(buf_view(&quoted)));
    return false;
}

static bool is_escaped(struct arena *a, struct str s, const char **why)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '%') continue;
        if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
            return fail(a, why, "invalid URL escape ", str_n(s.p + i, s.n - i < 3 ? s.n - i : 3));
        i += 2;
    }
    return true;
}

/* "scheme:" off *rest. */
static bool cut_scheme(struct str *rest, struct url *u, const char **why)
{
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        if (is_alpha(c)) continue;
        if (c == ':') {
            *why = "missing protocol scheme";
            if (i == 0) return false;
            u->scheme = str_n(rest->p, i);
            *rest = str_from(*rest, i + 1);
            return true;
        }
        if (i == 0 || !(is_digit(c) || c == '+' || c == '-' || c == '.')) return true;
    }
    return true;
}

static bool check_port(struct arena *a, struct str port, const char **why)
{
    for (size_t i = 0; i < port.n; i++) {
        if (i == 0 ? port.p[0] == ':' : is_digit(port.p[i])) continue;
        const char *tail = NULL;
        fail(a, &tail, "invalid port ", port);
        *why = arena_printf(a, "%s after host", tail);
        return false;
    }
    return true;
}

static bool check_host(struct arena *a, struct str host, const char **why)
{
    static const char allowed[] = "!$&'()*+,;=:[]<>\"-_.~%";
    if (host.n && host.p[0] == '[') {
        size_t end = host.n;
        while (end && host.p[end - 1] != ']') end--;
        *why = "missing ']' in host";
        return end && check_port(a, str_from(host, end), why);
    }
    size_t colon = host.n;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == ':') colon = i;
    if (colon < host.n && !check_port(a, str_from(host, colon), why)) return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool fine = is_alpha(c) || is_digit(c) || (unsigned char)c >= 0x80 || strchr(allowed, c);
        if (!fine) {
            const char *tail = NULL;
            fail(a, &tail, "invalid character ", str_n(&c, 1));
            *why = arena_printf(a, "%s in host name", tail);
            return false;
        }
    }
    return is_escaped(a, host, why);
}

static bool take_authority(struct arena *a, struct str *rest, struct url *u, const char **why)
{
    struct str path, authority = str_cut(str_from(*rest, 2), '/', &path);
    *rest = str_is_null(path) ? STR("") : str_n(path.p - 1, path.n + 1);
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < authority.n; i++)
        if (authority.p[i] == '@') at = i;
    if (at != SIZE_MAX) {
        u->has_user = true;
        u->user = str_n(authority.p, at);
        authority = str_from(authority, at + 1);
    }
    u->host = authority;
    return check_host(a, authority, why);
}

bool url_parse(struct arena *a, struct str text, struct url *u, const char **why)
{
    *u = (struct url){0};
    for (size_t i = 0; i < text.n; i++) {
        *why = "net/url: invalid control character in URL";
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f) return false;
    }
    struct str rest = str_cut(text, '#', &u->fragment);
    if (!cut_scheme(&rest, u, why)) return false;
    rest = str_cut(rest, '?', &u->query);
    if (rest.n && rest.p[0] != '/') {
        if (u->scheme.n) return true; /* opaque: no host */
        struct str after, segment = str_cut(rest, '/', &after);
        *why = "first path segment in URL cannot contain colon";
        if (str_chr(segment, ':') != SIZE_MAX) return false;
    }
    bool rooted = str_starts(rest, STR("//")) && (u->scheme.n || !str_starts(rest, STR("///")));
    if (rooted && !take_authority(a, &rest, u, why)) return false;
    u->path = rest;
    return is_escaped(a, rest, why) && (!u->fragment.n || is_escaped(a, u->fragment, why));
}
