/* test_informer.c - list in pages, watch, relist, reconnects, indexes, prompt stop. */
#include "check_main.h"
#include "client/informer.h"
#include "client/sim.h"
#include "fake_rest.h"

#include <stdatomic.h>

/* ---- A resource, as the server has it ---- */

static struct {
    pthread_mutex_t lock;
    struct buf items[2]; /* list pages: items, comma-separated; the second may be empty */
    int rev;
    bool no_watch;     /* watches are refused with 410 */
    bool expire_token; /* the second page is refused once */
} state = {.lock = MUTEX_INIT};
static struct fake_server server;

static void add_item(int page, const char *ns, const char *name, const char *uid, int rv, const char *app)
{
    struct buf *b = &state.items[page];
    mutex_lock(&state.lock);
    if (b->n) buf_char(b, ',');
    buf_addf(b,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s\",\"resourceVersion\":\"%d\","
             "\"managedFields\":[1]},"
             "\"spec\":{\"app\":\"%s\"}}",
             name, ns, uid, rv, app);
    if (rv > state.rev) state.rev = rv;
    mutex_unlock(&state.lock);
}

static void reset_items(void)
{
    mutex_lock(&state.lock);
    buf_clear(&state.items[0]);
    buf_clear(&state.items[1]);
    mutex_unlock(&state.lock);
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    if (memmem(rq->path.p, rq->path.n, "sim.kubestep.dev", 16)) {
        rp->stream = !str_eqc(rq->method, "POST");
        rp->hold = str_ends(rq->path, STR("/park"));
        return;
    }
    mutex_lock(&state.lock);
    bool watch = memmem(rq->path.p, rq->path.n, "watch=true", 10);
    bool second = memmem(rq->path.p, rq->path.n, "continue=", 9);
    if (watch && state.no_watch) {
        rp->status = 410;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}");
        state.no_watch = false;
    } else if (watch) {
        rp->stream = true;
    } else if (second && state.expire_token) {
        rp->status = 410;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"token\"}");
        state.expire_token = false;
    } else {
        bool whole = !memmem(rq->path.p, rq->path.n, "limit=", 6);
        bool more = !second && !whole && state.items[1].n;
        buf_addf(&rp->body,
                 "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"%d\"%s},\"items\":[",
                 state.rev, more ? ",\"continue\":\"a+b\"" : "");
        buf_str(&rp->body, buf_view(&state.items[second ? 1 : 0]));
        if (whole && state.items[1].n) buf_addf(&rp->body, ",%s", state.items[1].p);
        buf_cstr(&rp->body, "]}\n");
    }
    mutex_unlock(&state.lock);
}

static void push_event(const char *type, const char *name, const char *uid, int rv, const char *app)
{
    AUTO_FREE char *line =
        xasprintf("{\"type\":\"%s\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\","
                  "\"namespace\":\"default\",\"uid\":\"%s\",\"resourceVersion\":\"%d\"},\"spec\":{\"app\":\"%s\"}}}",
                  type, name, uid, rv, app);
    fake_push(&server, "watch=true", line);
}

/* ---- What the handlers saw: "+a ~a -a" ---- */

static pthread_mutex_t seen_lock = MUTEX_INIT;
static char seen[4096];

static void on_event(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    (void)arg;
    ck_assert((old == NULL) == (what == INFORMER_ADDED));
    mutex_lock(&seen_lock);
    size_t n = strlen(seen);
    snprintf(seen + n, sizeof seen - n, "%c%.*s ", "+~-"[what], STR_ARG(obj->name));
    mutex_unlock(&seen_lock);
}

static bool saw(const char *want)
{
    mutex_lock(&seen_lock);
    bool same = strcmp(seen, want) == 0;
    mutex_unlock(&seen_lock);
    return same;
}

#define EXPECT_SEEN(want)                                                                                              \
    do {                                                                                                               \
        FAKE_WAIT(saw(want));                                                                                          \
        ck_assert_str_eq(seen, want);                                                                                  \
    } while (0)

static bool by_app(const struct object *o, struct buf *out)
{
    struct str app = obj_str(o->root, ".spec.app");
    buf_str(out, app);
    return app.n > 0;
}

static void trim_spec_of_y(struct json *root)
{
    if (obj_is(root, ".spec.app", "y")) obj_del(root, ".spec");
}

static struct rest *client;
static struct informer *inf;
static int app_index;

