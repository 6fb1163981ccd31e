/* members.c - many look-ups and changes in one JSON object.   Reads and writes: the object's members. */
#include "members.h"

#include "node.h"

enum { LINEAR_MAX = 16 }; /* members, and look-ups, below which a map costs more than it saves */

void members_open(struct members *m, struct json *obj) { *m = (struct members){.obj = obj}; }

static void build_index(struct members *m)
{
    m->indexed = true;
    JSON_FOREACH(it, m->obj)
    if (it->key.p && !map_has(&m->index, it->key)) map_set(&m->index, it->key, it);
}

struct json *members_find(struct members *m, struct str key)
{
    if (!m->indexed && m->obj->count > LINEAR_MAX && ++m->lookups > LINEAR_MAX) build_index(m);
    if (m->indexed) return map_get(&m->index, key);
    JSON_FOREACH(it, m->obj)
    if (it->key.p && str_eq(it->key, key)) return it;
    return NULL;
}

void members_add(struct members *m, struct str key, struct json *value)
{
    node_add(m->obj, key, value);
    if (m->indexed) map_set(&m->index, key, value);
}

void members_replace(struct json *member, const struct json *value)
{
    struct json *next = member->next;
    struct str key = member->key;
    *member = *value;
    member->key = key;
    member->next = next;
}

void members_drop(struct members *m, struct json *member)
{
    if (m->indexed) map_take(&m->index, member->key);
    member->key = STR_NULL; /* no member has a null key; members_close sweeps */
    m->dropped = true;
}

static void sweep(struct json *obj)
{
    struct json *kept = obj->u.kids.head, *next;
    obj->u.kids.head = obj->u.kids.tail = NULL;
    obj->count = 0;
    for (; kept; kept = next) {
        next = kept->next;
        if (kept->key.p) node_add(obj, kept->key, kept);
    }
}

void members_close(struct members *m)
{
    map_release(&m->index, NULL);
    if (m->dropped) sweep(m->obj);
}
