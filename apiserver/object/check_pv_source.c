/* check_pv_source.c - validation of where a PersistentVolume lives (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pv.h"

#include "api/object.h"
#include "apiserver/object/check_path.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/volume_source.h"

enum { ISCSI_NAME_MAX = 64 };

/* ---- What sources share ---- */

/* Who they are is said in full. */
static void check_secret_parts(struct check *c, const struct json *source)
{
    if (!obj_has(source, ".secretRef")) return;
    if (!obj_str(source, ".secretRef.name").n) check_required(c, "secretRef.name", "");
    if (!obj_str(source, ".secretRef.namespace").n) check_required(c, "secretRef.namespace", "");
}

static void local(struct check *c, const struct json *s) { check_no_backsteps(c, "path", obj_str(s, ".path")); }

/* ---- Shares ---- */

static void glusterfs(struct check *c, const struct json *s)
{
    const struct json *ns = obj_get(s, ".endpointsNamespace");
    if (ns && !obj_text(ns).n)
        check_invalid(c, "endpointsNamespace", ns,
                      "if the endpointnamespace is set, it must be a valid namespace name");
    else if (ns)
        check_name_by(c, "endpointsNamespace", obj_text(ns), name_dns1123_label);
}

static void azure_file(struct check *c, const struct json *s)
{
    if (obj_has(s, ".secretNamespace") && !obj_str(s, ".secretNamespace").n) check_required(c, "secretNamespace", "");
}

/* ---- Block devices ---- */

static void iscsi(struct check *c, const struct json *s, struct str volume)
{
    struct str portal = obj_str(s, ".targetPortal"), iqn = obj_str(s, ".iqn"), own = obj_str(s, ".initiatorName");
    bool auth = obj_bool(s, ".chapAuthDiscovery", false) || obj_bool(s, ".chapAuthSession", false);
    if (!portal.n) check_required(c, "targetPortal", "");
    if (!str_is_null(own) && volume.n + 1 + portal.n > ISCSI_NAME_MAX)
        check_invalid_str(c, "targetportal", portal.p ? portal : STR(""),
                          "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
                          "iscsi.initiatorName is specified.");
    if (!iqn.n)
        check_required(c, "iqn", "");
    else if (!volume_is_iscsi_name(iqn))
        check_invalid_str(c, "iqn", iqn, "must be valid format");
    volume_byte(c, s, "lun", "must be between 0 and 255, inclusive");
    if (auth && !obj_has(s, ".secretRef")) check_required(c, "secretRef", "");
    if (obj_has(s, ".secretRef") && !obj_str(s, ".secretRef.name").n) check_required(c, "secretRef.name", "");
    if (!str_is_null(own) && !volume_is_iscsi_name(own))
        check_invalid_str(c, "initiatorname", own, "must be valid format");
}

/* ---- Drivers ---- */

static void storage_os(struct check *c, const struct json *s)
{
    check_required_name(c, "volumeName", obj_str(s, ".volumeName"), name_dns1123_label, "");
    if (obj_str(s, ".volumeNamespace").n)
        check_name_by(c, "volumeNamespace", obj_str(s, ".volumeNamespace"), name_dns1123_label);
    check_secret_parts(c, s);
}

static void csi(struct check *c, const struct json *s)
{
    static const char *const secrets[] = {"controllerPublishSecretRef", "controllerExpandSecretRef",
                                          "nodePublishSecretRef", "nodeExpandSecretRef"};
    check_driver_name(c, "driver", obj_str(s, ".driver"));
    if (!obj_str(s, ".volumeHandle").n) check_required(c, "volumeHandle", "");
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        const struct json *ref = json_getc(s, secrets[i]);
        if (!ref) continue;
        size_t mark = check_member(c, secrets[i]);
        check_required_name(c, "name", obj_str(ref, ".name"), name_dns1123_subdomain, "");
        check_required_name(c, "namespace", obj_str(ref, ".namespace"), name_dns1123_label, "");
        check_pop(c, mark);
    }
}

/* ---- All of them ---- */

