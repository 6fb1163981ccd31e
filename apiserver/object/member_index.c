/* member_index.c - see member_index.h. Reads: trees.   Writes: the index. */
#include "apiserver/object/member_index.h"

#include "api/object.h"

#include <stdlib.h>

enum { SEARCHED_MAX = 16 }; /* members that are looked at one by one */

struct entry {
    const struct json *obj; /* its address is the key */
    struct map members;
};

static struct str key_of(const struct json *obj, const struct json *it)
{
    return json_is(obj, JSON_ARR) ? obj_text(it) : obj_key(it);
}

static struct map *map_of(struct member_index *ix, const struct json *obj)
{
    struct entry *e = map_get(&ix->maps, str_n((const char *)&obj, sizeof obj));
    if (e) return &e->members;
    e = xcalloc(1, sizeof *e);
    e->obj = obj;
    for (OBJ_EACH(it, obj, ""))
        if (!map_has(&e->members, key_of(obj, it))) map_set(&e->members, key_of(obj, it), (void *)(uintptr_t)it);
    map_set(&ix->maps, str_n((const char *)&e->obj, sizeof e->obj), e);
    return &e->members;
}

const struct json *member_find(struct member_index *ix, const struct json *obj, struct str key)
{
    if (obj_count(obj, "") > SEARCHED_MAX) return map_get(map_of(ix, obj), key);
    for (OBJ_EACH(it, obj, ""))
        if (str_eq(key_of(obj, it), key)) return it;
    return NULL;
}

static void drop(void *value)
{
    struct entry *e = value;
    map_release(&e->members, NULL);
    free(e);
}

void member_index_release(struct member_index *ix) { map_release(&ix->maps, drop); }
