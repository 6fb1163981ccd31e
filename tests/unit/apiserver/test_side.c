/* test_side.c - the bounded tables beside the history: identity, order of changes, tombstones, bounds. */
#include "apiserver/sim/side.h"
#include "base/json.h"
#include "check_main.h"

#include <stdio.h>

struct thing {
    struct side_entry e;
    int value;
};

static struct side table;
static int dropped;

static void thing_write(struct buf *out, const struct side_entry *e)
{
    buf_addf(out, ",\"spec\":{\"value\":%d}", ((const struct thing *)e)->value);
}

static void thing_drop(struct side_entry *e)
{
    dropped++;
    side_entry_release(e);
    free(e);
}

static void open_table(size_t max, bool full_refuses)
{
    static struct side_kind kind;
    kind = (struct side_kind){.plural = "things",
                              .kind = "Thing",
                              .list_kind = "ThingList",
                              .namespaced = true,
                              .max = max,
                              .bytes_max = 1000,
                              .full_refuses = full_refuses,
                              .write = thing_write,
                              .drop = thing_drop};
    dropped = 0;
    side_seed(1);
    side_init(&table, &kind);
}

static struct thing *add(const char *ns, const char *name, const char *id)
{
    struct thing *t = xcalloc(1, sizeof *t);
    t->e.bytes = 10;
    if (side_add(&table, &t->e, str_of(ns), str_of(name), str_of(id))) return t;
    free(t);
    return NULL;
}

static struct buf seen;

static bool note(void *arg, const struct side_change *c)
{
    struct str name = c->entry ? c->entry->name : c->tombstone->name;
    *(uint64_t *)arg = c->rev;
    buf_addf(&seen, "%c%.*s ", "+~-"[c->type], STR_ARG(name));
    return true;
}

/* The changes behind *after, as text; *after moves on. */
static const char *changes(uint64_t *after)
{
    buf_release(&seen);
    buf_init(&seen, 10000);
    buf_cstr(&seen, "");
    if (!side_changes(&table, *after, note, after)) return "expired";
    return seen.p ? seen.p : "";
}

START_TEST(finds_by_name_and_id)
{
    open_table(10, false);
    struct thing *a = add("ns", "a", "1");
    ck_assert_ptr_eq(side_find(&table, STR("ns"), STR("a")), &a->e);
    ck_assert_ptr_null(side_find(&table, STR("other"), STR("a")));
    ck_assert_ptr_eq(side_find_id(&table, STR("1")), &a->e);
    ck_assert_msg(!add("ns", "b", "1"), "an id is there once");
    struct thing *again = add("ns", "a", "2");
    ck_assert_ptr_eq(side_find(&table, STR("ns"), STR("a")), &again->e);
    ck_assert_ptr_eq(side_find_id(&table, STR("1")), &a->e);
    ck_assert(!a->e.visible && again->e.visible);
    side_release(&table);
    ck_assert_int_eq(dropped, 2);
}
END_TEST

START_TEST(tells_changes_in_order_and_coalesced)
{
    open_table(10, false);
    uint64_t at = side_rev();
    struct thing *a = add("ns", "a", "1"), *b = add("ns", "b", "2");
    ck_assert_str_eq(changes(&at), "+a +b ");
    ck_assert_str_eq(changes(&at), "");
    side_touch(&table, &a->e);
    side_touch(&table, &b->e);
    side_touch(&table, &a->e);
    ck_assert_str_eq(changes(&at), "~b ~a ");
    side_remove(&table, &b->e);
    add("ns", "c", "3");
    ck_assert_str_eq(changes(&at), "-b +c ");
    struct thing *brief = add("ns", "d", "4");
    side_remove(&table, &brief->e);
    ck_assert_str_eq(changes(&at), "");
    add("ns", "a", "5");
    ck_assert_str_eq(changes(&at), "-a +a ");
    side_release(&table);
}
END_TEST

START_TEST(forgets_the_oldest)
{
    open_table(3, false);
    uint64_t at = side_rev();
    add("ns", "a", "1");
    add("ns", "b", "2");
    add("ns", "c", "3");
    changes(&at);
    add("ns", "d", "4");
    ck_assert_int_eq(dropped, 1);
    ck_assert_ptr_null(side_find(&table, STR("ns"), STR("a")));
    ck_assert_str_eq(changes(&at), "-a +d ");
    struct side_entry *d = side_find(&table, STR("ns"), STR("d"));
    side_resize(&table, d, 985);
    ck_assert_uint_eq(table.bytes, 1005);
    add("ns", "e", "5");
    ck_assert_uint_le(table.bytes, 1000);
    side_release(&table);
    open_table(1, true);
    ck_assert(add("ns", "a", "1"));
    ck_assert_msg(!add("ns", "b", "2"), "this one refuses instead");
    side_release(&table);
}
END_TEST

START_TEST(expires_old_watchers)
{
    open_table(10, false);
    uint64_t old = side_rev();
    char name[32];
    for (int i = 0; i < TOMBSTONES_MAX + 2; i++) {
        snprintf(name, sizeof name, "n%d", i);
        side_remove(&table, &add("ns", name, name)->e);
    }
    uint64_t now = side_rev();
    ck_assert_str_eq(changes(&now), "");
    ck_assert_str_eq(changes(&old), "expired");
    uint64_t future = side_rev() + 1;
    ck_assert_str_eq(changes(&future), "expired");
    side_release(&table);
}
END_TEST

START_TEST(writes_objects)
{
    open_table(10, false);
    struct thing *a = add("ns", "a", "1");
    a->value = 7;
    a->e.created_ns = INT64_C(1700000000) * 1000000000;
    struct buf b AUTO_BUF = {0};
    AUTO_FREE char *want = xasprintf(
        "{\"kind\":\"Thing\",\"apiVersion\":\"sim.kubestep.dev/"
        "v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"ns\",\"uid\":\"%s\","
        "\"resourceVersion\":\"%llu\",\"creationTimestamp\":\"2023-11-14T22:13:20Z\"},\"spec\":{\"value\":7}}",
        a->e.uid, (unsigned long long)a->e.rev);
    buf_init(&b, 10000);
    side_write(&b, &table, &a->e, true, false);
    ck_assert_str_eq(b.p, want);
    ck_assert_int_eq(a->e.uid[14], '4');
    buf_clear(&b);
    side_write(&b, &table, &a->e, true, true);
    ck_assert(strstr(b.p, "PartialObjectMetadata") && !strstr(b.p, "spec"));
    side_release(&table);
    buf_release(&seen);
}
END_TEST

TEST_MAIN("side", finds_by_name_and_id, tells_changes_in_order_and_coalesced, forgets_the_oldest, expires_old_watchers,
          writes_objects)
