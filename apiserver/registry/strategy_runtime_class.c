/* strategy_runtime_class.c - RuntimeClass (pkg/registry/node/runtimeclass, pkg/apis/node/validation/validation.go).
 * Reads: the request's trees.   Writes: struct check. */
#include "apiserver/object/hooks.h"

#include "api/quantity.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_pod.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/resource.h"
#include "base/map.h"
#include "schema_hooks.h"
#include "schema_ids.h"

/* ---- Overhead: the rules of a container's limits ---- */

static void check_huge_pages(struct check *c, struct str name, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (!qty_parse(obj_text(value), &q, &e) || resource_is_divisible(name, &q)) return;
    check_invalidf(c, NULL, value, "%.*s is not positive integer multiple of %.*s", STR_ARG(obj_text(value)),
                   STR_ARG(name));
}

static void check_limit(struct check *c, struct str name, const struct json *value)
{
    check_container_resource_name(c, name);
    check_amount(c, name, value);
    if (resource_is_huge_page(name)) check_huge_pages(c, name, value);
}

static void check_overhead(struct check *c, const struct json *fixed)
{
    bool huge = false, plain = false;
    size_t mark = check_member(c, "overhead"), limits = check_member(c, "limits"); /* upstream's name for it here */
    for (OBJ_EACH(it, fixed, "")) {
        struct str name = obj_key(it);
        size_t at = check_key(c, name);
        check_limit(c, name, it);
        huge = huge || resource_is_huge_page(name);
        plain = plain || str_eqc(name, "cpu") || str_eqc(name, "memory");
        check_pop(c, at);
    }
    check_pop(c, limits);
    if (huge && !plain) check_forbidden(c, NULL, "HugePages require cpu or memory");
    check_pop(c, mark);
}

/* ---- Scheduling ---- */

static void check_node_labels(struct check *c, const struct json *selector)
{
    for (OBJ_EACH(it, selector, "")) {
        check_name_by(c, "nodeSelector", obj_key(it), name_qualified);
        check_name_by(c, "nodeSelector", obj_text(it), name_label_value);
    }
}

static void check_each_once(struct check *c, const struct json *list)
{
    struct map seen = {0};
    size_t mark = check_member(c, "tolerations"), i = 0;
    for (OBJ_EACH(it, list, "")) {
        struct str key = str_printf(c->arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(obj_str(it, ".key")),
                                    STR_ARG(obj_str(it, ".operator")), STR_ARG(obj_str(it, ".value")),
                                    STR_ARG(obj_str(it, ".effect")));
        size_t at = check_index(c, i++);
        if (map_has(&seen, key)) check_duplicate(c, NULL, inner_shown(c->arena, &type_core_v1_Toleration, it));
        map_set(&seen, key, NULL);
        check_pop(c, at);
    }
    map_release(&seen, NULL);
    check_pop(c, mark);
}

/* ---- The class ---- */

/* type RuntimeClass check=fn:runtime_class whole */
void check_runtime_class(struct check *c, const struct json *class, const struct json *old)
{
    check_meta(c);
    check_required_name(c, "handler", obj_str(class, ".handler"), name_dns1123_label, "");
    check_overhead(c, obj_get(class, ".overhead.podFixed"));
    size_t mark = check_member(c, "scheduling");
    check_node_labels(c, obj_get(class, ".scheduling.nodeSelector"));
    check_tolerations(c, "tolerations", obj_get(class, ".scheduling.tolerations"));
    check_each_once(c, obj_get(class, ".scheduling.tolerations"));
    check_pop(c, mark);
    if (!old) return;
    check_meta_update(c);
    check_fixed(c, ".handler", NULL);
}
