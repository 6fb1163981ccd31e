/* test_warnings.c - texts of Warning headers: each once, cut when they are too much, escaped. */
#include "apiserver/object/warn.h"
#include "base/mem.h"
#include "check_main.h"
#include "schema_ids.h"

static struct arena arena;
static struct warnings ws;

static void begin(void)
{
    arena_reset(&arena);
    warnings_init(&ws, &arena);
}

/* A text of n runes that begins with c. */
static struct str text_of(int c, size_t n, const char *rune)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, SIZE_MAX);
    buf_char(&b, (char)c);
    for (size_t i = 1; i < n; i++) buf_cstr(&b, rune);
    return str_copy(&arena, buf_view(&b));
}

static size_t header_length(size_t i) { return strlen(warnings_header(&ws, i)) - strlen("299 - \"\""); }

START_TEST(each_once_and_in_order)
{
    begin();
    ck_assert_int_eq(warnings_add(&ws, STR("b")), WARNINGS_ADDED);
    ck_assert_int_eq(warnings_add(&ws, STR("a")), WARNINGS_ADDED);
    ck_assert_int_eq(warnings_add(&ws, STR("b")), WARNINGS_SAME);
    ck_assert_int_eq(warnings_add(&ws, STR("")), WARNINGS_SAME);
    ck_assert_uint_eq(ws.count, 2);
    ck_assert_str_eq(warnings_header(&ws, 0), "299 - \"b\"");
    ck_assert_str_eq(warnings_header(&ws, 1), "299 - \"a\"");
}
END_TEST

START_TEST(what_a_header_can_say)
{
    begin();
    static const struct {
        const char *text, *header; /* NULL: nothing */
    } rows[] = {{"say \"a\\b\"", "299 - \"say \\\"a\\\\b\\\"\""},
                {"\xc3\xa9", "299 - \"\xc3\xa9\""},
                {"\xc2\xa0", "299 - \"\xc2\xa0\""},
                {"a\nb", NULL},
                {"a\x7f", NULL},
                {"\xc2\x85", NULL},
                {"\xff", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool added = warnings_add(&ws, str_of(rows[i].text)) == WARNINGS_ADDED;
        ck_assert_msg(added == (rows[i].header != NULL), "row %zu", i);
        if (added) ck_assert_str_eq(warnings_header(&ws, ws.count - 1), rows[i].header);
    }
}
END_TEST

START_TEST(all_of_it_fits)
{
    begin();
    for (int c = 'a'; c < 'e'; c++) ck_assert_int_eq(warnings_add(&ws, text_of(c, 1024, "\xc3\xa9")), WARNINGS_ADDED);
    ck_assert(!warnings_full(&ws));
    ck_assert_uint_eq(header_length(3), 1 + 1023 * 2);
}
END_TEST

START_TEST(too_much_is_cut_to_the_same_length)
{
    begin();
    for (int c = 'a'; c < 'e'; c++) warnings_add(&ws, text_of(c, 1024, "\xc3\xa9"));
    ck_assert_int_eq(warnings_add(&ws, STR("one more")), WARNINGS_CUT);
    ck_assert_uint_eq(header_length(0), 1 + 255 * 2);
    ck_assert_uint_eq(header_length(4), strlen("one more"));
    size_t more = 0;
    for (int c = 'A'; c <= 'Z'; c++) more += warnings_add(&ws, text_of(c, 300, "x")) == WARNINGS_ADDED;
    ck_assert(warnings_full(&ws));
    ck_assert_uint_eq(more, 12); /* of 256 each: 4 * 256 + 8 + 11 * 256 is still less than 4096 */
}
END_TEST

/* ---- Objects that are made to cost much ---- */

/* The items have a number where `item` ends and its tail begins. */
static struct json *pod_with(const char *head, const char *item, const char *item_tail, int count, const char *tail)
{
    struct buf b AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&b, SIZE_MAX);
    buf_cstr(&b, head);
    for (int i = 0; i < count; i++) buf_addf(&b, "%s%s%06d%s", i ? "," : "", item, i, item_tail);
    buf_cstr(&b, tail);
    struct json *pod = json_parse(&arena, str_copy(&arena, buf_view(&b)), &e);
    ck_assert_msg(pod != NULL, "%s", e.text);
    return pod;
}

/* A comparison of all with all takes minutes: the test's time is over before. */
START_TEST(many_of_everything)
{
    begin();
    static const struct {
        const char *head, *item, *item_tail, *tail;
    } rows[] = {
        {"{\"spec\":{\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"m\",\"items\":[",
         "{\"key\":\"k\",\"path\":\"p", "\"}", "]}}]}}"},
        {"{\"spec\":{\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"m\",\"items\":[", "{\"key\":\"k",
         "\",\"path\":\"p\"}", "]}}]}}"},
        {"{\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[", "{\"name\":\"x", "\",\"containerPort\":1}", "]}]}}"},
        {"{\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[", "{\"containerPort\":1,\"hostPort\":1", "}", "]}]}}"},
        {"{\"spec\":{\"containers\":[{\"name\":\"c\",\"env\":[", "{\"name\":\"A\",\"value\":\"", "\"}", "]}]}}"},
        {"{\"spec\":{\"imagePullSecrets\":[", "{\"name\":\"x", "\"}", "]}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct warnings one;
        warnings_init(&one, &arena);
        object_warn(&one, &res_core_v1_pods,
                    pod_with(rows[i].head, rows[i].item, rows[i].item_tail, 100000, rows[i].tail), NULL, NULL);
        ck_assert_uint_le(one.runes, WARNINGS_RUNES_MAX + WARNING_RUNES_MAX);
    }
}
END_TEST

TEST_MAIN("warnings", each_once_and_in_order, what_a_header_can_say, all_of_it_fits, too_much_is_cut_to_the_same_length,
          many_of_everything)
