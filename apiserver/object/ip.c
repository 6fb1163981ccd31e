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

static void longest_zeros(const uint16_t group[8], int *at, int *count)
{
    *at = *count = 0;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && !group[i + n]) n++;
        if (n > *count && n > 1) {
            *at = i;
            *count = n;
        }
        i += n;
    }
}

char *ip_write(const struct ip *ip, char out[IP_TEXT_MAX])
{
    const uint8_t *b = ip->bytes;
    uint16_t group[8];
    int zeros, count;
    size_t n = 0;
    if (!ip->v6) {
        snprintf(out, IP_TEXT_MAX, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return out;
    }
    for (int i = 0; i < 8; i++) group[i] = (uint16_t)(b[2 * i] << 8 | b[2 * i + 1]);
    longest_zeros(group, &zeros, &count);
    out[0] = '\0';
    for (int i = 0; i < 8; i++) {
        if (count && i == zeros) {
            n += (size_t)snprintf(out + n, IP_TEXT_MAX - n, "::");
            i += count - 1;
            continue;
        }
        bool colon = i && !(count && i == zeros + count);
        n += (size_t)snprintf(out + n, IP_TEXT_MAX - n, "%s%x", colon ? ":" : "", group[i]);
    }
    return out;
}

/* ---- Canonical texts ---- */

static bool has_leading_zero(struct str address)
{
    while (!str_is_null(address)) {
        struct str part = str_cut(address, '.', &address);
        if (part.n > 1 && part.p[0] == '0') return true;
    }
    return false;
}

static bool is_mapped(const struct ip *ip, struct str text) { return !ip->v6 && str_chr(text, ':') != SIZE_MAX; }

/* The last word: a text that the thread's next call overwrites. */
static const char *canonical(struct str s, const char *want)
{
    static _Thread_local char text[128];
    if (str_eqc(s, want)) return NULL;
    snprintf(text, sizeof text, "must be in canonical form (\"%s\")", want);
    return text;
}

const char *name_ip(struct str s)
{
    struct ip ip;
    char want[IP_TEXT_MAX];
    if (!ip_parse(s, &ip)) return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    if (is_mapped(&ip, s)) return "must not be an IPv4-mapped IPv6 address";
    if (!ip.v6 && has_leading_zero(s)) return "must not have leading 0s";
    return canonical(s, ip_write(&ip, want));
}

static void mask(struct ip *ip, int bits)
{
    for (int i = 0; i < (ip->v6 ? 16 : 4); i++, bits -= 8)
        ip->bytes[i] &= (uint8_t)(bits >= 8 ? 0xff : bits <= 0 ? 0 : 0xff << (8 - bits));
}

static bool is_mapped_range(struct str address, struct str length)
{
    struct ip ip;
    int64_t bits;
    return ip_parse(address, &ip) && is_mapped(&ip, address) && str_to_i64(length, &bits) && bits >= 0 && bits <= 128;
}

const char *name_cidr(struct str s)
{
    struct ip ip, net;
    int bits;
    char address[IP_TEXT_MAX], want[IP_TEXT_MAX + 8];
    struct str length, text = str_cut(s, '/', &length);
    if (!str_is_null(length) && is_mapped_range(text, length)) return "must not have an IPv4-mapped IPv6 address";
    if (!cidr_parse(s, &ip, &bits)) return "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    if ((!ip.v6 && has_leading_zero(text)) || (length.n > 1 && length.p[0] == '0'))
        return "must not have leading 0s in IP or prefix length";
    net = ip;
    mask(&net, bits);
    if (memcmp(net.bytes, ip.bytes, sizeof net.bytes) != 0) return "must not have bits set beyond the prefix length";
    snprintf(want, sizeof want, "%s/%d", ip_write(&net, address), bits);
    return canonical(s, want);
}

const char *name_interface_address(struct str s)
{
    struct ip ip;
    int bits;
    char address[IP_TEXT_MAX], want[IP_TEXT_MAX + 8];
    if (!cidr_parse(s, &ip, &bits))
        return "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)";
    snprintf(want, sizeof want, "%s/%d", ip_write(&ip, address), bits);
    return canonical(s, want);
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
