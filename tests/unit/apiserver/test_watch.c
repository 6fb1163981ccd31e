/* Watches end to end: store, cache, ring, stream, TLS client. */
#include "apiserver/watch/cache.h"

#include "api/proto.h"
#include "watch_support.h"

#include <stdatomic.h>

static struct client c;

static void on_request(struct request *r)
{
    struct watch_options o = {
        .res = pods, .timeout_ms = 60000, .include_object = "Metadata", .accept.as_version = "v1"};
    struct err e = ERR_INIT;
    struct str text = request_arg_str(r, "ns");
    if (text.n) o.ns = text;
    (void)str_to_u64(request_arg_str(r, "rv"), &o.after_rev);
    o.initial = request_arg(r, "rv") == NULL;
    o.initial_bookmark = request_arg(r, "end") != NULL;
    o.bookmarks = request_arg(r, "bookmarks") != NULL;
    if ((text = request_arg_str(r, "labels")).n) o.has_labels = sel_parse(&r->arena, text, &o.labels, &e);
    if ((text = request_arg_str(r, "fields")).n) o.has_fields = field_sel_parse(&r->arena, text, &o.fields, &e);
    if ((text = request_arg_str(r, "ms")).n) (void)str_to_i64(text, &o.timeout_ms);
    if (request_arg(r, "table")) o.accept.form = FORM_TABLE;
    if (request_arg(r, "proto")) o.accept.media = MEDIA_PROTOBUF;
    if (request_arg(r, "meta")) o.accept.form = FORM_METADATA;
    if (request_arg(r, "metalist")) o.accept.form = FORM_METADATA_LIST;
    if (request_arg(r, "component")) {
        r->user.component = "scheduler";
        r->user.name = STR("system:kube-scheduler");
    }
    ck_assert_msg(watch_start(r, &o, &e), "%s", e.text);
}

static void start(void)
{
    open_store();
    (void)put_pod("a", "early", "\"app\":\"x\"", "");
    serve(on_request);
}

static void watch_on(struct client *cl, const char *query)
{
    client_open(cl, server_port(server), &certs, NULL);
    AUTO_FREE char *text = xasprintf("GET /?%s HTTP/1.1\r\nHost: h\r\n\r\n", query);
    ck_assert(client_sendc(cl, text) && client_head(cl));
    ck_assert_int_eq(cl->code, 200);
}
static void watch(const char *query) { watch_on(&c, query); }

/* The next line of the stream without its newline, or NULL at its end. Chunks need not be lines. */
static const char *next_line(struct client *cl, struct buf *text)
{
    const char *former = text->n ? memchr(text->p, 0, text->n) : NULL;
    if (former) buf_drop_front(text, (size_t)(former - text->p) + 1);
    char *end;
    while (!text->n || !(end = memchr(text->p, '\n', text->n)))
        if (!client_chunk(cl, text)) return NULL;
    *end = 0;
    return text->p;
}

static struct buf lines;

/* "TYPE name rev" of the next event, in static memory; "" at the end. */
static const char *event_of(struct client *cl, struct buf *text)
{
    static char out[256];
    const char *line = next_line(cl, text);
    if (!line) return "";
    char type[32] = "", name[64] = "-";
    ck_assert_int_eq(sscanf(line, "{\"type\":\"%31[A-Z]\"", type), 1);
    const char *at = strstr(line, "\"name\":\""), *rv = strstr(line, "\"resourceVersion\":\"");
    if (at) ck_assert_int_eq(sscanf(at, "\"name\":\"%63[^\"]", name), 1);
    (void)snprintf(out, sizeof out, "%s %s %d", type, name, rv ? atoi(rv + strlen("\"resourceVersion\":\"")) : 0);
    return out;
}
static const char *event(void) { return event_of(&c, &lines); }

static void close_watch(void)
{
    client_close(&c);
    buf_release(&lines);
    buf_init(&lines, SIZE_MAX);
}

