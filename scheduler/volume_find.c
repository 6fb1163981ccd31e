/* volume_find.c - see volume_find.h. Reads: what is stored of claims, volumes, classes.   Writes: the finding. */
#include "scheduler/volume_find.h"

#include <stdlib.h>

/* Volumes that suit a claim wherever it goes, the smallest first. They are looked up by the value of a label that a
 * node must have: thousands of local volumes are not tried one by one on thousands of nodes. */
struct candidates {
    struct volume_info **reserved; /* for the claim: one of these, or none */
    struct volume_info **v;
    int nreserved, n;
    const struct sym **values; /* of v; NULL: no single value */
    int *heads, *next;         /* buckets of values; -1 ends */
    int nheads;
};

/* ---- Which volumes suit ---- */

static bool is_like(const struct volume_info *v, const struct claim_info *c)
{
    return v->class == c->class && qty_cmp(&v->capacity, &c->request) >= 0 && v->mode == c->mode &&
           v->attributes == c->attributes && !v->deleting;
}

static bool suits(const struct volume_info *v, const struct claim_info *c)
{
    return is_like(v, c) && v->available && (!c->has_selector || selector_matches(&c->selector, &v->labels)) &&
           (v->modes & c->modes) == c->modes;
}

/* The smallest first; among equals upstream takes any, we the first by name. */
static int by_size(const void *x, const void *y)
{
    const struct volume_info *a = *(struct volume_info *const *)x, *b = *(struct volume_info *const *)y;
    int order = qty_cmp(&a->capacity, &b->capacity);
    return order ? order : str_cmp(sym_str(a->stored.item.b), sym_str(b->stored.item.b));
}

/* The value that some label of a node must have for the volume to be reached; NULL: none in particular. */
static const struct sym *value_of(const struct volume_info *v)
{
    if (!v->has_affinity || v->affinity.n != 1) return NULL;
    const struct selector *s = &v->affinity.v[0].labels;
    for (int i = 0; i < s->n; i++)
        if (s->v[i].op == SELECT_IN && s->v[i].n == 1) return s->v[i].values[0];
    return NULL;
}

static int *head_of(const struct candidates *c, const struct sym *value)
{
    return &c->heads[(value ? value->hash : 0) & (uint64_t)(c->nheads - 1)];
}

static void index_by_value(struct candidates *c, struct arena *a)
{
    c->nheads = 1;
    while (c->nheads < c->n) c->nheads *= 2;
    c->heads = ARENA_ARRAY(a, int, c->nheads);
    c->next = ARENA_ARRAY(a, int, c->n);
    c->values = ARENA_ARRAY(a, const struct sym *, c->n);
    for (int i = 0; i < c->nheads; i++) c->heads[i] = -1;
    for (int i = c->n - 1; i >= 0; i--) { /* each bucket in order */
        c->values[i] = value_of(c->v[i]);
        int *head = head_of(c, c->values[i]);
        c->next[i] = *head;
        *head = i;
    }
}

static const struct candidates *candidates_of(struct arena *a, const struct storage *s, const struct claim_info *c)
{
    struct candidates *to = ARENA_NEW(a, struct candidates);
    int n = 0, reserved = 0;
    for (struct volume_info *v = storage_free_volume(s, c->class); v; v = storage_next_volume(v)) n += suits(v, c);
    for (struct volume_info *v = storage_volume_of(s, c); v; v = storage_next_volume(v)) reserved++;
    to->v = ARENA_ARRAY(a, struct volume_info *, n);
    to->reserved = ARENA_ARRAY(a, struct volume_info *, reserved);
    for (struct volume_info *v = storage_free_volume(s, c->class); v; v = storage_next_volume(v))
        if (suits(v, c)) to->v[to->n++] = v;
    for (struct volume_info *v = storage_volume_of(s, c); v; v = storage_next_volume(v))
        if (volume_is_for(v, c) && is_like(v, c)) to->reserved[to->nreserved++] = v;
    if (to->n > 1) qsort(to->v, (size_t)to->n, sizeof(struct volume_info *), by_size);
    if (to->nreserved > 1) qsort(to->reserved, (size_t)to->nreserved, sizeof(struct volume_info *), by_size);
    index_by_value(to, a);
    return to;
}

