/* check_priority_class.c - validation of PriorityClasses (pkg/apis/scheduling/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_value.h"
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

static void check_change(struct check *c, const struct json *pc, const struct json *old)
{
    check_meta_update(c);
    if (obj_int(pc, ".value", 0) != obj_int(old, ".value", 0))
        check_forbidden(c, "value", "may not be changed in an update.");
    check_same(c, "preemptionPolicy", obj_get(pc, ".preemptionPolicy"), obj_get(old, ".preemptionPolicy"));
}

/* type PriorityClass check=fn:priority_class whole */
void check_priority_class(struct check *c, const struct json *pc, const struct json *old)
{
    static const char *const policies[] = {"PreemptLowerPriority", "Never", NULL};
    if (old) {
        check_change(c, pc, old);
        return;
    }
    check_meta(c);
    if (str_starts(obj_name(pc), STR(SYSTEM_CLASS_PREFIX)))
        check_reserved_name(c, pc);
    else if (obj_int(pc, ".value", 0) > USER_PRIORITY_MAX)
        check_forbidden(
            c, "value",
            arena_printf(c->arena, "maximum allowed value of a user defined priority is %d", USER_PRIORITY_MAX));
    if (!obj_has(pc, ".preemptionPolicy")) return;
    if (!obj_str(pc, ".preemptionPolicy").n)
        check_required(c, "preemptionPolicy", "");
    else
        check_one_of(c, "preemptionPolicy", obj_str(pc, ".preemptionPolicy"), policies);
}
