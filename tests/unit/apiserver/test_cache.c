/* The watch cache on a real (memory) store: gets, lists, selectors, pages, past revisions. */
#include "apiserver/watch/cache.h"

#include "base/buf.h"
#include "cache_support.h"
#include "check_main.h"

static struct cache_list list;

static void start(void)
{
    open_store();
    (void)put_pod("a", "early", "\"app\":\"x\"", ""); /* before the cache: read at open */
    open_cache();
}

static void stop(void) { close_all(); }

static void get_list(struct list_query q)
{
    struct err e = ERR_INIT;
    ck_assert_msg(cache_list(&q, &list, &e), "%s", e.text);
}

/* Names joined by spaces; releases the list. */
static void assert_names(const char *want)
{
    char text[1024] = "";
    for (size_t i = 0; i < list.count; i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%.*s", i ? " " : "", STR_ARG(list.items[i]->name));
    }
    ck_assert_str_eq(text, want);
    cache_list_release(&list);
}

START_TEST(test_get)
{
    start();
    struct item *it = cache_get(pods, STR("a"), STR("early"));
    ck_assert_ptr_nonnull(it);
    item_unref(it);
    uint64_t rev = put_pod("a", "late", "", "");
    ck_assert_uint_eq(cache_rev(), rev);
    it = cache_get(pods, STR("a"), STR("late"));
    ck_assert_uint_eq(it->rev, rev);
    ck_assert_uint_eq(it->create_rev, rev);
    uint64_t second = put_pod("a", "late", "", "\"nodeName\":\"n\"");
    struct item *newer = cache_get(pods, STR("a"), STR("late"));
    ck_assert_uint_eq(newer->rev, second);
    ck_assert_uint_eq(newer->create_rev, rev);
    ck_assert_uint_eq(it->rev, rev); /* a reference keeps the old version as it was */
    item_unref(it);
    item_unref(newer);
    (void)delete_pod("a", "late");
    ck_assert_ptr_null(cache_get(pods, STR("a"), STR("late")));
    ck_assert_ptr_null(cache_get(pods, STR("b"), STR("early")));
    char huge[5000];
    memset(huge, 'x', sizeof huge);
    ck_assert_ptr_null(cache_get(pods, STR("a"), str_n(huge, sizeof huge)));
    struct arena a AUTO_ARENA = {0};
    ck_assert(str_eqc(cache_key(&a, pods, STR("ns"), STR("p")), "/registry/pods/ns/p"));
    stop();
}
END_TEST

static void some_pods(void)
{
    (void)put_pod("a", "p1", "\"app\":\"web\"", "\"nodeName\":\"n1\"");
    (void)put_pod("a", "p2", "\"app\":\"db\"", "\"nodeName\":\"n2\"");
    (void)put_pod("ab", "p3", "\"app\":\"web\"", "\"nodeName\":\"n1\"");
    (void)put_pod("b", "p4", "", "");
    (void)put_node("n1");
}

START_TEST(test_lists)
{
    start();
    some_pods();
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector web, on_n1, named;
    ck_assert(sel_parse(&a, STR("app=web"), &web, &e));
    ck_assert(field_sel_parse(&a, STR("spec.nodeName=n1"), &on_n1, &e));
    ck_assert(field_sel_parse(&a, STR("metadata.name=p2"), &named, &e));
    get_list((struct list_query){.res = pods});
    ck_assert_uint_eq(list.rev, cache_rev());
    ck_assert(!list.more);
    assert_names("early p1 p2 p3 p4");
    get_list((struct list_query){.res = pods, .ns = STR("a")});
    assert_names("early p1 p2");
    get_list((struct list_query){.res = pods, .labels = &web});
    assert_names("p1 p3");
    get_list((struct list_query){.res = pods, .fields = &on_n1, .labels = &web, .ns = STR("ab")});
    assert_names("p3");
    get_list((struct list_query){.res = pods, .fields = &named, .ns = STR("a")});
    assert_names("p2");
    get_list((struct list_query){.res = pods, .fields = &named, .ns = STR("b")});
    assert_names("");
    get_list((struct list_query){.res = nodes});
    assert_names("n1");
    stop();
}
END_TEST

START_TEST(test_pages)
{
    start();
    some_pods();
    get_list((struct list_query){.res = pods, .limit = 2});
    ck_assert(list.more);
    ck_assert_uint_eq(list.remaining, 3);
    uint64_t rev = list.rev;
    assert_names("early p1");
    struct str next = STR("/registry/pods/a/p2");
    get_list((struct list_query){.res = pods, .limit = 2, .start = next, .at_rev = rev});
    ck_assert_uint_eq(list.remaining, 1);
    assert_names("p2 p3");
    /* Another resource's change leaves the page in memory; a change of a pod does not change the page. */
    (void)put_node("n2");
    get_list((struct list_query){.res = pods, .limit = 2, .start = next, .at_rev = rev});
    ck_assert_uint_eq(list.rev, rev);
    ck_assert_uint_eq(list.remaining, 1);
    assert_names("p2 p3");
    (void)delete_pod("a", "p2");
    (void)put_pod("a", "p25", "", "");
    get_list((struct list_query){.res = pods, .limit = 2, .start = next, .at_rev = rev});
    ck_assert(list.more);
    ck_assert_uint_eq(list.remaining, 1); /* of then */
    ck_assert_uint_eq(list.rev, rev);
    ck_assert_uint_eq(list.items[0]->rev, rev - 3);
    assert_names("p2 p3");
    get_list((struct list_query){.res = pods, .limit = 3, .start = next, .at_rev = rev});
    ck_assert(!list.more);
    assert_names("p2 p3 p4");
    get_list((struct list_query){.res = pods, .limit = 2, .start = STR("/registry/pods/zzz"), .at_rev = rev});
    assert_names("");
    stop();
}
END_TEST

