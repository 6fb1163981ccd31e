/* pod_resources.c - see pod_resources.h. Reads: a pod's spec.   Writes: spec.resources. */
#include "apiserver/registry/pod_resources.h"

#include "api/quantity.h"
#include "apiserver/object/member_index.h"
#include "apiserver/object/name_set.h"
#include "apiserver/object/object.h"
#include "apiserver/object/resource.h"
#include "schema_ids.h"

#include <stdlib.h>

struct total {
    struct str name;
    struct qty amount; /* wider than what an arena aligns: these are on the heap */
};

struct totals {
    struct name_set by_name; /* index + 1 */
    struct total *items;
    size_t count, cap;
};

static void totals_release(struct totals *t)
{
    name_set_release(&t->by_name);
    free(t->items);
}
#define AUTO_TOTALS __attribute__((cleanup(totals_release)))

static const struct total *find(const struct totals *t, struct str name)
{
    uintptr_t i = (uintptr_t)name_set_get(&t->by_name, name);
    return i ? &t->items[i - 1] : NULL;
}

/* The entry of a name; *made: there was none. */
static struct total *total_of(struct totals *t, struct str name, bool *made)
{
    uintptr_t i = (uintptr_t)name_set_get(&t->by_name, name);
    *made = !i;
    if (i) return &t->items[i - 1];
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 8;
        t->items = xreallocarray(t->items, t->cap, sizeof *t->items);
    }
    t->items[t->count].name = name;
    name_set_add(&t->by_name, name, (void *)(t->count + 1));
    return &t->items[t->count++];
}

static void add(struct totals *t, struct str name, const struct qty *amount)
{
    bool made;
    struct total *x = total_of(t, name, &made);
    x->amount = made ? *amount : qty_add(&x->amount, amount);
}

static void raise(struct totals *t, struct str name, const struct qty *amount)
{
    bool made;
    struct total *x = total_of(t, name, &made);
    if (made || qty_cmp(amount, &x->amount) > 0) x->amount = *amount;
}

static void add_all(struct totals *t, const struct json *amounts)
{
    for (OBJ_EACH(it, amounts, "")) {
        struct qty q;
        struct err e = ERR_INIT;
        if (qty_parse(obj_text(it), &q, &e)) add(t, obj_key(it), &q);
    }
}

/* While an init container runs the sidecars before it do too. What it does not name cannot be more than the sum. */
static void raise_all(struct totals *most, const struct totals *beside, const struct json *amounts)
{
    for (OBJ_EACH(it, amounts, "")) {
        struct qty q;
        struct err e = ERR_INIT;
        if (!qty_parse(obj_text(it), &q, &e)) continue;
        const struct total *x = find(beside, obj_key(it));
        if (x) q = qty_add(&q, &x->amount);
        raise(most, obj_key(it), &q);
    }
}

struct json *pod_container_totals(struct arena *a, const struct json *spec, const char *which)
{
    struct totals sum AUTO_TOTALS = {0}, sidecars AUTO_TOTALS = {0}, init AUTO_TOTALS = {0};
    struct json *out = json_obj(a);
    char text[QTY_TEXT_MAX];
    for (OBJ_EACH(it, spec, ".containers")) add_all(&sum, json_getc(json_getc(it, "resources"), which));
    for (OBJ_EACH(it, spec, ".initContainers")) {
        const struct json *amounts = json_getc(json_getc(it, "resources"), which);
        if (obj_is(it, ".restartPolicy", "Always")) {
            add_all(&sum, amounts);
            add_all(&sidecars, amounts);
        } else {
            raise_all(&init, &sidecars, amounts);
        }
    }
    for (size_t i = 0; i < init.count; i++) raise(&sum, init.items[i].name, &init.items[i].amount);
    for (size_t i = 0; i < sum.count; i++)
        json_add(out, sum.items[i].name, json_str(a, str_copy(a, str_of(qty_write(&sum.items[i].amount, text)))));
    json_sort_keys(out);
    return out;
}

/* ---- Defaults ---- */

bool resource_is_of_pods(struct str name)
{
    return str_eqc(name, "cpu") || str_eqc(name, "memory") || resource_is_huge_page(name);
}

static bool any_name(struct str name)
{
    (void)name;
    return true;
}

/* Adds to resources[which] those of `from` that are `wanted` and that neither it nor `unless` has. All maps are sorted;
 * the result is. True: there were some. */
static bool fill(struct arena *a, struct json *resources, const char *which, const struct json *from,
                 bool (*wanted)(struct str name), const struct json *unless)
{
    bool any = false;
    struct json *map = json_getc(resources, which);
    const struct json *at = json_kids(map), *other = json_kids(unless);
    for (OBJ_EACH(it, from, "")) {
        struct str key = obj_key(it);
        if (!wanted(key) || map_seek(&at, key) || map_seek(&other, key)) continue;
        if (!map) {
            map = json_obj(a);
            json_set(a, resources, str_of(which), map);
        }
        json_add(map, key, json_str(a, obj_text(it)));
        any = true;
    }
    if (any) json_sort_keys(map);
    return any;
}

void container_requests_default(struct arena *a, struct json *container)
{
    struct json *resources = json_getc(container, "resources");
    const struct json *limits = json_getc(resources, "limits");
    if (limits && fill(a, resources, "requests", limits, any_name, NULL))
        object_order(&type_core_v1_ResourceRequirements, resources, a);
}

static bool is_cpu_or_memory(struct str name) { return resource_is_of_pods(name) && !resource_is_huge_page(name); }

void pod_resources_default(struct arena *a, struct json *pod)
{
    struct json *spec = json_getc(pod, "spec"), *resources = json_getc(spec, "resources");
    bool any = false;
    if (!obj_count(resources, ".limits") && !obj_count(resources, ".requests")) return;
    any |= fill(a, resources, "limits", pod_container_totals(a, spec, "limits"), resource_is_huge_page,
                json_getc(resources, "requests"));
    if (obj_count(resources, ".limits")) {
        any |= fill(a, resources, "requests", pod_container_totals(a, spec, "requests"), is_cpu_or_memory, NULL);
        any |= fill(a, resources, "requests", json_getc(resources, "limits"), resource_is_of_pods, NULL);
    }
    if (any) object_order(&type_core_v1_ResourceRequirements, resources, a);
}
