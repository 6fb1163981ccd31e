/* test_beside.c - reading history beside a busy writer, retention and dropped versions: what is read is one
 * state, or ERR_EXPIRED; never a mixture, never a silent hole. */
#include "store_fixture.h"

#include "base/kassert.h"
#include "base/rnd.h"
#include "base/thread.h"

#include <stdatomic.h>

enum { WRITES = 1500, PAIRS = 4 };

struct beside {
    struct store *s;
    _Atomic bool end;
    _Atomic int read, expired;
};

/* Each transaction gives both halves of a pair the same value; pair 0 keeps no history, pair 1 comes and goes. */
/* In threads KASSERT: Check's own are for one thread. */
static void *write_pairs(void *arg)
{
    struct beside *b = arg;
    for (int i = 0; i < WRITES; i++) {
        char left[16], right[16], text[16];
        int pair = i % PAIRS;
        snprintf(left, sizeof left, "/%d/left", pair);
        snprintf(right, sizeof right, "/%d/right", pair);
        snprintf(text, sizeof text, "%d", i);
        const struct blob *v AUTO_BLOB = blob_new(str_of(text));
        enum store_op_kind kind = pair == 1 && i / PAIRS % 2 ? STORE_DELETE : STORE_PUT;
        struct store_op ops[2] = {
            {.kind = kind, .key = str_of(left), .expect_rev = STORE_ANY_REV, .value = v},
            {.kind = kind, .key = str_of(right), .expect_rev = STORE_ANY_REV, .value = v},
        };
        KASSERT(store_submit_sync(b->s, ops, 2).ok);
    }
    atomic_store(&b->end, true);
    return NULL;
}

struct seen {
    uint64_t rev[8];
    char text[8][16];
    int count;
};

static bool see(void *arg, const struct store_kv *kv)
{
    struct seen *seen = arg;
    int n = seen->count++;
    KASSERT(n < 2 * PAIRS);
    snprintf(seen->text[n], sizeof seen->text[n], "%.*s", STR_ARG(blob_str(kv->value)));
    seen->rev[n] = kv->mod_rev;
    return true;
}

static void read_range(struct beside *b, uint64_t back)
{
    struct err e;
    struct seen seen = {.count = 0};
    uint64_t rev = store_rev(b->s), at = 0;
    rev = rev > back ? rev - back : 1;
    bool keep_only = back % 2; /* without the keys that keep no history */
    atomic_fetch_add(&b->read, 1);
    if (!store_range(b->s, keep_only ? STR("/1/") : STR("/"), STR_NULL, rev, 0, &at, NULL, see, &seen, &e)) {
        KASSERT(e.code == ERR_EXPIRED);
        atomic_fetch_add(&b->expired, 1);
        return;
    }
    KASSERT(seen.count % 2 == 0);
    for (int i = 0; i < seen.count; i += 2) {
        KASSERT(strcmp(seen.text[i], seen.text[i + 1]) == 0);
        KASSERT(seen.rev[i] == seen.rev[i + 1] && seen.rev[i] <= rev);
    }
    /* The newest write before a state is in it, unless it was a delete. */
    if (!keep_only && rev > PAIRS * 2 && seen.count == 2 * PAIRS) {
        uint64_t newest = 0;
        for (int i = 0; i < seen.count; i++) newest = MAX(newest, seen.rev[i]);
        KASSERT(newest == rev);
    }
}

struct feed {
    uint64_t last;
    int places;
};

static bool feed_next(void *arg, const struct store_event *ev)
{
    struct feed *f = arg;
    if (ev->rev == f->last) {
        KASSERT(++f->places == 2);
        return true;
    }
    KASSERT(ev->rev == f->last + 1);
    if (f->places) KASSERT(f->places == 2);
    KASSERT((ev->prev != NULL) == (ev->prev_rev != 0)); /* kept as long as the event */
    f->last = ev->rev;
    f->places = 1;
    return true;
}

static void read_feed(struct beside *b, uint64_t back)
{
    struct err e;
    uint64_t rev = store_rev(b->s);
    struct feed f = {.last = rev > back ? rev - back : 1};
    atomic_fetch_add(&b->read, 1);
    if (store_feed(b->s, STR("/"), f.last, feed_next, &f, &e)) {
        KASSERT(f.last >= rev);
        return;
    }
    KASSERT(e.code == ERR_EXPIRED);
    atomic_fetch_add(&b->expired, 1);
}

static void *read_past(void *arg)
{
    struct beside *b = arg;
    struct rnd rnd;
    rnd_stream(&rnd, rnd_u64());
    while (!atomic_load(&b->end)) {
        read_range(b, rnd_next_below(&rnd, 10));
        read_range(b, 1 + 2 * rnd_next_below(&rnd, 80));
        read_feed(b, rnd_next_below(&rnd, 10));
    }
    return NULL;
}

static void beside(bool memory)
{
    struct fixture f;
    struct beside b = {.s = NULL};
    pthread_t writer, reader[2];
    fixture_init(&f, memory);
    f.o.sync = STORE_SYNC_OFF;
    f.o.newest_only_prefix = "/0/";
    f.o.history_revisions = 100;
    f.o.history_ms = -1;
    fixture_open(&f);
    b.s = f.s;
    for (int i = 0; i < 2; i++) reader[i] = thread_start("reader", read_past, &b);
    writer = thread_start("writer", write_pairs, &b);
    thread_join(writer);
    for (int i = 0; i < 2; i++) thread_join(reader[i]);
    ck_assert_uint_eq(store_rev(f.s), WRITES + 1);
    ck_assert_int_gt(atomic_load(&b.read), atomic_load(&b.expired));
    ck_assert_uint_gt(store_compacted_rev(f.s), 0);
    if (!memory) ck_clean(f.path);
    fixture_release(&f);
}
START_TEST(beside_file) { beside(false); }
END_TEST
START_TEST(beside_memory) { beside(true); }
END_TEST

TEST_MAIN("store beside", beside_file, beside_memory)
