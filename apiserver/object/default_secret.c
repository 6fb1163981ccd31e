/* default_secret.c - what becomes of a Secret's stringData (pkg/apis/core/v1/conversion.go,
 * Convert_v1_Secret_To_core_Secret). Reads and writes: a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "base/map.h"
#include "schema_ids.h"

/* type Secret default=fn:secret: stringData goes into data, and wins. */
void type_default_secret(struct arena *a, struct json *secret)
{
    const struct json *text = json_getc(secret, "stringData");
    if (!text) return;
    struct map said = {0};
    struct json *data = obj_empty(a);
    for (OBJ_EACH(it, text, "")) {
        json_add(data, obj_key(it), json_str(a, object_base64(a, obj_text(it))));
        map_set(&said, obj_key(it), data);
    }
    for (OBJ_EACH(it, secret, ".data"))
        if (!map_has(&said, obj_key(it))) json_add(data, obj_key(it), json_copy(a, it));
    map_release(&said, NULL);
    json_sort_keys(data);
    if (obj_count(data, "")) json_set(a, secret, STR("data"), data);
    obj_del(secret, ".stringData");
    object_order(&type_core_v1_Secret, secret, a);
}
