/* strategy_csi.c - CSIDriver, CSINode, CSIStorageCapacity, VolumeAttributesClass (pkg/registry/storage,
 * pkg/apis/storage/validation/validation.go).
 * Reads and writes: the request's trees; struct check. */
#include "apiserver/object/hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_storage.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "base/map.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* ---- CSIDriver ---- */

enum { TOKEN_S_MIN = 600, UPDATE_S_MIN = 10 };
static const int64_t token_s_max = INT64_C(1) << 32;

static void check_token_age(struct check *c, const struct json *token)
{
    const struct json *seconds = obj_get(token, ".expirationSeconds");
    if (!seconds) return;
    if (obj_number(seconds, 0) < TOKEN_S_MIN)
        check_invalid(c, "expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
    if (obj_number(seconds, 0) > token_s_max)
        check_invalid(c, "expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
}

static void check_tokens(struct check *c, const struct json *tokens)
{
    struct map seen = {0};
    size_t mark = check_member(c, "tokenRequests"), i = 0;
    for (OBJ_EACH(it, tokens, "")) {
        size_t at = check_index(c, i++);
        if (check_unique(c, "audience", obj_str(it, ".audience"), &seen)) check_token_age(c, it);
        check_pop(c, at);
    }
    map_release(&seen, NULL);
    check_pop(c, mark);
}

static void check_modes(struct check *c, const struct json *modes)
{
    static const char *const known[] = {"Persistent", "Ephemeral", NULL};
    for (OBJ_EACH(it, modes, ""))
        if (!str_eqc(obj_text(it), known[0]) && !str_eqc(obj_text(it), known[1]))
            check_not_supported(c, "volumeLifecycleModes", it, known);
}

static void check_group_policy(struct check *c, const struct json *policy)
{
    static const char *const known[] = {"File", "None", "ReadWriteOnceWithFSType", NULL};
    for (int i = 0; known[i]; i++)
        if (!policy || str_eqc(obj_text(policy), known[i])) return;
    check_not_supported(c, "fsGroupPolicy", policy, known);
}

static void check_driver_spec(struct check *c, const struct json *driver)
{
    const struct json *spec = obj_get(driver, ".spec"), *period = obj_get(spec, ".nodeAllocatableUpdatePeriodSeconds"),
                      *in_secrets = obj_get(spec, ".serviceAccountTokenInSecrets");
    size_t mark = check_member(c, "spec");
    check_group_policy(c, obj_get(spec, ".fsGroupPolicy"));
    check_tokens(c, obj_get(spec, ".tokenRequests"));
    check_modes(c, obj_get(spec, ".volumeLifecycleModes"));
    if (period && obj_number(period, 0) < UPDATE_S_MIN)
        check_invalid(c, "nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds");
    if (in_secrets && !obj_count(spec, ".tokenRequests"))
        check_invalid(c, "serviceAccountTokenInSecrets", in_secrets,
                      "serviceAccountTokenInSecrets is set but no tokenRequests are specified");
    check_pop(c, mark);
}

/* type CSIDriver check=fn:csi_driver whole */
void check_csi_driver(struct check *c, const struct json *driver, const struct json *old)
{
    const struct json *required = obj_get(driver, ".spec.attachRequired");
    (old ? check_meta_update : check_meta)(c);
    check_driver_spec(c, driver);
    if (!old) return;
    check_same(c, "spec.attachedRequired", required, obj_get(old, ".spec.attachRequired")); /* upstream's slip */
    check_fixed(c, ".spec.volumeLifecycleModes", NULL);
}

/* A field of a feature that is off by default. */
static void drop_scheduling(struct json *driver) { obj_del(driver, ".spec.preventPodSchedulingIfMissing"); }

static void driver_prepare_create(struct arena *a, struct json *driver, int64_t now_ns)
{
    (void)a, (void)now_ns;
    drop_scheduling(driver);
}

/* Its generation counts changes, from none at first. */
static void driver_prepare_update(struct arena *a, struct json *driver, const struct json *old, const char *sub)
{
    (void)sub;
    if (!obj_has(old, ".spec.preventPodSchedulingIfMissing")) drop_scheduling(driver);
    if (!json_equal(obj_get(driver, ".spec"), obj_get(old, ".spec")))
        obj_put_int(a, driver, ".metadata.generation", obj_int(old, ".metadata.generation", 0) + 1);
}

const struct strategy strategy_csi_driver = {.prepare_create = driver_prepare_create,
                                             .prepare_update = driver_prepare_update};

/* ---- CSINode ---- */

enum { NODE_ID_MAX = 256 };

static void check_topology_keys(struct check *c, const struct json *keys)
{
    struct map seen = {0};
    for (OBJ_EACH(it, keys, "")) { /* upstream names the driver, not the key's place */
        struct str key = obj_text(it);
        if (!key.n) check_required(c, NULL, "");
        (void)check_unique(c, NULL, key, &seen);
        check_name_by(c, NULL, key, name_qualified);
    }
    map_release(&seen, NULL);
}

static void check_node_driver(struct check *c, const struct json *driver)
{
    struct str id = obj_str(driver, ".nodeID");
    const struct json *count = obj_get(driver, ".allocatable.count");
    check_driver_name(c, "name", obj_str(driver, ".name"));
    if (!id.n) check_required(c, "nodeID", "");
    if (id.n > NODE_ID_MAX) check_invalid_str(c, "nodeID", id, "must be 256 characters or less");
    if (count && obj_number(count, 0) < 0)
        check_invalid(c, "allocatable.count", count, "must be greater than or equal to 0");
}

static void check_node_drivers(struct check *c, const struct json *node)
{
    struct map seen = {0};
    size_t mark = check_member(c, "spec.drivers"), i = 0;
    for (OBJ_EACH(it, node, ".spec.drivers")) {
        size_t at = check_index(c, i++);
        check_node_driver(c, it);
        (void)check_unique(c, "name", obj_str(it, ".name"), &seen);
        check_topology_keys(c, obj_get(it, ".topologyKeys"));
        check_pop(c, at);
    }
    map_release(&seen, NULL);
    check_pop(c, mark);
}

/* All of a driver but how many volumes it takes. */
static struct json *fixed_part(struct arena *a, const struct json *driver)
{
    struct json *copy = json_copy(a, driver);
    obj_del(copy, ".allocatable");
    return copy;
}

static void check_drivers_kept(struct check *c, const struct json *node, const struct json *old)
{
    struct map now = {0};
    for (OBJ_EACH(it, node, ".spec.drivers")) map_set(&now, obj_str(it, ".name"), (void *)(uintptr_t)it);
    for (OBJ_EACH(was, old, ".spec.drivers")) {
        const struct json *driver = map_get(&now, obj_str(was, ".name"));
        struct json *fixed = driver ? fixed_part(c->arena, driver) : NULL;
        if (driver && !json_equal(fixed, fixed_part(c->arena, was)))
            check_invalid_inner(c, "spec.drivers", &type_storage_k8s_io_v1_CSINodeDriver, fixed, "field is immutable");
    }
    map_release(&now, NULL);
}

/* type CSINode check=fn:csi_node whole */
void check_csi_node(struct check *c, const struct json *node, const struct json *old)
{
    check_meta(c);
    check_node_drivers(c, node);
    if (old) check_drivers_kept(c, node, old);
}

/* ---- CSIStorageCapacity ---- */

/* type CSIStorageCapacity check=fn:csi_storage_capacity whole */
void check_csi_storage_capacity(struct check *c, const struct json *capacity, const struct json *old)
{
    check_meta(c);
    check_selector_rules(c, "nodeTopology", obj_get(capacity, ".nodeTopology"));
    check_name_by(c, "storageClassName", obj_str(capacity, ".storageClassName"), name_dns1123_subdomain);
    check_quantity(c, "capacity", obj_get(capacity, ".capacity"));
    if (!old) return;
    check_meta_update(c);
    check_fixed(c, ".nodeTopology", NULL);
    check_fixed(c, ".storageClassName", NULL);
}

/* ---- VolumeAttributesClass ---- */

static void check_class_kept(struct check *c, const struct json *class, const struct json *old)
{
    check_meta_update(c);
    if (!str_eq(obj_str(class, ".driverName"), obj_str(old, ".driverName")))
        check_forbidden(c, "driverName", "updates to driverName are forbidden.");
    if (!json_equal(obj_get(class, ".parameters"), obj_get(old, ".parameters")))
        check_forbidden(c, "parameters", "updates to parameters are forbidden.");
}

/* type VolumeAttributesClass check=fn:volume_attributes_class whole */
void check_volume_attributes_class(struct check *c, const struct json *class, const struct json *old)
{
    const struct json *parameters = obj_get(class, ".parameters");
    if (old) check_class_kept(c, class, old);
    check_meta(c);
    check_provisioner(c, "driverName", obj_str(class, ".driverName"));
    check_class_parameters(c, parameters);
    if (!obj_count(parameters, "")) check_required(c, "parameters", "must contain at least one key/value pair");
}
