/* finalizer.c - see finalizer.h. Reads: the object.   Writes: its finalizers. */
#include "controllers/finalizer.h"

bool has_finalizer(const struct object *o, const char *finalizer)
{
    for (OBJ_EACH(f, o->root, ".metadata.finalizers"))
        if (str_eqc(obj_text(f), finalizer)) return true;
    return false;
}

void put_finalizer(struct ctl *c, const char *resource, const struct object *o, const char *finalizer, bool wanted,
                   struct outcome *out)
{
    struct arena *a = out->arena;
    struct err e = ERR_INIT;
    if (has_finalizer(o, finalizer) == wanted) return;
    struct json *now = obj_copy(a, o->root);
    obj_del(now, ".metadata.finalizers");
    for (OBJ_EACH(f, o->root, ".metadata.finalizers"))
        if (!str_eqc(obj_text(f), finalizer)) obj_append_str(a, now, ".metadata.finalizers", obj_text(f));
    if (wanted) obj_append_str(a, now, ".metadata.finalizers", str_of(finalizer));
    if (!rest_update(ctl_rest(c), resource, NULL, now, NULL, &e) && e.code != ERR_NOT_FOUND) ctl_fail(out, &e);
}
