/* test_why_view.c - a Decision for a person: the sentence, the table, the numbers, what would have to change, one node;
 * thousands of nodes fit a screen of 80 columns. */
#include "kubestep/why_view.h"
#include "out_support.h"

#define SCORE(plugin, raw, norm, weight, weighted)                                                                     \
    "{\"plugin\":\"" plugin "\",\"raw\":" raw ",\"normalized\":" norm ",\"weight\":" weight ",\"weighted\":" weighted  \
    "}"
#define OK(plugin) "{\"plugin\":\"" plugin "\",\"code\":\"Success\"}"
#define FITS(name, free, total)                                                                                        \
    "{\"name\":\"" name                                                                                                \
    "\",\"feasible\":true,\"filters\":[" OK("NodeName") "],\"total\":" total ",\"scores\":[" SCORE(                    \
        "TaintToleration", "0", "100", "3", "300") "," SCORE("NodeResourcesFit", free, free, "1",                      \
                                                             free) "," SCORE("NodeResourcesBalance"                    \
                                                                             "dAllocation",                            \
                                                                             "71", "71", "1", "71") "]}"
#define NO(name, plugin, code, more)                                                                                   \
    "{\"name\":\"" name "\",\"feasible\":false,\"filters\":[" OK("NodeName") ",{\"plugin\":\"" plugin                  \
                                                                             "\",\"code\":\"" code "\"," more "}]}"
#define LACKS(cpu) "\"reasons\":[\"Insufficient cpu\"],\"lacking\":[{\"resource\":\"cpu\",\"amount\":\"" cpu "\"}]"
#define REFUSED                                                                                                        \
    NO("node-3", "NodeResourcesFit", "Unschedulable",                                                                  \
       "\"reasons\":[\"Insufficient cpu\",\"Insufficient memory\"],\"lacking\":[{\"resource\":\"cpu\",\"amount\":"     \
       "\"500m\"},{\"resource\":\"memory\",\"amount\":\"1Gi\"}]")

static const char placed[] =
    "{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-2\",\"score\":452,\"feasible\":2,\"evaluated\":3,"
    "\"tie\":{\"nodes\":2,\"brokenBy\":\"Chance\"},\"plugins\":[{\"name\":\"TaintToleration\",\"source\":\"taint.c\"},"
    "{\"name\":\"NodeResourcesFit\",\"source\":\"fit.c\"}],\"nodes\":[" FITS(
        "node-1", "81", "452") "," REFUSED "," FITS("node-2", "81", "452") "]}}";
static const char nowhere[] = "{\"spec\":{\"pod\":\"web\"},\"status\":{\"feasible\":0,\"evaluated\":1,\"message\":\"0/"
                              "1 nodes are available: 1 Insufficient cpu.\",\"nodes\":[" REFUSED "]}}";

