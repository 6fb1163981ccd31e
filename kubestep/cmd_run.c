/* cmd_run.c - kubestep run: a private cluster for one command. Every component holds the read end of a pipe whose write
 * end only this process (and its guard) has; so however this process ends, they end, and the guard removes the
 * directory. Reads: options.   Writes: a directory that is gone afterwards. */
#include "kubestep/kubestep.h"

#include "base/io.h"
#include "kubestep/cluster.h"
#include "kubestep/up_options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child_pid;

static void pass_on(int sig)
{
    if (child_pid > 0) kill((pid_t)child_pid, sig);
}

/* Runs in a session of its own: waits for the pipe to close, then for the components, then tidies up. */
static void guard(struct cluster *c, int read_end)
{
    char byte;
    setsid();
    for (int fd = 0; fd < 3; fd++) close(fd);
    open("/dev/null", O_RDWR);
    if (dup(0) < 0 || dup(0) < 0) _exit(1);
    while (read(read_end, &byte, 1) > 0 || errno == EINTR) errno = 0;
    process_stop_all(c->components, c->ncomponents, 5000);
    c->ncomponents = 0;
    cluster_down(c, true);
    _exit(0);
}

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

static int exec_command(char **command, const struct cluster *c)
{
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) signal(passed_on[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* even kill -9 of ours leaves nothing behind */
    setenv("KUBECONFIG", c->kubeconfig, 1);
    setenv("KUBESTEP_CLUSTER", c->name, 1);
    execvp(command[0], command);
    fprintf(stderr, "kubestep: %s: %s\n", command[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

static int wait_command(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_command(struct cluster *c, char **command)
{
    sigset_t held, before;
    sigemptyset(&held);
    for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) {
        signal(passed_on[i], pass_on);
        sigaddset(&held, passed_on[i]);
    }
    /* The command may run, and be sent a signal, before we know its pid. */
    sigprocmask(SIG_BLOCK, &held, &before);
    pid_t pid = fork();
    if (pid == 0) exec_command(command, c);
    child_pid = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) return cmd_fail(EXIT_NO, NULL, "fork: %s", strerror(errno));
    return wait_command(pid);
}

int cmd_run(int argc, char **argv)
{
    struct cluster_options o = CLUSTER_OPTIONS_INIT;
    const struct opt opts[] = {UP_OPTIONS(o), OPT_END};
    const struct opt_spec spec = {.usage = "kubestep run [flags] -- COMMAND [ARG...]",
                                  .about = "Starts a private cluster in memory, runs COMMAND with KUBECONFIG (and "
                                           "KUBESTEP_CLUSTER, its name) set, and passes on signals and the exit "
                                           "code. Leaves no process and no file.",
                                  .opts = opts,
                                  .min_args = 1,
                                  .max_args = -1,
                                  .stop_at_arg = true,
                                  .examples =
                                      "  kubestep run -- kubectl get nodes\n  kubestep run --nodes 5 -- go test ./..."};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    char name[CLUSTER_NAME_MAX + 1];
    int code, ends[2];
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    cluster_random_name(name);
    if (strcmp(o.name, "default") == 0) o.name = name;
    o.ephemeral = true;
    if (pipe2(ends, O_CLOEXEC) != 0) return cmd_fail(EXIT_NO, NULL, "pipe: %s", strerror(errno));
    o.parent_fd = ends[0];
    if (!cluster_up(&c, &o, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    fflush(NULL);
    pid_t watcher = fork();
    if (watcher == 0) {
        close(ends[1]);
        guard(&c, ends[0]);
    }
    close(ends[0]);
    char **command = xcalloc((size_t)args.count + 1, sizeof *command);
    memcpy(command, args.args, sizeof *command * (size_t)args.count);
    code = run_command(&c, command);
    free(command);
    close(ends[1]);
    waitpid(watcher, NULL, 0);
    return code;
}
