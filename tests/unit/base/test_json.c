/* test_json.c - reading and writing JSON text: what is accepted, how errors read, escapes both ways. */
#include "base/json.h"

#include "check_main.h"

#include <stdio.h>

/* Parses a copy without a byte to spare, so that the sanitizer sees reads behind the end. */
static struct json *parse(struct arena *a, struct str text, struct err *e)
{
    return json_parse(a, str_n(arena_memdup(a, text.p, text.n), text.n), e);
}

static void check_text(struct str in, const char *want)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *j = parse(&a, in, &e);
    ck_assert_msg(j != NULL, "%.*s: %s", STR_ARG(in), e.text);
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1 << 20);
    json_write(&out, j);
    ck_assert_str_eq(out.p, want);
}

START_TEST(round_trips)
{
    static const char *const rows[][2] = {
        {" null ", "null"},
        {"true", "true"},
        {"[false]", "[false]"},
        {"\"\"", "\"\""},
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"{\"a\" : [1 , -2,3.50,1E3, -0.0e-1] , \"b\":{ \"c\":{}}}",
         "{\"a\":[1,-2,3.50,1E3,-0.0e-1],\"b\":{\"c\":{}}}"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9223372036854775808"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"-0", "0"},
        {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"},
        {"\"a<b>&\x7f\"", "\"a\\u003cb\\u003e\\u0026\x7f\""},
        {"\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A/\\b\\f\\n\\r\\t\\\"\\\\\""},
        {"\"\\u0001\\u001f\\u00e9\"", "\"\\u0001\\u001f\xc3\xa9\""},
        {"\"\xe2\x82\xac\"", "\"\xe2\x82\xac\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\ud83d\"", "\"\xef\xbf\xbd\""},
        {"\"\\ud83dx\"", "\"\xef\xbf\xbdx\""},
        {"\"\\ude00\\ud83d\\u0041\"", "\"\xef\xbf\xbd\xef\xbf\xbd"
                                      "A\""},
        {"\"\\ud83d\\ud83d\\ude00\"", "\"\xef\xbf\xbd\xf0\x9f\x98\x80\""},
        {"\"\\u2028\xe2\x80\xa9\xe2\x80\xaa\"", "\"\\u2028\\u2029\xe2\x80\xaa\""},
        {"\"a\xff\xe2\x82z\"", "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
        {"\"\xed\xa0\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"{\"k\\u0065y\xff\":1}", "{\"key\xef\xbf\xbd\":1}"},
        {"\"0123456789abcdef0123456789abcdef\\n0123456789abcdef\xc3\xa9<0123456789abcdef\"",
         "\"0123456789abcdef0123456789abcdef\\n0123456789abcdef\xc3\xa9\\u003c0123456789abcdef\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) check_text(str_of(rows[i][0]), rows[i][1]);
    check_text(STR("\"a\\u0000b\""), "\"a\\u0000b\"");
}
END_TEST

START_TEST(every_length_and_place_of_a_special_byte)
{
    char text[64], want[80];
    for (int n = 1; n < 40; n++)
        for (int at = 0; at < n; at++) {
            text[0] = '"';
            memset(text + 1, 'x', (size_t)n);
            text[1 + at] = '&';
            text[n + 1] = '"';
            text[n + 2] = '\0';
            snprintf(want, sizeof want, "%.*s\\u0026%s", at + 1, text, text + at + 2);
            check_text(str_of(text), want);
        }
}
END_TEST

START_TEST(errors_read_as_in_go)
{
    static const char *const rows[][2] = {
        {"", "unexpected end of JSON input"},
        {"  ", "unexpected end of JSON input"},
        {"{", "unexpected end of JSON input"},
        {"[1,", "unexpected end of JSON input"},
        {"\"abc", "unexpected end of JSON input"},
        {"\"abc\\", "unexpected end of JSON input"},
        {"\"\\u12", "unexpected end of JSON input"},
        {"-", "unexpected end of JSON input"},
        {"1.", "unexpected end of JSON input"},
        {"1e+", "unexpected end of JSON input"},
        {"tru", "unexpected end of JSON input"},
        {"{\"a\"", "unexpected end of JSON input"},
        {"{\"a\":", "unexpected end of JSON input"},
        {"x", "invalid character 'x' looking for beginning of value"},
        {"[1,]", "invalid character ']' looking for beginning of value"},
        {"[,1]", "invalid character ',' looking for beginning of value"},
        {"{\"a\":1,}", "invalid character '}' looking for beginning of object key string"},
        {"{a:1}", "invalid character 'a' looking for beginning of object key string"},
        {"{\"a\" 1}", "invalid character '1' after object key"},
        {"{\"a\":1 \"b\"", "invalid character '\"' after object key:value pair"},
        {"[1 2]", "invalid character '2' after array element"},
        {"[1}", "invalid character '}' after array element"},
        {"{} x", "invalid character 'x' after top-level value"},
        {"01", "invalid character '1' after top-level value"},
        {"[01]", "invalid character '1' after array element"},
        {"+1", "invalid character '+' looking for beginning of value"},
        {".5", "invalid character '.' looking for beginning of value"},
        {"-x", "invalid character 'x' in numeric literal"},
        {"1.x", "invalid character 'x' after decimal point in numeric literal"},
        {"1ex", "invalid character 'x' in exponent of numeric literal"},
        {"trux", "invalid character 'x' in literal true (expecting 'e')"},
        {"nulL", "invalid character 'L' in literal null (expecting 'l')"},
        {"\"a\nb\"", "invalid character '\\n' in string literal"},
        {"\"a\x01\"", "invalid character '\\x01' in string literal"},
        {"\"\\x\"", "invalid character 'x' in string escape code"},
        {"\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"},
        {"'a'", "invalid character '\\'' looking for beginning of value"},
        {"\\", "invalid character '\\\\' looking for beginning of value"},
        {"\xc3\xa9", "invalid character '\xc3\x83' looking for beginning of value"},
        {"\x80", "invalid character '\\u0080' looking for beginning of value"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        ck_assert_msg(!parse(&a, str_of(rows[i][0]), &e), "%s", rows[i][0]);
        ck_assert_str_eq(e.text, rows[i][1]);
        ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    }
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    ck_assert(!parse(&a, STR("1\0"), &e));
    ck_assert_str_eq(e.text, "invalid character '\\x00' after top-level value");
    ck_assert(!json_parse(&a, STR_NULL, &e));
}
END_TEST

START_TEST(every_cut_of_a_document_is_an_error)
{
    struct str text =
        STR("{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\n\xc3\xa9\"],\"b\":{\"c\":\"dddddddddddddddddddd\"}}");
    for (size_t n = 0; n < text.n; n++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        ck_assert(!parse(&a, str_n(text.p, n), &e));
        ck_assert_str_eq(e.text, "unexpected end of JSON input");
    }
}
END_TEST

START_TEST(depth_is_bounded)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    enum { DEEP = 100000 };
    char *text = arena_alloc(&a, DEEP * 2);
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    ck_assert_ptr_nonnull(parse(&a, str_n(text + DEEP - JSON_DEPTH_MAX, 2 * JSON_DEPTH_MAX), &e));
    ck_assert(!parse(&a, str_n(text + DEEP - JSON_DEPTH_MAX - 1, 2 * JSON_DEPTH_MAX + 2), &e));
    ck_assert_str_eq(e.text, "invalid character '[' exceeded max depth");
    ck_assert(!parse(&a, str_n(text, DEEP * 2), &e));
}
END_TEST

START_TEST(types_and_values)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *j = parse(&a, STR("[7,-8,1.0,1e2,18446744073709551615,-9223372036854775809]"), &e);
    static const enum json_type types[] = {JSON_INT, JSON_INT, JSON_REAL, JSON_REAL, JSON_REAL, JSON_REAL};
    ck_assert_uint_eq(j->count, ARRAY_LEN(types));
    for (size_t i = 0; i < ARRAY_LEN(types); i++) ck_assert_int_eq(json_at(j, i)->type, types[i]);
    ck_assert_int_eq(json_at(j, 1)->u.i, -8);
    ck_assert(str_eqc(json_at(j, 2)->u.s, "1.0"));
    ck_assert(json_number(json_at(j, 3)) == 100);
}
END_TEST

START_TEST(duplicate_keys_are_flagged)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *j =
        parse(&a, STR("{\"x\":{\"a\":1,\"b\":2,\"\":0,\"a\":3},\"y\":{\"a\":1},\"z\":{\"\\u0061\":1,\"a\":2}}"), &e);
    ck_assert_int_eq(j->flags, 0);
    ck_assert_int_eq(json_getc(j, "x")->flags, JSON_F_DUP_KEYS);
    ck_assert_int_eq(json_getc(j, "y")->flags, 0);
    ck_assert_int_eq(json_getc(j, "z")->flags, JSON_F_DUP_KEYS);
    ck_assert_int_eq(json_getc(json_getc(j, "x"), "a")->u.i, 1);
    for (int n = 2; n < 200; n++) { /* with and without one, around the size where the method changes */
        struct buf text AUTO_BUF = {0};
        buf_init(&text, 1 << 16);
        for (int i = 0; i < n; i++) buf_addf(&text, "%c\"k%d\":%d", i ? ',' : '{', i, i);
        struct buf dup AUTO_BUF = {0};
        buf_init(&dup, 1 << 16);
        buf_addf(&dup, "%s,\"k%d\":0}", text.p, n / 2);
        buf_char(&text, '}');
        ck_assert_int_eq(parse(&a, buf_view(&text), &e)->flags, 0);
        ck_assert_int_eq(parse(&a, buf_view(&dup), &e)->flags, JSON_F_DUP_KEYS);
    }
}
END_TEST

START_TEST(plain_strings_point_into_the_input)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str text = STR("{\"key\":\"value \xe2\x82\xac\"}");
    struct json *j = json_parse(&a, text, &e);
    ck_assert_ptr_eq(j->u.kids.head->key.p, text.p + 2);
    ck_assert_ptr_eq(j->u.kids.head->u.s.p, text.p + 8);
}
END_TEST

START_TEST(writer_keeps_to_the_maximum)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str text = STR("{\"abc\":[1,2,\"a longer text than sixteen\",null],\"d\":\"\xc3\xa9\"}");
    struct json *j = parse(&a, text, &e);
    for (size_t max = 0; max <= text.n; max++) {
        struct buf out AUTO_BUF = {0};
        buf_init(&out, max);
        json_write(&out, j);
        ck_assert(buf_ok(&out) == (max == text.n));
        ck_assert_uint_le(out.n, max);
        ck_assert(str_starts(text, buf_view(&out)));
    }
}
END_TEST

START_TEST(indented)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 1000);
    json_write_indent(&out, parse(&a, STR("{\"a\":[1,{}],\"b\":{\"c\":[]}}"), &e), 2);
    ck_assert_str_eq(out.p, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
    buf_clear(&out);
    json_write_string(&out, STR("a\"\xff"));
    ck_assert_str_eq(out.p, "\"a\\\"\\ufffd\"");
}
END_TEST

TEST_MAIN("json", round_trips, every_length_and_place_of_a_special_byte, errors_read_as_in_go,
          every_cut_of_a_document_is_an_error, depth_is_bounded, types_and_values, duplicate_keys_are_flagged,
          plain_strings_point_into_the_input, writer_keeps_to_the_maximum, indented)
