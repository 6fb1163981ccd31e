/* check_ephemeral.c - see check_ephemeral.h. Upstream: pkg/apis/core/validation/validation.go.
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_ephemeral.h"

#include "apiserver/object/hooks.h"
#include "apiserver/object/inner.h"
#include "base/map.h"
#include "schema_hooks.h"
#include "schema_ids.h"

static const char not_here[] = "cannot be set for an Ephemeral Container";

static void check_members(struct check *c, const struct json *container)
{
    static const char *const forbidden[] = {"ports",          "resources",          "resizePolicy",
                                            "restartPolicy",  "restartPolicyRules", "livenessProbe",
                                            "readinessProbe", "startupProbe",       "lifecycle"};
    for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
        const struct json *value = json_getc(container, forbidden[i]);
        bool empty_resources = strcmp(forbidden[i], "resources") == 0 && !obj_count(value, "");
        if (value && value->type != JSON_NULL && !empty_resources) check_forbidden(c, forbidden[i], not_here);
    }
}

static void check_sub_paths(struct check *c, const struct json *container)
{
    size_t mark = check_member(c, "volumeMounts"), i = 0;
    for (OBJ_EACH(it, container, ".volumeMounts")) {
        size_t at = check_index(c, i++);
        if (obj_str(it, ".subPath").n) check_forbidden(c, "subPath", not_here);
        if (obj_str(it, ".subPathExpr").n) check_forbidden(c, "subPathExpr", not_here);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

void check_ephemeral_containers(struct check *c, const struct json *spec)
{
    static const char *const others[] = {".initContainers", ".containers"};
    struct map lasting = {0}, ephemeral = {0};
    size_t mark = check_member(c, "ephemeralContainers"), i = 0;
    for (size_t k = 0; k < ARRAY_LEN(others); k++)
        for (OBJ_EACH(it, spec, others[k])) map_set(&lasting, obj_str(it, ".name"), NULL);
    for (OBJ_EACH(it, spec, ".ephemeralContainers")) {
        struct str name = obj_str(it, ".name"), target = obj_str(it, ".targetContainerName");
        size_t at = check_index(c, i++);
        check_container(c, it, NULL);
        if (map_has(&lasting, name) || map_has(&ephemeral, name)) check_duplicate(c, "name", obj_get(it, ".name"));
        map_set(&ephemeral, name, NULL);
        if (target.n && !map_has(&lasting, target))
            check_not_found(c, "targetContainerName", obj_get(it, ".targetContainerName"));
        check_members(c, it);
        check_sub_paths(c, it);
        check_pop(c, at);
    }
    map_release(&lasting, NULL);
    map_release(&ephemeral, NULL);
    check_pop(c, mark);
}

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
        if (is && json_equal(is, was)) continue;
        const char *diff = is ? inner_diff(c->arena, &type_core_v1_EphemeralContainer, was, is) : "";
        check_forbidden(c, "spec.ephemeralContainers",
                        arena_printf(c->arena, "existing ephemeral containers \"%.*s\" may not be %s\n%s",
                                     STR_ARG(name), is ? "changed" : "removed", diff));
    }
    map_release(&now, NULL);
}