/* ---- The pod's claims ---- */

static const char *ephemeral_not_owned(struct arena *a, const struct pod_info *p, struct str claim)
{
    struct str ns = sym_str(p->ns);
    return arena_printf(a, "PVC %.*s/%.*s was not created for pod %.*s/%.*s (pod is not owner)", STR_ARG(ns),
                        STR_ARG(claim), STR_ARG(ns), STR_ARG(p->name));
}

/* Why a claim cannot be used at all; NULL: it can. */
static const char *unusable(struct arena *a, const struct pod_info *p, const struct pod_volume *v,
                            const struct claim_info *c)
{
    struct str name = sym_str(v->claim), volume = c ? sym_str(c->volume) : STR_NULL;
    bool ephemeral = v->type == VOLUME_EPHEMERAL;
    if (!c && ephemeral)
        return arena_printf(a, "waiting for ephemeral volume controller to create the persistentvolumeclaim \"%.*s\"",
                            STR_ARG(name));
    if (!c) return arena_printf(a, "persistentvolumeclaim \"%.*s\" not found", STR_ARG(name));
    if (c->lost)
        return arena_printf(a, "persistentvolumeclaim \"%.*s\" bound to non-existent persistentvolume \"%.*s\"",
                            STR_ARG(name), STR_ARG(volume));
    if (c->deleting) return arena_printf(a, "persistentvolumeclaim \"%.*s\" is being deleted", STR_ARG(name));
    return ephemeral && !str_eq(c->owner, p->uid) ? ephemeral_not_owned(a, p, name) : NULL;
}

static void add_waiting(struct volume_find *f, const struct claim_info *c, const struct class_info *class)
{
    const struct driver_info *driver = storage_driver(f->storage, class->provisioner);
    f->waiting[f->nwaiting++] =
        (struct waiting_claim){.claim = c, .class = class, .tracked = c->asks && driver && driver->tracks_capacity};
}

/* V_OK, or what refuses the pod. */
static enum verdict sort_claim(struct volume_find *f, struct arena *a, const struct claim_info *c, bool *immediate,
                               const char **why)
{
    const struct class_info *class = storage_class(f->storage, c->class);
    if (c->bound) {
        f->bound[f->nbound++] = storage_volume(f->storage, c->volume);
    } else if (class && !class->has_mode) {
        struct str name = sym_str(c->class);
        *why = arena_printf(a, "VolumeBindingMode not set for StorageClass \"%.*s\"", STR_ARG(name));
        return V_ERROR;
    } else if (class && class->waits && !c->volume) {
        add_waiting(f, c, class);
    } else {
        *immediate = true;
    }
    return V_OK;
}

/* Claims with a node first, then by size; stable, as there are few. */
static bool comes_before(const struct waiting_claim *x, const struct waiting_claim *y)
{
    bool a = claim_node(x->claim) != NULL, b = claim_node(y->claim) != NULL;
    return a != b ? a : !a && qty_cmp(&x->claim->request, &y->claim->request) < 0;
}

static int by_turn(const void *x, const void *y)
{
    const struct waiting_claim *a = x, *b = y;
    if (comes_before(a, b)) return -1;
    if (comes_before(b, a)) return 1;
    return str_cmp(sym_str(a->claim->stored.item.b), sym_str(b->claim->stored.item.b));
}

