/* check_security.c - security contexts of pods and containers: users, profiles, sysctls.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/inner.h"
#include "schema_ids.h"

enum { ID_MAX = 2147483647, SYSCTL_MAX = 253, PROFILE_MAX = 4095 };

/* Length of the white space that s begins with, as Unicode has it; 0: none. */
static size_t space_at(struct str s)
{
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
                                       "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    if (!s.n) return 0;
    if (memchr(" \t\n\v\f\r", s.p[0], 6)) return 1;
    for (size_t i = 0; i < ARRAY_LEN(wide); i++)
        if (str_starts(s, str_of(wide[i]))) return strlen(wide[i]);
    return s.n >= 3 && !memcmp(s.p, "\xe2\x80", 2) && (uint8_t)s.p[2] >= 0x80 && (uint8_t)s.p[2] <= 0x8a ? 3 : 0;
}

struct str check_trimmed(struct str text)
{
    for (size_t n; (n = space_at(text));) text = str_from(text, n);
    for (bool more = true; more;) {
        more = false;
        for (size_t n = 1; n <= 3 && n <= text.n && !more; n++)
            if (space_at(str_from(text, text.n - n)) == n) {
                text.n -= n;
                more = true;
            }
    }
    return text;
}

void check_id(struct check *c, const char *member, const struct json *id)
{
    if (json_is(id, JSON_INT) && (id->u.i < 0 || id->u.i > ID_MAX))
        check_invalid(c, member, id, "must be between 0 and 2147483647, inclusive");
}

/* ---- Profiles ---- */

static const char *const profile_types[] = {"Localhost", "RuntimeDefault", "Unconfined", NULL};

void check_seccomp_profile(struct check *c, const struct json *profile)
{
    const struct json *local = member_at(profile, "localhostProfile");
    bool localhost = str_eqc(text_at(profile, "type"), "Localhost");
    check_word(c, "type", member_at(profile, "type"), profile_types, "type is required when seccompProfile is set");
    if (localhost && !local)
        check_required(c, "localhostProfile", "must be set when seccomp type is Localhost");
    else if (localhost)
        check_relative_path(c, "localhostProfile", json_string(local));
    else if (local)
        check_invalid_inner(c, "localhostProfile", &type_core_v1_SeccompProfile, profile,
                            "can only be set when seccomp type is Localhost");
}

static void check_apparmor_local(struct check *c, const struct json *local)
{
    struct str name = json_string(local), trimmed = check_trimmed(name);
    if (!local)
        check_required(c, "localhostProfile", "must be set when AppArmor type is Localhost");
    else if (trimmed.n != name.n)
        check_invalid(c, "localhostProfile", local, "must not be padded with whitespace");
    else if (!name.n)
        check_required(c, "localhostProfile", "must be set when AppArmor type is Localhost");
    if (name.n > PROFILE_MAX) check_too_long(c, "localhostProfile", PROFILE_MAX);
}

void check_apparmor_profile(struct check *c, const struct json *profile)
{
    struct str type = text_at(profile, "type");
    const struct json *local = member_at(profile, "localhostProfile");
    if (str_eqc(type, "Localhost"))
        check_apparmor_local(c, local);
    else if (!check_is_among(type, profile_types))
        check_word(c, "type", member_at(profile, "type"), profile_types,
                   "type is required when appArmorProfile is set");
    else if (local)
        check_invalid(c, "localhostProfile", local, "can only be set when AppArmor type is Localhost");
}

static void check_profile(struct check *c, const struct json *context, const char *member,
                          void (*rules)(struct check *c, const struct json *profile))
{
    const struct json *profile = member_at(context, member);
    if (!profile) return;
    size_t mark = check_member(c, member);
    rules(c, profile);
    check_pop(c, mark);
}

/* ---- Containers ---- */

static void check_proc_mount(struct pod_rules *r, const struct json *mount)
{
    static const char *const words[] = {"Default", "Unmasked", NULL};
    if (!mount) return;
    check_word(r->c, "procMount", mount, words, NULL);
    if (r->host_users && str_eqc(json_string(mount), "Unmasked"))
        check_invalid(r->c, "procMount", mount, "`hostUsers` must be false to use `Unmasked`");
}

