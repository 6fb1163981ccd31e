/* check_env.c - environment variables of containers, and references to the pod's own fields and resources.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "api/quantity.h"
#include "base/mem.h"

/* ---- fieldRef ---- */

/* What a reference may name, and what of it is a variable's, and a file's. */
static const struct {
    const char *path;
    bool in_env, in_volume;
} fields[] = {
    {"metadata.annotations", false, true},
    {"metadata.labels", false, true},
    {"metadata.name", true, true},
    {"metadata.namespace", true, true},
    {"metadata.uid", true, true},
    {"spec.nodeName", true, false},
    {"spec.restartPolicy", false, false},
    {"spec.schedulerName", false, false},
    {"spec.serviceAccountName", true, false},
    {"status.hostIP", true, false},
    {"status.hostIPs", true, false},
    {"status.phase", false, false},
    {"status.podIP", true, false},
    {"status.podIPs", true, false},
};

/* path['subscript'] */
static bool split_subscript(struct str field, struct str *path, struct str *subscript)
{
    *path = field;
    if (!str_ends(field, STR("']"))) return false;
    struct str inner = str_n(field.p, field.n - 2);
    for (size_t i = 0; i + 2 <= inner.n; i++) {
        if (inner.p[i] != '[' || inner.p[i + 1] != '\'') continue;
        if (!i) return false;
        *path = str_n(field.p, i);
        *subscript = str_from(inner, i + 2);
        return true;
    }
    return false;
}

static void unreadable(struct check *c, struct str field, const char *why, struct str what)
{
    check_invalidf(c, "fieldPath", json_str(c->arena, field), "error converting fieldPath: %s: %.*s", why,
                   STR_ARG(what));
}

static void check_subscript(struct check *c, struct str path, struct str subscript)
{
    if (str_eqc(path, "metadata.labels")) {
        check_name_by(c, NULL, subscript, name_qualified);
        return;
    }
    check_name_by(c, NULL, str_lower(c->arena, subscript), name_qualified);
}

static void not_supported_field(struct check *c, struct str path, bool in_volume)
{
    const char *words[ARRAY_LEN(fields) + 1];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (in_volume ? fields[i].in_volume : fields[i].in_env) words[n++] = fields[i].path;
    words[n] = NULL;
    check_not_supported(c, "fieldPath", json_str(c->arena, path), words);
}

static void check_field_path(struct check *c, struct str field, bool in_volume)
{
    struct str path, subscript;
    if (split_subscript(field, &path, &subscript)) {
        if (str_eqc(path, "metadata.annotations") || str_eqc(path, "metadata.labels"))
            check_subscript(c, path, subscript);
        else
            unreadable(c, field, "field label does not support subscript", field);
        return;
    }
    if (str_eqc(path, "spec.host")) path = STR("spec.nodeName"); /* what old clients call it */
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!str_eqc(path, fields[i].path)) continue;
        if (!(in_volume ? fields[i].in_volume : fields[i].in_env)) not_supported_field(c, path, in_volume);
        return;
    }
    unreadable(c, field, "field label not supported", field);
}

void check_field_ref(struct check *c, const struct json *ref, bool in_volume)
{
    struct str version = text_at(ref, "apiVersion"), field = text_at(ref, "fieldPath");
    size_t mark = check_member(c, "fieldRef");
    if (!field.n) /* the version has a default */
        check_required(c, "fieldPath", "");
    else if (!str_eqc(version, "v1"))
        unreadable(c, field, "unsupported pod version", version);
    else
        check_field_path(c, field, in_volume);
    check_pop(c, mark);
}

/* ---- resourceFieldRef ---- */

#define BYTES_TEXT "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"

static const char *const cpu_units[] = {"1", "1m", NULL};
static const char *const byte_units[] = {"1",   "1k",  "1M",  "1G",  "1T",  "1P",  "1E",
                                         "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei", NULL};

