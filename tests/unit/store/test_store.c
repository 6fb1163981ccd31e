/* test_store.c - the contract of store.h, case by case, on a file and in memory. */
#include "store_fixture.h"

#include "base/heap.h"
#include "base/kassert.h"
#include "base/thread.h"
#include "store/limits.h"

#include <stdatomic.h>

static void example(bool memory)
{
    struct fixture f;
    fixture_init(&f, memory);
    fixture_open(&f);
    ck_assert_uint_eq(store_rev(f.s), 1);
    struct store_result r = put(f.s, "/a", "1", 0);
    ck_assert(r.ok);
    ck_assert_uint_eq(r.rev, 2);
    r = put(f.s, "/a", "x", 0);
    ck_assert(!r.ok && r.conflict && r.failed_op == 0);
    ck_assert_uint_eq(r.present_rev, 2);
    ck_assert(str_eqc(blob_str(r.present), "1"));
    blob_unref(r.present);
    r = put(f.s, "/b", "x", 7);
    ck_assert(r.conflict && !r.present && r.present_rev == 0);
    r = del(f.s, "/b", STORE_ANY_REV);
    ck_assert(r.conflict);
    ck_assert_uint_eq(must_put(f.s, "/a", "2"), 3); /* conflicts used no revision */

    struct store_kv kv;
    ck_assert(store_get(f.s, STR("/a"), &kv));
    ck_assert_uint_eq(kv.create_rev, 2);
    ck_assert_uint_eq(kv.mod_rev, 3);
    ck_assert_uint_eq(kv.version, 2);
    ck_assert(str_eqc(blob_str(kv.value), "2"));
    blob_unref(kv.value);
    ck_assert(!store_get(f.s, STR("/b"), &kv));

    r = del(f.s, "/a", 3);
    ck_assert(r.ok && r.rev == 4);
    r = put(f.s, "/a", "", 0); /* an empty value is not a delete; the version begins anew */
    ck_assert(r.ok && r.rev == 5);
    ck_assert(store_get(f.s, STR("/a"), &kv));
    ck_assert_uint_eq(kv.version, 1);
    ck_assert_uint_eq(kv.create_rev, 5);
    blob_unref(kv.value);
    ck_feed(f.s, "", 0, "2:/a=1 3:/a=2<1@2 4:/a-<2@3 5:/a= ");
    ck_range(f.s, "/", "0", 2, 0, "/a=1@2 ");
    ck_range(f.s, "/", "0", 3, 0, "/a=2@3 ");
    ck_range(f.s, "/", "0", 4, 0, "");
    ck_range(f.s, "/", "0", 0, 0, "/a=@5 ");
    ck_range(f.s, "/", "0", 6, 0, "BadRequest");
    fixture_release(&f);
}
START_TEST(example_file) { example(false); }
END_TEST
START_TEST(example_memory) { example(true); }
END_TEST

/* ---- Groups ---- */

/* Records what the callbacks say, in one line; the writer is held in the first done callback until released. */
struct script {
    struct buf said;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool held, go;
    int left;
    struct store *s;
};
struct scripted {
    struct store_txn txn;
    struct store_op op[2];
    struct script *script;
    bool hold, resubmit;
};

static void script_init(struct script *sc)
{
    *sc = (struct script){.lock = MUTEX_INIT};
    buf_init(&sc->said, 1 << 16);
    cond_init_mono(&sc->cond);
}

static void script_commit(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    struct script *sc = arg;
    mutex_lock(&sc->lock);
    buf_addf(&sc->said, "C%llu(", (unsigned long long)rev);
    for (int i = 0; i < count; i++) {
        KASSERT(events[i].rev == rev);
        line_add_event(&sc->said, &events[i]);
    }
    buf_cstr(&sc->said, ") ");
    mutex_unlock(&sc->lock);
}

static void script_end(void *arg)
{
    struct script *sc = arg;
    mutex_lock(&sc->lock);
    buf_cstr(&sc->said, "END ");
    mutex_unlock(&sc->lock);
}

static void script_done(struct store_txn *t, const struct store_result *r)
{
    struct scripted *x = CONTAINER_OF(t, struct scripted, txn);
    struct script *sc = x->script;
    mutex_lock(&sc->lock);
    if (r->ok)
        buf_addf(&sc->said, "ok%llu ", (unsigned long long)r->rev);
    else if (r->conflict)
        buf_addf(&sc->said, "conflict(%.*s@%llu) ", STR_ARG(blob_str(r->present)), (unsigned long long)r->present_rev);
    else
        buf_addf(&sc->said, "%s ", r->err.code == ERR_CLOSED ? "closed" : r->err.code == ERR_IO ? "io" : "error");
    if (x->hold) {
        sc->held = true;
        pthread_cond_broadcast(&sc->cond);
        while (!sc->go) cond_wait_until(&sc->cond, &sc->lock, INT64_MAX);
    }
    bool again = x->resubmit;
    if (!again) sc->left--;
    pthread_cond_broadcast(&sc->cond);
    mutex_unlock(&sc->lock);
    if (!again) return;
    x->resubmit = false; /* allowed from inside a callback */
    store_submit(sc->s, t);
}

