/* member_index.h - many look-ups in objects whose size a client chose: each object that is large gets a map the first
 * time. The objects must not change meanwhile. */
#ifndef APISERVER_OBJECT_MEMBER_INDEX_H
#define APISERVER_OBJECT_MEMBER_INDEX_H

#include "base/json.h"
#include "base/map.h"

struct member_index {
    struct map maps; /* address of an object -> its struct map */
};

/* The member of obj, or NULL; also of a list of texts: the item that is key. */
const struct json *member_find(struct member_index *ix, const struct json *obj, struct str key);
void member_index_release(struct member_index *ix);

/* The member of a sorted map (decoding sorts them), from *at on, for keys that come in order; NULL: none. */
static inline const struct json *map_seek(const struct json **at, struct str key)
{
    while (*at && str_cmp((*at)->key, key) < 0) *at = (*at)->next;
    return *at && str_eq((*at)->key, key) ? *at : NULL;
}

#endif