/* Resources that a reference may name, those with a dash at their end by what follows. */
static const struct resource {
    const char *name;
    const char *const *units;
    const char *why;
} resources[] = {
    {"limits.cpu", cpu_units, "only divisor's values 1m and 1 are supported with the cpu resource"},
    {"limits.ephemeral-storage", byte_units,
     "only divisor's values " BYTES_TEXT " are supported with the local ephemeral storage resource"},
    {"limits.memory", byte_units, "only divisor's values " BYTES_TEXT " are supported with the memory resource"},
    {"requests.cpu", cpu_units, "only divisor's values 1m and 1 are supported with the cpu resource"},
    {"requests.ephemeral-storage", byte_units,
     "only divisor's values " BYTES_TEXT " are supported with the local ephemeral storage resource"},
    {"requests.memory", byte_units, "only divisor's values " BYTES_TEXT " are supported with the memory resource"},
    {"limits.hugepages-", byte_units, "only divisor's values " BYTES_TEXT " are supported with the hugepages resource"},
    {"requests.hugepages-", byte_units,
     "only divisor's values " BYTES_TEXT " are supported with the hugepages resource"},
};
enum { RESOURCES_EXACT = 6 };

static const struct resource *resource_of(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(resources); i++)
        if (i < RESOURCES_EXACT ? str_eqc(name, resources[i].name) : str_starts(name, str_of(resources[i].name)))
            return &resources[i];
    return NULL;
}

static void check_divisor(struct check *c, struct str name, struct str divisor)
{
    struct qty q;
    struct err e = ERR_INIT;
    char text[QTY_TEXT_MAX];
    const struct resource *row = resource_of(name);
    if (!row || !divisor.n || !qty_parse(divisor, &q, &e) || !q.nano) return;
    if (!check_is_among(str_of(qty_write(&q, text)), row->units)) check_invalid_str(c, "divisor", name, row->why);
}

void check_resource_field_ref(struct check *c, const struct json *ref, bool in_volume)
{
    struct str name = text_at(ref, "resource");
    size_t mark = check_member(c, "resourceFieldRef");
    if (in_volume && !text_at(ref, "containerName").n) {
        check_required(c, "containerName", "");
    } else if (!name.n) {
        check_required(c, "resource", "");
    } else if (!resource_of(name)) {
        const char *words[RESOURCES_EXACT + 1] = {NULL};
        for (int i = 0; i < RESOURCES_EXACT; i++) words[i] = resources[i].name;
        check_not_supported(c, "resource", member_at(ref, "resource"), words);
    }
    check_divisor(c, name, text_at(ref, "divisor"));
    check_pop(c, mark);
}

/* ---- Keys of ConfigMaps, Secrets and files ---- */

static void check_key_ref(struct check *c, const struct json *ref)
{
    struct str key = text_at(ref, "key");
    check_name_by(c, "name", text_at(ref, "name"), name_dns1123_subdomain);
    if (key.n)
        check_name_by(c, "key", key, name_config_key);
    else
        check_required(c, "key", "");
}

static void check_file_ref(struct check *c, const struct json *ref)
{
    struct str key = text_at(ref, "key"), volume = text_at(ref, "volumeName"), path = text_at(ref, "path");
    if (key.n)
        check_name_by(c, "key", key, name_env);
    else
        check_required(c, "key", "");
    if (volume.n)
        check_name_by(c, "volumeName", volume, name_dns1123_label);
    else
        check_required(c, "volumeName", "");
    if (path.n)
        check_no_backsteps(c, "path", path);
    else
        check_required(c, "path", "");
}

/* ---- Variables ---- */

