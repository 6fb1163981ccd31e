/* ip.c - addresses and ranges of ip.h, and the checks on them.
 * Reads: texts.   Writes: struct check. */
#include "apiserver/object/ip.h"

#include "api/object.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TEXT_MAX = 64 }; /* the longest IPv6 address has 45 characters */

/* Four decimal numbers; inet_pton refuses leading zeros, upstream's ParseIPSloppy does not. */
static bool parse_v4(struct str text, struct ip *out)
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
        out->zeros = out->zeros || (part.n > 1 && part.p[0] == '0');
        out->bytes[i] = (uint8_t)value;
        text = rest;
    }
    return true;
}

/* Its last four bytes may be written as IPv4. */
static bool parse_v6(struct str text, struct ip *out)
{
    char copy[TEXT_MAX];
    struct ip tail = {0};
    size_t colon = text.n;
    while (colon && text.p[colon - 1] != ':') colon--;
    if (!colon || text.n + 1 > sizeof copy || memchr(text.p, '\0', text.n)) return false;
    bool dotted = str_chr(str_from(text, colon), '.') != SIZE_MAX;
    if (dotted && !parse_v4(str_from(text, colon), &tail)) return false;
    if (dotted)
        snprintf(copy, sizeof copy, "%.*s%x:%x", (int)colon, text.p, tail.bytes[0] << 8 | tail.bytes[1],
                 tail.bytes[2] << 8 | tail.bytes[3]);
    else
        snprintf(copy, sizeof copy, "%.*s", STR_ARG(text));
    out->zeros = tail.zeros;
    return inet_pton(AF_INET6, copy, out->bytes) == 1;
}

bool ip_parse(struct str text, struct ip *out)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    *out = (struct ip){0};
    if (parse_v4(text, out)) return true;
    *out = (struct ip){0};
    if (!parse_v6(text, out)) return false;
    out->mapped = memcmp(out->bytes, mapped, sizeof mapped) == 0;
    out->v6 = !out->mapped;
    if (out->mapped) memmove(out->bytes, out->bytes + 12, 4);
    return true;
}

bool ip_is_v6(struct str text)
{
    struct ip ip;
    return ip_parse(text, &ip) && ip.v6;
}

/* The longest run of two or more zero groups is left out. */
static void longest_zeros(const uint8_t *bytes, int *at, int *length)
{
    *at = *length = 0;
    for (int i = 0, n = 0; i < 8; i++) {
        n = bytes[2 * i] || bytes[2 * i + 1] ? 0 : n + 1;
        if (n > *length && n > 1) *at = i + 1 - (*length = n);
    }
}

static size_t append(char *out, size_t n, const char *text)
{
    return n + (size_t)snprintf(out + n, IP_TEXT_MAX - n, "%s", text);
}

char *ip_write(const struct ip *ip, char out[IP_TEXT_MAX])
{
    const uint8_t *b = ip->bytes;
    size_t n = 0;
    int at, length;
    if (!ip->v6) {
        snprintf(out, IP_TEXT_MAX, "%d.%d.%d.%d", b[0], b[1], b[2], b[3]);
        return out;
    }
    longest_zeros(b, &at, &length);
    for (int i = 0; i < 8; i++) {
        char group[8];
        bool left_out = length && i >= at && i < at + length;
        if (left_out && i == at) n = append(out, n, "::");
        if (left_out) continue;
        if (i && (!length || i != at + length)) n = append(out, n, ":");
        snprintf(group, sizeof group, "%x", b[2 * i] << 8 | b[2 * i + 1]);
        n = append(out, n, group);
    }
    return out;
}

bool cidr_parse(struct str text, struct ip *out, int *bits)
{
    struct str length, address = str_cut(text, '/', &length);
    int n = 0;
    if (!length.n || length.n > 8 || !ip_parse(address, out)) return false;
    for (size_t i = 0; i < length.n; i++) {
        if (length.p[i] < '0' || length.p[i] > '9') return false;
        n = n * 10 + (length.p[i] - '0');
    }
    out->zeros = out->zeros || (length.n > 1 && length.p[0] == '0');
    if (n > (out->v6 || out->mapped ? 128 : 32)) return false;
    *bits = out->mapped ? MAX(n - 96, 0) : n;
    return true;
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

static const char *why_no_ip(struct str text, struct ip *ip)
{
    if (!ip_parse(text, ip)) return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    if (ip->zeros) return "must not have leading 0s";
    return ip->mapped ? "must not be an IPv4-mapped IPv6 address" : NULL;
}

bool check_ip(struct check *c, const char *member, const struct json *value)
{
    struct ip ip;
    const char *why = why_no_ip(obj_text(value), &ip);
    if (why) check_invalid(c, member, value, why);
    return !why;
}

bool check_canonical_ip(struct check *c, const char *member, const struct json *value)
{
    struct ip ip;
    char text[IP_TEXT_MAX];
    const char *why = why_no_ip(obj_text(value), &ip);
    if (!why && !str_eqc(obj_text(value), ip_write(&ip, text)))
        why = arena_printf(c->arena, "must be in canonical form (\"%s\")", text);
    if (why) check_invalid(c, member, value, why);
    return !why;
}

static bool has_bits_beyond(const struct ip *ip, int bits)
{
    for (int i = bits; i < (ip->v6 ? 128 : 32); i++)
        if (ip->bytes[i / 8] & (0x80 >> i % 8)) return true;
    return false;
}

bool check_cidr(struct check *c, const char *member, struct str value)
{
    struct ip ip;
    int bits;
    const char *why = NULL;
    if (!cidr_parse(value, &ip, &bits))
        why = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    else if (ip.zeros)
        why = "must not have leading 0s in IP or prefix length";
    else if (ip.mapped)
        why = "must not have an IPv4-mapped IPv6 address";
    else if (has_bits_beyond(&ip, bits))
        why = "must not have bits set beyond the prefix length";
    if (why) check_invalid_str(c, member, value.p ? value : STR(""), why);
    return !why;
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
