/* test_why_view.c - a Decision for a person: the sentence, the table, the numbers. */
#include "kubestep/why_view.h"
#include "out_support.h"

#define SCORE(plugin, raw, norm, weight, weighted)                                                                     \
    "{\"plugin\":\"" plugin "\",\"raw\":" raw ",\"normalized\":" norm ",\"weight\":" weight ",\"weighted\":" weighted  \
    ",\"source\":\"scheduler/plugins/x.c\"}"
#define FITS                                                                                                           \
    "{\"names\":[\"node-1\",\"node-2\"],\"feasible\":true,\"total\":452,\"scores\":[" SCORE(                           \
        "TaintToleration", "0", "100", "3", "300") "," SCORE("NodeResourcesFit", "81", "81", "1",                      \
                                                             "81") "," SCORE("NodeResourcesBalancedAllocation", "71",  \
                                                                             "71", "1", "71") "]}"
#define REFUSED                                                                                                        \
    "{\"names\":[\"node-3\"],\"feasible\":false,\"filters\":[{\"plugin\":\"NodeName\",\"code\":\"Success\"},"          \
    "{\"plugin\":\"NodeResourcesFit\",\"code\":\"Unschedulable\",\"reasons\":[\"Insufficient cpu\",\"Insufficient "    \
    "memory\"]}]}"

static const char placed[] = "{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-2\",\"feasible\":2,\"evaluated\":"
                             "3,\"tie\":{\"nodes\":2},\"nodes\":[" FITS "," REFUSED "]}}";
static const char nowhere[] = "{\"spec\":{\"pod\":\"web\"},\"status\":{\"feasible\":0,\"evaluated\":1,\"message\":\"0/"
                              "1 nodes are available: 1 Insufficient "
                              "cpu.\",\"nodes\":[" REFUSED "]}}";

START_TEST(sentences)
{
    static const char *const rows[][2] = {
        {placed,
         "pod/web is on node-2: 452 points, one of 2 equals among the 2 of 3 nodes that fit; chosen at random.\n"},
        {nowhere, "pod/web is on no node: 0/1 nodes are available: 1 Insufficient cpu.\n"},
        {"{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-1\",\"feasible\":1,\"evaluated\":3,\"nodes\":[" FITS
         "]}}",
         "pod/web is on node-1: the only one of 3 nodes that fits.\n"},
        {"{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-1\",\"feasible\":2,\"evaluated\":3,\"nodes\":[" FITS
         "]}}",
         "pod/web is on node-1: 452 points, the most of the 2 of 3 nodes that fit.\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *d = tree(&a, rows[i][0]);
        CAPTURE(got, why_sentence(d));
        ck_assert_str_eq(got, rows[i][1]);
    }
}
END_TEST

START_TEST(tables)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree(&a, placed), *n = tree(&a, nowhere);
    CAPTURE(got, why_table(d));
    ck_assert_str_eq(got, "NODES                    FIT     Taints      Free   Balance  TOTAL\n"
                          "node-1,node-2            yes      100x3      81x1      71x1    452  <- chosen: node-2\n"
                          "node-3                   no   NodeResourcesFit: Insufficient cpu, Insufficient memory\n");
    CAPTURE(none, why_table(n));
    ck_assert_str_eq(none, "NODES                    FIT  why\n"
                           "node-3                   no   NodeResourcesFit: Insufficient cpu, Insufficient memory\n");
}
END_TEST

START_TEST(many_names_in_one_row)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    buf_cstr(&b, "{\"status\":{\"nodes\":[{\"feasible\":false,\"names\":[");
    for (int i = 1; i <= 5000; i++) buf_addf(&b, "%s\"node-%d\"", i > 1 ? "," : "", i);
    buf_cstr(&b, "]},{\"feasible\":false,\"names\":[\"");
    for (int i = 0; i < 253; i++) buf_char(&b, 'x');
    buf_cstr(&b, "\"]}]}}");
    const struct json *d = tree(&a, b.p);
    CAPTURE(got, why_table(d));
    ck_assert_ptr_nonnull(strstr(got, "\nnode-1,node-2,+4998      no"));
    for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) ck_assert_uint_le(strlen(line), 80);
}
END_TEST

START_TEST(numbers)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree(&a, placed), *n = tree(&a, nowhere);
    CAPTURE(got, why_numbers(d));
    ck_assert_str_eq(
        got, "  300 = 100 x weight 3  TaintToleration (raw 0), decided in scheduler/plugins/x.c\n"
             "  81 = 81 x weight 1  NodeResourcesFit (raw 81), decided in scheduler/plugins/x.c\n"
             "  71 = 71 x weight 1  NodeResourcesBalancedAllocation (raw 71), decided in scheduler/plugins/x.c\n");
    CAPTURE(none, why_numbers(n));
    ck_assert_str_eq(none, "");
}
END_TEST

TEST_MAIN("why_view", sentences, tables, many_names_in_one_row, numbers)
