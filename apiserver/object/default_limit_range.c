/* default_limit_range.c - computed defaults of LimitRanges (pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem).
 * Reads and writes: one item of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "base/map.h"
#include "schema_ids.h"

/* Copies what `to` lacks. */
static bool fill(struct arena *a, struct json *item, const char *to, const char *from)
{
    struct map has = {0};
    struct json *map = json_getc(item, to), *missing = obj_empty(a);
    for (OBJ_EACH(it, map, "")) map_set(&has, obj_key(it), map);
    for (OBJ_EACH(it, json_getc(item, from), ""))
        if (!map_has(&has, obj_key(it))) json_add(missing, obj_key(it), json_copy(a, it));
    map_release(&has, NULL);
    if (!obj_count(missing, "")) return false;
    for (OBJ_EACH(it, map, "")) json_add(missing, obj_key(it), json_copy(a, it));
    json_sort_keys(missing);
    json_set(a, item, str_of(to), missing);
    return true;
}

/* type LimitRangeItem default=fn:limit_range_item */
void type_default_limit_range_item(struct arena *a, struct json *item)
{
    if (!obj_is(item, ".type", "Container")) return;
    bool any = fill(a, item, "default", "max");
    any = fill(a, item, "defaultRequest", "default") || any;
    any = fill(a, item, "defaultRequest", "min") || any;
    if (any) object_order(&type_core_v1_LimitRangeItem, item, a);
}
