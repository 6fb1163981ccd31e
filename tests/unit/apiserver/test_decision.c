/* test_decision.c - Decisions and the tables that they refer to: kept together, written out when read, gone together,
 * bounded; what makes no sense is refused. */
#include "apiserver/sim/sim_priv.h"
#include "apiserver/sim/tables.h"
#include "check_main.h"

#include <stdio.h>

static void up(void)
{
    side_seed(1);
    decision_init();
}

static void down(void)
{
    side_lock(&decisions);
    side_release(&decisions);
    ck_assert_uint_eq(tables_count(), 0);
    ck_assert_uint_eq(decisions.bytes, 0);
    side_unlock(&decisions);
}

static enum err_code post_text(const char *text)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    AUTO_FREE char *json = xstrdup(text);
    for (char *p = json; *p; p++)
        if (*p == '\'') *p = '"';
    const struct json *j = json_parse(&a, str_of(json), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, json);
    return decision_take(&a, j, &e) ? 0 : e.code;
}

#define TABLE(id) "{'id':" id ",'nodes':['n1','n2','n3'],'plugins':[{'name':'F','source':'f.c'}]}"
#define ITEM(uid, attempt, ledger)                                                                                     \
    "{'metadata':{'namespace':'ns'},'spec':{'pod':'web','uid':'" uid "','attempt':" attempt ",'profile':'p'},"         \
    "'status':{'result':'Scheduled','extra':{'kept':[1]}}" ledger "}"
#define LEDGER(table)                                                                                                  \
    ",'ledger':{'table':" table ",'status':{'evaluated':3,'feasible':3},'nodes':'CAB','verdicts':'AC','filters':'AA'}"
#define POST(process, tables, items) "{'process':'" process "','tables':[" tables "],'items':[" items "]}"

/* Of the newest attempt of that name; "" if it is not there. */
static char *text_of(const char *name, enum side_part part)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_cstr(&b, "");
    side_lock(&decisions);
    const struct side_entry *e = side_find(&decisions, STR("ns"), str_of(name));
    if (e) side_write(&b, &decisions, e, true, part);
    side_unlock(&decisions);
    return buf_take(&b);
}

START_TEST(kept_and_written_out)
{
    up();
    ck_assert_int_eq(post_text(POST("s", TABLE("7"), ITEM("u", "1", LEDGER("7")))), 0);
    AUTO_FREE char *whole = text_of("web-1", SIDE_WHOLE), *brief = text_of("web-1", SIDE_BRIEF);
    static const char head[] = "\"spec\":{\"pod\":\"web\",\"uid\":\"u\",\"attempt\":1,\"profile\":\"p\"},\"status\":{"
                               "\"result\":\"Scheduled\",\"extra\":{\"kept\":[1]},\"evaluated\":3,\"feasible\":3";
#define NODE(name) "{\"name\":\"" name "\",\"feasible\":true,\"filters\":[{\"plugin\":\"F\",\"code\":\"Success\"}]}"
    AUTO_FREE char *want_brief = xasprintf("%s}}", head);
    ck_assert_str_eq(strstr(brief, "\"spec\""), want_brief);
    AUTO_FREE char *want =
        xasprintf("%s,\"plugins\":[{\"name\":\"F\",\"source\":\"f.c\",\"filter\":\"Asked\"}],\"nodes\":[%s]}}", head,
                  NODE("n1") "," NODE("n2") "," NODE("n3"));
    ck_assert_str_eq(strstr(whole, "\"spec\""), want);
    ck_assert_int_eq(post_text(POST("s", "", ITEM("u", "2", ""))), 0); /* an attempt that failed inside */
    AUTO_FREE char *error = text_of("web-2", SIDE_WHOLE);
    ck_assert(strstr(error, "\"kept\":[1]}}}") != NULL);
    down();
}
END_TEST

START_TEST(tables_live_as_long_as_decisions)
{
    up();
    ck_assert_int_eq(post_text(POST("s", TABLE("1"), "")), 0); /* nobody refers to it */
    ck_assert_uint_eq(tables_count(), 0);
    ck_assert_int_eq(post_text(POST("s", TABLE("1"), ITEM("u", "1", LEDGER("1")) "," ITEM("u", "2", LEDGER("1")))), 0);
    ck_assert_int_eq(post_text(POST("s", TABLE("1"), ITEM("u", "3", LEDGER("1")))), 0); /* sent again */
    ck_assert_int_eq(post_text(POST("s", "", ITEM("u", "4", LEDGER("1")))), 0);         /* it is known */
    ck_assert_int_eq(post_text(POST("other", TABLE("1"), ITEM("v", "1", LEDGER("1")))), 0);
    ck_assert_uint_eq(tables_count(), 2);
    side_lock(&decisions);
    for (int n = 1; n <= 3; n++) side_remove(&decisions, decisions.eldest);
    ck_assert_uint_eq(tables_count(), 2);
    side_remove(&decisions, decisions.eldest);
    ck_assert_uint_eq(tables_count(), 1);
    side_unlock(&decisions);
    ck_assert_int_eq(post_text(POST("s", "", ITEM("u", "5", LEDGER("1")))), ERR_CONFLICT);
    ck_assert_int_eq(post_text(POST("s", TABLE("1"), ITEM("u", "5", LEDGER("1")))), 0); /* so it is sent with it */
    AUTO_FREE char *text = text_of("web-5", SIDE_WHOLE);
    ck_assert(strstr(text, "\"n3\"") != NULL);
    down();
}
END_TEST

