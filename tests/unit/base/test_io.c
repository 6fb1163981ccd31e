/* test_io.c - files and folders in a folder of the test's own. */
#include "base/io.h"

#include "base/log.h"
#include "base/mem.h"
#include "check_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *new_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *path = xasprintf("%s/kubestep-io-XXXXXX", parent ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(path));
    return path;
}

START_TEST(files)
{
    struct err e = ERR_INIT;
    char *folder AUTO_FREE = new_folder(), *deep AUTO_FREE = xasprintf("%s/a/b//c/", folder);
    char *file AUTO_FREE = xasprintf("%s/a/b/f", folder), *below AUTO_FREE = xasprintf("%s/x", file);
    ck_assert(io_mkdirs(deep, 0755, &e) && io_mkdirs(deep, 0755, &e));
    ck_assert(io_write_file(file, STR("one"), 0600, true, &e));
    ck_assert(io_write_file(file, STR("two\0!"), 0640, false, &e));
    struct stat st;
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    struct buf b AUTO_BUF, small AUTO_BUF = {0};
    buf_init(&b, 100);
    buf_init(&small, 3);
    ck_assert(io_read_file(file, &b, &e));
    ck_assert(str_eq(buf_view(&b), STR("two\0!")));
    ck_assert(!io_read_file(file, &small, &e));
    ck_assert_int_eq(e.code, ERR_TOO_LARGE);
    ck_assert(!io_mkdirs(below, 0755, &e));
    ck_assert_int_eq(e.code, ERR_IO);
    ck_assert(!io_mkdirs(file, 0755, &e));
    ck_assert(!io_write_file(below, STR("x"), 0600, false, &e));
    ck_assert(io_remove_tree(folder, &e) && !io_exists(folder));
    ck_assert(io_remove_tree(folder, &e));
    ck_assert(!io_read_file(file, &b, &e));
    ck_assert_ptr_nonnull(strstr(e.text, file));
    ck_assert_ptr_nonnull(strstr(e.text, "No such file"));
}
END_TEST

START_TEST(remove_does_not_follow_links)
{
    struct err e = ERR_INIT;
    char *folder AUTO_FREE = new_folder(), *outside AUTO_FREE = new_folder();
    char *link AUTO_FREE = xasprintf("%s/link", folder), *kept AUTO_FREE = xasprintf("%s/kept", outside);
    ck_assert(io_write_file(kept, STR("x"), 0600, false, &e));
    ck_assert_int_eq(symlink(outside, link), 0);
    ck_assert(io_remove_tree(folder, &e));
    ck_assert(io_exists(kept) && !io_exists(folder));
    ck_assert(io_remove_tree(outside, &e));
}
END_TEST

START_TEST(ready_line)
{
    int ends[2];
    char text[32];
    ck_assert_int_eq(pipe(ends), 0);
    io_signal_ready(ends[1], "ready 6443");
    ck_assert_int_eq(read(ends[0], text, sizeof text), 11);
    ck_assert_mem_eq(text, "ready 6443\n", 11);
    ck_assert_int_eq(read(ends[0], text, sizeof text), 0);
    close(ends[0]);
    io_signal_ready(-1, "nobody");
}
END_TEST

/* Runs the logger with stderr in a pipe and returns what it wrote. */
START_TEST(log_lines)
{
    int ends[2], kept = dup(STDERR_FILENO);
    char text[512];
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_init("scheduler", 0);
    LOG_D("not shown");
    LOG_W("bound pod=\"%s\"", "a\nE0101 forged");
    log_init("scheduler", 4);
    LOG_D("shown");
    dup2(kept, STDERR_FILENO);
    close(ends[1]);
    close(kept);
    ssize_t n = 0, got;
    while ((got = read(ends[0], text + n, sizeof text - 1 - (size_t)n)) > 0) n += got;
    close(ends[0]);
    text[n] = '\0';
    int month, day, h, m, s, us, at = 0;
    ck_assert_int_eq(sscanf(text, "W%2d%2d %2d:%2d:%2d.%6d scheduler] %n", &month, &day, &h, &m, &s, &us, &at), 6);
    ck_assert_int_eq(at, 33);
    ck_assert_ptr_nonnull(strstr(text, "scheduler] bound pod=\"a E0101 forged\"\n"));
    ck_assert_ptr_nonnull(strstr(text, "scheduler] shown\n"));
    ck_assert_ptr_null(strstr(text, "not shown"));
}
END_TEST

TEST_MAIN("io", files, remove_does_not_follow_links, ready_line, log_lines)