static void check_escalation(struct check *c, const struct json *context)
{
    if (!false_at(context, "allowPrivilegeEscalation")) return;
    if (true_at(context, "privileged"))
        check_invalid_inner(c, NULL, &type_core_v1_SecurityContext, context,
                            "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
    JSON_FOREACH(it, member_at(member_at(context, "capabilities"), "add"))
    if (str_eqc(json_string(it), "CAP_SYS_ADMIN"))
        check_invalid_inner(c, NULL, &type_core_v1_SecurityContext, context,
                            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
}

void check_container_security(struct pod_rules *r, const struct json *container)
{
    const struct json *context = member_at(container, "securityContext");
    if (!context || !context->count) return;
    size_t mark = check_member(r->c, "securityContext");
    check_id(r->c, "runAsUser", member_at(context, "runAsUser"));
    check_id(r->c, "runAsGroup", member_at(context, "runAsGroup"));
    check_proc_mount(r, member_at(context, "procMount"));
    check_profile(r->c, context, "seccompProfile", check_seccomp_profile);
    check_escalation(r->c, context);
    check_profile(r->c, context, "windowsOptions", check_windows_options);
    check_profile(r->c, context, "appArmorProfile", check_apparmor_profile);
    check_pop(r->c, mark);
}

/* ---- Sysctls ---- */

/* ([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])? */
static bool is_sysctl(struct str name)
{
    bool ends = false; /* the last character may end a segment, so one may follow */
    if (name.n > SYSCTL_MAX) return false;
    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'), dash = ch == '-' || ch == '_';
        bool begins = !i || name.p[i - 1] == '.' || name.p[i - 1] == '/';
        if (!letter && (begins || (!dash && !ends))) return false;
        if (!letter && !dash && ch != '.' && ch != '/') return false;
        ends = letter;
    }
    return ends;
}

/* Does the name, with dots, begin with one of the prefixes, or is it one of those without a dot at their end? */
static bool is_of(struct str name, const char *const *prefixes)
{
    for (; *prefixes; prefixes++) {
        struct str p = str_of(*prefixes);
        if (p.p[p.n - 1] == '.' ? str_starts(name, p) : str_eq(name, p)) return true;
    }
    return false;
}

/* A slash before the first dot: slashes and dots are meant the other way round. A star stands for the rest. */
static struct str with_dots(char out[SYSCTL_MAX + 1], struct str name)
{
    size_t n = MIN(str_chr(name, '*'), name.n), first = 0;
    n = MIN(n, (size_t)SYSCTL_MAX);
    while (first < n && name.p[first] != '.' && name.p[first] != '/') first++;
    bool swap = first < n && name.p[first] == '/';
    for (size_t i = 0; i < n; i++)
        out[i] = !swap ? name.p[i] : name.p[i] == '/' ? '.' : name.p[i] == '.' ? '/' : name.p[i];
    return str_n(out, n);
}

bool sysctl_shares_host(const struct json *spec, struct str name, const char **why)
{
    static const char *const net[] = {"net.", NULL};
    static const char *const ipc[] = {
        "kernel.sem", "kernel.shm",    "kernel.shm_rmid_forced", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
        "kernel.msg", "kernel.msgmax", "kernel.msgmnb",          "kernel.msgmni", "fs.mqueue.",    NULL};
    char text[SYSCTL_MAX + 1];
    struct str dotted = with_dots(text, name);
    *why = NULL;
    if (true_at(spec, "hostNetwork") && is_of(dotted, net))
        *why = "may not be specified when 'hostNetwork' is true";
    else if (true_at(spec, "hostIPC") && is_of(dotted, ipc))
        *why = "may not be specified when 'hostIPC' is true";
    return *why != NULL;
}

static void check_sysctls(struct pod_rules *r, const struct json *list)
{
    static const char form[] = "must have at most 253 characters and match regex "
                               "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    struct name_set names AUTO_NAME_SET = {0};
    size_t outer = check_member(r->c, "sysctls"), i = 0;
    JSON_FOREACH(it, list)
    {
        struct str name = text_at(it, "name");
        const char *why;
        size_t mark = check_index(r->c, i++);
        if (!name.n)
            check_required(r->c, "name", "");
        else if (!is_sysctl(name))
            check_invalid_str(r->c, "name", name, form);
        else if (name_set_has(&names, name))
            check_duplicate(r->c, "name", member_at(it, "name"));
        if (!r->leeway.host_sysctls && sysctl_shares_host(r->spec, name, &why))
            check_invalid_str(r->c, "name", name, why);
        name_set_add(&names, name, NULL);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}

/* ---- Pods ---- */

static void check_groups(struct check *c, const struct json *groups)
{
    size_t i = 0;
    JSON_FOREACH(it, groups)
    {
        size_t mark = check_member(c, "supplementalGroups");
        check_index(c, i++);
        check_id(c, NULL, it);
        check_pop(c, mark);
    }
}

static void check_policy(struct check *c, const struct json *context, const char *member, const char *const *words)
{
    const struct json *policy = member_at(context, member);
    if (policy) check_word(c, member, policy, words, NULL);
}

void check_pod_security(struct pod_rules *r)
{
    static const char *const changes[] = {"Always", "OnRootMismatch", NULL};
    static const char *const merges[] = {"Merge", "Strict", NULL};
    static const char *const labels[] = {"MountOption", "Recursive", NULL}, *const recursive[] = {"Recursive", NULL};
    struct check *c = r->c;
    const struct json *context = member_at(r->spec, "securityContext");
    size_t mark = check_member(c, "securityContext");
    check_id(c, "fsGroup", member_at(context, "fsGroup"));
    check_id(c, "runAsUser", member_at(context, "runAsUser"));
    check_id(c, "runAsGroup", member_at(context, "runAsGroup"));
    check_groups(c, member_at(context, "supplementalGroups"));
    if (true_at(r->spec, "shareProcessNamespace") && true_at(r->spec, "hostPID"))
        check_invalid(c, "shareProcessNamespace", member_at(r->spec, "shareProcessNamespace"),
                      "ShareProcessNamespace and HostPID cannot both be enabled");
    if (context && context->count) {
        if (count_at(context, "sysctls")) check_sysctls(r, member_at(context, "sysctls"));
        check_policy(c, context, "fsGroupChangePolicy", changes);
        check_profile(c, context, "seccompProfile", check_seccomp_profile);
        check_profile(c, context, "windowsOptions", check_windows_options);
        check_profile(c, context, "appArmorProfile", check_apparmor_profile);
        check_policy(c, context, "supplementalGroupsPolicy", merges);
        check_policy(c, context, "seLinuxChangePolicy", r->leeway.selinux_policy ? labels : recursive);
    }
    check_pop(c, mark);
}
