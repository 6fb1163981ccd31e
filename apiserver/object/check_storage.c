/* check_storage.c - validation of volumes, claims and storage classes
 * (pkg/apis/core/validation/validation.go, pkg/apis/storage/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_storage.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/names.h"
#include "schema_ids.h"

#include <stdio.h>

enum { PARAMETERS_MAX = 512, PARAMETERS_BYTES_MAX = 256 << 10, CSI_DRIVER_MAX = 63 };

/* ---- What volumes and claims share ---- */

static void check_access_modes(struct check *c, const struct json *modes, const char *required)
{
    static const char *const supported[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", NULL};
    bool alone = false, others = false;
    if (!obj_count(modes, "")) check_required(c, "accessModes", required);
    for (OBJ_EACH(mode, modes, "")) {
        int i = 0;
        while (supported[i] && !str_eqc(obj_text(mode), supported[i])) i++;
        if (!supported[i]) check_not_supported(c, "accessModes", mode, supported);
        alone = alone || str_eqc(obj_text(mode), "ReadWriteOncePod");
        others = others || (supported[i] && !str_eqc(obj_text(mode), "ReadWriteOncePod"));
    }
    if (alone && others) check_forbidden(c, "accessModes", "may not use ReadWriteOncePod with other access modes");
}

static void check_positive_quantity(struct check *c, struct str key, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    size_t mark = check_key(c, key);
    if (qty_parse(obj_text(value), &q, &e) && q.nano <= 0) check_invalid(c, NULL, value, "must be greater than zero");
    check_pop(c, mark);
}

static void check_class_name(struct check *c, const struct json *spec, const char *path)
{
    struct str class = obj_str(spec, path);
    const char *why = class.n ? name_dns1123_subdomain(class) : NULL;
    if (why) check_invalid_str(c, path + 1, class, why);
}

/* ---- Sources ---- */

static void check_no_backsteps(struct check *c, struct str path)
{
    struct str rest = path;
    while (!str_is_null(rest) && rest.n)
        if (str_eqc(str_cut(rest, '/', &rest), "..")) {
            check_invalid_str(c, "path", path, "must not contain '..'");
            return;
        }
}

/* type HostPathVolumeSource check=fn:host_path */
void check_host_path(struct check *c, const struct json *source, const struct json *old)
{
    (void)old;
    struct str path = obj_str(source, ".path");
    if (!path.n) check_required(c, "path", "");
    check_no_backsteps(c, path);
}

/* type LocalVolumeSource check=fn:local_volume */
void check_local_volume(struct check *c, const struct json *source, const struct json *old)
{
    (void)old;
    struct str path = obj_str(source, ".path");
    if (!path.n)
        check_required(c, "path", "");
    else
        check_no_backsteps(c, path);
}

/* type NFSVolumeSource check=fn:nfs_volume */
void check_nfs_volume(struct check *c, const struct json *source, const struct json *old)
{
    (void)old;
    struct str path = obj_str(source, ".path");
    if (!obj_str(source, ".server").n) check_required(c, "server", "");
    if (!path.n) check_required(c, "path", "");
    if (path.n && path.p[0] != '/') check_invalid_str(c, "path", path, "must be an absolute path");
}

/* type CSIPersistentVolumeSource check=fn:csi_volume */
void check_csi_volume(struct check *c, const struct json *source, const struct json *old)
{
    (void)old;
    struct str driver = obj_str(source, ".driver");
    const char *why = driver.n ? name_dns1123_subdomain(driver) : NULL;
    if (!driver.n) check_required(c, "driver", "");
    if (driver.n > CSI_DRIVER_MAX) check_too_long(c, "driver", CSI_DRIVER_MAX);
    if (why) check_invalid_str(c, "driver", driver, why);
    if (!obj_str(source, ".volumeHandle").n) check_required(c, "volumeHandle", "");
}

/* ---- PersistentVolume ---- */

static bool is_source(struct str member)
{
    static const char *const others[] = {
        "capacity",     "accessModes", "claimRef",     "persistentVolumeReclaimPolicy", "storageClassName",
        "mountOptions", "volumeMode",  "nodeAffinity", "volumeAttributesClassName"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (str_eqc(member, others[i])) return false;
    return true;
}

const struct json *volume_source(const struct json *spec)
{
    for (OBJ_EACH(it, spec, ""))
        if (is_source(obj_key(it))) return it;
    return NULL;
}

static void check_sources(struct check *c, const struct json *spec)
{
    const struct json *first = volume_source(spec);
    if (!first) check_required(c, NULL, "must specify a volume type");
    for (OBJ_EACH(it, spec, "")) {
        char member[128];
        if (it == first || !is_source(obj_key(it))) continue;
        snprintf(member, sizeof member, "%.*s", STR_ARG(obj_key(it)));
        check_forbidden(c, member, "may not specify more than 1 volume type");
    }
    if (obj_has(spec, ".local") && !obj_has(spec, ".nodeAffinity"))
        check_required(c, "nodeAffinity", "Local volume requires node affinity");
    if (obj_is(spec, ".hostPath.path", "/") && obj_is(spec, ".persistentVolumeReclaimPolicy", "Recycle"))
        check_forbidden(c, "persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
}

static void check_capacity(struct check *c, const struct json *capacity)
{
    static const char *const storage[] = {"storage", NULL};
    if (!obj_count(capacity, "")) check_required(c, "capacity", "");
    if (!obj_has(capacity, ".storage") || obj_count(capacity, "") > 1)
        check_not_supported(c, "capacity", capacity, storage);
    size_t mark = check_member(c, "capacity");
    for (OBJ_EACH(it, capacity, "")) check_positive_quantity(c, obj_key(it), it);
    check_pop(c, mark);
}

void check_volume_spec(struct check *c, const struct json *spec)
{
    size_t mark = check_member(c, "spec");
    check_access_modes(c, obj_get(spec, ".accessModes"), "");
    check_capacity(c, obj_get(spec, ".capacity"));
    if (obj_has(spec, ".nodeAffinity") && !obj_has(spec, ".nodeAffinity.required"))
        check_required(c, "nodeAffinity.required", "must specify required node constraints");
    check_sources(c, spec);
    check_class_name(c, spec, ".storageClassName");
    if (obj_has(spec, ".volumeAttributesClassName")) {
        if (!obj_str(spec, ".volumeAttributesClassName").n)
            check_required(c, "volumeAttributesClassName", "an empty string is disallowed");
        check_class_name(c, spec, ".volumeAttributesClassName");
        if (!obj_has(spec, ".csi"))
            check_required(c, "csi", "has to be specified when using volumeAttributesClassName");
    }
    check_pop(c, mark);
}

void check_inline_volume(struct check *c, const struct json *spec)
{
    static const char context[] = "may not be specified in the context of inline volumes";
    struct str policy = obj_str(spec, ".persistentVolumeReclaimPolicy"), mode = obj_str(spec, ".volumeMode");
    if (obj_has(spec, ".claimRef")) check_forbidden(c, "claimRef", context);
    if (obj_count(spec, ".capacity")) check_forbidden(c, "capacity", context);
    if (!obj_has(spec, ".csi")) check_required(c, "csi", "has to be specified in the context of inline volumes");
    check_access_modes(c, obj_get(spec, ".accessModes"), "");
    if (policy.n && !str_eqc(policy, "Retain"))
        check_forbidden(c, "persistentVolumeReclaimPolicy",
                        "may only be Retain in the context of inline volumes");
    if (obj_has(spec, ".nodeAffinity")) check_forbidden(c, "nodeAffinity", context);
    check_tree(c, &type_core_v1_PersistentVolumeSource, spec, NULL);
    check_sources(c, spec);
    if (obj_str(spec, ".storageClassName").n) check_forbidden(c, "storageClassName", context);
    if (mode.n && !str_eqc(mode, "Filesystem"))
        check_forbidden(c, "volumeMode",
                        "may not specify volumeMode other than Filesystem in the context of inline volumes");
}

/* ---- PersistentVolumeClaim ---- */

/* ref: it may name another namespace. */
static void check_data_source(struct check *c, const struct json *spec, const char *path, bool ref)
{
    const struct json *source = obj_get(spec, path);
    if (!source) return;
    size_t mark = check_member(c, path + 1);
    struct str group = obj_str(source, ".apiGroup"), kind = obj_str(source, ".kind"),
               ns = obj_str(source, ".namespace");
    const char *why = group.n ? name_dns1123_subdomain(group) : NULL;
    if (!obj_str(source, ".name").n) check_required(c, "name", "");
    if (!kind.n) check_required(c, "kind", "");
    if (!group.n && !str_eqc(kind, "PersistentVolumeClaim"))
        check_invalid_str(c, NULL, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    if (why) check_invalid_str(c, "apiGroup", group, why);
    if (ref && ns.n && (why = name_dns1123_label(ns))) check_invalid_str(c, "namespace", ns, why);
    check_pop(c, mark);
}

static void check_data_sources(struct check *c, const struct json *spec)
{
    static const char *const same[] = {".apiGroup", ".kind", ".name"};
    const struct json *source = obj_get(spec, ".dataSource"), *ref = obj_get(spec, ".dataSourceRef");
    check_data_source(c, spec, ".dataSource", false);
    check_data_source(c, spec, ".dataSourceRef", true);
    if (!source || !ref) return;
    if (obj_str(ref, ".namespace").n) {
        check_invalid_str(c, NULL, STR("spec.dataSource"),
                          "may not be specified when dataSourceRef.namespace is specified");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        if (!str_eq(obj_str(source, same[i]), obj_str(ref, same[i]))) {
            check_invalid_str(c, NULL, STR("spec.dataSource"), "must match dataSourceRef");
            return;
        }
}

void check_claim_spec(struct check *c, const struct json *spec)
{
    size_t mark = check_member(c, "spec");
    const struct json *size = obj_get(spec, ".resources.requests.storage");
    check_access_modes(c, obj_get(spec, ".accessModes"), "at least 1 access mode is required");
    check_selector_rules(c, "selector", obj_get(spec, ".selector"));
    size_t at = check_member(c, "resources");
    if (size) {
        check_positive_quantity(c, STR("storage"), size);
    } else {
        size_t key = check_key(c, STR("storage"));
        check_required(c, NULL, "");
        check_pop(c, key);
    }
    check_pop(c, at);
    check_class_name(c, spec, ".storageClassName");
    check_data_sources(c, spec);
    check_class_name(c, spec, ".volumeAttributesClassName");
    check_pop(c, mark);
}

/* type PersistentVolumeClaimTemplate check=fn:claim_template */
void check_claim_template(struct check *c, const struct json *template, const struct json *old)
{
    (void)old;
    check_claim_spec(c, obj_get(template, ".spec"));
}

/* ---- StorageClass ---- */

void check_provisioner(struct check *c, const char *member, struct str provisioner)
{
    char lower[400];
    size_t n = MIN(provisioner.n, sizeof lower);
    for (size_t i = 0; i < n; i++)
        lower[i] =
            (char)(provisioner.p[i] >= 'A' && provisioner.p[i] <= 'Z' ? provisioner.p[i] + 32 : provisioner.p[i]);
    const char *why = n ? name_qualified(str_n(lower, n)) : NULL;
    if (!n) check_required(c, member, "");
    if (why) check_invalid_str(c, member, provisioner, why);
}

void check_class_parameters(struct check *c, const struct json *parameters)
{
    size_t bytes = 0;
    if (obj_count(parameters, "") > PARAMETERS_MAX) check_too_long(c, "parameters", PARAMETERS_MAX);
    for (OBJ_EACH(it, parameters, "")) {
        if (!obj_key(it).n) check_invalid_str(c, "parameters", STR(""), "field can not be empty.");
        bytes += obj_key(it).n + obj_text(it).n;
    }
    if (bytes > PARAMETERS_BYTES_MAX) check_too_long(c, "parameters", PARAMETERS_BYTES_MAX);
}

/* An update may not change them. */
static void check_class_update(struct check *c, const struct json *class, const struct json *old)
{
    static const struct {
        const char *path, *why;
    } fixed[] = {{".parameters", "updates to parameters are forbidden."},
                 {".provisioner", "updates to provisioner are forbidden."},
                 {".reclaimPolicy", "updates to reclaimPolicy are forbidden."}};
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        const struct json *now = obj_get(class, fixed[i].path), *was = obj_get(old, fixed[i].path);
        if (now || was)
            if (!now || !was || !json_equal(now, was)) check_forbidden(c, fixed[i].path + 1, fixed[i].why);
    }
    if (!str_eq(obj_str(class, ".volumeBindingMode"), obj_str(old, ".volumeBindingMode")))
        check_invalid(c, "volumeBindingMode", obj_get(class, ".volumeBindingMode"), "field is immutable");
}

/* type StorageClass check=fn:storage_class */
void check_storage_class(struct check *c, const struct json *class, const struct json *old)
{
    check_provisioner(c, "provisioner", obj_str(class, ".provisioner"));
    check_class_parameters(c, obj_get(class, ".parameters"));
    if (!obj_has(class, ".volumeBindingMode")) check_required(c, "volumeBindingMode", "");
    if (old) check_class_update(c, class, old);
}
