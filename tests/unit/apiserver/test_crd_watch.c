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

/* As apiserver/sim/customs.c asks. */
static void watch_all(struct request *r)
{
    struct err e = ERR_INIT;
    struct watch_options o = {
        .res = api_find_resource(STR("apiextensions.k8s.io"), STR("v1"), STR("customresourcedefinitions")),
        .timeout_ms = 60000,
        .customs = true,
        .accept = {.media = MEDIA_JSON, .form = FORM_METADATA, .as_version = "v1"}};
    ck_assert(str_to_u64(str_from(r->path, 5), &o.after_rev));
    ck_assert_msg(watch_start(r, &o, &e), "%s", e.text);
}

static void on_request(struct request *r)
{
    struct err e = ERR_INIT;
    if (str_starts(r->path, STR("/all/"))) {
        watch_all(r);
        return;
    }
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

/* ---- All kinds at once ---- */

#define GADGETS_KEY  "/registry/apiextensions.k8s.io/customresourcedefinitions/gadgets.example.com"
#define GADGET(name) "/registry/example.com/gadgets/" name

static void define_gadgets(void)
{
    put(GADGETS_KEY,
        "{\"metadata\":{\"name\":\"gadgets.example.com\",\"uid\":\"u-crd2\",\"creationTimestamp\":"
        "\"2026-01-01T00:00:00Z\"},\"spec\":{\"group\":\"example.com\",\"scope\":\"Cluster\",\"names\":{\"plural\":"
        "\"gadgets\",\"singular\":\"gadget\",\"kind\":\"Gadget\",\"listKind\":\"GadgetList\"},\"versions\":[{\"name\":"
        "\"v2\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\"}}}]},\"status\":{"
        "\"acceptedNames\":{\"plural\":\"gadgets\",\"singular\":\"gadget\",\"kind\":\"Gadget\",\"listKind\":"
        "\"GadgetList\"},\"conditions\":[{\"type\":\"NamesAccepted\",\"status\":\"True\"},{\"type\":\"Established\","
        "\"status\":\"True\"}],\"storedVersions\":[\"v2\"]}}");
}

#define GADGET_TEXT(name)                                                                                              \
    "{\"apiVersion\":\"example.com/v2\",\"kind\":\"Gadget\",\"metadata\":{\"creationTimestamp\":"                      \
    "\"2026-01-01T00:00:00Z\",\"managedFields\":[{\"manager\":\"m\"}],\"name\":\"" name "\",\"uid\":\"u-" name         \
    "\"},\"spec\":1}"
#define IDENTITY(name, rev)                                                                                            \
    "{\"kind\":\"Gadget\",\"apiVersion\":\"example.com/v2\",\"metadata\":{\"creationTimestamp\":"                      \
    "\"2026-01-01T00:00:00Z\",\"name\":\"" name "\",\"resourceVersion\":\"" rev "\",\"uid\":\"u-" name "\"}}"

/* The keys of all objects, read in pages. */
static void check_pages(size_t limit, const char *expected)
{
    struct cache_list l;
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    struct str prefix = STR(""), after = STR("");
    buf_init(&text, 1 << 20);
    for (bool more = true; more;) {
        cache_list_customs(prefix, after, limit, &l);
        ck_assert(!limit || l.count <= limit);
        ck_assert_uint_eq(l.rev, cache_rev());
        for (size_t i = 0; i < l.count; i++) buf_addf(&text, "%.*s ", STR_ARG(l.items[i]->key));
        more = l.more;
        if (more) {
            prefix = str_copy(&a, str_of(l.items[l.count - 1]->indexed->store_prefix));
            after = str_copy(&a, l.items[l.count - 1]->key);
        }
        cache_list_release(&l);
    }
    buf_char(&text, 0);
    ck_assert_str_eq(text.p, expected);
}

START_TEST(all_kinds_are_one_list)
{
    start();
    check_pages(0, "");
    define("first");
    put(WIDGET("one"), WIDGET_TEXT("one"));
    put(WIDGET("two"), WIDGET_TEXT("two"));
    define_gadgets();
    put(GADGET("three"), GADGET_TEXT("three"));
    static const char all[] = GADGET("three") " " WIDGET("one") " " WIDGET("two") " ";
    for (size_t limit = 0; limit < 5; limit++) check_pages(limit, all);
    define("second"); /* another state of the definition has the same objects */
    check_pages(2, all);
    drop(WIDGET("one"));
    drop(WIDGET("two"));
    drop(DEFINITION_KEY);
    check_pages(1, GADGET("three") " ");
    drop(GADGET("three"));
    drop(GADGETS_KEY);
    check_pages(0, "");
    stop();
}
END_TEST

START_TEST(all_kinds_are_one_watch)
{
    struct client c;
    struct buf text AUTO_BUF = {0};
    start();
    buf_init(&text, 1 << 20);
    define_gadgets();
    put(GADGET("before"), GADGET_TEXT("before"));
    AUTO_FREE char *path = xasprintf("GET /all/%llu HTTP/1.1\r\nHost: h\r\n\r\n", (unsigned long long)cache_rev());
    client_open(&c, server_port(server), &certs, NULL);
    ck_assert(client_sendc(&c, path) && client_head(&c));
    put(GADGET("three"), GADGET_TEXT("three"));
    define("first");
    put(WIDGET("one"), WIDGET_TEXT("one"));
    define("second"); /* its watchers end, this one does not */
    drop(GADGET("three"));
    drop(GADGETS_KEY); /* with an object: as if it were deleted */
    put(WIDGET("two"), WIDGET_TEXT("two"));
    read_till(&c, &text, "\"name\":\"two\"");
    static const char *const expected[] = {
        "{\"type\":\"ADDED\",\"object\":" IDENTITY("three", "4") "}\n",
        "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Widget\",\"apiVersion\":\"example.com/"
        "v1\",\"metadata\":{\"name\":\"one\"",
        "{\"type\":\"DELETED\",\"object\":" IDENTITY("three", "8") "}\n",
        "{\"type\":\"DELETED\",\"object\":" IDENTITY("before", "9") "}\n",
        "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Widget\",\"apiVersion\":\"example.com/"
        "v1\",\"metadata\":{\"name\":\"two\"",
    };
    const char *at = text.p;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        ck_assert_msg(at && strncmp(at, expected[i], strlen(expected[i])) == 0, "%zu: %s", i, text.p);
        at = strchr(at, '\n') + 1;
    }
    client_close(&c);
    drop(WIDGET("one"));
    drop(WIDGET("two"));
    drop(DEFINITION_KEY);
    stop();
}
END_TEST

START_TEST(a_revision_behind_the_ring_is_expired)
{
    struct client c;
    struct buf text AUTO_BUF = {0};
    start();
    buf_init(&text, 1 << 20);
    client_open(&c, server_port(server), &certs, NULL);
    define("first");
    ck_assert(client_sendc(&c, "GET /all/0 HTTP/1.1\r\nHost: h\r\n\r\n") && client_head(&c));
    read_to_end(&c, &text);
    ck_assert_msg(strstr(text.p, "\"type\":\"ERROR\"") && strstr(text.p, "\"code\":410"), "%s", text.p);
    drop(DEFINITION_KEY);
    stop();
}
END_TEST

TEST_MAIN("crd_watch", all_kinds_are_one_list, all_kinds_are_one_watch, a_revision_behind_the_ring_is_expired,
          watches_end_when_the_definition_changes, a_definition_that_changes_nothing_ends_nothing,
          the_state_has_custom_objects_too)
