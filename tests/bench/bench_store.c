/* bench_store.c - what a write costs the store: rows per second and CPU per row, for 1, 16 and 64 that write
 * at once, into a file (full durability) and into memory; and what opening, reading and compacting cost.
 * Writes a temporary directory and lines "name value unit"; takes about 3 s. */
#include "base/heap.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/mono.h"
#include "base/thread.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { VALUE_BYTES = 1400, RUN_MS = 300, WRITERS_MAX = 64 };

struct bench;
struct writer {
    struct store_txn txn;
    struct store_op op;
    struct bench *b;
    char key[64];
    int number;
    uint64_t n;
};

/* Each writer submits its next transaction from the answer to the last, so the store's thread is all that runs. */
struct bench {
    struct store *s;
    struct writer w[WRITERS_MAX];
    const struct blob *value;
    bool update; /* the same keys again and again instead of new ones */
    int64_t until_ns;
    uint64_t rows;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    int left;
};

static void next_put(struct writer *w)
{
    uint64_t n = w->b->update ? w->n % 8 : w->n;
    w->n++;
    snprintf(w->key, sizeof w->key, "/registry/pods/ns-%d/pod-%08llx", w->number % 7,
             (unsigned long long)(n * 64 + (uint64_t)w->number));
    w->op.key = str_of(w->key);
    store_submit(w->b->s, &w->txn);
}

static void put_done(struct store_txn *t, const struct store_result *r)
{
    struct writer *w = CONTAINER_OF(t, struct writer, txn);
    struct bench *b = w->b;
    if (!r->ok) {
        fprintf(stderr, "bench_store: %s\n", r->err.text);
        exit(1);
    }
    b->rows++;
    if (mono_ns() < b->until_ns) {
        next_put(w);
        return;
    }
    mutex_lock(&b->lock);
    b->left--;
    pthread_cond_signal(&b->cond);
    mutex_unlock(&b->lock);
}

static void run(const char *name, struct store *s, int writers, bool update)
{
    struct bench b = {.s = s, .value = blob_alloc(VALUE_BYTES), .update = update, .lock = MUTEX_INIT, .left = writers};
    memset((char *)b.value->p, 'v', VALUE_BYTES);
    cond_init_mono(&b.cond);
    int64_t begin = mono_ns(), cpu = mono_cpu_ns();
    b.until_ns = begin + RUN_MS * INT64_C(1000000);
    uint64_t first = store_rev(s);
    for (int i = 0; i < writers; i++) {
        b.w[i] = (struct writer){.b = &b, .number = i, .n = update ? 0 : first};
        b.w[i].op = (struct store_op){.kind = STORE_PUT, .expect_rev = STORE_ANY_REV, .value = b.value};
        b.w[i].txn = (struct store_txn){.ops = &b.w[i].op, .nops = 1, .done = put_done};
    }
    for (int i = 0; i < writers; i++) next_put(&b.w[i]);
    mutex_lock(&b.lock);
    while (b.left) cond_wait_until(&b.cond, &b.lock, INT64_MAX);
    mutex_unlock(&b.lock);
    double seconds = (double)(mono_ns() - begin) / 1e9;
    printf("store.%s.w%d.rate %.0f rows/s\n", name, writers, (double)b.rows / seconds);
    printf("store.%s.w%d.cpu %.1f us/row\n", name, writers, (double)(mono_cpu_ns() - cpu) / 1e3 / (double)b.rows);
    blob_unref(b.value);
}

static bool count_kv(void *arg, const struct store_kv *kv)
{
    (void)kv;
    ++*(uint64_t *)arg;
    return true;
}
static bool count_event(void *arg, const struct store_event *ev)
{
    (void)ev;
    ++*(uint64_t *)arg;
    return true;
}

static struct store *open_timed(const struct store_options *o, const char *name)
{
    struct err e;
    int64_t begin = mono_ns();
    struct store *s = store_open(o, &e);
    if (!s) {
        fprintf(stderr, "bench_store: %s\n", e.text);
        exit(1);
    }
    printf("store.%s %.2f ms\n", name, (double)(mono_ns() - begin) / 1e6);
    return s;
}

static void reads(const char *name, struct store *s)
{
    struct err e;
    uint64_t n = 0, rev = store_rev(s), past = rev > 9000 ? rev - 9000 : rev;
    int64_t begin = mono_ns();
    if (!store_range(s, STR(""), STR_NULL, 0, 0, NULL, NULL, count_kv, &n, &e)) n = 0;
    printf("store.%s.range %.3f us/key\n", name, (double)(mono_ns() - begin) / 1e3 / (double)(n ? n : 1));
    n = 0;
    begin = mono_ns();
    if (!store_range(s, STR(""), STR_NULL, past, 500, NULL, NULL, count_kv, &n, &e)) printf("# %s\n", e.text);
    printf("store.%s.range_9000_back %.2f ms\n", name, (double)(mono_ns() - begin) / 1e6);
    n = 0;
    begin = mono_ns();
    if (!store_feed(s, STR("/registry/"), past, count_event, &n, &e)) printf("# %s\n", e.text);
    printf("store.%s.feed %.3f us/event\n", name, (double)(mono_ns() - begin) / 1e3 / (double)(n ? n : 1));
}

static void bench(const char *name, const char *path)
{
    static const int writers[] = {1, 16, 64};
    char label[64];
    struct store_options o = {.path = path, .history_ms = -1}; /* by revisions alone, so that compaction is in it */
    snprintf(label, sizeof label, "%s.create", name);
    struct store *s = open_timed(&o, label);
    snprintf(label, sizeof label, "%s.new", name);
    for (size_t i = 0; i < ARRAY_LEN(writers); i++) run(label, s, writers[i], false);
    reads(name, s);
    snprintf(label, sizeof label, "%s.update", name);
    for (size_t i = 0; i < ARRAY_LEN(writers); i++) run(label, s, writers[i], true);
    printf("store.%s.keys %llu revisions\n", name, (unsigned long long)store_rev(s));
    store_close(s);
    if (!path) return;
    snprintf(label, sizeof label, "%s.open", name);
    s = open_timed(&o, label);
    store_close(s);
}

int main(void)
{
    char dir[] = P_tmpdir "/bench-store-XXXXXX", path[sizeof dir + 8];
    struct err e;
    if (!mkdtemp(dir)) return 1;
    snprintf(path, sizeof path, "%s/db", dir);
    bench("file", path);
    bench("memory", NULL);
    return io_remove_tree(dir, &e) ? 0 : 1;
}
