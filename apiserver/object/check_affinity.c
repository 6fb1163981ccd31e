/* check_affinity.c - node and pod affinity, and the label keys that build selectors.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/check_node_selector.h"
#include "apiserver/object/check_selector.h"

enum { WEIGHT_MAX = 100 };

/* ---- Node affinity ---- */

static void check_weight(struct check *c, const struct json *term)
{
    int64_t weight = int_at(term, "weight", 0);
    if (weight < 1 || weight > WEIGHT_MAX)
        check_invalid(c, "weight", member_at(term, "weight"), "must be in the range 1-100");
}

static const char required_name[] = "requiredDuringSchedulingIgnoredDuringExecution";
static const char preferred_name[] = "preferredDuringSchedulingIgnoredDuringExecution";

static void check_node_affinity(struct pod_rules *r, const struct json *affinity)
{
    const struct json *required = member_at(affinity, required_name);
    size_t i = 0;
    if (required) {
        size_t mark = check_member(r->c, required_name);
        check_node_terms(r->c, required, r->leeway.node_values);
        check_pop(r->c, mark);
    }
    JSON_FOREACH(term, member_at(affinity, preferred_name))
    {
        size_t mark = check_member(r->c, preferred_name);
        check_index(r->c, i++);
        check_weight(r->c, term);
        check_member(r->c, "preference");
        check_node_term(r->c, member_at(term, "preference"), true); /* a wish may name what no node can have */
        check_pop(r->c, mark);
    }
}

/* ---- Label keys ---- */

static void check_keys(struct check *c, const char *member, const struct json *keys, const struct json *selector)
{
    if (!keys || !keys->count) return;
    if (!selector) {
        check_forbidden(c, member, "must not be specified when labelSelector is not set");
        return;
    }
    size_t outer = check_member(c, member), i = 0;
    JSON_FOREACH(it, keys)
    {
        size_t mark = check_index(c, i++);
        check_name_by(c, NULL, json_string(it), name_qualified);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* Preparation has added the keys to the selector: one that is there twice was there before. */
static void check_doubled_keys(struct check *c, const struct json *keys, const struct json *selector)
{
    struct name_set index AUTO_NAME_SET = {0}, seen AUTO_NAME_SET = {0};
    uintptr_t i = 0;
    JSON_FOREACH(it, keys) name_set_put(&index, json_string(it), (void *)++i);
    JSON_FOREACH(it, member_at(selector, "matchLabels")) name_set_add(&seen, it->key, NULL);
    JSON_FOREACH(term, member_at(selector, "matchExpressions"))
    {
        struct str key = text_at(term, "key");
        if (name_set_add(&seen, key, NULL) || !name_set_has(&index, key)) continue;
        size_t mark = check_index(c, (uintptr_t)name_set_get(&index, key) - 1);
        check_invalid_str(c, NULL, key, "exists in both matchLabelKeys and labelSelector");
        check_pop(c, mark);
    }
}

void check_label_keys(struct check *c, const struct json *keys, const struct json *not_keys,
                      const struct json *selector)
{
    check_keys(c, "matchLabelKeys", keys, selector);
    check_keys(c, "mismatchLabelKeys", not_keys, selector);
    if (keys && selector) check_doubled_keys(c, keys, selector);
    if (!keys || !not_keys) return;
    struct name_set others AUTO_NAME_SET = {0};
    size_t outer = check_member(c, "matchLabelKeys"), i = 0;
    JSON_FOREACH(it, not_keys) name_set_add(&others, json_string(it), NULL);
    JSON_FOREACH(it, keys)
    {
        size_t mark = check_index(c, i++);
        if (name_set_has(&others, json_string(it)))
            check_invalid_str(c, NULL, json_string(it), "exists in both matchLabelKeys and mismatchLabelKeys");
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* ---- Pod affinity ---- */

static void check_pod_term(struct pod_rules *r, const struct json *term)
{
    struct check *c = r->c;
    const struct json *selector = member_at(term, "labelSelector");
    bool was_bad = r->leeway.selector_values;
    check_selector_changed(c, "labelSelector", selector, was_bad);
    check_selector_changed(c, "namespaceSelector", member_at(term, "namespaceSelector"), was_bad);
    JSON_FOREACH(it, member_at(term, "namespaces"))
    check_name_by(c, "namespace", json_string(it), name_dns1123_label); /* upstream's place */
    check_label_keys(c, member_at(term, "matchLabelKeys"), member_at(term, "mismatchLabelKeys"), selector);
    if (!text_at(term, "topologyKey").n) check_required(c, "topologyKey", "can not be empty");
    check_name_by(c, "topologyKey", text_at(term, "topologyKey"), name_qualified);
}

static void check_pod_affinity(struct pod_rules *r, const struct json *affinity)
{
    size_t i = 0;
    JSON_FOREACH(term, member_at(affinity, required_name))
    {
        size_t mark = check_member(r->c, required_name);
        check_index(r->c, i++);
        check_pod_term(r, term);
        check_pop(r->c, mark);
    }
    i = 0;
    JSON_FOREACH(term, member_at(affinity, preferred_name))
    {
        size_t mark = check_member(r->c, preferred_name);
        check_index(r->c, i++);
        check_weight(r->c, term);
        check_member(r->c, "podAffinityTerm");
        check_pod_term(r, member_at(term, "podAffinityTerm"));
        check_pop(r->c, mark);
    }
}

void check_affinity(struct pod_rules *r)
{
    static const struct {
        const char *name;
        void (*check)(struct pod_rules *r, const struct json *affinity);
    } kinds[] = {{"nodeAffinity", check_node_affinity},
                 {"podAffinity", check_pod_affinity},
                 {"podAntiAffinity", check_pod_affinity}};
    const struct json *affinity = member_at(r->spec, "affinity");
    if (!affinity) return;
    size_t outer = check_member(r->c, "affinity");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct json *one = member_at(affinity, kinds[i].name);
        if (!one) continue;
        size_t mark = check_member(r->c, kinds[i].name);
        kinds[i].check(r, one);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}
