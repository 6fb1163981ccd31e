/* test_garbage_collector.c - the garbage collector against a scripted server: what it asks, deletes and patches. */
#include "base/clk.h"
#include "check_main.h"
#include "client/ctl.h"
#include "fake_rest.h"

#include <stdatomic.h>

extern const struct ctl_spec garbage_collector;

static struct fake_server server;
static struct rest *client;
static struct ctl_host *host;
static pthread_mutex_t lock = MUTEX_INIT;                        /* what the handler reads and writes */
static const char *definitions = "", *definition, *customs = ""; /* of the lists; of the GET of one, NULL: 404 */
static const char *items, *live; /* of the ConfigMap list; the answer to GET of one, NULL: 404 */
static int conflicts;            /* DELETEs still to be refused */
static char bodies[16][512];
static int nbodies;
static _Atomic int whole_lists; /* lists and watches that did not ask for metadata alone */

static bool has(struct str s, const char *part) { return memmem(s.p, s.n, part, strlen(part)) != NULL; }

static void answer_write(const struct fake_request *rq, struct fake_reply *rp)
{
    if (nbodies < 16)
        snprintf(bodies[nbodies++], sizeof bodies[0], "%.*s %.*s", STR_ARG(rq->method), STR_ARG(rq->body));
    if (str_eqc(rq->method, "DELETE") && conflicts) {
        conflicts--;
        rp->status = 409;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Conflict\",\"code\":409}");
    } else {
        buf_cstr(&rp->body, "{}");
    }
}

static void answer_get(const struct fake_request *rq, struct fake_reply *rp)
{
    if (has(rq->path, "/customresourcedefinitions/") && definition) {
        buf_cstr(&rp->body, definition);
    } else if (has(rq->path, "/customresourcedefinitions/") || (has(rq->path, "/namespaces/") && !live)) {
        rp->status = 404;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}");
    } else if (has(rq->path, "/namespaces/")) {
        buf_cstr(&rp->body, live);
    } else {
        if (!has(rq->head, "as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")) atomic_fetch_add(&whole_lists, 1);
        buf_addf(&rp->body,
                 "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"
                 "\"resourceVersion\":\"5\"},\"items\":[%s]}",
                 has(rq->path, "/configmaps")                  ? items
                 : has(rq->path, "/customobjects")             ? customs
                 : has(rq->path, "/customresourcedefinitions") ? definitions
                                                               : "");
    }
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    if (has(rq->path, "sim.kubestep.dev") && !has(rq->path, "/customobjects")) {
        rp->status = 404;
    } else if (has(rq->path, "watch=true")) {
        if (!has(rq->head, "as=PartialObjectMetadata;g=meta.k8s.io;v=v1")) atomic_fetch_add(&whole_lists, 1);
        rp->stream = true;
    } else if (has(rq->path, "/events")) {
        buf_cstr(&rp->body, "{}");
    } else if (str_eqc(rq->method, "GET")) {
        answer_get(rq, rp);
    } else {
        answer_write(rq, rp);
    }
    mutex_unlock(&lock);
}

static void up(const char *first)
{
    items = first;
    nbodies = 0;
    atomic_store(&whole_lists, 0);
    fake_start(&server, 0, handler, NULL);
    client = fake_rest(&server);
    host = ctl_host_new(client, "controllers");
    ctl_start(host, &garbage_collector);
    ck_assert(ctl_host_run(host));
    FAKE_WAIT(fake_streams(&server, "/api/v1/configmaps") == 1);
}

static void down(void)
{
    ctl_host_free(host);
    rest_free(client);
    fake_stop(&server);
    live = definition = NULL;
    definitions = customs = "";
    conflicts = 0;
}

static int count_bodies(void)
{
    mutex_lock(&lock);
    int n = nbodies;
    mutex_unlock(&lock);
    return n;
}

static void expect_body(int i, const char *text)
{
    FAKE_WAIT(count_bodies() > i && ctl_host_idle(host));
    mutex_lock(&lock);
    ck_assert_int_gt(nbodies, i);
    ck_assert_str_eq(bodies[i], text);
    mutex_unlock(&lock);
}

static bool has_body(const char *text)
{
    bool found = false;
    mutex_lock(&lock);
    for (int i = 0; i < nbodies && !found; i++) found = strcmp(bodies[i], text) == 0;
    mutex_unlock(&lock);
    return found;
}

/* Sooner or later: as long as the cache is behind, what was done may be done again. */
static void expect_some_body(const char *text)
{
    FAKE_WAIT(has_body(text));
    ck_assert_msg(has_body(text), "no %s", text);
}

#define META(name, more)                                                                                               \
    "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"" name             \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"" more "}}"
#define OWNED_BY(name, more)                                                                                           \
    ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"" name "\",\"uid\":\"u-" name      \
    "\"" more "}]"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}"
#define OPTIONS(uid, rv, policy)                                                                                       \
    "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\"" uid "\"" rv                      \
    "},\"propagationPolicy\":\"" policy "\"}"
