/* process.c - see process.h.
 * Reads: /proc.   Writes: log files (by the children). */
#include "kubestep/process.h"

#include "base/io.h"
#include "base/mono.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_TAIL = 700 }; /* what an error text has room for beside the path */

bool process_program(const char *name, char *out, size_t max, struct err *e)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0) return err_errno(e, "/proc/self/exe");
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
    snprintf(out, max, "%s/%s", self, name);
    if (access(out, X_OK) == 0) return true;
    return err_set(e, ERR_IO, "%s is not there: build or install it", out);
}

/* 0: it does not run; one that has ended but was not waited for (no init in a container) does not. */
static uint64_t start_ticks(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return 0;
    text[n] = '\0';
    char *p = strrchr(text, ')'); /* the name may hold spaces */
    if (p && (p[2] == 'Z' || p[2] == 'X')) return 0;
    for (int field = 2; p && field < 22; field++) p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

bool process_alive(const struct process *p)
{
    if (p->pid <= 0 || kill(p->pid, 0) != 0) return false;
    uint64_t ticks = start_ticks(p->pid);
    return ticks && (!p->start_ticks || ticks == p->start_ticks);
}

/* In the child, after fork: only async-signal-safe calls. */
static void exec_child(const struct process_start *s, char *const *argv, int log_fd, int ready)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (s->own_session) setsid();
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log_fd, 1);
    dup2(log_fd, 2);
    fcntl(ready, F_SETFD, 0);
    for (int i = 0; i < 4 && s->keep_fds[i] >= 0; i++) fcntl(s->keep_fds[i], F_SETFD, 0);
    execv(s->program, argv);
    _exit(127);
}

bool process_start(struct process *p, const char *name, const struct process_start *s, struct err *e)
{
    char ready_arg[32];
    const char *argv[PROCESS_ARGS_MAX + 4] = {name};
    int argc = 1, pipe_fds[2];
    for (int i = 0; s->args[i]; i++) argv[argc++] = s->args[i];
    if (pipe2(pipe_fds, O_CLOEXEC) != 0) return err_errno(e, "pipe");
    int log_fd = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        return err_errno(e, "%s", s->log_path);
    }
    snprintf(ready_arg, sizeof ready_arg, "--ready-fd=%d", pipe_fds[1]);
    argv[argc++] = ready_arg;
    snprintf(p->name, sizeof p->name, "%s", name);
    p->pid = fork();
    if (p->pid == 0) exec_child(s, (char *const *)argv, log_fd, pipe_fds[1]);
    close(log_fd);
    close(pipe_fds[1]);
    p->ready_fd = pipe_fds[0];
    if (p->pid < 0) return err_errno(e, "fork");
    p->start_ticks = start_ticks(p->pid);
    return true;
}

static bool died(const struct process *p, const char *log_path, struct err *e)
{
    struct buf log AUTO_BUF = {0};
    struct err ignored = ERR_INIT;
    buf_init(&log, 64 << 20);
    bool read = io_read_file(log_path, &log, &ignored);
    struct str tail = buf_view(&log);
    if (tail.n > LOG_TAIL) {
        tail = str_from(tail, tail.n - LOG_TAIL);
        size_t line = str_chr(tail, '\n');
        if (line != SIZE_MAX && line + 1 < tail.n) tail = str_from(tail, line + 1);
    }
    if (!read || !tail.n) tail = STR("(empty)");
    return err_set(e, ERR_CLOSED, "%s ended while starting; the end of %s:\n%.*s", p->name, log_path, STR_ARG(tail));
}

bool process_wait_ready(struct process *p, const char *log_path, int64_t deadline_ns, char *line, size_t line_max,
                        struct err *e)
{
    size_t n = 0;
    for (;;) {
        struct pollfd pfd = {.fd = p->ready_fd, .events = POLLIN};
        int64_t left_ms = (deadline_ns - mono_ns()) / 1000000;
        int got = left_ms > 0 ? poll(&pfd, 1, (int)left_ms) : 0;
        if (got == 0) return err_set(e, ERR_TIMEOUT, "%s is not ready; its log is %s", p->name, log_path);
        if (got < 0 && errno == EINTR) continue;
        ssize_t r = read(p->ready_fd, line + n, line_max - 1 - n);
        if (r <= 0) return died(p, log_path, e);
        n += (size_t)r;
        line[n] = '\0';
        if (memchr(line, '\n', n) || n == line_max - 1) break;
    }
    close(p->ready_fd);
    p->ready_fd = -1;
    return true;
}

bool process_check_starting(struct process *p, const char *log_path, struct err *e)
{
    struct pollfd pfd = {.fd = p->ready_fd, .events = POLLIN};
    char byte;
    bool ended = poll(&pfd, 1, 0) == 1 && read(p->ready_fd, &byte, 1) <= 0;
    close(p->ready_fd);
    p->ready_fd = -1;
    return !ended || died(p, log_path, e);
}

static int pidfd_of(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

void process_stop_all(const struct process *list, int count, int64_t grace_ms)
{
    int fds[16];
    int64_t deadline = mono_ms() + grace_ms;
    for (int i = 0; i < count; i++) {
        fds[i] = process_alive(&list[i]) ? pidfd_of(list[i].pid) : -1;
        if (fds[i] >= 0) syscall(SYS_pidfd_send_signal, fds[i], SIGTERM, NULL, 0);
    }
    for (int i = 0; i < count; i++) {
        if (fds[i] < 0) continue;
        struct pollfd pfd = {.fd = fds[i], .events = POLLIN};
        int64_t left = deadline - mono_ms();
        if (poll(&pfd, 1, left > 0 ? (int)left : 0) == 0) {
            syscall(SYS_pidfd_send_signal, fds[i], SIGKILL, NULL, 0);
            poll(&pfd, 1, 2000);
        }
        close(fds[i]);
        waitpid(list[i].pid, NULL, WNOHANG); /* if it is our own child */
    }
}
