/* test_decisions.c - Decisions on their way: a table of nodes goes with the first that refers to it, and again when the
 * server says that it does not know it; what waits is bounded. */
#include "fake_rest.h"
#include "scheduler/decisions.h"
#include "sched_support.h"

static pthread_mutex_t lock = MUTEX_INIT;
static int tables[16], items[16], posts; /* of each POST */
static int refuse;                       /* so many are answered with 409 */

static int count(struct str text, const char *what)
{
    int n = 0;
    AUTO_FREE char *copy = str_dup(text);
    for (char *p = copy; (p = strstr(p, what)); p++) n++;
    return n;
}

static void handler(void *arg, const struct fake_request *rq, struct fake_reply *rp)
{
    (void)arg;
    mutex_lock(&lock);
    tables[posts] = count(rq->body, "\"plugins\":[{\"name\"");
    items[posts++] = count(rq->body, "\"n\":");
    if (refuse) {
        refuse--;
        rp->status = 409;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"code\":409,\"reason\":\"Conflict\",\"message\":\"unknown\"}");
    } else {
        rp->status = 201;
        buf_cstr(&rp->body, "{\"kind\":\"Status\",\"status\":\"Success\"}");
    }
    mutex_unlock(&lock);
}

static void wait_for(int n)
{
    for (int i = 0; i < 1000; i++) {
        mutex_lock(&lock);
        bool there = posts >= n;
        mutex_unlock(&lock);
        if (there) return;
        mono_sleep_ms(5);
    }
    ck_abort_msg("%d posts", posts);
}

static void tell(struct decisions *d, struct cache *c, int n)
{
    struct attempt t;
    attempt_begin(&t, ONE("'cpu':'1'"));
    cycle_compute(&t.cy, c, NULL, &t.start, &t.choice);
    struct json *j = json_obj(&t.cy.arena);
    json_set(&t.cy.arena, j, STR("n"), json_int(&t.cy.arena, n));
    struct account a = account_make(j, &t.cy);
    decisions_add(d, &a);
    ck_assert_ptr_null(a.text);
    attempt_end(&t);
}

START_TEST(a_table_goes_once)
{
    struct fake_server server;
    posts = refuse = 0;
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server);
    struct cache *c = cache_new();
    add_node(c, "n1", "", "");
    struct decisions *d = decisions_new(r);
    tell(d, c, 1);
    wait_for(1);
    tell(d, c, 2);
    wait_for(2);
    add_node(c, "n2", "", ""); /* another order */
    tell(d, c, 3);
    wait_for(3);
    mutex_lock(&lock);
    refuse = 1; /* it was restarted */
    mutex_unlock(&lock);
    tell(d, c, 4);
    wait_for(5);
    struct arena a AUTO_ARENA = {0};
    struct account none = account_make(json_obj(&a), NULL);
    decisions_add(d, &none);
    wait_for(6);
    decisions_free(d);
    const int want[][2] = {{1, 1}, {0, 1}, {1, 1}, {0, 1}, {1, 1}, {0, 0}};
    ck_assert_int_eq(posts, 6);
    for (int i = 0; i < 6; i++)
        ck_assert_msg(tables[i] == want[i][0] && items[i] == want[i][1], "POST %d: %d tables, %d items", i, tables[i],
                      items[i]);
    cache_free(c);
    rest_free(r);
    fake_stop(&server);
    ck_assert_uint_eq(sym_count(), 0);
}
END_TEST

START_TEST(it_gives_up)
{
    struct fake_server server;
    posts = 0;
    refuse = 100;
    fake_start(&server, 0, handler, NULL);
    struct rest *r = fake_rest(&server);
    struct cache *c = cache_new();
    add_node(c, "n1", "", "");
    struct decisions *d = decisions_new(r);
    tell(d, c, 1);
    decisions_free(d);
    ck_assert_int_eq(posts, 3);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(tables[i], 1);
    cache_free(c);
    rest_free(r);
    fake_stop(&server);
}
END_TEST

TEST_MAIN("decisions", a_table_goes_once, it_gives_up)
