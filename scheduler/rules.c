/* rules.c - see rules.h. */
#include "scheduler/rules.h"

#include "base/kassert.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 16 };

static void widen(struct rules *r)
{
    struct rules wider = {.nbuckets = r->nbuckets ? 2 * r->nbuckets : BUCKETS_FIRST, .count = r->count};
    wider.buckets = xcalloc(wider.nbuckets, sizeof(struct rule *));
    for (uint32_t i = 0; i < r->nbuckets; i++) {
        for (struct rule *it = r->buckets[i], *next; it; it = next) {
            struct rule **to = &wider.buckets[it->hash & (wider.nbuckets - 1)];
            next = it->next;
            it->next = *to;
            *to = it;
        }
    }
    free(r->buckets);
    *r = wider;
}

/* Where the rule is linked, or NULL stands where it would be. */
static struct rule **link_of(const struct rules *r, const struct affinity_term *t, uint64_t hash)
{
    struct rule **at = &r->buckets[hash & (r->nbuckets - 1)];
    while (*at && !((*at)->hash == hash && term_equal((*at)->term, t))) at = &(*at)->next;
    return at;
}

static void add(struct rules *r, const struct affinity_term *t, const struct pod_info *p, int slot)
{
    uint64_t hash = term_hash(t);
    if (r->count >= r->nbuckets) widen(r);
    struct rule **at = link_of(r, t, hash), *rule = *at;
    if (!rule) {
        rule = *at = xcalloc(1, sizeof *rule);
        *rule = (struct rule){.hash = hash, .term = t, .of = pod_info_ref(p)};
        r->count++;
    }
    rule->pods++;
    bag_add(&rule->nodes, (uintptr_t)slot + 1, 1);
}

static void drop(struct rules *r, const struct affinity_term *t, int slot)
{
    struct rule **at = link_of(r, t, term_hash(t)), *rule = *at;
    KASSERT(rule); /* what leaves has come */
    bag_add(&rule->nodes, (uintptr_t)slot + 1, -1);
    if (--rule->pods) return;
    *at = rule->next;
    r->count--;
    bag_release(&rule->nodes);
    pod_info_unref(rule->of);
    free(rule);
}

void rules_count(struct rules rules[RULE_KINDS], const struct pod_info *p, int slot, int sign)
{
    const struct affinity_terms *const terms[RULE_KINDS] = {
        [RULE_AFFINITY] = &p->affinity,
        [RULE_ANTI] = &p->anti_affinity,
        [RULE_PREFERRED] = &p->preferred_affinity,
        [RULE_PREFERRED_ANTI] = &p->preferred_anti_affinity,
    };
    for (int k = 0; k < RULE_KINDS; k++) {
        for (int i = 0; i < terms[k]->n; i++) {
            if (sign > 0)
                add(&rules[k], &terms[k]->v[i], p, slot);
            else
                drop(&rules[k], &terms[k]->v[i], slot);
        }
    }
}

const struct rule *rules_next(const struct rules *r, const struct rule *after)
{
    if (after && after->next) return after->next;
    uint32_t i = after ? (uint32_t)(after->hash & (r->nbuckets - 1)) + 1 : 0;
    for (; i < r->nbuckets; i++)
        if (r->buckets[i]) return r->buckets[i];
    return NULL;
}

void rules_release(struct rules rules[RULE_KINDS])
{
    for (int k = 0; k < RULE_KINDS; k++) {
        KASSERT(rules[k].count == 0); /* all pods are gone */
        free(rules[k].buckets);
    }
}
