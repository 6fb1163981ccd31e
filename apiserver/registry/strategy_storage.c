/* strategy_storage.c - PersistentVolume and PersistentVolumeClaim
 * (pkg/registry/core/{persistentvolume,persistentvolumeclaim}).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_storage.h"
#include "apiserver/object/claim_class.h"
#include "base/clk.h"

static bool same(const struct json *a, const struct json *b) { return a == b || (a && b && json_equal(a, b)); }

/* ---- PersistentVolume ---- */

static void volume_prepare_create(struct arena *a, struct json *pv, int64_t now_ns)
{
    struct json *status = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Pending");
    obj_put_time(a, status, ".lastPhaseTransitionTime", now_ns / 1000000000);
    obj_put(a, pv, ".status", status);
}

/* Who changes the phase need not say when. */
static void volume_prepare_update(struct arena *a, struct json *pv, const struct json *old, const char *sub)
{
    static const char since[] = ".status.lastPhaseTransitionTime";
    if (!sub || str_eq(obj_str(pv, ".status.phase"), obj_str(old, ".status.phase"))) return;
    struct str said = obj_str(pv, since);
    if (!said.n || str_eq(said, obj_str(old, since))) obj_put_time(a, pv, since, clk_s());
}

static void volume_check_create(struct check *c, const struct json *pv) { check_volume_spec(c, obj_get(pv, ".spec")); }

/* The source but for the secret that may be added once. */
static const struct json *fixed_source(struct arena *a, const struct json *spec, const struct json *old)
{
    const struct json *source = volume_source(spec);
    if (!obj_has(spec, ".csi.controllerExpandSecretRef") || obj_has(old, ".csi.controllerExpandSecretRef"))
        return source;
    struct json *copy = json_copy(a, source);
    obj_del(copy, ".controllerExpandSecretRef");
    return copy;
}

