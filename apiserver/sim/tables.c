/* tables.c - see tables.h.
 * Reads: what a scheduler posted.   Writes: the tables; the bytes of the decisions. */
#include "apiserver/sim/tables.h"

#include "apiserver/sim/sim_priv.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

static struct map tables; /* by key */

static struct str key_of(char out[TABLE_KEY_MAX], struct str process, int64_t id)
{
    int n = snprintf(out, TABLE_KEY_MAX, "%.*s/%lld", (int)MIN(process.n, (size_t)TABLE_PROCESS_MAX),
                     process.p ? process.p : "", (long long)id);
    return str_n(out, (size_t)n);
}

struct node_table *tables_ref(struct node_table *t)
{
    t->refs++;
    return t;
}

struct node_table *tables_find(struct str process, int64_t id)
{
    char key[TABLE_KEY_MAX];
    struct node_table *t = map_get(&tables, key_of(key, process, id));
    return t ? tables_ref(t) : NULL;
}

struct node_table *tables_add(struct str process, int64_t id, struct ledger_table *names)
{
    char key[TABLE_KEY_MAX];
    struct node_table *t = tables_find(process, id);
    if (t) {
        ledger_table_free(names);
        return t;
    }
    t = xcalloc(1, sizeof *t);
    *t = (struct node_table){.names = names, .refs = 1, .key = str_dup(key_of(key, process, id))};
    map_set(&tables, str_of(t->key), t);
    decisions.bytes += names->bytes;
    return t;
}

void tables_unref(struct node_table *t)
{
    if (!t || --t->refs) return;
    decisions.bytes -= t->names->bytes;
    map_take(&tables, str_of(t->key));
    if (!tables.count) map_release(&tables, NULL);
    ledger_table_free((struct ledger_table *)(uintptr_t)t->names);
    free(t->key);
    free(t);
}

size_t tables_count(void) { return tables.count; }
