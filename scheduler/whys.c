/* whys.c - see whys.h. The newest few are compared one by one, for most cycles have no more; beyond that they are found
 * by hash. Texts are the same ones when they are equal: plugins and details.h see to it. Reads, writes: the cycle's
 * whys. */
#include "scheduler/whys.h"

enum { NEAR = 8 }; /* fit into few enough cache lines to be faster than a hash; a power of two, as WHYS_MAX */
_Static_assert((WHYS_MAX & (WHYS_MAX - 1)) == 0, "slots are found with a mask");

static bool is_same(const struct why *a, const struct why *b)
{
    if (a->n != b->n || a->verdict != b->verdict || a->plugin != b->plugin || a->detail != b->detail ||
        a->nominated != b->nominated)
        return false;
    for (int i = 0; i < a->n; i++)
        if (a->texts[i] != b->texts[i] || a->lacking[i] != b->lacking[i]) return false;
    return true;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static uint64_t hash_of(const struct why *w)
{
    uint64_t h = mix((uint64_t)w->n << 32 | (uint64_t)w->verdict << 16 | w->plugin, (uint64_t)(uintptr_t)w->detail);
    for (int i = 0; i < w->n; i++) h = mix(h, (uint64_t)(uintptr_t)w->texts[i]);
    return h;
}

/* The slot of the refusal; one that holds 0 when it is a new one. There are twice as many as places. */
static uint16_t *slot_of(const struct cycle *cy, const struct why *w)
{
    uint64_t mask = 2 * (uint64_t)cy->cwhys - 1, at = hash_of(w) & mask;
    while (cy->why_slots[at] && !is_same(&cy->whys[cy->why_slots[at] - 1], w)) at = (at + 1) & mask;
    return &cy->why_slots[at];
}

static void widen(struct cycle *cy)
{
    int wider = cy->cwhys ? 2 * cy->cwhys : NEAR;
    struct why *v = arena_alloc(&cy->arena, (size_t)wider * sizeof *v);
    if (cy->nwhys) memcpy(v, cy->whys, (size_t)cy->nwhys * sizeof *v);
    cy->whys = v;
    cy->cwhys = wider;
    if (wider == NEAR) return;
    cy->why_slots = ARENA_ARRAY(&cy->arena, uint16_t, 2 * (size_t)wider);
    for (int i = 0; i < cy->nwhys; i++) *slot_of(cy, &v[i]) = (uint16_t)(i + 1);
}

uint16_t whys_place(struct cycle *cy)
{
    const struct why *now = &cy->now;
    for (int i = cy->nwhys - 1; i >= 0 && i >= cy->nwhys - NEAR; i--)
        if (is_same(&cy->whys[i], now)) return (uint16_t)i;
    uint16_t *slot = cy->nwhys > NEAR ? slot_of(cy, now) : NULL;
    if (slot && *slot) return (uint16_t)(*slot - 1);
    if (cy->nwhys == WHYS_MAX) return WHYS_MAX - 1;
    if (cy->nwhys == cy->cwhys) widen(cy);
    cy->whys[cy->nwhys++] = *now;
    if (cy->cwhys > NEAR) *slot_of(cy, now) = (uint16_t)cy->nwhys;
    return (uint16_t)(cy->nwhys - 1);
}

void whys_forget(struct cycle *cy)
{
    cy->nwhys = cy->cwhys = 0;
    cy->whys = NULL;
}
