/* test_model.c - random transactions, compactions and reopenings against a model that keeps everything:
 * gets, ranges now and in the past, and feeds must agree. */
#include "store_fixture.h"

#include "base/rnd.h"

enum { KEYS = 12, STEPS = 1500 };

struct version {
    uint64_t rev, create_rev, version;
    int value; /* -1: absent */
};

/* history[i][k]: key k at revision i. */
struct model {
    struct version (*at)[KEYS];
    struct {
        uint64_t rev;
        int key;
    } * events;
    int nevents;
    uint64_t rev;
    struct rnd rnd;
};

static void key_name(int k, char out[16]) { snprintf(out, 16, "/k/%02d", k); }

static void model_init(struct model *m, uint64_t seed)
{
    *m = (struct model){.rev = 1};
    m->at = xcalloc(STEPS + 2, sizeof *m->at);
    m->events = xcalloc(STEPS * 3, sizeof *m->events);
    for (int k = 0; k < KEYS; k++) m->at[0][k] = m->at[1][k] = (struct version){.value = -1};
    rnd_stream(&m->rnd, seed);
}

static void model_write(struct model *m, struct store *s, int step)
{
    struct store_op ops[3];
    char keys[3][16];
    const struct blob *values[3] = {NULL, NULL, NULL};
    int n = 1 + (int)rnd_next_below(&m->rnd, 3), first = (int)rnd_next_below(&m->rnd, KEYS), fails = -1;
    struct version next[KEYS];
    memcpy(next, m->at[m->rev], sizeof next);
    for (int i = 0; i < n; i++) {
        int k = (first + i * 5) % KEYS;
        struct version *v = &next[k];
        bool put_it = rnd_next_below(&m->rnd, 3) > 0, present = v->value >= 0;
        uint64_t expect = rnd_next_below(&m->rnd, 4) == 0   ? rnd_next_below(&m->rnd, m->rev + 1)
                          : rnd_next_below(&m->rnd, 2) == 0 ? STORE_ANY_REV
                                                            : v->rev * present;
        char text[32];
        snprintf(text, sizeof text, "%d", step * 4 + i);
        key_name(k, keys[i]);
        if (put_it) values[i] = blob_new(str_of(text));
        ops[i] = (struct store_op){.kind = put_it ? STORE_PUT : STORE_DELETE,
                                   .key = str_of(keys[i]),
                                   .expect_rev = expect,
                                   .value = values[i]};
        bool holds = (put_it || present) && (expect == STORE_ANY_REV || expect == v->rev * present);
        if (!holds && fails < 0) fails = i;
        *v = (struct version){m->rev + 1, present ? v->create_rev : m->rev + 1, present ? v->version + 1 : 1,
                              put_it ? step * 4 + i : -1};
    }
    struct store_result r = store_submit_sync(s, ops, n);
    for (int i = 0; i < n; i++) blob_unref(values[i]);
    blob_unref(r.present);
    ck_assert_int_eq(r.ok, fails < 0);
    ck_assert_int_eq(r.conflict, fails >= 0);
    if (fails >= 0) {
        ck_assert_int_eq(r.failed_op, fails);
        return;
    }
    m->rev++;
    ck_assert_uint_eq(r.rev, m->rev);
    memcpy(m->at[m->rev], next, sizeof next);
    for (int i = 0; i < n; i++) {
        m->events[m->nevents].rev = m->rev;
        m->events[m->nevents++].key = (first + i * 5) % KEYS;
    }
}

static void model_line(const struct model *m, uint64_t rev, int from, int to, size_t limit, struct buf *out)
{
    size_t n = 0;
    for (int k = from; k < to && (!limit || n < limit); k++) {
        const struct version *v = &m->at[rev][k];
        if (v->value < 0) continue;
        buf_addf(out, "/k/%02d=%d@%llu ", k, v->value, (unsigned long long)v->rev);
        n++;
    }
}

static size_t model_count(const struct model *m, uint64_t rev, int from, int to)
{
    size_t n = 0;
    for (int k = from; k < to; k++) n += m->at[rev][k].value >= 0;
    return n;
}

static void check_range(struct model *m, struct store *s)
{
    uint64_t compacted = store_compacted_rev(s), rev = rnd_next_below(&m->rnd, m->rev + 1);
    int from = (int)rnd_next_below(&m->rnd, KEYS),
        to = from + (int)rnd_next_below(&m->rnd, (uint64_t)(KEYS - from + 1));
    size_t limit = rnd_next_below(&m->rnd, 4);
    char from_key[16], to_key[16];
    key_name(from, from_key);
    key_name(to, to_key);
    struct buf expect AUTO_BUF, got AUTO_BUF = {0};
    buf_init(&expect, 1 << 16);
    buf_init(&got, 1 << 16);
    struct err e = ERR_INIT;
    uint64_t at = 0;
    size_t count = 0;
    bool ok = store_range(s, str_of(from_key), str_of(to_key), rev, limit, &at, &count, line_add_kv, &got, &e);
    if (rev != 0 && rev <= compacted) {
        ck_assert(!ok && e.code == ERR_EXPIRED);
        return;
    }
    ck_assert_msg(ok, "%s", e.text);
    ck_assert_uint_eq(at, rev ? rev : m->rev);
    model_line(m, at, from, to, limit, &expect);
    ck_assert_uint_eq(count, model_count(m, at, from, to));
    ck_assert_msg(str_eq(buf_view(&got), buf_view(&expect)), "at %llu: %s instead of %s", (unsigned long long)at,
                  got.n ? got.p : "", expect.n ? expect.p : "");
}

