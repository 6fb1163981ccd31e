/* terms.h - terms of pod affinity as things that are equal or not: by what they select and where. Pure. */
#ifndef SCHEDULER_TERMS_H
#define SCHEDULER_TERMS_H

#include "scheduler/pod_info.h"

/* Which pods are meant: those that match all terms (their keys and weights are not looked at). */
struct selection {
    const struct affinity_term *terms;
    int n;
    bool living; /* but for pods that are being deleted */
};

bool selection_has(const struct selection *s, const struct pod_info *p, const struct labels *namespace_labels);
uint64_t selection_hash(const struct selection *s);
bool selection_equal(const struct selection *a, const struct selection *b);
/* Independent of the original: in the memory of k. */
void selection_copy(struct selection *out, struct keep *k, const struct selection *s);

/* One term, with its key and weight. */
uint64_t term_hash(const struct affinity_term *t);
bool term_equal(const struct affinity_term *a, const struct affinity_term *b);

#endif
