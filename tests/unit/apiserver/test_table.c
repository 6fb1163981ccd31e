/* test_table.c - Tables and PartialObjectMetadata from items and trees: columns, cells, row conditions, metadata. */
#include "cache_support.h"
#include "object_support.h"

#include "apiserver/object/table.h"
#include "base/clk.h"

static struct arena arena;
static struct buf out;

static void up(void)
{
    arena_init(&arena, 0);
    buf_init(&out, 8 << 20);
    clk_set(
        &(struct clk_state){.at_ns = 1800000000LL * 1000000000, .rate = 1, .paused = true}); /* 2027-01-15T08:00:00Z */
}

static void down(void)
{
    buf_release(&out);
    arena_release(&arena);
}

/* What was written, as a tree. */
static const struct json *written(void)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&arena, buf_view(&out), &e);
    ck_assert_msg(j != NULL, "%s: %.*s", e.text, STR_ARG(buf_view(&out)));
    return j;
}

static const char pod[] =
    "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"creationTimestamp\":\"2027-01-15T07:59:00Z\"},"
    "\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"a\"}]},\"status\":{\"phase\":\"Succeeded\","
    "\"containerStatuses\":"
    "[{\"name\":\"a\",\"state\":{\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\"}}}]}}";

START_TEST(a_pod_as_a_row)
{
    up();
    const struct json *tree = tree_of(&arena, &res_core_v1_pods, pod);
    table_write_trees(&out, &res_core_v1_pods, &tree, 1, &(struct list_meta){.rev = 7, .remaining = SIZE_MAX}, NULL,
                      "v1");
    const struct json *t = written();
    ck_assert_strn_eq(obj_str(t, ".kind"), "Table");
    ck_assert_strn_eq(obj_str(t, ".apiVersion"), "meta.k8s.io/v1");
    ck_assert_str_eq(text_of(&arena, obj_get(t, ".metadata")), "{\"resourceVersion\":\"7\"}");
    static const char *const names[] = {"Name", "Ready", "Status",         "Restarts",       "Age",
                                        "IP",   "Node",  "Nominated Node", "Readiness Gates"};
    ck_assert_uint_eq(obj_count(t, ".columnDefinitions"), ARRAY_LEN(names));
    size_t i = 0;
    for (OBJ_EACH(c, t, ".columnDefinitions")) {
        ck_assert_strn_eq(obj_str(c, ".name"), names[i]);
        ck_assert_int_eq(obj_int(c, ".priority", -1), i > 4);
        ck_assert_strn_eq(obj_str(c, ".type"), "string");
        ck_assert_strn_eq(obj_str(c, ".format"), i == 0 ? "name" : "");
        ck_assert(obj_has(c, ".description"));
        i++;
    }
    ck_assert_str_eq(
        text_of(&arena, obj_get(t, ".rows[0].cells")),
        "[\"web\",\"0/"
        "1\",\"Completed\",\"0\",\"60s\",\"\\u003cnone\\u003e\",\"n\",\"\\u003cnone\\u003e\",\"\\u003cnone\\u003e\"]");
    ck_assert_str_eq(
        text_of(&arena, obj_get(t, ".rows[0].conditions")),
        "[{\"type\":\"Completed\",\"status\":\"True\",\"reason\":\"Succeeded\",\"message\":\"The pod has completed "
        "successfully.\"}]");
    const struct json *object = obj_get(t, ".rows[0].object");
    ck_assert_strn_eq(obj_str(object, ".kind"), "PartialObjectMetadata");
    ck_assert_strn_eq(obj_name(object), "web");
    ck_assert(!obj_has(object, ".spec"));
    down();
}
END_TEST

