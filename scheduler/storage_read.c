/* storage_read.c - see storage_read.h.
 * Reads: claims, volumes, classes, CSINodes, CSIDrivers, VolumeAttachments, CSIStorageCapacities.   Writes: what is
 * compiled. */
#include "scheduler/storage_read.h"

#include "base/heap.h"
#include "scheduler/migration.h"

#define INFO(type, it) CONTAINER_OF(it, struct type, stored)

static struct qty amount_at(const struct json *obj, const char *path)
{
    struct qty q = {0};
    struct err e = ERR_INIT;
    struct str text = obj_str(obj, path);
    return text.n && qty_parse(text, &q, &e) ? q : (struct qty){0};
}

static const struct sym *text_at(struct keep *k, const struct json *obj, const char *path, struct str absent)
{
    struct str text = obj_str(obj, path);
    return keep_sym(k, text.n ? text : absent);
}

static unsigned modes_of(const struct json *obj)
{
    static const char *const modes[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"};
    unsigned set = 0;
    for (OBJ_EACH(mode, obj, ".spec.accessModes"))
        for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
            if (str_eqc(obj_text(mode), modes[i])) set |= 1u << i;
    return set;
}

static const struct sym *class_at(struct keep *k, const struct json *obj)
{
    struct str old = obj_map_str(obj, ".metadata.annotations", STR("volume.beta.kubernetes.io/storage-class"));
    if (!str_is_null(old)) return keep_sym(k, old);
    return text_at(k, obj, ".spec.storageClassName", STR(""));
}

void claim_read(struct stored *it, const struct object *o)
{
    struct claim_info *c = INFO(claim_info, it);
    struct keep *k = &it->keep;
    struct str volume = obj_str(o->root, ".spec.volumeName");
    const struct json *annotations = obj_get(o->root, ".metadata.annotations");
    c->uid = str_copy(&k->arena, o->uid);
    c->owner = str_copy(&k->arena, obj_str(obj_controller(o->root), ".uid"));
    c->volume = volume.n ? keep_sym(k, volume) : NULL;
    c->class = class_at(k, o->root);
    c->selected = keep_sym(k, obj_map_str(annotations, "", STR("volume.kubernetes.io/selected-node")));
    c->annotated = obj_count(annotations, "") > 0;
    c->mode = text_at(k, o->root, ".spec.volumeMode", STR("Filesystem"));
    c->attributes = text_at(k, o->root, ".spec.volumeAttributesClassName", STR(""));
    c->modes = modes_of(o->root);
    c->bound = volume.n && !str_is_null(obj_map_str(annotations, "", STR("pv.kubernetes.io/bind-completed")));
    c->lost = obj_is(o->root, ".status.phase", "Lost");
    c->deleting = obj_is_deleting(o->root);
    c->asks = obj_has(o->root, ".spec.resources.requests.storage");
    c->request = amount_at(o->root, ".spec.resources.requests.storage");
    c->has_selector = obj_has(o->root, ".spec.selector");
    selector_read(&c->selector, k, obj_get(o->root, ".spec.selector"));
}

/* ---- Volumes ---- */

/* What a volume is to its CSI driver, or to the one that took over. */
static void read_driver(struct volume_info *v, struct keep *k, const struct json *pv)
{
    struct str handle;
    struct err e = ERR_INIT;
    v->is_csi = obj_has(pv, ".spec.csi");
    v->plugin = v->is_csi ? MIGRATION_NONE : migration_of_source(obj_get(pv, ".spec"));
    if (v->is_csi) {
        v->driver = text_at(k, pv, ".spec.csi.driver", STR(""));
        v->handle = text_at(k, pv, ".spec.csi.volumeHandle", STR(""));
        return;
    }
    if (!migration_is_on(v->plugin)) return;
    if (!migration_volume_handle(&k->arena, v->plugin, pv, &handle, &e)) {
        v->bad = arena_printf(&k->arena, "could not translate pv: %s", e.text);
        return;
    }
    v->driver = keep_sym(k, str_of(migration_driver(v->plugin)));
    v->handle = keep_sym(k, handle);
    struct arena scratch AUTO_ARENA = {0};
    const struct json *terms = migration_terms(&scratch, v->plugin, pv);
    v->has_migrated_affinity = terms != NULL;
    node_terms_read(&v->migrated, k, terms);
}

void volume_read(struct stored *it, const struct object *o)
{
    struct volume_info *v = INFO(volume_info, it);
    struct keep *k = &it->keep;
    const struct json *ref = obj_get(o->root, ".spec.claimRef"), *terms;
    v->class = class_at(k, o->root);
    v->mode = text_at(k, o->root, ".spec.volumeMode", STR("Filesystem"));
    v->attributes = text_at(k, o->root, ".spec.volumeAttributesClassName", STR(""));
    v->capacity = amount_at(o->root, ".spec.capacity.storage");
    v->modes = modes_of(o->root);
    v->available = obj_is(o->root, ".status.phase", "Available");
    v->deleting = obj_is_deleting(o->root);
    if (json_is(ref, JSON_OBJ)) {
        v->listed.ns = text_at(k, ref, ".namespace", STR(""));
        v->listed.name = text_at(k, ref, ".name", STR(""));
        v->listed.uid = str_copy(&k->arena, obj_str(ref, ".uid"));
        v->claim = v->listed;
    }
    labels_read(&v->labels, k, o->labels);
    terms = obj_get(o->root, ".spec.nodeAffinity.required.nodeSelectorTerms");
    v->has_affinity = obj_has(o->root, ".spec.nodeAffinity.required");
    node_terms_read(&v->affinity, k, terms);
    read_driver(v, k, o->root);
    it->other =
        v->claim.ns ? (struct symmap_item){.a = v->claim.ns, .b = v->claim.name} : (struct symmap_item){.b = v->class};
}

/* ---- Classes ---- */

/* allowedTopologies as terms of labels. */
static void read_topologies(struct class_info *c, struct keep *k, const struct json *list)
{
    struct node_term *v = ARENA_ARRAY(&k->arena, struct node_term, obj_count(list, ""));
    c->has_topologies = obj_count(list, "") > 0;
    c->topologies.v = v;
    for (OBJ_EACH(term, list, "")) {
        struct node_term *t = &v[c->topologies.n++];
        struct requirement *r = ARENA_ARRAY(&k->arena, struct requirement, obj_count(term, ".matchLabelExpressions"));
        t->labels.v = r;
        for (OBJ_EACH(e, term, ".matchLabelExpressions")) {
            const struct sym **values = ARENA_ARRAY(&k->arena, const struct sym *, obj_count(e, ".values"));
            struct requirement *to = &r[t->labels.n++];
            *to = (struct requirement){.key = text_at(k, e, ".key", STR("")), .op = SELECT_IN, .values = values};
            for (OBJ_EACH(value, e, ".values")) values[to->n++] = text_at(k, value, "", STR(""));
        }
        t->labels.nothing = t->labels.n == 0;
    }
}

void class_read(struct stored *it, const struct object *o)
{
    struct class_info *c = INFO(class_info, it);
    struct keep *k = &it->keep;
    struct str provisioner = obj_str(o->root, ".provisioner"), mode = obj_str(o->root, ".volumeBindingMode");
    c->provisioner = text_at(k, o->root, ".provisioner", STR(""));
    c->provisions = provisioner.n && !str_eqc(provisioner, "kubernetes.io/no-provisioner");
    c->plugin = migration_of_name(provisioner);
    if (!c->plugin)
        c->driver = c->provisioner;
    else if (migration_is_on(c->plugin))
        c->driver = keep_sym(k, str_of(migration_driver(c->plugin)));
    c->has_mode = !str_is_null(mode);
    c->waits = str_eqc(mode, "WaitForFirstConsumer");
    read_topologies(c, k, obj_get(o->root, ".allowedTopologies"));
}

/* ---- CSI ---- */

void csinode_read(struct stored *it, const struct object *o)
{
    struct csinode_info *n = INFO(csinode_info, it);
    struct volume_limit *limits =
        ARENA_ARRAY(&it->keep.arena, struct volume_limit, obj_count(o->root, ".spec.drivers"));
    n->migrated = migration_of_csinode(o->root);
    n->limits = limits;
    for (OBJ_EACH(d, o->root, ".spec.drivers")) {
        if (!obj_has(d, ".allocatable.count")) continue;
        limits[n->nlimits++] =
            (struct volume_limit){text_at(&it->keep, d, ".name", STR("")), obj_int(d, ".allocatable.count", 0)};
    }
}

void driver_read(struct stored *it, const struct object *o)
{
    INFO(driver_info, it)->tracks_capacity = obj_bool(o->root, ".spec.storageCapacity", false);
}

void attachment_read(struct stored *it, const struct object *o)
{
    struct attachment_info *a = INFO(attachment_info, it);
    a->driver = text_at(&it->keep, o->root, ".spec.attacher", STR_NULL);
    a->volume = keep_sym(&it->keep, obj_str(o->root, ".spec.source.persistentVolumeName"));
    it->other.a = text_at(&it->keep, o->root, ".spec.nodeName", STR(""));
}

/* The value that one label of its nodes must have; NULL: none must have a particular one. */
static const struct sym *value_of(const struct selector *s)
{
    for (int i = 0; i < s->n; i++)
        if (s->v[i].op == SELECT_IN && s->v[i].n == 1) return s->v[i].values[0];
    return NULL;
}

void capacity_read(struct stored *it, const struct object *o)
{
    struct capacity_info *c = INFO(capacity_info, it);
    const char *path = obj_has(o->root, ".maximumVolumeSize") ? ".maximumVolumeSize" : ".capacity";
    struct qty limit = amount_at(o->root, path);
    c->limited = obj_has(o->root, path);
    c->limit = qty_value(&limit);
    selector_read(&c->nodes, &it->keep, obj_get(o->root, ".nodeTopology"));
    it->other.a = text_at(&it->keep, o->root, ".storageClassName", STR(""));
    it->other.b = value_of(&c->nodes);
}
