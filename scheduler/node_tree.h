/* node_tree.h - the order in which nodes are looked at: zones in turn, so that neighbours in the list lie apart.
 * Pure; its owner's lock covers it. Upstream: pkg/scheduler/backend/cache/node_tree.go. */
#ifndef SCHEDULER_NODE_TREE_H
#define SCHEDULER_NODE_TREE_H

#include "scheduler/node_info.h"

struct zone {
    char *key;
    struct node_info **nodes; /* as they came */
    int n, cap;
};

struct node_tree {
    struct zone *zones; /* as they came */
    int n, cap;
    int count; /* nodes */
};

void node_tree_add(struct node_tree *t, struct node_info *node);
void node_tree_remove(struct node_tree *t, struct node_info *node); /* its labels are still those it was added with */
/* Its labels changed; was: those it was added with. True: it is in another zone now. */
bool node_tree_move(struct node_tree *t, struct node_info *node, const struct node_info *was);
/* Fills out, which has room for count. */
void node_tree_list(const struct node_tree *t, struct node_info **out);
/* The same order of other nodes: by_slot[s] stands for the node of slot s. `to` is empty. */
void node_tree_copy(struct node_tree *to, const struct node_tree *from, struct node_info *const *by_slot);
void node_tree_release(struct node_tree *t);

#endif
