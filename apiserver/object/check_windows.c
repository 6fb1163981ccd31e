/* check_windows.c - what depends on the pod's operating system: Windows' own options, and what either system does not
 * have. Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "api/decode.h"
#include "schema_ids.h"

enum { SPEC_MAX = 64 << 10, DOMAIN_MAX = 256, USER_MAX = 104, NETBIOS_MAX = 15, DNS_LABEL_MAX = 63 };

/* ---- runAsUserName: DOMAIN\USER ---- */

static bool has_any(struct str s, const char *chars)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(chars, s.p[i])) return true;
    return false;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) return true;
    return false;
}

/* UTF-8 characters: those that do not begin one do not count. */
static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

static bool is_netbios(struct str s)
{
    return s.n && characters(s) <= NETBIOS_MAX && s.p[0] != '.' && s.p[0] != '|' && !has_any(s, "\\/:*?\"<>|");
}

static bool is_dns_label(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char lower = (char)(s.p[i] | 0x20);
        bool letter = (lower >= 'a' && lower <= 'z' && s.p[i] >= 'A') || (s.p[i] >= '0' && s.p[i] <= '9');
        if (!letter && (s.p[i] != '-' || !i || i + 1 == s.n)) return false;
    }
    return s.n && s.n <= DNS_LABEL_MAX;
}

static bool is_dns_domain(struct str s)
{
    do
        if (!is_dns_label(str_cut(s, '.', &s))) return false;
    while (!str_is_null(s));
    return true;
}

static bool only_dots_and_spaces(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '.' && s.p[i] != ' ') return false;
    return s.n > 0;
}