static void up(void)
{
    for (int i = 0; i < 2; i++) {
        buf_release(&state.items[i]);
        buf_init(&state.items[i], 1 << 20);
    }
    state.rev = 1;
    state.no_watch = state.expire_token = false;
    seen[0] = 0;
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    struct informer_options o = {.resource = "v1/pods", .label_selector = "a in (b, c)", .trim = trim_spec_of_y};
    inf = informer_new(client, &o);
    informer_on(inf, on_event, NULL);
    app_index = informer_index(inf, by_app);
}

static void begin(void)
{
    informer_start(inf);
    ck_assert(informer_wait_synced(inf, 20000));
    FAKE_WAIT(fake_streams(&server, "watch=true") == 1);
}

static void down(void)
{
    int64_t t = mono_ms();
    informer_free(inf);
    ck_assert_int_lt(mono_ms() - t, 5000);
    rest_free(client);
    fake_stop(&server);
    for (int i = 0; i < 2; i++) buf_release(&state.items[i]);
}

static const char *app_members(const char *app)
{
    static char text[256];
    struct objs l AUTO_OBJS = {0};
    text[0] = 0;
    informer_by_index(inf, app_index, str_of(app), &l);
    for (size_t i = 0; i < l.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s ", STR_ARG(l.items[i]->name));
    return text;
}

START_TEST(lists_pages_then_watches)
{
    up();
    add_item(0, "default", "a", "1", 5, "x");
    add_item(0, "default", "b", "2", 6, "y");
    add_item(1, "kube-system", "c", "3", 7, "x");
    begin();
    EXPECT_SEEN("+a +b +c ");
    ck_assert_int_eq(fake_count(&server, "labelSelector=a%20in%20%28b%2C%20c%29&limit=500&continue=a%2Bb"), 1);
    ck_assert_int_eq(fake_count(&server, "allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds="), 1);
    const struct object *a AUTO_OBJ = informer_get(inf, STR("default"), STR("a"));
    ck_assert_ptr_nonnull(a);
    ck_assert(str_eqc(a->kind, "Pod") && str_eqc(a->api_version, "v1")); /* not in the item: from the list */
    ck_assert(!obj_has(a->root, ".metadata.managedFields"));
    ck_assert(obj_has(a->root, ".spec"));
    const struct object *b AUTO_OBJ = informer_get(inf, STR("default"), STR("b"));
    ck_assert_ptr_nonnull(b);
    ck_assert(!obj_has(b->root, ".spec"));
    push_event("MODIFIED", "b", "2", 8, "x");
    push_event("ADDED", "d", "4", 9, "z");
    push_event("DELETED", "a", "1", 10, "x");
    push_event("DELETED", "nobody", "9", 10, "x");
    push_event("MODIFIED", "late", "5", 11, "x"); /* unknown: added */
    push_event("ADDED", "late", "5", 11, "x");    /* the same again: nothing */
    EXPECT_SEEN("+a +b +c ~b +d -a +late ");
    ck_assert_uint_eq(informer_count(inf), 4);
    ck_assert_str_eq(app_members("x"), "b late c ");
    ck_assert_str_eq(app_members("y"), "");
    ck_assert_str_eq(app_members("z"), "d ");
    ck_assert_ptr_null(informer_get(inf, STR("default"), STR("a")));
    struct objs l AUTO_OBJS = {0};
    informer_list(inf, STR("default"), &l);
    ck_assert_uint_eq(l.count, 3);
    fake_push(&server, "watch=true",
              "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{"
              "\"resourceVersion\":\"50\"}}}");
    FAKE_WAIT(informer_rev(inf) == 50);
    ck_assert_uint_eq(informer_rev(inf), 50);
    down();
}
END_TEST

START_TEST(broken_stream_goes_on)
{
    up();
    add_item(0, "default", "a", "1", 5, "x");
    begin();
    push_event("ADDED", "b", "2", 9, "x");
    EXPECT_SEEN("+a +b ");
    fake_cut(&server, "watch=true");
    FAKE_WAIT(fake_streams(&server, "resourceVersion=9") == 1);
    ck_assert_int_eq(fake_streams(&server, "resourceVersion=9"), 1);
    push_event("MODIFIED", "b", "2", 12, "x");
    EXPECT_SEEN("+a +b ~b ");
    ck_assert_int_eq(fake_count(&server, "limit=500"), 1);
    down();
}
END_TEST

START_TEST(gone_relists_and_keeps_what_is_the_same)
{
    up();
    add_item(0, "default", "a", "1", 5, "x");
    add_item(0, "default", "b", "2", 6, "x");
    add_item(0, "default", "c", "3", 7, "x");
    add_item(0, "default", "d", "4", 8, "x");
    begin();
    EXPECT_SEEN("+a +b +c +d ");
    const struct object *before AUTO_OBJ = informer_get(inf, STR("default"), STR("a"));
    reset_items(); /* b changed, c gone, d another one of that name, e new */
    add_item(0, "default", "a", "1", 5, "x");
    add_item(0, "default", "b", "2", 20, "x");
    add_item(1, "default", "d", "44", 21, "x");
    add_item(1, "default", "e", "5", 22, "x");
    state.expire_token = true;
    fake_push(&server, "watch=true",
              "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":"
              "\"too old\"}}");
    EXPECT_SEEN("+a +b +c +d ~b -d +d +e -c ");
    const struct object *after AUTO_OBJ = informer_get(inf, STR("default"), STR("a"));
    ck_assert_ptr_eq(before, after);
    FAKE_WAIT(fake_streams(&server, "resourceVersion=22") == 1);
    mutex_lock(&state.lock);
    state.no_watch = true; /* refused by status: relist too */
    mutex_unlock(&state.lock);
    int lists = fake_count(&server, "limit=500");
    fake_push(&server, "watch=true", NULL);
    FAKE_WAIT(fake_count(&server, "limit=500") > lists && fake_streams(&server, "watch=true") == 1);
    EXPECT_SEEN("+a +b +c +d ~b -d +d +e -c ");
    down();
}
END_TEST

START_TEST(server_restart)
{
    up();
    add_item(0, "default", "a", "1", 5, "x");
    begin();
    int port = server.port;
    fake_stop(&server);
    fake_start(&server, port, handler, NULL);
    FAKE_WAIT(fake_streams(&server, "resourceVersion=5") == 1);
    push_event("ADDED", "b", "2", 9, "x");
    EXPECT_SEEN("+a +b ");
    ck_assert_int_eq(fake_count(&server, "limit=500"), 0); /* no relist */
    down();
}
END_TEST

START_TEST(junk_on_the_stream)
{
    static const char *const junk[] = {"{}",
                                       "[",
                                       "null",
                                       "{\"type\":1,\"object\":{}}",
                                       "{\"type\":\"ADDED\",\"object\":",
                                       "{\"type\":\"ADDED\",\"object\":7}",
                                       "{\"object\":{\"metadata\":{}},\"type\":\"ADDED",
                                       "\"",
                                       "{\"type\":\"ERROR\",\"object\":{}}"};
    up();
    add_item(0, "default", "a", "1", 5, "x");
    begin();
    for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
        push_event("MODIFIED", "a", "1", 100 + (int)i, "x"); /* the stream works: back-off begins anew */
        FAKE_WAIT(informer_rev(inf) >= 100 + i);
        int watches = fake_count(&server, "watch=true");
        fake_push(&server, "watch=true", junk[i]);
        FAKE_WAIT(fake_count(&server, "watch=true") > watches && fake_streams(&server, "watch=true"));
        ck_assert_msg(fake_count(&server, "watch=true") > watches, "%s", junk[i]);
    }
    /* The other order of members is fine. */
    fake_push(&server, "watch=true",
              "{ \"object\" : {\"metadata\":{\"name\":\"o\\u0041}\",\"uid\":\"7\",\"resourceVersion\":\"300\"}} , "
              "\"type\" : \"ADDED\" }");
    FAKE_WAIT(informer_count(inf) == 2);
    ck_assert_uint_eq(informer_count(inf), 2);
    down();
}
END_TEST

