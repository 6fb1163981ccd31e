/* scored.c - see scored.h.   Reads: arguments, pods, nodes.   Writes: lists of resources, loads. */
#include "scheduler/plugins/scored.h"

void scored_read(struct scored_list *out, struct arena *a, const struct json *resources)
{
    int n = (int)obj_count(resources, "");
    *out = (struct scored_list){.v = ARENA_ARRAY(a, struct scored, MAX(n, 2)), .n = MAX(n, 2)};
    if (!n) {
        out->v[0] = (struct scored){.id = RES_CPU, .weight = 1};
        out->v[1] = (struct scored){.id = RES_MEMORY, .weight = 1};
        return;
    }
    struct scored *s = out->v;
    for (OBJ_EACH(it, resources, "")) {
        int id = res_id(obj_str(it, ".name"));
        int64_t weight = obj_int(it, ".weight", 1);
        *s++ = (struct scored){.id = id, .weight = weight ? weight : 1, .if_asked = id >= RES_FIRST_SCALAR};
    }
    out->n = n;
}

bool scored_is_default(const struct scored_list *l)
{
    return l->n == 2 && l->v[0].id == RES_CPU && l->v[1].id == RES_MEMORY && l->v[0].weight == 1 && l->v[1].weight == 1;
}

int64_t scored_wanted(const struct scored *s, const struct pod_info *p, bool non_zero)
{
    const struct non_zero *taken = p->scored ? &p->scored->non_zero : &p->non_zero;
    if (non_zero && s->id == RES_CPU) return taken->cpu;
    if (non_zero && s->id == RES_MEMORY) return taken->memory;
    return amounts_get(non_zero && p->scored ? &p->scored->request : &p->request, s->id);
}

static int64_t used_of(const struct scored *s, const struct node_info *n, bool non_zero)
{
    if (non_zero && s->id == RES_CPU) return n->non_zero.cpu;
    if (non_zero && s->id == RES_MEMORY) return n->non_zero.memory;
    return amounts_get(&n->used, s->id);
}

bool scored_load(const struct scored *s, const struct pod_info *p, const struct node_info *n, bool non_zero,
                 struct load *out)
{
    int64_t wanted = scored_wanted(s, p, non_zero);
    if (s->if_asked && wanted == 0) return false;
    out->total = amounts_get(&n->total, s->id);
    if (out->total <= 0) return false;
    out->without = used_of(s, n, non_zero);
    out->with = wrap_add(out->without, wanted);
    return true;
}
