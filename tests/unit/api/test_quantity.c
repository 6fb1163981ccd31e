/* test_quantity.c - canonical text against a table that upstream's resource.ParseQuantity (0.34) produced, and
 * arithmetic. */
#include "api/quantity.h"
#include "base/mem.h"
#include "check_main.h"

#define REGEX  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
#define SUFFIX "unable to parse quantity's suffix"

struct row {
    const char *text, *kept, *canonical; /* kept: what is stored as the client wrote it */
    enum qty_format format;
};

static const struct row rows[] = {
    {"0.5", "500m", "500m", QTY_DECIMAL_SI},
    {"1024Mi", "1Gi", "1Gi", QTY_BINARY_SI},
    {"1.5Gi", "1536Mi", "1536Mi", QTY_BINARY_SI},
    {"1e3", "1e3", "1e3", QTY_DECIMAL_EXPONENT},
    {"0", "0", "0", QTY_DECIMAL_SI},
    {"0.0", "0", "0", QTY_DECIMAL_SI},
    {"-0", "0", "0", QTY_DECIMAL_SI},
    {"1.500", "1.500", "1500m", QTY_DECIMAL_SI},
    {"1.234", "1.234", "1234m", QTY_DECIMAL_SI},
    {"+5", "+5", "5", QTY_DECIMAL_SI},
    {"05", "05", "5", QTY_DECIMAL_SI},
    {"+1Ki", "+1Ki", "1Ki", QTY_BINARY_SI},
    {"100E", "100E", "100E", QTY_DECIMAL_SI},
    {"10Ei", "9223372036854775807", "9223372036854775807", QTY_BINARY_SI},
    {"8Ei", "9223372036854775807", "9223372036854775807", QTY_BINARY_SI},
    {"7Ei", "7Ei", "7Ei", QTY_BINARY_SI},
    {"9223372036854775807", "9223372036854775807", "9223372036854775807", QTY_DECIMAL_SI},
    {"9223372036854775808", "9223372036854775808", "9223372036854775808", QTY_DECIMAL_SI},
    {"1e19", "10e18", "10e18", QTY_DECIMAL_EXPONENT},
    {"1e20", "100e18", "100e18", QTY_DECIMAL_EXPONENT},
    {"1E5", "100e3", "100e3", QTY_DECIMAL_EXPONENT},
    {"1e-9", "1e-9", "1e-9", QTY_DECIMAL_EXPONENT},
    {"1e-20", "1e-9", "1e-9", QTY_DECIMAL_EXPONENT},
    {"0.0000000001", "1n", "1n", QTY_DECIMAL_SI},
    {"-0.0000000001", "-1n", "-1n", QTY_DECIMAL_SI},
    {"1n", "1n", "1n", QTY_DECIMAL_SI},
    {"0.1n", "1n", "1n", QTY_DECIMAL_SI},
    {"1.1Ki", "1126400m", "1126400m", QTY_BINARY_SI},
    {"0.5Ki", "512", "512", QTY_BINARY_SI},
    {"1.", "1.", "1", QTY_DECIMAL_SI},
    {"1.G", "1.G", "1G", QTY_DECIMAL_SI},
    {".5", "500m", "500m", QTY_DECIMAL_SI},
    {".", "0", "0", QTY_DECIMAL_SI},
    {"-", "0", "0", QTY_DECIMAL_SI},
    {".e3", "0", "0", QTY_DECIMAL_EXPONENT},
    {"1E", "1E", "1E", QTY_DECIMAL_SI},
    {"1e1000", "10e999", "10e999", QTY_DECIMAL_EXPONENT},
    {"100m", "100m", "100m", QTY_DECIMAL_SI},
    {"1000m", "1", "1", QTY_DECIMAL_SI},
    {"0.001", "1m", "1m", QTY_DECIMAL_SI},
    {"0.0001", "100u", "100u", QTY_DECIMAL_SI},
    {"12345", "12345", "12345", QTY_DECIMAL_SI},
    {"123450", "123450", "123450", QTY_DECIMAL_SI},
    {"1000", "1k", "1k", QTY_DECIMAL_SI},
    {"1k", "1k", "1k", QTY_DECIMAL_SI},
    {"1000k", "1M", "1M", QTY_DECIMAL_SI},
    {"1024", "1024", "1024", QTY_DECIMAL_SI},
    {"1024Ki", "1Mi", "1Mi", QTY_BINARY_SI},
    {"1025Ki", "1025Ki", "1025Ki", QTY_BINARY_SI},
    {"1023", "1023", "1023", QTY_DECIMAL_SI},
    {"512Ki", "512Ki", "512Ki", QTY_BINARY_SI},
    {"0.25Mi", "256Ki", "256Ki", QTY_BINARY_SI},
    {"3.3Gi", "3543348019200m", "3543348019200m", QTY_BINARY_SI},
    {"1e9", "1e9", "1e9", QTY_DECIMAL_EXPONENT},
    {"1.5e9", "1500e6", "1500e6", QTY_DECIMAL_EXPONENT},
    {"15e8", "1500e6", "1500e6", QTY_DECIMAL_EXPONENT},
    {"1e1", "10", "10", QTY_DECIMAL_EXPONENT},
    {"12e1", "120", "120", QTY_DECIMAL_EXPONENT},
    {"1.2e1", "1.2e1", "12", QTY_DECIMAL_EXPONENT},
    {"9999999999999999999", "9999999999999999999", "9999999999999999999", QTY_DECIMAL_SI},
    {"99999999999999999999G", "99999999999999999999G", "99999999999999999999G", QTY_DECIMAL_SI},
    {"1P", "1P", "1P", QTY_DECIMAL_SI},
    {"1Pi", "1Pi", "1Pi", QTY_BINARY_SI},
    {"0.001Ki", "1024m", "1024m", QTY_BINARY_SI},
    {"0.0001Ki", "102400u", "102400u", QTY_DECIMAL_SI},
    {"1u", "1u", "1u", QTY_DECIMAL_SI},
    {"1500u", "1500u", "1500u", QTY_DECIMAL_SI},
    {"-1.5", "-1500m", "-1500m", QTY_DECIMAL_SI},
    {"-1.5Gi", "-1536Mi", "-1536Mi", QTY_BINARY_SI},
    {"-1Ki", "-1Ki", "-1Ki", QTY_BINARY_SI},
    {"-10Ei", "-9223372036854775807", "-9223372036854775807", QTY_BINARY_SI},
    {"0e5", "0", "0", QTY_DECIMAL_EXPONENT},
    {"0Ki", "0", "0", QTY_BINARY_SI},
    {"0m", "0", "0", QTY_DECIMAL_SI},
    {"00", "0", "0", QTY_DECIMAL_SI},
    {"0.000", "0", "0", QTY_DECIMAL_SI},
    {"1e+3", "1e+3", "1e3", QTY_DECIMAL_EXPONENT},
    {"1e-3", "1e-3", "1e-3", QTY_DECIMAL_EXPONENT},
    {"1E3", "1E3", "1e3", QTY_DECIMAL_EXPONENT},
    {"1.0", "1", "1", QTY_DECIMAL_SI},
    {"10.0", "10", "10", QTY_DECIMAL_SI},
    {"1.000", "1", "1", QTY_DECIMAL_SI},
    {"1.2345", "1234500u", "1234500u", QTY_DECIMAL_SI},
    {"123456789012345678", "123456789012345678", "123456789012345678", QTY_DECIMAL_SI},
    {"1234567890123456789", "1234567890123456789", "1234567890123456789", QTY_DECIMAL_SI},
    {"12345678901234567.89", "12345678901234567890m", "12345678901234567890m", QTY_DECIMAL_SI},
    {"0.123456789", "123456789n", "123456789n", QTY_DECIMAL_SI},
    {"0.1234567891", "123456790n", "123456790n", QTY_DECIMAL_SI},
    {"1e18", "1e18", "1e18", QTY_DECIMAL_EXPONENT},
    {"1e17", "100e15", "100e15", QTY_DECIMAL_EXPONENT},
    {"1000e15", "1e18", "1e18", QTY_DECIMAL_EXPONENT},
    {"2e63", "2e63", "2e63", QTY_DECIMAL_EXPONENT},
    {"9e18", "9e18", "9e18", QTY_DECIMAL_EXPONENT},
    {"9.3e18", "9300e15", "9300e15", QTY_DECIMAL_EXPONENT},
    {"1e21", "1e21", "1e21", QTY_DECIMAL_EXPONENT},
    {"100000000000000000000", "100E", "100E", QTY_DECIMAL_SI},
    {"-9223372036854775809", "-9223372036854775809", "-9223372036854775809", QTY_DECIMAL_SI},
    {"1Ei", "1Ei", "1Ei", QTY_BINARY_SI},
    {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890",
     "1234567890123456789012345678901234567890", QTY_DECIMAL_SI},
    {"0.9Ki", "921600m", "921600m", QTY_BINARY_SI},
    {"1.0000000001Ki", "1024000000103n", "1024000000103n", QTY_BINARY_SI},
    {"1e0", "1e0", "1", QTY_DECIMAL_EXPONENT},
    {"1e00", "1e00", "1", QTY_DECIMAL_EXPONENT},
    {"1e03", "1e03", "1e3", QTY_DECIMAL_EXPONENT},
    {"5e3", "5e3", "5e3", QTY_DECIMAL_EXPONENT},
    {"1500e0", "1500e0", "1500", QTY_DECIMAL_EXPONENT},
    {"15e2", "1500", "1500", QTY_DECIMAL_EXPONENT},
    {"1.5e3", "1500", "1500", QTY_DECIMAL_EXPONENT},
    {"1.5e2", "150", "150", QTY_DECIMAL_EXPONENT},
    {"0.5e0", "500e-3", "500e-3", QTY_DECIMAL_EXPONENT},
    {"0.00000000001Gi", "10737419n", "10737419n", QTY_DECIMAL_SI},
    {"123.456", "123.456", "123456m", QTY_DECIMAL_SI},
    {"1234567.8", "1234567800m", "1234567800m", QTY_DECIMAL_SI},
    {"1.5Pi", "1536Ti", "1536Ti", QTY_BINARY_SI},
    {"0.1Ki", "102400m", "102400m", QTY_BINARY_SI},
    {"2.5E", "2500P", "2500P", QTY_DECIMAL_SI},
    {"1e15", "1e15", "1e15", QTY_DECIMAL_EXPONENT},
    {"-1e3", "-1e3", "-1e3", QTY_DECIMAL_EXPONENT},
    {"0.30", "300m", "300m", QTY_DECIMAL_SI},
    {"9007199254740993", "9007199254740993", "9007199254740993", QTY_DECIMAL_SI},
    {"999", "999", "999", QTY_DECIMAL_SI},
    {"999999n", "999999n", "999999n", QTY_DECIMAL_SI},
    {"1000000n", "1m", "1m", QTY_DECIMAL_SI},
    {"12Ti", "12Ti", "12Ti", QTY_BINARY_SI},
    {"3Ei", "3Ei", "3Ei", QTY_BINARY_SI},
    {"1048576", "1048576", "1048576", QTY_DECIMAL_SI},
    {"1048577Ki", "1048577Ki", "1048577Ki", QTY_BINARY_SI},
    {"1e-10", "1e-9", "1e-9", QTY_DECIMAL_EXPONENT},
    {"5e-10", "1e-9", "1e-9", QTY_DECIMAL_EXPONENT},
    {"15e-10", "2e-9", "2e-9", QTY_DECIMAL_EXPONENT},
    {"0.000000001", "1n", "1n", QTY_DECIMAL_SI},
    {"0.0000000011", "2n", "2n", QTY_DECIMAL_SI},
    {"100k", "100k", "100k", QTY_DECIMAL_SI},
    {"1e2", "100", "100", QTY_DECIMAL_EXPONENT},
    {"1E2", "100", "100", QTY_DECIMAL_EXPONENT},
    {"+1.5", "1500m", "1500m", QTY_DECIMAL_SI},
    {"-0.5", "-500m", "-500m", QTY_DECIMAL_SI},
    {"0.125Gi", "128Mi", "128Mi", QTY_BINARY_SI},
    {"1.25Mi", "1280Ki", "1280Ki", QTY_BINARY_SI},
    {"0.7Gi", "751619276800m", "751619276800m", QTY_BINARY_SI},
    {"64Mi", "64Mi", "64Mi", QTY_BINARY_SI},
    {"128974848", "128974848", "128974848", QTY_DECIMAL_SI},
    {"129e6", "129e6", "129e6", QTY_DECIMAL_EXPONENT},
    {"129M", "129M", "129M", QTY_DECIMAL_SI},
    {"128974848000m", "128974848", "128974848", QTY_DECIMAL_SI},
    {"123Mi", "123Mi", "123Mi", QTY_BINARY_SI},
};

