/* image.c - see image.h. Reads: texts.   Writes: nothing. */
#include "apiserver/object/image.h"

#include "base/mem.h"

enum { NAME_BYTES_MAX = 255, TAG_MAX = 128, ID_LEN = 64 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_low(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }
static bool is_alnum(char c) { return is_low(c) || (c >= 'A' && c <= 'Z'); }
static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

static bool all(struct str s, bool (*is)(char c))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i])) return false;
    return s.n > 0;
}

/* ---- The name ---- */

/* Letters and digits; between them one of . _ or two _ or any number of -. */
static bool is_component(struct str s)
{
    if (!s.n || !is_low(s.p[0]) || !is_low(s.p[s.n - 1])) return false;
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i], before = s.p[i - 1];
        if (is_low(c)) continue;
        if (c != '.' && c != '_' && c != '-') return false;
        bool doubled = c == '_' && before == '_' && is_low(s.p[i - 2]);
        if (!is_low(before) && !doubled && !(c == '-' && before == '-')) return false;
    }
    return true;
}

static bool is_path(struct str path)
{
    do
        if (!is_component(str_cut(path, '/', &path))) return false;
    while (!str_is_null(path));
    return true;
}

static bool is_domain(struct str domain)
{
    struct str port, host = str_cut(domain, ':', &port);
    if (!str_is_null(port) && !all(port, is_digit)) return false;
    do {
        struct str part = str_cut(host, '.', &host);
        if (!part.n || part.p[0] == '-' || part.p[part.n - 1] == '-') return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_alnum(part.p[i]) && part.p[i] != '-') return false;
    } while (!str_is_null(host));
    return true;
}

/* Is the first part of the name a server? It has a dot, a port or a capital letter, or is "localhost". */
static bool names_server(struct str first)
{
    for (size_t i = 0; i < first.n; i++)
        if (first.p[i] == '.' || first.p[i] == ':' || (first.p[i] >= 'A' && first.p[i] <= 'Z')) return true;
    return str_eqc(first, "localhost");
}

static bool is_name(struct str name)
{
    struct str rest, first = str_cut(name, '/', &rest);
    if (!name.n || name.n > NAME_BYTES_MAX || (name.n == ID_LEN && all(name, is_hex))) return false;
    if (str_is_null(rest) || !names_server(first)) return is_path(name);
    return is_domain(first) && is_path(rest);
}

/* ---- Tag and digest ---- */

static bool is_tag(struct str tag)
{
    for (size_t i = 0; i < tag.n; i++)
        if (!is_alnum(tag.p[i]) && tag.p[i] != '_' && (!i || (tag.p[i] != '.' && tag.p[i] != '-'))) return false;
    return tag.n && tag.n <= TAG_MAX;
}

static bool is_digest(struct str digest)
{
    static const struct {
        const char *algorithm;
        size_t digits;
    } known[] = {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}};
    struct str hex, algorithm = str_cut(digest, ':', &hex);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eqc(algorithm, known[i].algorithm)) return hex.n == known[i].digits && all(hex, is_hex);
    return false;
}

bool image_is_latest(struct str image)
{
    struct str digest, named = str_cut(image, '@', &digest);
    size_t colon = named.n;
    while (colon && named.p[colon - 1] != ':' && named.p[colon - 1] != '/') colon--;
    bool tagged = colon && named.p[colon - 1] == ':';
    struct str name = tagged ? str_n(named.p, colon - 1) : named, tag = tagged ? str_from(named, colon) : STR_NULL;
    if (!is_name(name) || (tagged && !is_tag(tag)) || (!str_is_null(digest) && !is_digest(digest))) return false;
    return tagged ? str_eqc(tag, "latest") : str_is_null(digest);
}
