/* check_device.c - the rules that several kinds of resource.k8s.io share. See check_device.h.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_device.h"

#include "apiserver/object/check_node_selector.h"

#include "api/object.h"
#include "api/schema.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

enum {
    POOL_NAME_MAX = 253,
    IDENTIFIER_MAX = 32,
    SELECTORS_MAX = 32,
    EXPRESSION_MAX = 10 * 1024,
    PARAMETERS_MAX = 10 * 1024,
    BINDING_CONDITIONS_MAX = 4,
    UUID_LEN = 36,
    UUID_BARE_LEN = 32
};

/* ---- Names ---- */

void check_pool_name(struct check *c, const char *member, struct str name)
{
    if (!name.n) check_required(c, member, "");
    if (name.n > POOL_NAME_MAX) check_too_long(c, member, POOL_NAME_MAX);
    for (struct str rest = name; name.n && !str_is_null(rest);)
        check_name_by(c, member, str_cut(rest, '/', &rest), name_dns1123_subdomain);
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/* github.com/google/uuid takes the 32 digits without dashes as well. */
static bool is_uuid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool dash = s.n == UUID_LEN && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash ? s.p[i] != '-' : !is_hex(s.p[i])) return false;
    }
    return true;
}

static bool is_lower_case(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z') return false;
    return true;
}

void check_share_id(struct check *c, const char *member, const struct json *id)
{
    struct str s = obj_text(id);
    if (!id) return;
    if (s.n != UUID_LEN && s.n != UUID_BARE_LEN)
        check_invalidf(c, member, id, "error validating uid: invalid UUID length: %zu", s.n);
    else if (!is_uuid(s))
        check_invalid(c, member, id, "error validating uid: invalid UUID format");
    else if (s.n != UUID_LEN || !is_lower_case(s))
        check_invalid(c, member, id,
                      "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase "
                      "hexadecimal characters");
}

static void check_identifier(struct check *c, struct str id)
{
    if (id.n > IDENTIFIER_MAX) check_too_long(c, NULL, IDENTIFIER_MAX);
    check_name_by(c, NULL, id, name_c_identifier);
}

void check_qualified_device_name(struct check *c, struct str name)
{
    struct str id, domain = str_cut(name, '/', &id);
    if (str_is_null(id)) {
        check_identifier(c, name);
        return;
    }
    if (str_chr(id, '/') != SIZE_MAX) return; /* upstream takes more than one slash as it is */
    if (domain.n)
        check_driver_name(c, NULL, domain);
    else
        check_invalid_str(c, NULL, STR(""), "the domain must not be empty");
    if (id.n)
        check_identifier(c, id);
    else
        check_invalid_str(c, NULL, STR(""), "the name must not be empty");
}

void check_full_device_name(struct check *c, const char *member, struct str name)
{
    size_t mark = check_member(c, member);
    check_qualified_device_name(c, name);
    if (str_chr(name, '/') == SIZE_MAX)
        check_invalid_str(c, NULL, name, "a fully qualified name must be a domain and a name separated by a slash");
    check_pop(c, mark);
}

void check_distinct(struct check *c, const struct json *list, const char *path)
{
    struct map seen = {0};
    size_t i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        (void)check_unique(c, NULL, obj_str(it, path), &seen);
        check_pop(c, at);
    }
    map_release(&seen, NULL);
}

void check_text_set(struct check *c, const char *member, const struct json *list, int max, check_text_fn *check_one,
                    const void *arg)
{
    if (!check_list_size(c, member, list, max)) return;
    size_t mark = check_member(c, member), i = 0;
    for (const struct json *it = check_one ? obj_first(list, "") : NULL; it; it = obj_next(it)) {
        size_t at = check_index(c, i++);
        check_one(c, obj_text(it), arg);
        check_pop(c, at);
    }
    check_distinct(c, list, "");
    check_pop(c, mark);
}

/* ---- Selectors and settings ---- */