static void script_put(struct script *sc, struct scripted *x, const char *key, const struct blob *value,
                       uint64_t expect)
{
    x->script = sc;
    x->op[0] = (struct store_op){.kind = STORE_PUT, .key = str_of(key), .expect_rev = expect, .value = value};
    x->txn = (struct store_txn){.ops = x->op, .nops = 1, .done = script_done};
    sc->left++;
    store_submit(sc->s, &x->txn);
}

/* Holds the writer in the answer to a first put, so that what is submitted meanwhile becomes one group. */
static void script_hold(struct script *sc, struct scripted *first, const struct blob *value)
{
    first->hold = true;
    script_put(sc, first, "/hold", value, STORE_ANY_REV);
    mutex_lock(&sc->lock);
    while (!sc->held) cond_wait_until(&sc->cond, &sc->lock, INT64_MAX);
    mutex_unlock(&sc->lock);
}

static void script_go(struct script *sc)
{
    mutex_lock(&sc->lock);
    sc->go = true;
    pthread_cond_broadcast(&sc->cond);
    mutex_unlock(&sc->lock);
}

static void script_wait(struct script *sc)
{
    int64_t deadline = mono_ns() + TEST_DEADLINE_MS * INT64_C(1000000);
    mutex_lock(&sc->lock);
    while (sc->left) ck_assert(cond_wait_until(&sc->cond, &sc->lock, deadline));
    mutex_unlock(&sc->lock);
}

/* The worked example of store.h: one group of three. */
static void group_of_three(bool memory)
{
    struct fixture f;
    struct script sc;
    struct scripted h = {0}, t1 = {0}, t2 = {0}, t3 = {0};
    const struct blob *v1 AUTO_BLOB = blob_new(STR("v1"));
    const struct blob *v2 AUTO_BLOB = blob_new(STR("v2"));
    fixture_init(&f, memory);
    script_init(&sc);
    f.o.on_commit = script_commit;
    f.o.on_group_end = script_end;
    f.o.arg = &sc;
    fixture_open(&f);
    sc.s = f.s;
    must_put(f.s, "/a", "v0");
    script_hold(&sc, &h, v1);
    script_put(&sc, &t1, "/a", v1, 2);
    script_put(&sc, &t2, "/a", v2, 2);
    script_put(&sc, &t3, "/b", v2, 0);
    script_go(&sc);
    script_wait(&sc);
    store_close(f.s);
    ck_assert_str_eq(sc.said.p, "C2(2:/a=v0 ) END C3(3:/hold=v1 ) ok3 END "
                                "C4(4:/a=v1<v0@2 ) C5(5:/b=v2 ) ok4 conflict(v1@4) ok5 END ");
    f.s = NULL;
    fixture_release(&f);
    buf_release(&sc.said);
}
START_TEST(group_file) { group_of_three(false); }
END_TEST
START_TEST(group_memory) { group_of_three(true); }
END_TEST

START_TEST(all_or_nothing)
{
    struct fixture f;
    fixture_init(&f, false);
    fixture_open(&f);
    const struct blob *v AUTO_BLOB = blob_new(STR("v"));
    must_put(f.s, "/x", "0");
    struct store_op ops[] = {
        {.kind = STORE_PUT, .key = STR("/a"), .value = v, .expect_rev = 0},
        {.kind = STORE_DELETE, .key = STR("/x"), .expect_rev = 2},
        {.kind = STORE_PUT, .key = STR("/c"), .value = v, .expect_rev = 9},
    };
    struct store_result r = store_submit_sync(f.s, ops, 3);
    ck_assert(r.conflict && r.failed_op == 2);
    ck_range(f.s, "", NULL, 0, 0, "/x=0@2 ");
    ops[2].expect_rev = 0;
    r = store_submit_sync(f.s, ops, 3);
    ck_assert(r.ok && r.rev == 3);
    ck_range(f.s, "", NULL, 0, 0, "/a=v@3 /c=v@3 ");
    ck_range(f.s, "", NULL, 2, 0, "/x=0@2 ");
    ck_feed(f.s, "", 2, "3:/a=v 3:/x-<0@2 3:/c=v ");
    fixture_reopen(&f);
    ck_assert_uint_eq(store_rev(f.s), 3);
    ck_range(f.s, "", NULL, 0, 0, "/a=v@3 /c=v@3 ");
    ck_feed(f.s, "/c", 2, "3:/c=v ");
    r = store_submit_sync(f.s, ops, 0);
    ck_assert(r.ok && r.rev == 3 && store_rev(f.s) == 3);
    fixture_release(&f);
}
END_TEST

