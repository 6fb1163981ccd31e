/* statefulset_claim.c - the PersistentVolumeClaims of a StatefulSet's pods: making them, and whom they go with.
 * Reads: the set, PersistentVolumeClaims.   Writes: PersistentVolumeClaims, Events. */
#include "controllers/statefulset.h"

#define CLAIMS "v1/persistentvolumeclaims"

/* ---- Owners ---- */

enum ref { REF_OTHER, REF_OURS, REF_STALE }; /* stale: a former object of our name */

static enum ref classify(const struct json *ref, const struct object *who, const char *kind, struct str name)
{
    if (who && str_eq(obj_str(ref, ".uid"), who->uid)) return REF_OURS;
    return obj_is(ref, ".kind", kind) && str_eq(obj_str(ref, ".name"), name) ? REF_STALE : REF_OTHER;
}

static bool wants(const struct object *set, const char *when)
{
    return obj_is(obj_get(set->root, ".spec.persistentVolumeClaimRetentionPolicy"), when, "Delete");
}

static void push_owner(struct arena *a, struct json *holder, const struct object *owner)
{
    struct json *one = obj_empty(a), *ref = obj_append(a, holder, ".refs");
    obj_put_owner(a, one, owner->root);
    for (OBJ_EACH(m, obj_first(one, ".metadata.ownerReferences"), ""))
        obj_put_copy(a, ref, arena_printf(a, ".%.*s", STR_ARG(obj_key(m))), m);
}

struct claim_refs { /* what the references of a claim say */
    bool to_set, to_pod, stale, foreign, no_controller;
    struct json *others; /* {"refs": [those of neither]} */
};

static void read_refs(struct arena *a, const struct object *set, const struct object *pod, struct str pod_name,
                      const struct object *claim, struct claim_refs *r)
{
    *r = (struct claim_refs){.others = obj_empty(a)};
    obj_put(a, r->others, ".refs", obj_list(a));
    for (OBJ_EACH(ref, claim->root, ".metadata.ownerReferences")) {
        enum ref of_set = classify(ref, set, "StatefulSet", set->name), of_pod = classify(ref, pod, "Pod", pod_name);
        bool controls = obj_bool(ref, ".controller", false);
        if (of_set == REF_STALE || of_pod == REF_STALE) r->stale = true;
        if (of_set != REF_OTHER || of_pod != REF_OTHER) {
            r->to_set = r->to_set || of_set == REF_OURS;
            r->to_pod = r->to_pod || of_pod == REF_OURS;
            r->no_controller = r->no_controller || !controls;
            continue;
        }
        r->foreign = r->foreign || controls;
        struct json *copy = obj_append(a, r->others, ".refs");
        for (OBJ_EACH(m, ref, "")) obj_put_copy(a, copy, arena_printf(a, ".%.*s", STR_ARG(obj_key(m))), m);
    }
}

/* whenDeleted: with the set; whenScaled: with its pod, once the pod is beyond what the set wants. Claims that another
 * controller or a former namesake has are left to them. */
struct json *statefulset_claim_owners(struct arena *a, const struct object *set, const struct object *pod,
                                      int64_t ordinal, const struct object *claim)
{
    struct claim_refs r;
    bool with_pod = wants(set, ".whenScaled") && statefulset_is_surplus(set, ordinal);
    bool with_set = wants(set, ".whenDeleted") && !with_pod;
    read_refs(a, set, pod, statefulset_pod_name(a, set, ordinal), claim, &r);
    if (r.stale || (with_pod && !pod)) return NULL;
    if (r.foreign) return r.to_set || r.to_pod ? obj_edit(r.others, ".refs") : NULL;
    if (r.to_set == with_set && r.to_pod == with_pod && !r.no_controller) return NULL;
    if (with_pod) push_owner(a, r.others, pod);
    if (with_set) push_owner(a, r.others, set);
    return obj_edit(r.others, ".refs");
}

