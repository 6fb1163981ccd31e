/* strategy_storage.c - PersistentVolume and PersistentVolumeClaim
 * (pkg/registry/core/{persistentvolume,persistentvolumeclaim}, pkg/api/persistentvolumeclaim).
 * Reads and writes: the request's trees. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/check_storage.h"
#include "apiserver/object/object.h"
#include "base/clk.h"
#include "schema_ids.h"

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
    if (!sub) return;
    bool turns = !str_eq(obj_str(pv, ".status.phase"), obj_str(old, ".status.phase"));
    struct str said = obj_str(pv, since);
    if (turns && (!said.n || str_eq(said, obj_str(old, since))))
        obj_put_time(a, pv, since, clk_s());
    else if (!turns && !said.n)
        obj_put_copy(a, pv, since, obj_get(old, since));
}

const struct strategy strategy_persistent_volume = {.prepare_create = volume_prepare_create,
                                                    .prepare_update = volume_prepare_update};

/* ---- PersistentVolumeClaim ---- */

/* A source that is neither a claim nor a snapshot counts for nothing in dataSource; in dataSourceRef it does. */
static bool is_old_source(const struct json *source)
{
    struct str group = obj_str(source, ".apiGroup");
    return (!group.n && obj_is(source, ".kind", "PersistentVolumeClaim")) ||
           (str_eqc(group, "snapshot.storage.k8s.io") && obj_is(source, ".kind", "VolumeSnapshot"));
}

/* The feature gate CrossNamespaceVolumeDataSource is off. */
static void settle_sources(struct arena *a, struct json *claim, const struct json *old)
{
    static const char source[] = ".spec.dataSource", ref[] = ".spec.dataSourceRef";
    if (obj_str(claim, ".spec.dataSourceRef.namespace").n && !obj_has(old, ref)) obj_del(claim, ref);
    if (!obj_has(old, source) && !obj_has(old, ref) && !obj_has(claim, ref) && obj_has(claim, source) &&
        !is_old_source(obj_get(claim, source)))
        obj_del(claim, source);
    const struct json *spec = obj_get(claim, ".spec"), *whole = claim_with_sources(a, spec);
    if (whole != spec) obj_put_copy(a, claim, ".spec", whole);
}

static void claim_prepare_create(struct arena *a, struct json *claim, int64_t now_ns)
{
    (void)now_ns;
    struct json *status = obj_empty(a);
    obj_put_cstr(a, status, ".phase", "Pending");
    obj_put(a, claim, ".status", status);
    settle_sources(a, claim, NULL);
}

static void claim_prepare_update(struct arena *a, struct json *claim, const struct json *old, const char *sub)
{
    if (!sub) settle_sources(a, claim, old);
}

const struct strategy strategy_persistent_volume_claim = {.prepare_create = claim_prepare_create,
                                                          .prepare_update = claim_prepare_update};

/* ---- Lease: the feature gate CoordinatedLeaderElection is off ---- */

static void drop_unless_there(struct json *lease, const struct json *old)
{
    static const char *const gated[] = {".spec.strategy", ".spec.preferredHolder"};
    for (size_t i = 0; i < ARRAY_LEN(gated); i++)
        if (!obj_has(old, gated[i])) obj_del(lease, gated[i]);
}

static void lease_prepare_create(struct arena *a, struct json *lease, int64_t now_ns)
{
    (void)a;
    (void)now_ns;
    drop_unless_there(lease, NULL);
}

static void lease_prepare_update(struct arena *a, struct json *lease, const struct json *old, const char *sub)
{
    (void)a;
    (void)sub;
    drop_unless_there(lease, old);
}

const struct strategy strategy_lease = {.prepare_create = lease_prepare_create, .prepare_update = lease_prepare_update};