static void check_value_from(struct check *c, const struct json *env, const struct json *from)
{
    static const struct {
        const char *name;
        void (*check)(struct check *c, const struct json *ref);
    } refs[] = {{"configMapKeyRef", check_key_ref}, {"secretKeyRef", check_key_ref}, {"fileKeyRef", check_file_ref}};
    const struct json *field = member_at(from, "fieldRef"), *resource = member_at(from, "resourceFieldRef");
    int count = (field != NULL) + (resource != NULL);
    size_t mark = check_member(c, "valueFrom");
    if (field) check_field_ref(c, field, false);
    if (resource) check_resource_field_ref(c, resource, false);
    for (size_t i = 0; i < ARRAY_LEN(refs); i++) {
        const struct json *ref = member_at(from, refs[i].name);
        if (!ref) continue;
        size_t at = check_member(c, refs[i].name);
        refs[i].check(c, ref);
        check_pop(c, at);
        count++;
    }
    if (!count)
        check_invalid_str(
            c, NULL, STR(""),
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
    else if (text_at(env, "value").n)
        check_invalid_str(c, NULL, STR(""), "may not be specified when `value` is not empty");
    else if (count > 1)
        check_invalid_str(c, NULL, STR(""), "may not have more than one field specified at a time");
    check_pop(c, mark);
}

static void check_variables(struct check *c, const struct json *list)
{
    size_t outer = check_member(c, "env"), i = 0;
    JSON_FOREACH(env, list)
    {
        size_t mark = check_index(c, i++);
        struct str name = text_at(env, "name");
        const struct json *from = member_at(env, "valueFrom");
        if (name.n)
            check_name_by(c, "name", name, name_env);
        else
            check_required(c, "name", "");
        if (from) check_value_from(c, env, from);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- All keys of an object as variables ---- */

static void check_source_name(struct check *c, const char *member, const struct json *ref)
{
    struct str name = text_at(ref, "name");
    size_t mark = check_member(c, member);
    const char *why = name.n ? name_dns1123_subdomain(name_mask_prefix(name, arena_alloc(c->arena, name.n + 1))) : NULL;
    if (!name.n) check_required(c, "name", "");
    if (why) check_invalid_str(c, "name", name, why); /* a dash may end it */
    check_pop(c, mark);
}

static void check_env_from(struct check *c, const struct json *list)
{
    size_t outer = check_member(c, "envFrom"), i = 0;
    JSON_FOREACH(from, list)
    {
        size_t mark = check_index(c, i++);
        struct str prefix = text_at(from, "prefix");
        const struct json *map = member_at(from, "configMapRef"), *secret = member_at(from, "secretRef");
        if (prefix.n) check_name_by(c, "prefix", prefix, name_env);
        if (map) check_source_name(c, "configMapRef", map);
        if (secret) check_source_name(c, "secretRef", secret);
        check_pop(c, mark); /* what follows is said of the list */
        if (!map && !secret)
            check_invalid_str(c, NULL, STR(""), "must specify one of: `configMapRef` or `secretRef`");
        else if (map && secret)
            check_invalid_str(c, NULL, STR(""), "may not have more than one field specified at a time");
    }
    check_pop(c, outer);
}

void check_env(struct pod_rules *r, const struct json *container)
{
    const struct json *env = member_at(container, "env"), *from = member_at(container, "envFrom");
    if (env) check_variables(r->c, env);
    if (from) check_env_from(r->c, from);
}

/* ---- Files of an emptyDir ---- */

static void note_file_ref(struct pod_rules *r, const struct json *container)
{
    JSON_FOREACH(env, member_at(container, "env"))
    if (member_at(member_at(env, "valueFrom"), "fileKeyRef")) r->has_file_refs = true;
}

static void check_file_refs(struct pod_rules *r, const struct json *container)
{
    size_t outer = check_member(r->c, "env"), i = 0;
    JSON_FOREACH(env, member_at(container, "env"))
    {
        size_t mark = check_index(r->c, i++);
        const struct json *ref = member_at(member_at(env, "valueFrom"), "fileKeyRef");
        const struct json *name = member_at(ref, "volumeName"), *volume;
        if (!name) name = json_strc(r->c->arena, "");
        if (!ref)
            volume = NULL;
        else if (!(volume = name_set_get(&r->all_volumes, json_string(name))))
            check_not_found(r->c, "valueFrom.fileKeyRef.volumeName", name);
        else if (!member_at(volume, "emptyDir"))
            check_invalid(r->c, "valueFrom.fileKeyRef.volumeName", name, "referenced volume must be of type emptyDir");
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}

void check_env_files(struct pod_rules *r)
{
    check_each_container(r, note_file_ref);
    if (!r->has_file_refs) return;
    name_set_init(&r->all_volumes);
    JSON_FOREACH(volume, member_at(r->spec, "volumes")) name_set_add(&r->all_volumes, text_at(volume, "name"), volume);
    check_each_container(r, check_file_refs);
    name_set_release(&r->all_volumes);
}
