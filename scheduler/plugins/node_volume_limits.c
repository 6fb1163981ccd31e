/* node_volume_limits.c - how many volumes of a CSI driver a node can have attached
 * (plugins/nodevolumelimits/csi.go, with VolumeLimitScaling off). */
#include "scheduler/framework.h"
#include "scheduler/migration.h"

#include <stdlib.h>

struct attached { /* one volume of a driver; NULL driver: it is not counted */
    const struct sym *driver;
    const void *volume; /* the handle's name, or the claim of a volume that is still to be made */
};

struct wanted { /* of one volume of the pod, in its order */
    struct attached is;
    bool migrated;    /* counts only where there is a CSINode */
    const char *why;  /* it cannot be told what it is */
    enum verdict bad; /* with why */
};

struct limits {
    const struct wanted *wanted;
    int n;
    struct attached *seen; /* scratch of one node */
    int nseen, cap;
};

/* ---- What a volume is to its driver ---- */

static bool is_counted(const struct pod_volume *v)
{
    return v->type == VOLUME_CLAIM || v->type == VOLUME_EPHEMERAL || v->plugin != MIGRATION_NONE;
}

/* Of a claim without a volume: the driver of its class, if the class says one. */
static struct attached of_class(const struct storage *s, const struct claim_info *c, bool *migrated)
{
    const struct class_info *class = storage_class(s, c->class);
    *migrated = class && class->plugin;
    return (struct attached){class ? class->driver : NULL, c};
}

static struct attached of_claim(const struct storage *s, const struct claim_info *c, bool *migrated)
{
    const struct volume_info *v = c->volume ? storage_volume(s, c->volume) : NULL;
    if (!v) return of_class(s, c, migrated);
    *migrated = v->plugin != MIGRATION_NONE;
    bool named = v->driver && v->handle && v->driver->n && v->handle->n;
    return (struct attached){named ? v->driver : NULL, v->handle};
}

static bool owns(const struct pod_info *p, const struct claim_info *c) { return str_eq(c->owner, p->uid); }

static const char *not_owner(struct arena *a, const struct pod_info *p, const struct claim_info *c)
{
    struct str ns = sym_str(p->ns), claim = sym_str(c->stored.item.b);
    return arena_printf(a, "PVC %.*s/%.*s was not created for pod %.*s/%.*s (pod is not owner)", STR_ARG(ns),
                        STR_ARG(claim), STR_ARG(ns), STR_ARG(p->name));
}

/* ---- The pod's volumes ---- */

static void want_claim(struct cycle *cy, struct wanted *w, const struct pod_volume *v)
{
    const struct pod_info *p = cycle_pod(cy);
    struct str ns = sym_str(p->ns), name = sym_str(v->claim);
    const struct claim_info *c = storage_claim(cycle_storage(cy), p->ns, v->claim);
    w->bad = V_ERROR;
    if (!name.n) {
        w->why = "PersistentVolumeClaim had no name";
    } else if (!c) {
        w->bad = V_UNSCHEDULABLE_AND_UNRESOLVABLE;
        w->why = arena_printf(cycle_arena(cy), "looking up PVC %.*s/%.*s: persistentvolumeclaim \"%.*s\" not found",
                              STR_ARG(ns), STR_ARG(name), STR_ARG(name));
    } else if (v->type == VOLUME_EPHEMERAL && !owns(p, c)) {
        w->why = not_owner(cycle_arena(cy), p, c);
    } else {
        w->is = of_claim(cycle_storage(cy), c, &w->migrated);
    }
}

static enum verdict limits_prefilter(struct cycle *cy, void **state)
{
    const struct pod_info *p = cycle_pod(cy);
    struct limits *l = ARENA_NEW(cycle_arena(cy), struct limits);
    struct wanted *wanted = ARENA_ARRAY(cycle_arena(cy), struct wanted, p->nvolumes);
    l->wanted = wanted;
    for (int i = 0; i < p->nvolumes; i++) {
        const struct pod_volume *v = &p->volumes[i];
        if (!is_counted(v)) continue;
        struct wanted *w = &wanted[l->n++];
        if (v->claim)
            want_claim(cy, w, v);
        else
            *w = (struct wanted){{v->driver, v->handle}, .migrated = true, .why = v->bad, .bad = V_ERROR};
    }
    *state = l;
    return l->n ? V_OK : V_SKIP;
}

