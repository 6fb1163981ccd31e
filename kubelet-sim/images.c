/* images.c - see images.h.
 * Reads, writes: struct images. */
#include "kubelet-sim/images.h"

#include <stdio.h>

enum { SIZE_MIN = 4 << 20, SIZE_SPAN = 180 << 20 };

static bool path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/' || c == ':';
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

struct str image_normalize(struct arena *a, struct str reference)
{
    struct str digest, name = str_cut(reference, '@', &digest);
    bool tagged = has_tag(name);
    size_t tag_at = name.n; /* tags may have upper case letters, names may not */
    if (tagged)
        while (tag_at && name.p[tag_at - 1] != ':') tag_at--;
    for (size_t i = 0; i < tag_at; i++)
        if (!path_char(name.p[i])) return STR_NULL;
    if (!name.n || name.p[0] == '/' || name.p[name.n - 1] == '/' || name.p[name.n - 1] == ':') return STR_NULL;
    const char *registry = has_registry(name)               ? ""
                           : str_chr(name, '/') == SIZE_MAX ? "docker.io/library/"
                                                            : "docker.io/";
    if (!str_is_null(digest)) return str_printf(a, "%s%.*s@%.*s", registry, STR_ARG(name), STR_ARG(digest));
    return str_printf(a, "%s%.*s%s", registry, STR_ARG(name), tagged ? "" : ":latest");
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