START_TEST(stops_while_nobody_answers)
{
    up();
    int port = server.port;
    fake_stop(&server);
    informer_start(inf);
    ck_assert(!informer_wait_synced(inf, 50));
    int64_t t = mono_ms();
    informer_stop(inf);
    ck_assert_int_lt(mono_ms() - t, 5000);
    fake_start(&server, port, handler, NULL);
    down();
}
END_TEST

START_TEST(gate_holds_one_key)
{
    up();
    struct informer_options o = {
        .resource = "v1/pods", .delivery_gate = true, .gate_number = STEP_OFFERED_TO_SCHEDULER};
    informer_free(inf);
    inf = informer_new(client, &o);
    informer_on(inf, on_event, NULL);
    struct sim *sim = sim_start(client, "scheduler", false);
    informer_set_sim(inf, sim);
    FAKE_WAIT(fake_streams(&server, "component=scheduler"));
    fake_push(&server, "component=scheduler",
              "{\"generation\":1,\"steppers\":[{\"name\":\"s\",\"namespace\":\"default\",\"pod\":\"web\",\"mode\":"
              "\"step\"}]}");
    ck_assert(sim_wait_control(sim, 20000));
    begin();
    push_event("ADDED", "web", "1", 10, "x");
    push_event("ADDED", "other", "2", 11, "x");
    push_event("MODIFIED", "web", "1", 12, "x");
    push_event("MODIFIED", "other", "2", 13, "x");
    EXPECT_SEEN("+other ~other ");
    FAKE_WAIT(fake_streams(&server, "/steppers/s/park"));
    ck_assert_int_eq(fake_count(&server, "/park"), 1);
    ck_assert(!informer_idle(inf));
    const struct object *o1 AUTO_OBJ = informer_get(inf, STR("default"), STR("web"));
    ck_assert(o1 && o1->rv == 12); /* the cache is not held */
    fake_answer_held(&server, "/park");
    EXPECT_SEEN("+other ~other +web ~web ");
    FAKE_WAIT(informer_idle(inf));
    push_event("DELETED", "web", "1", 14, "x");
    EXPECT_SEEN("+other ~other +web ~web -web ");
    push_event("ADDED", "web", "3", 15, "x");     /* parked again; stopping drops it */
    FAKE_WAIT(fake_count(&server, "/park") == 2); /* the first one's stream may still be there */
    informer_stop(inf);
    ck_assert(saw("+other ~other +web ~web -web "));
    sim_stop(sim);
    down();
}
END_TEST

