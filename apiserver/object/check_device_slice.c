/* check_device_slice.c - the devices that a driver offers. See check_device.h.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_device.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "schema_hooks.h"
#include "schema_ids.h"

enum {
    DEVICES_MAX = 128,
    ADVANCED_DEVICES_MAX = 64, /* with taints or shared counters */
    COUNTER_SETS_MAX = 8,
    COUNTERS_MAX = 32,
    CONSUMED_SETS_MAX = 2,
    FACTS_MAX = 32, /* attributes and capacities of one device */
    ATTRIBUTE_VALUES_MAX = 48,
    ATTRIBUTE_BYTES_MAX = 64,
    TAINTS_MAX = 16,
    KEY_SHOWN_MAX = 63 + 1 + 32, /* a longer key is shown without its middle */
    VALID_VALUES_MAX = 10
};

/* ---- Where devices can be used ---- */

/* A list in one text: "{`a`, `b`}". */
struct chosen {
    struct arena *arena;
    const char *text;
    int count;
};

static void choose(struct chosen *set, const char *name)
{
    set->text =
        set->count++ ? arena_printf(set->arena, "%s, `%s`", set->text, name) : arena_printf(set->arena, "`%s`", name);
}

static void check_true(struct check *c, struct chosen *set, const struct json *node, const char *member)
{
    const struct json *value = json_getc(node, member);
    if (!value) return;
    if (obj_bool(value, "", false))
        choose(set, member);
    else
        check_invalid(c, member, value, "must be either unset or set to true");
}

static void check_node_choice(struct check *c, struct chosen *set, const struct json *node, const char *empty)
{
    const struct json *name = obj_get(node, ".nodeName");
    if (name && !obj_text(name).n) check_invalid(c, "nodeName", name, empty);
    if (name && obj_text(name).n) {
        choose(set, "nodeName");
        check_name_by(c, "nodeName", obj_text(name), name_dns1123_subdomain);
    }
    if (obj_has(node, ".nodeSelector")) {
        choose(set, "nodeSelector");
        check_node_selector_terms(c, obj_get(node, ".nodeSelector"));
    }
}

static void check_chosen(struct check *c, const struct chosen *set, const char *none, const char *several)
{
    if (!set->count) check_required(c, NULL, none);
    if (set->count > 1) check_invalid_str(c, NULL, str_printf(c->arena, "{%s}", set->text), several);
}

static void check_slice_nodes(struct check *c, const struct json *spec)
{
#define ONE_OF_FOUR "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
    struct chosen set = {.arena = c->arena};
    const struct json *terms = obj_get(spec, ".nodeSelector.nodeSelectorTerms");
    check_node_choice(c, &set, spec, "must be either unset or set to a non-empty string");
    if (obj_has(spec, ".nodeSelector") && obj_count(terms, "") != 1)
        check_invalid_inner(c, "nodeSelector.nodeSelectorTerms", &type_core_v1_NodeSelectorTerm,
                            json_is(terms, JSON_ARR) ? terms : NULL, "must have exactly one node selector term");
    check_true(c, &set, spec, "allNodes");
    check_true(c, &set, spec, "perDeviceNodeSelection");
    check_chosen(c, &set, ONE_OF_FOUR, ONE_OF_FOUR ", but multiple fields are set");
#undef ONE_OF_FOUR
}

static void check_device_nodes(struct check *c, const struct json *device, bool each)
{
    static const char one[] = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when "
                              "`perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    struct chosen set = {.arena = c->arena};
    if (each) {
        check_node_choice(c, &set, device, "must not be empty");
        check_true(c, &set, device, "allNodes");
        check_chosen(c, &set, one, one);
    } else if (obj_has(device, ".nodeName") || obj_has(device, ".nodeSelector") || obj_has(device, ".allNodes")) {
        check_invalid(c, NULL, NULL,
                      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to "
                      "true in the ResourceSlice spec");
    }
}

/* ---- Attributes ---- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_identifier(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i])) return false;
    return s.n && (s.n == 1 || s.p[0] != '0');
}

/* Identifiers between dots; of a pre-release those that are numbers have no leading zero. */
static bool are_identifiers(struct str s, bool pre_release)
{
    for (struct str part, rest = s; !str_is_null(rest);) {
        bool digits = true;
        part = str_cut(rest, '.', &rest);
        for (size_t i = 0; i < part.n; i++) {
            if (!is_identifier(part.p[i])) return false;
            digits = digits && is_digit(part.p[i]);
        }
        if (!part.n || (pre_release && digits && !is_number(part))) return false;
    }
    return true;
}

