/* test_pem.c - blocks of PEM among other text, and what is no block; requests that are none. */
#include "apiserver/object/pem.h"

#include "base/buf.h"
#include "base/mem.h"
#include "check_main.h"

#define HELLO "-----BEGIN A B-----\naGVs\nbG8=\n-----END A B-----\n"

static const struct {
    const char *text;
    int blocks;
    const char *type, *bytes; /* of the first */
    bool headers;
} rows[] = {
    {"", 0, NULL, NULL, false},
    {"hello", 0, NULL, NULL, false},
    {HELLO, 1, "A B", "hello", false},
    {"words\n" HELLO "more\n" HELLO, 2, "A B", "hello", false},
    {"-----BEGIN A-----\r\naGVsbG8=\r\n-----END A-----", 1, "A", "hello", false},
    {"-----BEGIN A-----\nkey: value\n\naGVsbG8=\n-----END A-----\n", 1, "A", "hello", true},
    {"-----BEGIN A-----\n-----END A-----\n", 1, "A", "", false},
    {"-----BEGIN A-----\naGVsbG8=\n-----END B-----\n" HELLO, 1, "A B", "hello", false},
    {"-----BEGIN A-----\naGVsbG8=\n", 0, NULL, NULL, false},
    {"-----BEGIN A-----\n" HELLO, 1, "A B", "hello", false},
    {"-----BEGIN A-----\n!!!!\n-----END A-----\n", 0, NULL, NULL, false},
    {"-----BEGIN A", 0, NULL, NULL, false},
    {"-----BEGIN ", 0, NULL, NULL, false},
    {"x-----BEGIN A-----\naGVsbG8=\n-----END A-----\n", 0, NULL, NULL, false},
};

START_TEST(blocks)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct str rest = str_of(rows[i].text);
        struct pem_block b;
        int n = 0;
        for (; pem_next(&a, &rest, &b); n++) {
            if (n) continue;
            ck_assert_msg(str_eqc(b.type, rows[i].type) && str_eqc(b.bytes, rows[i].bytes), "%s", rows[i].text);
            ck_assert_msg(b.has_headers == rows[i].headers, "%s", rows[i].text);
        }
        ck_assert_msg(n == rows[i].blocks, "%s: %d", rows[i].text, n);
    }
}
END_TEST

/* Every beginning of a text is read without a crash, and gives no more blocks than the whole. */
START_TEST(cut_short)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str whole = str_of(rows[i].text);
        for (size_t n = 0; n < whole.n; n++) {
            struct arena a AUTO_ARENA = {0};
            struct str rest = str_n(whole.p, n);
            struct pem_block b;
            int found = 0;
            while (pem_next(&a, &rest, &b)) found++;
            ck_assert_int_le(found, rows[i].blocks);
        }
    }
}
END_TEST

START_TEST(no_request)
{
    static const char no_block[] = "PEM block type must be CERTIFICATE REQUEST",
                      malformed[] = "asn1: structure error: malformed certificate request";
    struct arena a AUTO_ARENA = {0};
    struct pkcs10 r = {0};
    ck_assert_str_eq(pkcs10_read(&a, STR(""), &r), no_block);
    ck_assert_str_eq(pkcs10_read(&a, STR(HELLO), &r), no_block);
    ck_assert_str_eq(
        pkcs10_read(&a, STR("-----BEGIN CERTIFICATE REQUEST-----\naGVsbG8=\n-----END CERTIFICATE REQUEST-----\n"), &r),
        malformed);
    ck_assert_int_eq(r.norganizations, 0);
    ck_assert(!x509_is_certificate(STR("hello")) && !x509_is_certificate(STR("")));
}
END_TEST

/* Each BEGIN could be that of a block as long as the rest. */
START_TEST(many_beginnings)
{
    enum { LINES = 100 * 1000 };
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    struct pem_block b;
    buf_init(&text, 4 << 20);
    for (int i = 0; i < LINES; i++) buf_cstr(&text, "-----BEGIN A-----\n");
    struct str rest = buf_view(&text);
    ck_assert(!pem_next(&a, &rest, &b));
    ck_assert_uint_le(a.total, text.n);
}
END_TEST

TEST_MAIN("pem", blocks, many_beginnings, cut_short, no_request)
