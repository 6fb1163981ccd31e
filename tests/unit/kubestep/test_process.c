/* test_process.c - children: readiness, how they end, what is said when they end early, stopping. */
#include "base/io.h"
#include "base/mem.h"
#include "base/mono.h"
#include "check_main.h"
#include "kubestep/process.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MS = 1000000 };
static char log_path[] = "/tmp/kubestep-test-XXXXXX";

/* sh -c SCRIPT; the fd of the ready pipe is the number behind --ready-fd= in $1. */
static void start(struct process *p, const char *script)
{
    struct err e = ERR_INIT;
    const struct process_start s = {
        .program = "/bin/sh", .args = {"-c", script, "sh"}, .log_path = log_path, .keep_fds = {-1, -1, -1, -1}};
    ck_assert_int_eq(truncate(log_path, 0), 0);
    ck_assert_msg(process_start(p, "child", &s, &e), "%s", e.text);
}

#define READY "fd=${1#--ready-fd=}; eval \"echo ready $fd >&$fd\"; "

static bool ends(const struct process *p)
{
    for (int64_t end = mono_ns() + 20000LL * MS; process_alive(p) && mono_ns() < end;) {
        waitpid(p->pid, NULL, WNOHANG);
        poll(NULL, 0, 1);
    }
    return !process_alive(p);
}

static bool wait_ready(struct process *p, int64_t ms, struct err *e)
{
    char line[64];
    bool ok = process_wait_ready(p, log_path, mono_ns() + ms * MS, line, sizeof line, e);
    if (ok) ck_assert(strncmp(line, "ready ", 6) == 0);
    return ok;
}

START_TEST(a_child_that_gets_ready_and_is_stopped)
{
    struct process p;
    struct err e = ERR_INIT;
    start(&p, READY "exec sleep 100");
    ck_assert_msg(wait_ready(&p, 20000, &e), "%s", e.text);
    ck_assert_int_eq(p.ready_fd, -1);
    ck_assert(process_alive(&p));
    struct process other = p;
    other.start_ticks++; /* another process that has the pid now must be left alone */
    ck_assert(!process_alive(&other));
    process_stop_all(&other, 1, 1000);
    ck_assert(process_alive(&p));
    int64_t before = mono_ms();
    process_stop_all(&p, 1, 10000);
    ck_assert(!process_alive(&p));
    ck_assert_int_lt(mono_ms() - before, 9000); /* SIGTERM was enough */
    process_stop_all(&p, 1, 1000);              /* again: nothing happens */
}
END_TEST

START_TEST(one_that_does_not_listen_is_killed)
{
    struct process list[2];
    struct err e = ERR_INIT;
    start(&list[0], "trap '' TERM; " READY "while :; do sleep 1; done");
    ck_assert_msg(wait_ready(&list[0], 20000, &e), "%s", e.text);
    start(&list[1], READY "exec sleep 100");
    ck_assert_msg(wait_ready(&list[1], 20000, &e), "%s", e.text);
    process_stop_all(list, 2, 100);
    ck_assert(!process_alive(&list[0]) && !process_alive(&list[1]));
}
END_TEST

START_TEST(one_that_dies_early)
{
    struct process p;
    struct err e = ERR_INIT;
    start(&p, "echo first; echo the reason >&2; exit 3");
    ck_assert(!wait_ready(&p, 20000, &e));
    ck_assert_int_eq(e.code, ERR_CLOSED);
    ck_assert_ptr_nonnull(strstr(e.text, "child ended while starting"));
    ck_assert_ptr_nonnull(strstr(e.text, "the reason"));
    ck_assert_ptr_nonnull(strstr(e.text, log_path));
    close(p.ready_fd);
    ck_assert(ends(&p));
    start(&p, "i=0; while [ $i -lt 300 ]; do echo a long line of log number $i; i=$((i+1)); done; exit 3");
    ck_assert(!wait_ready(&p, 20000, &e)); /* the end of a long log is what matters */
    ck_assert_ptr_nonnull(strstr(e.text, "number 299"));
    close(p.ready_fd);
    ck_assert(ends(&p));
}
END_TEST

START_TEST(one_that_never_gets_ready)
{
    struct process p;
    struct err e = ERR_INIT;
    start(&p, "exec sleep 100");
    ck_assert(!wait_ready(&p, 50, &e));
    ck_assert_int_eq(e.code, ERR_TIMEOUT);
    close(p.ready_fd);
    process_stop_all(&p, 1, 10000);
    ck_assert(!process_alive(&p));
}
END_TEST

START_TEST(what_cannot_be_started)
{
    struct process p;
    struct err e = ERR_INIT;
    char path[4096];
    const struct process_start s = {
        .program = "/nonexistent/program", .log_path = log_path, .keep_fds = {-1, -1, -1, -1}};
    ck_assert_int_eq(truncate(log_path, 0), 0);
    ck_assert(process_start(&p, "child", &s, &e));
    ck_assert(!wait_ready(&p, 20000, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "(empty)"));
    close(p.ready_fd);
    ck_assert(ends(&p));
    const struct process_start no_log = {
        .program = "/bin/true", .log_path = "/nonexistent/log", .keep_fds = {-1, -1, -1, -1}};
    ck_assert(!process_start(&p, "child", &no_log, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/log"));
    ck_assert(!process_program("no-such-program", path, sizeof path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "no-such-program is not there"));
    ck_assert(!process_alive(&(struct process){.pid = 0}) && !process_alive(&(struct process){.pid = -1}));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_child_that_gets_ready_and_is_stopped,
                                  one_that_does_not_listen_is_killed,
                                  one_that_dies_early,
                                  one_that_never_gets_ready,
                                  what_cannot_be_started,
                                  NULL};
    int fd = mkstemp(log_path);
    if (fd < 0) abort();
    close(fd);
    int rc = check_main("process", tests);
    unlink(log_path);
    return rc;
}