static const char *const bad[][2] = {
    {"1e", SUFFIX}, {"1Ee", SUFFIX}, {"1eE", SUFFIX},  {"1i", SUFFIX},  {"1K", SUFFIX},  {"1ki", SUFFIX}, {"", REGEX},
    {"abc", REGEX}, {"1 ", REGEX},   {"1Mi5", SUFFIX}, {"1M5", SUFFIX}, {"1m1", SUFFIX}, {"1e3m", REGEX},
};

/* Values above the cap of struct qty keep their text only. */
static bool capped(const struct qty *q) { return qty_value(q) == INT64_MAX || qty_value(q) == -INT64_MAX; }

START_TEST(test_canonical)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct qty q;
        char text[QTY_TEXT_MAX];
        struct str kept;
        ck_assert_msg(qty_parse(str_of(rows[i].text), &q, &e), "%s: %s", rows[i].text, e.text);
        if (!capped(&q)) ck_assert_str_eq(qty_write(&q, text), rows[i].canonical);
        ck_assert_msg(q.format == rows[i].format, "%s: format %d", rows[i].text, q.format);
        ck_assert(qty_canonical(&a, str_of(rows[i].text), &kept, &e));
        ck_assert_msg(str_eqc(kept, rows[i].kept), "%s: %.*s", rows[i].text, STR_ARG(kept));
    }
}
END_TEST

