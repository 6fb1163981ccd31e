/* test_message.c - objects, lists and watch events as protobuf, against what upstream's serializer and framer (k8s.io
 * 0.36) wrote of the same objects. */
#include "apiserver/object/message.h"

#include "api/object.h"
#include "check_main.h"
#include "schema_ids.h"

static const char stored[] = "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\",\"uid\":\"u-1\","
                             "\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{\"app\":\"web\"}},"
                             "\"data\":{\"k\":\"v\"}}";

static const struct api_resource *const res = &res_core_v1_configmaps;
static const struct list_meta list_meta = {.rev = 9, .cont = {"tok", 3}, .remaining = 1};
static struct item *items[2];
static struct buf out;
static struct err e;

static void up(void)
{
    const struct blob *b AUTO_BLOB = blob_new(STR(stored));
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        items[i] = item_new(res, STR("/registry/configmaps/default/web"), b, 7, 3);
        ck_assert_ptr_nonnull(items[i]);
    }
    buf_init(&out, 1 << 20);
    e = (struct err)ERR_INIT;
}

static void down(void)
{
    for (size_t i = 0; i < ARRAY_LEN(items); i++) item_unref(items[i]);
    buf_release(&out);
}

static void check_hex(const char *want)
{
    struct buf hex AUTO_BUF = {0};
    buf_init(&hex, 1 << 20);
    for (size_t i = 0; i < out.n; i++) buf_addf(&hex, "%02x", (unsigned char)out.p[i]);
    ck_assert_str_eq(hex.p, want);
    buf_clear(&out);
}

START_TEST(objects)
{
    up();
    ck_assert(message_item(&out, res, items[0], 0, false, "v1", &e));
    check_hex("6b3873000a0f0a0276311209436f6e6669674d6170123c0a320a0377656212001a0764656661756c7422002a03752d313201"
              "37380042080880f2d6ca0610005a0a0a03617070120377656212060a016b1201761a002200");
    ck_assert(message_item(&out, res, items[0], 0, true, "v1", &e));
    check_hex("6b3873000a270a0e6d6574612e6b38732e696f2f763112155061727469616c4f626a6563744d6574616461746112340a320a"
              "0377656212001a0764656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a0a0361707012037765621a"
              "002200");
    down();
}
END_TEST

START_TEST(lists)
{
    const struct list_meta plain = {.rev = 9, .remaining = SIZE_MAX};
    up();
    ck_assert(message_list(&out, res, items, 2, &list_meta, false, "v1", &e));
    check_hex("6b3873000a130a027631120d436f6e6669674d61704c697374128a010a0c0a001201391a03746f6b2001123c0a320a037765"
              "6212001a0764656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a0a03617070120377656212060a01"
              "6b120176123c0a320a0377656212001a0764656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a0a03"
              "617070120377656212060a016b1201761a002200");
    ck_assert(message_list(&out, res, items, 0, &plain, false, "v1", &e));
    check_hex("6b3873000a130a027631120d436f6e6669674d61704c69737412090a070a001201391a001a002200");
    ck_assert(message_list(&out, res, items, 2, &list_meta, true, "v1", &e));
    check_hex("6b3873000a2b0a0e6d6574612e6b38732e696f2f763112195061727469616c4f626a6563744d657461646174614c69737412"
              "7a0a0c0a001201391a03746f6b200112340a320a0377656212001a0764656661756c7422002a03752d313201373800420808"
              "80f2d6ca0610005a0a0a03617070120377656212340a320a0377656212001a0764656661756c7422002a03752d3132013738"
              "0042080880f2d6ca0610005a0a0a0361707012037765621a002200");
    ck_assert(message_list(&out, res, items, 2, &list_meta, true, "v1beta1", &e));
    check_hex("6b3873000a300a136d6574612e6b38732e696f2f7631626574613112195061727469616c4f626a6563744d65746164617461"
              "4c697374127a0a340a320a0377656212001a0764656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a"
              "0a0361707012037765620a340a320a0377656212001a0764656661756c7422002a03752d31320137380042080880f2d6ca06"
              "10005a0a0a036170701203776562120c0a001201391a03746f6b20011a002200");
    down();
}
END_TEST

START_TEST(texts)
{
    up();
    ck_assert(message_text(&out,
                           STR("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
                               "\"message\":\"m\",\"reason\":\"Expired\",\"code\":410}"),
                           &e));
    check_hex("6b3873000a0c0a027631120653746174757312200a060a0012001a0012074661696c7572651a016d22074578706972656430"
              "9a031a002200");
    ck_assert(!message_text(&out, STR("{\"kind\":\"Walk\",\"apiVersion\":\"sim.kubestep.dev/v1\"}"), &e));
    ck_assert_int_eq(e.code, ERR_NOT_ACCEPTABLE);
    down();
}
END_TEST

START_TEST(frames)
{
    static const char *const types[] = {"ADDED", "DELETED"};
    up();
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct message_event ev = message_event_open(&out, types[i]);
        ck_assert(message_item(&out, res, items[0], 7, false, "v1", &e));
        message_event_close(&out, &ev);
    }
    check_hex("000000620a05414444454412590a576b3873000a0f0a0276311209436f6e6669674d6170123c0a320a0377656212001a0764"
              "656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a0a03617070120377656212060a016b1201761a00"
              "2200000000640a0744454c4554454412590a576b3873000a0f0a0276311209436f6e6669674d6170123c0a320a0377656212"
              "001a0764656661756c7422002a03752d31320137380042080880f2d6ca0610005a0a0a03617070120377656212060a016b12"
              "01761a002200");
    down();
}
END_TEST

/* Lengths of every width: the message moves when the room was wrong. */
START_TEST(long_items)
{
    static const size_t sizes[] = {0, 1, 40, 60, 127, 128, 200, 16000, 16383, 16384, 20000, 300000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct buf text AUTO_BUF = {0};
        struct arena a AUTO_ARENA = {0};
        up();
        buf_init(&text, 1 << 20);
        buf_cstr(&text, "{\"metadata\":{\"name\":\"x\"},\"data\":{\"k\":\"");
        for (size_t n = 0; n < sizes[i]; n++) buf_char(&text, 'v');
        buf_cstr(&text, "\"}}");
        const struct blob *b AUTO_BLOB = blob_new(buf_view(&text));
        struct item *it = item_new(res, STR("/registry/configmaps/default/x"), b, 7, 3);
        ck_assert(message_list(&out, res, &it, 1, &list_meta, false, "v1", &e));
        struct str version, kind, raw;
        ck_assert(proto_open(buf_view(&out), &version, &kind, &raw, &e));
        const struct json *list = proto_decode(&a, api_find_type("core/v1", "ConfigMapList"), raw, &e);
        ck_assert_msg(list != NULL, "%s", e.text);
        ck_assert_uint_eq(obj_count(list, ".items"), 1);
        ck_assert_uint_eq(obj_str(list, ".items[0].data.k").n, sizes[i]);
        item_unref(it);
        down();
    }
}
END_TEST

START_TEST(a_list_that_is_too_long)
{
    up();
    buf_release(&out);
    buf_init(&out, 100);
    ck_assert(!message_list(&out, res, items, 2, &list_meta, false, "v1", &e));
    ck_assert_int_eq(e.code, ERR_TOO_LARGE);
    down();
}
END_TEST

TEST_MAIN("message", objects, lists, texts, frames, long_items, a_list_that_is_too_long)
