/* node.h - linking JSON nodes without looking for a member of the same name. Private to lib/api. */
#ifndef API_NODE_H
#define API_NODE_H

#include "base/json.h"

/* Appends kid, which is in no tree, to an object or array. key: STR_NULL in arrays; not in the object yet. */
static inline void node_add(struct json *parent, struct str key, struct json *kid)
{
    kid->key = key;
    kid->next = NULL;
    if (parent->u.kids.tail)
        parent->u.kids.tail->next = kid;
    else
        parent->u.kids.head = kid;
    parent->u.kids.tail = kid;
    parent->count++;
}

#endif
