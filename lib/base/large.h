/* large.h - memory in large pages. */
#ifndef BASE_LARGE_H
#define BASE_LARGE_H

#include <stddef.h>

enum { LARGE_BYTES = 8 << 20 }; /* what malloc takes from the system as a mapping of its own (mem_tune) */

/* All n bytes at p, from xmalloc or xrealloc, will be written soon: from LARGE_BYTES on they come in large pages, where
 * the system has them. A page fault for every 4 KB was a quarter of what a list of 10,000 pods costs. */
void large_expect(void *p, size_t n);

#endif
