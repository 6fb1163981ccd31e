/* pod_info.c - see pod_info.h.
 * Reads: pods.   Writes: their compact form. */
#include "scheduler/pod_info.h"

#include "scheduler/migration.h"

#include <stdlib.h>

enum { FIRST_BYTES = 512 }; /* a plain pod fits */

/* ---- Tolerations, ports ---- */

enum taint_effect effect_of(struct str text)
{
    static const struct {
        const char *text;
        enum taint_effect effect;
    } effects[] = {{"", EFFECT_ANY},
                   {"NoSchedule", EFFECT_NO_SCHEDULE},
                   {"PreferNoSchedule", EFFECT_PREFER_NO_SCHEDULE},
                   {"NoExecute", EFFECT_NO_EXECUTE}};
    for (size_t i = 0; i < ARRAY_LEN(effects); i++)
        if (str_eqc(text, effects[i].text)) return effects[i].effect;
    return EFFECT_OTHER;
}

static void read_tolerations(struct pod_info *p, const struct json *spec)
{
    struct toleration *v = ARENA_ARRAY(&p->keep.arena, struct toleration, obj_count(spec, ".tolerations"));
    p->tolerations = v;
    for (OBJ_EACH(t, spec, ".tolerations")) {
        struct str key = obj_str(t, ".key"), value = obj_str(t, ".value");
        struct str operator= obj_str(t, ".operator");
        bool exists = str_eqc(operator, "Exists");
        if (!exists && operator.n && !str_eqc(operator, "Equal")) continue; /* tolerates nothing */
        v[p->ntolerations++] = (struct toleration){
            .key = key.n ? keep_sym(&p->keep, key) : NULL,
            .value = exists ? NULL : keep_sym(&p->keep, value.p ? value : STR("")),
            .effect = effect_of(obj_str(t, ".effect")),
        };
    }
}

/* By port, protocol, address; "every address" comes first. */
static int compare_ports(const void *a, const void *b)
{
    const struct host_port *x = a, *y = b;
    if (x->port != y->port) return x->port < y->port ? -1 : 1;
    if (x->protocol != y->protocol) return x->protocol < y->protocol ? -1 : 1;
    return (x->ip > y->ip) - (x->ip < y->ip);
}

/* Both are sorted. */
bool ports_conflict(const struct pod_info *a, const struct pod_info *b)
{
    for (int i = 0, k = 0; i < a->nports && k < b->nports;) {
        const struct host_port *x = &a->ports[i], *y = &b->ports[k];
        bool same = x->port == y->port && x->protocol == y->protocol;
        if (same && (!x->ip || !y->ip || x->ip == y->ip)) return true;
        if (compare_ports(x, y) < 0)
            i++;
        else
            k++;
    }
    return false;
}

static bool is_sidecar(const struct json *container) { return obj_is(container, ".restartPolicy", "Always"); }

static void read_ports(struct pod_info *p, struct host_port *v, const struct json *container)
{
    for (OBJ_EACH(port, container, ".ports")) {
        struct str ip = obj_str(port, ".hostIP"), protocol = obj_str(port, ".protocol");
        int number = (int)obj_int(port, ".hostPort", 0);
        if (number <= 0) continue;
        v[p->nports++] = (struct host_port){.ip = !ip.n || str_eqc(ip, "0.0.0.0") ? NULL : keep_sym(&p->keep, ip),
                                            .protocol = protocol.n ? protocol.p[0] : 'T',
                                            .port = number};
    }
}

static void read_all_ports(struct pod_info *p, const struct json *spec)
{
    size_t n = 0;
    for (OBJ_EACH(c, spec, ".containers")) n += obj_count(c, ".ports");
    for (OBJ_EACH(c, spec, ".initContainers")) n += obj_count(c, ".ports");
    struct host_port *v = ARENA_ARRAY(&p->keep.arena, struct host_port, MIN(n, UINT16_MAX));
    p->ports = v;
    if (n > UINT16_MAX) return;
    for (OBJ_EACH(c, spec, ".containers")) read_ports(p, v, c);
    for (OBJ_EACH(c, spec, ".initContainers"))
        if (is_sidecar(c)) read_ports(p, v, c);
    if (p->nports) qsort(v, p->nports, sizeof *v, compare_ports);
}

