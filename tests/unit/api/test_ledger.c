/* test_ledger.c - ledgers of scheduling attempts: written out in full, and what is no ledger is refused in time that
 * its length bounds. What a scheduler writes: tests/unit/scheduler/test_account.c. */
#include "api/ledger.h"
#include "base/mono.h"
#include "check_main.h"

/* JSON in single quotes. */
static const struct json *tree(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    char *json = arena_strdup(a, text);
    for (char *p = json; *p; p++)
        if (*p == '\'') *p = '"';
    const struct json *j = json_parse(a, str_of(json), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, json);
    return j;
}

static const char table[] = "{'id':1,'nodes':['a','b','c','d'],'plugins':[{'name':'F','source':'f.c'},"
                            "{'name':'G','source':'g.c'},{'name':'S'}]}";

#define FILTERS "'filters':'AAC'" /* F, G */
#define CLASS   "{'plugin':1,'code':'Unschedulable','reasons':['too small'],'lacking':[0]}"

/* Of a good ledger: nodes a, c, d; a and d fit. */
#define NODES  "'nodes':'CCB'"
#define GOOD   NODES ",'verdicts':'AACB','classes':[" CLASS "],'amounts':[{'resource':'cpu','values':'of'}]," FILTERS
#define SCORES ",'scores':[{'plugin':2,'weight':3,'raw':'CC','normalized':'oGG'}],'unscored':'C','skipped':'E'"

static bool reads(struct ledger *l, struct arena *a, const struct ledger_table *t, const char *text)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *whole = xasprintf("{%s}", text);
    bool good = ledger_read(l, a, tree(a, whole), t, &e);
    ck_assert(good == (e.code == 0));
    return good;
}

START_TEST(in_full)
{
    struct err e = ERR_INIT;
    struct arena a AUTO_ARENA = {0};
    struct buf out AUTO_BUF;
    struct ledger l;
    struct ledger_table *t = ledger_table_read(tree(&a, table), &e);
    buf_init(&out, 1 << 20);
    ck_assert(
        reads(&l, &a, t, GOOD SCORES ",'hopeless':[{'code':'Unschedulable','reasons':['no victims'],'nodes':'G'}]"));
    ledger_write_nodes(&out, &l);
    ck_assert_str_eq(
        out.p,
        "[{\"name\":\"a\",\"feasible\":true,\"filters\":[{\"plugin\":\"F\",\"code\":\"Success\"},{\"plugin\":\"G\","
        "\"code\":\"Success\"}],\"scores\":[{\"plugin\":\"S\",\"raw\":1,\"normalized\":100,\"weight\":3,\"weighted\":"
        "300}"
        "],\"total\":300},"
        "{\"name\":\"c\",\"feasible\":false,\"filters\":[{\"plugin\":\"F\",\"code\":\"Success\"},{\"plugin\":\"G\","
        "\"code\":\"Unschedulable\",\"reasons\":[\"too small\"],\"lacking\":[{\"resource\":\"cpu\",\"amount\":\"500m\"}"
        "]}],\"preemption\":{\"code\":\"Unschedulable\",\"reasons\":[\"no victims\"]}},"
        "{\"name\":\"d\",\"feasible\":true,\"filters\":[{\"plugin\":\"F\",\"code\":\"Success\"},{\"plugin\":\"G\","
        "\"code\":\"Success\"}],\"scores\":[{\"plugin\":\"S\",\"raw\":2,\"normalized\":103,\"weight\":3,\"weighted\":"
        "309}"
        "],\"total\":309}]");
    buf_clear(&out);
    ledger_write_plugins(&out, &l);
    ck_assert_str_eq(out.p, "[{\"name\":\"F\",\"source\":\"f.c\",\"filter\":\"Asked\"},"
                            "{\"name\":\"G\",\"source\":\"g.c\",\"filter\":\"Asked\",\"score\":\"Skipped\"},"
                            "{\"name\":\"S\",\"source\":\"\",\"filter\":\"Skipped\",\"score\":\"Asked\"}]");
    buf_clear(&out);
    ck_assert(reads(&l, &a, t, "'table':1")); /* a pod that was refused before any node was looked at */
    ledger_write_nodes(&out, &l);
    ledger_write_plugins(&out, &l);
    ck_assert_str_eq(out.p, "[][]");
    ledger_table_free(t);
}
END_TEST

