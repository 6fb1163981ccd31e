/* test_base64.c - base64 both ways, and what Go's decoder makes of bad texts. */
#include "base/base64.h"

#include "check_main.h"

static struct arena a;

START_TEST(writes)
{
    static const char *const rows[][3] = {/* RFC 4648 section 10 */
                                          {"", "", ""},
                                          {"f", "Zg==", "Zg"},
                                          {"fo", "Zm8=", "Zm8"},
                                          {"foo", "Zm9v", "Zm9v"},
                                          {"foob", "Zm9vYg==", "Zm9vYg"},
                                          {"\xff\xfe", "//4=", "__4"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b AUTO_BUF = {0}, u AUTO_BUF = {0};
        struct str back;
        size_t bad;
        buf_init(&b, 64);
        buf_init(&u, 64);
        base64_add(&b, str_of(rows[i][0]));
        base64url_add(&u, str_of(rows[i][0]));
        ck_assert(str_eqc(buf_view(&b), rows[i][1]) && str_eqc(buf_view(&u), rows[i][2]));
        ck_assert(base64url_read(&a, str_of(rows[i][2]), &back, &bad) && str_eqc(back, rows[i][0]));
        ck_assert(base64url_read_strict(&a, str_of(rows[i][2]), &back) && str_eqc(back, rows[i][0]));
    }
    arena_release(&a);
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *text;
        size_t bad_at;
    } rows[] = {{"!", 0}, {"Zm9v=", 4}, {"Zg==", 2}, {"A", 0}, {"AAAAA", 4}, {"AA+A", 2}, {"AA A", 2}};
    struct str out;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t bad = 99;
        ck_assert_msg(!base64url_read(&a, str_of(rows[i].text), &out, &bad), "%s", rows[i].text);
        ck_assert_uint_eq(bad, rows[i].bad_at);
    }
    size_t bad;
    ck_assert(base64url_read(&a, STR("Zm\n8"), &out, &bad) && str_eqc(out, "fo"));
    ck_assert(!base64url_read_strict(&a, STR("Zm\n8"), &out));
    ck_assert(base64url_read(&a, STR("Zm9"), &out, &bad) && !base64url_read_strict(&a, STR("Zm9"), &out));
    arena_release(&a);
}
END_TEST

TEST_MAIN("base64", writes, refuses)
