/* catalogue.c - see catalogue.h.
 * Reads: the registry.   Writes: the present catalogue. */
#include "apiserver/discovery/catalogue.h"

#include "base/thread.h"

#include <stdlib.h>

static pthread_mutex_t lock = MUTEX_INIT;
static struct catalogue *present;

static bool is_discovered(const struct api_resource *r)
{
    if (r->flags & API_R_UNSERVED) return false;
    for (int i = 0; i < api_resource_count; i++) /* a version that is built in is nobody else's */
        if (strcmp(api_resources[i]->group, r->group) == 0 && strcmp(api_resources[i]->version, r->version) == 0)
            return false;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct api_resource *const *x = a, *const *y = b;
    int order = strcmp((*x)->group, (*y)->group);
    if (!order) order = api_version_order(str_of((*x)->version), str_of((*y)->version));
    return order ? order : strcmp((*x)->plural, (*y)->plural);
}

static void collect(struct catalogue *c)
{
    size_t most = api_resource_count;
    for (size_t i = 0; i < c->customs.count; i++) most += c->customs.items[i]->nversions;
    c->resources = xcalloc(most + 1, sizeof(struct api_resource *));
    for (int i = 0; i < api_resource_count; i++) c->resources[c->nresources++] = api_resources[i];
    for (size_t i = 0; i < c->customs.count; i++) {
        const struct api_custom *k = c->customs.items[i];
        for (int v = 0; k->shown && v < k->nversions; v++)
            if (is_discovered(&k->versions[v])) c->resources[c->nresources++] = &k->versions[v];
    }
    qsort(c->resources + api_resource_count, (size_t)(c->nresources - api_resource_count), sizeof *c->resources,
          by_place);
}

static bool same_version(const struct api_resource *a, const struct api_resource *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->version, b->version) == 0;
}

static void divide(struct catalogue *c)
{
    c->versions = xcalloc((size_t)c->nresources + 1, sizeof *c->versions);
    for (int i = 0; i < c->nresources; i++) {
        const struct api_resource *r = c->resources[i];
        if (!i || !same_version(r, c->resources[i - 1]))
            c->versions[c->nversions++] = (struct group_version){r->group, r->version, &c->resources[i], 0};
        c->versions[c->nversions - 1].count++;
    }
    c->of_version = xcalloc((size_t)c->nversions, sizeof *c->of_version);
    c->of_group = xcalloc((size_t)c->nversions, sizeof *c->of_group);
    c->v3 = xcalloc((size_t)c->nversions, sizeof *c->v3);
}

static struct catalogue *make(void)
{
    struct catalogue *c = xcalloc(1, sizeof *c);
    atomic_init(&c->refs, 1);
    pthread_mutex_init(&c->making, NULL);
    api_customs_hold(&c->customs);
    c->epoch = c->customs.epoch;
    collect(c);
    divide(c);
    return c;
}

struct catalogue *catalogue_hold(void)
{
    struct catalogue *former = NULL;
    mutex_lock(&lock);
    if (!present || present->epoch != api_registry_epoch()) {
        former = present;
        present = make();
    }
    struct catalogue *c = present;
    atomic_fetch_add(&c->refs, 1);
    mutex_unlock(&lock);
    if (former) catalogue_release(former);
    return c;
}

void catalogue_release(struct catalogue *c)
{
    if (atomic_fetch_sub(&c->refs, 1) != 1) return;
    struct forms *forms[] = {&c->api, &c->apis, &c->api_aggregated, &c->apis_aggregated};
    struct document *documents[] = {&c->v3_index, &c->v2_json, &c->v2_proto};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) forms_release(forms[i]);
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) document_release(documents[i]);
    for (int i = 0; i < c->nversions; i++) {
        forms_release(&c->of_version[i]);
        forms_release(&c->of_group[i]);
        document_release(&c->v3[i]);
    }
    free(c->of_version);
    free(c->of_group);
    free(c->v3);
    free(c->versions);
    free(c->resources);
    api_customs_release(&c->customs);
    pthread_mutex_destroy(&c->making);
    free(c);
}

/* A group's versions lie side by side. */
bool catalogue_first_of_group(const struct catalogue *c, int at)
{
    return at == 0 || strcmp(c->versions[at - 1].group, c->versions[at].group) != 0;
}