START_TEST(test_written_text_reads_back)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = ERR_INIT;
        struct qty q, again;
        char text[QTY_TEXT_MAX];
        ck_assert(qty_parse(str_of(rows[i].text), &q, &e));
        ck_assert(qty_parse(str_of(qty_write(&q, text)), &again, &e));
        ck_assert_int_eq(qty_cmp(&q, &again), 0);
    }
}
END_TEST

START_TEST(test_bad_text)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = ERR_INIT;
        struct qty q;
        ck_assert_msg(!qty_parse(str_of(bad[i][0]), &q, &e), "%s", bad[i][0]);
        ck_assert_str_eq(e.text, bad[i][1]);
        ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    }
    char digits[2000];
    memset(digits, '7', sizeof digits);
    struct err e = ERR_INIT;
    struct qty q;
    ck_assert(!qty_parse(str_n(digits, sizeof digits), &q, &e));
    ck_assert_str_eq(e.text, "unable to parse numeric part of quantity");
}
END_TEST

/* Where upstream loses the suffix we keep the value. */
START_TEST(test_beyond_exa)
{
    static const char *const pairs[][2] = {{"1000E", "1000E"}, {"1000000E", "1000000E"}, {" 1000\n", "1k"}};
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct str out;
        ck_assert(qty_canonical(&a, str_of(pairs[i][0]), &out, &e));
        ck_assert_msg(str_eqc(out, pairs[i][1]), "%.*s", STR_ARG(out));
    }
}
END_TEST

