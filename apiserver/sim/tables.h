/* tables.h - the lists of nodes that ledgers of Decisions refer to: each is kept as long as something refers to it, and
 * counts towards the bytes of all Decisions. All functions under the lock of the decisions. */
#ifndef APISERVER_SIM_TABLES_H
#define APISERVER_SIM_TABLES_H

#include "api/ledger.h"

struct node_table {
    const struct ledger_table *names;
    uint32_t refs;
    char *key; /* PROCESS/ID */
};

/* Takes `names` over, or frees it if the table is there already. One reference, the caller's. */
struct node_table *tables_add(struct str process, int64_t id, struct ledger_table *names);
struct node_table *tables_find(struct str process, int64_t id); /* one reference, the caller's; NULL: not known */
struct node_table *tables_ref(struct node_table *t);
void tables_unref(struct node_table *t); /* NULL is fine */
size_t tables_count(void);

#endif