/* ---- Images ---- */

/* With the tag that a runtime would assume (imagelocality: normalizedImageName). */
const struct sym *image_sym(struct keep *k, struct str image)
{
    size_t slash = 0, colon = 0;
    for (size_t i = 0; i < image.n; i++) {
        if (image.p[i] == '/') slash = i + 1;
        if (image.p[i] == ':') colon = i + 1;
    }
    if (colon > slash) return keep_sym(k, image);
    return keep_sym(k, str_printf(&k->arena, "%.*s:latest", STR_ARG(image)));
}

static void add_image(struct pod_info *p, const struct sym **v, struct str image)
{
    if (image.n && p->nimages < UINT16_MAX) v[p->nimages++] = image_sym(&p->keep, image);
}

static void read_images(struct pod_info *p, const struct json *spec)
{
    size_t n = obj_count(spec, ".containers") + obj_count(spec, ".initContainers");
    p->ncontainers = (uint16_t)MIN(n, UINT16_MAX);
    const struct sym **v = ARENA_ARRAY(&p->keep.arena, const struct sym *, n + obj_count(spec, ".volumes"));
    p->images = v;
    for (OBJ_EACH(c, spec, ".initContainers")) add_image(p, v, obj_str(c, ".image"));
    for (OBJ_EACH(c, spec, ".containers")) add_image(p, v, obj_str(c, ".image"));
    for (OBJ_EACH(volume, spec, ".volumes")) add_image(p, v, obj_str(volume, ".image.reference"));
}

/* ---- Volumes ---- */

static void put_disk(struct pod_info *p, struct pod_volume *v, enum volume_type type, struct str disk, bool read_only)
{
    v->type = type;
    v->disk = keep_sym(&p->keep, disk);
    v->read_only = read_only;
}

static void read_rbd(struct pod_info *p, struct pod_volume *v, const struct json *rbd)
{
    struct arena *a = &p->keep.arena;
    const struct sym **monitors = ARENA_ARRAY(a, const struct sym *, obj_count(rbd, ".monitors"));
    struct str pool = obj_str(rbd, ".pool"), image = obj_str(rbd, ".image");
    put_disk(p, v, VOLUME_RBD, str_printf(a, "%zu:%.*s/%.*s", pool.n, STR_ARG(pool), STR_ARG(image)),
             obj_bool(rbd, ".readOnly", false));
    v->monitors = monitors;
    for (OBJ_EACH(m, rbd, ".monitors")) monitors[v->nmonitors++] = keep_sym(&p->keep, obj_text(m));
}

/* What the CSI driver sees that took over the plugin of an inline volume. */
static void read_migrated(struct pod_info *p, struct pod_volume *v, const struct json *it)
{
    struct str handle;
    struct err e = ERR_INIT;
    v->plugin = (uint8_t)migration_of_source(it);
    if (!migration_is_on(v->plugin)) return;
    v->driver = keep_sym(&p->keep, str_of(migration_driver(v->plugin)));
    if (migration_inline_handle(&p->keep.arena, v->plugin, it, &handle, &e))
        v->handle = keep_sym(&p->keep, handle);
    else
        v->bad = arena_printf(&p->keep.arena, "converting volume(%.*s) from inline to csi: %s",
                              STR_ARG(obj_str(it, ".name")), e.text);
}

