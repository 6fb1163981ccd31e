/* account.h - what a cycle found of thousands of nodes, as text (api/ledger.h): written straight from the cycle's
 * arrays, a few instructions a node. Pure. */
#ifndef SCHEDULER_ACCOUNT_H
#define SCHEDULER_ACCOUNT_H

#include "scheduler/cycle.h"

/* The ledger of a computed cycle. */
void account_write(struct buf *out, const struct cycle *cy);
/* The table it refers to: names of nodes, and our plugins. */
void account_write_table(struct buf *out, const struct node_table *t);

struct account {                    /* a Decision on its way to the API server; zeroed: none */
    char *text;                     /* with its ledger; owned */
    size_t n;                       /* its length */
    const struct node_table *table; /* referenced; NULL: no ledger */
};

/* cy: NULL for an attempt that has no nodes to tell of. */
struct account account_make(const struct json *decision, const struct cycle *cy);
void account_release(struct account *a);
/* Puts status.nodes and status.plugins into the decision, whose tree is in arena `a`; nothing if they are longer than
 * ACCOUNT_SHOWN_MAX. */
void account_show(struct json *decision, struct arena *a, const struct cycle *cy);

#endif
