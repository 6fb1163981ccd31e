/* large.c - memory in large pages. Reads and writes nothing: it tells the kernel. */
#include "large.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void large_expect(void *p, size_t n)
{
    if (n < LARGE_BYTES) return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = -(uintptr_t)p & (page - 1);
    (void)madvise((char *)p + skip, (n - skip) & ~(page - 1), MADV_HUGEPAGE);
}
