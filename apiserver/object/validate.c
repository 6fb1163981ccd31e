/* validate.c - the whole validation of an object: what all kinds share, and what its kind adds, in upstream's order.
 * Reads: the tree, its former state, the hooks of its type and kind.   Writes: struct check.
 * Upstream: apiserver pkg/registry/rest/{create,update}.go, ValidateX and ValidateXUpdate of every kind. */
#include "apiserver/object/object.h"

#include "apiserver/crd/check.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/hooks.h"

static void check_rest(struct check *c)
{
    if (c->res->custom) {
        crd_check(c);
        return;
    }
    const struct strategy *s = api_strategy_hooks[c->res->strategy_hook];
    check_tree(c, c->res->type, c->root, c->old);
    if (s && c->old && s->check_update) s->check_update(c, c->root, c->old, c->sub);
    if (s && !c->old && s->check_create) s->check_create(c, c->root);
}

/* Kinds whose types are checked whole see to their metadata themselves; it comes first in all others. */
static void check_kind(struct check *c)
{
    if (c->old)
        check_meta_update(c);
    else
        check_meta(c);
    check_rest(c);
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
