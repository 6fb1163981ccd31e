/* check_webhook.c - validation of webhook configurations (pkg/apis/admissionregistration/validation/validation.go).
 * Expressions in CEL are not compiled.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_admission.h"

#include "apiserver/object/hooks.h"
#include "schema_hooks.h"

#include "apiserver/object/check_selector.h"
#include "apiserver/object/names.h"
#include "base/map.h"

/* A name of at least three parts. */
static void check_hook_name(struct check *c, struct str name)
{
    int dots = 0;
    for (size_t i = 0; i < name.n; i++) dots += name.p[i] == '.';
    const char *why = name.n ? name_dns1123_subdomain(name) : NULL;
    if (!name.n)
        check_required(c, "name", "");
    else if (why)
        check_invalid_joined(c, "name", name, "", why);
    else if (dots < 2)
        check_invalid_str(c, "name", name, "should be a domain with at least three segments separated by dots");
}

static void check_side_effects(struct check *c, const struct json *hook)
{
    static const char *const harmless[] = {"None", "NoneOnDryRun", NULL};
    if (!obj_has(hook, ".sideEffects"))
        check_required(c, "sideEffects", "must specify one of None, NoneOnDryRun");
    else
        check_one_of(c, "sideEffects", obj_str(hook, ".sideEffects"), harmless);
}

static void check_hook(struct check *c, const struct json *hook)
{
    const struct json *timeout = json_getc(hook, "timeoutSeconds");
    int64_t seconds = obj_number(timeout, 1);
    check_hook_name(c, obj_str(hook, ".name"));
    check_rules_with_operations(c, "rules", json_getc(hook, "rules"), false);
    check_one_of(c, "failurePolicy", obj_str(hook, ".failurePolicy"), admission_failure_policies);
    check_one_of(c, "matchPolicy", obj_str(hook, ".matchPolicy"), admission_match_policies);
    check_side_effects(c, hook);
    if (seconds < 1 || seconds > 30)
        check_invalid(c, "timeoutSeconds", timeout, "the timeout value must be between 1 and 30 seconds");
    check_selector_rules(c, "namespaceSelector", json_getc(hook, "namespaceSelector"));
    check_selector_rules(c, "objectSelector", json_getc(hook, "objectSelector"));
    if (obj_has(hook, ".reinvocationPolicy")) /* of mutating ones */
        check_one_of(c, "reinvocationPolicy", obj_str(hook, ".reinvocationPolicy"), admission_reinvocation_policies);
    check_webhook_client(c, "clientConfig", json_getc(hook, "clientConfig"));
    check_match_conditions(c, "matchConditions", json_getc(hook, "matchConditions"));
    check_review_versions(c, "admissionReviewVersions", json_getc(hook, "admissionReviewVersions"),
                          "must specify one of v1, v1beta1");
}

static void check_hooks(struct check *c, const struct json *config)
{
    struct map names = {0};
    size_t outer = check_member(c, "webhooks"), i = 0;
    for (OBJ_EACH(hook, config, ".webhooks")) {
        struct str name = obj_str(hook, ".name");
        size_t mark = check_index(c, i++);
        check_hook(c, hook);
        if (name.n) (void)check_unique(c, "name", name, &names);
        check_pop(c, mark);
    }
    map_release(&names, NULL);
    check_pop(c, outer);
}

/* type MutatingWebhookConfiguration check=fn:mutating_webhooks */
void check_mutating_webhooks(struct check *c, const struct json *config, const struct json *old)
{
    (void)old;
    check_hooks(c, config);
}

/* type ValidatingWebhookConfiguration check=fn:validating_webhooks */
void check_validating_webhooks(struct check *c, const struct json *config, const struct json *old)
{
    (void)old;
    check_hooks(c, config);
}
