/* numbers.c - the bitmap of numbers.h.
 * Reads: rnd, for the place where a search begins. */
#include "apiserver/registry/numbers.h"

#include "base/kassert.h"
#include "base/mem.h"
#include "base/rnd.h"

#include <stdlib.h>

void numbers_init(struct numbers *p, uint32_t size, uint32_t band)
{
    KASSERT(size > 0 && band < size);
    *p = (struct numbers){.words = xcalloc((size + 63) / 64, sizeof(uint64_t)), .size = size, .band = band};
}

void numbers_release(struct numbers *p)
{
    free(p->words);
    *p = (struct numbers){0};
}

bool numbers_has(const struct numbers *p, uint32_t n) { return n < p->size && (p->words[n / 64] >> (n % 64) & 1); }

bool numbers_take(struct numbers *p, uint32_t n)
{
    if (n >= p->size || numbers_has(p, n)) return false;
    p->words[n / 64] |= UINT64_C(1) << (n % 64);
    p->taken++;
    return true;
}

void numbers_give(struct numbers *p, uint32_t n)
{
    if (!numbers_has(p, n)) return;
    p->words[n / 64] &= ~(UINT64_C(1) << (n % 64));
    p->taken--;
}

/* The first free number in [from, to), a word at a time; `to` when there is none. */
static uint32_t first_free(const struct numbers *p, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint64_t free_bits = ~p->words[from / 64] >> (from % 64);
        if (free_bits) {
            from += (uint32_t)__builtin_ctzll(free_bits);
            return from < to ? from : to;
        }
        from = (from / 64 + 1) * 64;
    }
    return to;
}

/* From a random place of [from, to) on, and around. */
static bool any_in(struct numbers *p, uint32_t from, uint32_t to, uint32_t *n)
{
    if (from == to) return false;
    uint32_t start = from + (uint32_t)rnd_below(to - from);
    *n = first_free(p, start, to);
    if (*n == to) *n = first_free(p, from, start);
    return numbers_take(p, *n); /* none: start itself, which is taken */
}

bool numbers_any(struct numbers *p, uint32_t *n) { return any_in(p, p->band, p->size, n) || any_in(p, 0, p->band, n); }

uint32_t numbers_band(uint32_t size, uint32_t least, uint32_t step, uint32_t most)
{
    if (size <= least) return 0;
    uint32_t band = MAX(least, size / step);
    return MIN(band, most);
}
