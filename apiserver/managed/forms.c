/* forms.c - trees in other versions of a kind whose webhook converts them: looked up here, made by others (managed.h).
 * Reads: what was made.   Writes: what is wanted. */
#include "api/object.h"
#include "apiserver/managed/managed.h"

static struct str text_of(struct arena *a, const struct json *tree)
{
    struct buf b AUTO_BUF = {0};
    struct json *copy = json_copy(a, tree);
    obj_del(copy, ".metadata.managedFields");
    obj_del(copy, ".metadata.resourceVersion");
    buf_init(&b, SIZE_MAX);
    json_write(&b, copy);
    return str_copy(a, buf_view(&b));
}

const struct json *managed_form(const struct owner *o, const struct json *tree, struct str from, struct str to)
{
    struct managed_forms *forms = o->forms;
    struct str text = text_of(o->a, tree), rev = obj_str(tree, ".metadata.resourceVersion");
    for (const struct managed_form *it = forms->first; it; it = it->next)
        if (str_eq(it->to, to) && str_eq(it->from, from) && str_eq(it->text, text) && str_eq(it->rev, rev))
            return it->tree;
    if (forms->missed) return NULL; /* what was computed without the first one is nothing to go on from */
    struct managed_form *wanted = ARENA_NEW(o->a, struct managed_form);
    *wanted = (struct managed_form){.next = forms->first, .from = from, .to = to, .text = text, .rev = rev};
    forms->first = wanted;
    forms->missed = true;
    return NULL;
}
