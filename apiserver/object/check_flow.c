/* check_flow.c - validation of FlowSchemas and PriorityLevelConfigurations
 * (pkg/apis/flowcontrol/validation/validation.go). Reads: nodes of a defaulted tree, the objects that every cluster
 * has.   Writes: struct check. */
#include "apiserver/object/check_admission.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "apiserver/object/inner.h"
#include "apiserver/object/names.h"
#include "apiserver/registry/flow_control.h"
#include "base/map.h"
#include "schema_ids.h"

#include <math.h>

enum { PRECEDENCE_MAX = 10000, QUEUES_MAX = 10 * 1000 * 1000, HASH_BITS_MAX = 60 };

/* ---- FlowSchema: rules ---- */

static const char *const verbs[] = {"create", "delete", "deletecollection", "get",   "list",
                                    "patch",  "proxy",  "update",           "watch", NULL};

static bool is_verb(struct str s)
{
    for (int i = 0; verbs[i]; i++)
        if (str_eqc(s, verbs[i])) return true;
    return false;
}

static void check_verbs(struct check *c, const struct json *list)
{
    bool known = true;
    for (OBJ_EACH(it, list, "")) known = known && is_verb(obj_text(it));
    if (!obj_count(list, "")) {
        check_required(c, "verbs", "verbs must contain at least one value");
    } else if (has_wildcard(list)) {
        if (obj_count(list, "") > 1) check_invalid(c, "verbs", list, "if '*' is present, must not specify other verbs");
    } else if (!known) {
        check_not_supported(c, "verbs", list, verbs);
    }
}

static const char *bad_path(struct str path)
{
    size_t stars = 0;
    bool blank = false, twice = false;
    if (!path.n) return "must not be empty";
    if (str_eqc(path, "/")) return NULL;
    if (path.p[0] != '/') return "must start with slash";
    for (size_t i = 0; i < path.n; i++) {
        stars += path.p[i] == '*';
        blank = blank || path.p[i] == ' ';
        twice = twice || (i && path.p[i] == '/' && path.p[i - 1] == '/');
    }
    if (blank) return "must not contain white-space";
    if (twice) return "must not contain double slash";
    return stars > 1 || (stars && !str_ends(path, STR("/*"))) ? "wildcard can only do suffix matching" : NULL;
}

static void check_non_resource_rule(struct check *c, const struct json *rule)
{
    const struct json *urls = json_getc(rule, "nonResourceURLs");
    size_t i = 0;
    check_verbs(c, json_getc(rule, "verbs"));
    if (!obj_count(urls, "")) {
        check_required(c, "nonResourceURLs", "nonResourceURLs must contain at least one value");
    } else if (has_wildcard(urls)) {
        if (obj_count(urls, "") > 1)
            check_invalid(c, "nonResourceURLs", urls, "if '*' is present, must not specify other non-resource URLs");
    } else {
        for (OBJ_EACH(it, urls, "")) {
            const char *why = bad_path(obj_text(it)), *member = arena_printf(c->arena, "nonResourceURLs[%zu]", i++);
            if (why) check_invalid(c, member, it, why);
        }
    }
}

static void check_names(struct check *c, const char *member, const struct json *list, const char *missing,
                        const char *beside)
{
    if (!obj_count(list, ""))
        check_required(c, member, missing);
    else if (obj_count(list, "") > 1 && has_wildcard(list))
        check_invalid(c, member, list, beside);
}

static void check_namespaces(struct check *c, const struct json *rule)
{
    const struct json *list = json_getc(rule, "namespaces");
    size_t i = 0;
    if (!obj_count(list, "") && !obj_bool(rule, ".clusterScope", false)) {
        check_required(c, "namespaces",
                       "resource rules that are not cluster scoped must supply at least one namespace");
    } else if (has_wildcard(list)) {
        if (obj_count(list, "") > 1)
            check_invalid(c, "namespaces", list, "if '*' is present, must not specify other namespaces");
    } else {
        for (OBJ_EACH(it, list, "")) {
            const char *why = name_dns1123_label(obj_text(it)),
                       *member = arena_printf(c->arena, "namespaces[%zu]", i++);
            check_invalid_each(c, member, it, "each member of this list must be '*' or a DNS-1123 label; ", why);
        }
    }
}

