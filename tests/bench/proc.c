/* proc.c - starts what is measured, reads what it used from /proc, and stops it. */
#include "bench.h"

#include "api/object.h"
#include "base/io.h"
#include "base/mono.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOP_MS = 5000 };

static void make_dir(struct server *s)
{
    const char *tmp = getenv("TMPDIR");
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "%s/kubestep-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir)) bench_die("mkdtemp: %s", strerror(errno));
}

static int read_line(int fd, char *out, size_t max)
{
    size_t n = 0;
    ssize_t r;
    while (n < max - 1 && (r = read(fd, out + n, max - 1 - n)) > 0) {
        n += (size_t)r;
        if (memchr(out, '\n', n)) break;
    }
    out[n] = '\0';
    return (int)n;
}

void server_start_api(struct server *s, const char *store)
{
    char program[700], pki[600], kc[600], st[600], ready[32], line[200];
    int fds[2];
    make_dir(s);
    if (pipe(fds) != 0) bench_die("pipe");
    snprintf(program, sizeof program, "%s/apiserver", bench_bin);
    snprintf(pki, sizeof pki, "--cert-dir=%s/pki", s->dir);
    snprintf(kc, sizeof kc, "--kubeconfig-dir=%s", s->dir);
    snprintf(st, sizeof st, "--store=%s%s", store ? store : s->dir, store ? "" : "/store.db");
    snprintf(ready, sizeof ready, "--ready-fd=%d", fds[1]);
    s->pids[0] = fork();
    if (s->pids[0] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(program, "apiserver", "--secure-port=0", pki, kc, st, ready, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    s->npids = 1;
    if (!read_line(fds[0], line, sizeof line) || sscanf(line, "ready %d", &s->port) != 1)
        bench_die("%s did not start", program);
    close(fds[0]);
}

void server_start_scheduler(struct server *s)
{
    char program[700], kc[600], ready[32], line[200];
    int fds[2];
    if (pipe(fds) != 0) bench_die("pipe");
    snprintf(program, sizeof program, "%s/scheduler", bench_bin);
    snprintf(kc, sizeof kc, "--kubeconfig=%s/scheduler.kubeconfig", s->dir);
    snprintf(ready, sizeof ready, "--ready-fd=%d", fds[1]);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(program, "scheduler", kc, ready, (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    s->pids[s->npids++] = pid;
    if (!read_line(fds[0], line, sizeof line)) bench_die("%s did not start", program);
    close(fds[0]);
}

/* Runs kubestep with its home in s->dir; the output's first line into out. */
static void kubestep(struct server *s, const char *const *args, char *out, size_t max)
{
    char program[700];
    int fds[2], status;
    if (pipe(fds) != 0) bench_die("pipe");
    snprintf(program, sizeof program, "%s/kubestep", bench_bin);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("KUBESTEP_HOME", s->dir, 1);
        dup2(fds[1], 1);
        close(fds[0]);
        execv(program, (char *const *)args);
        _exit(127);
    }
    close(fds[1]);
    read_line(fds[0], out, max);
    close(fds[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) bench_die("kubestep %s failed", args[1]);
}

void server_start_cluster(struct server *s, int nodes, bool memory)
{
    char n[32], out[4096], path[700];
    make_dir(s);
    snprintf(n, sizeof n, "--nodes=%d", nodes);
    const char *args[] = {"kubestep", "up", "--name=bench", n, "-o", "json", memory ? "--store=memory" : NULL, NULL};
    kubestep(s, args, out, sizeof out);
    struct buf text AUTO_BUF = {0};
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    buf_init(&text, 1 << 20);
    arena_init(&a, 4096);
    snprintf(path, sizeof path, "%s/clusters/bench/state.json", s->dir);
    if (!io_read_file(path, &text, &e)) bench_die("%s", e.text);
    const struct json *state = json_parse(&a, buf_view(&text), &e);
    s->port = (int)obj_int(state, ".port", 0);
    for (OBJ_EACH(c, state, ".components"))
        if (s->npids < 4) s->pids[s->npids++] = (pid_t)obj_int(c, ".pid", 0);
    size_t n_dir = strlen(s->dir);
    snprintf(s->dir + n_dir, sizeof s->dir - n_dir, "/clusters/bench");
}

/* By a pidfd: what `kubestep up` started is not our child, and who inherited it may be slow to reap it. */
static void stop_one(pid_t pid)
{
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    if (ended.fd < 0) return;
    kill(pid, SIGTERM);
    if (poll(&ended, 1, STOP_MS) == 0) fprintf(stderr, "bench: process %d does not end\n", (int)pid);
    close(ended.fd);
    waitpid(pid, NULL, WNOHANG);
}

void server_stop(struct server *s)
{
    struct err e = ERR_INIT;
    for (int i = s->npids - 1; i >= 0; i--) stop_one(s->pids[i]); /* whoever watches ends before the API server does */
    char *cut = strstr(s->dir, "/clusters/");
    if (cut) *cut = '\0';
    if (!io_remove_tree(s->dir, &e)) fprintf(stderr, "bench: %s\n", e.text);
}

double proc_cpu_us(const struct server *s)
{
    double ticks = 0;
    for (int i = 0; i < s->npids; i++) {
        char path[64];
        unsigned long user = 0, system = 0;
        snprintf(path, sizeof path, "/proc/%d/stat", (int)s->pids[i]);
        FILE *f = fopen(path, "r");
        if (!f) continue;
        if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
            ticks += (double)(user + system);
        fclose(f);
    }
    return ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

/* Sums a row of a /proc file over all processes; MB. */
static double sum_mb(const struct server *s, const char *file, const char *row)
{
    double kb = 0;
    for (int i = 0; i < s->npids; i++) {
        char path[64], line[256];
        snprintf(path, sizeof path, "/proc/%d/%s", (int)s->pids[i], file);
        FILE *f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f))
            if (strncmp(line, row, strlen(row)) == 0) kb += strtod(line + strlen(row), NULL);
        if (f) fclose(f);
    }
    return kb / 1024;
}

double proc_rss_mb(const struct server *s) { return sum_mb(s, "status", "VmRSS:"); }
double proc_pss_mb(const struct server *s) { return sum_mb(s, "smaps_rollup", "Pss:"); }
