/* test_mem.c - heap wrappers and arenas: alignment, growth, reuse. */
#include "base/mem.h"

#include "check_main.h"

#include <string.h>

START_TEST(arena_gives_aligned_separate_memory)
{
    struct arena a AUTO_ARENA = {0};
    char *before = NULL;
    for (size_t n = 1; n < 3000; n += 7) {
        char *p = arena_alloc(&a, n);
        ck_assert_uint_eq((uintptr_t)p % 8, 0);
        memset(p, (int)(n & 0xff), n);
        if (before) ck_assert_int_eq((unsigned char)before[0], (int)((n - 7) & 0xff));
        before = p;
    }
    ck_assert_uint_gt(a.total, 500000);
}
END_TEST

/* Small things that live long begin with what they need, not with a chunk for all that may come. */
START_TEST(arena_init_is_exact)
{
    static const size_t first[] = {1, 64, 1024, 5000};
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        struct arena a;
        arena_init(&a, first[i]);
        ck_assert_uint_le(a.total, first[i] + 64); /* the chunk has a head */
        ck_assert_uint_eq((size_t)(a.end - a.at), first[i]);
        arena_alloc(&a, first[i] + 1); /* what comes beyond is taken in large pieces, so that it is rare */
        ck_assert_uint_ge(a.total, first[i] + 2048);
        arena_release(&a);
        ck_assert_uint_eq(a.total, 0);
    }
    struct arena none;
    arena_init(&none, 0);
    ck_assert_uint_eq(none.total, 0);
    ck_assert_ptr_null(none.head);
    arena_release(&none);
}
END_TEST

START_TEST(arena_reset_keeps_the_largest_chunk)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 100);
    arena_alloc(&a, 50);
    arena_alloc(&a, 100000);
    arena_reset(&a);
    size_t kept = a.total;
    ck_assert_uint_ge(kept, 100000);
    char *p = arena_zalloc(&a, 90000);
    for (int i = 0; i < 90000; i++) ck_assert_int_eq(p[i], 0);
    ck_assert_uint_eq(a.total, kept);
}
END_TEST

START_TEST(arena_texts)
{
    struct arena a AUTO_ARENA = {0};
    ck_assert_str_eq(arena_printf(&a, "%s-%d", "pod", 7), "pod-7");
    char *big = arena_printf(&a, "%01000d", 5);
    ck_assert_uint_eq(strlen(big), 1000);
    ck_assert_int_eq(big[999], '5');
    ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_strdup(&a, ""), "");
    ck_assert_mem_eq(arena_memdup(&a, "xy", 2), "xy", 2);
}
END_TEST

START_TEST(arena_reserve_takes_one_chunk)
{
    struct arena a AUTO_ARENA = {0};
    arena_reserve(&a, 50000);
    size_t total = a.total;
    for (int i = 0; i < 1000; i++) arena_alloc(&a, 24);
    ck_assert_uint_eq(a.total, total);
}
END_TEST

START_TEST(heap_texts)
{
    char *a AUTO_FREE = xstrndup("hello", 2), *b AUTO_FREE = xasprintf("%d%s", 4, "2"), *c AUTO_FREE = xmalloc(0);
    ck_assert_str_eq(a, "he");
    ck_assert_str_eq(b, "42");
    ck_assert_ptr_nonnull(c);
    int *p AUTO_FREE = xreallocarray(NULL, 4, sizeof *p);
    ck_assert_ptr_nonnull(p);
}
END_TEST

TEST_MAIN("mem", arena_gives_aligned_separate_memory, arena_init_is_exact, arena_reset_keeps_the_largest_chunk,
          arena_texts, arena_reserve_takes_one_chunk, heap_texts)
