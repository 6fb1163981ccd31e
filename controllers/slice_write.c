/* slice_write.c - the writes of a slice_plan.
 * Writes: EndpointSlices. */
#include "controllers/slice_write.h"

#include "controllers/pod_control.h"
#include "controllers/trigger_times.h"

static bool create(struct ctl *c, const struct object *owner, struct slice_plan *plan, int64_t at_s,
                   struct outcome *out)
{
    struct str key = object_key(out->arena, owner);
    struct err e = ERR_INIT;
    if (obj_is_deleting(owner->root)) return true; /* the garbage collector takes what is there */
    for (size_t i = 0; i < plan->creates.count; i++) {
        trigger_time_put(out->arena, plan->creates.items[i], at_s);
        expect_creations(ctl_expect(c), key, 1);
        if (rest_create(ctl_rest(c), SLICES, owner->ns, plan->creates.items[i], NULL, &e)) continue;
        expect_saw_creation(ctl_expect(c), key);
        if (e.code != ERR_FORBIDDEN) ctl_fail(out, &e); /* else the namespace is going away */
        return false;
    }
    return true;
}

static bool update(struct ctl *c, struct slice_plan *plan, int64_t at_s, struct outcome *out)
{
    struct err e = ERR_INIT;
    for (size_t i = 0; i < plan->updates.count; i++) {
        trigger_time_put(out->arena, plan->updates.items[i], at_s);
        if (rest_update(ctl_rest(c), SLICES, NULL, plan->updates.items[i], NULL, &e)) continue;
        ctl_fail(out, &e);
        return false;
    }
    return true;
}

static bool delete (struct ctl *c, const struct object *owner, struct slice_plan *plan, struct outcome *out)
{
    struct str key = object_key(out->arena, owner);
    struct err e = ERR_INIT;
    for (size_t i = 0; i < plan->ndeletes; i++) {
        const struct object *slice = plan->deletes[i];
        const struct rest_delete_opts opts = {.grace_s = -1, .uid = slice->uid};
        expect_deletions(ctl_expect(c), key, 1);
        if (rest_delete(ctl_rest(c), SLICES, slice->ns, slice->name, &opts, &e)) continue;
        expect_saw_deletion(ctl_expect(c), key);
        if (e.code == ERR_NOT_FOUND) continue;
        ctl_fail(out, &e);
        return false;
    }
    return true;
}

bool slice_write(struct ctl *c, const struct object *owner, struct slice_plan *plan, int64_t at_s, struct outcome *out)
{
    return create(c, owner, plan, at_s, out) && update(c, plan, at_s, out) && delete (c, owner, plan, out);
}
