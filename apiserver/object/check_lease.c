/* check_lease.c - validation of Leases (pkg/apis/coordination/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/check_value.h"

/* A word of upstream's, or a qualified name of somebody else's. */
static void check_lease_strategy(struct check *c, const struct json *strategy)
{
    static const char *const known[] = {"OldestEmulationVersion", NULL};
    struct str name = obj_text(strategy);
    if (!strategy) return;
    size_t mark = check_member(c, "strategy");
    if (str_chr(name, '/') == SIZE_MAX)
        check_one_of(c, "strategy", name, known); /* upstream's path has it twice */
    else
        check_name_by(c, "strategy", name, name_qualified);
    check_pop(c, mark);
}

/* type LeaseSpec check=fn:lease_spec */
void check_lease_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    const struct json *seconds = obj_get(spec, ".leaseDurationSeconds");
    if (seconds && obj_number(seconds, 0) <= 0)
        check_invalid(c, "leaseDurationSeconds", seconds, "must be greater than 0");
    check_count(c, "leaseTransitions", obj_get(spec, ".leaseTransitions"));
    check_lease_strategy(c, obj_get(spec, ".strategy"));
    if (obj_str(spec, ".preferredHolder").n && !obj_str(spec, ".strategy").n)
        check_forbidden(c, "preferredHolder", "may only be specified if `strategy` is defined");
}
