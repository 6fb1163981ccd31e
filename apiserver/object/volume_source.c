/* volume_source.c - see volume_source.h. Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/volume_source.h"

#include "api/object.h"
#include "apiserver/object/check_path.h"
#include "apiserver/object/check_value.h"

#include <ctype.h>

enum { TENANT_MAX = 64, BYTE_MAX = 255, EUI_LEN = 20, NAA_LEN = 36 };

/* ---- Numbers ---- */

void volume_byte(struct check *c, const struct json *source, const char *member, const char *detail)
{
    const struct json *value = json_getc(source, member);
    int64_t n = obj_number(value, 0);
    if (n < 0 || n > BYTE_MAX) check_invalid(c, member, value, detail);
}

void volume_partition(struct check *c, const struct json *source)
{
    volume_byte(c, source, "partition", "must be between 1 and 255, inclusive");
}

/* ---- Files of the node ---- */

static void check_host_path_type(struct check *c, const struct json *type)
{
    static const char *const types[] = {"",     "BlockDevice",  "CharDevice", "Directory", "DirectoryOrCreate",
                                        "File", "FileOrCreate", "Socket",     NULL};
    if (type) check_one_of(c, "type", obj_text(type), types);
}

void volume_host_path(struct check *c, const struct json *s)
{
    if (!obj_str(s, ".path").n) return;
    check_no_backsteps(c, "path", obj_str(s, ".path"));
    check_host_path_type(c, obj_get(s, ".type"));
}

/* ---- Shares ---- */

void volume_nfs(struct check *c, const struct json *s)
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

void volume_quobyte(struct check *c, const struct json *s)
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

void volume_flocker(struct check *c, const struct json *s)
{
    struct str name = obj_str(s, ".datasetName"), uuid = obj_str(s, ".datasetUUID");
    if (!name.n && !uuid.n) check_required(c, NULL, "one of datasetName and datasetUUID is required");
    if (name.n && uuid.n)
        check_invalid_str(c, NULL, STR("resource"), "datasetName and datasetUUID can not be specified simultaneously");
    if (str_chr(name, '/') != SIZE_MAX) check_invalid_str(c, "datasetName", name, "must not contain '/'");
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

bool volume_is_iscsi_name(struct str s)
{
    if (str_starts(s, STR("iqn"))) return is_iqn(s);
    if (str_starts(s, STR("eui"))) return s.n == EUI_LEN && all_alnum(str_from(s, 4));
    return str_starts(s, STR("naa")) && s.n == NAA_LEN && all_alnum(str_from(s, 4));
}

void volume_fibre(struct check *c, const struct json *s)
{
    const struct json *names = obj_get(s, ".targetWWNs");
    size_t named = obj_count(names, ""), ids = obj_count(s, ".wwids");
    if (!named && !ids) check_required(c, "targetWWNs", "must specify either targetWWNs or wwids, but not both");
    if (named && ids) check_invalid(c, "targetWWNs", names, "targetWWNs and wwids can not be specified simultaneously");
    if (named && !obj_has(s, ".lun"))
        check_required(c, "lun", "lun is required if targetWWNs is specified");
    else if (named)
        volume_byte(c, s, "lun", "must be between 0 and 255, inclusive");
}

void volume_azure_disk(struct check *c, const struct json *s)
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
    struct str lower = str_lower(a, str_printf(a, ".%.*s", STR_ARG(domain)));
    return str_ends(lower, STR(".kubernetes.io")) || str_ends(lower, STR(".k8s.io"));
}

void volume_flex(struct check *c, const struct json *s)
{
    for (OBJ_EACH(it, s, ".options")) {
        if (!is_reserved(c->arena, obj_key(it))) continue;
        size_t mark = check_member(c, "options");
        check_key(c, obj_key(it));
        check_invalid_str(c, NULL, obj_key(it), "kubernetes.io and k8s.io namespaces are reserved");
        check_pop(c, mark);
    }
}
