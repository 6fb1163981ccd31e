/* census.h - what the cache counts of its pods between cycles, so that no cycle looks at all of them: how many pods of
 * each node a selection has (kept up to date from its first use on), which rules of affinity pods on nodes have, and
 * which nodes are of one domain of a topology key. Nodes are known by their slots.
 * Part of the cache, under its lock. */
#ifndef SCHEDULER_CENSUS_H
#define SCHEDULER_CENSUS_H

#include "scheduler/node_info.h"
#include "scheduler/rules.h"

struct census;
struct census *census_new(void);
void census_free(struct census *c); /* no node has a pod any more */

/* ---- For the cache ---- */

void census_give_slot(struct census *c, struct node_info *n); /* a node is known, be it by its pods alone */
void census_take_slot(struct census *c, struct node_info *n); /* it has no pods */
/* The node itself is there, or not: also before and after its labels change. */
void census_node(struct census *c, const struct node_info *n, bool is_there);
void census_pod(struct census *c, const struct node_info *n, const struct pod_info *p, int sign);

/* ---- For cycles ---- */

/* The domains of a topology key: nodes with one value of the label are one. Lives as long as the arena it is in; of a
 * node that came later it says nothing. */
struct domains {
    const struct sym *key; /* borrowed from who asked */
    const int32_t *of;     /* by slot; -1: the node lacks the label, or is none */
    int slots;
    int n;
    int empty; /* that of the empty value; -1: there is none */
};

void census_domains(struct census *c, const struct sym *key, struct arena *a, struct domains *out);
static inline int domain_at(const struct domains *d, int slot) { return slot < d->slots ? d->of[slot] : -1; }
static inline int domain_of(const struct domains *d, const struct node_info *n) { return domain_at(d, n->slot); }
bool census_has_key(const struct census *c, const struct sym *key); /* any node has such a label */

/* How many pods on each node the selection has, by slot; valid until the next call. Namespaces are named one by one, or
 * an empty selector of namespaces has them all. */
const int32_t *census_pods(struct census *c, const struct selection *s);
int census_slots(const struct census *c);
/* NULL: there is no such node. */
const struct node_info *census_node_at(const struct census *c, int slot);
const struct rules *census_rules(const struct census *c, enum rule_kind kind);

#endif
