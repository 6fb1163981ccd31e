/* test_why_preemption.c - what a person is told of a preemption and of the way through the queue: exact lines, and that
 * thousands of nodes fit a screen of 80 columns. */
#include "kubestep/why_groups.h"
#include "kubestep/why_view.h"
#include "out_support.h"

/* JSON in single quotes, for legibility in C. */
static const struct json *tree_of(struct arena *a, const char *text)
{
    char *json = arena_strdup(a, text);
    for (char *p = json; *p; p++)
        if (*p == '\'') *p = '"';
    return tree(a, json);
}

static const char chosen[] =
    "{'spec':{'pod':'web'},'status':{'preemption':{'node':'b','potentialNodes':9,'candidatesWanted':3,"
    "'candidateCount':4,'hopelessNodes':2,'candidates':["
    "{'node':'b','highestPriority':10,'chosen':true,'victimCount':1,"
    "'victims':[{'namespace':'default','name':'one','priority':10}]},"
    "{'node':'a','highestPriority':10,'chosen':false,'victimCount':5,'reason':'on another node less',"
    "'victims':[{'namespace':'default','name':'v1'},{'namespace':'default','name':'v2'},"
    "{'namespace':'default','name':'v3'},{'namespace':'default','name':'v4'}]},"
    "{'node':'c','highestPriority':10,'chosen':false,'victimCount':2,'reason':'on another node less',"
    "'budgetViolations':1,'victims':[{'namespace':'default','name':'x'}]},"
    "{'node':'d','highestPriority':10,'chosen':false,'victimCount':2,'reason':'on another node less',"
    "'budgetViolations':1,'victims':[{'namespace':'default','name':'y'}]}]},"
    "'nodes':["
    "{'name':'a','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}]},"
    "{'name':'b','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}]},"
    "{'name':'e','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}],"
    "'preemption':{'code':'Unschedulable','reasons':['Insufficient cpu']}},"
    "{'name':'f','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}],"
    "'preemption':{'code':'Unschedulable','reasons':['Insufficient cpu']}},"
    "{'name':'g','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}]},"
    "{'name':'h','feasible':false,'filters':[{'plugin':'NodeName','code':'UnschedulableAndUnresolvable'}]}]}}";

static const char none[] =
    "{'status':{'preemption':{'message':'not eligible due to preemptionPolicy=Never.','candidateCount':0},'nodes':["
    "{'name':'a','feasible':false,'filters':[{'plugin':'NodeResourcesFit','code':'Unschedulable'}]}]}}";

START_TEST(who_makes_room)
{
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree_of(&a, chosen), *n = tree_of(&a, none);
    CAPTURE(got, why_preemption(d));
    ck_assert_str_eq(got, "\nPreemption: room is made on b. Of 9 nodes where victims might help, 6 were\n"
                          "tried, and on 4 they do:\n"
                          "  b                    1 victim of priority 10: default/one <- chosen\n"
                          "  a                    5 victims of priority 10 or less: default/v1, default/v2,\n"
                          "                       default/v3, +2; on another node less\n"
                          "  c,d                  2 victims of priority 10 or less, 1 against a disruption\n"
                          "                       budget; on another node less\n"
                          "No victims help on these nodes:\n"
                          "  e,f                  Insufficient cpu\n");
    CAPTURE(never, why_preemption(n));
    ck_assert_str_eq(never, "\nPreemption: not eligible due to preemptionPolicy=Never.\n");
    CAPTURE(nothing, why_preemption(tree(&a, "{\"status\":{}}")));
    ck_assert_str_eq(nothing, "");
}
END_TEST

START_TEST(on_one_node)
{
    static const char *const rows[][2] = {
        {"b", "\nPreemption: 1 victim of priority 10: default/one; it was chosen.\n"},
        {"a", "\nPreemption: 5 victims of priority 10 or less: default/v1, default/v2,\n"
              "default/v3, +2; on another node less.\n"},
        {"e", "\nPreemption: no victims help: Insufficient cpu.\n"},
        {"g", "\nPreemption: not told, or not tried, for enough other nodes were found.\n"},
        {"h", ""},
    };
    struct arena a AUTO_ARENA = {0};
    const struct json *d = tree_of(&a, chosen);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CAPTURE(got, why_preemption_on(d, why_node(d, str_of(rows[i][0]))));
        ck_assert_str_eq(got, rows[i][1]);
        CAPTURE(whole, why_one_node(d, str_of(rows[i][0])));
        ck_assert_ptr_nonnull(strstr(whole, rows[i][1]));
    }
}
END_TEST

static void assert_fits_a_screen(char *text, int most)
{
    int lines = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) ck_assert_uint_le(strlen(line), 80);
    ck_assert_int_le(lines, most);
}