START_TEST(what_a_row_carries)
{
    static const char *const kinds[][2] = {{"Metadata", "PartialObjectMetadata"}, {"Object", ""}, {"None", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        up();
        const struct json *tree = tree_of(&arena, &res_core_v1_pods, pod);
        table_write_trees(&out, &res_core_v1_pods, &tree, 1, &(struct list_meta){.rev = 7, .remaining = SIZE_MAX},
                          kinds[i][0], "v1beta1");
        const struct json *t = written(), *object = obj_get(t, ".rows[0].object");
        ck_assert_strn_eq(obj_str(t, ".apiVersion"), "meta.k8s.io/v1beta1");
        ck_assert_msg((object->type != JSON_NULL) == (kinds[i][1] != NULL), "%s", kinds[i][0]);
        ck_assert(obj_has(object, ".spec") == (i == 1));
        if (i == 0) ck_assert_strn_eq(obj_str(object, ".apiVersion"), "meta.k8s.io/v1beta1");
        down();
    }
}
END_TEST

START_TEST(cells_keep_their_types)
{
    up();
    const struct json *rs =
        tree_of(&arena, &res_apps_v1_replicasets,
                "{\"metadata\":{\"name\":\"rs\"},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":"
                "{\"a\":\"b\"}},\"template\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}");
    table_write_trees(&out, &res_apps_v1_replicasets, &rs, 1, &(struct list_meta){.rev = 1, .remaining = SIZE_MAX},
                      "None", "v1");
    ck_assert_str_eq(text_of(&arena, obj_get(written(), ".rows[0].cells")),
                     "[\"rs\",3,0,0,\"\\u003cunknown\\u003e\",\"c\",\"i\",\"a=b\"]");
    down();
    up();
    const struct json *cm =
        tree_of(&arena, &res_core_v1_configmaps, "{\"metadata\":{\"name\":\"cm\"},\"data\":{\"a\":\"\"}}");
    table_write_trees(&out, &res_core_v1_configmaps, &cm, 1, &(struct list_meta){.rev = 1, .remaining = SIZE_MAX},
                      "None", "v1");
    ck_assert_str_eq(text_of(&arena, obj_get(written(), ".rows[0].cells")), "[\"cm\",1,\"\\u003cunknown\\u003e\"]");
    down();
}
END_TEST

START_TEST(lists_say_what_is_left)
{
    up();
    list_meta_write(&out, &(struct list_meta){.rev = 12, .cont = STR("a\"b"), .remaining = 3});
    ck_assert_strn_eq(buf_view(&out), "{\"resourceVersion\":\"12\",\"continue\":\"a\\\"b\",\"remainingItemCount\":3}");
    buf_clear(&out);
    list_meta_write(&out, &(struct list_meta){.rev = 12, .cont = STR("x"), .remaining = SIZE_MAX});
    ck_assert_strn_eq(buf_view(&out), "{\"resourceVersion\":\"12\",\"continue\":\"x\"}");
    buf_clear(&out);
    table_write_trees(&out, &res_core_v1_pods, NULL, 0, &(struct list_meta){.rev = 1, .remaining = SIZE_MAX}, NULL,
                      "v1");
    ck_assert_uint_eq(obj_count(written(), ".rows"), 0);
    ck_assert(obj_get(written(), ".rows")->type == JSON_ARR);
    down();
}
END_TEST

START_TEST(items_of_the_cache)
{
    up();
    open_store();
    open_cache();
    uint64_t rev = put_pod("default", "web", "\"app\":\"web\"", "\"nodeName\":\"n\"");
    struct item *it = cache_get(pods, STR("default"), STR("web"));
    ck_assert_ptr_nonnull(it);
    table_event_write(&out, pods, it, 0, true, NULL, "v1");
    const struct json *t = written();
    ck_assert_uint_eq(obj_count(t, ".rows"), 1);
    ck_assert_uint_gt(obj_count(t, ".columnDefinitions"), 5);
    AUTO_FREE char *text = xasprintf("%llu", (unsigned long long)rev);
    ck_assert_strn_eq(obj_str(t, ".metadata.resourceVersion"), text);
    ck_assert_strn_eq(obj_str(t, ".rows[0].object.metadata.resourceVersion"), text);
    buf_clear(&out);
    table_event_write(&out, pods, it, rev + 5, false, "Object",
                      "v1"); /* a later event of the stream; DELETED carries its own revision */
    t = written();
    AUTO_FREE char *later = xasprintf("%llu", (unsigned long long)rev + 5);
    ck_assert(obj_get(t, ".columnDefinitions")->type == JSON_NULL);
    ck_assert_strn_eq(obj_str(t, ".metadata.resourceVersion"), later);
    ck_assert_strn_eq(obj_str(t, ".rows[0].object.kind"), "Pod");
    ck_assert_strn_eq(obj_str(t, ".rows[0].object.spec.nodeName"), "n");
    buf_clear(&out);
    struct item *const items[] = {it, it};
    partial_list_write(&out, items, 2, &(struct list_meta){.rev = rev, .remaining = SIZE_MAX}, "v1", false);
    t = written();
    ck_assert_strn_eq(obj_str(t, ".kind"), "PartialObjectMetadataList");
    ck_assert_strn_eq(obj_str(t, ".items[1].kind"), "PartialObjectMetadata");
    ck_assert_strn_eq(obj_str(t, ".items[1].metadata.labels.app"), "web");
    buf_clear(&out);
    table_write(&out, pods, items, 2, &(struct list_meta){.rev = rev, .remaining = SIZE_MAX}, "None", "v1");
    ck_assert_uint_eq(obj_count(written(), ".rows"), 2);
    item_unref(it);
    close_all();
    down();
}
END_TEST

/* A row of the list, from the item's bytes, is the row that its tree gives, and the one of a watch event. */
START_TEST(rows_are_the_same_everywhere)
{
    static const char *const includes[] = {"Metadata", "Object", "None"};
    up();
    open_store();
    open_cache();
    put_pod("default", "a", "\"app\":\"web\"", "\"nodeName\":\"n\",\"containers\":[{\"name\":\"c\"}]");
    put_pod("default", "b", "", "");
    put_pod("default", "c", "\"q\":\"\\\"\\u003c\"", "\"containers\":[{\"name\":\"c\"},{\"name\":\"d\"}]");
    struct err e = ERR_INIT;
    struct cache_list l;
    ck_assert(cache_list(&(struct list_query){.res = pods}, &l, &e));
    ck_assert_uint_eq(l.count, 3);
    for (size_t k = 0; k < ARRAY_LEN(includes); k++) {
        buf_clear(&out);
        table_write(&out, pods, l.items, l.count, &(struct list_meta){.rev = l.rev, .remaining = SIZE_MAX}, includes[k],
                    "v1");
        struct str all = str_copy(&arena, buf_view(&out)); /* the tree points into it */
        const struct json *row = obj_first(json_parse(&arena, all, &e), ".rows");
        for (size_t i = 0; i < l.count; i++, row = obj_next(row)) {
            struct arena own AUTO_ARENA = {0};
            struct list_meta meta = {.rev = l.items[i]->rev, .remaining = SIZE_MAX};
            struct buf text AUTO_BUF = {0};
            buf_init(&text, 1 << 20);
            item_write(&text, l.items[i], pods, true, 0);
            const struct json *tree = json_parse(&own, buf_view(&text), &e);
            const char *want = text_of(&arena, row);
            buf_clear(&out);
            table_write_trees(&out, pods, &tree, 1, &meta, includes[k], "v1");
            ck_assert_str_eq(text_of(&arena, obj_first(written(), ".rows")), want);
            buf_clear(&out);
            table_event_write(&out, pods, l.items[i], 0, true, includes[k], "v1");
            ck_assert_str_eq(text_of(&arena, obj_first(written(), ".rows")), want);
        }
    }
    cache_list_release(&l);
    close_all();
    down();
}
END_TEST

TEST_MAIN("table", a_pod_as_a_row, what_a_row_carries, cells_keep_their_types, lists_say_what_is_left,
          items_of_the_cache, rows_are_the_same_everywhere)
