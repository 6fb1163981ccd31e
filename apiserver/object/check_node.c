/* check_node.c - validation of Nodes (pkg/apis/core/validation/validation.go, ValidateNode and ValidateNodeUpdate).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/quote.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"
#include "apiserver/object/resource.h"
#include "base/map.h"

/* ---- Taints ---- */

/* As upstream prints its internal type. */
static const struct json *go_taint(struct arena *a, const struct json *taint)
{
    struct json *out = obj_empty(a);
    const struct json *added = json_getc(taint, "timeAdded");
    obj_put_str(a, out, ".Key", obj_str(taint, ".key"));
    obj_put_str(a, out, ".Value", obj_str(taint, ".value"));
    obj_put_str(a, out, ".Effect", obj_str(taint, ".effect"));
    obj_put(a, out, ".TimeAdded", added ? json_copy(a, added) : json_null(a));
    return out;
}

/* All that is wrong with a value is one error here. */
static void check_taint_value(struct check *c, struct str value)
{
    const char *why = name_label_value(value);
    if (!why) return;
    char *text = arena_printf(c->arena, "%s", why);
    for (char *p = text; *p; p++)
        if (*p == NAME_SEPARATOR) *p = ';';
    check_invalid_str(c, "value", value, text);
}

static void check_taint(struct check *c, const struct json *taint, struct map *seen)
{
    static const char *const effects[] = {"NoSchedule", "PreferNoSchedule", "NoExecute", NULL};
    struct str key = obj_str(taint, ".key"), effect = obj_str(taint, ".effect");
    struct str pair = str_printf(c->arena, "%.*s=%.*s", STR_ARG(effect), STR_ARG(key));
    check_name_by(c, "key", key, name_qualified);
    check_taint_value(c, obj_str(taint, ".value"));
    if (!effect.n)
        check_required(c, "effect", "");
    else
        (void)check_one_of(c, "effect", effect, effects);
    if (map_has(seen, pair))
        check_duplicate_why(c, NULL, go_taint(c->arena, taint), "taints must be unique by key and effect pair");
    map_set(seen, pair, c);
}

/* Upstream's path is that of metadata. */
static void check_taints(struct check *c, const struct json *taints)
{
    struct map seen = {0};
    size_t outer = check_member(c, "metadata"), i = 0;
    for (OBJ_EACH(it, taints, "")) {
        size_t mark = check_into(c, "taints", i++);
        check_taint(c, it, &seen);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    map_release(&seen, NULL);
}

/* ---- Status ---- */

static void check_amounts(struct check *c, const struct json *status)
{
    static const char *const lists[] = {"capacity", "allocatable"};
    size_t outer = check_member(c, "status");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        size_t list = check_member(c, lists[i]);
        for (OBJ_EACH(it, json_getc(status, lists[i]), "")) {
            size_t mark = check_member(c, arena_printf(c->arena, "%.*s", STR_ARG(obj_key(it))));
            check_amount(c, obj_key(it), it);
            check_pop(c, mark);
        }
        check_pop(c, list);
    }
    check_pop(c, outer);
}

