/* names.c - see names.h. Reads: what it is told.   Writes: an index of names.
 * Upstream: apiextensions-apiserver pkg/controller/status/naming_controller.go (getAcceptedNamesForGroup). */
#include "apiserver/crd/names.h"

#include "api/object.h"
#include "base/map.h"
#include "base/thread.h"

#include <stdlib.h>

struct record {
    char *group;
    struct map names; /* keys of the index, as they are counted there */
    bool satisfied;
};

static pthread_mutex_t lock = MUTEX_INIT;
static struct map records; /* name of the definition -> struct record * */
static struct map counts;  /* "group r name" -> how many have it */

static struct str key_of(struct arena *a, struct str group, bool is_kind, struct str name)
{
    return str_printf(a, "%.*s %c %.*s", STR_ARG(group), is_kind ? 'k' : 'r', STR_ARG(name));
}

static void count(struct str key, intptr_t by)
{
    intptr_t now = (intptr_t)map_get(&counts, key) + by;
    if (now > 0)
        (void)map_set(&counts, key, (void *)now);
    else
        (void)map_take(&counts, key);
}

static void drop(struct str crd)
{
    struct record *r = map_take(&records, crd);
    if (!r) return;
    for (uint32_t i = 0; i < r->names.count; i++) count(r->names.entries[i].key, -1);
    map_release(&r->names, NULL);
    free(r->group);
    free(r);
}

static void add(struct record *r, struct str key)
{
    if (map_has(&r->names, key)) return;
    (void)map_set(&r->names, key, r);
    count(key, 1);
}

static struct record *record_new(struct arena *a, struct str group, const struct json *accepted)
{
    static const struct {
        const char *path;
        bool is_kind;
    } rows[] = {{".plural", false}, {".singular", false}, {".kind", true}, {".listKind", true}};
    struct record *r = xcalloc(1, sizeof *r);
    r->group = str_dup(group);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str name = obj_str(accepted, rows[i].path);
        if (name.n) add(r, key_of(a, group, rows[i].is_kind, name));
    }
    for (OBJ_EACH(it, accepted, ".shortNames")) add(r, key_of(a, group, false, obj_text(it)));
    return r;
}

void names_set(struct str crd, struct str group, const struct json *accepted, bool satisfied)
{
    struct arena a AUTO_ARENA = {0};
    mutex_lock(&lock);
    drop(crd);
    if (accepted) {
        struct record *r = record_new(&a, group, accepted);
        r->satisfied = satisfied;
        (void)map_set(&records, crd, r);
    }
    mutex_unlock(&lock);
}

bool names_has(struct str group, bool is_kind, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    mutex_lock(&lock);
    bool has = map_has(&counts, key_of(&a, group, is_kind, name));
    mutex_unlock(&lock);
    return has;
}

void names_each_waiting(struct str group, struct str but, void (*fn)(struct str crd))
{
    struct arena a AUTO_ARENA = {0};
    struct json *found = json_arr(&a);
    mutex_lock(&lock);
    for (uint32_t i = 0; i < records.count; i++) {
        const struct map_entry *e = &records.entries[i];
        const struct record *r = e->value;
        if (!r->satisfied && str_eqc(group, r->group) && !str_eq(e->key, but))
            json_push(found, json_str(&a, str_copy(&a, e->key)));
    }
    mutex_unlock(&lock);
    JSON_FOREACH(it, found) fn(it->u.s);
}
