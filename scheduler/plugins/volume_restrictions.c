/* volume_restrictions.c - disks that two pods must not share on one node, and claims that one pod at a time may use
 * (plugins/volumerestrictions/volume_restrictions.go). */
#include "scheduler/framework.h"

struct restrictions {
    const struct sym *const *claims; /* of the pod, with ReadWriteOncePod; one each */
    int nclaims;
    int in_use; /* references of other pods to them */
};

static bool is_disk(const struct pod_volume *v)
{
    return v->type == VOLUME_GCE || v->type == VOLUME_EBS || v->type == VOLUME_ISCSI || v->type == VOLUME_RBD;
}

static bool is_among(const struct sym *const *v, int n, const struct sym *name)
{
    for (int i = 0; i < n; i++)
        if (v[i] == name) return true;
    return false;
}

/* ---- Disks ---- */

static bool share_monitor(const struct pod_volume *a, const struct pod_volume *b)
{
    for (int i = 0; i < a->nmonitors; i++)
        if (is_among(b->monitors, b->nmonitors, a->monitors[i])) return true;
    return false;
}

static bool conflict(const struct pod_volume *a, const struct pod_volume *b)
{
    if (a->type != b->type || a->disk != b->disk) return false;
    if (a->type == VOLUME_EBS) return true; /* be it read-only */
    if (a->type == VOLUME_RBD && !share_monitor(a, b)) return false;
    return !a->read_only || !b->read_only;
}

static bool disks_conflict(const struct pod_info *p, const struct pod_info *other)
{
    for (int i = 0; i < p->nvolumes; i++)
        for (int k = 0; is_disk(&p->volumes[i]) && k < other->nvolumes; k++)
            if (conflict(&p->volumes[i], &other->volumes[k])) return true;
    return false;
}

static bool has_disk(const struct pod_info *p)
{
    for (int i = 0; i < p->nvolumes; i++)
        if (is_disk(&p->volumes[i])) return true;
    return false;
}

/* ---- Claims of one pod at a time ---- */

/* As upstream: the namespace of the other pod is not looked at. */
static int references(const struct restrictions *r, const struct pod_info *p)
{
    int n = 0;
    for (int i = 0; i < p->nvolumes; i++)
        if (p->volumes[i].type == VOLUME_CLAIM && is_among(r->claims, r->nclaims, p->volumes[i].claim)) n++;
    return n;
}

/* Does any pod on a node use it? */
static bool is_used(struct cycle *cy, const struct sym *claim)
{
    int n;
    const struct restrictions one = {.claims = &claim, .nclaims = 1};
    struct node_info *const *nodes = cycle_nodes(cy, &n);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < nodes[i]->npods; k++)
            if (nodes[i]->pods[k]->ns == cycle_pod(cy)->ns && references(&one, nodes[i]->pods[k])) return true;
    return false;
}

static enum verdict restrictions_prefilter(struct cycle *cy, void **state)
{
    const struct pod_info *p = cycle_pod(cy);
    struct restrictions *r = ARENA_NEW(cycle_arena(cy), struct restrictions);
    const struct sym **claims = ARENA_ARRAY(cycle_arena(cy), const struct sym *, p->nvolumes);
    r->claims = claims;
    for (int i = 0; i < p->nvolumes; i++) {
        const struct pod_volume *v = &p->volumes[i];
        if (v->type != VOLUME_CLAIM) continue;
        const struct claim_info *c = storage_claim(cycle_storage(cy), p->ns, v->claim);
        if (!c) {
            cycle_whyf(cy, "persistentvolumeclaim \"%.*s\" not found", STR_ARG(sym_str(v->claim)));
            return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
        }
        if (c->modes & ACCESS_ONCE_POD && !is_among(claims, r->nclaims, v->claim)) claims[r->nclaims++] = v->claim;
    }
    for (int i = 0; i < r->nclaims; i++) r->in_use += is_used(cy, claims[i]);
    *state = r;
    return has_disk(p) || r->in_use ? V_OK : V_SKIP;
}

static void *restrictions_clone(struct cycle *cy, const void *state)
{
    return arena_memdup(cycle_arena(cy), state, sizeof(struct restrictions));
}

static void restrictions_add(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    (void)cy, (void)n;
    struct restrictions *r = state;
    r->in_use += references(r, p);
}

static void restrictions_remove(struct cycle *cy, void *state, const struct pod_info *p, const struct node_info *n)
{
    (void)cy, (void)n;
    struct restrictions *r = state;
    r->in_use -= references(r, p);
}

static enum verdict restrictions_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    const struct restrictions *r = state;
    const char *why = NULL;
    for (int i = 0; i < n->npods && !why; i++)
        if (disks_conflict(cycle_pod(cy), n->pods[i])) why = "node(s) had no available disk";
    if (!why && r->in_use > 0)
        why = "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by "
              "another pod";
    if (!why) return V_OK;
    cycle_why(cy, why);
    return V_UNSCHEDULABLE;
}

/* ---- Hints ---- */

static bool uses_claim_of(const struct pod_info *p, const struct pod_info *other)
{
    for (int i = 0; i < other->nvolumes; i++)
        for (int k = 0; other->volumes[i].type == VOLUME_CLAIM && k < p->nvolumes; k++)
            if (p->volumes[k].type == VOLUME_CLAIM && p->volumes[k].claim == other->volumes[i].claim) return true;
    return false;
}

static bool restrictions_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->what & EV_CLAIM) return !e->object_was && pod_uses_claim(p, e->object, false);
    if (e->what & EV_POD_DELETE)
        return !e->pod_was ||
               (e->pod_was->ns == p->ns && (disks_conflict(p, e->pod_was) || uses_claim_of(p, e->pod_was)));
    return true;
}

const struct sched_plugin plugin_volume_restrictions = {
    .name = "VolumeRestrictions",
    .source = "scheduler/plugins/volume_restrictions.c",
    .prefilter = restrictions_prefilter,
    .clone = restrictions_clone,
    .add_pod = restrictions_add,
    .remove_pod = restrictions_remove,
    .filter = restrictions_filter,
    .retry_on = EV_POD_DELETE | EV_NODE_ADD | EV_CLAIM,
    .hint = restrictions_hint,
};