/* semver.org 2.0.0 */
static bool is_version(struct str s)
{
    struct str build, pre, minor, patch;
    s = str_cut(s, '+', &build);
    s = str_cut(s, '-', &pre);
    struct str major = str_cut(s, '.', &minor);
    minor = str_cut(minor, '.', &patch);
    if (str_is_null(patch) || !is_number(major) || !is_number(minor) || !is_number(patch)) return false;
    return (str_is_null(pre) || are_identifiers(pre, true)) && (str_is_null(build) || are_identifiers(build, false));
}

static void check_attribute(struct check *c, const struct json *attribute)
{
    const struct json *text = obj_get(attribute, ".string"), *version = obj_get(attribute, ".version");
    size_t set = obj_count(attribute, "");
    if (obj_text(text).n > ATTRIBUTE_BYTES_MAX) check_too_long(c, "string", ATTRIBUTE_BYTES_MAX);
    if (version && !is_version(obj_text(version)))
        check_invalid(c, "version", version, "must be a string compatible with semver.org spec 2.0.0");
    if (obj_text(version).n > ATTRIBUTE_BYTES_MAX) check_too_long(c, "version", ATTRIBUTE_BYTES_MAX);
    if (!set) check_invalid_str(c, NULL, STR(""), "exactly one value must be specified");
    if (set > 1)
        check_invalid_inner(c, NULL, &type_resource_k8s_io_v1_DeviceAttribute, attribute,
                            "exactly one value must be specified");
}

/* [key], without its middle when it is long. */
static size_t enter_key(struct check *c, struct str key, size_t max)
{
    size_t rest = max - 3;
    if (key.n <= max) return check_key(c, key);
    return check_key(c, str_printf(c->arena, "%.*s...%.*s", (int)((rest + 1) / 2), key.p, (int)(rest / 2),
                                   key.p + key.n - rest / 2));
}