START_TEST(what_makes_no_sense)
{
    static const struct {
        const char *text;
        enum err_code code;
        int kept; /* more than before */
    } rows[] = {
        {POST("s", "", ITEM("u", "1", LEDGER("9"))), ERR_CONFLICT, 0},    /* an unknown table */
        {POST("s", "", ITEM("u", "1", ",'ledger':{}")), ERR_CONFLICT, 0}, /* none at all */
        {POST("s", TABLE("1"), ITEM("u", "1", ",'ledger':{'table':1,'nodes':'K'}")), 0, 0},
        {POST("s", TABLE("1"), ITEM("u", "1", ",'ledger':{'table':1,'nodes':'CAggggggB'}")), 0, 0},
        {POST("s", TABLE("1"), ITEM("u", "1", ",'ledger':7")), ERR_CONFLICT, 0},
        {POST("s", "7", ""), 0, 0},
        {POST("s", "", "7,null,'x',{}"), 0, 0},
        {POST("s", "", "{'metadata':{'namespace':'ns'},'spec':{'pod':'../x','uid':'u','attempt':1},'status':{}}"), 0,
         0},
        {POST("s", "", "{'metadata':{'namespace':'ns'},'spec':{'pod':'x','uid':'u','attempt':0},'status':{}}"), 0, 0},
        {POST("s", "", "{'metadata':{'namespace':'ns'},'spec':{'pod':'x','uid':'u','attempt':1},'status':[]}"), 0, 0},
        {POST("a-name-of-a-process-that-is-longer-than-anybody-needs-it-to-be-..", "", ""), ERR_TOO_LARGE, 0},
        {POST("s", TABLE("1"), ITEM("u", "8", LEDGER("1")) "," ITEM("u", "9", LEDGER("2"))), ERR_CONFLICT, 1},
    };
    up();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t before = decisions.count;
        ck_assert_msg(post_text(rows[i].text) == rows[i].code, "%s", rows[i].text);
        ck_assert_msg(decisions.count == before + (size_t)rows[i].kept, "%s", rows[i].text);
    }
    ck_assert_uint_eq(tables_count(), 1);
    struct buf many AUTO_BUF;
    buf_init(&many, 1 << 20);
    buf_cstr(&many, "{'process':'s','tables':[");
    for (int i = 0; i <= DECISION_TABLES_MAX; i++) buf_cstr(&many, i ? ",{}" : "{}");
    buf_cstr(&many, "]}");
    ck_assert_int_eq(post_text(many.p), ERR_TOO_LARGE);
    down();
}
END_TEST

/* Each Decision has a table of its own, as when nodes come one by one. */
START_TEST(bounded_with_their_tables)
{
    enum { NODES = 5000, ROUNDS = 2000 };
    struct buf names AUTO_BUF;
    up();
    buf_init(&names, 1 << 20);
    for (int i = 0; i < NODES; i++) buf_addf(&names, "%s'node-%d'", i ? "," : "", i);
    for (int i = 1; i <= ROUNDS; i++) {
        AUTO_FREE char *text = xasprintf("{'process':'s','tables':[{'id':%d,'nodes':[%s],'plugins':[{'name':'F'}]}],'"
                                         "items':[{'metadata':{'namespace':"
                                         "'ns'},'spec':{'pod':'web','uid':'u','attempt':%d},'status':{},'ledger':{'"
                                         "table':%d,'nodes':'CAB','verdicts':"
                                         "'AC','filters':'AA'}}]}",
                                         i, names.p, i, i);
        ck_assert_int_eq(post_text(text), 0);
        ck_assert_uint_le(decisions.bytes, DECISION_BYTES_MAX + NODES * 20);
        ck_assert_uint_eq(tables_count(), decisions.count);
    }
    ck_assert_uint_lt(decisions.count, ROUNDS);
    ck_assert_uint_gt(decisions.count, 300);
    AUTO_FREE char *last = text_of("web-2000", SIDE_WHOLE);
    ck_assert(strstr(last, "\"node-2\"") != NULL);
    down();
}
END_TEST

TEST_MAIN("decision", kept_and_written_out, tables_live_as_long_as_decisions, what_makes_no_sense,
          bounded_with_their_tables)
