/* omap.h - ordered map from byte strings to pointers: a B+ tree in key order.
 * Keys are copied. Not thread safe: the owner's lock covers it. A cursor is
 * valid until the next change of the tree; to go on after one, seek again. */
#ifndef BASE_OMAP_H
#define BASE_OMAP_H

#include "str.h"

struct omap_node;
struct omap {
    struct omap_node *root;
    size_t count;
};

struct omap_cursor {
    struct omap_node *leaf;
    int at;
};

void omap_init(struct omap *m);
void omap_release(struct omap *m, void (*free_value)(void *));
void *omap_get(const struct omap *m, struct str key);
void *omap_set(struct omap *m, struct str key, void *value); /* returns the former value */
void *omap_take(struct omap *m, struct str key);             /* removes; returns the former value */

/* Places *c at the first key >= key. */
void omap_seek(const struct omap *m, struct str key, struct omap_cursor *c);
/* Gives the entry under the cursor and moves on; false at the end. */
bool omap_next(struct omap_cursor *c, struct str *key, void **value);
/* Number of keys in [from, to); O(log n) when it can be told from counts, else O(range).
 * to STR_NULL: to the end. */
size_t omap_count_range(const struct omap *m, struct str from, struct str to);

#endif
