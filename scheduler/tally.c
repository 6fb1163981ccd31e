/* tally.c - see tally.h. */
#include "scheduler/tally.h"

void tally_open(struct tally *t, struct arena *a, int n, int64_t first)
{
    *t = (struct tally){.of = ARENA_ARRAY(a, int64_t, n), .n = n};
    for (int i = 0; first && i < n; i++) t->of[i] = first;
}

void tally_close(struct tally *t)
{
    t->least = INT64_MAX;
    for (int i = 0; i < t->n; i++) {
        if (t->of[i] == TALLY_NONE) continue;
        t->counted++;
        t->sum += t->of[i];
        t->least = MIN(t->least, t->of[i]);
    }
}

void tally_copy(struct tally *to, struct arena *a, const struct tally *t)
{
    *to = *t;
    to->cap = t->nchanges;
    to->changes = t->nchanges ? arena_memdup(a, t->changes, (size_t)t->nchanges * sizeof *t->changes) : NULL;
}

static const struct tally_change *change_of(const struct tally *t, int domain)
{
    for (int i = 0; i < t->nchanges; i++)
        if (t->changes[i].domain == domain) return &t->changes[i];
    return NULL;
}

int64_t tally_get(const struct tally *t, int domain)
{
    const struct tally_change *change = t->nchanges ? change_of(t, domain) : NULL;
    int64_t is = t->of[domain] == TALLY_NONE ? 0 : t->of[domain];
    return change ? is + change->by : is;
}

static struct tally_change *change_for(struct tally *t, struct arena *a, int domain)
{
    const struct tally_change *known = change_of(t, domain);
    if (known) return &t->changes[known - t->changes];
    if (t->nchanges == t->cap) {
        struct tally_change *v = ARENA_ARRAY(a, struct tally_change, 2 * t->cap + 2);
        if (t->nchanges) memcpy(v, t->changes, (size_t)t->nchanges * sizeof *v);
        t->changes = v;
        t->cap = 2 * t->cap + 2;
    }
    t->changes[t->nchanges] = (struct tally_change){.domain = domain};
    return &t->changes[t->nchanges++];
}

static int64_t least_of_all(const struct tally *t)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < t->nchanges; i++)
        if (t->of[t->changes[i].domain] != TALLY_NONE) least = MIN(least, tally_get(t, t->changes[i].domain));
    for (int i = 0; i < t->n; i++)
        if (t->of[i] < least && t->of[i] != TALLY_NONE && !change_of(t, i)) least = t->of[i];
    return least;
}

void tally_change(struct tally *t, struct arena *a, int domain, int64_t by)
{
    int64_t was = tally_get(t, domain);
    change_for(t, a, domain)->by += by;
    t->sum += by;
    if (t->of[domain] == TALLY_NONE) return;
    if (was + by <= t->least)
        t->least = was + by;
    else if (was == t->least)
        t->least = least_of_all(t); /* it may have been the only one */
}

bool tally_fold(struct tally *t, const struct domains *d, const int32_t *pods, int64_t weight)
{
    bool any = false;
    for (int slot = 0; slot < d->slots; slot++) {
        if (d->of[slot] < 0 || !pods[slot]) continue;
        t->of[d->of[slot]] += pods[slot] * weight;
        any = true;
    }
    return any;
}
