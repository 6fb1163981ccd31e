/* kinds.c - names of the built-in resources. Reads: the schema.   Writes: its table, once. */
#include "controllers/kinds.h"

#include "base/mem.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

struct kind {
    const struct api_resource *res;
    char text[API_VERSION_MAX];
};

static struct kind *kinds; /* by api_resource.id */
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void make(void)
{
    char version[API_VERSION_MAX];
    kinds = xcalloc(api_resource_count, sizeof *kinds);
    for (int i = 0; i < api_resource_count; i++) {
        kinds[i].res = api_resources[i];
        snprintf(kinds[i].text, sizeof kinds[i].text, "%s/%s", api_version_of(api_resources[i], version),
                 api_resources[i]->plural);
    }
}

const char *kind_text(const struct api_resource *res)
{
    pthread_once(&made, make);
    return kinds[res->id].text;
}

const struct api_resource *kind_of(const char *text)
{
    return ((const struct kind *)(text - offsetof(struct kind, text)))->res;
}

bool kind_has(const struct api_resource *res, uint32_t verbs)
{
    return res->storage == res && (res->verbs & verbs) == verbs && !(res->flags & API_R_VIRTUAL);
}
