/* front_proxy.c - see front_proxy.h. The names are those that kubeadm gives its API server, and that
 * aggregator/trust.c publishes; a uid has no header among them.
 * Reads: the certificate's CN, headers.   Writes: r->user. */
#include "apiserver/filter/front_proxy.h"

#include "base/hex.h"

#include <strings.h>

#define ALLOWED_NAME "front-proxy-client"
#define EXTRA_PREFIX "X-Remote-Extra-"

/* In small letters, %XX decoded; as it is when something is no %XX. */
static const char *extra_key(struct arena *a, const char *name)
{
    char *key = str_cstr(a, str_lower(a, str_of(name))), *out = arena_strdup(a, key);
    size_t n = 0;
    for (const char *p = key; *p; p++) {
        if (*p != '%') {
            out[n++] = *p;
            continue;
        }
        int hi = hex_digit(p[1]), lo = hi < 0 ? -1 : hex_digit(p[2]);
        if (lo < 0 || !(hi | lo)) return key;
        out[n++] = (char)(hi << 4 | lo);
        p += 2;
    }
    out[n] = 0;
    return str_is_utf8(str_n(out, n)) ? out : key;
}

static bool is_named(const struct user *u, const char *group)
{
    for (int i = 0; i < u->ngroups; i++)
        if (str_eqc(u->groups[i], group)) return true;
    return false;
}

bool front_proxy_user(struct request *r)
{
    const struct header *in;
    struct arena *a = &r->arena;
    struct user *u = &r->user;
    struct str name = request_header(r, "X-Remote-User");
    if (!str_eqc(r->proxy_cn, ALLOWED_NAME) || !name.n) return false;
    int count = request_headers(r, &in);
    *u = (struct user){.name = name};
    u->groups = ARENA_ARRAY(a, struct str, count + 1);
    u->extra = ARENA_ARRAY(a, struct user_extra, count + 1);
    for (int i = 0; i < count; i++) {
        struct str value = str_of(in[i].value);
        if (strcasecmp(in[i].name, "X-Remote-Group") == 0 && value.n) u->groups[u->ngroups++] = value;
        if (strncasecmp(in[i].name, EXTRA_PREFIX, strlen(EXTRA_PREFIX)) == 0)
            u->extra[u->nextra++] = (struct user_extra){extra_key(a, in[i].name + strlen(EXTRA_PREFIX)), value};
    }
    bool known = str_eqc(name, "system:anonymous") || is_named(u, "system:authenticated") ||
                 is_named(u, "system:unauthenticated");
    if (!known) u->groups[u->ngroups++] = STR("system:authenticated");
    return true;
}
