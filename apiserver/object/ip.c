/* ip.c - addresses and ranges of ip.h, and the checks on them.
 * Reads: texts.   Writes: struct check. */
#include "apiserver/object/ip.h"

#include "api/object.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TEXT_MAX = 64 }; /* the longest IPv6 address has 45 characters */

/* Four decimal numbers; inet_pton refuses leading zeros, upstream's ParseIPSloppy does not. */
static bool parse_v4(struct str text, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        struct str rest, part = str_cut(text, '.', &rest);
        unsigned value = 0;
        if (!part.n || part.n > 3 || str_is_null(rest) != (i == 3)) return false;
        for (size_t k = 0; k < part.n; k++) {
            if (part.p[k] < '0' || part.p[k] > '9') return false;
            value = value * 10 + (unsigned)(part.p[k] - '0');
        }
        if (value > 255) return false;
        out[i] = (uint8_t)value;
        text = rest;
    }
    return true;
}

bool ip_parse(struct str text, struct ip *out)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char copy[TEXT_MAX];
    *out = (struct ip){0};
    if (!text.n || text.n >= sizeof copy) return false;
    if (parse_v4(text, out->bytes)) return true;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (memchr(copy, '\0', text.n) || inet_pton(AF_INET6, copy, out->bytes) != 1) return false;
    out->v6 = memcmp(out->bytes, mapped, sizeof mapped) != 0;
    if (!out->v6) memmove(out->bytes, out->bytes + 12, 4);
    return true;
}

bool ip_is_v6(struct str text)
{
    struct ip ip;
    return ip_parse(text, &ip) && ip.v6;
}

bool cidr_parse(struct str text, struct ip *out, int *bits)
{
    struct str length, address = str_cut(text, '/', &length);
    int64_t n;
    if (str_is_null(length) || !ip_parse(address, out) || !str_to_i64(length, &n)) return false;
    *bits = (int)n;
    return n >= 0 && n <= (out->v6 ? 128 : 32) && length.p[0] >= '0' && length.p[0] <= '9';
}

bool cidr_contains(const struct ip *net, int bits, const struct ip *ip)
{
    if (net->v6 != ip->v6) return false;
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(net->bytes, ip->bytes, (size_t)whole) != 0) return false;
    return !rest || (net->bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

uint32_t ip_v4(const struct ip *ip)
{
    return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 | (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

/* ---- Checks ---- */

bool check_ip(struct check *c, const char *member, const struct json *value)
{
    struct ip ip;
    if (ip_parse(obj_text(value), &ip)) return true;
    check_invalid(c, member, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    return false;
}

static bool within(const struct ip *ip, const char *cidr)
{
    struct ip net;
    int bits;
    return cidr_parse(str_of(cidr), &net, &bits) && cidr_contains(&net, bits, ip);
}

bool check_endpoint_ip(struct check *c, const char *member, const struct json *value)
{
    static const struct {
        const char *v4, *v6, *why;
    } rows[] = {
        {"127.0.0.0/8", "::1/128", "may not be in the loopback range (127.0.0.0/8, ::1/128)"},
        {"169.254.0.0/16", "fe80::/10", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"},
        {"224.0.0.0/24", "ff02::/16", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"},
    };
    struct ip ip;
    int before = c->count;
    if (!ip_parse(obj_text(value), &ip)) {
        check_invalid(c, member, value, "must be a valid IP address");
        return false;
    }
    if (within(&ip, "0.0.0.0/32") || within(&ip, "::/128"))
        check_invalidf(c, member, value, "may not be unspecified (%.*s)", STR_ARG(obj_text(value)));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (within(&ip, rows[i].v4) || within(&ip, rows[i].v6)) check_invalid(c, member, value, rows[i].why);
    return c->count == before;
}
