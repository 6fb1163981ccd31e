/* default_limit_range.c - computed defaults of LimitRanges (pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem).
 * Reads and writes: one item of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "schema_ids.h"

/* Copies what `to` lacks. */
static bool fill(struct arena *a, struct json *item, const char *to, const char *from)
{
    bool any = false;
    for (OBJ_EACH(it, item, from)) {
        if (!str_is_null(obj_map_str(item, to, obj_key(it)))) continue;
        obj_map_put_str(a, item, to, obj_key(it), obj_text(it));
        any = true;
    }
    if (any) json_sort_keys(obj_edit(item, to));
    return any;
}

/* type LimitRangeItem default=fn:limit_range_item */
void type_default_limit_range_item(struct arena *a, struct json *item)
{
    if (!obj_is(item, ".type", "Container")) return;
    bool any = fill(a, item, ".default", ".max");
    any = fill(a, item, ".defaultRequest", ".default") || any;
    any = fill(a, item, ".defaultRequest", ".min") || any;
    if (any) object_order(&type_core_v1_LimitRangeItem, item, a);
}