static void check_domain_and_user(struct check *c, const struct json *value, struct str domain, struct str user,
                                  bool has_domain)
{
    static const char member[] = "runAsUserName";
    if (domain.n >= DOMAIN_MAX)
        check_invalid(c, member, value, "runAsUserName's Domain length must be under 256 characters");
    if (has_domain && !is_netbios(domain) && !is_dns_domain(domain))
        check_invalid(c, member, value, "runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    if (!user.n)
        check_invalid(c, member, value, "runAsUserName's User cannot be empty");
    else if (user.n > USER_MAX)
        check_invalid(c, member, value, "runAsUserName's User length must not be longer than 104 characters");
    if (only_dots_and_spaces(user))
        check_invalid(c, member, value, "runAsUserName's User cannot contain only periods or spaces");
    if (has_any(user, "\"/\\:;|=,+*?<>@[]"))
        check_invalid(c, member, value,
                      "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
}

static void check_user_name(struct check *c, const struct json *value)
{
    struct str name = json_string(value), rest, head = str_cut(name, '\\', &rest);
    if (!name.n)
        check_invalid(c, "runAsUserName", value, "runAsUserName cannot be an empty string");
    else if (has_control(name))
        check_invalid(c, "runAsUserName", value, "runAsUserName cannot contain control characters");
    else if (str_chr(rest, '\\') != SIZE_MAX)
        check_invalid(c, "runAsUserName", value, "runAsUserName cannot contain more than one backslash");
    else if (str_is_null(rest))
        check_domain_and_user(c, value, STR_NULL, name, false);
    else
        check_domain_and_user(c, value, head, rest, true);
}

void check_windows_options(struct check *c, const struct json *options)
{
    const struct json *name = member_at(options, "gmsaCredentialSpecName"),
                      *spec = member_at(options, "gmsaCredentialSpec"), *user = member_at(options, "runAsUserName");
    if (name) check_name_by(c, "gmsaCredentialSpecName", json_string(name), name_dns1123_subdomain);
    if (spec && !json_string(spec).n)
        check_invalid(c, "gmsaCredentialSpec", spec, "gmsaCredentialSpec cannot be an empty string");
    else if (json_string(spec).n > SPEC_MAX)
        check_invalid(c, "gmsaCredentialSpec", spec, "gmsaCredentialSpec size must be under 64 KiB");
    if (user) check_user_name(c, user);
}

/* ---- Host processes: all containers or none, and the host's network ---- */

static const struct json *host_process(const struct json *node)
{
    return member_at(member_at(member_at(node, "securityContext"), "windowsOptions"), "hostProcess");
}

static void count_host_process(struct pod_rules *r, const struct json *container)
{
    const struct json *of_pod = host_process(r->spec), *own = host_process(container);
    r->containers++;
    if (of_pod && own && of_pod->u.b != own->u.b)
        check_invalidf(r->c, "securityContext.windowsOptions.hostProcess", own,
                       "pod hostProcess value must be identical if both are specified, was %s",
                       of_pod->u.b ? "true" : "false");
    if (own ? own->u.b : of_pod && of_pod->u.b) r->host_processes++;
}

void check_host_processes(struct pod_rules *r)
{
    r->containers = r->host_processes = 0;
    check_each_container(r, count_host_process);
    if (!r->host_processes) return;
    if (r->host_processes != r->containers)
        check_invalid_str(r->c, NULL, STR(""),
                          "If pod contains any hostProcess containers then all containers must be HostProcess "
                          "containers");
    if (!r->host_network)
        check_invalid(r->c, "hostNetwork", json_bool(r->c->arena, false),
                      "hostNetwork must be true if pod contains any hostProcess containers");
}

/* ---- os ---- */

static void check_linux_container(struct pod_rules *r, const struct json *container)
{
    if (member_at(member_at(container, "securityContext"), "windowsOptions"))
        check_forbidden(r->c, "securityContext.windowsOptions", "windows options cannot be set for a linux pod");
}

static void forbid(struct check *c, const struct json *node, const char *const *members, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (member_at(node, members[i])) check_forbidden(c, members[i], "cannot be set for a windows pod");
}

static void check_windows_container(struct pod_rules *r, const struct json *container)
{
    static const char *const members[] = {
        "appArmorProfile", "seLinuxOptions",           "seccompProfile", "capabilities", "readOnlyRootFilesystem",
        "privileged",      "allowPrivilegeEscalation", "procMount",      "runAsUser",    "runAsGroup"};
    size_t mark = check_member(r->c, "securityContext");
    forbid(r->c, member_at(container, "securityContext"), members, ARRAY_LEN(members));
    check_pop(r->c, mark);
}

/* What Linux alone has. Upstream's internal pod keeps some of these in the security context, hence the order. */
static void check_windows(struct pod_rules *r)
{
    static const struct {
        bool of_spec;
        enum { SET, TRUE, FILLED } when;
        const char *name;
    } rows[] = {
        {false, SET, "appArmorProfile"},
        {false, SET, "seLinuxOptions"},
        {true, SET, "hostUsers"},
        {true, TRUE, "hostPID"},
        {true, TRUE, "hostIPC"},
        {false, SET, "seccompProfile"},
        {false, SET, "fsGroup"},
        {false, SET, "fsGroupChangePolicy"},
        {false, FILLED, "sysctls"},
        {true, SET, "shareProcessNamespace"},
        {false, SET, "runAsUser"},
        {false, SET, "runAsGroup"},
        {false, SET, "supplementalGroups"},
        {false, SET, "supplementalGroupsPolicy"},
        {false, SET, "seLinuxChangePolicy"},
    };
    const struct json *context = member_at(r->spec, "securityContext");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct json *node = rows[i].of_spec ? r->spec : context, *v = member_at(node, rows[i].name);
        bool empty = rows[i].when == SET && !rows[i].of_spec &&
                     api_sent_empty(node, &type_core_v1_PodSecurityContext, rows[i].name);
        if (!empty && (!v || (rows[i].when == TRUE && !v->u.b) || (rows[i].when == FILLED && !v->count))) continue;
        size_t mark = rows[i].of_spec ? r->c->path_n : check_member(r->c, "securityContext");
        check_forbidden(r->c, rows[i].name, "cannot be set for a windows pod");
        check_pop(r->c, mark);
    }
    check_each_container(r, check_windows_container);
}

void check_pod_os(struct pod_rules *r)
{
    static const char *const systems[] = {"linux", "windows", NULL};
    const struct json *os = member_at(r->spec, "os"), *name = member_at(os, "name");
    if (!os) return;
    if (!json_string(name).n) {
        check_required(r->c, "os.name", "");
    } else if (!check_is_among(json_string(name), systems)) {
        check_not_supported(r->c, "os", name, systems);
    } else if (str_eqc(json_string(name), "windows")) {
        check_windows(r);
    } else {
        if (member_at(member_at(r->spec, "securityContext"), "windowsOptions"))
            check_forbidden(r->c, "securityContext.windowsOptions", "windows options cannot be set for a linux pod");
        check_each_container(r, check_linux_container);
    }
}
