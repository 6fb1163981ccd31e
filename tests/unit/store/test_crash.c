/* test_crash.c - kill -9 under load, 20 times on one file: nothing acknowledged is lost, revisions have no gap,
 * the file is clean each time. The child reports every acknowledged write through a pipe before it goes on. */
#include "store_fixture.h"

#include "base/rnd.h"
#include "base/thread.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20, WRITERS = 4, KEYS = 50 };

struct ack { /* smaller than PIPE_BUF: written in one piece */
    uint64_t rev;
    char key[16], value[16];
    bool deleted;
};

struct writer {
    struct store *s;
    int number, round, fd;
};

static void *write_forever(void *arg)
{
    struct writer *w = arg;
    for (unsigned i = 0;; i++) {
        struct ack a = {0};
        snprintf(a.key, sizeof a.key, i % 9 ? "/w%d/%02u" : "/n/w%d", w->number, i % KEYS);
        snprintf(a.value, sizeof a.value, "%d.%u", w->round, i);
        a.deleted = i % 7 == 6;
        struct store_result r = a.deleted ? del(w->s, a.key, STORE_ANY_REV) : put(w->s, a.key, a.value, STORE_ANY_REV);
        if (r.conflict) continue;
        if (!r.ok) _exit(3);
        a.rev = r.rev;
        if (write(w->fd, &a, sizeof a) != (ssize_t)sizeof a) _exit(4);
    }
}

/* The child: never returns. */
static void serve(struct store_options o, int round, int fd)
{
    struct err e;
    struct writer w[WRITERS];
    struct store *s = store_open(&o, &e);
    if (!s) _exit(2);
    for (int i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){s, i, round, fd};
        thread_start("crash-writer", write_forever, &w[i]);
    }
    for (;;) pause();
}

struct acked {
    struct ack *v;
    size_t count, cap;
};

static void acked_add(struct acked *l, const struct ack *a)
{
    if (l->count == l->cap) l->v = xreallocarray(l->v, l->cap = l->cap ? l->cap * 2 : 1024, sizeof *l->v);
    l->v[l->count++] = *a;
}

/* Reads acknowledgements until there are `upto`, kills the child, reads what it still had said. */
static void run_and_kill(struct fixture *f, int round, size_t upto, struct acked *l)
{
    int fds[2], status;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(fds[0]);
        serve(f->o, round, fds[1]);
    }
    close(fds[1]);
    struct ack a;
    size_t n = 0;
    while (read(fds[0], &a, sizeof a) == (ssize_t)sizeof a) {
        acked_add(l, &a);
        if (++n == upto) ck_assert_int_eq(kill(child, SIGKILL), 0);
    }
    close(fds[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "child ended by itself: %x", status);
}

struct gapless {
    uint64_t last;
    const char *newest_only;
};

static bool check_gapless(void *arg, const struct store_event *ev)
{
    struct gapless *g = arg;
    ck_assert_uint_eq(ev->rev, g->last + 1);
    g->last = ev->rev;
    return true;
}

/* Every acknowledged write is there at its revision; the log counts without a gap. */
static void check(struct store *s, const struct acked *l, size_t from)
{
    struct err e = ERR_INIT;
    for (size_t i = from; i < l->count; i++) {
        const struct ack *a = &l->v[i];
        char end[32], expect[64] = "";
        snprintf(end, sizeof end, "%s!", a->key);
        if (!a->deleted) snprintf(expect, sizeof expect, "%s=%s@%llu ", a->key, a->value, (unsigned long long)a->rev);
        ck_assert_uint_le(a->rev, store_rev(s));
        if (i % 16 == 0) ck_range(s, a->key, end, a->rev, 0, expect);
    }
    struct gapless g = {.last = 1};
    ck_assert_msg(store_feed(s, STR(""), 0, check_gapless, &g, &e), "%s", e.text);
    ck_assert_uint_eq(g.last, store_rev(s));
}

struct by_rev {
    const struct acked *l;
    uint8_t *found; /* by revision */
    size_t n;
};

static bool find_acked(void *arg, const struct store_event *ev)
{
    struct by_rev *b = arg;
    if (ev->rev >= b->n || !b->found[ev->rev]) return true;
    for (size_t i = 0; i < b->l->count; i++) {
        const struct ack *a = &b->l->v[i];
        if (a->rev != ev->rev) continue;
        ck_assert(str_eqc(ev->key, a->key) && ev->deleted == a->deleted);
        if (!a->deleted) ck_assert(str_eqc(blob_str(ev->value), a->value));
        b->found[ev->rev] = 0;
        break;
    }
    return true;
}

/* Each acknowledgement against the event of its revision, once at the end. */
static void check_all(struct store *s, const struct acked *l)
{
    struct err e;
    struct by_rev b = {.l = l, .n = store_rev(s) + 1};
    b.found = xcalloc(b.n, 1);
    for (size_t i = 0; i < l->count; i++) {
        ck_assert_msg(!b.found[l->v[i].rev], "revision %llu was given twice", (unsigned long long)l->v[i].rev);
        b.found[l->v[i].rev] = 1;
    }
    ck_assert(store_feed(s, STR(""), 0, find_acked, &b, &e));
    for (size_t i = 0; i < b.n; i++) ck_assert_msg(!b.found[i], "revision %zu is lost", i);
    free(b.found);
}

START_TEST(kill_9)
{
    struct fixture f;
    struct acked l = {0};
    fixture_init(&f, false);
    f.o.history_revisions = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        size_t before = l.count;
        run_and_kill(&f, round, 1 + rnd_below(300), &l);
        ck_assert_uint_gt(l.count, before);
        ck_clean(f.path); /* as the crash left it, write-ahead log and all */
        fixture_open(&f);
        check(f.s, &l, before);
        store_close(f.s);
        f.s = NULL;
    }
    fixture_open(&f);
    check_all(f.s, &l);
    fixture_release(&f);
    free(l.v);
}
END_TEST

TEST_MAIN("store crash", kill_9)