void check_device_selectors(struct check *c, const struct json *selectors)
{
    if (!check_list_size(c, "selectors", selectors, SELECTORS_MAX)) return;
    size_t mark = check_member(c, "selectors"), i = 0;
    for (OBJ_EACH(it, selectors, "")) {
        size_t at = check_index(c, i++);
        if (!obj_has(it, ".cel")) check_required(c, "cel", "");
        if (obj_str(it, ".cel.expression").n > EXPRESSION_MAX) check_too_long(c, "cel.expression", EXPRESSION_MAX);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

void check_raw_object(struct check *c, const char *member, const struct json *value, size_t max)
{
    struct buf text AUTO_BUF = {0};
    if (!value || value->type == JSON_NULL) {
        check_required(c, member, "");
        return;
    }
    buf_init(&text, max + 1);
    json_write(&text, value);
    if (!buf_ok(&text) || text.n > max)
        check_too_long(c, member, (int)max);
    else if (value->type != JSON_OBJ)
        check_invalid_str(c, member, STR("<value omitted>"), "must be a valid JSON object");
}

void check_device_config(struct check *c, const struct json *config)
{
    const struct json *opaque = obj_get(config, ".opaque");
    if (!opaque) {
        check_required(c, "opaque", "");
        return;
    }
    size_t mark = check_member(c, "opaque");
    check_driver_name(c, "driver", obj_str(opaque, ".driver"));
    check_raw_object(c, "parameters", obj_get(opaque, ".parameters"), PARAMETERS_MAX);
    check_pop(c, mark);
}

/* ---- Taints ---- */

static const char *const effects[] = {"NoExecute", "NoSchedule", "None", NULL};

void check_device_taint(struct check *c, const struct json *taint)
{
    const struct json *effect = obj_get(taint, ".effect");
    check_name_by(c, "key", obj_str(taint, ".key"), name_qualified);
    check_name_by(c, "value", obj_str(taint, ".value"), name_label_value);
    if (!obj_text(effect).n)
        check_required(c, "effect", "");
    else if (!check_is_among(obj_text(effect), effects))
        check_not_supported(c, "effect", effect, effects);
}

void check_device_toleration(struct check *c, const struct json *toleration)
{
    static const char *const operators[] = {"Equal", "Exists", NULL};
    const struct json *effect = obj_get(toleration, ".effect"), *operator= obj_get(toleration, ".operator");
    struct str key = obj_str(toleration, ".key"), value = obj_str(toleration, ".value");
    if (key.n) check_name_by(c, "key", key, name_qualified);
    if (str_eqc(obj_text(operator), "Exists")) {
        if (value.n) check_invalid_str(c, "value", value, "must be empty for operator `Exists`");
    } else if (str_eqc(obj_text(operator), "Equal")) {
        check_name_by(c, "value", value, name_label_value);
    } else {
        check_not_supported(c, "operator", operator, operators);
    }
    if (obj_text(effect).n && !check_is_among(obj_text(effect), effects))
        check_not_supported(c, "effect", effect, effects);
}

/* ---- Conditions of binding ---- */

static void check_condition_keys(struct check *c, const char *member, const struct json *list)
{
    if (!check_list_size(c, member, list, BINDING_CONDITIONS_MAX)) return;
    size_t mark = check_member(c, member), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        check_name_by(c, NULL, obj_text(it), name_qualified);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

/* others: names that may not be in the list; NULL: none. */
static void check_once(struct check *c, const char *member, const struct json *list, const struct map *others,
                       struct map *seen)
{
    size_t mark = check_member(c, member), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t at = check_index(c, i++);
        (void)check_unique(c, NULL, obj_text(it), seen);
        if (others && map_has(others, obj_text(it)))
            check_invalid(c, NULL, it, "bindingFailureConditions must not overlap with bindingConditions");
        check_pop(c, at);
    }
    check_pop(c, mark);
}

void check_binding_conditions(struct check *c, const struct json *device)
{
    const struct json *wanted = obj_get(device, ".bindingConditions"),
                      *failures = obj_get(device, ".bindingFailureConditions");
    struct map seen = {0}, failed = {0};
    check_condition_keys(c, "bindingConditions", wanted);
    check_condition_keys(c, "bindingFailureConditions", failures);
    check_once(c, "bindingConditions", wanted, NULL, &seen);
    check_once(c, "bindingFailureConditions", failures, &seen, &failed);
    if (!obj_count(wanted, "") && obj_count(failures, ""))
        check_invalid(c, "bindingConditions", wanted, "bindingConditions are required to use bindingFailureConditions");
    if (!obj_count(failures, "") && obj_count(wanted, ""))
        check_invalid(c, "bindingFailureConditions", failures,
                      "bindingFailureConditions are required to use bindingConditions");
    map_release(&seen, NULL);
    map_release(&failed, NULL);
}

/* ---- Node selectors ---- */

void check_node_selector_terms(struct check *c, const struct json *selector)
{
    size_t mark = check_member(c, "nodeSelector");
    check_node_terms(c, selector, false);
    check_pop(c, mark);
}