/* False: no volume that a decision depends on. */
static bool read_volume(struct pod_info *p, struct pod_volume *v, const struct json *it)
{
    static const struct {
        const char *member, *disk, *read_only;
        enum volume_type type;
    } disks[] = {
        {".gcePersistentDisk", ".gcePersistentDisk.pdName", ".gcePersistentDisk.readOnly", VOLUME_GCE},
        {".awsElasticBlockStore", ".awsElasticBlockStore.volumeID", ".awsElasticBlockStore.readOnly", VOLUME_EBS},
        {".iscsi", ".iscsi.iqn", ".iscsi.readOnly", VOLUME_ISCSI},
    };
    const struct json *claim = obj_get(it, ".persistentVolumeClaim");
    if (claim) {
        v->type = VOLUME_CLAIM;
        v->claim = keep_sym(&p->keep, obj_str(claim, ".claimName"));
        v->read_only = obj_bool(claim, ".readOnly", false);
        return true;
    }
    if (obj_has(it, ".ephemeral")) {
        struct str name = str_printf(&p->keep.arena, "%.*s-%.*s", STR_ARG(p->name), STR_ARG(obj_str(it, ".name")));
        v->type = VOLUME_EPHEMERAL;
        v->claim = keep_sym(&p->keep, name);
        return true;
    }
    if (obj_has(it, ".rbd")) {
        read_rbd(p, v, obj_get(it, ".rbd"));
        return true;
    }
    if (obj_has(it, ".csi")) {
        v->type = VOLUME_CSI;
        v->driver = keep_sym(&p->keep, obj_str(it, ".csi.driver"));
        return true;
    }
    read_migrated(p, v, it);
    if (v->plugin) v->type = VOLUME_MIGRATED;
    for (size_t i = 0; i < ARRAY_LEN(disks); i++) {
        if (!obj_has(it, disks[i].member)) continue;
        put_disk(p, v, disks[i].type, obj_str(it, disks[i].disk), obj_bool(it, disks[i].read_only, false));
        break;
    }
    return v->type != VOLUME_OTHER;
}

static void read_volumes(struct pod_info *p, const struct json *spec)
{
    struct pod_volume *v = ARENA_ARRAY(&p->keep.arena, struct pod_volume, obj_count(spec, ".volumes"));
    p->volumes = v;
    for (OBJ_EACH(it, spec, ".volumes")) {
        if (p->nvolumes < UINT16_MAX && read_volume(p, &v[p->nvolumes], it)) p->nvolumes++;
    }
}

/* ---- Affinity and spreading ---- */

static void read_term(struct pod_info *p, struct affinity_term *t, const struct json *term)
{
    const struct json *namespaces = obj_get(term, ".namespaces"), *of_labels = obj_get(term, ".namespaceSelector");
    const struct sym **v = ARENA_ARRAY(&p->keep.arena, const struct sym *, obj_count(namespaces, "") + 1);
    selector_read(&t->pods, &p->keep, obj_get(term, ".labelSelector"));
    selector_read(&t->namespace_labels, &p->keep, of_labels);
    t->key = keep_sym(&p->keep, obj_str(term, ".topologyKey"));
    t->namespaces = v;
    for (OBJ_EACH(ns, namespaces, "")) v[t->nnamespaces++] = keep_sym(&p->keep, obj_text(ns));
    if (!t->nnamespaces && !json_is(of_labels, JSON_OBJ)) v[t->nnamespaces++] = p->ns;
}

static void read_terms(struct pod_info *p, struct affinity_terms *out, const struct json *list)
{
    struct affinity_term *v = ARENA_ARRAY(&p->keep.arena, struct affinity_term, obj_count(list, ""));
    *out = (struct affinity_terms){.v = v};
    for (OBJ_EACH(it, list, "")) {
        const struct json *of_weighted = obj_get(it, ".podAffinityTerm");
        v[out->n].weight = (int)obj_int(it, ".weight", 0);
        read_term(p, &v[out->n++], of_weighted ? of_weighted : it);
    }
}

