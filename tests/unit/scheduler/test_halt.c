/* test_halt.c - breakpoints and how far a stepped cycle goes; the names of points and plugins against the plugins. */
#include "scheduler/halt.h"

#include "check_main.h"
#include "scheduler/profile.h"

START_TEST(patterns)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        {"web", "web", true},      {"web", "web-1", false},
        {"web-*", "web-1", true},  {"web-*", "web-", true},
        {"web-*", "web", false},   {"*", "", true},
        {"*", "x", true},          {"", "", true},
        {"", "x", false},          {"*-1", "web-1", true},
        {"*-1", "web-1-1", true},  {"*-1", "web-1-2", false},
        {"a*b*c", "abc", true},    {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "a-c-b", false}, {"**", "anything", true},
        {"a**", "a", true},        {"*a*a*a*b", "aaaaaaa", false},
        {"a*", "b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ck_assert_msg(pattern_matches(str_of(rows[i].pattern), str_of(rows[i].text)) == rows[i].fits, "%s of %s",
                      rows[i].pattern, rows[i].text);
}
END_TEST

static const struct halt at_filter = {.point = POINT_FILTER,
                                      .verdict = V_UNSCHEDULABLE,
                                      .plugin = {"NodeAffinity", 12},
                                      .ns = {"default", 7},
                                      .pod = {"web-1", 5},
                                      .node = {"node-3", 6}},
                         at_prefilter = {.point = POINT_PRE_FILTER,
                                         .verdict = V_SKIP,
                                         .plugin = {"NodeAffinity", 12},
                                         .ns = {"default", 7},
                                         .pod = {"web-1", 5}};

/* Breakpoints as a list of JSON in single quotes. */
static void read_course(struct course *c, struct arena *a, const char *list)
{
    struct err e = ERR_INIT;
    char *text = arena_strdup(a, list);
    for (char *p = text; *p; p++)
        if (*p == '\'') *p = '"';
    const struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    *c = (struct course){.to = GO_BREAKPOINT, .at = -1};
    course_read(c, j);
}

START_TEST(breakpoints)
{
    static const struct {
        const char *list;
        bool filter, prefilter; /* stop there */
    } rows[] = {
        {"[{}]", true, true},
        {"[{'plugin':'NodeAffinity'}]", true, true},
        {"[{'plugin':'NodeName'}]", false, false},
        {"[{'point':'Filter'}]", true, false},
        {"[{'point':'PreFilter'}]", false, true},
        {"[{'point':'PreFilter'},{'point':'Filter'}]", true, true},
        {"[{'verdict':'Unschedulable'}]", true, false},
        {"[{'verdict':'UnschedulableAndUnresolvable'}]", false, false},
        {"[{'verdict':'Skip'}]", false, true},
        {"[{'node':'node-3'}]", true, false},
        {"[{'node':'node-*'}]", true, false},
        {"[{'node':'*'}]", true, false}, /* calls that are about no node are not met */
        {"[{'node':'node-4'}]", false, false},
        {"[{'namespace':'default','pod':'web-*'}]", true, true},
        {"[{'namespace':'other'}]", false, false},
        {"[{'pod':'db-*'}]", false, false},
        {"[{'plugin':'NodeAffinity','node':'node-3','verdict':'Unschedulable','point':'Filter','pod':'web-1'}]", true,
         false},
        {"[{'plugin':'NodeAffinity','node':'node-3','verdict':'Success'}]", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct course c;
        read_course(&c, &a, rows[i].list);
        ck_assert_msg(course_stops(&c, &at_filter) == rows[i].filter, "filter, %s", rows[i].list);
        ck_assert_msg(course_stops(&c, &at_prefilter) == rows[i].prefilter, "prefilter, %s", rows[i].list);
    }
}
END_TEST

START_TEST(whom_they_concern)
{
    static const struct {
        const char *list;
        bool concerned;
    } rows[] = {{"[]", true},
                {"[{}]", true},
                {"[{'node':'x','verdict':'Error'}]", true},
                {"[{'pod':'web-*'}]", true},
                {"[{'pod':'db'}]", false},
                {"[{'pod':'db'},{'namespace':'default'}]", true},
                {"[{'pod':'web-1','namespace':'kube-system'}]", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct course c;
        read_course(&c, &a, rows[i].list);
        ck_assert_msg(course_concerns(&c, STR("default"), STR("web-1")) == rows[i].concerned, "%s", rows[i].list);
    }
}
END_TEST

START_TEST(ways_of_going_on)
{
    static const struct {
        enum going to;
        int at;
        const char *list;
        bool filter, prefilter;
    } rows[] = {
        {GO_PLUGIN, -1, "[]", true, true},
        {GO_PLUGIN, POINT_FILTER, "[]", true, true},
        {GO_POINT, -1, "[]", true, true},
        {GO_POINT, POINT_FILTER, "[]", false, true},
        {GO_POINT, POINT_PRE_FILTER, "[]", true, false},
        {GO_POINT, POINT_FILTER, "[{'node':'node-3'}]", true, true}, /* a breakpoint that comes sooner */
        {GO_BREAKPOINT, POINT_PRE_FILTER, "[]", false, false},
        {GO_BREAKPOINT, POINT_PRE_FILTER, "[{'node':'node-3'}]", true, false},
        {GO_END, -1, "[{}]", false, false},
        {GO_END, POINT_FILTER, "[]", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct course c;
        read_course(&c, &a, rows[i].list);
        c.to = rows[i].to;
        c.at = rows[i].at;
        ck_assert_msg(course_stops(&c, &at_filter) == rows[i].filter, "row %d, filter", (int)i);
        ck_assert_msg(course_stops(&c, &at_prefilter) == rows[i].prefilter, "row %d, prefilter", (int)i);
    }
}
END_TEST

START_TEST(is_bounded)
{
    struct arena a AUTO_ARENA = {0};
    struct course c;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 65536);
    for (int i = 0; i < 3 * BREAKPOINTS_READ; i++) buf_cstr(&text, i ? ",{}" : "[{}");
    buf_char(&text, ']');
    read_course(&c, &a, text.p);
    ck_assert_int_eq(c.n, BREAKPOINTS_READ);
}
END_TEST

/* What lib/api tells the API server and the command of plugins is what the plugins are. */
START_TEST(names_are_those_of_the_plugins)
{
    int n = 0;
    for (; sched_plugins[n]; n++) {
        const struct sched_plugin *p = sched_plugins[n];
        const struct plugin_points *told = plugin_points_of(str_of(p->name));
        ck_assert_msg(told != NULL, "%s", p->name);
        for (int at = 0; at < POINT_COUNT; at++) {
            bool is = at == POINT_NORMALIZE_SCORE ? p->normalize != NULL : plugin_is_of(p, (enum point)at);
            ck_assert_msg(!!(told->at & 1u << at) == is, "%s at %s", p->name, point_names[at]);
        }
    }
    int told = 0;
    while (plugin_points[told].name) told++;
    ck_assert_int_eq(told, n + 1);
    ck_assert_int_eq(plugin_points_of(STR("DefaultBinder"))->at, 1 << POINT_BIND);
}
END_TEST

TEST_MAIN("halt", patterns, breakpoints, whom_they_concern, ways_of_going_on, is_bounded,
          names_are_those_of_the_plugins)
