/* why_groups.h - the nodes of a Decision, those that are alike as one: thousands of nodes are a handful of groups. */
#ifndef KUBESTEP_WHY_GROUPS_H
#define KUBESTEP_WHY_GROUPS_H

#include "api/object.h"

enum { WHY_NAMES = 4 }; /* of a group, kept to be shown */

struct why_group {
    const struct json *node; /* the first of them */
    struct str names[WHY_NAMES];
    size_t count, place; /* place: which group it is in the order of nodes */
    double order;        /* the caller's: why_groups_sort */
};

struct why_groups { /* in the arena */
    struct why_group *v;
    size_t n;
};

/* Writes what makes two nodes alike; nothing: the node is left out. */
typedef void why_key_fn(struct buf *key, const struct json *node);
/* In the order in which nodes were looked at. first: a node that is named first in its group, or STR_NULL. */
void why_groups_of(struct why_groups *g, struct arena *a, const struct json *decision, why_key_fn *key,
                   struct str first);
/* Likewise of another list of the Decision, whose entries name their nodes at `name`. */
void why_groups_in(struct why_groups *g, struct arena *a, const struct json *decision, const char *list,
                   const char *name, why_key_fn *key, struct str first);
void why_groups_sort(struct why_groups *g); /* by order, ascending; stable */
/* "node-1,node-2,+3" within `room` columns. */
void why_names(struct buf *out, const struct why_group *g, size_t room);
/* The node's entry; NULL. */
const struct json *why_node(const struct json *decision, struct str name);
/* Of a node that does not fit: the filter that said so; NULL. */
const struct json *why_refusal(const struct json *node);

#endif