static const struct source_row {
    const char *member;    /* of the spec */
    const char *path;      /* what upstream calls it in errors of its members; NULL: the same */
    const char *others;    /* and when there is one before it; NULL: the same */
    const char *needed[3]; /* texts and lists that must not be empty */
    void (*check)(struct check *c, const struct json *source);
} rows[] = {
    /* in the order in which upstream looks */
    {"hostPath", NULL, NULL, {"path"}, volume_host_path},
    {"gcePersistentDisk", "persistentDisk", NULL, {"pdName"}, volume_partition},
    {"awsElasticBlockStore", NULL, NULL, {"volumeID"}, volume_partition},
    {"glusterfs", NULL, NULL, {"endpoints", "path"}, glusterfs},
    {"flocker", NULL, NULL, {NULL}, volume_flocker},
    {"nfs", NULL, NULL, {"server", "path"}, volume_nfs},
    {"rbd", NULL, NULL, {"monitors", "image"}, NULL},
    {"quobyte", NULL, NULL, {NULL}, volume_quobyte},
    {"cephfs", NULL, "cephFS", {"monitors"}, NULL},
    {"iscsi", NULL, NULL, {NULL}, NULL},
    {"cinder", NULL, NULL, {"volumeID"}, check_secret_parts},
    {"fc", NULL, NULL, {NULL}, volume_fibre},
    {"flexVolume", NULL, NULL, {"driver"}, volume_flex},
    {"azureFile", NULL, NULL, {"secretName", "shareName"}, azure_file},
    {"vsphereVolume", NULL, NULL, {"volumePath"}, NULL},
    {"photonPersistentDisk", NULL, NULL, {"pdID"}, NULL},
    {"portworxVolume", NULL, NULL, {"volumeID"}, NULL},
    {"azureDisk", NULL, NULL, {"diskName", "diskURI"}, volume_azure_disk},
    {"scaleIO", NULL, NULL, {"gateway", "system", "volumeName"}, NULL},
    {"local", NULL, NULL, {"path"}, local},
    {"storageos", NULL, NULL, {NULL}, storage_os},
    {"csi", NULL, NULL, {NULL}, csi},
};

const char *const pv_source_members[] = {"gcePersistentDisk",
                                         "awsElasticBlockStore",
                                         "hostPath",
                                         "glusterfs",
                                         "nfs",
                                         "rbd",
                                         "iscsi",
                                         "cinder",
                                         "cephfs",
                                         "fc",
                                         "flocker",
                                         "flexVolume",
                                         "azureFile",
                                         "vsphereVolume",
                                         "quobyte",
                                         "azureDisk",
                                         "photonPersistentDisk",
                                         "portworxVolume",
                                         "scaleIO",
                                         "local",
                                         "storageos",
                                         "csi",
                                         NULL};

static bool is_empty(const struct json *value) { return !obj_text(value).n && !obj_count(value, ""); }

static void check_source(struct check *c, const struct source_row *row, const struct json *source, struct str volume)
{
    size_t mark = check_member(c, row->path ? row->path : row->member);
    for (size_t i = 0; i < ARRAY_LEN(row->needed) && row->needed[i]; i++)
        if (is_empty(json_getc(source, row->needed[i]))) check_required(c, row->needed[i], "");
    if (strcmp(row->member, "iscsi") == 0) iscsi(c, source, volume);
    if (row->check) row->check(c, source);
    check_pop(c, mark);
}

void check_pv_sources(struct check *c, const struct json *spec, struct str name)
{
    int sources = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *source = json_getc(spec, rows[i].member);
        if (!json_is(source, JSON_OBJ)) continue;
        if (sources && strcmp(rows[i].member, "flexVolume") != 0) { /* upstream forgot that one */
            check_forbidden(c, rows[i].others ? rows[i].others : rows[i].member,
                            "may not specify more than 1 volume type");
            continue;
        }
        sources++;
        check_source(c, &rows[i], source, name);
        if (strcmp(rows[i].member, "local") == 0 && !obj_has(spec, ".nodeAffinity"))
            check_required(c, "nodeAffinity", "Local volume requires node affinity");
    }
    if (!sources) check_required(c, NULL, "must specify a volume type");
}