#define RV4 ",\"resourceVersion\":\"4\""

START_TEST(an_absent_owner_is_asked_for_once)
{
    up(META("a", OWNED_BY("gone", "")));
    expect_body(0, "DELETE " OPTIONS("u-a", RV4, "Background"));
    fake_push(&server, "/configmaps", EVENT("ADDED", META("b", OWNED_BY("gone", ""))));
    expect_some_body("DELETE " OPTIONS("u-b", RV4, "Background"));
    ck_assert_int_eq(fake_count(&server, "GET /api/v1/namespaces/d/configmaps/gone"), 1);
    ck_assert_int_eq(fake_count(&server, "GET /api/v1/namespaces/d/configmaps/a"), 0);
    ck_assert_int_eq(atomic_load(&whole_lists), 0);
    down();
}
END_TEST

START_TEST(an_owner_that_goes_takes_its_dependents)
{
    up(META("top", "") "," META("a", OWNED_BY("top", "")));
    FAKE_WAIT(ctl_host_idle(host));
    ck_assert_int_eq(count_bodies(), 0);
    fake_push(&server, "/configmaps", EVENT("DELETED", META("top", "")));
    expect_body(0, "DELETE " OPTIONS("u-a", RV4, "Background"));
    ck_assert_int_eq(fake_count(&server, "GET /api/v1/namespaces/d"), 0); /* nobody need be asked */
    down();
}
END_TEST

START_TEST(a_change_in_between_that_left_the_owners)
{
    conflicts = 1;
    up("");
    mutex_lock(&lock);
    live = "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"a\",\"namespace\":\"d\",\"uid\":\"u-a\","
           "\"resourceVersion\":\"9\"" OWNED_BY("gone", "") "}}";
    mutex_unlock(&lock);
    fake_push(&server, "/configmaps", EVENT("ADDED", META("a", OWNED_BY("gone", ""))));
    expect_some_body("DELETE " OPTIONS("u-a", "", "Background"));
    down();
}
END_TEST

#define DELETING(finalizer)                                                                                            \
    ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"finalizers\":[\"example.com/other\",\"" finalizer "\"]"
#define END_OF(name)                                                                                                   \
    "PATCH {\"metadata\":{\"finalizers\":[\"example.com/other\"],\"resourceVersion\":\"4\",\"uid\":\"u-" name "\"}}"

START_TEST(orphans_are_let_go_first)
{
    up(META("top", DELETING("orphan")) "," META("a", OWNED_BY("top", "")));
    expect_body(
        0, "PATCH {\"metadata\":{\"ownerReferences\":[{\"$patch\":\"delete\",\"uid\":\"u-top\"}],\"uid\":\"u-a\"}}");
    ck_assert(!has_body(END_OF("top")));
    fake_push(
        &server, "/configmaps",
        EVENT("MODIFIED",
              "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"a\","
              "\"namespace\":\"d\",\"uid\":\"u-a\",\"resourceVersion\":\"6\"}}"));
    expect_some_body(END_OF("top"));
    down();
}
END_TEST

START_TEST(foreground_waits_for_those_that_block)
{
    up(META("top", DELETING("foregroundDeletion")) "," META("a", OWNED_BY("top", ",\"blockOwnerDeletion\":true")));
    expect_body(0, "DELETE " OPTIONS("u-a", RV4, "Background"));
    ck_assert(!has_body(END_OF("top")));
    fake_push(&server, "/configmaps", EVENT("DELETED", META("a", OWNED_BY("top", ",\"blockOwnerDeletion\":true"))));
    expect_some_body(END_OF("top"));
    down();
}
END_TEST

/* ---- Kinds of the user's own ---- */

#define WIDGETS                                                                                                        \
    "{\"apiVersion\":\"apiextensions.k8s.io/v1\",\"kind\":\"CustomResourceDefinition\",\"metadata\":{\"name\":"        \
    "\"widgets.g\"},\"spec\":{\"group\":\"g\",\"scope\":\"Namespaced\",\"versions\":[{\"name\":\"v1beta1\","           \
    "\"served\":"                                                                                                      \
    "true},{\"name\":\"v1\",\"served\":true}]},\"status\":{\"acceptedNames\":{\"plural\":\"widgets\",\"kind\":"        \
    "\"Widget\"},\"conditions\":[{\"type\":\"Established\",\"status\":\"True\"}]}}"
#define NAMED_WIDGETS                                                                                                  \
    "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/"                                                \
    "v1\",\"metadata\":{\"name\":\"widgets.g\",\"uid\":"                                                               \
    "\"u-crd\",\"resourceVersion\":\"3\"}}"
#define CUSTOM(kind, name, more)                                                                                       \
    "{\"kind\":\"" kind "\",\"apiVersion\":\"g/v1beta1\",\"metadata\":{\"name\":\"" name                               \
    "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\"" more "}}"