static void check_feed(struct model *m, struct store *s)
{
    uint64_t after = rnd_next_below(&m->rnd, m->rev + 1);
    struct buf expect AUTO_BUF, got AUTO_BUF = {0};
    buf_init(&expect, 1 << 20);
    buf_init(&got, 1 << 20);
    struct err e = ERR_INIT;
    bool tens = rnd_next_below(&m->rnd, 2);
    bool ok = store_feed(s, tens ? STR("/k/1") : STR("/k/"), after, line_add_event, &got, &e);
    if (after < store_compacted_rev(s)) {
        ck_assert(!ok && e.code == ERR_EXPIRED);
        return;
    }
    ck_assert_msg(ok, "%s", e.text);
    for (int i = 0; i < m->nevents; i++) {
        uint64_t rev = m->events[i].rev;
        int k = m->events[i].key;
        const struct version *v = &m->at[rev][k], *p = &m->at[rev - 1][k];
        if (rev <= after || (tens && k < 10)) continue;
        buf_addf(&expect, v->value < 0 ? "%llu:/k/%02d-" : "%llu:/k/%02d=%d", (unsigned long long)rev, k, v->value);
        if (p->value >= 0) buf_addf(&expect, "<%d@%llu", p->value, (unsigned long long)p->rev);
        buf_char(&expect, ' ');
    }
    ck_assert_msg(str_eq(buf_view(&got), buf_view(&expect)), "after %llu: %s\ninstead of %s", (unsigned long long)after,
                  got.n ? got.p : "", expect.n ? expect.p : "");
}

static void check_get(struct model *m, struct store *s)
{
    char key[16];
    int k = (int)rnd_next_below(&m->rnd, KEYS);
    const struct version *v = &m->at[m->rev][k];
    struct store_kv kv;
    key_name(k, key);
    bool found = store_get(s, str_of(key), &kv);
    ck_assert_int_eq(found, v->value >= 0);
    if (!found) return;
    int64_t value;
    ck_assert(str_to_i64(blob_str(kv.value), &value) && value == v->value);
    ck_assert(kv.mod_rev == v->rev && kv.create_rev == v->create_rev && kv.version == v->version);
    blob_unref(kv.value);
}

static void run(bool memory, uint64_t seed, uint64_t keep)
{
    struct fixture f;
    struct model m;
    fixture_init(&f, memory);
    f.o.sync = STORE_SYNC_OFF;
    f.o.history_revisions = keep;
    f.o.history_ms = -1; /* nothing is too young */
    fixture_open(&f);
    model_init(&m, seed);
    for (int step = 0; step < STEPS; step++) {
        model_write(&m, f.s, step);
        if (step % 5 == 0) check_get(&m, f.s);
        if (step % 7 == 0) check_range(&m, f.s);
        if (step % 31 == 0) check_feed(&m, f.s);
        if (step % 211 == 210 && !memory) fixture_reopen(&f);
        if (keep == UINT64_MAX && step % 401 == 400) {
            uint64_t rev = m.rev - rnd_next_below(&m.rnd, 50);
            store_compact(f.s, rev);
            wait_compacted(f.s, rev - 1);
        }
        if (keep != UINT64_MAX) ck_assert_uint_le(m.rev - store_compacted_rev(f.s), keep + keep / 2 + 2);
    }
    ck_assert_uint_gt(store_compacted_rev(f.s), 0);
    struct err e = ERR_INIT;
    char copy[128];
    snprintf(copy, sizeof copy, "%s/copy", f.dir);
    ck_assert_msg(store_snapshot(f.s, copy, &e), "%s", e.text);
    if (!memory) ck_clean(f.path);
    ck_clean(copy);
    f.o.path = copy; /* the copy goes on where the original stood, history and all */
    fixture_reopen(&f);
    ck_assert_uint_eq(store_rev(f.s), m.rev);
    for (int i = 0; i < 50; i++) {
        check_get(&m, f.s);
        check_range(&m, f.s);
    }
    check_feed(&m, f.s);
    fixture_release(&f);
    free(m.at);
    free(m.events);
}

START_TEST(file_manual) { run(false, 1, UINT64_MAX); }
END_TEST
START_TEST(file_retention) { run(false, 2, 100); }
END_TEST
START_TEST(memory_manual) { run(true, 3, UINT64_MAX); }
END_TEST
START_TEST(memory_retention) { run(true, 4, 100); }
END_TEST

TEST_MAIN("store model", file_manual, file_retention, memory_manual, memory_retention)
