/* check_config.c - validation of the small kinds: ConfigMap, Secret, Namespace, Node
 * (pkg/apis/<group>/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/names.h"

enum { DATA_MAX = 1048576 };

static size_t check_keys(struct check *c, const struct json *node, const char *member)
{
    size_t mark = check_member(c, member), total = 0;
    for (OBJ_EACH(it, json_getc(node, member), "")) {
        const char *why = name_config_key(obj_key(it));
        size_t at = check_key(c, obj_key(it));
        if (why) check_invalid_str(c, NULL, obj_key(it), why);
        check_pop(c, at);
        total += obj_text(it).n;
    }
    check_pop(c, mark);
    return total;
}

/* immutable: true freezes the data and itself. */
static void check_immutable(struct check *c, const struct json *node, const struct json *old,
                            const char *const *members)
{
    if (!old || !obj_bool(old, ".immutable", false)) return;
    if (!obj_bool(node, ".immutable", false))
        check_forbidden(c, "immutable", "field is immutable when `immutable` is set");
    for (int i = 0; members[i]; i++) {
        const struct json *now = json_getc(node, members[i]), *was = json_getc(old, members[i]);
        if ((now || was) && !json_equal(now, was))
            check_forbidden(c, members[i], "field is immutable when `immutable` is set");
    }
}

/* type ConfigMap check=fn:config_map */
void check_config_map(struct check *c, const struct json *node, const struct json *old)
{
    static const char *const members[] = {"data", "binaryData", NULL};
    size_t total = check_keys(c, node, "data");
    total += check_keys(c, node, "binaryData") / 4 * 3;
    for (OBJ_EACH(it, node, ".data"))
        if (json_get(json_getc(node, "binaryData"), obj_key(it)))
            check_invalid_str(c, "data", obj_key(it), "duplicate of key present in binaryData");
    if (total > DATA_MAX) check_too_long(c, "", DATA_MAX);
    check_immutable(c, node, old, members);
}

/* type Secret check=fn:secret */
void check_secret(struct check *c, const struct json *node, const struct json *old)
{
    static const char *const members[] = {"data", NULL};
    static const struct {
        const char *type, *keys[3];
    } needs[] = {
        {"kubernetes.io/tls", {"tls.crt", "tls.key"}},
        {"kubernetes.io/dockercfg", {".dockercfg"}},
        {"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}},
        {"kubernetes.io/ssh-auth", {"ssh-privatekey"}},
    };
    if (check_keys(c, node, "data") / 4 * 3 > DATA_MAX) check_too_long(c, "data", DATA_MAX);
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        if (!obj_is(node, ".type", needs[i].type)) continue;
        for (int k = 0; needs[i].keys[k]; k++) {
            if (json_getc(json_getc(node, "data"), needs[i].keys[k])) continue;
            size_t mark = check_member(c, "data");
            check_key(c, str_of(needs[i].keys[k]));
            check_required(c, NULL, "");
            check_pop(c, mark);
        }
    }
    if (obj_is(node, ".type", "kubernetes.io/basic-auth") && !json_getc(json_getc(node, "data"), "username") &&
        !json_getc(json_getc(node, "data"), "password")) {
        check_required(c, "data[username]", "");
        check_required(c, "data[password]", "");
    }
    if (old && !str_eq(obj_str(node, ".type"), obj_str(old, ".type")))
        check_invalid(c, "type", obj_get(node, ".type"), "field is immutable");
    check_immutable(c, node, old, members);
}

/* type Taint check=fn:taint */
void check_taint(struct check *c, const struct json *taint, const struct json *old)
{
    (void)old;
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
    const char *why = name_qualified(obj_str(taint, ".key"));
    if (why) check_invalid_str(c, "key", obj_str(taint, ".key"), why);
    if ((why = name_label_value(obj_str(taint, ".value"))))
        check_invalid_str(c, "value", obj_str(taint, ".value"), why);
    bool known = false;
    for (int i = 0; effects[i]; i++) known = known || obj_is(taint, ".effect", effects[i]);
    if (!known && !obj_str(taint, ".effect").n)
        check_required(c, "effect", "");
    else if (!known)
        check_not_supported(c, "effect", obj_get(taint, ".effect"), effects);
}

/* type NodeSpec check=fn:node_spec: a taint is unique by key and effect. */
void check_node_spec(struct check *c, const struct json *spec, const struct json *old)
{
    if (old && obj_str(old, ".podCIDR").n && !str_eq(obj_str(old, ".podCIDR"), obj_str(spec, ".podCIDR")))
        check_forbidden(c, "podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
    if (old && obj_str(old, ".providerID").n && !str_eq(obj_str(old, ".providerID"), obj_str(spec, ".providerID")))
        check_forbidden(c, "providerID", "node updates may not change providerID except from \"\" to valid");
    size_t i = 0, outer = check_member(c, "taints");
    for (OBJ_EACH(t, spec, ".taints")) {
        size_t mark = check_index(c, i++);
        for (const struct json *p = obj_first(spec, ".taints"); p && p != t; p = obj_next(p))
            if (str_eq(obj_str(p, ".key"), obj_str(t, ".key")) && str_eq(obj_str(p, ".effect"), obj_str(t, ".effect")))
                check_duplicate(c, NULL, t);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}
