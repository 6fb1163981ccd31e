/* numbers.h - numbers 0..size-1 that objects may hold exclusively: a bitmap in two bands. Who asks for any number gets
 * a random one of the upper band, and of the lower one only when the upper is full: low numbers are left to those who
 * choose. Not thread safe: the owner's lock covers it.
 * Upstream: pkg/registry/core/service/allocator/bitmap.go; KEP-3070, KEP-3668 (bands). */
#ifndef APISERVER_REGISTRY_NUMBERS_H
#define APISERVER_REGISTRY_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct numbers {
    uint64_t *words; /* owned; bit set: taken */
    uint32_t size, band, taken;
};

void numbers_init(struct numbers *p, uint32_t size, uint32_t band); /* band < size: the lower numbers */
void numbers_release(struct numbers *p);
bool numbers_has(const struct numbers *p, uint32_t n);
bool numbers_take(struct numbers *p, uint32_t n); /* false: taken already */
bool numbers_any(struct numbers *p, uint32_t *n); /* false: full */
void numbers_give(struct numbers *p, uint32_t n); /* what is free stays free */
/* Size of the lower band: min(max(least, size/step), most), 0 when the whole is no larger than `least`. */
uint32_t numbers_band(uint32_t size, uint32_t least, uint32_t step, uint32_t most);

#endif
