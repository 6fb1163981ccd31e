/* check_stateful_set.c - validation of StatefulSet (pkg/apis/apps/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_storage.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/object.h"
#include "base/map.h"
#include "schema_ids.h"

/* ---- How pods are managed and updated ---- */

static void check_rolling_update(struct check *c, const struct json *rolling)
{
    const struct json *max = obj_get(rolling, ".maxUnavailable");
    size_t mark = check_member(c, "rollingUpdate");
    check_count(c, "partition", obj_get(rolling, ".partition"));
    if (max) {
        check_int_or_percent(c, "maxUnavailable", max);
        if (!int_or_percent(max)) check_invalid(c, "maxUnavailable", max, "cannot be 0");
        check_percent_max(c, "maxUnavailable", max);
    }
    check_pop(c, mark);
}

static void check_update_strategy(struct check *c, const struct json *strategy)
{
    const struct json *rolling = obj_get(strategy, ".rollingUpdate");
    size_t mark = check_member(c, "updateStrategy");
    if (obj_is(strategy, ".type", "RollingUpdate")) {
        if (rolling) check_rolling_update(c, rolling);
    } else if (!obj_is(strategy, ".type", "OnDelete")) {
        check_invalid_inner(c, NULL, &type_apps_v1_StatefulSetUpdateStrategy, strategy,
                            "must be 'RollingUpdate' or 'OnDelete'");
    } else if (rolling) {
        check_invalid_inner(c, "rollingUpdate", &type_apps_v1_RollingUpdateStatefulSetStrategy, rolling,
                            "only allowed for updateStrategy 'RollingUpdate'");
    }
    check_pop(c, mark);
}

static void check_management(struct check *c, const struct json *spec)
{
    static const char *const policies[] = {"OrderedReady", "Parallel", NULL};
    static const char *const retentions[] = {"Retain", "Delete", NULL};
    const struct json *retention = obj_get(spec, ".persistentVolumeClaimRetentionPolicy");
    if (!check_is_among(obj_str(spec, ".podManagementPolicy"), policies))
        check_invalid(c, "podManagementPolicy", obj_get(spec, ".podManagementPolicy"),
                      "must be 'OrderedReady' or 'Parallel'");
    check_update_strategy(c, obj_get(spec, ".updateStrategy"));
    size_t mark = check_member(c, "persistentVolumeClaimRetentionPolicy");
    check_one_of(c, "whenDeleted", obj_str(retention, ".whenDeleted"), retentions);
    check_one_of(c, "whenScaled", obj_str(retention, ".whenScaled"), retentions);
    check_pop(c, mark);
}

/* ---- The template: as its pods will be ---- */

/* The pods' volumes: one of each claim's name, then the template's others. */
static struct json *volumes_of(struct arena *a, const struct json *spec)
{
    struct json *volumes = json_arr(a);
    struct map claims = {0};
    for (OBJ_EACH(claim, spec, ".volumeClaimTemplates")) {
        struct str name = obj_name(claim);
        if (map_has(&claims, name)) continue;
        map_set(&claims, name, NULL);
        struct json *volume = obj_empty(a);
        obj_put_str(a, volume, ".name", name);
        obj_put_str(a, volume, ".persistentVolumeClaim.claimName", name);
        json_push(volumes, volume);
    }
    for (OBJ_EACH(volume, spec, ".template.spec.volumes"))
        if (!map_has(&claims, obj_str(volume, ".name"))) json_push(volumes, json_copy(a, volume));
    map_release(&claims, NULL);
    return volumes;
}

/* The template with what the controller will put in its place; itself when that is nothing. */
static const struct json *template_of(struct arena *a, const struct json *spec)
{
    static const char *const overwritten[] = {".spec.hostname", ".spec.subdomain"};
    const struct json *tmpl = obj_get(spec, ".template");
    bool claims = obj_count(spec, ".volumeClaimTemplates") > 0;
    if (!claims && !obj_has(tmpl, overwritten[0]) && !obj_has(tmpl, overwritten[1])) return tmpl;
    struct json *copy = json_copy(a, tmpl);
    for (size_t i = 0; i < ARRAY_LEN(overwritten); i++) obj_del(copy, overwritten[i]);
    if (claims && obj_has(copy, ".spec")) {
        obj_put(a, copy, ".spec.volumes", volumes_of(a, spec));
        object_order(&type_core_v1_PodSpec, obj_edit(copy, ".spec"), a);
    }
    return copy;
}

