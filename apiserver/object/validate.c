/* validate.c - the whole validation of an object: what all kinds share, and what its kind adds, in upstream's order.
 * Reads: the tree, its former state, the hooks of its type and kind.   Writes: struct check.
 * Upstream: apiserver pkg/registry/rest/{create,update}.go, ValidateX and ValidateXUpdate of every kind. */
#include "apiserver/object/object.h"

#include "apiserver/object/check_meta.h"
#include "apiserver/object/hooks.h"
#include "schema_ids.h"

/* When an update looks at metadata once more, beside what all kinds share, and when at the rest: M as at a new object,
 * U as at a change, R the rest. Kinds whose types are checked whole see to that themselves; all others are U R. */
static const struct {
    const struct api_resource *res;
    const char *order;
} updates[] = {
    {&res_core_v1_persistentvolumes, "MRM"},
    {&res_storage_k8s_io_v1_storageclasses, "MRU"},
    {&res_batch_v1_jobs, "MUR"},
    {&res_apps_v1_controllerrevisions, "UMR"},
    {&res_core_v1_events, "R"},
};

static const char *order_of(const struct check *c)
{
    for (size_t i = 0; i < ARRAY_LEN(updates) && !c->sub; i++)
        if (c->res == updates[i].res) return updates[i].order;
    return "UR";
}

static void check_rest(struct check *c)
{
    const struct strategy *s = api_strategy_hooks[c->res->strategy_hook];
    check_tree(c, c->res->type, c->root, c->old);
    if (s && c->old && s->check_update) s->check_update(c, c->root, c->old, c->sub);
    if (s && !c->old && s->check_create) s->check_create(c, c->root);
}

static void check_kind(struct check *c)
{
    const char *order = c->old ? order_of(c) : c->res == &res_core_v1_events ? "R" : "MR";
    for (; *order; order++) {
        if (*order == 'M') check_meta(c);
        if (*order == 'U') check_meta_update(c);
        if (*order == 'R') check_rest(c);
    }
}

void object_validate(struct check *c, const struct api_resource *res, const struct json *obj, const struct json *old,
                     const char *sub)
{
    c->is_update = old != NULL;
    c->res = res;
    c->root = obj;
    c->old = old;
    c->sub = sub;
    if (old) check_meta_common(c);
    if (res->type->whole)
        check_tree(c, res->type, obj, old);
    else
        check_kind(c);
    if (!old && !c->count) check_meta_common(c);
}
