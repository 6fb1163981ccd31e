/* rules.h - the terms of pod affinity and anti-affinity that pods on nodes have: equal ones are one, with how many pods
 * of each node have it. A thousand pods of one Deployment are one rule. Part of the census; the cache's lock. */
#ifndef SCHEDULER_RULES_H
#define SCHEDULER_RULES_H

#include "scheduler/bag.h"
#include "scheduler/terms.h"

enum rule_kind { RULE_AFFINITY, RULE_ANTI, RULE_PREFERRED, RULE_PREFERRED_ANTI, RULE_KINDS };

struct rule {
    struct rule *next; /* of its bucket */
    uint64_t hash;
    const struct affinity_term *term; /* of the pod `of` */
    const struct pod_info *of;        /* referenced: one that has or had it */
    int64_t pods;
    struct bag nodes; /* slot + 1 -> pods */
};

struct rules { /* of one kind */
    struct rule **buckets;
    uint32_t nbuckets, count; /* nbuckets: 0 or a power of two */
};

/* The pod came (1) to the slot's node, or left it (-1). */
void rules_count(struct rules rules[RULE_KINDS], const struct pod_info *p, int slot, int sign);
void rules_release(struct rules rules[RULE_KINDS]);
/* for (RULES_EACH(rule, rules)), in no order. */
const struct rule *rules_next(const struct rules *r, const struct rule *after);
#define RULES_EACH(rule, r)                                                                                            \
    const struct rule *rule = rules_next((r), NULL);                                                                   \
    rule;                                                                                                              \
    rule = rules_next((r), rule)

#endif