static void check_resource_rule(struct check *c, const struct json *rule)
{
    check_verbs(c, json_getc(rule, "verbs"));
    check_names(c, "apiGroups", json_getc(rule, "apiGroups"), "resource rules must supply at least one api group",
                "if '*' is present, must not specify other api groups");
    check_names(c, "resources", json_getc(rule, "resources"), "resource rules must supply at least one resource",
                "if '*' is present, must not specify other resources");
    check_namespaces(c, rule);
}

/* ---- FlowSchema: subjects ---- */

static void check_account(struct check *c, const struct json *account)
{
    struct str name = obj_str(account, ".name"), ns = obj_str(account, ".namespace");
    const char *why = name.n && !str_eqc(name, "*") ? name_dns1123_subdomain(name) : NULL;
    if (!name.n) check_required(c, "name", "");
    if (why) check_invalid_str(c, "name", name, why);
    why = ns.n ? name_dns1123_label(ns) : NULL;
    if (!ns.n) check_required(c, "namespace", "must specify namespace for service account");
    if (why) check_invalid_str(c, "namespace", ns, why);
}

static void check_subject(struct check *c, const struct json *subject)
{
    static const struct {
        const char *kind, *member;
    } rows[] = {{"ServiceAccount", "serviceAccount"}, {"User", "user"}, {"Group", "group"}};
    static const char *const kinds[] = {"Group", "ServiceAccount", "User", NULL};
    struct str kind = obj_str(subject, ".kind");
    if (!check_one_of(c, "kind", kind, kinds)) return;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!str_eqc(kind, rows[i].kind)) continue;
        const struct json *own = json_getc(subject, rows[i].member);
        size_t mark = check_member(c, rows[i].member);
        if (!own)
            check_required(
                c, NULL,
                arena_printf(c->arena, "%s is required when subject kind is '%s'", rows[i].member, rows[i].kind));
        else if (i == 0)
            check_account(c, own);
        else if (!obj_str(own, ".name").n)
            check_required(c, "name", "");
        check_pop(c, mark);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (!str_eqc(kind, rows[i].kind) && json_getc(subject, rows[i].member))
            check_forbidden(
                c, rows[i].member,
                arena_printf(c->arena, "%s is forbidden when subject kind is not '%s'", rows[i].member, rows[i].kind));
}