/* As upstream: a page that is full is followed by another one as long as there are keys, wanted or not. */
START_TEST(test_pages_with_selectors)
{
    start();
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector first, node, both;
    (void)put_pod("a", "p1", "\"l\":\"1\"", "\"nodeName\":\"n\"");
    (void)put_pod("a", "p2", "", "\"nodeName\":\"n\"");
    uint64_t rev = put_pod("a", "p3", "", "\"nodeName\":\"m\"");
    ck_assert(sel_parse(&a, STR("l=1"), &first, &e) && field_sel_parse(&a, STR("spec.nodeName=n"), &node, &e));
    ck_assert(field_sel_parse(&a, STR("spec.nodeName=n,metadata.name!=p2"), &both, &e));
    struct str behind_p1 = str_n("/registry/pods/a/p1", 20);
    const struct {
        struct list_query q;
        const char *names;
        bool more;
    } rows[] = {
        {{.labels = &first, .limit = 1}, "p1", true},
        {{.labels = &first, .limit = 2}, "p1", false},
        {{.labels = &first, .limit = 1, .start = behind_p1}, "", false},
        /* An index ends where its last object is, but it is an index of the present and of first pages. */
        {{.fields = &node, .limit = 1}, "p1", true},
        {{.fields = &node, .limit = 2}, "p1 p2", false},
        {{.fields = &both, .limit = 1}, "p1", true},
        {{.fields = &node, .limit = 1, .start = behind_p1}, "p2", true},
        {{.fields = &node, .limit = 2, .at_rev = rev}, "p1 p2", true},
    };
    for (int past = 0; past < 2; past++) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            struct list_query q = rows[i].q;
            q.res = pods;
            if (past && !q.at_rev) continue;
            get_list(q);
            ck_assert_msg(list.more == rows[i].more, "%zu", i);
            if (list.more) ck_assert_uint_eq(list.remaining, SIZE_MAX);
            assert_names(rows[i].names);
        }
        (void)put_pod("a", "p4", "", ""); /* from now on the past is history */
    }
    stop();
}
END_TEST

START_TEST(test_past_and_future)
{
    start();
    uint64_t first = put_pod("a", "p", "\"v\":\"1\"", "");
    (void)put_pod("a", "p", "\"v\":\"2\"", "");
    (void)put_pod("a", "q", "", "");
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct selector v1;
    ck_assert(sel_parse(&a, STR("v=1"), &v1, &e));
    get_list((struct list_query){.res = pods, .at_rev = first});
    assert_names("early p");
    get_list((struct list_query){.res = pods, .at_rev = first, .labels = &v1});
    assert_names("p");
    get_list((struct list_query){.res = pods, .labels = &v1});
    assert_names("");
    ck_assert(!cache_list(&(struct list_query){.res = pods, .at_rev = cache_rev() + 10}, &list, &e));
    ck_assert_int_eq(e.code, ERR_TIMEOUT);
    compact_all();
    ck_assert(!cache_list(&(struct list_query){.res = pods, .at_rev = first}, &list, &e));
    ck_assert_int_eq(e.code, ERR_EXPIRED);
    ck_assert_str_eq(e.text, "The resourceVersion for the provided list is too old.");
    stop();
}
END_TEST

/* An item is written as another version of its kind through the schema's conversion. */
START_TEST(test_other_version)
{
    const struct api_resource *core = api_find_resource(STR(""), STR("v1"), STR("events"));
    const struct api_resource *newer = api_find_resource(STR("events.k8s.io"), STR("v1"), STR("events"));
    ck_assert(core && newer);
    ck_assert_ptr_eq(core->storage, newer->storage);
    const struct blob *b AUTO_BLOB = blob_new(STR("{\"metadata\":{\"name\":\"e\",\"namespace\":\"a\",\"uid\":\"u\","
                                                  "\"creationTimestamp\":\"2024-02-29T12:00:00Z\"},\"reason\":\"R\"}"));
    struct item *it = item_new(core->storage, STR("/registry/events/a/e"), b, 9, 9);
    ck_assert_ptr_nonnull(it);
    const struct api_resource *both[] = {core, newer};
    for (int i = 0; i < 2; i++) {
        struct buf out AUTO_BUF;
        buf_init(&out, SIZE_MAX);
        item_write(&out, it, both[i], true, 0);
        AUTO_FREE char *want = xasprintf(
            "{\"kind\":\"Event\",\"apiVersion\":\"%s\",\"metadata\":{\"name\":\"e\",\"namespace\":\"a\",\"uid\":\"u\","
            "\"resourceVersion\":\"9\"",
            i ? "events.k8s.io/v1" : "v1");
        ck_assert_msg(str_starts(buf_view(&out), str_of(want)), "%s", out.p);
        struct arena a AUTO_ARENA = {0};
        ck_assert_ptr_nonnull(json_parse(&a, buf_view(&out), &(struct err)ERR_INIT));
    }
    item_unref(it);
}
END_TEST

TEST_MAIN("cache", test_get, test_lists, test_pages, test_pages_with_selectors, test_past_and_future,
          test_other_version)
