/* check_admission_policy.c - validation of admission policies and their bindings
 * (pkg/apis/admissionregistration/validation/validation.go). Expressions in CEL are not compiled.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_admission.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "apiserver/object/check_selector.h"
#include "apiserver/object/names.h"
#include "base/map.h"

enum {
    AUDIT_ANNOTATIONS_MAX = 20,
    AUDIT_EXPRESSION_MAX = 5 * 1024,
    NAME_USED_MAX = 1024, /* bytes of the policy's name, of which every key gets a copy; a longer one is refused */
};

/* ---- What policies and bindings have in common ---- */

static void check_param_version(struct check *c, struct str text)
{
    struct str version, group = str_cut(text, '/', &version);
    if (str_is_null(version)) version = group, group = STR("");
    if (str_chr(version, '/') != SIZE_MAX) {
        check_invalid_str(c, "apiVersion", text,
                          arena_printf(c->arena, "unexpected GroupVersion string: %.*s", STR_ARG(text)));
        return;
    }
    const char *why = group.n ? name_dns1123_subdomain(group) : NULL;
    check_invalid_joined(c, "apiVersion", group, "", why);
    why = version.n ? name_dns1035_label(version) : NULL;
    if (!version.n) check_invalid_str(c, "apiVersion", text, "version must be specified");
    check_invalid_joined(c, "apiVersion", version, "", why);
}

static void check_param_kind(struct check *c, const struct json *spec)
{
    if (!obj_has(spec, ".paramKind")) return;
    struct str version = obj_str(spec, ".paramKind.apiVersion"), kind = obj_str(spec, ".paramKind.kind");
    size_t mark = check_member(c, "paramKind");
    if (version.n)
        check_param_version(c, version);
    else
        check_required(c, "apiVersion", "");
    const char *why = kind.n ? name_dns1035_label(str_lower(c->arena, kind)) : NULL;
    if (!kind.n) check_required(c, "kind", "");
    check_invalid_joined(c, "kind", kind, "may have mixed case, but should otherwise match: ", why);
    check_pop(c, mark);
}

static void check_match_resources(struct check *c, const char *member, const struct json *match)
{
    size_t mark = check_member(c, member);
    check_one_of(c, "matchPolicy", obj_str(match, ".matchPolicy"), admission_match_policies);
    check_selector_rules(c, "namespaceSelector", json_getc(match, "namespaceSelector"));
    check_selector_rules(c, "objectSelector", json_getc(match, "objectSelector"));
    check_rules_with_operations(c, "resourceRules", json_getc(match, "resourceRules"), true);
    check_rules_with_operations(c, "excludeResourceRules", json_getc(match, "excludeResourceRules"), true);
    check_pop(c, mark);
}

static void check_constraints(struct check *c, const struct json *spec)
{
    const struct json *match = json_getc(spec, "matchConstraints");
    if (!obj_has(spec, ".matchConstraints")) {
        check_required(c, "matchConstraints", "");
        return;
    }
    check_match_resources(c, "matchConstraints", match);
    if (!obj_count(match, ".resourceRules")) check_required(c, "matchConstraints.resourceRules", "");
}

/* IDENT of CEL's grammar. */
static bool is_identifier(struct str s)
{
    static const char *const reserved[] = {"true",     "false",   "null",      "in",       "as",  "break",  "const",
                                           "continue", "else",    "for",       "function", "if",  "import", "let",
                                           "loop",     "package", "namespace", "return",   "var", "void",   "while"};
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_eqc(s, reserved[i])) return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = ch == '_' || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        if (!letter && (i == 0 || ch < '0' || ch > '9')) return false;
    }
    return true;
}

static void check_variables(struct check *c, const struct json *spec)
{
    size_t i = 0;
    for (OBJ_EACH(v, spec, ".variables")) {
        struct str name = obj_str(v, ".name");
        size_t mark = check_member(c, "variables");
        check_index(c, i++);
        if (text_is_blank(name))
            check_required(c, "name", "name is not specified");
        else if (!is_identifier(name))
            check_invalid_str(c, "name", name, "must be a valid CEL identifier");
        if (text_is_blank(obj_str(v, ".expression"))) check_required(c, "expression", "expression is not specified");
        check_pop(c, mark);
    }
}

/* ---- ValidatingAdmissionPolicy ---- */

static void check_validation(struct check *c, const struct json *v)
{
    static const char *const reasons[] = {"Forbidden", "Invalid", "RequestEntityTooLarge", NULL};
    struct str message = obj_str(v, ".message"), by_expression = obj_str(v, ".messageExpression");
    if (text_is_blank(obj_str(v, ".expression"))) check_required(c, "expression", "expression is not specified");
    if (by_expression.n && text_is_blank(by_expression))
        check_invalid_str(c, "messageExpression", by_expression, "must be non-empty if specified");
    if (message.n && text_is_blank(message))
        check_invalid_str(c, "message", message, "must be non-empty if specified");
    else if (text_has_newline(text_trim(message)))
        check_invalid_str(c, "message", message, "must not contain line breaks");
    if (obj_has(v, ".reason")) check_one_of(c, "reason", obj_str(v, ".reason"), reasons);
}