/* "w": with its spec; "s": name, namespace, uid and revision alone. */
static char extent(const struct object *o)
{
    if (!o) return '-';
    if (obj_has(o->root, ".spec.app")) return 'w';
    bool alone = obj_count(o->root, "") == 1 && obj_count(o->root, ".metadata") == 4;
    return alone && o->name.n && o->ns.n && o->uid.n && o->rv ? 's' : '?';
}

static void on_extent(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    (void)arg;
    mutex_lock(&seen_lock);
    size_t n = strlen(seen);
    snprintf(seen + n, sizeof seen - n, "%c%.*s:%c%c ", "+~-"[what], STR_ARG(obj->name), extent(old), extent(obj));
    mutex_unlock(&seen_lock);
}

START_TEST(a_stub_is_all_that_is_kept)
{
    up();
    informer_free(inf);
    inf = informer_new(client, &(struct informer_options){.resource = "v1/pods", .stub = true});
    informer_on(inf, on_extent, NULL);
    add_item(0, "default", "a", "1", 5, "x");
    add_item(0, "default", "b", "2", 6, "x");
    add_item(0, "default", "c", "3", 7, "x");
    begin();
    EXPECT_SEEN("+a:-w +b:-w +c:-w ");
    const struct object *a AUTO_OBJ = informer_get(inf, STR("default"), STR("a"));
    ck_assert_int_eq(extent(a), 's');
    ck_assert(str_eqc(a->uid, "1") && str_eqc(a->ns, "default") && a->rv == 5);
    push_event("MODIFIED", "a", "1", 8, "y");
    push_event("MODIFIED", "a", "1", 8, "y");  /* the revision still tells what is no change */
    push_event("MODIFIED", "b", "22", 9, "x"); /* and the uid who is another one */
    push_event("DELETED", "a", "1", 10, "y");
    EXPECT_SEEN("+a:-w +b:-w +c:-w ~a:sw -b:ss +b:-w -a:sw ");
    reset_items();
    add_item(0, "default", "b", "22", 9, "x"); /* b is as it was, c went meanwhile */
    fake_push(&server, "watch=true",
              "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":"
              "\"too old\"}}");
    EXPECT_SEEN("+a:-w +b:-w +c:-w ~a:sw -b:ss +b:-w -a:sw -c:ss ");
    down();
}
END_TEST

TEST_MAIN("informer", lists_pages_then_watches, broken_stream_goes_on, gone_relists_and_keeps_what_is_the_same,
          server_restart, junk_on_the_stream, stops_while_nobody_answers, gate_holds_one_key,
          a_stub_is_all_that_is_kept)