static struct qty q_of(const char *text)
{
    struct qty q;
    struct err e = ERR_INIT;
    ck_assert_msg(qty_parse(str_of(text), &q, &e), "%s", e.text);
    return q;
}

START_TEST(test_arithmetic)
{
    static const struct {
        const char *a, *b, *sum, *difference;
    } sums[] = {
        {"100m", "1", "1100m", "-900m"},
        {"1Gi", "1Mi", "1025Mi", "1023Mi"},
        {"0", "1Gi", "1Gi", "-1Gi"},
        {"1e3", "1", "1001", "999"},
        {"1", "1", "2", "0"},
        {"8Ei", "8Ei", "9223372036854775807", "0"},
        {"1Ki", "1n", "1024000000001n", "1023999999999n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        struct qty a = q_of(sums[i].a), b = q_of(sums[i].b);
        struct qty sum = qty_add(&a, &b), difference = qty_sub(&a, &b);
        char text[QTY_TEXT_MAX];
        ck_assert_str_eq(qty_write(&sum, text), sums[i].sum);
        ck_assert_str_eq(qty_write(&difference, text), sums[i].difference);
    }
}
END_TEST

START_TEST(test_values)
{
    struct qty q = q_of("1500m");
    ck_assert_int_eq(qty_value(&q), 2);
    ck_assert_int_eq(qty_milli(&q), 1500);
    q = q_of("-1500m");
    ck_assert_int_eq(qty_value(&q), -2);
    q = q_of("1n");
    ck_assert_int_eq(qty_milli(&q), 1);
    q = q_of("9223372036854775807");
    ck_assert_int_eq(qty_milli(&q), INT64_MAX);
    char text[QTY_TEXT_MAX];
    q = qty_of_milli(250, QTY_DECIMAL_SI);
    ck_assert_str_eq(qty_write(&q, text), "250m");
    q = qty_of(4096, QTY_BINARY_SI);
    ck_assert_str_eq(qty_write(&q, text), "4Ki");
    struct qty a = q_of("1Gi"), b = q_of("1073741824"), c = q_of("1G");
    ck_assert_int_eq(qty_cmp(&a, &b), 0);
    ck_assert_int_gt(qty_cmp(&a, &c), 0);
    ck_assert_int_lt(qty_cmp(&c, &a), 0);
}
END_TEST

TEST_MAIN("quantity", test_canonical, test_written_text_reads_back, test_bad_text, test_beyond_exa, test_arithmetic,
          test_values)
