/* check_config.c - validation of the small kinds: ConfigMap, Secret, ServiceAccount, Namespace
 * (pkg/apis/<group>/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/decode.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/names.h"
#include "apiserver/object/object.h"
#include "base/map.h"
#include "schema_ids.h"

enum { DATA_MAX = 1048576 };

/* ---- Data ---- */

static size_t decoded_size(struct str base64)
{
    size_t padding = 0;
    while (padding < base64.n && base64.p[base64.n - 1 - padding] == '=') padding++;
    return base64.n / 4 * 3 - padding;
}

/* Keys of one map; adds up the sizes of its values. beside: the map that must not have the same keys, or NULL. */
static size_t check_keys(struct check *c, const struct json *map, const char *member, bool base64,
                         const struct map *beside)
{
    size_t outer = check_member(c, member), total = 0;
    for (OBJ_EACH(it, map, "")) {
        size_t mark = check_key(c, obj_key(it));
        check_name_by(c, NULL, obj_key(it), name_config_key);
        if (beside && map_has(beside, obj_key(it)))
            check_invalid_str(c, NULL, obj_key(it), "duplicate of key present in binaryData");
        check_pop(c, mark);
        total += base64 ? decoded_size(obj_text(it)) : obj_text(it).n;
    }
    check_pop(c, outer);
    return total;
}

/* immutable: true freezes the data and itself, and to have none is not to have an empty map; but of a ConfigMap's data
 * defaulting makes a map (SetDefaults_ConfigMap). */
static void check_immutable(struct check *c, const struct api_type *t, const struct json *node, const struct json *old,
                            const char *const *members)
{
    static const char why[] = "field is immutable when `immutable` is set";
    if (!obj_bool(old, ".immutable", false)) return;
    if (!obj_bool(node, ".immutable", false)) check_forbidden(c, "immutable", why);
    for (; *members; members++) {
        const struct json *now = json_getc(node, *members), *was = json_getc(old, *members);
        bool made = t == &type_core_v1_ConfigMap && strcmp(*members, "data") == 0;
        bool same = !now && !was ? made || !api_sent_empty(node, t, *members) : json_equal(now, was);
        if (!same) check_forbidden(c, *members, why);
    }
}

/* type ConfigMap check=fn:config_map whole */
void check_config_map(struct check *c, const struct json *node, const struct json *old)
{
    static const char *const members[] = {"data", "binaryData", NULL};
    struct map binary = {0};
    if (old) {
        check_meta_update(c);
        check_immutable(c, &type_core_v1_ConfigMap, node, old, members);
    }
    check_meta(c);
    for (OBJ_EACH(it, node, ".binaryData")) map_set(&binary, obj_key(it), c);
    size_t total = check_keys(c, json_getc(node, "data"), "data", false, binary.count ? &binary : NULL);
    map_release(&binary, NULL);
    total += check_keys(c, json_getc(node, "binaryData"), "binaryData", true, NULL);
    if (total > DATA_MAX) check_too_long(c, "[]", DATA_MAX); /* as upstream writes a path without a name */
}

/* ---- Secret ---- */

static bool has_data(const struct json *secret, const char *key)
{
    return json_getc(json_getc(secret, "data"), key) != NULL;
}

static void check_needed(struct check *c, const char *member, const char *key)
{
    size_t outer = check_member(c, member);
    check_key(c, str_of(key));
    check_required(c, NULL, "");
    check_pop(c, outer);
}

/* The text of a JSON object? Go's words for what it is otherwise. */
static const char *why_no_object(struct arena *a, struct str base64)
{
    static const char *const names[] = {[JSON_BOOL] = "bool",
                                        [JSON_INT] = "number",
                                        [JSON_REAL] = "number",
                                        [JSON_STR] = "string",
                                        [JSON_ARR] = "array"};
    struct err e = ERR_INIT;
    struct str text;
    if (!object_unbase64(a, base64, &text)) return NULL; /* refused when it was decoded */
    const struct json *j = json_parse(a, text, &e);
    if (!j) return arena_printf(a, "%s", e.text);
    if (j->type == JSON_OBJ || j->type == JSON_NULL) return NULL;
    return arena_printf(a, "json: cannot unmarshal %s into Go value of type map[string]interface {}", names[j->type]);
}

