/* test_regex.c - what Go's regexp matches, and what it says of patterns that are none. */
#include "base/regex.h"

#include "check_main.h"

static const struct {
    const char *pattern, *text;
    bool matches;
} rows[] = {
    {"", "", true},
    {"a", "xay", true},
    {"^a$", "ab", false},
    {"^(a|bc)+d?$", "abcad", true},
    {"^(a|bc)+d?$", "abda", false},
    {"^[^a-c]x{2,3}$", "dxxx", true},
    {"^[^a-c]x{2,3}$", "dxxxx", false},
    {"^\\d+\\.\\w*$", "12.a_Z", true},
    {"(?i)^straße$", "STRAße", true},
    {"^.$", "é", true},
    {"^.$", "\n", false},
    {"(?s)^.$", "\n", true},
    {"(?m)^b$", "a\nb\nc", true},
    {"\\bfoo\\b", "a foo.", true},
    {"\\bfoo\\b", "afoo", false},
    {"^[[:alpha:]-]+$", "a-b", true},
    {"^\\p{Lu}\\p{L}+$", "Éa", true},
    {"^\\Qa.b\\E$", "a.b", true},
    {"^\\Qa.b\\E$", "axb", false},
    {"^(?P<n>x)(?:y)$", "xy", true},
    {"^a{,2}$", "a{,2}", true},
    {"^(a*)*b$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

START_TEST(matching)
{
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        const struct regex *r = regex_compile(&a, str_of(rows[i].pattern), &e);
        ck_assert_msg(r != NULL, "%s: %s", rows[i].pattern, e.text);
        ck_assert_msg(regex_match(r, str_of(rows[i].text)) == rows[i].matches, "%s on %s", rows[i].pattern,
                      rows[i].text);
    }
}
END_TEST

static const struct {
    const char *pattern, *error;
} bad[] = {
    {"[a", "error parsing regexp: missing closing ]: `[a`"},
    {"*", "error parsing regexp: missing argument to repetition operator: `*`"},
    {"a**", "error parsing regexp: invalid nested repetition operator: `**`"},
    {"a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"},
    {"[z-a]", "error parsing regexp: invalid character class range: `z-a`"},
    {"a)", "error parsing regexp: unexpected ): `a)`"},
};

START_TEST(errors)
{
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = ERR_INIT;
        ck_assert_ptr_null(regex_compile(&a, str_of(bad[i].pattern), &e));
        ck_assert_str_eq(e.text, bad[i].error);
    }
}
END_TEST

TEST_MAIN("regex", matching, errors)
