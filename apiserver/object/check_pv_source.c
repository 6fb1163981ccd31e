/* check_pv_source.c - validation of where a PersistentVolume lives (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pv.h"

#include "api/object.h"
#include "apiserver/object/check_value.h"

#include <ctype.h>

enum { CSI_DRIVER_MAX = 63, TENANT_MAX = 64, BYTE_MAX = 255, ISCSI_NAME_MAX = 64, EUI_LEN = 20, NAA_LEN = 36 };

/* ---- What sources share ---- */

static void check_range(struct check *c, const struct json *source, const char *member, const char *detail)
{
    const struct json *value = json_getc(source, member);
    int64_t n = obj_number(value, 0);
    if (n < 0 || n > BYTE_MAX) check_invalid(c, member, value, detail);
}

static void check_partition(struct check *c, const struct json *source)
{
    check_range(c, source, "partition", "must be between 1 and 255, inclusive");
}

static void check_no_backsteps(struct check *c, struct str path)
{
    for (struct str rest = path; !str_is_null(rest);)
        if (str_eqc(str_cut(rest, '/', &rest), "..")) {
            check_invalid_str(c, "path", path, "must not contain '..'");
            return;
        }
}

/* Who they are is said in full. */
static void check_secret_parts(struct check *c, const struct json *source)
{
    if (!obj_has(source, ".secretRef")) return;
    if (!obj_str(source, ".secretRef.name").n) check_required(c, "secretRef.name", "");
    if (!obj_str(source, ".secretRef.namespace").n) check_required(c, "secretRef.namespace", "");
}

/* ---- Files of the node ---- */

static void check_host_path_type(struct check *c, const struct json *type)
{
    static const char *const types[] = {
        "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", NULL};
    if (type) check_one_of(c, "type", obj_text(type), types);
}

static void host_path(struct check *c, const struct json *s)
{
    if (!obj_str(s, ".path").n) return;
    check_no_backsteps(c, obj_str(s, ".path"));
    check_host_path_type(c, obj_get(s, ".type"));
}

static void local(struct check *c, const struct json *s) { check_no_backsteps(c, obj_str(s, ".path")); }

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

static void nfs(struct check *c, const struct json *s)
{
    struct str path = obj_str(s, ".path");
    if (!str_starts(path, STR("/"))) check_invalid_str(c, "path", path.p ? path : STR(""), "must be an absolute path");
}

/* "host:port" as Go's net.SplitHostPort takes it: one colon, or the host in brackets. */
static bool is_host_port(struct str s)
{
    size_t colon = s.n;
    while (colon && s.p[colon - 1] != ':') colon--;
    if (!colon) return false;
    struct str host = str_n(s.p, colon - 1), port = str_from(s, colon);
    if (str_starts(host, STR("["))) {
        if (host.n < 2 || host.p[host.n - 1] != ']') return false;
        host = str_n(host.p + 1, host.n - 2);
    } else if (str_chr(host, ':') != SIZE_MAX) {
        return false;
    }
    return str_chr(host, '[') == SIZE_MAX && str_chr(host, ']') == SIZE_MAX && str_chr(port, '[') == SIZE_MAX &&
           str_chr(port, ']') == SIZE_MAX;
}

static void quobyte(struct check *c, const struct json *s)
{
    static const char pairs[] = "must be a host:port pair or multiple pairs separated by commas";
    struct str registry = obj_str(s, ".registry"), rest = registry;
    if (!registry.n)
        check_required(c, "registry", pairs);
    else if (obj_str(s, ".tenant").n > TENANT_MAX)
        check_required(c, "tenant", "must be a UUID and may not exceed a length of 64 characters");
    else
        while (!str_is_null(rest))
            if (!is_host_port(str_cut(rest, ',', &rest))) check_invalid_str(c, "registry", registry, pairs);
    if (!obj_str(s, ".volume").n) check_required(c, "volume", "");
}

static void flocker(struct check *c, const struct json *s)
{
    struct str name = obj_str(s, ".datasetName"), uuid = obj_str(s, ".datasetUUID");
    if (!name.n && !uuid.n) check_required(c, NULL, "one of datasetName and datasetUUID is required");
    if (name.n && uuid.n)
        check_invalid_str(c, NULL, STR("resource"), "datasetName and datasetUUID can not be specified simultaneously");
    if (str_chr(name, '/') != SIZE_MAX) check_invalid_str(c, "datasetName", name, "must not contain '/'");
}

