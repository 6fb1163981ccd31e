/* item_form.c - an item in other versions, as a conversion webhook made them: kept beside it as long as it lives.
 * Reads: items.   Writes: their lists of forms. */
#include "apiserver/watch/item.h"

#include "apiserver/crd/crd.h"

#include <stdlib.h>

/* Pushed at the head and never taken away while the item lives: readers need no lock. */
struct item_form {
    struct item_form *next;
    uint32_t epoch; /* of the kind that it was made for: another definition may have another webhook */
    const char *version;
    struct item *item;
};

static const struct item_form *find(const struct item *it, const struct api_resource *res)
{
    const struct item_form *f = atomic_load_explicit(&it->forms, memory_order_acquire);
    while (f && (f->epoch != res->custom->epoch || strcmp(f->version, res->version) != 0)) f = f->next;
    return f;
}

bool item_is_sent(const struct item *it, const struct api_resource *res)
{
    if (!it->storage->custom || !res->custom || !crd_kind_of(res)->webhook || !it->name.n) return false;
    return strcmp(it->storage->version, res->version) != 0;
}

bool item_has_form(const struct item *it, const struct api_resource *res)
{
    return !item_is_sent(it, res) || find(it, res);
}

const struct item *item_form(const struct item *it, const struct api_resource *res)
{
    const struct item_form *f = item_is_sent(it, res) ? find(it, res) : NULL;
    return f ? f->item : it;
}

void item_add_form(const struct item *it, const struct api_resource *res, struct item *form)
{
    struct item *mine = (struct item *)it; /* what was made of it is no part of it */
    struct item_form *f = xmalloc(sizeof *f);
    *f = (struct item_form){.epoch = res->custom->epoch, .version = form->storage->version, .item = form};
    f->next = atomic_load_explicit(&mine->forms, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&mine->forms, &f->next, f, memory_order_release,
                                                  memory_order_relaxed)) {}
}

void item_drop_forms(struct item *it)
{
    struct item_form *f = atomic_load_explicit(&it->forms, memory_order_relaxed);
    while (f) {
        struct item_form *next = f->next;
        item_unref(f->item);
        free(f);
        f = next;
    }
}
