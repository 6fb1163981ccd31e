/* mem.h - heap memory that never returns NULL, and arenas.
 * Out of memory ends the process (die); no caller checks for it.
 * Arena: everything in it lives as long as a request or a reconcile and is
 * dropped as a whole. Not thread safe: one owner at a time. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Heap. All of them die when there is no memory; sizes are overflow-checked. */
void *xmalloc(size_t n);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t n);
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *fmt, ...);

/* Bounds what glibc's malloc keeps for itself: two heaps for all threads, and no give and take with the kernel for
 * every large request. Call first in main(). */
void mem_tune(void);
/* Gives free pages back to the system, those in the middle of the heap too: after a flood, not during one. */
void mem_trim(void);

/* Owned local: AUTO_FREE char *s = xstrdup(..); freed at scope end. */
void mem_cleanup_free(void *pp);
#define AUTO_FREE __attribute__((cleanup(mem_cleanup_free)))

/* An arena. Zero-initialised is a valid empty arena. */
struct arena_chunk;
struct arena {
    struct arena_chunk *head; /* newest chunk first */
    char *at, *end;           /* free part of the newest chunk */
    size_t total;             /* bytes obtained from the heap so far */
};

void arena_init(struct arena *a, size_t first_chunk_bytes); /* exactly; 0: nothing is allocated yet */
void arena_release(struct arena *a);                        /* frees all; the arena is empty again */
void arena_reset(struct arena *a);                          /* empties, keeps the largest chunk for reuse */
#define AUTO_ARENA __attribute__((cleanup(arena_release)))

void arena_reserve(struct arena *a, size_t n); /* makes sure that n bytes in one piece are free; a hint for big jobs */
void *arena_alloc(struct arena *a, size_t n);  /* 8-byte aligned, not zeroed */
void *arena_zalloc(struct arena *a, size_t n); /* zeroed */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n); /* NUL-terminated copy */
void *arena_memdup(struct arena *a, const void *p, size_t n);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *a, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) char *arena_vprintf(struct arena *a, const char *fmt, va_list ap);

/* The size of a type that an arena's alignment is enough for. */
#define ARENA_SIZE(type)                                                                                               \
    (sizeof(struct {                                                                                                   \
         _Static_assert(_Alignof(type) <= 8, #type " wants a wider alignment");                                        \
         char one;                                                                                                     \
     }) *                                                                                                              \
     sizeof(type))
#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), ARENA_SIZE(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zalloc((a), ARENA_SIZE(type) * (size_t)(n)))

#define ARRAY_LEN(x) (sizeof(x) / sizeof((x)[0]))
#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))

#endif
