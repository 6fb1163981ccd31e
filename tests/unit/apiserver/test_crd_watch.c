/* test_crd_watch.c - kinds at the commits of their definitions: they are there at once, their watches end when the
 * definition changes or goes, and their objects stay when it changes. */
#include "api/registry.h"
#include "apiserver/crd/crd.h"
#include "apiserver/watch/state.h"
#include "watch_support.h"

#define DEFINITION_KEY "/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com"

static const struct api_resource *hold(void)
{
    return api_resource_hold(STR("example.com"), STR("v1"), STR("widgets"));
}

static void on_request(struct request *r)
{
    struct err e = ERR_INIT;
    const struct api_resource *res = hold();
    struct watch_options o = {.res = res, .timeout_ms = 60000, .initial = true};
    ck_assert_msg(res && watch_start(r, &o, &e), "%s", e.text);
    api_resource_release(res);
}

static void on_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    crd_on_commit(events, count);
    cache_on_commit(arg, events, count, rev);
    crd_after_commit(events, count);
}

static void start(void)
{
    struct err e = ERR_INIT;
    store = store_open(&(struct store_options){.path = "memory",
                                               .sync = STORE_SYNC_OFF,
                                               .history_revisions = 100000,
                                               .history_ms = 600000,
                                               .on_commit = on_commit,
                                               .on_group_end = cache_on_group_end},
                       &e);
    ck_assert_msg(store != NULL, "%s", e.text);
    serve(on_request);
}

static void put(const char *key, const char *text)
{
    const struct blob *b AUTO_BLOB = blob_new(str_of(text));
    (void)submit(&(struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = STORE_ANY_REV, .value = b});
}

static void drop(const char *key)
{
    (void)submit(&(struct store_op){.kind = STORE_DELETE, .key = str_of(key), .expect_rev = STORE_ANY_REV});
}

/* note: a description in the schema. */
static void define(const char *note)
{
    AUTO_FREE char *text = xasprintf(
        "{\"metadata\":{\"name\":"
        "\"widgets.example.com\",\"uid\":\"u-crd\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{\"group\":"
        "\"example.com\",\"scope\":\"Namespaced\",\"names\":{\"plural\":\"widgets\",\"singular\":\"widget\",\"kind\":"
        "\"Widget\",\"listKind\":\"WidgetList\"},\"versions\":[{\"name\":\"v1\",\"served\":true,\"storage\":true,"
        "\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\",\"description\":\"%s\"}}}]},\"status\":{"
        "\"acceptedNames\":"
        "{\"plural\":\"widgets\",\"singular\":\"widget\",\"kind\":\"Widget\",\"listKind\":\"WidgetList\"},"
        "\"conditions\":[{\"type\":\"NamesAccepted\",\"status\":\"True\"},{\"type\":\"Established\",\"status\":"
        "\"True\"}"
        "],\"storedVersions\":[\"v1\"]}}",
        note);
    put(DEFINITION_KEY, text);
}

#define WIDGET(name) "/registry/example.com/widgets/d/" name
#define WIDGET_TEXT(name)                                                                                              \
    "{\"apiVersion\":\"example.com/v1\",\"kind\":\"Widget\",\"metadata\":{\"name\":\"" name                            \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}"

static void watch(struct client *c)
{
    client_open(c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n") && client_head(c));
    ck_assert_int_eq(c->code, 200);
}

/* Events that are not sent when the definition changes are not sent at all: whoever watches lists anew. */
static void read_till(struct client *c, struct buf *text, const char *what)
{
    while (!text->n || !memmem(text->p, text->n, what, strlen(what))) ck_assert(client_chunk(c, text));
}

/* All that comes till the watch ends. */
static void read_to_end(struct client *c, struct buf *text)
{
    while (client_chunk(c, text)) {}
    client_close(c);
}

static size_t stored(void)
{
    struct cache_list all;
    struct err e = ERR_INIT;
    const struct api_resource *res = hold();
    ck_assert(res && cache_list(&(struct list_query){.res = res}, &all, &e));
    size_t n = all.count;
    cache_list_release(&all);
    api_resource_release(res);
    return n;
}

START_TEST(watches_end_when_the_definition_changes)
{
    struct client c, d;
    struct buf seen AUTO_BUF = {0}, again AUTO_BUF = {0};
    start();
    ck_assert(!hold());
    define("first");
    put(WIDGET("one"), WIDGET_TEXT("one"));
    watch(&c);
    put(WIDGET("two"), WIDGET_TEXT("two"));
    ck_assert_uint_eq(stored(), 2);
    buf_init(&seen, 1 << 20);
    buf_init(&again, 1 << 20);
    read_till(&c, &seen, "\"name\":\"two\"");
    define("second");
    read_to_end(&c, &seen);
    ck_assert(strstr(seen.p, "\"name\":\"one\""));
    ck_assert_msg(!strstr(seen.p, "ERROR"), "%s", seen.p);
    ck_assert_uint_eq(stored(), 2); /* the objects stay */
    watch(&d);
    read_till(&d, &again, "\"name\":\"two\"");
    drop(WIDGET("one"));
    drop(DEFINITION_KEY);
    read_to_end(&d, &again);
    ck_assert(!hold());
    stop();
}
END_TEST

START_TEST(a_definition_that_changes_nothing_ends_nothing)
{
    struct client c;
    struct buf text AUTO_BUF = {0};
    start();
    define("same");
    watch(&c);
    define("same");
    put(WIDGET("one"), WIDGET_TEXT("one"));
    buf_init(&text, 1 << 20);
    ck_assert(client_chunk(&c, &text) && strstr(text.p, "\"name\":\"one\""));
    client_close(&c);
    drop(WIDGET("one"));
    drop(DEFINITION_KEY);
    stop();
}
END_TEST

/* What a reset takes back: the definition and its objects, by their keys. */
START_TEST(the_state_has_custom_objects_too)
{
    struct cache_way way;
    start();
    struct cache_state *before = cache_state_take();
    define("first");
    put(WIDGET("one"), WIDGET_TEXT("one"));
    cache_way_delete(before, &way);
    ck_assert_int_eq(way.nops, 2);
    struct store_result done = store_submit_sync(store, way.ops, way.nops);
    ck_assert_msg(done.ok, "%s", done.err.text);
    cache_way_release(&way);
    ck_assert(!hold());
    define("first");
    ck_assert_uint_eq(stored(), 0);
    drop(DEFINITION_KEY);
    cache_state_free(before);
    stop();
}
END_TEST

TEST_MAIN("crd_watch", watches_end_when_the_definition_changes, a_definition_that_changes_nothing_ends_nothing,
          the_state_has_custom_objects_too)