#define ASSERT_EVENT(type_and_name, rev)                                                                               \
    do {                                                                                                               \
        AUTO_FREE char *want_ = xasprintf("%s %d", (type_and_name), (int)(rev));                                       \
        ck_assert_str_eq(event(), want_);                                                                              \
    } while (0)

START_TEST(test_from_now_and_from_a_revision)
{
    buf_init(&lines, SIZE_MAX);
    start();
    uint64_t r0 = cache_rev();
    watch("end=1");
    ASSERT_EVENT("ADDED early", r0);
    const char *line = next_line(&c, &lines);
    AUTO_FREE char *want = xasprintf("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
                                     "\"metadata\":{\"resourceVersion\":\"%d\","
                                     "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}},"
                                     "\"spec\":{\"containers\":null},\"status\":{}}}",
                                     (int)r0);
    ck_assert_str_eq(line, want);
    uint64_t r1 = put_pod("a", "p", "", ""), r2 = put_pod("a", "p", "\"x\":\"1\"", ""), r3 = delete_pod("a", "p");
    ASSERT_EVENT("ADDED p", r1);
    line = next_line(&c, &lines);
    AUTO_FREE char *whole = xasprintf("{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\","
                                      "\"metadata\":{\"name\":\"p\",\"namespace\":\"a\","
                                      "\"uid\":\"uid-p\",\"resourceVersion\":\"%d\",\"creationTimestamp\":\"2026-01-"
                                      "01T00:00:00Z\",\"labels\":{\"x\":\"1\"}},\"spec\":{}}}",
                                      (int)r2);
    ck_assert_str_eq(line, whole);
    ASSERT_EVENT("DELETED p", r3);
    close_watch();
    AUTO_FREE char *from = xasprintf("rv=%d", (int)r1);
    watch(from);
    ASSERT_EVENT("MODIFIED p", r2);
    ASSERT_EVENT("DELETED p", r3);
    close_watch();
    AUTO_FREE char *future = xasprintf("rv=%d", (int)r3 + 1);
    watch(future);
    (void)put_pod("a", "not-yet", "", "");
    uint64_t r5 = put_pod("a", "now", "", "");
    ASSERT_EVENT("ADDED now", r5);
    close_watch();
    stop();
}
END_TEST

START_TEST(test_selectors_turn_changes)
{
    start();
    AUTO_FREE char *by_label = xasprintf("rv=%d&labels=app%%3Dweb", (int)cache_rev());
    AUTO_FREE char *by_field = xasprintf("rv=%d&ns=a&fields=spec.nodeName%%3Dn1", (int)cache_rev());
    uint64_t r[8];
    r[0] = put_pod("a", "p", "\"app\":\"db\"", "");
    r[1] = put_pod("a", "p", "\"app\":\"web\"", "\"nodeName\":\"n1\"");
    r[2] = put_pod("a", "p", "\"app\":\"web\"", "\"nodeName\":\"n1\",\"x\":1");
    r[3] = put_pod("a", "p", "\"app\":\"db\"", "\"nodeName\":\"n1\"");
    r[4] = put_pod("b", "q", "\"app\":\"web\"", "\"nodeName\":\"n1\"");
    r[5] = delete_pod("a", "p");
    r[6] = delete_pod("b", "q");
    watch(by_label);
    ASSERT_EVENT("ADDED p", r[1]);
    ASSERT_EVENT("MODIFIED p", r[2]);
    const char *line = next_line(&c, &lines); /* the last state that was seen, at the event's revision */
    AUTO_FREE char *rv = xasprintf("\"resourceVersion\":\"%d\"", (int)r[3]);
    ck_assert_ptr_nonnull(strstr(line, "{\"type\":\"DELETED\""));
    ck_assert_ptr_nonnull(strstr(line, rv));
    ck_assert_ptr_nonnull(strstr(line, "\"app\":\"web\""));
    ASSERT_EVENT("ADDED q", r[4]);
    ASSERT_EVENT("DELETED q", r[6]);
    close_watch();
    watch(by_field);
    ASSERT_EVENT("ADDED p", r[1]);
    ASSERT_EVENT("MODIFIED p", r[2]);
    ASSERT_EVENT("MODIFIED p", r[3]);
    ASSERT_EVENT("DELETED p", r[5]);
    close_watch();
    stop();
}
END_TEST