static bool is_letter(char ch) { return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'); }

/* "MyFeature/mySub": segments of letters and digits that begin with a letter, the first with a capital. */
static bool is_feature(struct str s)
{
    if (!s.n || s.p[0] < 'A' || s.p[0] > 'Z') return false;
    for (size_t i = 0; i < s.n; i++) {
        bool begins = i == 0 || s.p[i - 1] == '/', digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (s.p[i] == '/' ? begins || i + 1 == s.n : !is_letter(s.p[i]) && (begins || !digit)) return false;
    }
    return true;
}

static void check_feature(struct check *c, struct str feature)
{
    enum { FEATURE_MAX = 253 };
    struct buf quoted AUTO_BUF = {0};
    const char *why = NULL;
    if (feature.n > FEATURE_MAX)
        why = "must be no more than 253 characters";
    else if (!is_feature(feature))
        why =
            "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or "
            "MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
    if (!why) return;
    buf_init(&quoted, ERR_TEXT_MAX);
    quote_go(&quoted, feature);
    check_invalidf(c, NULL, json_str(c->arena, feature), "invalid feature name %.*s: %s", STR_ARG(buf_view(&quoted)),
                   why);
}

static void check_features(struct check *c, const struct json *status)
{
    struct str before = STR_NULL;
    size_t outer = check_member(c, "status"), i = 0;
    for (OBJ_EACH(it, status, ".declaredFeatures")) {
        struct str feature = obj_text(it);
        size_t mark = check_into(c, "declaredFeatures", i++);
        if (i > 1 && str_eq(feature, before))
            check_duplicate(c, NULL, it);
        else if (i > 1 && str_cmp(feature, before) < 0)
            check_invalid(c, NULL, it, "list must be sorted alphabetically");
        check_feature(c, feature);
        check_pop(c, mark);
        before = feature;
    }
    check_pop(c, outer);
}

/* As upstream prints its internal type. */
static const struct json *go_address(struct arena *a, const struct json *address)
{
    struct json *out = obj_empty(a);
    obj_put_str(a, out, ".Type", obj_str(address, ".type"));
    obj_put_str(a, out, ".Address", obj_str(address, ".address"));
    return out;
}

static void check_addresses(struct check *c, const struct json *status)
{
    struct map seen = {0};
    size_t outer = check_member(c, "status"), i = 0;
    for (OBJ_EACH(it, status, ".addresses")) {
        struct str text =
            str_printf(c->arena, "%.*s=%.*s", STR_ARG(obj_str(it, ".type")), STR_ARG(obj_str(it, ".address")));
        size_t mark = check_into(c, "addresses", i++);
        if (map_has(&seen, text)) check_duplicate(c, NULL, go_address(c->arena, it));
        map_set(&seen, text, c);
        check_pop(c, mark);
    }
    check_pop(c, outer);
    map_release(&seen, NULL);
}

/* ---- Where the configuration comes from: no longer used, still looked at ---- */

/* A spec must not name the version; a status must. */
static void check_config_map_source(struct check *c, const struct json *map, bool in_spec)
{
    static const char *const exact[] = {"uid", "resourceVersion"};
    for (size_t i = 0; i < ARRAY_LEN(exact); i++) {
        bool said = obj_text(json_getc(map, exact[i])).n > 0;
        if (said && in_spec)
            check_forbidden(c, exact[i], arena_printf(c->arena, "%s must not be set in spec", exact[i]));
        if (!said && !in_spec) check_required(c, exact[i], "");
    }
    check_required_name(c, "namespace", obj_str(map, ".namespace"), name_dns1123_label, "");
    check_required_name(c, "name", obj_str(map, ".name"), name_dns1123_subdomain, "");
    check_required_name(c, "kubeletConfigKey", obj_str(map, ".kubeletConfigKey"), name_config_key, "");
}

static void check_config_source(struct check *c, const char *member, const struct json *source, bool in_spec)
{
    const struct json *map = json_getc(source, "configMap");
    if (!source) return;
    size_t outer = check_member(c, member), mark = check_member(c, "configMap");
    if (map) check_config_map_source(c, map, in_spec);
    check_pop(c, mark);
    if (!map) {
        struct json *shown = obj_empty(c->arena);
        obj_put(c->arena, shown, ".ConfigMap", json_null(c->arena));
        check_invalid(c, NULL, shown, "exactly one reference subfield must be non-nil");
    }
    check_pop(c, outer);
}

static void check_config(struct check *c, const struct json *node)
{
    static const char *const sources[] = {"assigned", "active", "lastKnownGood"};
    check_config_source(c, "spec.configSource", obj_get(node, ".spec.configSource"), true);
    size_t mark = check_member(c, "status.config");
    for (size_t i = 0; i < ARRAY_LEN(sources); i++)
        check_config_source(c, sources[i], json_getc(obj_get(node, ".status.config"), sources[i]), false);
    check_pop(c, mark);
}

/* ---- The ranges of the node's pods ---- */

/* As upstream's parser of lists tells the first one that is none. */
static const char *why_no_ranges(struct arena *a, const struct json *ranges)
{
    size_t i = 0;
    for (OBJ_EACH(it, ranges, "")) {
        struct ip ip;
        int bits;
        if (!cidr_parse(obj_text(it), &ip, &bits))
            return arena_printf(a,
                                "invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[%zu]: <nil> "
                                "(invalid CIDR address: %.*s)",
                                i, STR_ARG(obj_text(it)));
        i++;
    }
    return NULL;
}

static void check_ranges(struct check *c, const struct json *ranges)
{
    size_t n = obj_count(ranges, ""), v6 = 0, i = 0;
    for (OBJ_EACH(it, ranges, "")) {
        size_t mark = check_into(c, "podCIDRs", i++);
        (void)check_cidr(c, NULL, obj_text(it));
        check_pop(c, mark);
        struct ip ip;
        int bits;
        v6 += cidr_parse(obj_text(it), &ip, &bits) && ip.v6;
    }
    if (n < 2) return;
    const char *why = why_no_ranges(c->arena, ranges);
    if (why) check_internal(c, "podCIDRs", why);
    if (why || v6 == 0 || v6 == n || n > 2)
        check_invalid(c, "podCIDRs", ranges, "may specify no more than one CIDR for each IP family");
}

static void check_fixed(struct check *c, const struct json *spec, const struct json *old)
{
    static const char why[] = "node updates may not change podCIDR except from \"\" to valid";
    const struct json *now = json_getc(spec, "podCIDRs"), *was = json_getc(old, "podCIDRs");
    size_t mark = check_member(c, "spec");
    if (obj_count(was, "") && obj_count(was, "") != obj_count(now, "")) {
        check_forbidden(c, "podCIDRs", why);
    } else {
        const struct json *n = obj_first(now, "");
        for (OBJ_EACH(o, was, "")) {
            if (!str_eq(obj_text(o), obj_text(n))) check_forbidden(c, "podCIDRs", why);
            n = obj_next(n);
        }
    }
    if (obj_str(old, ".providerID").n && !str_eq(obj_str(old, ".providerID"), obj_str(spec, ".providerID")))
        check_forbidden(c, "providerID", "node updates may not change providerID except from \"\" to valid");
    check_pop(c, mark);
}

/* ---- The whole ---- */

static void check_new(struct check *c, const struct json *node)
{
    const struct json *status = json_getc(node, "status"), *swap = obj_get(status, ".nodeInfo.swap.capacity");
    check_meta(c);
    check_taints(c, obj_get(node, ".spec.taints"));
    check_amounts(c, status);
    if (swap && obj_number(swap, 0) <= 0)
        check_invalid(c, "metadata.nodeSwapStatus.capacity", swap, "must be greater than zero");
    check_features(c, status);
    size_t mark = check_member(c, "spec");
    check_ranges(c, obj_get(node, ".spec.podCIDRs"));
    check_pop(c, mark);
}

static void check_changed(struct check *c, const struct json *node, const struct json *old)
{
    const struct json *status = json_getc(node, "status");
    check_meta_update(c);
    check_amounts(c, status);
    check_features(c, status);
    check_addresses(c, status);
    check_fixed(c, json_getc(node, "spec"), json_getc(old, "spec"));
    check_config(c, node);
    check_taints(c, obj_get(node, ".spec.taints"));
    if (!str_eq(obj_str(node, ".spec.externalID"), obj_str(old, ".spec.externalID")))
        check_forbidden(c, "spec.externalID", "may not be updated");
}

/* type Node check=fn:node whole */
void check_node(struct check *c, const struct json *node, const struct json *old)
{
    if (!c->sub) check_new(c, node);
    if (old) check_changed(c, node, old);
}
