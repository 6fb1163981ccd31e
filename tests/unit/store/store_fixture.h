/* store_fixture.h - what the store's tests share: a directory that goes away, short puts and deletes. */
#ifndef UNIT_STORE_STORE_FIXTURE_H
#define UNIT_STORE_STORE_FIXTURE_H

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/mono.h"
#include "check_main.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEST_DEADLINE_MS = 20000 };

struct fixture {
    char dir[64], path[96];
    struct store_options o;
    struct store *s;
};

static inline void fixture_open(struct fixture *f)
{
    struct err e = ERR_INIT;
    f->s = store_open(&f->o, &e);
    ck_assert_msg(f->s != NULL, "%s", e.text);
}

/* A store in a new directory, or in memory. */
static inline void fixture_init(struct fixture *f, bool memory)
{
    *f = (struct fixture){0};
    snprintf(f->dir, sizeof f->dir, "%s/store-XXXXXX", P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/db", f->dir);
    f->o.path = memory ? NULL : f->path;
}

static inline void fixture_release(struct fixture *f)
{
    store_close(f->s);
    struct err e;
    ck_assert(io_remove_tree(f->dir, &e));
}

static inline void fixture_reopen(struct fixture *f)
{
    store_close(f->s);
    fixture_open(f);
}

static inline struct store_result put_op(struct store *s, struct store_op op, const char *value)
{
    const struct blob *b AUTO_BLOB = value ? blob_new(str_of(value)) : NULL;
    op.value = b;
    return store_submit_sync(s, &op, 1);
}

static inline struct store_result put(struct store *s, const char *key, const char *value, uint64_t expect)
{
    struct store_op op = {.kind = STORE_PUT, .key = str_of(key), .expect_rev = expect};
    return put_op(s, op, value);
}

static inline struct store_result del(struct store *s, const char *key, uint64_t expect)
{
    return put_op(s, (struct store_op){.kind = STORE_DELETE, .key = str_of(key), .expect_rev = expect}, NULL);
}

/* Puts that must succeed at the next revision. */
static inline uint64_t must_put(struct store *s, const char *key, const char *value)
{
    struct store_result r = put(s, key, value, STORE_ANY_REV);
    ck_assert_msg(r.ok, "%s", r.err.text);
    return r.rev;
}

/* Waits until the store is compacted to at least rev; each answered write gives a slice its turn. */
static inline void wait_compacted(struct store *s, uint64_t rev)
{
    int64_t deadline = mono_ms() + TEST_DEADLINE_MS;
    while (store_compacted_rev(s) < rev) {
        ck_assert_msg(mono_ms() < deadline, "compacted only to %llu", (unsigned long long)store_compacted_rev(s));
        struct store_result r = del(s, "/no-such-key", STORE_ANY_REV);
        ck_assert(r.conflict);
    }
}

/* A range or feed as one line: "key=value@mod " or "rev:key=value<prev " ("-" for deletes). */
static inline bool line_add_kv(void *arg, const struct store_kv *kv)
{
    buf_addf(arg, "%.*s=%.*s@%llu ", STR_ARG(kv->key), STR_ARG(blob_str(kv->value)), (unsigned long long)kv->mod_rev);
    return true;
}

static inline bool line_add_event(void *arg, const struct store_event *ev)
{
    buf_addf(arg, "%llu:%.*s", (unsigned long long)ev->rev, STR_ARG(ev->key));
    if (ev->deleted)
        buf_cstr(arg, "-");
    else
        buf_addf(arg, "=%.*s", STR_ARG(blob_str(ev->value)));
    if (ev->prev) buf_addf(arg, "<%.*s@%llu", STR_ARG(blob_str(ev->prev)), (unsigned long long)ev->prev_rev);
    buf_char(arg, ' ');
    return true;
}

#define ck_range(s, from, to, rev, limit, expect)                                                                      \
    do {                                                                                                               \
        struct err e_ = ERR_INIT;                                                                                      \
        struct buf b_;                                                                                                 \
        uint64_t at_ = 0;                                                                                              \
        buf_init(&b_, 1 << 20);                                                                                        \
        buf_cstr(&b_, "");                                                                                             \
        bool ok_ = store_range(s, str_of(from), str_of(to), rev, limit, &at_, NULL, line_add_kv, &b_, &e_);            \
        ck_assert_str_eq(ok_ ? (b_.n ? b_.p : "") : err_info(e_.code)->reason, expect);                                \
        if (ok_) ck_assert_uint_eq(at_, (rev) ? (rev) : store_rev(s));                                                 \
        buf_release(&b_);                                                                                              \
    } while (0)

#define ck_feed(s, prefix, after, expect)                                                                              \
    do {                                                                                                               \
        struct err e_ = ERR_INIT;                                                                                      \
        struct buf b_;                                                                                                 \
        buf_init(&b_, 1 << 20);                                                                                        \
        bool ok_ = store_feed(s, str_of(prefix), after, line_add_event, &b_, &e_);                                     \
        ck_assert_str_eq(ok_ ? (b_.n ? b_.p : "") : err_info(e_.code)->reason, expect);                                \
        buf_release(&b_);                                                                                              \
    } while (0)

/* The file on disk is without findings. */
static inline void ck_clean(const char *path)
{
    struct err e = ERR_INIT;
    struct buf report;
    buf_init(&report, 1 << 16);
    bool ok = store_fsck(path, &report, &e);
    ck_assert_msg(ok, "%s\n%s", e.text, report.p ? report.p : "");
    buf_release(&report);
}

#endif