static void check_docker_config(struct check *c, const struct json *secret, const char *key)
{
    const struct json *value = json_getc(json_getc(secret, "data"), key);
    const char *why = why_no_object(c->arena, obj_text(value));
    size_t outer = check_member(c, "data");
    check_key(c, str_of(key));
    if (why) check_invalid_str(c, NULL, STR("<secret contents redacted>"), why);
    check_pop(c, outer);
}

static void check_secret_type(struct check *c, const struct json *secret)
{
    static const struct {
        const char *type, *keys[2];
        bool is_json, not_empty;
    } needs[] = {
        {"kubernetes.io/dockercfg", {".dockercfg"}, true, false},
        {"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}, true, false},
        {"kubernetes.io/ssh-auth", {"ssh-privatekey"}, false, true},
        {"kubernetes.io/tls", {"tls.crt", "tls.key"}, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        if (!obj_is(secret, ".type", needs[i].type)) continue;
        for (size_t k = 0; k < ARRAY_LEN(needs[i].keys) && needs[i].keys[k]; k++) {
            const char *key = needs[i].keys[k];
            if (!has_data(secret, key) ||
                (needs[i].not_empty && !obj_text(json_getc(json_getc(secret, "data"), key)).n))
                check_needed(c, "data", key);
            else if (needs[i].is_json)
                check_docker_config(c, secret, key);
        }
    }
    if (obj_is(secret, ".type", "kubernetes.io/basic-auth") && !has_data(secret, "username") &&
        !has_data(secret, "password")) {
        check_needed(c, "data", "username");
        check_needed(c, "data", "password");
    }
    if (obj_is(secret, ".type", "kubernetes.io/service-account-token") &&
        !obj_map_str(secret, ".metadata.annotations", STR("kubernetes.io/service-account.name")).n)
        check_needed(c, "metadata.annotations", "kubernetes.io/service-account.name");
}

/* type Secret check=fn:secret whole */
void check_secret(struct check *c, const struct json *node, const struct json *old)
{
    static const char *const members[] = {"data", NULL};
    if (old) {
        check_meta_update(c);
        check_same(c, "type", json_getc(node, "type"), json_getc(old, "type"));
        check_immutable(c, &type_core_v1_Secret, node, old, members);
    }
    check_meta(c);
    if (check_keys(c, json_getc(node, "data"), "data", true, NULL) > DATA_MAX) check_too_long(c, "data", DATA_MAX);
    check_secret_type(c, node);
}

/* ---- ServiceAccount, Namespace ---- */

/* type ServiceAccount check=fn:service_account whole */
void check_service_account(struct check *c, const struct json *node, const struct json *old)
{
    (void)node;
    if (old) check_meta_update(c);
    check_meta(c);
}

/* indexed: each is told at its place in the list. */
static void check_space_finalizers(struct check *c, const struct json *ns, bool indexed)
{
    size_t outer = check_member(c, "spec"), i = 0;
    for (OBJ_EACH(it, ns, ".spec.finalizers")) {
        size_t mark = indexed ? check_into(c, "finalizers", i++) : check_member(c, "finalizers");
        check_name_by(c, NULL, obj_text(it), name_qualified);
        check_finalizer_owner(c, obj_text(it));
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_phase(struct check *c, const struct json *ns)
{
    struct str phase = obj_str(ns, ".status.phase");
    bool ends = obj_is_deleting(ns);
    if (!str_eqc(phase, ends ? "Terminating" : "Active"))
        check_invalid_str(c, "status.Phase", phase.p ? phase : STR(""),
                          ends ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
                               : "may only be 'Active' if `deletionTimestamp` is empty");
}

/* type Namespace check=fn:namespace whole */
void check_namespace(struct check *c, const struct json *ns, const struct json *old)
{
    if (!c->sub) {
        check_meta(c);
        check_space_finalizers(c, ns, false);
    }
    if (old) check_meta_update(c);
    if (c->sub && strcmp(c->sub, "status") == 0) check_phase(c, ns);
    if (c->sub && strcmp(c->sub, "finalize") == 0) check_space_finalizers(c, ns, true);
}