static void check_each(struct check *c, const struct json *parent, const char *member,
                       void (*one)(struct check *c, const struct json *it))
{
    size_t outer = check_member(c, member), i = 0;
    for (OBJ_EACH(it, json_getc(parent, member), "")) {
        size_t mark = check_index(c, i++);
        one(c, it);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

static void check_rule(struct check *c, const struct json *rule)
{
    if (!obj_count(rule, ".subjects")) check_required(c, "subjects", "subjects must contain at least one value");
    check_each(c, rule, "subjects", check_subject);
    if (!obj_count(rule, ".resourceRules") && !obj_count(rule, ".nonResourceRules"))
        check_required(c, NULL, "at least one of resourceRules and nonResourceRules has to be non-empty");
    check_each(c, rule, "resourceRules", check_resource_rule);
    check_each(c, rule, "nonResourceRules", check_non_resource_rule);
}

/* ---- FlowSchema ---- */

static void check_precedence(struct check *c, const struct json *spec)
{
    const struct json *value = json_getc(spec, "matchingPrecedence");
    int64_t n = obj_number(value, 0);
    if (n <= 0) check_invalid(c, "matchingPrecedence", value, "must be a positive value");
    if (n > PRECEDENCE_MAX)
        check_invalidf(c, "matchingPrecedence", value, "must not be greater than %d", PRECEDENCE_MAX);
    if (n == 1 && !str_eqc(obj_name(c->root), "exempt"))
        check_invalid(c, "matchingPrecedence", value, "only the schema named 'exempt' may have matchingPrecedence 1");
}

static void check_distinguisher(struct check *c, const struct json *spec)
{
    static const char *const methods[] = {"ByNamespace", "ByUser", NULL};
    const struct json *method = json_getc(spec, "distinguisherMethod");
    struct str type = obj_str(method, ".type");
    if (!method || str_eqc(type, methods[0]) || str_eqc(type, methods[1])) return;
    check_not_supported_inner(c, "distinguisherMethod.type",
                              &type_flowcontrol_apiserver_k8s_io_v1_FlowDistinguisherMethod, method, methods);
}

static void check_level_name(struct check *c, struct str name)
{
    const char *why = name.n ? name_dns1123_subdomain(name) : NULL;
    if (!name.n) check_required(c, "priorityLevelConfiguration.name", "must reference a priority level");
    if (why) check_invalid_str(c, "priorityLevelConfiguration.name", name, why);
}

/* Those of both kinds: every condition has a type, and its own. */
static void check_conditions(struct check *c, const struct json *obj)
{
    struct map types = {0};
    size_t i = 0;
    for (OBJ_EACH(it, obj, ".status.conditions")) {
        struct str type = obj_str(it, ".type");
        size_t mark = check_member(c, "status.conditions");
        check_index(c, i++);
        (void)check_unique(c, "type", type, &types);
        if (!type.n) check_required(c, "type", "");
        check_pop(c, mark);
    }
    map_release(&types, NULL);
}

/* type FlowSchema check=fn:flow_schema */
void check_flow_schema(struct check *c, const struct json *schema, const struct json *old)
{
    const struct flow_object *fixed = flow_object_find(flow_schemas, obj_name(schema));
    const struct json *spec = json_getc(schema, "spec");
    (void)old;
    size_t mark = check_member(c, "spec");
    check_precedence(c, spec);
    check_distinguisher(c, spec);
    check_level_name(c, obj_str(spec, ".priorityLevelConfiguration.name"));
    check_each(c, spec, "rules", check_rule);
    check_pop(c, mark);
    if (fixed && fixed->mandatory && !json_equal(spec, flow_object_spec(c->arena, fixed)))
        check_invalid_inner(c, "spec", &type_flowcontrol_apiserver_k8s_io_v1_FlowSchemaSpec, spec,
                            arena_printf(c->arena, "spec of '%s' must equal the fixed value", fixed->name));
    check_conditions(c, schema);
}

/* ---- PriorityLevelConfiguration ---- */

static void check_percent(struct check *c, const struct json *value)
{
    int64_t n = obj_number(value, 0);
    if (n < 0 || n > 100) check_invalid(c, "lendablePercent", value, "must be between 0 and 100, inclusive");
}

static void check_shares(struct check *c, const struct json *value)
{
    if (obj_number(value, 0) < 0) check_invalid(c, "nominalConcurrencyShares", value, "must be a non-negative integer");
}

static void check_hand(struct check *c, const struct json *hand, int64_t queues)
{
    int64_t n = obj_number(hand, 0);
    if (n <= 0)
        check_invalid(c, "handSize", hand, "must be positive");
    else if (n > queues)
        check_invalidf(c, "handSize", hand, "should not be greater than queues (%lld)", (long long)queues);
    else if (ceil(log2((double)queues) * (double)n) > HASH_BITS_MAX)
        check_invalidf(c, "handSize", hand,
                       "required entropy bits of deckSize %lld and handSize %lld should not be greater than %d",
                       (long long)queues, (long long)n, HASH_BITS_MAX);
}

static void check_queuing(struct check *c, const struct json *queuing)
{
    const struct json *length = json_getc(queuing, "queueLengthLimit"), *queues = json_getc(queuing, "queues");
    int64_t n = obj_number(queues, 0);
    size_t mark = check_member(c, "queuing");
    if (obj_number(length, 0) <= 0) check_invalid(c, "queueLengthLimit", length, "must be positive");
    if (n <= 0)
        check_invalid(c, "queues", queues, "must be positive");
    else if (n > QUEUES_MAX)
        check_invalidf(c, "queues", queues, "must not be greater than %d", QUEUES_MAX);
    check_hand(c, json_getc(queuing, "handSize"), n);
    check_pop(c, mark);
}

static void check_response(struct check *c, const struct json *response)
{
    static const char *const types[] = {"Queue", "Reject", NULL};
    struct str type = obj_str(response, ".type");
    const struct json *queuing = json_getc(response, "queuing");
    size_t mark = check_member(c, "limitResponse");
    if (!type.n)
        check_required(c, "type", "");
    else if (!check_one_of(c, "type", type, types))
        ;
    else if (str_eqc(type, "Reject") && queuing)
        check_forbidden(c, "queuing", "must be nil if limited.limitResponse.type is not Limited");
    else if (str_eqc(type, "Queue") && !queuing)
        check_required(c, "queuing", "must not be empty if limited.limitResponse.type is Limited");
    else if (queuing)
        check_queuing(c, queuing);
    check_pop(c, mark);
}

static void check_limited(struct check *c, const struct json *limited)
{
    const struct json *borrowing = json_getc(limited, "borrowingLimitPercent");
    size_t mark = check_member(c, "limited");
    check_shares(c, json_getc(limited, "nominalConcurrencyShares"));
    check_response(c, json_getc(limited, "limitResponse"));
    check_percent(c, json_getc(limited, "lendablePercent"));
    if (obj_number(borrowing, 0) < 0)
        check_invalid(c, "borrowingLimitPercent", borrowing, "if specified, must be a non-negative integer");
    check_pop(c, mark);
}

static void check_exempt(struct check *c, const struct json *exempt)
{
    size_t mark = check_member(c, "exempt");
    check_shares(c, json_getc(exempt, "nominalConcurrencyShares"));
    check_percent(c, json_getc(exempt, "lendablePercent"));
    check_pop(c, mark);
}

static void check_level_spec(struct check *c, const struct json *spec)
{
    static const char *const types[] = {"Exempt", "Limited", NULL};
    const struct json *limited = json_getc(spec, "limited"), *exempt = json_getc(spec, "exempt");
    struct str type = obj_str(spec, ".type");
    bool is_exempt = str_eqc(type, "Exempt");
    if (str_eqc(obj_name(c->root), "exempt") != is_exempt)
        check_invalid(c, "type", json_getc(spec, "type"), "must be 'Exempt' if and only if `name` is 'exempt'");
    if (!type.n) {
        check_required(c, "type", "");
    } else if (is_exempt) {
        if (limited) check_forbidden(c, "limited", "must be nil if the type is not Limited");
        if (exempt) check_exempt(c, exempt);
    } else if (check_one_of(c, "type", type, types)) {
        if (exempt) check_forbidden(c, "exempt", "must be nil if the type is Limited");
        if (limited)
            check_limited(c, limited);
        else
            check_required(c, "limited", "must not be empty when type is Limited");
    }
}

/* Of "exempt" everything but its part `exempt` is fixed, of "catch-all" everything. */
static void check_fixed_level(struct check *c, const struct json *spec)
{
    const struct flow_object *fixed = flow_object_find(priority_levels, obj_name(c->root));
    if (!fixed || !fixed->mandatory) return;
    bool is_exempt = strcmp(fixed->name, "exempt") == 0;
    struct json *have = json_copy(c->arena, spec), *want = flow_object_spec(c->arena, fixed);
    if (is_exempt) {
        obj_del(have, ".exempt");
        obj_del(want, ".exempt");
    }
    if (json_equal(have, want)) return;
    check_invalid_inner(c, NULL, &type_flowcontrol_apiserver_k8s_io_v1_PriorityLevelConfigurationSpec, spec,
                        arena_printf(c->arena, "spec of '%s'%s must equal the fixed value", fixed->name,
                                     is_exempt ? " except the 'spec.exempt' field" : ""));
}

/* type PriorityLevelConfiguration check=fn:priority_level */
void check_priority_level(struct check *c, const struct json *level, const struct json *old)
{
    static const char beta[] = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";
    const struct json *spec = json_getc(level, "spec");
    (void)old;
    if (json_getc(obj_get(level, ".metadata.annotations"), beta))
        check_forbidden(c, "metadata.annotations", arena_printf(c->arena, "annotation '%s' is forbidden", beta));
    size_t mark = check_member(c, "spec");
    check_level_spec(c, spec);
    check_fixed_level(c, spec);
    check_pop(c, mark);
    check_conditions(c, level);
}
