/* map.c - hash map: a dense array of entries and a table of indexes into it (open addressing,
 * linear probing, deletion by moving the followers back). */
#include "map.h"

#include "hash.h"
#include "kassert.h"
#include "mem.h"

#include <stdlib.h>

enum { MAP_FIRST = 8 }; /* entries of the first allocation; the table has twice as many slots */

void map_init(struct map *m) { *m = (struct map){0}; }

void map_release(struct map *m, void (*free_value)(void *))
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (free_value && m->entries[i].value) free_value(m->entries[i].value);
        free((char *)m->entries[i].key.p);
    }
    free(m->entries);
    free(m->slots);
    *m = (struct map){0};
}

/* The slot that holds the key, or the empty one where it would go. The table is never full. */
static uint32_t find_slot(const struct map *m, struct str key, uint32_t hash)
{
    uint32_t mask = m->nslots - 1, at = hash & mask;
    for (; m->slots[at]; at = (at + 1) & mask) {
        const struct map_entry *e = &m->entries[m->slots[at] - 1];
        if (e->hash == hash && str_eq(e->key, key)) break;
    }
    return at;
}

static struct map_entry *find(const struct map *m, struct str key)
{
    if (m->count == 0) return NULL;
    uint32_t slot = find_slot(m, key, (uint32_t)hash_keyed(key));
    return m->slots[slot] ? &m->entries[m->slots[slot] - 1] : NULL;
}

void *map_get(const struct map *m, struct str key)
{
    struct map_entry *e = find(m, key);
    return e ? e->value : NULL;
}

bool map_has(const struct map *m, struct str key) { return find(m, key) != NULL; }

static void grow(struct map *m)
{
    KASSERT(m->cap <= UINT32_MAX / 8);
    m->cap = m->cap ? m->cap * 2 : MAP_FIRST;
    m->entries = xreallocarray(m->entries, m->cap, sizeof *m->entries);
    free(m->slots);
    m->nslots = m->cap * 2;
    m->slots = xcalloc(m->nslots, sizeof *m->slots);
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t at = m->entries[i].hash & (m->nslots - 1);
        while (m->slots[at]) at = (at + 1) & (m->nslots - 1);
        m->slots[at] = i + 1;
    }
}

void *map_set(struct map *m, struct str key, void *value)
{
    uint32_t hash = (uint32_t)hash_keyed(key);
    if (m->count) {
        uint32_t slot = find_slot(m, key, hash);
        if (m->slots[slot]) {
            struct map_entry *e = &m->entries[m->slots[slot] - 1];
            void *former = e->value;
            e->value = value;
            return former;
        }
    }
    if (m->count == m->cap) grow(m);
    uint32_t slot = find_slot(m, key, hash);
    m->entries[m->count] = (struct map_entry){.key = {str_dup(key), key.n}, .value = value, .hash = hash};
    m->slots[slot] = ++m->count;
    return NULL;
}

/* Empties a slot; followers that had been pushed on by it move back. */
static void slot_clear(struct map *m, uint32_t hole)
{
    uint32_t mask = m->nslots - 1;
    for (uint32_t at = (hole + 1) & mask; m->slots[at]; at = (at + 1) & mask) {
        uint32_t home = m->entries[m->slots[at] - 1].hash & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue; /* it would land before its home */
        m->slots[hole] = m->slots[at];
        hole = at;
    }
    m->slots[hole] = 0;
}

void *map_take(struct map *m, struct str key)
{
    struct map_entry *e = find(m, key);
    if (!e) return NULL;
    void *value = e->value;
    uint32_t index = (uint32_t)(e - m->entries);
    slot_clear(m, find_slot(m, key, e->hash));
    free((char *)e->key.p);
    struct map_entry *last = &m->entries[m->count - 1];
    if (last != e) {
        m->slots[find_slot(m, last->key, last->hash)] = index + 1;
        *e = *last;
    }
    m->count--;
    return value;
}