/* ---- One node ---- */

static int64_t limit_of(const struct csinode_info *n, const struct sym *driver)
{
    for (int i = 0; i < n->nlimits; i++)
        if (n->limits[i].driver == driver) return n->limits[i].count;
    return INT64_MAX;
}

static void see(struct cycle *cy, struct limits *l, struct attached a)
{
    if (l->nseen == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        struct attached *wider = ARENA_ARRAY(cycle_arena(cy), struct attached, l->cap);
        if (l->nseen) memcpy(wider, l->seen, (size_t)l->nseen * sizeof *wider);
        l->seen = wider;
    }
    l->seen[l->nseen++] = a;
}

/* What the pods on the node have attached. False: *why. */
static bool see_pods(struct cycle *cy, struct limits *l, const struct node_info *n, const char **why)
{
    const struct storage *s = cycle_storage(cy);
    for (int i = 0; i < n->npods; i++) {
        const struct pod_info *p = n->pods[i];
        for (int k = 0; k < p->nvolumes; k++) {
            const struct pod_volume *v = &p->volumes[k];
            bool migrated;
            *why = v->bad;
            if (*why) return false;
            const struct claim_info *c = v->claim ? storage_claim(s, p->ns, v->claim) : NULL;
            if (c && v->type == VOLUME_EPHEMERAL && !owns(p, c)) {
                *why = not_owner(cycle_arena(cy), p, c);
                return false;
            }
            struct attached a = {v->driver, v->handle};
            if (c) a = of_claim(s, c, &migrated);
            if (a.driver && a.volume) see(cy, l, a);
        }
    }
    return true;
}

static void see_attachments(struct cycle *cy, struct limits *l, const struct node_info *n)
{
    const struct storage *s = cycle_storage(cy);
    for (const struct attachment_info *a = storage_attached(s, n->name); a; a = storage_next_attached(a)) {
        const struct volume_info *v = a->driver && a->volume ? storage_volume(s, a->volume) : NULL;
        if (v && v->is_csi) see(cy, l, (struct attached){a->driver, v->handle});
    }
}

static int by_volume(const void *x, const void *y)
{
    const struct attached *a = x, *b = y;
    if (a->driver != b->driver) return a->driver < b->driver ? -1 : 1;
    return a->volume == b->volume ? 0 : a->volume < b->volume ? -1 : 1;
}

/* In order, one each. */
static int unique(struct attached *v, int n)
{
    int kept = 0;
    if (n > 1) qsort(v, (size_t)n, sizeof *v, by_volume);
    for (int i = 0; i < n; i++)
        if (!i || by_volume(&v[kept - 1], &v[i]) != 0) v[kept++] = v[i];
    return kept;
}

static int count_of(const struct attached *v, int n, const struct sym *driver)
{
    int count = 0;
    for (int i = 0; i < n; i++) count += v[i].driver == driver;
    return count;
}

static bool exceeds(struct cycle *cy, struct limits *l, const struct node_info *n, const struct csinode_info *csinode,
                    struct attached *fresh, int nfresh)
{
    int kept = 0;
    l->nseen = unique(l->seen, l->nseen);
    for (int i = 0; i < nfresh; i++) /* what a pod there has too is attached already */
        if (!l->nseen || !bsearch(&fresh[i], l->seen, (size_t)l->nseen, sizeof *fresh, by_volume))
            fresh[kept++] = fresh[i];
    see_attachments(cy, l, n);
    l->nseen = unique(l->seen, l->nseen);
    for (int i = 0; i < kept; i++) {
        if (i && fresh[i].driver == fresh[i - 1].driver) continue;
        const struct sym *driver = fresh[i].driver;
        if (count_of(l->seen, l->nseen, driver) + count_of(fresh, kept, driver) > limit_of(csinode, driver))
            return true;
    }
    return false;
}