START_TEST(refuses_too_large)
{
    struct fixture f;
    fixture_init(&f, true);
    fixture_open(&f);
    char key[STORE_KEY_MAX + 2];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    ck_assert_int_eq(put(f.s, key, "v", 0).err.code, ERR_TOO_LARGE);
    ck_assert_int_eq(put(f.s, "", "v", 0).err.code, ERR_TOO_LARGE);
    struct blob *big = blob_alloc(STORE_VALUE_MAX + 1);
    struct store_op op = {.kind = STORE_PUT, .key = STR("/big"), .value = big};
    ck_assert_int_eq(store_submit_sync(f.s, &op, 1).err.code, ERR_TOO_LARGE);
    blob_unref(big);
    key[STORE_KEY_MAX] = '\0';
    ck_assert(put(f.s, key, "v", 0).ok);
    fixture_release(&f);
}
END_TEST

START_TEST(closing_answers_everything)
{
    struct fixture f;
    struct script sc;
    struct scripted h = {0}, t[20] = {0};
    const struct blob *v AUTO_BLOB = blob_new(STR("v"));
    fixture_init(&f, false);
    script_init(&sc);
    fixture_open(&f);
    sc.s = f.s;
    script_hold(&sc, &h, v);
    for (int i = 0; i < 20; i++) {
        t[i].resubmit = i == 19; /* its second submit meets a store that is closing, or is still committed */
        script_put(&sc, &t[i], i % 2 ? "/odd" : "/even", v, STORE_ANY_REV);
    }
    script_go(&sc);
    store_close(f.s);
    ck_assert_int_eq(sc.left, 0);
    fixture_open(&f);
    ck_assert_uint_ge(store_rev(f.s), 22);
    fixture_release(&f);
    buf_release(&sc.said);
}
END_TEST

START_TEST(submit_from_callback)
{
    struct fixture f;
    struct script sc;
    struct scripted t = {.resubmit = true};
    const struct blob *v AUTO_BLOB = blob_new(STR("v"));
    fixture_init(&f, true);
    script_init(&sc);
    fixture_open(&f);
    sc.s = f.s;
    script_put(&sc, &t, "/a", v, STORE_ANY_REV);
    script_wait(&sc);
    ck_assert_str_eq(sc.said.p, "ok2 ok3 ");
    struct err e;
    ck_assert(store_barrier(f.s, &e));
    fixture_release(&f);
    buf_release(&sc.said);
}
END_TEST

/* Threads that increment counters by compare and swap: no update is lost, no revision left out. */
struct counter_thread {
    struct store *s;
    int n;
};
static _Atomic uint64_t seen_rev;

static void check_sequence(void *arg, const struct store_event *events, int count, uint64_t rev)
{
    (void)arg, (void)events;
    KASSERT(count == 1);
    KASSERT(rev == atomic_load(&seen_rev) + 1);
    atomic_store(&seen_rev, rev);
}

static void *count_up(void *arg)
{
    struct counter_thread *c = arg;
    for (int i = 0; i < 200;) {
        struct store_kv kv;
        const char *key = (i + c->n) % 2 ? "/c/0" : "/c/1";
        int64_t value = 0;
        uint64_t expect = 0;
        if (store_get(c->s, str_of(key), &kv)) {
            KASSERT(str_to_i64(blob_str(kv.value), &value));
            expect = kv.mod_rev;
            blob_unref(kv.value);
        }
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)value + 1);
        struct store_result r = put(c->s, key, text, expect);
        KASSERT(r.ok || r.conflict);
        blob_unref(r.present);
        if (r.ok) KASSERT(atomic_load(&seen_rev) >= r.rev); /* told before answered */
        if (r.ok) i++;
    }
    return NULL;
}

static void counters(bool memory)
{
    struct fixture f;
    pthread_t t[4];
    struct counter_thread c[4];
    fixture_init(&f, memory);
    f.o.on_commit = check_sequence;
    f.o.sync = STORE_SYNC_OFF;
    atomic_store(&seen_rev, 1);
    fixture_open(&f);
    for (int i = 0; i < 4; i++) {
        c[i] = (struct counter_thread){f.s, i};
        t[i] = thread_start("counter", count_up, &c[i]);
    }
    for (int i = 0; i < 4; i++) thread_join(t[i]);
    ck_assert_uint_eq(store_rev(f.s), 801);
    if (!memory) fixture_reopen(&f);
    ck_assert_uint_eq(store_rev(f.s), 801);
    int64_t sum = 0;
    for (int i = 0; i < 2; i++) {
        struct store_kv kv;
        int64_t v;
        ck_assert(store_get(f.s, i ? STR("/c/1") : STR("/c/0"), &kv));
        ck_assert(str_to_i64(blob_str(kv.value), &v));
        blob_unref(kv.value);
        sum += v;
    }
    ck_assert_int_eq(sum, 800);
    fixture_release(&f);
}
START_TEST(counters_file) { counters(false); }
END_TEST
START_TEST(counters_memory) { counters(true); }
END_TEST

TEST_MAIN("store", example_file, example_memory, group_file, group_memory, all_or_nothing, refuses_too_large,
          closing_answers_everything, submit_from_callback, counters_file, counters_memory)
