/* check_network_policy.c - validation of NetworkPolicies (pkg/apis/networking/validation/validation.go,
 * ValidateNetworkPolicy).
 * Reads: a defaulted tree, its former state.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/ip.h"

/* What may stay as it was, however bad it is. */
struct former {
    bool bad_selector;
    struct kept ranges;
};

static void check_end_port(struct check *c, const struct json *port, const struct json *end)
{
    int64_t from = obj_number(port, 0), to = obj_number(end, 0);
    if (to < from) check_invalid(c, "endPort", port, "must be greater than or equal to `port`");
    check_port(c, "endPort", end, to);
}

static void check_policy_port(struct check *c, const struct json *node)
{
    static const char *const protocols[] = {"TCP", "UDP", "SCTP", NULL};
    const struct json *port = json_getc(node, "port"), *end = json_getc(node, "endPort"),
                      *protocol = json_getc(node, "protocol");
    if (protocol) (void)check_one_of(c, "protocol", obj_text(protocol), protocols);
    if (!port) {
        if (end) check_invalid(c, "endPort", end, "may not be specified when `port` is not specified");
    } else if (json_is(port, JSON_STR)) {
        if (end) check_invalid(c, "endPort", end, "may not be specified when `port` is non-numeric");
        check_name_by(c, "port", obj_text(port), name_port);
    } else {
        check_port(c, "port", port, obj_number(port, 0));
        if (end) check_end_port(c, port, end);
    }
}

static void check_range(struct check *c, const char *member, struct str range, const struct former *f)
{
    if (!kept_has(&f->ranges, range)) (void)check_cidr(c, member, range);
}

static void check_block(struct check *c, const struct json *block, const struct former *f)
{
    struct str range = obj_str(block, ".cidr");
    struct ip net, inner;
    int bits, inner_bits;
    size_t i = 0;
    if (!range.n) {
        check_required(c, "cidr", "");
        return;
    }
    check_range(c, "cidr", range, f);
    if (!cidr_parse(range, &net, &bits)) return;
    for (OBJ_EACH(e, block, ".except")) {
        size_t mark = check_into(c, "except", i++);
        check_range(c, NULL, obj_text(e), f);
        if (cidr_parse(obj_text(e), &inner, &inner_bits) && (!cidr_contains(&net, bits, &inner) || bits >= inner_bits))
            check_invalid(c, NULL, e, "must be a strict subset of `cidr`");
        check_pop(c, mark);
    }
}

static void check_peer(struct check *c, const struct json *peer, const struct former *f)
{
    const struct json *pods = json_getc(peer, "podSelector"), *spaces = json_getc(peer, "namespaceSelector"),
                      *block = json_getc(peer, "ipBlock");
    check_selector_changed(c, "podSelector", pods, f->bad_selector);
    check_selector_changed(c, "namespaceSelector", spaces, f->bad_selector);
    if (block) {
        size_t mark = check_member(c, "ipBlock");
        check_block(c, block, f);
        check_pop(c, mark);
    }
    if (!pods && !spaces && !block) check_required(c, NULL, "must specify a peer");
    if (block && (pods || spaces)) check_forbidden(c, NULL, "may not specify both ipBlock and another peer");
}

/* peers: "from" or "to". */
static void check_rules(struct check *c, const struct json *spec, const char *list, const char *peers,
                        const struct former *f)
{
    size_t i = 0;
    for (OBJ_EACH(rule, json_getc(spec, list), "")) {
        size_t outer = check_into(c, list, i++), k = 0;
        for (OBJ_EACH(it, rule, ".ports")) {
            size_t mark = check_into(c, "ports", k++);
            check_policy_port(c, it);
            check_pop(c, mark);
        }
        k = 0;
        for (OBJ_EACH(it, json_getc(rule, peers), "")) {
            size_t mark = check_into(c, peers, k++);
            check_peer(c, it, f);
            check_pop(c, mark);
        }
        check_pop(c, outer);
    }
}

static void check_types(struct check *c, const struct json *types)
{
    static const char *const known[] = {"Ingress", "Egress", NULL};
    size_t i = 0;
    if (obj_count(types, "") > 2) {
        check_invalid(c, "policyTypes", types, "may not specify more than two policyTypes");
        return;
    }
    for (OBJ_EACH(it, types, "")) {
        size_t mark = check_into(c, "policyTypes", i++);
        (void)check_one_of(c, NULL, obj_text(it), known);
        check_pop(c, mark);
    }
}

static void keep_ranges(struct former *f, const struct json *spec, const char *list, const char *peers)
{
    for (OBJ_EACH(rule, json_getc(spec, list), "")) {
        for (OBJ_EACH(it, json_getc(rule, peers), "")) {
            const struct json *block = json_getc(it, "ipBlock");
            if (block) map_set(&f->ranges.texts, obj_str(block, ".cidr"), f);
            kept_add(&f->ranges, json_getc(block, "except"));
        }
    }
}

/* type NetworkPolicy check=fn:network_policy whole */
void check_network_policy(struct check *c, const struct json *policy, const struct json *old)
{
    const struct json *spec = json_getc(policy, "spec"), *was = json_getc(old, "spec");
    struct former f = {.bad_selector = old && selector_is_bad(c->arena, json_getc(was, "podSelector"))};
    if (old)
        check_meta_update(c);
    else
        check_meta(c);
    keep_ranges(&f, was, "ingress", "from");
    keep_ranges(&f, was, "egress", "to");
    size_t mark = check_member(c, "spec");
    check_selector_changed(c, "podSelector", json_getc(spec, "podSelector"), f.bad_selector);
    check_rules(c, spec, "ingress", "from", &f);
    check_rules(c, spec, "egress", "to", &f);
    check_types(c, json_getc(spec, "policyTypes"));
    check_pop(c, mark);
    kept_release(&f.ranges);
}