/* ---- The spec ---- */

static void check_claims(struct check *c, const struct json *spec)
{
    size_t i = 0;
    for (OBJ_EACH(claim, spec, ".volumeClaimTemplates")) {
        size_t mark = check_into(c, "volumeClaimTemplates", i++);
        check_claim_spec(c, obj_get(claim, ".spec"), NULL);
        check_pop(c, mark);
    }
}

static void check_spec(struct check *c, const struct json *spec, const struct json *old, bool update);

/* A set that was not fine in its template before may stay as it is there. */
static bool was_fine(struct check *c, const struct json *old)
{
    struct check before;
    check_init(&before, c->arena);
    before.res = c->res;
    check_spec(&before, old, NULL, true);
    return before.count == 0;
}

static void check_spec_template(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *node = obj_get(spec, ".selector"), *tmpl = template_of(c->arena, spec);
    struct selector selector;
    struct err e = ERR_INIT;
    if (!sel_from_object(c->arena, node, &selector, &e)) {
        check_invalid(c, "selector", node, "");
        return;
    }
    check_template_matches(c, spec, &selector, true);
    int before = c->count;
    check_template(c, tmpl, obj_get(old, ".template"));
    if (c->count > before && old && !was_fine(c, old)) c->count = before;
    size_t mark = check_member(c, "template"); /* once more, upstream too */
    check_labels(c, obj_get(tmpl, ".metadata.labels"));
    check_annotations(c, obj_get(tmpl, ".metadata.annotations"));
    check_pop(c, mark);
}

/* Claims and the service cannot change: an update says nothing of them. */
static void check_spec(struct check *c, const struct json *spec, const struct json *old, bool update)
{
    static const char *const counts[] = {"replicas", "minReadySeconds", NULL};
    struct str service = obj_str(spec, ".serviceName");
    check_management(c, spec);
    if (!update) check_claims(c, spec);
    check_counts(c, spec, counts);
    check_count(c, "ordinals.start", obj_get(spec, ".ordinals.start"));
    if (!update && service.n) check_name_by(c, "serviceName", service, name_dns1123_label);
    check_workload_selector(c, spec, "statefulset");
    check_spec_template(c, spec, old);
    check_workload_lifetime(c, obj_get(spec, ".template"), "StatefulSet");
}

/* Are all members but the free ones equal? */
static bool same_beside(const struct json *x, const struct json *y, const char *const *free_members)
{
    for (OBJ_EACH(it, x, ""))
        if (!check_is_among(obj_key(it), free_members) && !json_equal(it, json_get(y, obj_key(it)))) return false;
    return true;
}

static void check_spec_change(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const free_members[] = {"replicas",
                                               "ordinals",
                                               "template",
                                               "updateStrategy",
                                               "revisionHistoryLimit",
                                               "persistentVolumeClaimRetentionPolicy",
                                               "minReadySeconds",
                                               NULL};
    if (!same_beside(spec, old, free_members) || !same_beside(old, spec, free_members))
        check_forbidden(c, NULL,
                        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
                        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                        "'minReadySeconds' are forbidden");
}

/* ---- The whole ---- */

static void check_status(struct check *c, const struct json *status)
{
    static const char *const counts[] = {
        "replicas",          "readyReplicas",      "currentReplicas", "updatedReplicas",
        "availableReplicas", "observedGeneration", "collisionCount",  NULL};
    static const char *const parts[] = {"readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas",
                                        NULL};
    size_t mark = check_member(c, "status");
    check_counts(c, status, counts);
    check_parts(c, status, parts, "cannot be greater than status.readyReplicas");
    check_pop(c, mark);
}

/* type StatefulSet check=fn:stateful_set whole */
void check_stateful_set(struct check *c, const struct json *set, const struct json *old)
{
    const struct json *spec = obj_get(set, ".spec"), *was = obj_get(old, ".spec");
    if (c->sub) {
        check_status(c, obj_get(set, ".status"));
        check_meta_update(c);
        check_collisions(c, set, old);
        return;
    }
    check_meta_either(c);
    size_t mark = check_member(c, "spec");
    check_spec(c, spec, was, old != NULL);
    if (old) check_spec_change(c, spec, was);
    check_pop(c, mark);
}
