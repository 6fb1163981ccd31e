/* str.h - a borrowed piece of text: pointer and length, not NUL-terminated.
 * Never owns; valid as long as what it points into. {NULL,0} is "absent",
 * which str_is_null tells from the empty string. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NULL ((struct str){NULL, 0})
/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, ((s).p ? (s).p : "")

static inline struct str str_of(const char *c) { return (struct str){c, c ? strlen(c) : 0}; }
static inline struct str str_n(const char *p, size_t n) { return (struct str){p, n}; }
static inline bool str_is_null(struct str s) { return s.p == NULL; }
static inline bool str_eq(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool str_eqc(struct str a, const char *c) { return str_eq(a, str_of(c)); }
static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}
static inline struct str str_from(struct str s, size_t at) /* the rest from byte `at` on */
{
    return at >= s.n ? (struct str){s.p ? s.p + s.n : "", 0} : (struct str){s.p + at, s.n - at};
}

bool str_ends(struct str s, struct str suffix);
int str_cmp(struct str a, struct str b); /* byte order, like strcmp */
/* Index of the first c, or SIZE_MAX. */
size_t str_chr(struct str s, char c);
/* Cuts s at the first `sep`: returns the part before, *rest gets the part after
 * (STR_NULL when sep does not occur). */
struct str str_cut(struct str s, char sep, struct str *rest);
struct str str_trim(struct str s); /* without spaces and tabs at both ends */
/* Whole s as a decimal integer; false on junk, overflow or emptiness. */
bool str_to_i64(struct str s, int64_t *out);
bool str_to_u64(struct str s, uint64_t *out);
/* FNV-1a style 64-bit hash; not for hostile keys (map.h seeds its own). */
uint64_t str_hash(struct str s, uint64_t seed);
char *str_dup(struct str s);                   /* heap, NUL-terminated; owned by the caller */
char *str_cstr(struct arena *a, struct str s); /* arena, NUL-terminated */
struct str str_copy(struct arena *a, struct str s);
struct str str_lower(struct arena *a, struct str s); /* a copy without ASCII capitals */
__attribute__((format(printf, 2, 3))) struct str str_printf(struct arena *a, const char *fmt, ...);
bool str_is_utf8(struct str s);

#endif
