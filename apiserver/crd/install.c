/* install.c - definitions become kinds as they are committed.
 * Reads: commits of CustomResourceDefinitions.   Writes: the registry, the cache's shelves, the keeper's queue. */
#include "apiserver/crd/crd.h"

#include "api/object.h"
#include "apiserver/crd/keeper.h"
#include "apiserver/crd/names.h"
#include "apiserver/crd/services.h"
#include "apiserver/watch/cache.h"
#include "base/log.h"
#include "base/map.h"
#include "schema_ids.h"

#define DEFINITIONS (&res_apiextensions_k8s_io_v1_customresourcedefinitions)
#define SERVICES    (&res_apiregistration_k8s_io_v1_apiservices)

/* The writer's own, and main's before it starts. */
static struct map kinds; /* name -> struct crd_kind *, referenced */
static size_t terminating;

static bool same_at(const struct json *a, const struct json *b, const char *path)
{
    const struct json *x = obj_get(a, path), *y = obj_get(b, path);
    return x == y || (x && y && json_equal(x, y));
}

static bool accepts(const struct json *def, const char *type) { return obj_condition_true(def, type); }

/* Does the definition still make the kind that it made? */
static bool is_same_kind(const struct json *now, const struct json *before)
{
    return same_at(now, before, ".spec") && same_at(now, before, ".status.acceptedNames") &&
           accepts(now, "Established") == accepts(before, "Established") &&
           accepts(now, "NamesAccepted") == accepts(before, "NamesAccepted") && str_eq(obj_uid(now), obj_uid(before));
}

static void note_terminating(struct crd_kind *k, bool is)
{
    if (atomic_exchange(&k->terminating, is) == is) return;
    if (is)
        terminating++;
    else
        terminating--;
}

static void drop(struct str name)
{
    struct crd_kind *k = map_take(&kinds, name);
    if (!k) return;
    if (atomic_load(&k->terminating)) terminating--;
    api_registry_drop(name);
    cache_drop_kind(&k->base);
    api_custom_unref(&k->base);
}

static bool put(const struct blob *definition, struct str name, bool from_store, struct err *e)
{
    struct crd_kind *k = crd_kind_new(definition), *former;
    if (!k) {
        drop(name);
        return true;
    }
    former = map_get(&kinds, name);
    bool ok = cache_put_kind(&k->base, former ? &former->base : NULL, from_store, e);
    if (ok) {
        api_registry_put(&k->base);
        (void)map_set(&kinds, name, k);
        if (atomic_load(&k->terminating)) terminating++;
        if (former && atomic_load(&former->terminating)) terminating--;
    }
    api_custom_unref(ok && former ? &former->base : ok ? NULL : &k->base);
    return ok;
}

static void note_names(const struct json *def)
{
    const struct json *accepted = obj_get(def, ".status.acceptedNames"), *wanted = obj_get(def, ".spec.names");
    names_set(obj_name(def), obj_str(def, ".spec.group"), accepted, accepted && wanted && json_equal(accepted, wanted));
}

static void changed(const struct store_event *ev, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *now = json_parse(&a, blob_str(ev->value), &e),
                      *before = ev->prev ? json_parse(&a, blob_str(ev->prev), &e) : NULL;
    struct crd_kind *k = map_get(&kinds, name);
    if (!now) return;
    note_names(now);
    services_set(name, now, keeper_look_service);
    if (k && before && is_same_kind(now, before))
        note_terminating(k, accepts(now, "Terminating"));
    else if (!put(ev->value, name, false, &e))
        LOG_E("custom resource definition %.*s: %s", STR_ARG(name), e.text);
}

static void gone(struct str name)
{
    drop(name);
    names_set(name, STR(""), NULL, false);
    services_set(name, NULL, keeper_look_service);
}

/* Names may have become free: of a definition that went, or that gave some up. */
static void look_around(const struct store_event *ev, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *before = ev->prev ? json_parse(&a, blob_str(ev->prev), &e) : NULL;
    if (before) names_each_waiting(obj_str(before, ".spec.group"), name, keeper_look);
}

/* The object that ended may be the last that a deleted definition waits for: "/registry/GROUP/PLURAL/.." */
static void object_gone(struct str key)
{
    struct str rest, group = str_cut(str_from(key, strlen("/registry/")), '/', &rest),
                     plural = str_cut(rest, '/', &rest);
    struct arena a AUTO_ARENA = {0};
    struct str name = str_printf(&a, "%.*s.%.*s", STR_ARG(plural), STR_ARG(group));
    struct crd_kind *k = map_get(&kinds, name);
    if (k && atomic_load(&k->terminating)) keeper_look(name);
}

void crd_on_commit(const struct store_event *events, int count)
{
    struct str prefix = str_of(DEFINITIONS->store_prefix);
    for (int i = 0; i < count; i++) {
        const struct store_event *ev = &events[i];
        if (!str_starts(ev->key, prefix)) continue;
        struct str name = str_from(ev->key, prefix.n);
        if (ev->deleted)
            gone(name);
        else
            changed(ev, name);
    }
}

void crd_after_commit(const struct store_event *events, int count)
{
    struct str prefix = str_of(DEFINITIONS->store_prefix), services = str_of(SERVICES->store_prefix);
    for (int i = 0; i < count; i++) {
        const struct store_event *ev = &events[i];
        if (str_starts(ev->key, prefix)) {
            struct str name = str_from(ev->key, prefix.n);
            if (!ev->deleted) keeper_look(name);
            look_around(ev, name);
        } else if (str_starts(ev->key, services)) {
            keeper_look_service(str_from(ev->key, services.n));
        } else if (terminating && ev->deleted) {
            object_gone(ev->key);
        }
    }
}

bool crd_load(struct err *e)
{
    struct list_query q = {.res = DEFINITIONS};
    struct cache_list all;
    if (!cache_list(&q, &all, e)) return false;
    bool ok = true;
    for (size_t i = 0; i < all.count && ok; i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *def = json_parse(&a, blob_str(all.items[i]->blob), e);
        ok = def && put(all.items[i]->blob, all.items[i]->name, true, e);
        if (!ok) break;
        note_names(def);
        services_set(all.items[i]->name, def, keeper_look_service);
        keeper_look(all.items[i]->name);
    }
    cache_list_release(&all);
    return ok;
}
