/* poison.h - tells AddressSanitizer which arena bytes are not in use; nothing in other builds. Private to lib/base. */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define POISON_ON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_ON 1
#endif
#endif

#ifdef POISON_ON
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { POISON_GAP = 8 }; /* kept unusable behind each allocation, so that overruns are seen */
#else
#define POISON(p, n)   ((void)0)
#define UNPOISON(p, n) ((void)0)
enum { POISON_GAP = 0 };
#endif

#endif
