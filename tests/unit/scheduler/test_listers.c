/* test_listers.c - objects by kind, namespace and name. */
#include "sched_support.h"

static void put(struct listers *l, enum listed kind, const char *ns, const char *name, const char *value)
{
    AUTO_FREE char *text = xasprintf("{'metadata':{'name':'%s','namespace':'%s'},'value':'%s'}", name, ns, value);
    const struct object *o AUTO_OBJ = object_text(text);
    listers_put(l, kind, o);
}

static void expect(struct listers *l, enum listed kind, const char *ns, const char *want)
{
    struct objs all = {0};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1000);
    listers_all(l, kind, ns ? str_of(ns) : STR_NULL, &all);
    for (size_t i = 0; i < all.count; i++)
        buf_addf(&b, "%s%.*s=%.*s", i ? " " : "", STR_ARG(all.items[i]->name),
                 STR_ARG(obj_str(all.items[i]->root, ".value")));
    objs_release(&all);
    ck_assert_strn_eq(buf_view(&b), want);
}

START_TEST(by_namespace_and_name)
{
    struct listers *l = listers_new();
    put(l, LIST_CLAIM, "b", "y", "1");
    put(l, LIST_CLAIM, "b", "x", "2");
    put(l, LIST_CLAIM, "bb", "x", "3"); /* a namespace is no prefix of another */
    put(l, LIST_CLAIM, "a", "z", "4");
    put(l, LIST_SERVICE, "b", "x", "5");
    expect(l, LIST_CLAIM, "b", "x=2 y=1");
    expect(l, LIST_CLAIM, "c", "");
    expect(l, LIST_CLAIM, NULL, "z=4 x=2 y=1 x=3");
    put(l, LIST_CLAIM, "b", "x", "6");
    expect(l, LIST_CLAIM, "b", "x=6 y=1");
    ck_assert_uint_eq(listers_count(l, LIST_CLAIM), 4);
    const struct object *o AUTO_OBJ = listers_get(l, LIST_CLAIM, STR("b"), STR("x"));
    ck_assert_strn_eq(obj_str(o->root, ".value"), "6");
    ck_assert_ptr_null(listers_get(l, LIST_CLAIM, STR("b"), STR("z")));
    listers_remove(l, LIST_CLAIM, o);
    listers_remove(l, LIST_CLAIM, o);
    expect(l, LIST_CLAIM, "b", "y=1");
    expect(l, LIST_SERVICE, "b", "x=5");
    ck_assert_strn_eq(o->name, "x"); /* ours still */
    listers_free(l);
}
END_TEST

START_TEST(kinds_of_the_cluster)
{
    struct listers *l = listers_new();
    put(l, LIST_VOLUME, "", "v2", "");
    put(l, LIST_VOLUME, "", "v1", "");
    expect(l, LIST_VOLUME, NULL, "v1= v2=");
    const struct object *o AUTO_OBJ = listers_get(l, LIST_VOLUME, STR(""), STR("v1"));
    ck_assert_ptr_nonnull(o);
    listers_free(l);
    listers_free(NULL);
}
END_TEST

TEST_MAIN("listers", by_namespace_and_name, kinds_of_the_cluster)
