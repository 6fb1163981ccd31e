/* check_policy.c - validation of PriorityClasses (pkg/apis/scheduling/validation).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/registry/priority_class.h"

static void check_reserved_name(struct check *c, const struct json *pc)
{
    struct str name = obj_name(pc);
    const struct system_class *known = system_class_find(name);
    const char *why = NULL;
    if (!known)
        why = arena_printf(c->arena, "%.*s is not a known system priority class", STR_ARG(name));
    else if (obj_int(pc, ".value", 0) != known->value)
        why = arena_printf(c->arena, "value of %s PriorityClass must be %lld", known->name, (long long)known->value);
    else if (obj_bool(pc, ".globalDefault", false))
        why = arena_printf(c->arena, "globalDefault of %s PriorityClass must be false", known->name);
    if (why)
        check_forbidden(
            c, "metadata.name",
            arena_printf(c->arena,
                         "priority class names with 'system-' prefix are reserved for system use only. error: %s",
                         why));
}

/* type PriorityClass check=fn:priority_class */
void check_priority_class(struct check *c, const struct json *pc, const struct json *old)
{
    if (old) {
        const struct json *policy = json_getc(pc, "preemptionPolicy"), *was = json_getc(old, "preemptionPolicy");
        if (obj_int(pc, ".value", 0) != obj_int(old, ".value", 0))
            check_forbidden(c, "value", "may not be changed in an update.");
        if ((policy || was) && !json_equal(policy, was))
            check_invalid(c, "preemptionPolicy", policy, "field is immutable");
        return;
    }
    if (str_starts(obj_name(pc), STR(SYSTEM_CLASS_PREFIX)))
        check_reserved_name(c, pc);
    else if (obj_int(pc, ".value", 0) > USER_PRIORITY_MAX)
        check_forbidden(
            c, "value",
            arena_printf(c->arena, "maximum allowed value of a user defined priority is %d", USER_PRIORITY_MAX));
}
