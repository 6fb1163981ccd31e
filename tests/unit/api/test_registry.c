/* test_registry.c - kinds that come and go while others look them up. */
#include "api/registry.h"

#include "api/convert.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/thread.h"
#include "check_main.h"

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int alive;
static int prepared;

struct kind {
    struct api_custom base;
    struct api_resource rows[2];
};

static void release(struct api_custom *c)
{
    atomic_fetch_sub(&alive, 1);
    free(c);
}

static void prepare(struct api_custom *c)
{
    (void)c;
    prepared++;
}

/* "widgets.g", served as v1, not as v2. */
static struct api_custom *kind_new(const char *plural, const char *kind, const char *name)
{
    struct kind *k = xcalloc(1, sizeof *k);
    api_custom_init(&k->base);
    k->base.name = str_of(name);
    k->base.versions = k->rows;
    k->base.nversions = 2;
    k->base.shown = true;
    k->base.release = release;
    k->base.prepare = prepare;
    for (int i = 0; i < 2; i++)
        k->rows[i] = (struct api_resource){.group = "g",
                                           .version = i ? "v2" : "v1",
                                           .kind = kind,
                                           .plural = plural,
                                           .flags = i ? API_R_UNSERVED : 0,
                                           .storage = &k->rows[0],
                                           .custom = &k->base};
    atomic_fetch_add(&alive, 1);
    return &k->base;
}

static void put(const char *plural, const char *kind, const char *name)
{
    struct api_custom *c = kind_new(plural, kind, name);
    api_registry_put(c);
    api_custom_unref(c);
}

START_TEST(kinds_are_found_held_and_freed)
{
    uint64_t epoch = api_registry_epoch();
    put("widgets", "Widget", "widgets.g");
    put("gadgets", "Gadget", "gadgets.g");
    ck_assert_uint_gt(api_registry_epoch(), epoch);
    prepared = 0;
    const struct api_resource *r = api_resource_hold(STR("g"), STR("v1"), STR("widgets"));
    ck_assert(r && r->custom && prepared == 1);
    const struct api_resource *again = api_kind_hold(STR("g"), STR("v1"), STR("Widget"));
    ck_assert(again == r && prepared == 1); /* once */
    api_resource_release(again);
    ck_assert(!api_resource_hold(STR("g"), STR("v2"), STR("widgets"))); /* not served */
    ck_assert(!api_kind_hold(STR("g"), STR("v2"), STR("Widget")));
    ck_assert(api_custom_version(r->custom, STR("v2")) && !api_custom_version(r->custom, STR("v3")));
    ck_assert(!api_resource_hold(STR("g"), STR("v1"), STR("things")));
    ck_assert(api_registry_has(STR("g"), STR("v1")) && api_registry_has(STR("g"), STR_NULL));
    ck_assert(!api_registry_has(STR("g"), STR("v2")) && api_registry_has(STR("apps"), STR("v1")));
    uint32_t of_former = r->custom->epoch;
    put("widgets", "Widget", "widgets.g"); /* in its place */
    ck_assert_int_eq(atomic_load(&alive), 3);
    ck_assert_str_eq(r->plural, "widgets"); /* who holds it goes on */
    api_resource_release(r);
    ck_assert_int_eq(atomic_load(&alive), 2);
    r = api_resource_hold(STR("g"), STR("v1"), STR("widgets"));
    ck_assert_uint_ne(r->custom->epoch, of_former);
    api_registry_drop(STR("widgets.g"));
    ck_assert(!api_resource_hold(STR("g"), STR("v1"), STR("widgets")));
    api_resource_release(r);
    struct api_customs all;
    api_customs_hold(&all);
    ck_assert(all.count == 1 && str_eqc(all.items[0]->name, "gadgets.g") && all.epoch == api_registry_epoch());
    api_registry_drop(STR("gadgets.g"));
    api_registry_drop(STR("gadgets.g"));
    ck_assert_int_eq(atomic_load(&alive), 1);
    api_customs_release(&all);
    ck_assert_int_eq(atomic_load(&alive), 0);
}
END_TEST

START_TEST(built_in_ones_are_never_covered)
{
    const struct api_resource *pods = api_resource_hold(STR(""), STR("v1"), STR("pods"));
    ck_assert(pods == api_find_resource(STR(""), STR("v1"), STR("pods")) && !pods->custom);
    api_resource_release(pods);
    api_resource_release(NULL);
}
END_TEST

static _Atomic bool over;

static void *look(void *arg)
{
    (void)arg;
    while (!atomic_load(&over)) {
        struct api_customs all;
        const struct api_resource *r = api_resource_hold(STR("g"), STR("v1"), STR("widgets"));
        if (r) ck_assert_str_eq(r->kind, "Widget");
        api_customs_hold(&all);
        for (size_t i = 1; i < all.count; i++) ck_assert(str_cmp(all.items[i - 1]->name, all.items[i]->name) < 0);
        api_customs_release(&all);
        api_resource_release(r);
    }
    return NULL;
}

START_TEST(they_come_and_go_under_readers)
{
    pthread_t readers[3];
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) readers[i] = thread_start("look", look, NULL);
    for (int i = 0; i < 2000; i++) {
        put("widgets", "Widget", "widgets.g");
        put("gadgets", "Gadget", "gadgets.g");
        if (i % 3 == 0) api_registry_drop(STR("widgets.g"));
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) thread_join(readers[i]);
    api_registry_drop(STR("widgets.g"));
    api_registry_drop(STR("gadgets.g"));
    ck_assert_int_eq(atomic_load(&alive), 0);
}
END_TEST

START_TEST(versions_are_in_order)
{
    static const char *const best_first[] = {"v10",       "v2",        "v1",   "v11beta2", "v10beta3", "v3beta1",
                                             "v12alpha1", "v11alpha2", "foo1", "foo10",    "v1x"};
    for (size_t i = 0; i < ARRAY_LEN(best_first); i++)
        for (size_t k = 0; k < ARRAY_LEN(best_first); k++) {
            int order = api_version_order(str_of(best_first[i]), str_of(best_first[k]));
            ck_assert_msg((order < 0) == (i < k) && (order > 0) == (i > k), "%s, %s", best_first[i], best_first[k]);
        }
}
END_TEST

START_TEST(their_trees_are_not_converted)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct api_custom *c = kind_new("widgets", "Widget", "widgets.g");
    struct json *tree = json_parse(&a, STR("{\"spec\":{\"x\":1}}"), &e);
    const struct json *before = json_copy(&a, tree);
    api_convert(&a, tree, &c->versions[1], &c->versions[0]);
    api_convert(&a, tree, &c->versions[0], &c->versions[1]);
    ck_assert(json_equal(tree, before));
    api_custom_unref(c);
}
END_TEST

TEST_MAIN("registry", kinds_are_found_held_and_freed, built_in_ones_are_never_covered, they_come_and_go_under_readers,
          versions_are_in_order, their_trees_are_not_converted)