static void check_audit_annotation(struct check *c, const struct json *a)
{
    struct str name = obj_name(c->root);
    name.n = MIN(name.n, NAME_USED_MAX);
    struct str key = obj_str(a, ".key"), value = text_trim(obj_str(a, ".valueExpression"));
    struct str whole = str_printf(c->arena, "%.*s/%.*s", STR_ARG(name), STR_ARG(key));
    const char *why = name.n ? name_qualified(whole) : NULL;
    if (!name.n) check_invalid_str(c, "key", key, "requires metadata.name be non-empty");
    if (why) check_invalid_str(c, "key", whole, why);
    if (!value.n)
        check_required(c, "valueExpression", "valueExpression is not specified");
    else if (value.n > AUDIT_EXPRESSION_MAX)
        check_required(c, "valueExpression",
                       arena_printf(c->arena, "must not exceed %d bytes in length", AUDIT_EXPRESSION_MAX));
}

static void check_audit_annotations(struct check *c, const struct json *list)
{
    struct map keys = {0};
    size_t outer = check_member(c, "auditAnnotations"), i = 0;
    if (obj_count(list, "") > AUDIT_ANNOTATIONS_MAX)
        check_invalidf(c, NULL, list, "must not have more than %d auditAnnotations", AUDIT_ANNOTATIONS_MAX);
    for (OBJ_EACH(it, list, "")) {
        size_t mark = check_index(c, i++);
        check_audit_annotation(c, it);
        (void)check_unique(c, "key", obj_str(it, ".key"), &keys);
        check_pop(c, mark);
    }
    map_release(&keys, NULL);
    check_pop(c, outer);
}

static void check_validations(struct check *c, const struct json *spec)
{
    static const char empty[] = "validations or auditAnnotations must contain at least one item";
    size_t i = 0;
    if (!obj_count(spec, ".validations") && !obj_count(spec, ".auditAnnotations")) {
        check_required(c, "validations", empty);
        check_required(c, "auditAnnotations", empty);
    }
    for (OBJ_EACH(v, spec, ".validations")) {
        size_t mark = check_member(c, "validations");
        check_index(c, i++);
        check_validation(c, v);
        check_pop(c, mark);
    }
    check_audit_annotations(c, json_getc(spec, "auditAnnotations"));
}

/* type ValidatingAdmissionPolicy check=fn:validating_policy */
void check_validating_policy(struct check *c, const struct json *policy, const struct json *old)
{
    const struct json *spec = json_getc(policy, "spec");
    (void)old;
    size_t mark = check_member(c, "spec");
    check_one_of(c, "failurePolicy", obj_str(spec, ".failurePolicy"), admission_failure_policies);
    check_param_kind(c, spec);
    check_constraints(c, spec);
    check_match_conditions(c, "matchConditions", json_getc(spec, "matchConditions"));
    check_variables(c, spec);
    check_validations(c, spec);
    check_pop(c, mark);
}

/* ---- MutatingAdmissionPolicy ---- */

/* A mutation has what its type names, and not what the other type would. */
static void check_mutation(struct check *c, const struct json *m)
{
    static const char *const types[] = {"ApplyConfiguration", "JSONPatch", NULL};
    static const char *const members[] = {"applyConfiguration", "jsonPatch"};
    struct str type = obj_str(m, ".patchType");
    if (!type.n) {
        check_required(c, "patchType", "");
        return;
    }
    if (!check_one_of(c, "patchType", type, types)) return;
    int is = str_eqc(type, types[1]);
    const struct json *own = json_getc(m, members[is]), *other = json_getc(m, members[!is]);
    if (!own || own->type == JSON_NULL)
        check_required(c, members[is],
                       arena_printf(c->arena, "must be specified when patchType is %.*s", STR_ARG(type)));
    else if (text_is_blank(obj_str(own, ".expression")))
        check_required(c, arena_printf(c->arena, "%s.expression", members[is]), "");
    if (other && other->type != JSON_NULL)
        check_invalid_str(c, members[!is], str_printf(c->arena, "{%s}", members[!is]),
                          arena_printf(c->arena, "must not be specified when patchType is %.*s", STR_ARG(type)));
}

static void check_mutations(struct check *c, const struct json *spec)
{
    size_t i = 0;
    if (!obj_count(spec, ".mutations")) check_required(c, "mutations", "mutations must contain at least one item");
    for (OBJ_EACH(m, spec, ".mutations")) {
        size_t mark = check_member(c, "mutations");
        check_index(c, i++);
        check_mutation(c, m);
        check_pop(c, mark);
    }
}

