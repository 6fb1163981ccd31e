/* check_ephemeral.c - see check_ephemeral.h. Upstream: pkg/apis/core/validation/validation.go.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_ephemeral.h"

#include "apiserver/object/hooks.h"
#include "apiserver/object/inner.h"
#include "base/map.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* Its error stands alone. */
static bool is_static(struct check *c, const struct json *old)
{
    if (!obj_has(old, ".metadata.annotations[kubernetes.io/config.mirror]")) return false;
    c->count = 0;
    check_forbidden(c, "[]", "static pods do not support ephemeral containers");
    return true;
}

void check_ephemeral_update(struct check *c, const struct json *pod, const struct json *old)
{
    struct map now = {0};
    if (is_static(c, old)) return;
    for (OBJ_EACH(it, pod, ".spec.ephemeralContainers")) map_set(&now, obj_str(it, ".name"), (void *)(uintptr_t)it);
    for (OBJ_EACH(was, old, ".spec.ephemeralContainers")) {
        struct str name = obj_str(was, ".name");
        const struct json *is = map_get(&now, name);
        if (check_is_full(c) || (is && json_equal(is, was))) continue;
        const char *diff = is ? inner_diff(c->arena, &type_core_v1_EphemeralContainer, was, is) : "";
        check_forbidden(c, "spec.ephemeralContainers",
                        arena_printf(c->arena, "existing ephemeral containers \"%.*s\" may not be %s\n%s",
                                     STR_ARG(name), is ? "changed" : "removed", diff));
    }
    map_release(&now, NULL);
}
