/* ledger.h - what one scheduling attempt found, nodes x plugins, as the scheduler tells it: compactly. It is read
 * against a table of names that was told once, and written out in full for those who look (status.nodes of a Decision).
 *
 * A table:   {"id":7, "nodes":["node-1", ...], "plugins":[{"name":"NodeName","source":"scheduler/plugins/..."}, ...]}
 * A ledger:  {"table":7,            places in its lists are what the texts below (base/runs.h) are made of
 *   "status":{"evaluated":5000, ...}    members of the Decision's status, passed on as they are
 *   "nodes":"..."                   steps from one node that was looked at to the next, in that order; the first from
 * -1 "verdicts":"..."                of each of them: 0 it fits, k: classes[k - 1] tells why not
 *   "classes":[{"plugin":4, "code":"Unschedulable", "reasons":["Insufficient cpu"], "detail":"what exactly",
 *               "nominated":true, "lacking":[0]}, ...]
 *   "amounts":[{"resource":"cpu", "values":"..."}, ...]     of the nodes whose class lacks it, in their order: how much
 *                                   (cpu in thousandths)
 *   "extenders":["http://...", ...] servers that were asked too; their places follow those of the table's plugins
 *   "filters":"...", "skipped":"..."         plugins that were asked in turn, and those that had nothing to say
 *   "scores":[{"plugin":5, "weight":3, "raw":"...", "normalized":"..."}, ...]    of nodes that fit, in their order;
 *                                   normalized is left out where it is the same
 *   "unscored":"...",               score plugins that had nothing to say
 *   "hopeless":[{"code":"Unschedulable", "reasons":[...], "nodes":"..."}, ...]}     nodes where no victims help, and
 *                                   why; as above the steps from one to the next
 *
 * Both come from outside: whatever is read is checked, in time and memory linear in its text. */
#ifndef API_LEDGER_H
#define API_LEDGER_H

#include "api/object.h"
#include "base/runs.h"

enum {
    LEDGER_PLUGINS_MAX = 64,
    LEDGER_CLASSES_MAX = 8192, /* sets of reasons; the scheduler stops at half of them */
    LEDGER_REASONS_MAX = 64,   /* of one class */
    LEDGER_HOPELESS_MAX = 64,
    LEDGER_AMOUNTS_MAX = 16,      /* resources */
    LEDGER_SIZE_MAX = 128 << 20,  /* written out: some 60,000 nodes */
    LEDGER_TABLE_NODES = 1000000, /* names in one table */
};

struct ledger_table { /* immutable; on the heap */
    uint32_t nnodes, nplugins;
    size_t bytes;   /* of all of it */
    size_t longest; /* name of a node */
    uint32_t *at;   /* node i is text[at[i]] to text[at[i + 1]] */
    char *text;
    struct str plugins[LEDGER_PLUGINS_MAX], sources[LEDGER_PLUGINS_MAX]; /* into text */
};

struct ledger_class {
    int plugin; /* place in filters */
    bool nominated;
    uint32_t nlacking;
    uint8_t lacking[LEDGER_AMOUNTS_MAX]; /* places in amounts */
    size_t size;                         /* of a node's entry, its name aside */
    struct str code, detail;
    const struct json *reasons;
};

struct ledger_amounts {
    struct str resource, values;
};

struct ledger_column {
    uint8_t plugin;
    int64_t weight;
    struct str raw, normalized;
};

struct ledger_hopeless {
    struct str code, nodes;
    const struct json *reasons;
};

struct ledger { /* in the arena it was read into; points into the tree it was read from */
    const struct ledger_table *table;
    uint32_t evaluated, feasible, nclasses;
    struct str nodes, verdicts;
    struct ledger_amounts amounts[LEDGER_AMOUNTS_MAX];
    int namounts;
    struct ledger_class *classes;
    struct ledger_hopeless hopeless[LEDGER_HOPELESS_MAX];
    int nhopeless;
    struct str extenders[LEDGER_PLUGINS_MAX];
    uint32_t nextenders; /* with the plugins at most LEDGER_PLUGINS_MAX */
    struct ledger_column columns[LEDGER_PLUGINS_MAX];
    uint8_t filters[LEDGER_PLUGINS_MAX], skipped[LEDGER_PLUGINS_MAX], unscored[LEDGER_PLUGINS_MAX];
    int nfilters, nskipped, nunscored, ncolumns;
    size_t size; /* written out it is no longer than this */
};

/* NULL: *e says what is wrong. */
struct ledger_table *ledger_table_read(const struct json *table, struct err *e);
void ledger_table_free(struct ledger_table *t);

bool ledger_read(struct ledger *l, struct arena *a, const struct json *ledger, const struct ledger_table *t,
                 struct err *e) MUST_USE;
/* The name of the plugin, or extender, at a place that was checked. */
struct str ledger_plugin(const struct ledger *l, int place);
/* status.nodes: an entry for each node that was looked at. */
void ledger_write_nodes(struct buf *out, const struct ledger *l);
/* status.plugins */
void ledger_write_plugins(struct buf *out, const struct ledger *l);

#endif