static void read_affinity(struct pod_info *p, const struct json *affinity)
{
    static const char required[] = "requiredDuringSchedulingIgnoredDuringExecution",
                      preferred[] = "preferredDuringSchedulingIgnoredDuringExecution";
    const struct json *nodes = json_getc(affinity, "nodeAffinity"), *pods = json_getc(affinity, "podAffinity"),
                      *anti = json_getc(affinity, "podAntiAffinity"), *hard = json_getc(nodes, required);
    p->has_required_nodes = json_is(hard, JSON_OBJ);
    node_terms_read(&p->required_nodes, &p->keep, json_getc(hard, "nodeSelectorTerms"));
    node_terms_read(&p->preferred_nodes, &p->keep, json_getc(nodes, preferred));
    read_terms(p, &p->affinity, json_getc(pods, required));
    read_terms(p, &p->preferred_affinity, json_getc(pods, preferred));
    read_terms(p, &p->anti_affinity, json_getc(anti, required));
    read_terms(p, &p->preferred_anti_affinity, json_getc(anti, preferred));
}

/* The pod's own values of these labels are asked of the others too. The API server writes this into the selectors of
 * new pods; here it is for those that never came through it. */
static void add_label_keys(struct pod_info *p, struct selector *s, const struct json *keys)
{
    size_t more = obj_count(keys, "");
    if (!more || s->nothing) return;
    struct requirement *v = ARENA_ARRAY(&p->keep.arena, struct requirement, (size_t)s->n + more);
    if (s->n) memcpy(v, s->v, (size_t)s->n * sizeof *v);
    s->v = v;
    for (OBJ_EACH(it, keys, "")) {
        const struct sym **value = ARENA_ARRAY(&p->keep.arena, const struct sym *, 1);
        const struct sym *key = keep_sym(&p->keep, obj_text(it));
        value[0] = key ? labels_get(&p->labels, key) : NULL;
        if (value[0]) v[s->n++] = (struct requirement){.key = key, .op = SELECT_IN, .values = value, .n = 1};
    }
}

void spread_read(struct spread *s, struct keep *k, const struct json *it)
{
    s->key = keep_sym(k, obj_str(it, ".topologyKey"));
    selector_read(&s->pods, k, obj_get(it, ".labelSelector"));
    s->max_skew = (int)obj_int(it, ".maxSkew", 1);
    s->min_domains = (int)obj_int(it, ".minDomains", 1);
    s->hard = obj_is(it, ".whenUnsatisfiable", "DoNotSchedule");
    s->honor_affinity = !obj_is(it, ".nodeAffinityPolicy", "Ignore");
    s->honor_taints = obj_is(it, ".nodeTaintsPolicy", "Honor");
}

static void read_spreads(struct pod_info *p, const struct json *spec)
{
    struct spread *v = ARENA_ARRAY(&p->keep.arena, struct spread, obj_count(spec, ".topologySpreadConstraints"));
    p->spreads = v;
    for (OBJ_EACH(it, spec, ".topologySpreadConstraints")) {
        struct spread *s = &v[p->nspreads++];
        spread_read(s, &p->keep, it);
        add_label_keys(p, &s->pods, obj_get(it, ".matchLabelKeys"));
    }
}

bool affinity_term_matches(const struct affinity_term *t, const struct pod_info *p,
                           const struct labels *namespace_labels)
{
    bool here = false;
    for (int i = 0; i < t->nnamespaces && !here; i++) here = t->namespaces[i] == p->ns;
    if (!here && !selector_matches(&t->namespace_labels, namespace_labels)) return false;
    return selector_matches(&t->pods, &p->labels);
}

/* ---- The pod ---- */

/* Keeps what was worked out elsewhere. */
static void keep_amounts(struct pod_info *p, struct amounts *to, const struct amounts *from)
{
    *to = *from;
    to->cap = 0;
    to->scalars = NULL;
    if (from->n) to->scalars = arena_memdup(&p->keep.arena, from->scalars, (size_t)from->n * sizeof *from->scalars);
}

