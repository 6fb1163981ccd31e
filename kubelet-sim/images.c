/* images.c - see images.h. Upstream of the grammar: github.com/distribution/reference.
 * Reads, writes: struct images. */
#include "kubelet-sim/images.h"

#include <stdio.h>

enum { SIZE_MIN = 4 << 20, SIZE_SPAN = 180 << 20 };

enum { TAG_MAX = 128, SHA256_HEX = 64, DIGEST_HEX_MIN = 32 };

static bool is_low_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_alnum(char c) { return is_low_alnum(c) || (c >= 'A' && c <= 'Z'); }

/* "my-app": alphanumeric runs with one '.', one or two '_' or any number of '-' between them. */
static bool component_ok(struct str s)
{
    if (!s.n || !is_low_alnum(s.p[0]) || !is_low_alnum(s.p[s.n - 1])) return false;
    for (size_t i = 1; i < s.n; i++) {
        if (is_low_alnum(s.p[i])) continue;
        size_t run = i;
        while (s.p[run] == s.p[i]) run++; /* ends: the last one is alphanumeric */
        bool ok = s.p[i] == '-' || (s.p[i] == '.' && run - i == 1) || (s.p[i] == '_' && run - i <= 2);
        if (!ok || !is_low_alnum(s.p[run])) return false;
        i = run;
    }
    return true;
}

static bool registry_ok(struct str s)
{
    struct str port, host = str_cut(s, ':', &port);
    if (!host.n || !is_alnum(host.p[0]) || !is_alnum(host.p[host.n - 1])) return false;
    for (size_t i = 0; i < host.n; i++)
        if (!is_alnum(host.p[i]) && host.p[i] != '-' && host.p[i] != '.') return false;
    for (size_t i = 0; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9') return false;
    return str_is_null(port) || port.n;
}

static bool tag_ok(struct str s)
{
    if (!s.n || s.n > TAG_MAX || s.p[0] == '.' || s.p[0] == '-') return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' && s.p[i] != '-') return false;
    return true;
}

static bool digest_ok(struct str s)
{
    struct str hex, algorithm = str_cut(s, ':', &hex);
    if (!algorithm.n || hex.n < DIGEST_HEX_MIN || (str_eqc(algorithm, "sha256") && hex.n != SHA256_HEX)) return false;
    for (size_t i = 0; i < hex.n; i++)
        if (!(hex.p[i] >= '0' && hex.p[i] <= '9') && !(hex.p[i] >= 'a' && hex.p[i] <= 'f')) return false;
    return true;
}

/* Is the first component a registry ("gcr.io", "localhost:5000") and no user name? */
static bool has_registry(struct str reference)
{
    size_t slash = str_chr(reference, '/');
    if (slash == SIZE_MAX) return false;
    struct str first = str_n(reference.p, slash);
    return str_chr(first, '.') != SIZE_MAX || str_chr(first, ':') != SIZE_MAX || str_eqc(first, "localhost");
}

static bool has_tag(struct str reference)
{
    struct str tail = reference;
    for (size_t slash; (slash = str_chr(tail, '/')) != SIZE_MAX;) tail = str_from(tail, slash + 1);
    return str_chr(tail, ':') != SIZE_MAX;
}

/* name: without tag and digest. */
static bool reference_ok(struct str name, struct str tag, struct str digest)
{
    if (!str_is_null(tag) && !tag_ok(tag)) return false;
    if (!str_is_null(digest) && !digest_ok(digest)) return false;
    if (has_registry(name) && !registry_ok(str_cut(name, '/', &name))) return false;
    do
        if (!component_ok(str_cut(name, '/', &name))) return false;
    while (!str_is_null(name));
    return true;
}

struct str image_normalize(struct arena *a, struct str reference)
{
    struct str digest, whole = str_cut(reference, '@', &digest), name = whole, tag = STR_NULL;
    if (has_tag(whole)) {
        while (name.p[name.n - 1] != ':') name.n--;
        tag = str_from(whole, name.n--);
    }
    if (!reference_ok(name, tag, digest)) return STR_NULL;
    const char *registry = has_registry(name)               ? ""
                           : str_chr(name, '/') == SIZE_MAX ? "docker.io/library/"
                                                            : "docker.io/";
    if (!str_is_null(digest)) return str_printf(a, "%s%.*s@%.*s", registry, STR_ARG(whole), STR_ARG(digest));
    return str_printf(a, "%s%.*s%s", registry, STR_ARG(whole), str_is_null(tag) ? ":latest" : "");
}

struct str image_id(struct arena *a, struct str normalized)
{
    struct str rest, name = str_cut(normalized, '@', &rest);
    if (!str_is_null(rest)) return normalized;
    if (has_tag(name)) {
        size_t colon = name.n;
        while (name.p[colon - 1] != ':') colon--;
        name.n = colon - 1;
    }
    uint64_t h[4];
    for (int i = 0; i < 4; i++) h[i] = str_hash(normalized, 0x9e3779b97f4a7c15ULL * (uint64_t)(i + 1));
    return str_printf(a, "%.*s@sha256:%016llx%016llx%016llx%016llx", STR_ARG(name), (unsigned long long)h[0],
                      (unsigned long long)h[1], (unsigned long long)h[2], (unsigned long long)h[3]);
}

int64_t image_size(struct str normalized) { return SIZE_MIN + (int64_t)(str_hash(normalized, 7) % SIZE_SPAN); }

bool images_has(const struct images *im, struct str normalized) { return map_has(&im->present, normalized); }

void images_add(struct images *im, struct str normalized)
{
    if (im->present.count < IMAGES_PER_NODE) map_set(&im->present, normalized, im);
}

void images_release(struct images *im) { map_release(&im->present, NULL); }
