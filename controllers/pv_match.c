/* pv_match.c - which volume suits a claim (component-helpers/storage/volume/pv_helpers.go,
 * pkg/controller/volume/persistentvolume/index.go). Pure.
 * Reads: volumes, claims.   Writes: nothing. */
#include "api/quantity.h"
#include "api/selector.h"
#include "controllers/pv.h"

/* ---- Words ---- */

struct str pv_annotation(const struct json *obj, const char *name)
{
    return obj_map_str(obj, ".metadata.annotations", str_of(name));
}

static struct str class_text(const struct json *obj)
{
    struct str old = pv_annotation(obj, "volume.beta.kubernetes.io/storage-class");
    return str_is_null(old) ? obj_str(obj, ".spec.storageClassName") : old;
}

bool pv_names_class(const struct json *obj) { return !str_is_null(class_text(obj)); }

struct str pv_class_of(const struct json *obj)
{
    struct str class = class_text(obj);
    return class.n ? class : STR("");
}

bool pv_is_for_claim(const struct json *pv, const struct object *claim)
{
    const struct json *ref = obj_get(pv, ".spec.claimRef");
    struct str uid = obj_str(ref, ".uid");
    return ref && str_eq(obj_str(ref, ".name"), claim->name) && str_eq(obj_str(ref, ".namespace"), claim->ns) &&
           (!uid.n || str_eq(uid, claim->uid));
}

/* ---- What both must agree on ---- */

static const char *const modes[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"};
enum { MODE_SETS = 1 << ARRAY_LEN(modes) };

static unsigned modes_of(const struct json *obj)
{
    unsigned set = 0;
    for (OBJ_EACH(mode, obj, ".spec.accessModes"))
        for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
            if (str_eqc(obj_text(mode), modes[i])) set |= 1u << i;
    return set;
}

static struct qty size_at(const struct json *obj, const char *path)
{
    struct qty q = {0};
    struct err e = ERR_INIT;
    struct str text = obj_str(obj, path);
    return text.n && qty_parse(text, &q, &e) ? q : (struct qty){0};
}

static bool is_large_enough(const struct json *pv, const struct json *claim)
{
    struct qty has = size_at(pv, ".spec.capacity.storage"), wants = size_at(claim, ".spec.resources.requests.storage");
    return qty_cmp(&has, &wants) >= 0;
}

/* Absent means Filesystem for the mode, "" for the class of attributes. */
static bool agree(const struct json *pv, const struct json *claim, const char *path, struct str absent)
{
    struct str x = obj_str(pv, path), y = obj_str(claim, path);
    return str_eq(x.n ? x : absent, y.n ? y : absent);
}

static bool has_same_mode(const struct json *pv, const struct json *claim)
{
    return agree(pv, claim, ".spec.volumeMode", STR("Filesystem"));
}

static bool has_same_attributes(const struct json *pv, const struct json *claim)
{
    return agree(pv, claim, ".spec.volumeAttributesClassName", STR(""));
}

const char *pv_mismatch(const struct json *pv, const struct json *claim)
{
    unsigned wants = modes_of(claim);
    if (!is_large_enough(pv, claim)) return "requested PV is too small";
    if (!str_eq(pv_class_of(pv), pv_class_of(claim))) return "storageClassName does not match";
    if (!has_same_attributes(pv, claim)) return "volumeAttributesClassName does not match";
    if (!has_same_mode(pv, claim)) return "incompatible volumeMode";
    if ((modes_of(pv) & wants) != wants) return "incompatible accessMode";
    return NULL;
}

/* ---- Indexes ---- */

bool pv_index(const struct object *pv, struct buf *out)
{
    const struct json *ref = obj_get(pv->root, ".spec.claimRef");
    struct str class = pv_class_of(pv->root);
    if (ref)
        buf_addf(out, "ref/%.*s/%.*s", STR_ARG(obj_str(ref, ".namespace")), STR_ARG(obj_str(ref, ".name")));
    else if (obj_is(pv->root, ".status.phase", "Available"))
        buf_addf(out, "free/%u/%.*s", modes_of(pv->root), STR_ARG(class));
    return out->n > 0;
}

bool pv_claim_index(const struct object *claim, struct buf *out)
{
    struct str volume = obj_str(claim->root, ".spec.volumeName");
    if (volume.n)
        buf_addf(out, "/%.*s", STR_ARG(volume));
    else
        buf_str(out, pv_class_of(claim->root));
    return true;
}

/* Sets of modes with all that is asked for, fewest first: a volume that can do less is kept for nobody. */
int pv_buckets(struct arena *a, const struct object *claim, struct str keys[PV_BUCKETS_MAX])
{
    struct str class = pv_class_of(claim->root);
    unsigned wants = modes_of(claim->root);
    int n = 0;
    keys[n++] = str_printf(a, "ref/%.*s/%.*s", STR_ARG(claim->ns), STR_ARG(claim->name));
    for (int bits = 1; bits <= (int)ARRAY_LEN(modes); bits++)
        for (unsigned set = 1; set < MODE_SETS && n < PV_BUCKETS_MAX; set++)
            if (__builtin_popcount(set) == bits && (set & wants) == wants)
                keys[n++] = str_printf(a, "free/%u/%.*s", set, STR_ARG(class));
    return n;
}

/* ---- The best of a bucket ---- */

static bool selects(const struct json *claim, const struct object *pv)
{
    struct arena a AUTO_ARENA = {0};
    struct selector s;
    struct err e = ERR_INIT;
    const struct json *selector = obj_get(claim, ".spec.selector");
    return !selector || (sel_from_object(&a, selector, &s, &e) && sel_match(&s, pv->labels));
}

const struct object *pv_best(const struct objs *bucket, const struct object *claim)
{
    const struct object *best = NULL;
    unsigned wants = modes_of(claim->root);
    for (size_t i = 0; i < bucket->count; i++) {
        const struct object *pv = bucket->items[i];
        bool reserved = obj_has(pv->root, ".spec.claimRef");
        if (reserved && !pv_is_for_claim(pv->root, claim)) continue;
        if (obj_is_deleting(pv->root) || (modes_of(pv->root) & wants) != wants ||
            !is_large_enough(pv->root, claim->root))
            continue;
        if (!has_same_mode(pv->root, claim->root) || !has_same_attributes(pv->root, claim->root)) continue;
        if (reserved) return pv;
        if (!selects(claim->root, pv)) continue;
        struct qty size = size_at(pv->root, ".spec.capacity.storage"),
                   least = size_at(best ? best->root : NULL, ".spec.capacity.storage");
        if (!best || qty_cmp(&size, &least) < 0) best = pv;
    }
    return best;
}