#define OF_WIDGET(version, name)                                                                                       \
    ",\"ownerReferences\":[{\"apiVersion\":\"g/" version "\",\"kind\":\"Widget\",\"name\":\"" name                     \
    "\",\"uid\":\"u-" name "\"}]"

static void up_with_widgets(const char *config_maps, const char *widgets)
{
    definitions = NAMED_WIDGETS;
    definition = WIDGETS;
    customs = widgets;
    up(config_maps);
    FAKE_WAIT(fake_streams(&server, "/customobjects") == 1);
}

START_TEST(custom_owners_and_dependents)
{
    up_with_widgets(META("a", OF_WIDGET("v1", "top")) "," META("b", OF_WIDGET("v1beta1", "top")),
                    CUSTOM("Widget", "top", "") "," CUSTOM("Widget", "c", OF_WIDGET("v1", "gone")) "," CUSTOM(
                        "Gadget", "d", OF_WIDGET("v1", "gone")));
    expect_some_body("DELETE " OPTIONS("u-c", RV4, "Background"));
    ck_assert(!has_body("DELETE " OPTIONS("u-a", RV4, "Background")));
    fake_push(&server, "/customobjects", EVENT("DELETED", CUSTOM("Gadget", "top", ""))); /* another kind's */
    fake_push(&server, "/customobjects", EVENT("ADDED", CUSTOM("Widget", "e", OF_WIDGET("v1", "gone2"))));
    expect_some_body("DELETE " OPTIONS("u-e", RV4, "Background"));
    ck_assert(!has_body("DELETE " OPTIONS("u-a", RV4, "Background")));
    fake_push(&server, "/customobjects", EVENT("DELETED", CUSTOM("Widget", "top", "")));
    expect_some_body("DELETE " OPTIONS("u-a", RV4, "Background"));
    expect_some_body("DELETE " OPTIONS("u-b", RV4, "Background"));
    ck_assert(!has_body("DELETE " OPTIONS("u-d", RV4, "Background"))); /* its kind has no definition */
    ck_assert_int_eq(atomic_load(&whole_lists), 0);
    down();
}
END_TEST

START_TEST(custom_resources_are_patched_whole)
{
    up_with_widgets("", CUSTOM("Widget", "top", DELETING("orphan")) "," CUSTOM("Widget", "a", OF_WIDGET("v1", "top")));
    expect_some_body("PATCH {\"metadata\":{\"ownerReferences\":[],\"resourceVersion\":\"4\",\"uid\":\"u-a\"}}");
    ck_assert(!has_body(END_OF("top")));
    down();
}
END_TEST

START_TEST(a_kind_comes_and_goes)
{
    up(META("a", OF_WIDGET("v1", "gone")));
    FAKE_WAIT(ctl_host_idle(host));
    ck_assert_int_eq(count_bodies(), 0); /* such a kind is not known */
    mutex_lock(&lock);
    definition = WIDGETS;
    customs = CUSTOM("Widget", "left", "");
    mutex_unlock(&lock);
    fake_push(&server, "/customresourcedefinitions", EVENT("ADDED", NAMED_WIDGETS));
    expect_some_body("DELETE " OPTIONS("u-a", RV4, "Background"));
    FAKE_WAIT(fake_streams(&server, "/customobjects") == 1);
    fake_push(&server, "/configmaps", EVENT("ADDED", META("b", OF_WIDGET("v1", "left"))));
    fake_push(&server, "/configmaps", EVENT("ADDED", META("z", OF_WIDGET("v1", "gone3"))));
    expect_some_body("DELETE " OPTIONS("u-z", RV4, "Background")); /* so b has been seen, too */
    FAKE_WAIT(ctl_host_idle(host));
    ck_assert(!has_body("DELETE " OPTIONS("u-b", RV4, "Background")));
    mutex_lock(&lock);
    definition = NULL;
    mutex_unlock(&lock);
    fake_push(&server, "/customresourcedefinitions", EVENT("DELETED", NAMED_WIDGETS));
    expect_some_body("DELETE " OPTIONS("u-b", RV4, "Background")); /* all of the kind are gone */
    mutex_lock(&lock);
    definition = WIDGETS;
    mutex_unlock(&lock);
    fake_push(&server, "/customobjects", EVENT("ADDED", CUSTOM("Widget", "f", OF_WIDGET("v1", "gone"))));
    fake_push(&server, "/customresourcedefinitions", EVENT("ADDED", NAMED_WIDGETS));
    expect_some_body("DELETE " OPTIONS("u-f", RV4, "Background")); /* it came before its kind was known */
    ck_assert_int_eq(fake_streams(&server, "/customobjects"), 1);
    down();
}
END_TEST

TEST_MAIN("garbage_collector", an_absent_owner_is_asked_for_once, an_owner_that_goes_takes_its_dependents,
          a_change_in_between_that_left_the_owners, orphans_are_let_go_first, foreground_waits_for_those_that_block,
          custom_owners_and_dependents, custom_resources_are_patched_whole, a_kind_comes_and_goes)