/* 50 candidates of 2,000, no two alike, and 3,000 nodes where nothing helps: for one reason, or each for its own. */
START_TEST(thousands_of_nodes)
{
    for (int own = 0; own < 2; own++) {
        struct arena a AUTO_ARENA = {0};
        struct buf b AUTO_BUF = {0};
        buf_init(&b, 4 << 20);
        buf_cstr(&b, "{\"status\":{\"preemption\":{\"node\":\"n0\",\"potentialNodes\":5000,\"candidateCount\":2000,"
                     "\"hopelessNodes\":3000,\"candidates\":[");
        for (int i = 0; i < 50; i++)
            buf_addf(&b,
                     "%s{\"node\":\"n%d\",\"chosen\":%s,\"reason\":\"on another node fewer victims are enough\","
                     "\"victimCount\":%d,\"victims\":[{\"name\":\"v\"}]}",
                     i ? "," : "", i, i ? "false" : "true", 1 + i);
        buf_cstr(&b, "]},\"nodes\":[");
        for (int i = 0; i < 3000; i++)
            buf_addf(&b, "%s{\"name\":\"%0200d\",\"preemption\":{\"code\":\"Unschedulable\",\"reasons\":[\"why %d\"]}}",
                     i ? "," : "", i, own ? i : 0);
        buf_cstr(&b, "]}}");
        const struct json *d = tree(&a, b.p);
        CAPTURE(got, why_preemption(d));
        ck_assert_ptr_nonnull(strstr(got, "\n  ... and 1992 more nodes: --node NODE, or -o json\n"));
        if (own)
            ck_assert_ptr_nonnull(strstr(got, "\n  ... and 2994 more nodes: --node NODE\n"));
        else
            ck_assert_ptr_nonnull(strstr(got, ",+2999 why 0\n"));
        assert_fits_a_screen(got, 34);
    }
}
END_TEST

#define MOVE(at, to, event, plugins) "{'time':'2026-01-01T" at "Z','to':'" to "','event':'" event "'" plugins "}"
#define QUEUE(time, moves)                                                                                             \
    "{'spec':{'attempt':3},'status':{'time':'2026-01-01T" time                                                         \
    "Z','queue':{'added':'2026-01-01T10:00:00.000000Z','moves':[" moves "]}}}"
#define BY ",'plugins':['NodeResourcesFit','TaintToleration']"

START_TEST(through_the_queue)
{
    static const char long_way[] = QUEUE(
        "13:00:00.000000",
        MOVE("10:00:00.000000", "Gated", "UnschedulablePodAdd", ",'plugins':['SchedulingGates']") "," MOVE(
            "10:00:00.250000", "Active", "UnschedulablePodUpdatePodSchedulingGatesEliminated",
            BY) "," MOVE("10:00:00.251000", "Unschedulable", "ScheduleAttemptFailure",
                         BY) "," MOVE("10:00:12.300000", "Backoff", "NodeAdd",
                                      BY) "," MOVE("10:02:05.000000", "Backoff", "ScheduleAttemptFailure",
                                                   BY) "," MOVE("12:30:00.000000", "Active", "BackoffComplete", BY));
    static const char *const rows[][2] = {
        {QUEUE("10:00:00.000100", MOVE("10:00:00.000020", "Active", "UnschedulablePodAdd", "")),
         "\nIn the queue, until attempt 3, 0.1 ms after the pod came:\n"
         "     0.0 ms  Active        UnschedulablePodAdd\n"},
        {long_way, "\nIn the queue, until attempt 3, 3.0 h after the pod came:\n"
                   "     0.0 ms  Gated         UnschedulablePodAdd; refused by SchedulingGates\n"
                   "     250 ms  Active        UnschedulablePodUpdatePodSchedulingGatesEliminated\n"
                   "     251 ms  Unschedulable ScheduleAttemptFailure; refused by NodeResourcesFit,\n"
                   "                           TaintToleration\n"
                   "     12.3 s  Backoff       NodeAdd\n"
                   "      2 min  Backoff       ScheduleAttemptFailure; refused by NodeResourcesFit,\n"
                   "                           TaintToleration\n"
                   "      2.5 h  Active        BackoffComplete\n"},
        {QUEUE("10:00:09.000000", MOVE("10:00:08.000000", "Active", "NodeAdd", BY)),
         "\nIn the queue, until attempt 3, 9.0 s after the pod came:\n"
         "        ...  what came before is not kept\n"
         "      8.0 s  Active        NodeAdd\n"},
        {"{'status':{'queue':{}}}", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const struct json *d = tree_of(&a, rows[i][0]);
        CAPTURE(got, why_queue(d));
        ck_assert_str_eq(got, rows[i][1]);
        assert_fits_a_screen(got, 20);
    }
}
END_TEST

TEST_MAIN("why_preemption", who_makes_room, on_one_node, thousands_of_nodes, through_the_queue)
