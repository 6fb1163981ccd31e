/* test_keep.c - how long things are kept: retention by revisions and by the cluster's clock, keys without
 * history, keys that expire. Virtual time is moved by clk_set; nothing sleeps. */
#include "store_fixture.h"

#include "base/clk.h"
#include "base/kassert.h"
#include "base/thread.h"

static void clock_set(int64_t ms) { clk_set(&(struct clk_state){.at_ns = ms * 1000000, .rate = 1, .paused = true}); }

static int64_t start_ms; /* the clock never goes back, so every test begins where it stands */

static void clock_begin(void)
{
    struct clk_state st;
    clk_get(&st);
    start_ms = st.at_ns / 1000000 + 1000;
    clock_set(start_ms);
}

static void retention(bool memory)
{
    struct fixture f;
    clock_begin();
    fixture_init(&f, memory);
    f.o.sync = STORE_SYNC_OFF;
    f.o.history_revisions = 50;
    f.o.history_ms = 60000;
    fixture_open(&f);
    for (int i = 0; i < 300; i++) must_put(f.s, "/a", "v");
    ck_assert_uint_eq(store_rev(f.s), 301);
    ck_assert_uint_eq(store_compacted_rev(f.s), 0); /* too young */
    clock_set(start_ms + 60001);
    must_put(f.s, "/a", "w");
    wait_compacted(f.s, 301 - 50);
    uint64_t compacted = store_compacted_rev(f.s);
    ck_assert_uint_le(compacted, 302 - 50); /* and not more than the revisions allow */
    ck_feed(f.s, "", compacted - 1, "Expired");
    ck_range(f.s, "", NULL, compacted, 0, "Expired");
    ck_range(f.s, "", NULL, 253, 0, "/a=v@253 ");
    if (!memory) {
        fixture_reopen(&f);
        ck_assert_uint_eq(store_compacted_rev(f.s), compacted);
        ck_clean(f.path);
    }
    ck_range(f.s, "", NULL, 0, 0, "/a=w@302 ");
    fixture_release(&f);
}
START_TEST(retention_file) { retention(false); }
END_TEST
START_TEST(retention_memory) { retention(true); }
END_TEST

/* More than one slice, and deletes as well as puts. */
static void slices(bool memory)
{
    struct fixture f;
    fixture_init(&f, memory);
    f.o.sync = STORE_SYNC_OFF;
    f.o.history_revisions = UINT64_MAX;
    fixture_open(&f);
    must_put(f.s, "/stays", "1");
    for (int i = 0; i < 700; i++) {
        must_put(f.s, "/comes", "v");
        ck_assert(del(f.s, "/comes", STORE_ANY_REV).ok);
    }
    ck_assert_uint_eq(store_compacted_rev(f.s), 0);
    store_compact(f.s, UINT64_MAX); /* bounded by the present revision */
    wait_compacted(f.s, 1401);
    ck_assert_uint_eq(store_compacted_rev(f.s), 1401);
    ck_feed(f.s, "", 1401, "1402:/comes-<v@1401 "); /* the newest event with its previous version */
    ck_feed(f.s, "", 1400, "Expired");
    ck_range(f.s, "", NULL, 1402, 0, "/stays=1@2 ");
    if (!memory) {
        fixture_reopen(&f);
        ck_assert_uint_eq(store_rev(f.s), 1402);
        ck_range(f.s, "", NULL, 0, 0, "/stays=1@2 ");
        ck_clean(f.path);
    }
    fixture_release(&f);
}
START_TEST(slices_file) { slices(false); }
END_TEST
START_TEST(slices_memory) { slices(true); }
END_TEST

/* ---- Keys that keep no history ---- */

static void newest_only(bool memory)
{
    struct fixture f;
    fixture_init(&f, memory);
    f.o.newest_only_prefix = "/leases/n/";
    fixture_open(&f);
    must_put(f.s, "/leases/n/a", "1"); /* 2 */
    must_put(f.s, "/leases/n/b", "1"); /* 3 */
    must_put(f.s, "/pods/p", "1");     /* 4 */
    must_put(f.s, "/leases/n/a", "2"); /* 5 */
    ck_assert_uint_eq(store_floor(f.s, STR("/leases/")), 0);
    ck_feed(f.s, "/leases/", 0, "2:/leases/n/a=1 3:/leases/n/b=1 5:/leases/n/a=2<1@2 ");
    must_put(f.s, "/leases/n/a", "3"); /* 6: revision 2 goes */
    must_put(f.s, "/pods/p", "2");     /* 7 */
    ck_assert_uint_eq(store_floor(f.s, STR("/leases/")), 5);
    ck_assert_uint_eq(store_floor(f.s, STR("/leases/n/a")), 5);
    ck_assert_uint_eq(store_floor(f.s, STR("/pods/")), 0);
    ck_feed(f.s, "/leases/", 4, "Expired");
    ck_feed(f.s, "/", 4, "Expired");
    ck_feed(f.s, "/leases/", 5, "6:/leases/n/a=3<2@5 ");
    ck_feed(f.s, "/pods/", 0, "4:/pods/p=1 7:/pods/p=2<1@4 ");
    ck_feed(f.s, "", 0, "3:/leases/n/b=1 4:/pods/p=1 5:/leases/n/a=2 6:/leases/n/a=3<2@5 7:/pods/p=2<1@4 ");
    ck_range(f.s, "", NULL, 4, 0, "Expired");
    ck_range(f.s, "", NULL, 5, 0, "/leases/n/a=2@5 /leases/n/b=1@3 /pods/p=1@4 ");
    ck_range(f.s, "/pods/", NULL, 4, 0, "/pods/p=1@4 "); /* keys with history are not touched */
    for (int i = 0; i < 10; i++) must_put(f.s, "/leases/n/b", "x");
    ck_feed(f.s, "", 7, "16:/leases/n/b=x 17:/leases/n/b=x<x@16 ");
    ck_assert(del(f.s, "/leases/n/b", STORE_ANY_REV).ok); /* 18 */
    ck_feed(f.s, "/leases/", 17, "18:/leases/n/b-<x@17 ");
    if (!memory) {
        fixture_reopen(&f); /* the gaps in the revisions are accounted for */
        ck_clean(f.path);
    }
    ck_assert_uint_eq(store_rev(f.s), 18);
    ck_assert_uint_eq(store_floor(f.s, STR("/leases/")), 17);
    ck_range(f.s, "", NULL, 0, 0, "/leases/n/a=3@6 /pods/p=2@7 ");
    store_compact(f.s, 18);
    wait_compacted(f.s, 17);
    ck_feed(f.s, "/", 17, "18:/leases/n/b-<x@17 ");
    fixture_release(&f);
}
START_TEST(newest_only_file) { newest_only(false); }
END_TEST
START_TEST(newest_only_memory) { newest_only(true); }
END_TEST

