/* test_disk.c - what the world does to the file: a full disk, a second server, a foreign or damaged file, and
 * what sqlite3 shows of it. */
#include "store_fixture.h"

#include "base/clk.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void limit_file_size(rlim_t bytes)
{
    struct rlimit l;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* Writes fail from some size on, as on a full disk: they are refused, reads go on, nothing is half-written. */
START_TEST(disk_full)
{
    struct fixture f;
    signal(SIGXFSZ, SIG_IGN);
    fixture_init(&f, false);
    fixture_open(&f);
    char value[20001];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    must_put(f.s, "/first", "1");
    limit_file_size(400000);
    struct store_result r = {.ok = true};
    int written = 0;
    for (; written < 100 && r.ok; written += r.ok) r = put(f.s, "/big", value, STORE_ANY_REV);
    ck_assert_int_lt(written, 30);
    ck_assert_int_eq(r.err.code, ERR_IO);
    ck_assert_msg(strstr(r.err.text, "disk"), "%s", r.err.text);
    ck_assert_uint_eq(store_rev(f.s), (uint64_t)written + 2);
    for (int i = 0; i < 3; i++) ck_assert(!put(f.s, "/other", value, STORE_ANY_REV).ok);
    ck_range(f.s, "/first", "/first0", 0, 0, "/first=1@2 ");
    ck_range(f.s, "", NULL, 2, 0, "/first=1@2 ");
    struct store_kv kv;
    ck_assert(!store_get(f.s, STR("/other"), &kv));
    limit_file_size(RLIM_INFINITY);
    ck_assert_uint_eq(must_put(f.s, "/other", "2"), (uint64_t)written + 3); /* the next revision, without a gap */
    fixture_reopen(&f);
    ck_assert_uint_eq(store_rev(f.s), (uint64_t)written + 3);
    ck_range(f.s, "/first", "/first0", 0, 0, "/first=1@2 ");
    ck_clean(f.path);
    fixture_release(&f);
}
END_TEST

/* An expiry that meets the full disk is tried again, also while others keep the writer busy. */
START_TEST(expiry_on_full_disk)
{
    struct fixture f;
    signal(SIGXFSZ, SIG_IGN);
    fixture_init(&f, false);
    fixture_open(&f);
    struct clk_state st;
    clk_get(&st);
    struct store_op op = {.kind = STORE_PUT, .key = STR("/e"), .expires_at_ms = st.at_ns / 1000000 + 3600000};
    ck_assert(put_op(f.s, op, "1").ok);
    limit_file_size(8192); /* no commit fits */
    st.at_ns += INT64_C(3700000) * 1000000;
    clk_set(&st);
    for (int i = 0; i < 50; i++) ck_assert_int_eq(put(f.s, "/x", "1", STORE_ANY_REV).err.code, ERR_IO);
    struct store_kv kv;
    ck_assert(store_get(f.s, STR("/e"), &kv));
    blob_unref(kv.value);
    limit_file_size(RLIM_INFINITY);
    int64_t deadline = mono_ms() + TEST_DEADLINE_MS;
    while (store_rev(f.s) < 3) {
        ck_assert(mono_ms() < deadline);
        ck_assert(del(f.s, "/no-such-key", STORE_ANY_REV).conflict);
    }
    ck_feed(f.s, "", 2, "3:/e-<1@2 ");
    fixture_release(&f);
}
END_TEST

static void ck_refused(const struct fixture *f, const char *why)
{
    struct err e = ERR_INIT;
    ck_assert_ptr_null(store_open(&f->o, &e));
    ck_assert_int_eq(e.code, ERR_IO);
    ck_assert_msg(strstr(e.text, why) && strstr(e.text, f->dir), "%s", e.text);
}

START_TEST(second_server)
{
    struct fixture f;
    char who[64];
    fixture_init(&f, false);
    fixture_open(&f);
    must_put(f.s, "/a", "1");
    snprintf(who, sizeof who, "in use by another server (process %ld)", (long)getpid());
    ck_refused(&f, who);
    f.o.read_only = true; /* looking is allowed */
    struct err e;
    struct store *reader = store_open(&f.o, &e);
    ck_assert_msg(reader != NULL, "%s", e.text);
    ck_range(reader, "", NULL, 0, 0, "/a=1@2 ");
    ck_feed(reader, "", 0, "2:/a=1 ");
    ck_assert_int_eq(put(reader, "/b", "1", 0).err.code, ERR_IO);
    store_compact(reader, 2);
    store_close(reader);
    must_put(f.s, "/a", "2");
    ck_clean(f.path);
    fixture_release(&f);
}
END_TEST

START_TEST(private_file)
{
    struct fixture f;
    struct stat st;
    fixture_init(&f, false);
    fixture_open(&f);
    ck_assert_int_eq(stat(f.path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    fixture_release(&f);
}
END_TEST

START_TEST(foreign_files)
{
    struct fixture f;
    struct err e;
    fixture_init(&f, false);
    ck_assert(io_write_file(f.path,
                            STR("this is not a database, but it is long enough to be taken for one, is it not? "
                                "the header of one has 100 bytes at least"),
                            0600, false, &e));
    ck_refused(&f, "not a database");
    ck_assert_int_eq(unlink(f.path), 0);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ck_refused(&f, "not a kubestep store");
    snprintf(f.path, sizeof f.path, "%s/no/such/dir", f.dir);
    ck_refused(&f, "No such file or directory");
    f.o.read_only = true;
    ck_refused(&f, "unable to open");
    f.s = NULL;
    fixture_release(&f);
}
END_TEST

static void edit(const struct fixture *f, const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    ck_assert_int_eq(sqlite3_open(f->path, &db), SQLITE_OK);
    int rc = sqlite3_exec(db, sql, NULL, NULL, &why);
    ck_assert_msg(rc == SQLITE_OK, "%s", why);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void ck_damage(const struct fixture *f, const char *line)
{
    struct err e = ERR_INIT;
    struct buf report;
    buf_init(&report, 1 << 16);
    ck_assert(!store_fsck(f->path, &report, &e));
    ck_assert_ptr_nonnull(report.p);
    ck_assert_msg(strstr(report.p, line), "%s", report.p);
    buf_release(&report);
}

static const struct {
    const char *sql, *finding, *open; /* open: what store_open says; NULL: it does not see it */
} damages[] = {
    {"DELETE FROM event WHERE rev = 3", "revisions 3 to 3 are missing", "revisions between 2 and 4 are missing"},
    {"DELETE FROM event WHERE rev < 4", "revisions 2 to 3 are missing", "revisions between 1 and 4 are missing"},
    {"DELETE FROM event WHERE id = 5 * 256", "a change before place 1 is missing", "revision 5 is not complete"},
    {"UPDATE event SET prev = 0 WHERE rev = 3", "revision 3 /a: previous version is 2, not 0", NULL},
    {"UPDATE event SET version = 7 WHERE rev = 3", "revision 3 /a: wrong version 7", NULL},
    {"UPDATE event SET create_rev = 3 WHERE rev = 3", "revision 3 /a: wrong create_rev 3", NULL},
    {"UPDATE event SET value = NULL, version = 0 WHERE rev = 2", "revision 2 /a: deletes nothing", NULL},
    {"UPDATE event SET key = '' WHERE rev = 4", "event 1024: bad id or key", "event 1024 is not one"},
    {"UPDATE event SET key = 'text' WHERE rev = 4", "event 1024: bad id or key", NULL},
    {"UPDATE meta SET value = 99 WHERE name = 'compacted_rev'", "compacted to 99", "newest events are missing"},
    {"UPDATE event SET id = 9223372036854775807 WHERE rev = 4", "are missing", "is not one"},
    {"PRAGMA user_version = 2", NULL, "schema version 2"},
};

START_TEST(damage)
{
    const struct blob *v AUTO_BLOB = blob_new(STR("v"));
    struct store_op two[] = {{.kind = STORE_PUT, .key = STR("/c"), .value = v},
                             {.kind = STORE_PUT, .key = STR("/d"), .value = v}};
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_init(&f, false);
        fixture_open(&f);
        must_put(f.s, "/a", "1");
        must_put(f.s, "/a", "2");
        must_put(f.s, "/b", "1");
        ck_assert(store_submit_sync(f.s, two, 2).ok);
        store_close(f.s);
        ck_clean(f.path);
        edit(&f, damages[i].sql);
        if (damages[i].finding) ck_damage(&f, damages[i].finding);
        if (damages[i].open) ck_refused(&f, damages[i].open);
        f.s = damages[i].open ? NULL : store_open(&f.o, &e);
        fixture_release(&f);
    }
}
END_TEST

/* Random bytes over the file: an error or a store, never a crash. */
START_TEST(scribbled)
{
    for (int i = 0; i < 40; i++) {
        struct fixture f;
        struct err e = ERR_INIT;
        fixture_init(&f, false);
        fixture_open(&f);
        for (int k = 0; k < 40; k++) must_put(f.s, k % 2 ? "/a" : "/b", "0123456789012345678901234567890123456789");
        store_close(f.s);
        f.s = NULL;
        int fd = open(f.path, O_RDWR);
        for (int k = 0; k < 16; k++) {
            unsigned char junk = (unsigned char)(i * 37 + k * 11);
            ck_assert_int_eq(pwrite(fd, &junk, 1, (i * 613 + k * 1021) % 24576), 1);
        }
        close(fd);
        struct buf report;
        buf_init(&report, 4096);
        (void)!store_fsck(f.path, &report, &e);
        buf_release(&report);
        f.s = store_open(&f.o, &e);
        if (f.s) (void)put(f.s, "/c", "1", STORE_ANY_REV);
        fixture_release(&f);
    }
}
END_TEST

static int add_cell(void *line, int n, char **cells, char **names)
{
    (void)names;
    for (int i = 0; i < n; i++) buf_addf(line, "%s ", cells[i] ? cells[i] : "NULL");
    return 0;
}

START_TEST(readable_with_sqlite)
{
    struct fixture f;
    struct buf line;
    fixture_init(&f, false);
    fixture_open(&f);
    must_put(f.s, "/a", "{\"x\":1}");
    must_put(f.s, "/b", "{}");
    must_put(f.s, "/a", "{\"x\":2}");
    ck_assert(del(f.s, "/b", 3).ok);
    buf_init(&line, 4096);
    sqlite3 *db; /* while the server runs */
    ck_assert_int_eq(sqlite3_open(f.path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "SELECT *, typeof(value), value ->> 'x' FROM current;"
                                  "SELECT rev, op, key, value FROM history;"
                                  "SELECT name, value FROM meta WHERE name <> 'cluster_id'",
                                  add_cell, &line, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    ck_assert_str_eq(line.p, "/a 4 2 2 {\"x\":2} text 2 "
                             "2 create /a {\"x\":1} 3 create /b {} 4 update /a {\"x\":2} 5 delete /b NULL "
                             "compacted_rev 0 dropped_rev 0 schema_version 1 ");
    buf_release(&line);
    fixture_release(&f);
}
END_TEST

TEST_MAIN("store disk", disk_full, expiry_on_full_disk, second_server, private_file, foreign_files, damage, scribbled,
          readable_with_sqlite)