enum verdict volume_find_claims(struct arena *a, struct storage *s, const struct pod_info *p, struct volume_find **out,
                                const char **why)
{
    struct volume_find *f = ARENA_NEW(a, struct volume_find);
    bool immediate = false, any = false;
    *out = f;
    f->storage = s;
    f->bound = ARENA_ARRAY(a, const struct volume_info *, p->nvolumes);
    f->waiting = ARENA_ARRAY(a, struct waiting_claim, p->nvolumes);
    for (int i = 0; i < p->nvolumes; i++) {
        if (!p->volumes[i].claim) continue;
        any = true;
        *why = unusable(a, p, &p->volumes[i], storage_claim(s, p->ns, p->volumes[i].claim));
        if (*why) return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    for (int i = 0; i < p->nvolumes; i++) {
        if (!p->volumes[i].claim) continue;
        enum verdict v = sort_claim(f, a, storage_claim(s, p->ns, p->volumes[i].claim), &immediate, why);
        if (v != V_OK) return v;
    }
    if (immediate) {
        *why = "pod has unbound immediate PersistentVolumeClaims";
        return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
    }
    if (f->nwaiting > 1) qsort(f->waiting, (size_t)f->nwaiting, sizeof *f->waiting, by_turn);
    for (int i = 0; i < f->nwaiting; i++)
        if (!claim_node(f->waiting[i].claim)) f->waiting[i].among = candidates_of(a, s, f->waiting[i].claim);
    return any ? V_OK : V_SKIP;
}

/* ---- One node ---- */

static unsigned look_at_bound(struct volume_find *f, const struct node_info *n)
{
    const struct csinode_info *csinode = f->nbound ? storage_csinode(f->storage, n->name) : NULL;
    for (int i = 0; i < f->nbound; i++) {
        if (!f->bound[i]) return FIND_LOST;
        f->error = NULL;
        if (volume_fits_node(f->bound[i], csinode, &n->labels, &f->error)) continue;
        return f->error ? FIND_ERROR : FIND_NODE_CONFLICT;
    }
    return 0;
}

/* The first of a bucket before place `best` that is free and is reached from the node. */
static int first_of(const struct candidates *c, const struct sym *value, const struct node_info *n, uint64_t mark,
                    int best)
{
    for (int i = *head_of(c, value); i >= 0 && i < best; i = c->next[i])
        if (c->values[i] == value && c->v[i]->mark != mark && volume_fits_node(c->v[i], NULL, &n->labels, NULL))
            return i;
    return best;
}

static struct volume_info *choose(const struct candidates *c, const struct node_info *n, uint64_t mark)
{
    int best = c->n;
    for (int i = 0; i < c->nreserved; i++) {
        if (c->reserved[i]->mark == mark) continue;
        return volume_fits_node(c->reserved[i], NULL, &n->labels, NULL) ? c->reserved[i] : NULL;
    }
    if (c->n) best = first_of(c, NULL, n, mark, best);
    for (int i = 0; c->n && i < n->labels.n; i++) best = first_of(c, n->labels.v[i].value, n, mark, best);
    return best < c->n ? c->v[best] : NULL;
}

/* Can the volume be made there? */
static unsigned look_at_class(const struct volume_find *f, const struct waiting_claim *w, const struct node_info *n)
{
    const struct class_info *class = w->class;
    if (!class->provisions) return FIND_NO_VOLUME;
    if (class->has_topologies && !node_terms_fit(&class->topologies, NULL, &n->labels)) return FIND_NO_VOLUME;
    bool room =
        !w->tracked || storage_has_capacity(f->storage, w->claim->class, qty_value(&w->claim->request), &n->labels);
    return room ? 0 : FIND_NO_SPACE;
}

unsigned volume_find_on(struct volume_find *f, const struct node_info *n)
{
    unsigned why = look_at_bound(f, n);
    uint64_t mark = f->nwaiting ? storage_next_mark(f->storage) : 0;
    if (why & FIND_ERROR) return why;
    for (int i = 0; i < f->nwaiting; i++) {
        const struct sym *node = claim_node(f->waiting[i].claim);
        if (node && node != n->name) return why | FIND_NO_VOLUME;
    }
    for (int i = 0; i < f->nwaiting; i++) {
        struct waiting_claim *w = &f->waiting[i];
        struct volume_info *v = w->among ? choose(w->among, n, mark) : NULL;
        w->volume = v;
        if (v) v->mark = mark;
    }
    unsigned unmade = 0;
    for (int i = 0; i < f->nwaiting && !unmade; i++)
        if (!f->waiting[i].volume) unmade = look_at_class(f, &f->waiting[i], n);
    return why | unmade;
}
