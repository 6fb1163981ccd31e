/* mem.c - heap memory that never returns NULL, and arenas: lists of chunks that are filled from
 * the bottom and dropped as a whole. */
#include "mem.h"

#include "kassert.h"
#include "large.h"
#include "poison.h"

#include <stdio.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* Chunks grow with the arena, so that a big document costs few allocations and a small one little memory. */
enum { CHUNK_MIN = 2048, CHUNK_MAX = 1 << 20 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* usable bytes behind this header */
};

static _Noreturn void die_no_memory(size_t n)
{
    fprintf(stderr, "out of memory: %zu bytes wanted\n", n);
    abort();
}

void *xmalloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p) die_no_memory(n);
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) die_no_memory(count);
    return p;
}

void *xrealloc(void *p, size_t n)
{
    void *q = realloc(p, n ? n : 1);
    if (!q) die_no_memory(n);
    return q;
}

void *xreallocarray(void *p, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) die_no_memory(SIZE_MAX);
    return xrealloc(p, n);
}

char *xstrdup(const char *s) { return xstrndup(s, strlen(s)); }

char *xstrndup(const char *s, size_t n)
{
    char *p = xmalloc(n + 1);
    if (n) memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *xasprintf(const char *fmt, ...)
{
    char *p = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&p, fmt, ap);
    va_end(ap);
    if (n < 0) die_no_memory(0);
    return p;
}

void mem_cleanup_free(void *pp) { free(*(void **)pp); }

static char *chunk_bytes(struct arena_chunk *c) { return (char *)(c + 1); }

static void chunk_free(struct arena_chunk *c)
{
    UNPOISON(chunk_bytes(c), c->size);
    free(c);
}

/* Makes a chunk of `size` bytes the newest one. */
static void chunk_add(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct arena_chunk)) die_no_memory(size);
    struct arena_chunk *c = xmalloc(sizeof *c + size);
    c->next = a->head;
    c->size = size;
    a->head = c;
    a->at = chunk_bytes(c);
    a->end = a->at + size;
    a->total += sizeof *c + size;
    POISON(a->at, size);
}

/* Room for n bytes more, and for others to come. */
static void grow(struct arena *a, size_t n)
{
    chunk_add(a, MAX(n, MIN(MAX(a->total, (size_t)CHUNK_MIN), (size_t)CHUNK_MAX)));
}

void arena_init(struct arena *a, size_t first_chunk_bytes)
{
    *a = (struct arena){0};
    if (first_chunk_bytes) chunk_add(a, first_chunk_bytes);
}

void arena_release(struct arena *a)
{
    for (struct arena_chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        chunk_free(c);
    }
    *a = (struct arena){0};
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = a->head;
    for (struct arena_chunk *c = a->head; c; c = c->next)
        if (c->size > keep->size) keep = c;
    for (struct arena_chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        if (c != keep) chunk_free(c);
    }
    *a = (struct arena){0};
    if (!keep) return;
    keep->next = NULL;
    a->head = keep;
    a->at = chunk_bytes(keep);
    a->end = a->at + keep->size;
    a->total = sizeof *keep + keep->size;
    POISON(a->at, keep->size);
}

void arena_reserve(struct arena *a, size_t n)
{
    if ((size_t)(a->end - a->at) < n) grow(a, n);
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX / 2) die_no_memory(n);
    size_t want = ((n + 7) & ~(size_t)7) + POISON_GAP;
    if ((size_t)(a->end - a->at) < want) grow(a, want);
    void *p = a->at;
    a->at += want;
    UNPOISON(p, n);
    return p;
}

void *arena_zalloc(struct arena *a, size_t n) { return memset(arena_alloc(a, n), 0, n); }

char *arena_strdup(struct arena *a, const char *s) { return arena_strndup(a, s, strlen(s)); }

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n) memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
    void *q = arena_alloc(a, n);
    if (n) memcpy(q, p, n);
    return q;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    KASSERT(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof small)
        memcpy(p, small, (size_t)n + 1);
    else
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void mem_trim(void) { (void)malloc_trim(0); }

void mem_tune(void)
{
    enum { HEAPS = 2, TRIM_BYTES = 16 << 20 };
    (void)mallopt(M_ARENA_MAX, HEAPS);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}