/* ---- Expiry ---- */

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    uint64_t rev;
    struct buf deletes;
};

static void waiter_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    struct waiter *w = arg;
    mutex_lock(&w->lock);
    w->rev = rev;
    for (int i = 0; i < count; i++) {
        KASSERT(!events[i].tag);
        if (events[i].deleted) line_add_event(&w->deletes, &events[i]);
    }
    pthread_cond_broadcast(&w->cond);
    mutex_unlock(&w->lock);
}

static void wait_rev(struct waiter *w, uint64_t rev)
{
    int64_t deadline = mono_ns() + TEST_DEADLINE_MS * INT64_C(1000000);
    mutex_lock(&w->lock);
    while (w->rev < rev) ck_assert(cond_wait_until(&w->cond, &w->lock, deadline));
    mutex_unlock(&w->lock);
}

static void put_expiring(struct store *s, const char *key, const char *value, int64_t after_ms)
{
    struct store_op op = {.kind = STORE_PUT,
                          .key = str_of(key),
                          .expect_rev = STORE_ANY_REV,
                          .expires_at_ms = after_ms ? start_ms + after_ms : 0};
    ck_assert(put_op(s, op, value).ok);
}

static void expiry(bool memory)
{
    struct fixture f;
    struct waiter w = {.lock = MUTEX_INIT};
    clock_begin();
    cond_init_mono(&w.cond);
    buf_init(&w.deletes, 4096);
    fixture_init(&f, memory);
    f.o.on_commit = waiter_commit;
    f.o.arg = &w;
    fixture_open(&f);
    put_expiring(f.s, "/late", "1", 5000);          /* 2 */
    put_expiring(f.s, "/early", "1", 1000);         /* 3 */
    put_expiring(f.s, "/moved", "1", 1000);         /* 4 */
    put_expiring(f.s, "/moved", "2", 9000);         /* 5 */
    put_expiring(f.s, "/kept", "1", 1000);          /* 6 */
    put_expiring(f.s, "/kept", "2", 0);             /* 7 */
    put_expiring(f.s, "/gone", "1", 1000);          /* 8 */
    ck_assert(del(f.s, "/gone", STORE_ANY_REV).ok); /* 9 */
    ck_assert_int_eq(clk_next_due_ns(), (start_ms + 1000) * 1000000);
    clock_set(start_ms + 999);
    must_put(f.s, "/x", "1"); /* 10 */
    ck_range(f.s, "/early", "/early0", 0, 0, "/early=1@3 ");
    clock_set(start_ms + 1000);
    wait_rev(&w, 11);
    ck_range(f.s, "", NULL, 0, 0, "/kept=2@7 /late=1@2 /moved=2@5 /x=1@10 ");
    ck_range(f.s, "", NULL, 10, 0, "/early=1@3 /kept=2@7 /late=1@2 /moved=2@5 /x=1@10 ");
    clock_set(start_ms + 100000);
    wait_rev(&w, 13);
    ck_assert_str_eq(w.deletes.p, "9:/gone-<1@8 11:/early-<1@3 12:/late-<1@2 13:/moved-<2@5 ");
    ck_assert_uint_eq(store_rev(f.s), 13);
    fixture_release(&f);
    buf_release(&w.deletes);
}
START_TEST(expiry_file) { expiry(false); }
END_TEST
START_TEST(expiry_memory) { expiry(true); }
END_TEST

START_TEST(expiry_after_reopen)
{
    struct fixture f;
    struct waiter w = {.lock = MUTEX_INIT};
    clock_begin();
    cond_init_mono(&w.cond);
    buf_init(&w.deletes, 1 << 16);
    fixture_init(&f, false);
    f.o.sync = STORE_SYNC_OFF;
    f.o.on_commit = waiter_commit;
    f.o.arg = &w;
    fixture_open(&f);
    for (int i = 0; i < 600; i++) { /* more than one group may take */
        char key[32];
        snprintf(key, sizeof key, "/e/%03d", i);
        put_expiring(f.s, key, "1", 1000);
    }
    store_close(f.s);
    clock_set(start_ms + 2000);
    fixture_open(&f);
    ck_assert_uint_eq(store_rev(f.s), 601); /* nothing is called before the caches can be filled */
    store_start(f.s);
    wait_rev(&w, 1201);
    ck_range(f.s, "", NULL, 0, 0, "");
    fixture_release(&f);
    buf_release(&w.deletes);
}
END_TEST

TEST_MAIN("store keep", retention_file, retention_memory, slices_file, slices_memory, newest_only_file,
          newest_only_memory, expiry_file, expiry_memory, expiry_after_reopen)