static void azure_file(struct check *c, const struct json *s)
{
    if (obj_has(s, ".secretNamespace") && !obj_str(s, ".secretNamespace").n) check_required(c, "secretNamespace", "");
}

/* ---- Block devices ---- */

static bool all_alnum(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i])) return false;
    return true;
}

static bool is_host_char(char ch) { return isalnum((unsigned char)ch) || ch == '-' || ch == '.'; }

/* "iqn.", a year, a month, "." at the beginning of s. */
static bool begins_iqn(struct str s)
{
    static const char form[] = "iqn.0000-00.";
    for (size_t i = 0; form[i]; i++)
        if (i >= s.n || (form[i] == '0' ? !isdigit((unsigned char)s.p[i]) : s.p[i] != form[i])) return false;
    return true;
}

/* Anywhere in the text: that beginning, a host's characters, ":", and to the end none of ",;*&$|" and white space. */
static bool is_iqn(struct str s)
{
    size_t clean = s.n, run = 0; /* from `clean` on nothing is forbidden; `run`: where the first beginning ended */
    while (clean && !memchr(",;*&$| \t\n\f\r", s.p[clean - 1], 11)) clean--;
    for (size_t i = 0; i < s.n; i++) {
        if (!run && begins_iqn(str_from(s, i))) run = i + sizeof "iqn.0000-00." - 1;
        if (run && s.p[i] == ':' && i > run && i + 1 >= clean && i + 1 < s.n) return true;
        if (!is_host_char(s.p[i])) run = 0;
    }
    return false;
}

static bool is_iscsi_name(struct str s)
{
    if (str_starts(s, STR("iqn"))) return is_iqn(s);
    if (str_starts(s, STR("eui"))) return s.n == EUI_LEN && all_alnum(str_from(s, 4));
    return str_starts(s, STR("naa")) && s.n == NAA_LEN && all_alnum(str_from(s, 4));
}

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
    else if (!is_iscsi_name(iqn))
        check_invalid_str(c, "iqn", iqn, "must be valid format");
    check_range(c, s, "lun", "must be between 0 and 255, inclusive");
    if (auth && !obj_has(s, ".secretRef")) check_required(c, "secretRef", "");
    if (obj_has(s, ".secretRef") && !obj_str(s, ".secretRef.name").n) check_required(c, "secretRef.name", "");
    if (!str_is_null(own) && !is_iscsi_name(own)) check_invalid_str(c, "initiatorname", own, "must be valid format");
}

static void fibre(struct check *c, const struct json *s)
{
    const struct json *names = obj_get(s, ".targetWWNs");
    size_t named = obj_count(names, ""), ids = obj_count(s, ".wwids");
    if (!named && !ids) check_required(c, "targetWWNs", "must specify either targetWWNs or wwids, but not both");
    if (named && ids)
        check_invalid(c, "targetWWNs", names, "targetWWNs and wwids can not be specified simultaneously");
    if (named && !obj_has(s, ".lun"))
        check_required(c, "lun", "lun is required if targetWWNs is specified");
    else if (named)
        check_range(c, s, "lun", "must be between 0 and 255, inclusive");
}

static void azure_disk(struct check *c, const struct json *s)
{
    static const char *const modes[] = {"None", "ReadOnly", "ReadWrite", NULL};
    static const char *const kinds[] = {"Dedicated", "Managed", "Shared", NULL};
    static const char *const managed[] = {"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/"
                                          "microsoft.compute/disks/{disk-id}",
                                          NULL};
    static const char *const blob[] = {"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
                                       NULL};
    struct str uri = obj_str(s, ".diskURI");
    bool is_managed = obj_is(s, ".kind", "Managed");
    if (obj_has(s, ".cachingMode")) check_one_of(c, "cachingMode", obj_str(s, ".cachingMode"), modes);
    if (!obj_has(s, ".kind")) return;
    check_one_of(c, "kind", obj_str(s, ".kind"), kinds);
    if (!str_starts(uri, is_managed ? STR("/subscriptions/") : STR("https://")))
        check_not_supported(c, "diskURI", json_str(c->arena, uri.p ? uri : STR("")), is_managed ? managed : blob);
}

/* ---- Drivers ---- */