bool statefulset_own_claims(struct ctl *c, const struct object *set, const struct object *pod, int64_t ordinal,
                            bool *changed, struct outcome *out)
{
    for (OBJ_EACH(t, set->root, ".spec.volumeClaimTemplates")) {
        const struct object *claim AUTO_OBJ =
            ctl_get(c, CLAIMS, set->ns, statefulset_claim_name(out->arena, set, t, ordinal));
        const struct json *owners = claim ? statefulset_claim_owners(out->arena, set, pod, ordinal, claim) : NULL;
        if (!owners) continue;
        struct json *now = obj_copy(out->arena, claim->root);
        struct err e = ERR_INIT;
        obj_del(now, ".metadata.ownerReferences");
        if (obj_count(owners, "")) obj_put_copy(out->arena, now, ".metadata.ownerReferences", owners);
        if (!rest_update(ctl_rest(c), CLAIMS, NULL, now, NULL, &e)) {
            ctl_fail(out, &e);
            return false;
        }
        *changed = true;
    }
    return true;
}

bool statefulset_claim_is_stale(struct ctl *c, const struct object *set, int64_t ordinal)
{
    struct arena a AUTO_ARENA = {0};
    if (!wants(set, ".whenScaled")) return false;
    struct str pod = statefulset_pod_name(&a, set, ordinal);
    for (OBJ_EACH(t, set->root, ".spec.volumeClaimTemplates")) {
        const struct object *claim AUTO_OBJ = ctl_get(c, CLAIMS, set->ns, statefulset_claim_name(&a, set, t, ordinal));
        for (const struct json *ref = claim ? obj_first(claim->root, ".metadata.ownerReferences") : NULL; ref;
             ref = obj_next(ref))
            if (classify(ref, NULL, "Pod", pod) == REF_STALE) return true;
    }
    return false;
}

/* ---- Making them ---- */

static struct json *new_claim(struct arena *a, const struct object *set, const struct json *tmpl, struct str name)
{
    struct json *claim = obj_new(a, "v1", "PersistentVolumeClaim");
    obj_put_copy(a, claim, ".metadata", obj_get(tmpl, ".metadata"));
    obj_put_str(a, claim, ".metadata.name", name);
    obj_put_str(a, claim, ".metadata.namespace", set->ns);
    for (OBJ_EACH(l, set->root, ".spec.selector.matchLabels"))
        obj_map_put_str(a, claim, ".metadata.labels", obj_key(l), obj_text(l));
    obj_put_copy(a, claim, ".spec", obj_get(tmpl, ".spec"));
    return claim;
}

static bool make_claim(struct ctl *c, const struct object *set, const struct json *tmpl, int64_t ordinal,
                       struct outcome *out)
{
    struct str name = statefulset_claim_name(out->arena, set, tmpl, ordinal);
    struct str pod = statefulset_pod_name(out->arena, set, ordinal);
    const struct object *there AUTO_OBJ = ctl_get(c, CLAIMS, set->ns, name);
    struct err e = ERR_INIT;
    if (there && obj_is_deleting(there->root)) {
        err_set(&e, ERR_CONFLICT, "pvc %.*s is being deleted", STR_ARG(name));
        ctl_fail(out, &e);
        return false;
    }
    if (there) return true;
    if (rest_create(ctl_rest(c), CLAIMS, set->ns, new_claim(out->arena, set, tmpl, name), NULL, &e)) {
        ctl_event(c, set, "Normal", "SuccessfulCreate", "create Claim %.*s Pod %.*s in StatefulSet %.*s success",
                  STR_ARG(name), STR_ARG(pod), STR_ARG(set->name));
        return true;
    }
    if (e.code == ERR_ALREADY_EXISTS) return true; /* the cache was behind */
    ctl_event(c, set, "Warning", "FailedCreate", "create Claim %.*s for Pod %.*s in StatefulSet %.*s failed error: %s",
              STR_ARG(name), STR_ARG(pod), STR_ARG(set->name), e.text);
    struct err why = ERR_INIT;
    err_set(&why, e.code, "failed to create PVC %.*s: %s", STR_ARG(name), e.text);
    ctl_fail(out, &why);
    return false;
}

bool statefulset_make_claims(struct ctl *c, const struct object *set, int64_t ordinal, struct outcome *out)
{
    bool ok = true;
    for (OBJ_EACH(t, set->root, ".spec.volumeClaimTemplates")) ok = make_claim(c, set, t, ordinal, out) && ok;
    return ok;
}