static const char *const bad[] = {
    "'nodes':'K'",                                             /* the fifth of four */
    "'nodes':'A'",                                             /* half a run */
    "'nodes':'AA'",                                            /* before the first */
    "'nodes':'CACB'",                                          /* back and forth: five nodes */
    "'nodes':'CAC+////D'",                                     /* a step too far */
    "'nodes':'CAggggggC'",                                     /* the same node for ever */
    "'nodes':'C\\u00e9'",                                      /* no digit */
    NODES "," FILTERS,                                         /* no verdicts */
    NODES "," FILTERS ",'verdicts':'AA'",                      /* one of three */
    NODES "," FILTERS ",'verdicts':'AD'",                      /* five */
    NODES "," FILTERS ",'verdicts':'AAC'",                     /* a class that is not there */
    NODES "," FILTERS ",'verdicts':'BAB'",                     /* below the first */
    NODES "," FILTERS ",'verdicts':'AggggggD'",                /* far too many */
    NODES ",'verdicts':'AC','filters':'G'",                    /* a plugin that is not there */
    NODES ",'verdicts':'AC','filters':'B'",                    /* below the first */
    NODES ",'verdicts':'AC','filters':'AggB'",                 /* too many */
    NODES ",'verdicts':'AC','skipped':'!'",                    /* no digit */
    NODES ",'verdicts':'AC','unscored':'I'",                   /* not there */
    NODES ",'verdicts':'AACB','classes':[" CLASS "]," FILTERS, /* no amounts at all */
    NODES ",'verdicts':'AACB','classes':[" CLASS "],'amounts':[{'values':''}]," FILTERS,   /* none of one */
    NODES ",'verdicts':'AACB','classes':[" CLASS "],'amounts':[{'values':'CC'}]," FILTERS, /* two of one */
    NODES ",'verdicts':'AACB','classes':[{'plugin':2,'code':'x'}]," FILTERS,               /* it was not asked */
    NODES ",'verdicts':'AACB','classes':[{'plugin':1}]," FILTERS,                          /* no code */
    NODES ",'verdicts':'AACB','classes':[{'plugin':1,'code':'x','lacking':[7]}]," FILTERS,
    NODES ",'verdicts':'AACB','classes':[{'plugin':1,'code':'x','lacking':['cpu']}]," FILTERS,
    NODES ",'verdicts':'AACB','classes':['x']," FILTERS,
    GOOD ",'scores':[{'plugin':3,'raw':'CC'}]",  /* not there */
    GOOD ",'scores':[{'plugin':2,'raw':'C'}]",   /* one of two */
    GOOD ",'scores':[{'plugin':2,'raw':'CCC'}]", /* three of two */
    GOOD ",'scores':[{'plugin':2,'raw':'CC','normalized':7}]",
    GOOD ",'hopeless':[{'code':'x','nodes':'K'}]",
};

START_TEST(what_is_no_ledger)
{
    struct err e = ERR_INIT;
    struct arena a AUTO_ARENA = {0};
    struct ledger l;
    struct ledger_table *t = ledger_table_read(tree(&a, table), &e);
    ck_assert(reads(&l, &a, t, GOOD SCORES));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) ck_assert_msg(!reads(&l, &a, t, bad[i]), "%s", bad[i]);
    ledger_table_free(t);
}
END_TEST

START_TEST(tables)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{"{}", true},
                {"{'nodes':'x','plugins':7}", true},                /* no nodes */
                {"{'nodes':[1,null,{}],'plugins':[null,1]}", true}, /* three without a name */
                {"[]", true}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct ledger_table *t = ledger_table_read(tree(&a, rows[i].text), &e);
        ck_assert((t != NULL) == rows[i].good);
        ledger_table_free(t);
    }
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *many = json_obj(&a), *list = json_arr(&a);
    json_set(&a, many, STR("plugins"), list);
    for (int i = 0; i <= LEDGER_PLUGINS_MAX; i++) json_push(list, json_obj(&a));
    ck_assert_ptr_null(ledger_table_read(many, &e));
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
}
END_TEST

/* A few bytes that stand for a million nodes with long reasons, again and again. */
START_TEST(small_texts_of_large_things)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct ledger l;
    struct json *names = json_arr(&a), *j = json_obj(&a), *plugin = json_obj(&a), *plugins = json_arr(&a);
    json_set(&a, plugin, STR("name"), json_strc(&a, "F"));
    json_push(plugins, plugin);
    for (int i = 0; i < LEDGER_TABLE_NODES; i++) json_push(names, json_strc(&a, "n"));
    json_set(&a, j, STR("nodes"), names);
    json_set(&a, j, STR("plugins"), plugins);
    struct ledger_table *t = ledger_table_read(j, &e);
    ck_assert(t != NULL);
    struct buf nodes AUTO_BUF, zeros AUTO_BUF = {0};
    buf_init(&nodes, 100);
    buf_init(&zeros, 100);
    struct runs r;
    runs_begin(&r, &nodes);
    runs_repeat(&r, 1, LEDGER_TABLE_NODES);
    runs_end(&r);
    runs_begin(&r, &zeros);
    runs_repeat(&r, 0, LEDGER_TABLE_NODES);
    runs_end(&r);
    AUTO_FREE char *text =
        xasprintf("'nodes':'%s','verdicts':'%s','filters':'AA'", nodes.p, zeros.p); /* too large written out */
    int64_t before = mono_cpu_ns();
    for (int i = 0; i < 1000; i++) ck_assert(!reads(&l, &a, t, text));
    ck_assert_int_lt(mono_cpu_ns() - before, INT64_C(1000000000));
    ledger_table_free(t);
    json_push(names, json_strc(&a, "n"));
    ck_assert_ptr_null(ledger_table_read(j, &e));
}
END_TEST

TEST_MAIN("ledger", in_full, what_is_no_ledger, tables, small_texts_of_large_things)
