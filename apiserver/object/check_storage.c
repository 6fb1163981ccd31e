/* check_storage.c - validation of what volumes and claims share (pkg/apis/core/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_storage.h"

#include "api/object.h"
#include "api/quantity.h"
#include "apiserver/object/check_value.h"

/* ---- What volumes and claims share ---- */

void check_access_modes(struct check *c, const struct json *modes)
{
    static const char *const supported[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", NULL};
    bool alone = false, others = false;
    for (OBJ_EACH(mode, modes, "")) {
        bool known = check_one_of(c, "accessModes", obj_text(mode), supported);
        bool one_pod = str_eqc(obj_text(mode), "ReadWriteOncePod");
        alone = alone || one_pod;
        others = others || (known && !one_pod);
    }
    if (alone && others) check_forbidden(c, "accessModes", "may not use ReadWriteOncePod with other access modes");
}

void check_volume_mode(struct check *c, const struct json *spec)
{
    static const char *const modes[] = {"Block", "Filesystem", NULL};
    if (obj_has(spec, ".volumeMode")) check_one_of(c, "volumeMode", obj_str(spec, ".volumeMode"), modes);
}

void check_basic_quantity(struct check *c, const struct json *value)
{
    struct qty q;
    struct err e = ERR_INIT;
    if (qty_parse(obj_text(value), &q, &e) && q.nano < 0)
        check_invalid(c, NULL, json_int(c->arena, qty_value(&q)), "must be a valid resource quantity");
}