static void read_request(struct pod_info *p, const struct json *pod, bool whole)
{
    struct arena scratch AUTO_ARENA = {0};
    struct amounts all;
    struct pod_scored scored;
    pod_request(pod, &scratch, &all, &p->non_zero);
    keep_amounts(p, &p->request, &all);
    if (!whole || !pod_request_of_containers(pod, &scratch, &all, &scored.non_zero)) return;
    keep_amounts(p, &scored.request, &all);
    p->scored = arena_memdup(&p->keep.arena, &scored, sizeof scored);
}

static bool was_preempted(const struct json *pod)
{
    const struct json *c = obj_condition(pod, "DisruptionTarget");
    return obj_is(c, ".status", "True") && obj_is(c, ".reason", "PreemptionByScheduler");
}

static void read_spec(struct pod_info *p, const struct json *spec)
{
    p->priority = (int)obj_int(spec, ".priority", 0);
    p->never_preempts = obj_is(spec, ".preemptionPolicy", "Never");
    p->scheduler = keep_sym(&p->keep, obj_str(spec, ".schedulerName"));
    p->node = p->wants_node = obj_str(spec, ".nodeName").n ? keep_sym(&p->keep, obj_str(spec, ".nodeName")) : NULL;
    read_all_ports(p, spec);
    read_volumes(p, spec);
    read_affinity(p, json_getc(spec, "affinity"));
    read_tolerations(p, spec);
    read_spreads(p, spec);
    read_images(p, spec);
    selector_read_map(&p->node_selector, &p->keep, json_getc(spec, "nodeSelector"));
}

struct pod_info *pod_info_new(const struct object *pod, bool whole)
{
    struct pod_info *p = xcalloc(1, sizeof *p);
    arena_init(&p->keep.arena, FIRST_BYTES);
    p->refs = 1;
    p->object = whole ? object_ref(pod) : NULL;
    p->name = str_copy(&p->keep.arena, pod->name);
    p->uid = str_copy(&p->keep.arena, pod->uid);
    p->ns = keep_sym(&p->keep, pod->ns.p ? pod->ns : STR(""));
    labels_read(&p->labels, &p->keep, pod->labels);
    p->deleting = obj_is_deleting(pod->root);
    p->preempted = was_preempted(pod->root);
    p->started_s = obj_time_s(pod->root, ".status.startTime", 0);
    p->created_s = obj_time_s(pod->root, ".metadata.creationTimestamp", 0);
    p->generation = obj_int(pod->root, ".metadata.generation", 0);
    struct str nominated = obj_str(pod->root, ".status.nominatedNodeName");
    if (nominated.n) p->nominated_node = keep_sym(&p->keep, nominated);
    read_request(p, pod->root, whole);
    read_spec(p, json_getc(pod->root, "spec"));
    p->claims = whole ? obj_get(pod->root, ".spec.resourceClaims") : NULL;
    return p;
}

struct pod_info *pod_info_on(const struct pod_info *p, const struct sym *node)
{
    struct pod_info *placed = pod_info_new(p->object, false);
    placed->node = keep_sym(&placed->keep, sym_str(node));
    return placed;
}

bool pod_asks_less(const struct pod_info *was, const struct pod_info *now)
{
    for (int id = 0; id < RES_FIRST_SCALAR; id++)
        if (now->request.basic[id] < was->request.basic[id]) return true;
    for (int i = 0; i < was->request.n; i++)
        if (amounts_get(&now->request, was->request.scalars[i].id) < was->request.scalars[i].v) return true;
    return false;
}

const struct pod_info *pod_info_ref(const struct pod_info *p)
{
    __atomic_fetch_add(&((struct pod_info *)(uintptr_t)p)->refs, 1, __ATOMIC_RELAXED);
    return p;
}

void pod_info_unref(const struct pod_info *held)
{
    struct pod_info *p = (struct pod_info *)(uintptr_t)held;
    if (!p || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL)) return;
    object_unref(p->object);
    keep_release(&p->keep);
    free(p);
}
