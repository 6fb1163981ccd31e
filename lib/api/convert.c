/* convert.c - from any version of a kind to any other, by way of the one that is stored (see convert.h).
 * Reads: resource rows.   Writes: one tree, in place. */
#include "convert.h"

#include "decode.h"
#include "object.h"

const struct api_resource *api_version_row(const struct api_resource *r, struct str group, struct str version)
{
    for (int i = 0; i < api_resource_count; i++) {
        const struct api_resource *row = api_resources[i];
        if (row->storage == r->storage && str_eqc(group, row->group) && str_eqc(version, row->version)) return row;
    }
    return NULL;
}

void api_convert(struct arena *a, struct json *obj, const struct api_resource *from, const struct api_resource *to)
{
    struct err e = ERR_INIT;
    if (from == to || from->custom) return;
    if (from != from->storage) api_convert_hooks[from->convert_hook](a, obj, true);
    if (to != to->storage) api_convert_hooks[to->convert_hook](a, obj, false);
    /* Hooks move values between fields of one type: only what was stored by other rules than ours does not decode. */
    if (!api_decode(a, to->type, obj, NULL, &e)) object_order(to->type, obj, a);
}