static void volume_check_update(struct check *c, const struct json *pv, const struct json *old, const char *sub)
{
    const struct json *spec = obj_get(pv, ".spec"), *was = obj_get(old, ".spec");
    if (sub) return;
    check_volume_spec(c, spec);
    const struct json *source = fixed_source(c->arena, spec, was), *old_source = volume_source(was);
    if (!source || !old_source || !str_eq(obj_key(source), obj_key(old_source)) || !same(source, old_source))
        check_forbidden(c, "spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
    if (!same(obj_get(spec, ".volumeMode"), obj_get(was, ".volumeMode")))
        check_invalid(c, "volumeMode", obj_get(spec, ".volumeMode"), "field is immutable");
    if (obj_has(was, ".nodeAffinity") && !same(obj_get(spec, ".nodeAffinity"), obj_get(was, ".nodeAffinity")))
        check_invalid(c, "nodeAffinity", obj_get(spec, ".nodeAffinity"), "field is immutable");
    if (obj_has(was, ".volumeAttributesClassName") && !obj_has(spec, ".volumeAttributesClassName"))
        check_forbidden(c, "spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
}

const struct strategy strategy_persistent_volume = {
    .prepare_create = volume_prepare_create,
    .prepare_update = volume_prepare_update,
    .check_create = volume_check_create,
    .check_update = volume_check_update,
};

/* ---- PersistentVolumeClaim ---- */

/* A source that is neither a claim nor a snapshot counts for nothing in dataSource; in dataSourceRef it does. */
static bool is_old_source(const struct json *source)
{
    struct str group = obj_str(source, ".apiGroup");
    return (!group.n && obj_is(source, ".kind", "PersistentVolumeClaim")) ||
           (str_eqc(group, "snapshot.storage.k8s.io") && obj_is(source, ".kind", "VolumeSnapshot"));
}

static void claim_prepare_create(struct arena *a, struct json *claim, int64_t now_ns)
{
    (void)now_ns;
    struct json *status = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Pending");
    obj_put(a, claim, ".status", status);
    if (obj_has(claim, ".spec.dataSource") && !obj_has(claim, ".spec.dataSourceRef") &&
        !is_old_source(obj_get(claim, ".spec.dataSource")))
        obj_del(claim, ".spec.dataSource");
    const struct json *source = obj_get(claim, ".spec.dataSource"), *ref = obj_get(claim, ".spec.dataSourceRef");
    if (source && !ref) obj_put_copy(a, claim, ".spec.dataSourceRef", source);
    if (ref && !source && !obj_str(ref, ".namespace").n) obj_put_copy(a, claim, ".spec.dataSource", ref);
}

static void claim_check_create(struct check *c, const struct json *claim)
{
    check_claim_spec(c, obj_get(claim, ".spec"));
}

static void put_as(struct arena *a, struct json *spec, const char *path, const struct json *value)
{
    if (value)
        obj_put_copy(a, spec, path, value);
    else
        obj_del(spec, path);
}

/* The new spec with all that may change set back to what it was: equal to the old one when the update is fine. */
static const struct json *set_back(struct arena *a, const struct json *claim, const struct json *old)
{
    const struct json *was = obj_get(old, ".spec");
    struct json *spec = json_copy(a, obj_get(claim, ".spec"));
    bool bound = obj_is(claim, ".status.phase", "Bound");
    if (!obj_str(was, ".volumeName").n) obj_del(spec, ".volumeName"); /* may be set once */
    if (!claim_names_class(old) && obj_has(spec, ".storageClassName")) obj_del(spec, ".storageClassName");
    if (bound && obj_has(spec, ".resources.requests"))
        put_as(a, spec, ".resources.requests.storage", obj_get(was, ".resources.requests.storage"));
    if (bound && obj_has(spec, ".volumeAttributesClassName"))
        put_as(a, spec, ".volumeAttributesClassName", obj_get(was, ".volumeAttributesClassName"));
    return spec;
}

static int compare_sizes(const struct json *x, const char *x_path, const struct json *y, const char *y_path)
{
    struct qty a = {0}, b = {0};
    struct err e = ERR_INIT;
    bool has_a = qty_parse(obj_str(x, x_path), &a, &e), has_b = qty_parse(obj_str(y, y_path), &b, &e);
    return qty_cmp(has_a ? &a : &(struct qty){0}, has_b ? &b : &(struct qty){0});
}

static void check_attributes_class(struct check *c, const struct json *spec, const struct json *was)
{
    static const char path[] = ".volumeAttributesClassName";
    if (!obj_has(was, path) || same(obj_get(spec, path), obj_get(was, path))) return;
    if (!obj_has(spec, path))
        check_forbidden(c, "spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
    else if (!obj_str(spec, path).n)
        check_forbidden(c, "spec.volumeAttributesClassName",
                        "update from non-nil value to an empty string is forbidden");
}

static void claim_check_update(struct check *c, const struct json *claim, const struct json *old, const char *sub)
{
    static const char size[] = ".spec.resources.requests.storage";
    const struct json *spec = obj_get(claim, ".spec"), *was = obj_get(old, ".spec");
    if (sub) return;
    check_claim_spec(c, spec);
    if (!json_equal(set_back(c->arena, claim, old), was))
        check_forbidden(c, "spec",
                        "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
                        "bound claims");
    if (compare_sizes(claim, size, old, size) < 0 && compare_sizes(claim, size, old, ".status.capacity.storage") <= 0)
        check_forbidden(c, "spec.resources.requests.storage", "field can not be less than status.capacity");
    if (!same(obj_get(spec, ".volumeMode"), obj_get(was, ".volumeMode")))
        check_invalid(c, "volumeMode", obj_get(spec, ".volumeMode"), "field is immutable");
    check_attributes_class(c, spec, was);
}

const struct strategy strategy_persistent_volume_claim = {
    .prepare_create = claim_prepare_create,
    .check_create = claim_check_create,
    .check_update = claim_check_update,
};