START_TEST(sentences)
{
    static const char *const rows[][2] = {
        {placed,
         "pod/web is on node-2: 452 points, one of 2 equals among the 2 of 3 nodes that fit; chosen at random.\n"},
        {nowhere, "pod/web is on no node: 0/1 nodes are available: 1 Insufficient cpu.\n"},
        {"{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-1\",\"feasible\":1,\"evaluated\":3}}",
         "pod/web is on node-1: the only one of 3 nodes that fits.\n"},
        {"{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"node-1\",\"score\":7,\"feasible\":2,\"evaluated\":3}}",
         "pod/web is on node-1: 7 points, the most of the 2 of 3 nodes that fit.\n"},
        {"{\"spec\":{\"pod\":\"web\"},\"status\":{\"node\":\"n\",\"score\":7,\"feasible\":2,\"evaluated\":3,\"tie\":{"
         "\"nodes\":2,\"brokenBy\":\"Shown\"},\"allNodes\":5000,\"sampledOut\":4000,\"leftOut\":997,\"leftOutBy\":["
         "\"NodeAffinity\",\"VolumeBinding\"]}}",
         "pod/web is on n: 7 points, one of 2 equals among the 2 of 3 nodes that fit; the one that was shown.\n"
         "997 of 5000 nodes were left out by NodeAffinity, VolumeBinding before any was looked at.\n"
         "4000 of 5000 nodes were not looked at, for enough others fit.\n"},
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
    ck_assert_str_eq(got, "NODES                FIT    Taints     Free  Balance  TOTAL\n"
                          "node-2,node-1        yes     100x3     81x1     71x1    452  <- chosen\n"
                          "node-3               no   NodeResourcesFit: Insufficient cpu, Insufficient\n"
                          "                          memory\n");
    CAPTURE(none, why_table(n));
    ck_assert_str_eq(none, "NODES                FIT  why\n"
                           "node-3               no   NodeResourcesFit: Insufficient cpu, Insufficient\n"
                           "                          memory\n");
}
END_TEST

/* More plugins than columns: those that make no difference are told below. */
START_TEST(many_plugins)
{
    struct arena a AUTO_ARENA = {0};
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    buf_cstr(&b, "{\"status\":{\"node\":\"n0\",\"nodes\":[");
    for (int i = 0; i < 3; i++) {
        buf_addf(&b, "%s{\"name\":\"n%d\",\"feasible\":true,\"total\":%d,\"scores\":[", i ? "," : "", i, 500 - i);
        for (int k = 0; k < 8; k++)
            buf_addf(&b, "%s{\"plugin\":\"Plugin%d\",\"normalized\":%d,\"weight\":1,\"weighted\":%d}", k ? "," : "", k,
                     k % 2 ? 50 : 60 - i * k, k % 2 ? 50 : 60 - i * k);
        buf_cstr(&b, "]}");
    }
    buf_cstr(&b, "]}}");
    const struct json *d = tree(&a, b.p);
    CAPTURE(got, why_table(d));
    ck_assert_str_eq(got, "NODES                FIT   Plugin0  Plugin2  Plugin4  Plugin6  TOTAL\n"
                          "n0                   yes      60x1     60x1     60x1     60x1    500  <- chosen\n"
                          "n1                   yes      60x1     58x1     56x1     54x1    499\n"
                          "n2                   yes      60x1     56x1     52x1     48x1    498\n"
                          "Not shown: Plugin1 50 Plugin3 50 Plugin5 50 Plugin7 50\n");
}
END_TEST

static void assert_fits_a_screen(char *text)
{
    int lines = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) ck_assert_uint_le(strlen(line), 80);
    ck_assert_int_le(lines, 24);
}

/* All alike, all different, and names as long as they may be. */
START_TEST(thousands_of_nodes)
{
    for (int kind = 0; kind < 3; kind++) {
        struct arena a AUTO_ARENA = {0};
        struct buf b AUTO_BUF = {0};
        buf_init(&b, 4 << 20);
        buf_cstr(&b, "{\"status\":{\"nodes\":[");
        for (int i = 1; i <= 5000; i++)
            buf_addf(&b,
                     "%s{\"name\":\"%0*d\",\"feasible\":false,\"filters\":[{\"plugin\":\"NodeResourcesFit\",\"code\":"
                     "\"Unschedulable\",\"reasons\":[\"Insufficient cpu %d\"],\"lacking\":[{\"resource\":\"cpu\","
                     "\"amount\":\"%dm\"}]}]}",
                     i > 1 ? "," : "", kind == 2 ? 253 : 4, i, kind == 1 ? i : 0, kind ? 6000 - i : 100);
        buf_cstr(&b, "]}}");
        const struct json *d = tree(&a, b.p);
        CAPTURE(table, why_table(d));
        CAPTURE(changes, why_changes(d));
        if (kind == 0) ck_assert_ptr_nonnull(strstr(table, "\n0001,0002,0003,+4997 no   "));
        if (kind == 0) ck_assert_ptr_nonnull(strstr(changes, "\n  0001,0002,0003,+4997: 100m cpu short\n"));
        if (kind == 1)
            ck_assert_ptr_nonnull(strstr(table, "\n... and 4980 nodes in 4980 more rows: --node NODE, or -o json\n"));
        if (kind == 1) ck_assert_ptr_nonnull(strstr(changes, "\n  5000: 1000m cpu short\n  4999: 1001m cpu short\n"));
        if (kind) ck_assert_ptr_nonnull(strstr(changes, "\n  ... and 4988 more nodes: --node NODE\n"));
        assert_fits_a_screen(table);
        assert_fits_a_screen(changes);
    }
}
END_TEST

