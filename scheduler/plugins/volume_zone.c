/* volume_zone.c - a volume with labels of a zone or region is used on nodes there (plugins/volumezone/volume_zone.go).
 */
#include "scheduler/framework.h"

static const struct {
    const char *key, *today; /* today: the key that took its place */
} keys[] = {
    {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"},
    {"topology.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"topology.kubernetes.io/region", "topology.kubernetes.io/region"},
};
enum { KEYS = ARRAY_LEN(keys) };

struct place { /* what one label of a volume asks of nodes */
    int key;
    const struct sym *const *values;
    int n;
};

struct zones {
    const struct sym *keys[KEYS], *today[KEYS];
    const struct place *places;
    int n;
};

/* "a__b": zones of which one will do. False: one has no name, and the label says nothing. */
static bool read_place(struct place *to, struct cycle *cy, struct str text)
{
    const struct sym **values = ARENA_ARRAY(cycle_arena(cy), const struct sym *, text.n / 2 + 1);
    size_t from = 0;
    to->n = 0;
    to->values = values;
    for (size_t i = 0; i <= text.n; i++) {
        bool end = i == text.n, sep = !end && i + 1 < text.n && text.p[i] == '_' && text.p[i + 1] == '_';
        if (!end && !sep) continue;
        struct str zone = str_trim(str_n(text.p + from, i - from));
        if (!zone.n) return false;
        values[to->n++] = keep_sym(cycle_keep(cy), zone);
        from = i + 2;
        i++;
    }
    return true;
}

static void refuse(struct cycle *cy, const char *before, struct str name, const char *after)
{
    cycle_whyf(cy, "%s\"%.*s\"%s", before, STR_ARG(name), after);
}

/* A claim without a volume. True: it waits for a node, and asks nothing of it. */
static bool may_wait(struct cycle *cy, const struct claim_info *c)
{
    struct str name = sym_str(c->class);
    const struct class_info *class = storage_class(cycle_storage(cy), c->class);
    if (!name.n)
        cycle_why(cy, "PersistentVolumeClaim had no pv name and storageClass name");
    else if (!class)
        refuse(cy, "storageclass.storage.k8s.io ", name, " not found");
    else if (!class->has_mode)
        refuse(cy, "VolumeBindingMode not set for StorageClass ", name, "");
    else if (!class->waits)
        cycle_why(cy, "PersistentVolume had no name");
    else
        return true;
    return false;
}

/* The volume of a claim of the pod; *v NULL: none yet. False: refused. */
static bool find_volume(struct cycle *cy, const struct sym *name, const struct volume_info **v)
{
    const struct claim_info *c = storage_claim(cycle_storage(cy), cycle_pod(cy)->ns, name);
    *v = NULL;
    if (!sym_str(name).n) {
        cycle_why(cy, "PersistentVolumeClaim had no name");
        return false;
    }
    if (!c) {
        refuse(cy, "persistentvolumeclaim ", sym_str(name), " not found");
        return false;
    }
    if (!c->volume) return may_wait(cy, c);
    *v = storage_volume(cycle_storage(cy), c->volume);
    if (!*v) refuse(cy, "persistentvolume ", sym_str(c->volume), " not found");
    return *v != NULL;
}

static enum verdict zone_prefilter(struct cycle *cy, void **state)
{
    const struct pod_info *p = cycle_pod(cy);
    struct zones *z = ARENA_NEW(cycle_arena(cy), struct zones);
    struct place *places = ARENA_ARRAY(cycle_arena(cy), struct place, (size_t)p->nvolumes * KEYS);
    z->places = places;
    for (int k = 0; k < KEYS; k++) {
        z->keys[k] = keep_sym(cycle_keep(cy), str_of(keys[k].key));
        z->today[k] = keep_sym(cycle_keep(cy), str_of(keys[k].today));
    }
    for (int i = 0; i < p->nvolumes; i++) {
        const struct volume_info *v = NULL;
        if (p->volumes[i].type != VOLUME_CLAIM) continue;
        if (!find_volume(cy, p->volumes[i].claim, &v)) return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
        for (int k = 0; v && k < KEYS; k++) {
            const struct sym *value = labels_get(&v->labels, z->keys[k]);
            if (value && read_place(&places[z->n], cy, sym_str(value))) places[z->n++].key = k;
        }
    }
    *state = z;
    return z->n ? V_OK : V_SKIP;
}

static bool is_in(const struct place *p, const struct sym *value)
{
    for (int i = 0; i < p->n; i++)
        if (p->values[i] == value) return true;
    return false;
}

/* A node that says nothing of where it is takes every volume. */
static enum verdict zone_filter(struct cycle *cy, const void *state, const struct node_info *n)
{
    const struct zones *z = state;
    const struct sym *at[KEYS];
    bool says = false, fits = true;
    for (int k = 0; k < KEYS; k++) {
        at[k] = labels_get(&n->labels, z->keys[k]);
        says = says || at[k];
    }
    for (int i = 0; i < z->n && says && fits; i++) {
        const struct sym *value = at[z->places[i].key];
        if (!value) value = labels_get(&n->labels, z->today[z->places[i].key]);
        fits = value && is_in(&z->places[i], value);
    }
    if (fits) return V_OK;
    cycle_why(cy, "node(s) had no available volume zone");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

static bool moved(const struct json *was, const struct json *now)
{
    for (int k = 0; k < KEYS; k++) {
        struct str a = obj_map_str(was, ".metadata.labels", str_of(keys[k].key)),
                   b = obj_map_str(now, ".metadata.labels", str_of(keys[k].key));
        if (str_is_null(a) != str_is_null(b) || !str_eq(a, b)) return true;
    }
    return false;
}

static bool zone_hint(const void *args, const struct pod_info *p, const struct sched_event *e)
{
    (void)args;
    if (e->what & EV_CLASS) return !e->object_was && obj_is(e->object, ".volumeBindingMode", "WaitForFirstConsumer");
    if (e->what & EV_CLAIM) return pod_uses_claim(p, e->object, false);
    if (e->what & EV_VOLUME) return e->object && (!e->object_was || moved(e->object_was, e->object));
    return true;
}

const struct sched_plugin plugin_volume_zone = {
    .name = "VolumeZone",
    .source = "scheduler/plugins/volume_zone.c",
    .prefilter = zone_prefilter,
    .filter = zone_filter,
    .retry_on = EV_CLASS | EV_NODE_ADD | EV_NODE_LABEL | EV_CLAIM | EV_VOLUME,
    .hint = zone_hint,
};
