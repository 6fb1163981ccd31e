/* hash.h - a hash with a key that is drawn once per process, so that nobody outside can prepare
 * colliding strings. Not stable between processes: nothing visible may depend on it. Private to lib/base. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "str.h"

uint64_t hash_keyed(struct str s); /* thread: any */

#endif
