/* test_share.c - parts of published objects that are kept once: objects read as if they had parts of their own,
 * whatever is published and let go in between. */
#include "api/object.h"
#include "api/share.h"
#include "base/rnd.h"
#include "base/thread.h"
#include "check_main.h"

#include <stdlib.h>

static const struct object *publish(const char *text)
{
    struct err e = ERR_INIT;
    struct arena a AUTO_ARENA = {0};
    const struct object *o = object_parse_in(&a, str_of(text), NULL, NULL, &e);
    ck_assert_msg(o != NULL, "%s", e.text);
    return o;
}

static void check_text(const struct object *o, const char *text)
{
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 20);
    json_write(&out, o->root);
    buf_char(&out, 0);
    ck_assert_str_eq(out.p, text);
}

#define CONTAINERS                                                                                                     \
    "[{\"name\":\"c\",\"image\":\"i\",\"ports\":[{\"containerPort\":80,\"name\":\"http\",\"x\":1.50,\"y\":null}]}]"
#define POD(name, more)                                                                                                \
    "{\"metadata\":{\"name\":\"" name                                                                                  \
    "\",\"labels\":{\"app\":\"web\",\"tier\":\"t\",\"a\":\"b\",\"c\":\"d\"}},\"spec\":{"                               \
    "\"containers\":" CONTAINERS "," more "}}"

START_TEST(test_parts_are_one)
{
    static const char *const texts[] = {POD("a", "\"nodeName\":\"1\""), POD("b", "\"nodeName\":\"2\""),
                                        POD("c", "\"nodeName\":\"3\"")};
    const struct object *pods[3];
    for (int i = 0; i < 3; i++) pods[i] = publish(texts[i]);
    const char *const paths[] = {".metadata.labels", ".spec.containers"};
    for (int i = 0; i < 2; i++) {
        const struct json *second = obj_get(pods[1]->root, paths[i]), *third = obj_get(pods[2]->root, paths[i]);
        ck_assert_ptr_ne(second, third);
        ck_assert_ptr_eq(second->u.kids.head, third->u.kids.head);
        ck_assert_ptr_ne(obj_get(pods[0]->root, paths[i])->u.kids.head, third->u.kids.head); /* the first time */
    }
    ck_assert(str_eqc(obj_map_str(pods[2]->root, ".metadata.labels", STR("tier")), "t"));
    for (int i = 0; i < 3; i++) check_text(pods[i], texts[i]);
    object_unref(pods[1]);
    check_text(pods[2], texts[2]);
    object_unref(pods[2]);
    object_unref(pods[0]);
    const struct object *again AUTO_OBJ = publish(texts[1]); /* nobody has the parts any more */
    check_text(again, texts[1]);
}
END_TEST

/* What looks alike and is not the same. */
START_TEST(test_parts_that_differ)
{
    static const char *const parts[] = {
        "{\"a\":1,\"b\":2,\"c\":3,\"d\":[]}",       "{\"a\":1,\"b\":2,\"c\":3,\"d\":{}}",
        "{\"b\":2,\"a\":1,\"c\":3,\"d\":[]}",       "{\"a\":1.0,\"b\":2,\"c\":3,\"d\":[]}",
        "{\"a\":\"1\",\"b\":2,\"c\":3,\"d\":[]}",   "[1,2,3,[]]",
        "{\"a\":1,\"b\":2,\"c\":3,\"d\":[\"\"]}",   "{\"a\":1,\"b\":2,\"c\":3,\"\":[]}",
        "{\"a\":true,\"b\":null,\"c\":3,\"d\":[]}",
    };
    const struct object *kept[ARRAY_LEN(parts) * 4];
    size_t n = 0;
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
            AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"n%zu\"},\"x\":%s}", n, parts[i]);
            kept[n++] = publish(text);
        }
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"n%zu\"},\"x\":%s}", i, parts[i % ARRAY_LEN(parts)]);
        check_text(kept[i], text);
        object_unref(kept[i]);
    }
}
END_TEST

/* ---- At random, from several threads ---- */

enum { THREADS = 4, KEPT = 200, STEPS = 20000 };

static void write_any(struct buf *b, struct rnd *r, int depth)
{
    uint64_t what = rnd_next_below(r, depth > 4 ? 3 : 6);
    if (what < 3) {
        buf_addf(b, "\"v%d\"", (int)rnd_next_below(r, 3));
        return;
    }
    bool list = what == 3;
    int n = (int)rnd_next_below(r, 5);
    buf_char(b, list ? '[' : '{');
    for (int i = 0; i < n; i++) {
        buf_cstr(b, i ? "," : "");
        if (!list) buf_addf(b, "\"%s%d\":", rnd_next_below(r, 2) ? "name" : "k", i);
        write_any(b, r, depth + 1);
    }
    buf_char(b, list ? ']' : '}');
}

static void *churn(void *arg)
{
    struct rnd r;
    const struct object *kept[KEPT] = {NULL};
    char *texts[KEPT] = {NULL};
    rnd_stream(&r, (uint64_t)(uintptr_t)arg);
    for (int step = 0; step < STEPS; step++) {
        struct buf b AUTO_BUF = {0};
        size_t at = rnd_next_below(&r, KEPT);
        if (kept[at]) {
            check_text(kept[at], texts[at]);
            object_unref(kept[at]);
            free(texts[at]);
        }
        buf_init(&b, 1 << 20);
        buf_cstr(&b, "{\"spec\":");
        write_any(&b, &r, 0);
        buf_char(&b, '}');
        texts[at] = buf_take(&b);
        kept[at] = publish(texts[at]);
    }
    for (int i = 0; i < KEPT; i++) {
        if (kept[i]) check_text(kept[i], texts[i]);
        object_unref(kept[i]);
        free(texts[i]);
    }
    return NULL;
}

START_TEST(test_any)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) threads[i] = thread_start("churn", churn, (void *)(i + 1));
    for (int i = 0; i < THREADS; i++) thread_join(threads[i]);
}
END_TEST

START_TEST(test_odd_trees)
{
    struct arena a AUTO_ARENA = {0}, copy AUTO_ARENA = {0};
    struct shared s;
    const struct json *j = share_copy(&copy, json_strc(&a, "text"), &s);
    ck_assert(str_eqc(json_string(j), "text"));
    share_release(&s);
    arena_release(&copy);
    struct json *deep = json_arr(&a);
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        struct json *outer = json_arr(&a);
        json_push(outer, deep);
        deep = outer;
    }
    for (int i = 0; i < 3; i++) {
        struct arena to AUTO_ARENA = {0};
        ck_assert(json_equal(share_copy(&to, deep, &s), deep));
        share_release(&s);
    }
    struct json *wide = json_arr(&a); /* larger than what is looked into */
    for (int i = 0; i < 5000; i++) json_push(wide, json_int(&a, i));
    ck_assert(json_equal(share_copy(&copy, wide, &s), wide) && !s.count);
}
END_TEST

TEST_MAIN("share", test_parts_are_one, test_parts_that_differ, test_any, test_odd_trees)
