/* kinds.c - names of resources. Reads: the schema.   Writes: its table, once; rows of custom kinds, one after another.
 */
#include "controllers/kinds.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/thread.h"
#include "controllers/limits.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

struct kind {
    const struct api_resource *res;
    char text[API_VERSION_MAX];
};

struct custom {
    struct api_resource row;
    struct kind name;
};

static struct kind *kinds;                /* by api_resource.id */
static pthread_mutex_t lock = MUTEX_INIT; /* covers what follows */
static struct map customs;                /* all words -> struct custom */
static struct map first;                  /* "PLURAL.GROUP" -> the first of them */
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

bool kind_is_custom(const struct api_resource *res) { return res->id >= api_resource_count; }

static struct custom *custom_new(struct str group, struct str version, struct str plural, struct str kind)
{
    struct custom *c = xcalloc(1, sizeof *c);
    c->row = (struct api_resource){.group = str_dup(group),
                                   .version = str_dup(version),
                                   .plural = str_dup(plural),
                                   .kind = str_dup(kind),
                                   .id = (uint16_t)MIN(api_resource_count + customs.count, UINT16_MAX)};
    c->name.res = &c->row;
    snprintf(c->name.text, sizeof c->name.text, "%s/%s/%s", c->row.group, c->row.version, c->row.plural);
    return c;
}

const struct api_resource *kind_custom(struct str group, struct str version, struct str plural, struct str kind,
                                       bool namespaced)
{
    struct arena a AUTO_ARENA = {0};
    struct str words = str_printf(&a, "%.*s/%.*s/%.*s/%.*s/%d", STR_ARG(group), STR_ARG(version), STR_ARG(plural),
                                  STR_ARG(kind), namespaced);
    struct str name = str_printf(&a, "%.*s.%.*s", STR_ARG(plural), STR_ARG(group));
    mutex_lock(&lock);
    struct custom *c = map_get(&customs, words), *head = map_get(&first, name);
    if (!c) {
        c = custom_new(group, version, plural, kind);
        if (!head) map_set(&first, name, head = c);
        c->row.namespaced = namespaced;
        c->row.storage = &head->row;
        map_set(&customs, words, c);
    }
    mutex_unlock(&lock);
    return &c->row;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool fine = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || (ch == '.' && i);
        if (!fine) return false;
    }
    return s.n > 0;
}

bool kind_can_be(struct str group, struct str version, struct str plural)
{
    return is_name(group) && is_name(version) && is_name(plural) && group.n + version.n + plural.n < KIND_WORDS_MAX;
}

const char *kind_text(const struct api_resource *res)
{
    if (kind_is_custom(res)) return ((const struct custom *)(const void *)res)->name.text;
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