static void check_attributes(struct check *c, const struct json *attributes)
{
    size_t mark = check_member(c, "attributes");
    for (OBJ_EACH(it, attributes, "")) {
        check_qualified_device_name(c, obj_key(it));
        size_t at = enter_key(c, obj_key(it), KEY_SHOWN_MAX);
        check_attribute(c, it);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

/* ---- Capacity that is shared ---- */

static bool read_quantity(const struct json *node, const char *path, struct qty *out)
{
    struct err e = ERR_INIT;
    return obj_has(node, path) && qty_parse(obj_str(node, path), out, &e);
}

static struct str text_of(struct arena *a, const struct qty *q)
{
    char text[QTY_TEXT_MAX];
    return str_copy(a, str_of(qty_write(q, text)));
}

/* Differences wrap, as upstream's do. */
static bool is_multiple(int64_t value, int64_t min, int64_t step)
{
    int64_t difference = (int64_t)((uint64_t)value - (uint64_t)min);
    return step == -1 || (step && difference % step == 0); /* by -1, INT64_MIN would trap */
}

static void check_step(struct check *c, const struct qty *value, const struct qty *min, const struct qty *step)
{
    if (is_multiple(qty_value(value), qty_value(min), qty_value(step))) return;
    check_invalid_str(c, "step", text_of(c->arena, value),
                      arena_printf(c->arena, "value is not a multiple of a given step (%.*s) from (%.*s)",
                                   STR_ARG(text_of(c->arena, step)), STR_ARG(text_of(c->arena, min))));
}

/* "x: TEXT" of a comparison that does not hold. */
static void check_order(struct check *c, bool ok, const char *member, const struct qty *shown, const char *what,
                        const struct qty *bound)
{
    if (!ok)
        check_invalid_str(c, member, text_of(c->arena, shown),
                          arena_printf(c->arena, "%s: %.*s", what, STR_ARG(text_of(c->arena, bound))));
}

static void check_range(struct check *c, const struct json *range, const struct qty *usual, const struct qty *all)
{
    struct qty min, max, step;
    bool has_max = read_quantity(range, ".max", &max);
    size_t mark = check_member(c, "validRange");
    if (!read_quantity(range, ".min", &min)) {
        check_required(c, "min", "required when validRange is defined");
        check_pop(c, mark);
        return;
    }
    check_order(c, qty_cmp(&min, all) <= 0, "min", &min, "min is larger than capacity value", all);
    check_order(c, qty_cmp(usual, &min) >= 0, "min", usual, "default is less than min", &min);
    if (has_max) {
        check_order(c, qty_cmp(&min, &max) <= 0, "max", &min, "min is larger than max", &max);
        check_order(c, qty_cmp(&max, all) <= 0, "max", &max, "max is larger than capacity value", all);
        check_order(c, qty_cmp(usual, &max) <= 0, "max", usual, "default is more than max", &max);
    }
    if (read_quantity(range, ".step", &step)) {
        struct qty next = qty_add(&min, &step);
        if (qty_cmp(&next, all) > 0)
            check_invalid_str(c, "step", text_of(c->arena, &step),
                              arena_printf(c->arena, "one step %.*s is larger than capacity value: %.*s",
                                           STR_ARG(text_of(c->arena, &next)), STR_ARG(text_of(c->arena, all))));
        check_step(c, usual, &min, &step);
        if (has_max) check_step(c, &max, &min, &step);
    }
    check_pop(c, mark);
}

static void check_ascending(struct check *c, const struct json *values)
{
    struct qty before, q;
    struct err e = ERR_INIT;
    size_t i = 0;
    for (OBJ_EACH(it, values, "")) {
        size_t at = check_index(c, i);
        if (qty_parse(obj_text(it), &q, &e) && i++ && qty_cmp(&before, &q) > 0)
            check_invalid(c, NULL, it, "values must be sorted in ascending order");
        before = q;
        check_pop(c, at);
    }
}

/* Upstream tells doubles by whole units. */
static bool is_double(const struct json *values, const struct json *value)
{
    struct qty a, b;
    struct err e = ERR_INIT;
    for (OBJ_EACH(it, values, "")) {
        if (it == value) return false;
        if (qty_parse(obj_text(it), &a, &e) && qty_parse(obj_text(value), &b, &e) && qty_value(&a) == qty_value(&b))
            return true;
    }
    return false;
}

static void check_values(struct check *c, const struct json *values, const struct qty *usual, const struct qty *all)
{
    struct qty q;
    struct err e = ERR_INIT;
    size_t mark = check_member(c, "validValues"), i = 0;
    bool few = obj_count(values, "") <= VALID_VALUES_MAX, found = false;
    check_ascending(c, values);
    if (!few) check_too_many(c, NULL, obj_count(values, ""), VALID_VALUES_MAX);
    for (const struct json *it = few ? obj_first(values, "") : NULL; it; it = obj_next(it)) {
        size_t at = check_index(c, i++);
        if (qty_parse(obj_text(it), &q, &e)) {
            check_order(c, qty_cmp(&q, all) <= 0, NULL, &q, "option is larger than capacity value", all);
            found = found || qty_cmp(&q, usual) == 0;
        }
        check_pop(c, at);
    }
    i = 0;
    for (const struct json *it = few ? obj_first(values, "") : NULL; it; it = obj_next(it)) {
        size_t at = check_index(c, i++);
        if (is_double(values, it) && qty_parse(obj_text(it), &q, &e))
            check_duplicate(c, NULL, json_str(c->arena, str_printf(c->arena, "%lld", (long long)qty_value(&q))));
        check_pop(c, at);
    }
    if (!found)
        check_invalid_str(c, NULL, text_of(c->arena, usual),
                          "default value is not valid according to the requestPolicy");
    check_pop(c, mark);
}

static void check_policy(struct check *c, const struct json *policy, const struct qty *all)
{
    const struct json *values = obj_get(policy, ".validValues"), *range = obj_get(policy, ".validRange");
    struct qty usual;
    bool has_default = read_quantity(policy, ".default", &usual);
    if (obj_count(values, "") && range)
        check_forbidden(c, NULL,
                        "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the "
                        "same time");
    else if (obj_count(values, "") && !has_default)
        check_required(c, "default", "required when validValues is defined");
    else if (range && !has_default)
        check_required(c, "default", "required when validRange is defined");
    else if (range)
        check_range(c, range, &usual, all);
    else if (obj_count(values, ""))
        check_values(c, values, &usual, all);
}

static void check_capacity(struct check *c, const struct json *device)
{
    bool shared = obj_bool(device, ".allowMultipleAllocations", false);
    size_t mark = check_member(c, "capacity");
    for (OBJ_EACH(it, device, ".capacity")) {
        const struct json *policy = obj_get(it, ".requestPolicy");
        struct qty all = {0};
        check_qualified_device_name(c, obj_key(it));
        size_t at = enter_key(c, obj_key(it), KEY_SHOWN_MAX);
        (void)read_quantity(it, ".value", &all);
        if (policy && !shared) check_forbidden(c, "requestPolicy", "allowMultipleAllocations must be true");
        if (policy && shared) {
            size_t inner = check_member(c, "requestPolicy");
            check_policy(c, policy, &all);
            check_pop(c, inner);
        }
        check_pop(c, at);
    }
    check_pop(c, mark);
}

/* ---- Counters ---- */

static void check_counters(struct check *c, const struct json *owner)
{
    const struct json *counters = obj_get(owner, ".counters");
    if (!obj_count(counters, "")) check_required(c, "counters", "");
    if (!check_list_size(c, "counters", counters, COUNTERS_MAX)) return;
    for (OBJ_EACH(it, counters, "")) check_name_by(c, "counters", obj_key(it), name_dns1123_label);
}

/* A list whose items have a name at path and counters; names differ. */
static void check_counter_sets(struct check *c, const char *member, const struct json *list, int max, const char *path)
{
    if (!check_list_size(c, member, list, max)) return;
    size_t mark = check_member(c, member), i = 0;
    for (OBJ_EACH(it, list, "")) {
        struct str name = obj_str(it, path);
        size_t at = check_index(c, i++);
        if (name.n)
            check_name_by(c, path + 1, name, name_dns1123_label);
        else
            check_required(c, path + 1, "");
        check_counters(c, it);
        check_pop(c, at);
    }
    check_distinct(c, list, path);
    check_pop(c, mark);
}

/* ---- One device ---- */

static void check_taints(struct check *c, const struct json *device, const struct json *old)
{
    const struct json *taints = obj_get(device, ".taints");
    size_t i = 0;
    if (old && json_equal(taints, obj_get(old, ".taints"))) return;
    if (!check_list_size(c, "taints", taints, TAINTS_MAX)) return;
    size_t mark = check_member(c, "taints");
    for (OBJ_EACH(it, taints, "")) {
        size_t at = check_index(c, i++);
        check_device_taint(c, it);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

static void check_device(struct check *c, const struct json *device, const struct json *old, bool each)
{
    size_t attributes = obj_count(device, ".attributes"), facts = attributes + obj_count(device, ".capacity");
    check_name_by(c, "name", obj_str(device, ".name"), name_dns1123_label);
    if (facts > FACTS_MAX)
        check_invalid(c, NULL, json_int(c->arena, (int64_t)facts),
                      "the total number of attributes and capacities must not exceed 32");
    if (attributes > ATTRIBUTE_VALUES_MAX)
        check_invalid(c, NULL, json_int(c->arena, (int64_t)attributes),
                      "the total number of attribute values must not exceed 48");
    check_attributes(c, obj_get(device, ".attributes"));
    check_capacity(c, device);
    check_taints(c, device, old);
    check_counter_sets(c, "consumesCounters", obj_get(device, ".consumesCounters"), CONSUMED_SETS_MAX, ".counterSet");
    check_device_nodes(c, device, each);
    check_binding_conditions(c, device);
}

/* ---- The slice ---- */

static int devices_max(const struct json *spec)
{
    for (OBJ_EACH(it, spec, ".devices"))
        if (obj_count(it, ".taints") || obj_count(it, ".consumesCounters")) return ADVANCED_DEVICES_MAX;
    return DEVICES_MAX;
}

static void check_devices(struct check *c, const struct json *spec, const struct json *old)
{
    bool each = obj_bool(spec, ".perDeviceNodeSelection", false);
    if (!check_list_size(c, "devices", obj_get(spec, ".devices"), devices_max(spec))) return;
    size_t mark = check_member(c, "devices"), i = 0;
    for (OBJ_EACH(it, spec, ".devices")) {
        size_t at = check_index(c, i++);
        check_device(c, it, obj_find(old, ".spec.devices", "name", obj_str(it, ".name")), each);
        check_pop(c, at);
    }
    check_distinct(c, obj_get(spec, ".devices"), ".name");
    check_pop(c, mark);
}

static void check_pool(struct check *c, const struct json *pool)
{
    size_t mark = check_member(c, "pool");
    check_pool_name(c, "name", obj_str(pool, ".name"));
    if (obj_int(pool, ".resourceSliceCount", 0) <= 0)
        check_invalid(c, "resourceSliceCount", obj_get(pool, ".resourceSliceCount"), "must be greater than zero");
    if (obj_int(pool, ".generation", 0) < 0)
        check_invalid(c, "generation", obj_get(pool, ".generation"), "must be greater than or equal to zero");
    check_pop(c, mark);
}

/* type ResourceSlice check=fn:resource_slice whole */
void check_resource_slice(struct check *c, const struct json *slice, const struct json *old)
{
    static const char *const fixed[] = {".spec.pool.name", ".spec.driver", ".spec.nodeName"};
    const struct api_type *t = &type_resource_k8s_io_v1_ResourceSliceSpec;
    const struct json *spec = obj_get(slice, ".spec");
    (old ? check_meta_update : check_meta)(c);
    size_t mark = check_member(c, "spec");
    check_driver_name(c, "driver", obj_str(spec, ".driver"));
    check_pool(c, obj_get(spec, ".pool"));
    check_pop(c, mark);
    for (size_t i = 0; i < ARRAY_LEN(fixed) && old; i++) check_fixed(c, fixed[i], NULL);
    mark = check_member(c, "spec");
    check_slice_nodes(c, spec);
    if (api_sent(spec, t, "sharedCounters") && api_sent(spec, t, "devices"))
        check_invalid_str(c, NULL, STR(""), "only one of `sharedCounters` or `devices` is allowed");
    check_devices(c, spec, old);
    check_counter_sets(c, "sharedCounters", obj_get(spec, ".sharedCounters"), COUNTER_SETS_MAX, ".name");
    check_pop(c, mark);
}