START_TEST(test_history_behind_the_ring)
{
    start();
    uint64_t r0 = cache_rev(), last = 0;
    enum { MANY = 700 }; /* several pieces */
    for (int i = 0; i < MANY; i++) {
        AUTO_FREE char *label = xasprintf("\"i\":\"%d\"", i);
        last = put_pod("a", "p", label, "");
    }
    cache_close(); /* as after a restart: empty rings */
    open_cache();
    AUTO_FREE char *from = xasprintf("rv=%d", (int)r0);
    watch(from);
    ASSERT_EVENT("ADDED p", r0 + 1);
    for (int i = 1; i < MANY; i++) ASSERT_EVENT("MODIFIED p", r0 + 1 + (uint64_t)i);
    uint64_t live = put_pod("a", "live", "", "");
    ASSERT_EVENT("ADDED live", live);
    close_watch();
    compact_all();
    watch(from);
    const char *line = next_line(&c, &lines);
    ck_assert_ptr_nonnull(strstr(line, "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\""));
    AUTO_FREE char *text = xasprintf("too old resource version: %d (", (int)r0);
    ck_assert_ptr_nonnull(strstr(line, text));
    ck_assert_ptr_nonnull(strstr(line, "\"reason\":\"Expired\""));
    ck_assert_ptr_null(next_line(&c, &lines));
    ck_assert(!c.eof);
    close_watch();
    AUTO_FREE char *recent = xasprintf("rv=%d", (int)last);
    watch(recent); /* still in the ring */
    ASSERT_EVENT("ADDED live", live);
    close_watch();
    stop();
}
END_TEST

START_TEST(test_fell_off_the_ring)
{
    start();
    AUTO_FREE char *from = xasprintf("rv=%d", (int)cache_rev());
    watch(from);
    char *big = xmalloc(40001);
    memset(big, 'x', 40000);
    big[40000] = 0;
    AUTO_FREE char *label = xasprintf("\"big\":\"%s\"", big);
    free(big);
    size_t total = 0;
    /* More than the kernel, the stream and the ring hold together, and the client does not read. */
    for (int i = 0; total < (size_t)RING_BYTES_MAX + (32 << 20); i++, total += 40000)
        (void)put_pod("a", "p", label, "");
    int events = 0;
    const char *line;
    uint64_t seen = 0;
    while ((line = next_line(&c, &lines))) { /* then the end, without a word */
        ck_assert_ptr_null(strstr(line, "\"type\":\"ERROR\""));
        seen = strtoull(strstr(line, "\"resourceVersion\":\"") + strlen("\"resourceVersion\":\""), NULL, 10);
        events++;
    }
    ck_assert_int_gt(events, 10);
    ck_assert_uint_lt(seen, cache_rev());
    close_watch();
    AUTO_FREE char *again = xasprintf("rv=%d", (int)seen);
    watch(again); /* it goes on where it was */
    ASSERT_EVENT("MODIFIED p", seen + 1);
    close_watch();
    stop();
}
END_TEST