/* A deletion has nothing to mutate. member: of the MatchResources. */
static void check_mutating_operations(struct check *c, const char *member, const struct json *match)
{
    static const char *const operations[] = {"*", "CONNECT", "CREATE", "UPDATE", NULL};
    const char *path = arena_printf(c->arena, "%s.resourceRules.operations", member);
    for (OBJ_EACH(rule, match, ".resourceRules"))
        for (OBJ_EACH(op, rule, ".operations")) check_one_of(c, path, obj_text(op), operations);
}

/* type MutatingAdmissionPolicy check=fn:mutating_policy */
void check_mutating_policy(struct check *c, const struct json *policy, const struct json *old)
{
    const struct json *spec = json_getc(policy, "spec");
    struct str again = obj_str(spec, ".reinvocationPolicy");
    (void)old;
    size_t mark = check_member(c, "spec");
    check_one_of(c, "failurePolicy", obj_str(spec, ".failurePolicy"), admission_failure_policies);
    check_param_kind(c, spec);
    check_constraints(c, spec);
    check_mutating_operations(c, "matchConstraints", json_getc(spec, "matchConstraints"));
    check_match_conditions(c, "matchConditions", json_getc(spec, "matchConditions"));
    check_variables(c, spec);
    check_mutations(c, spec);
    if (again.n)
        check_one_of(c, "reinvocationPolicy", again, admission_reinvocation_policies);
    else
        check_required(c, "reinvocationPolicy", "");
    check_pop(c, mark);
}

/* ---- Bindings ---- */

static void check_param_ref(struct check *c, const struct json *ref)
{
    static const char *const actions[] = {"Deny", "Allow", NULL};
    static const char both[] = "name and selector are mutually exclusive";
    struct str name = obj_str(ref, ".name"), action = obj_str(ref, ".parameterNotFoundAction");
    bool selects = obj_has(ref, ".selector");
    const char *why = name.n ? name_path_segment(name) : NULL;
    if (why) check_invalid_str(c, "name", name, why);
    if (name.n && selects) check_forbidden(c, "name", both);
    if (selects) check_selector_rules(c, "selector", json_getc(ref, "selector"));
    if (name.n && selects) check_forbidden(c, "selector", both);
    if (!name.n && !selects) check_required(c, NULL, "one of name or selector must be specified");
    if (action.n)
        check_one_of(c, "parameterNotFoundAction", action, actions);
    else
        check_required(c, "parameterNotFoundAction", "");
}

/* The part of both bindings. */
static void check_binding(struct check *c, const struct json *spec)
{
    struct str policy = obj_str(spec, ".policyName");
    const char *why = policy.n ? name_dns1123_subdomain(policy) : NULL;
    if (!policy.n) check_required(c, "policyName", "");
    if (why) check_invalid_str(c, "policyName", policy, why);
    if (obj_has(spec, ".paramRef")) {
        size_t mark = check_member(c, "paramRef");
        check_param_ref(c, json_getc(spec, "paramRef"));
        check_pop(c, mark);
    }
    if (obj_has(spec, ".matchResources")) check_match_resources(c, "matchResources", json_getc(spec, "matchResources"));
}

static void check_actions(struct check *c, const struct json *list)
{
    static const char *const actions[] = {"Audit", "Deny", "Warn", NULL};
    bool seen[ARRAY_LEN(actions)] = {false};
    size_t outer = check_member(c, "validationActions"), i = 0;
    for (OBJ_EACH(it, list, "")) {
        size_t mark = check_index(c, i++);
        check_one_of(c, NULL, obj_text(it), actions);
        for (size_t k = 0; actions[k]; k++) {
            if (!str_eqc(obj_text(it), actions[k])) continue;
            if (seen[k]) check_duplicate(c, NULL, it);
            seen[k] = true;
        }
        check_pop(c, mark);
    }
    if (seen[1] && seen[2])
        check_invalid(c, NULL, list,
                      "must not contain both Deny and Warn (repeating the same validation failure information in the "
                      "API response and headers serves no purpose)");
    if (!i) check_required(c, NULL, "at least one validation action is required");
    check_pop(c, outer);
}

/* type ValidatingAdmissionPolicyBinding check=fn:validating_policy_binding */
void check_validating_policy_binding(struct check *c, const struct json *binding, const struct json *old)
{
    (void)old;
    size_t mark = check_member(c, "spec");
    check_binding(c, json_getc(binding, "spec"));
    check_actions(c, obj_get(binding, ".spec.validationActions"));
    check_pop(c, mark);
}

/* type MutatingAdmissionPolicyBinding check=fn:mutating_policy_binding */
void check_mutating_policy_binding(struct check *c, const struct json *binding, const struct json *old)
{
    (void)old;
    size_t mark = check_member(c, "spec");
    check_binding(c, json_getc(binding, "spec"));
    check_mutating_operations(c, "matchResources", obj_get(binding, ".spec.matchResources"));
    check_pop(c, mark);
}
