/* test_err.c - the table and how texts are put together. */
#include "base/err.h"

#include "check_main.h"

#include <errno.h>
#include <string.h>

START_TEST(table)
{
    for (int c = 0; c < ERR_CODES; c++) ck_assert_int_eq(err_info((enum err_code)c)->code, c);
    ck_assert_int_eq(err_info(ERR_EXPIRED)->http, 410);
    ck_assert_str_eq(err_info(ERR_EXPIRED)->reason, "Expired");
    ck_assert_str_eq(err_info(ERR_TOO_LARGE)->reason, "RequestEntityTooLarge");
    ck_assert(err_info(ERR_TOO_MANY)->retry);
    ck_assert(!err_info(ERR_CONFLICT)->retry);
}
END_TEST

START_TEST(from_http)
{
    for (int c = 1; c < ERR_IO; c++) {
        const struct err_row *r = err_info((enum err_code)c);
        ck_assert_int_eq(err_from_http(r->http, r->reason), c);
    }
    ck_assert_int_eq(err_from_http(200, NULL), ERR_NONE);
    ck_assert_int_eq(err_from_http(404, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(err_from_http(409, NULL), ERR_CONFLICT);
    ck_assert_int_eq(err_from_http(409, "AlreadyExists"), ERR_ALREADY_EXISTS);
    ck_assert_int_eq(err_from_http(418, ""), ERR_BAD_REQUEST);
    ck_assert_int_eq(err_from_http(502, NULL), ERR_INTERNAL);
}
END_TEST

START_TEST(texts)
{
    struct err e = ERR_INIT;
    ck_assert(!err_set(&e, ERR_NOT_FOUND, "pods \"%s\" not found", "x"));
    ck_assert(!err_context(&e, "reading %d", 7));
    ck_assert_str_eq(e.text, "reading 7: pods \"x\" not found");
    ck_assert_int_eq(e.code, ERR_NOT_FOUND);
    ck_assert(!err_set(&e, ERR_INTERNAL, "again: %s", e.text));
    ck_assert_str_eq(e.text, "again: reading 7: pods \"x\" not found");
    errno = ENOENT;
    ck_assert(!err_errno(&e, "cannot open %s", "f"));
    ck_assert_str_eq(e.text, "cannot open f: No such file or directory");
    ck_assert_int_eq(e.code, ERR_IO);
    ck_assert(!err_set(NULL, ERR_IO, "nobody listens"));
    ck_assert(!err_context(NULL, "nobody listens"));
}
END_TEST

START_TEST(long_texts_are_cut)
{
    struct err e = ERR_INIT;
    (void)err_set(&e, ERR_INVALID, "%02000d", 1);
    ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
    (void)err_context(&e, "ctx");
    ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
    ck_assert_int_eq(strncmp(e.text, "ctx: 000", 8), 0);
    (void)err_context(&e, "%02000d", 1);
    ck_assert_uint_eq(strlen(e.text), ERR_TEXT_MAX - 1);
}
END_TEST

TEST_MAIN("err", table, from_http, texts, long_texts_are_cut)