START_TEST(test_tables_bookmarks_timeout)
{
    start();
    uint64_t r0 = cache_rev();
    watch("table=1");
    const char *line = next_line(&c, &lines);
    ck_assert_ptr_nonnull(strstr(line, "\"kind\":\"Table\""));
    ck_assert_ptr_null(strstr(line, "\"columnDefinitions\":[]"));
    ck_assert_ptr_null(strstr(line, "\"columnDefinitions\":null"));
    ck_assert_ptr_nonnull(strstr(line, "\"early\""));
    (void)put_pod("a", "second", "", "");
    line = next_line(&c, &lines);
    ck_assert_ptr_nonnull(strstr(line, "\"second\""));
    ck_assert_msg(!strstr(line, "\"columnDefinitions\":[{"), "%s", line);
    close_watch();
    uint64_t node_rev = put_node("n"); /* progress counts other resources too */
    /* The last bookmark comes two seconds before the end, and none when there is no time for it or nothing to say. */
    static const struct {
        const char *query;
        bool bookmark;
    } rows[] = {{"bookmarks=1&ms=2100", true}, {"bookmarks=1&ms=50", false}, {"ms=50", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *brief = xasprintf("rv=%d&%s", (int)r0, rows[i].query);
        watch(brief);
        ASSERT_EVENT("ADDED second", node_rev - 1);
        if (rows[i].bookmark) ASSERT_EVENT("BOOKMARK -", node_rev);
        ck_assert_str_eq(event(), "");
        ck_assert(!c.eof);
        close_watch();
    }
    AUTO_FREE char *current = xasprintf("rv=%d&bookmarks=1&ms=2050", (int)node_rev);
    watch(current);
    ck_assert_str_eq(event(), "");
    close_watch();
    stop();
}
END_TEST

static struct {
    _Atomic int component, client;
    char last[64];
} taps;

static void tap_component(const char *component, struct str user, const struct item *it, const char *type, uint64_t rev,
                          int64_t at)
{
    ck_assert_str_eq(component, "scheduler");
    ck_assert(str_eqc(user, "system:kube-scheduler"));
    ck_assert(at > 0 && rev == it->rev);
    (void)snprintf(taps.last, sizeof taps.last, "%s %.*s", type, STR_ARG(it->name));
    atomic_fetch_add(&taps.component, 1);
}
static void tap_client(const char *component, struct str user, const struct item *it, const char *type, uint64_t rev,
                       int64_t at)
{
    (void)user, (void)it, (void)type, (void)rev, (void)at;
    ck_assert_ptr_null(component);
    atomic_fetch_add(&taps.client, 1);
}

START_TEST(test_taps)
{
    watch_set_delivered(tap_component, pods);
    watch_set_delivered_client(tap_client, pods);
    start();
    AUTO_FREE char *from = xasprintf("rv=%d&component=1", (int)cache_rev());
    watch(from);
    (void)put_pod("a", "p", "", "");
    ck_assert(event()[0] == 'A');
    close_watch();
    watch("");
    ck_assert(event()[0] && event()[0]);
    close_watch();
    stop();
    ck_assert_int_eq(taps.component, 1);
    ck_assert_str_eq(taps.last, "ADDED p");
    ck_assert_int_eq(taps.client, 2);
    watch_set_delivered(NULL, NULL);
    watch_set_delivered_client(NULL, NULL);
}
END_TEST

/* Many watchers, many events: nothing lost, nothing out of order. */
START_TEST(test_fan_out)
{
    enum { WATCHERS = 30, EVENTS = 300 };
    static struct client many[WATCHERS];
    static struct buf text[WATCHERS];
    start();
    uint64_t r0 = cache_rev();
    AUTO_FREE char *from = xasprintf("rv=%d", (int)r0);
    for (int i = 0; i < WATCHERS; i++) watch_on(&many[i], from);
    for (int i = 0; i < EVENTS; i++) (void)put_pod("a", i % 2 ? "odd" : "even", "", "");
    for (int i = 0; i < WATCHERS; i++) {
        buf_init(&text[i], SIZE_MAX);
        for (int n = 0; n < EVENTS; n++) {
            AUTO_FREE char *want =
                xasprintf("%s %s %d", n < 2 ? "ADDED" : "MODIFIED", n % 2 ? "odd" : "even", (int)r0 + 1 + n);
            ck_assert_str_eq(event_of(&many[i], &text[i]), want);
        }
    }
    stop();
    for (int i = 0; i < WATCHERS; i++) {
        client_close(&many[i]);
        buf_release(&text[i]);
    }
}
END_TEST

/* One frame off the stream: "TYPE apiVersion Kind". */
static const char *frame_of(struct client *cl, struct buf *in)
{
    static char out[256];
    struct wire_field type = {0}, object = {0}, raw = {0};
    struct err e = ERR_INIT;
    struct str version, kind, message;
    while (in->n < 4) ck_assert(client_chunk(cl, in));
    const unsigned char *p = (const unsigned char *)in->p;
    size_t length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    while (in->n < 4 + length) ck_assert(client_chunk(cl, in));
    struct str rest = str_n(in->p + 4, length);
    ck_assert(wire_next(&rest, "", &type, &e) && wire_next(&rest, "", &object, &e) && rest.n == 0);
    ck_assert(wire_next(&object.bytes, "", &raw, &e) && object.bytes.n == 0);
    ck_assert(proto_open(raw.bytes, &version, &kind, &message, &e));
    (void)snprintf(out, sizeof out, "%.*s %.*s %.*s", STR_ARG(type.bytes), STR_ARG(version), STR_ARG(kind));
    buf_drop_front(in, 4 + length);
    return out;
}

/* Watchers that want the same event in different forms do not get each other's. */
START_TEST(test_protobuf)
{
    static const char *const queries[] = {"", "&proto=1", "&proto=1&meta=1", "&meta=1", "&proto=1"};
    struct client cl[ARRAY_LEN(queries)] = {0};
    struct buf in[ARRAY_LEN(queries)];
    start();
    int now = (int)cache_rev();
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        AUTO_FREE char *query = xasprintf("rv=%d%s", now, queries[i]);
        buf_init(&in[i], SIZE_MAX);
        watch_on(&cl[i], query);
    }
    AUTO_FREE char *json_type = client_header(&cl[0], "Content-Type");
    AUTO_FREE char *message_type = client_header(&cl[1], "Content-Type");
    ck_assert_str_eq(json_type, "application/json");
    ck_assert_str_eq(message_type, "application/vnd.kubernetes.protobuf;stream=watch");
    (void)put_pod("a", "p", "", "");
    (void)delete_pod("a", "p");
    for (int i = 0; i < 2; i++) {
        static const char *const types[] = {"ADDED", "DELETED"};
        AUTO_FREE char *pod = xasprintf("%s v1 Pod", types[i]);
        AUTO_FREE char *partial = xasprintf("%s meta.k8s.io/v1 PartialObjectMetadata", types[i]);
        ck_assert_str_eq(frame_of(&cl[1], &in[1]), pod);
        ck_assert_str_eq(frame_of(&cl[2], &in[2]), partial);
        ck_assert_str_eq(frame_of(&cl[4], &in[4]), pod);
        ck_assert_ptr_nonnull(strstr(next_line(&cl[0], &in[0]), "\"kind\":\"Pod\""));
        ck_assert_ptr_nonnull(strstr(next_line(&cl[3], &in[3]), "\"kind\":\"PartialObjectMetadata\""));
    }
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        client_close(&cl[i]);
        buf_release(&in[i]);
    }
    watch("metalist=1");
    ck_assert_str_eq(event(), "");
    close_watch();
    for (int i = 0; i < 10; i++) (void)put_pod("a", "p", "", "");
    compact_all();
    watch("proto=1&rv=1"); /* too old */
    struct buf last AUTO_BUF = {0};
    buf_init(&last, SIZE_MAX);
    ck_assert_str_eq(frame_of(&c, &last), "ERROR v1 Status");
    ck_assert(!client_chunk(&c, &last));
    close_watch();
    stop();
}
END_TEST

TEST_MAIN("watch", test_from_now_and_from_a_revision, test_selectors_turn_changes, test_history_behind_the_ring,
          test_fell_off_the_ring, test_tables_bookmarks_timeout, test_taps, test_fan_out, test_protobuf)