static bool is_reserved(struct arena *a, struct str option)
{
    struct str rest, domain = str_cut(option, '/', &rest);
    char *lower = arena_printf(a, ".%.*s", STR_ARG(domain));
    for (char *p = lower; *p; p++) *p = (char)tolower((unsigned char)*p);
    return str_ends(str_of(lower), STR(".kubernetes.io")) || str_ends(str_of(lower), STR(".k8s.io"));
}

static void flex(struct check *c, const struct json *s)
{
    for (OBJ_EACH(it, s, ".options")) {
        if (!is_reserved(c->arena, obj_key(it))) continue;
        size_t mark = check_member(c, "options");
        check_key(c, obj_key(it));
        check_invalid_str(c, NULL, obj_key(it), "kubernetes.io and k8s.io namespaces are reserved");
        check_pop(c, mark);
    }
}

static void storage_os(struct check *c, const struct json *s)
{
    check_required_name(c, "volumeName", obj_str(s, ".volumeName"), name_dns1123_label, "");
    if (obj_str(s, ".volumeNamespace").n)
        check_name_by(c, "volumeNamespace", obj_str(s, ".volumeNamespace"), name_dns1123_label);
    check_secret_parts(c, s);
}

static void check_csi_driver(struct check *c, struct str driver)
{
    char *lower = str_cstr(c->arena, driver);
    if (!driver.n) {
        check_required(c, "driver", "");
        return;
    }
    if (driver.n > CSI_DRIVER_MAX) check_too_long(c, "driver", CSI_DRIVER_MAX);
    for (char *p = lower; *p; p++) *p = (char)tolower((unsigned char)*p);
    const char *why = name_dns1123_subdomain(str_of(lower));
    if (why) check_invalid_str(c, "driver", driver, why);
}

static void csi(struct check *c, const struct json *s)
{
    static const char *const secrets[] = {"controllerPublishSecretRef", "controllerExpandSecretRef",
                                          "nodePublishSecretRef", "nodeExpandSecretRef"};
    check_csi_driver(c, obj_str(s, ".driver"));
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
} rows[] = { /* in the order in which upstream looks */
    {"hostPath", NULL, NULL, {"path"}, host_path},
    {"gcePersistentDisk", "persistentDisk", NULL, {"pdName"}, check_partition},
    {"awsElasticBlockStore", NULL, NULL, {"volumeID"}, check_partition},
    {"glusterfs", NULL, NULL, {"endpoints", "path"}, glusterfs},
    {"flocker", NULL, NULL, {NULL}, flocker},
    {"nfs", NULL, NULL, {"server", "path"}, nfs},
    {"rbd", NULL, NULL, {"monitors", "image"}, NULL},
    {"quobyte", NULL, NULL, {NULL}, quobyte},
    {"cephfs", NULL, "cephFS", {"monitors"}, NULL},
    {"iscsi", NULL, NULL, {NULL}, NULL},
    {"cinder", NULL, NULL, {"volumeID"}, check_secret_parts},
    {"fc", NULL, NULL, {NULL}, fibre},
    {"flexVolume", NULL, NULL, {"driver"}, flex},
    {"azureFile", NULL, NULL, {"secretName", "shareName"}, azure_file},
    {"vsphereVolume", NULL, NULL, {"volumePath"}, NULL},
    {"photonPersistentDisk", NULL, NULL, {"pdID"}, NULL},
    {"portworxVolume", NULL, NULL, {"volumeID"}, NULL},
    {"azureDisk", NULL, NULL, {"diskName", "diskURI"}, azure_disk},
    {"scaleIO", NULL, NULL, {"gateway", "system", "volumeName"}, NULL},
    {"local", NULL, NULL, {"path"}, local},
    {"storageos", NULL, NULL, {NULL}, storage_os},
    {"csi", NULL, NULL, {NULL}, csi},
};

const char *const pv_source_members[] = {
    "gcePersistentDisk", "awsElasticBlockStore", "hostPath",   "glusterfs", "nfs",        "rbd",
    "iscsi",             "cinder",               "cephfs",     "fc",        "flocker",    "flexVolume",
    "azureFile",         "vsphereVolume",        "quobyte",    "azureDisk", "photonPersistentDisk",
    "portworxVolume",    "scaleIO",              "local",      "storageos", "csi",        NULL};

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
