/* map.h - hash map from byte strings to pointers. Keys are copied. The hash is
 * seeded per process, so hostile keys cannot line up. Not thread safe: the
 * owner's lock covers it. Iteration order is insertion order as long as nothing
 * is deleted (a delete moves the last entry), and does not depend on the seed. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "str.h"

struct map_entry {
    struct str key; /* owned by the map */
    void *value;
    uint32_t hash;
};

struct map {
    struct map_entry *entries; /* dense, count of them */
    uint32_t *slots;           /* index + 1 into entries, open addressing */
    uint32_t count, cap, nslots;
};

void map_init(struct map *m);                                /* same as zero-initialised */
void map_release(struct map *m, void (*free_value)(void *)); /* free_value may be NULL */
void *map_get(const struct map *m, struct str key);          /* NULL when absent */
bool map_has(const struct map *m, struct str key);           /* for maps that hold NULLs */
/* Inserts or replaces; returns the former value (NULL if none). */
void *map_set(struct map *m, struct str key, void *value);
/* Removes; returns the former value. */
void *map_take(struct map *m, struct str key);
/* for (uint32_t i = 0; i < m.count; i++) m.entries[i]... is the way to iterate. */

#endif
