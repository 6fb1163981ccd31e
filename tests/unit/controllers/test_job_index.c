/* test_job_index.c - sets of completion indexes; back-off; policies. */
#include "base/clk.h"
#include "check_main.h"
#include "controllers/job.h"

static const char *text_of(struct arena *a, const struct index_set *s) { return str_cstr(a, index_set_text(a, s)); }

START_TEST(reads_and_writes_ranges)
{
    static const struct {
        const char *text;
        int64_t completions;
        const char *expect;
        int64_t total;
    } rows[] = {
        {"", 5, "", 0},
        {"0", 5, "0", 1},
        {"0,1", 5, "0,1", 2},
        {"0-2", 5, "0-2", 3},
        {"0,1,2,4,6-9", 20, "0-2,4,6-9", 8},
        {"0-2,3,4-5", 20, "0-5", 6},
        {"0-9", 5, "0-4", 5}, /* completions were lowered */
        {"1,6-9", 5, "1", 1},
        {"x,2,3-y,4", 9, "2,4", 2}, /* what is malformed is left out */
        {"7-3,8", 9, "8", 1},
        {"3,1", 9, "3", 1},
        {"-1", 9, "", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct index_set s = index_set_parse(&a, str_of(rows[i].text), rows[i].completions);
        ck_assert_str_eq(text_of(&a, &s), rows[i].expect);
        ck_assert_int_eq(index_set_total(&s), rows[i].total);
    }
}
END_TEST

START_TEST(sets_as_sets)
{
    struct arena a AUTO_ARENA = {0};
    int64_t some[] = {9, 3, 4, 3, 0, 5};
    struct index_set x = index_set_of(&a, some, ARRAY_LEN(some)), y = index_set_parse(&a, STR("1,2,7-8,20"), 99);
    struct index_set both = index_set_union(&a, &x, &y), none = {0};
    ck_assert_str_eq(text_of(&a, &x), "0,3-5,9");
    ck_assert_str_eq(text_of(&a, &both), "0-5,7-9,20");
    both = index_set_union(&a, &none, &x);
    ck_assert_str_eq(text_of(&a, &both), "0,3-5,9");
    struct index_set z = index_set_parse(&a, STR("2-4,8-12"), 99);
    ck_assert_int_eq(index_set_common(&x, &z), 3);
    ck_assert_int_eq(index_set_common(&z, &x), 3);
    ck_assert_int_eq(index_set_common(&x, &none), 0);
    for (int64_t i = -1; i < 25; i++) {
        bool has = i == 0 || (i >= 3 && i <= 5) || i == 9;
        ck_assert_msg(index_set_has(&x, i) == has, "%lld", (long long)i);
    }
}
END_TEST

START_TEST(waits_longer_each_time)
{
    static const struct {
        int64_t failures, since_s, left_s;
    } rows[] = {{0, 0, 0},  {1, 0, 10},  {1, 4, 6},   {1, 10, 0},  {1, 99, 0},     {2, 0, 20},    {3, 0, 40},
                {4, 5, 75}, {6, 0, 320}, {7, 0, 600}, {8, 0, 600}, {1000, 1, 599}, {1000, 601, 0}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_int_eq(job_backoff_left_ms(rows[i].failures, 5000, (5000 + rows[i].since_s) * 1000),
                         rows[i].left_s * 1000);
}
END_TEST

#define RULES(...) "{\"podFailurePolicy\":{\"rules\":[" __VA_ARGS__ "]}}"
#define EXITS(op, values, action)                                                                                      \
    "{\"action\":\"" action "\",\"onExitCodes\":{\"operator\":\"" op "\",\"values\":[" values "]}}"
#define CONDITION(type, action)                                                                                        \
    "{\"action\":\"" action "\",\"onPodConditions\":[{\"type\":\"" type "\",\"status\":\"True\"}]}"

START_TEST(first_rule_that_matches)
{
    static const struct {
        const char *spec;
        enum job_action action;
        const char *message;
    } rows[] = {
        {"{}", JOB_NO_RULE, NULL},
        {RULES(EXITS("In", "1,3", "Count")), JOB_COUNT, NULL},
        {RULES(EXITS("In", "1,2", "Count")), JOB_NO_RULE, NULL},
        {RULES(EXITS("NotIn", "1,2", "Ignore")), JOB_IGNORE, NULL},
        {RULES(EXITS("NotIn", "3", "Ignore") "," EXITS("In", "3", "FailIndex")), JOB_FAIL_INDEX, NULL},
        {RULES(EXITS("In", "9", "Count") "," EXITS("In", "3", "FailJob")), JOB_FAIL_JOB,
         "Container c for pod d/p failed with exit code 3 matching FailJob rule at index 1"},
        {RULES(CONDITION("DisruptionTarget", "FailJob")), JOB_FAIL_JOB,
         "Pod d/p has condition DisruptionTarget matching FailJob rule at index 0"},
        {RULES(CONDITION("Ready", "FailJob")), JOB_NO_RULE, NULL},
        {"{\"podFailurePolicy\":{\"rules\":[{\"action\":\"Count\",\"onExitCodes\":{\"containerName\":\"side\","
         "\"operator\":\"In\",\"values\":[3]}}]}}",
         JOB_NO_RULE, NULL},
    };
    struct err e = ERR_INIT;
    const struct object *pod AUTO_OBJ = object_parse(
        STR("{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\"},\"status\":{\"phase\":\"Failed\",\"containerStatuses\":"
            "["
            "{\"name\":\"side\",\"state\":{\"running\":{}}},"
            "{\"name\":\"c\",\"state\":{\"terminated\":{\"exitCode\":3}}}],\"conditions\":["
            "{\"type\":\"Ready\",\"status\":\"False\"},{\"type\":\"DisruptionTarget\",\"status\":\"True\"}]}}"),
        NULL, &e);
    ck_assert_ptr_nonnull(pod);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        const char *message = NULL;
        const struct json *spec = json_parse(&a, str_of(rows[i].spec), &e);
        ck_assert_msg(spec != NULL, "%s", e.text);
        ck_assert_msg(job_failure_action(&a, spec, pod, &message) == rows[i].action, "row %zu", i);
        ck_assert(!message == !rows[i].message);
        if (message) ck_assert_str_eq(message, rows[i].message);
    }
}
END_TEST

START_TEST(success_policies)
{
    static const struct {
        const char *rules, *succeeded, *message;
    } rows[] = {
        {"", "0-9", NULL},
        {"{\"succeededCount\":2}", "", NULL},
        {"{\"succeededCount\":2}", "7", NULL},
        {"{\"succeededCount\":2}", "1,7", "Matched rules at index 0"},
        {"{\"succeededIndexes\":\"0-2\"}", "0,1", NULL},
        {"{\"succeededIndexes\":\"0-2\"}", "0-3", "Matched rules at index 0"},
        {"{\"succeededIndexes\":\"0-2\",\"succeededCount\":1}", "2,5", "Matched rules at index 0"},
        {"{\"succeededIndexes\":\"0-2\",\"succeededCount\":1}", "5", NULL},
        {"{\"succeededIndexes\":\"0\"},{\"succeededCount\":1}", "5", "Matched rules at index 1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        const char *text = arena_printf(&a, "{\"completions\":10,\"successPolicy\":{\"rules\":[%s]}}", rows[i].rules);
        struct index_set done = index_set_parse(&a, str_of(rows[i].succeeded), 10);
        const char *message = job_success_message(&a, json_parse(&a, str_of(text), &e), &done);
        ck_assert_msg(!message == !rows[i].message, "row %zu", i);
        if (message) ck_assert_str_eq(message, rows[i].message);
    }
}
END_TEST

TEST_MAIN("job_index", reads_and_writes_ranges, sets_as_sets, waits_longer_each_time, first_rule_that_matches,
          success_policies)