START_TEST(changes)
{
    static const char text[] = "{\"spec\":{\"pod\":\"web\"},\"status\":{\"nodes\":[" NO(
        "big", "NodeResourcesFit", "UnschedulableAndUnresolvable",
        LACKS(
            "92")) "," NO("label",
                          "NodeAffinity", "UnschedulableAndUnresolvable", "\"reasons\":[\"r\"],\"detail\":\"disk=ssd\"") "," NO("taint",
                                                                                                                                "TaintToleration",
                                                                                                                                "UnschedulableAndUnresolvable", "\"reasons\":[\"r\"],\"detail\":\"k=v:NoSchedule\"") "," NO("cordon", "NodeUnschedulable", "UnschedulableAndUnresolvable", "\"reasons\":[\"node(s) were unschedulable\"]") "," NO("other", "VolumeZone", "UnschedulableAndUnresolvable", "\"reasons\":[\"node(s) had no available volume zone\"]") "," NO("port",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                          "NodePorts", "Unschedulable", "\"reasons\":[\"r\"],\"detail\":\"80/TCP\"") "," NO("spread",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "PodTopologySpread",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "Unschedulable", "\"reasons\":[\"one\",\"two\"]") "," NO("much",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "NodeResourcesFit", "Unschedulable", LACKS("2")) "," REFUSED "," NO("less",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "NodeResourcesFit", "Unschedulable", LACKS("500m")) "," NO("less-too",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "NodeResourcesFit",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "Unschedulable",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    LACKS(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "500m")) "," NO("full",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "NodeResourcesFit",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "Unschedulable",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "\"reasons\":[\"Too many pods\"],\"lacking\":[{\"resource\":\"pods\",\"amount\":\"1\"}]") "," NO("held",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "NodeResourcesFit",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "Unschedulable",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         LACKS(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                             "3") ",\"nominated\":true") "]}}";
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree(&a, text);
    CAPTURE(got, why_changes(d));
    ck_assert_str_eq(got, "\nWhat would have to change, the least first (later plugins were not asked):\n"
                          "  held: 3 cpu short, for pods that are nominated to it\n"
                          "  less,less-too: 500m cpu short\n"
                          "  node-3: 500m cpu, 1Gi memory short\n"
                          "  full: 1 pod slot short\n"
                          "  much: 2 cpu short\n"
                          "  port: port 80/TCP is taken\n"
                          "  spread: PodTopologySpread: one, two\n"
                          "  cordon: is cordoned\n"
                          "  taint: taint k=v:NoSchedule is not tolerated\n"
                          "  label: label disk=ssd is asked for\n"
                          "  other: VolumeZone: node(s) had no available volume zone\n"
                          "  big: 92 cpu short, even if it were empty\n");
    d = tree(&a, "{\"status\":{\"nodes\":[]}}");
    CAPTURE(none, why_changes(d));
    ck_assert_str_eq(none, "");
}
END_TEST

START_TEST(numbers)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree(&a, placed), *n = tree(&a, nowhere);
    CAPTURE(got, why_numbers(d));
    ck_assert_str_eq(got, "  300 = 100 x weight 3  TaintToleration (raw 0)\n      decided in taint.c\n"
                          "  81 = 81 x weight 1  NodeResourcesFit (raw 81)\n      decided in fit.c\n"
                          "  71 = 71 x weight 1  NodeResourcesBalancedAllocation (raw 71)\n");
    CAPTURE(none, why_numbers(n));
    ck_assert_str_eq(none, "");
}
END_TEST

START_TEST(one_node)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree(&a, placed);
    CAPTURE(fits, ck_assert(why_one_node(d, STR("node-1"))));
    ck_assert_str_eq(fits, "pod/web fits node-1, but another node was chosen.\n\n"
                           "  NodeName                 Success\n\n"
                           "  300 = 100 x weight 3  TaintToleration (raw 0)\n      decided in taint.c\n"
                           "  81 = 81 x weight 1  NodeResourcesFit (raw 81)\n      decided in fit.c\n"
                           "  71 = 71 x weight 1  NodeResourcesBalancedAllocation (raw 71)\n"
                           "  452 in all; the chosen node has 452.\n");
    CAPTURE(not, ck_assert(why_one_node(d, STR("node-3"))));
    ck_assert_str_eq(not, "pod/web does not fit node-3.\n\n"
                          "  NodeName                 Success\n"
                          "  NodeResourcesFit         Unschedulable: Insufficient cpu, Insufficient memory;\n"
                          "                           500m cpu short; 1Gi memory short\n");
    CAPTURE(absent, ck_assert(!why_one_node(d, STR("node-9"))));
    ck_assert_str_eq(absent, "node-9 was not looked at.\n");
}
END_TEST

TEST_MAIN("why_view", sentences, tables, many_plugins, thousands_of_nodes, changes, numbers, one_node)