/* Is there room even if all that pods there have were different volumes of one driver? Mostly there is, and no claim is
 * looked up. */
static bool has_room(struct cycle *cy, const struct node_info *n, const struct csinode_info *csinode,
                     const struct attached *fresh, int nfresh)
{
    int64_t most = nfresh;
    for (int i = 0; i < n->npods; i++) {
        for (int k = 0; k < n->pods[i]->nvolumes; k++) {
            const struct pod_volume *v = &n->pods[i]->volumes[k];
            if (v->bad || v->type == VOLUME_EPHEMERAL) return false; /* may be an error */
            most += is_counted(v);
        }
    }
    const struct attachment_info *a = storage_attached(cycle_storage(cy), n->name);
    for (; a; a = storage_next_attached(a)) most++;
    for (int i = 0; i < nfresh; i++)
        if (most > limit_of(csinode, fresh[i].driver)) return false;
    return true;
}

static enum verdict limits_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    struct limits *l = (struct limits *)(uintptr_t)state; /* its scratch */
    const struct csinode_info *csinode = storage_csinode(cycle_storage(cy), n->name);
    int nfresh = 0;
    const char *why = NULL;
    l->nseen = 0;
    for (int i = 0; i < l->n; i++) {
        const struct wanted *w = &l->wanted[i];
        if (w->migrated && !csinode) continue;
        if (w->why) {
            cycle_why(cy, w->why);
            return w->bad;
        }
        if (w->is.driver) nfresh++;
    }
    if (!nfresh || !csinode || !csinode->nlimits) return V_OK;
    struct attached *fresh = ARENA_ARRAY(cycle_arena(cy), struct attached, nfresh);
    nfresh = 0;
    for (int i = 0; i < l->n; i++)
        if (l->wanted[i].is.driver) fresh[nfresh++] = l->wanted[i].is;
    if (has_room(cy, n, csinode, fresh, nfresh)) return V_OK;
    if (!see_pods(cy, l, n, &why)) {
        cycle_why(cy, why);
        return V_ERROR;
    }
    if (!exceeds(cy, l, n, csinode, fresh, unique(fresh, nfresh))) return V_OK;
    cycle_why(cy, "node(s) exceed max volume count");
    return V_UNSCHEDULABLE;
}

/* ---- Hints ---- */

static bool pod_attached_any(const struct pod_info *p)
{
    for (int i = 0; i < p->nvolumes; i++)
        if (is_counted(&p->volumes[i])) return true;
    return false;
}

static bool limit_grew(const struct json *was, const struct json *now)
{
    for (OBJ_EACH(d, now, ".spec.drivers")) {
        const struct json *before = obj_find(was, ".spec.drivers", "name", obj_str(d, ".name"));
        if (obj_int(d, ".allocatable.count", 0) > obj_int(before, ".allocatable.count", 0)) return true;
    }
    return false;
}

static bool may_be_of(const struct pod_info *p, const struct json *attachment)
{
    for (int i = 0; i < p->nvolumes; i++) {
        const struct pod_volume *v = &p->volumes[i];
        if (v->type == VOLUME_CLAIM || v->bad) return true;
        if (v->plugin && v->driver && str_eq(sym_str(v->driver), obj_str(attachment, ".spec.attacher"))) return true;
    }
    return false;
}

static bool limits_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->what & EV_CSINODE) return e->object && (!e->object_was || limit_grew(e->object_was, e->object));
    if (e->what & EV_POD_DELETE) return !e->pod_was || pod_attached_any(e->pod_was);
    if (e->what & EV_CLAIM) return !e->object_was && pod_uses_claim(p, e->object, true);
    if (e->what & EV_ATTACHMENT) return !e->object && may_be_of(p, e->object_was);
    return true;
}

const struct sched_plugin plugin_node_volume_limits = {
    .name = "NodeVolumeLimits",
    .source = "scheduler/plugins/node_volume_limits.c",
    .prefilter = limits_prefilter,
    .filter = limits_filter,
    .retry_on = EV_CSINODE | EV_POD_DELETE | EV_CLAIM | EV_ATTACHMENT,
    .hint = limits_hint,
};
