/* component.c - what the main() of every component shares.
 * Reads: signals, the parent's pipe, the kubeconfig.   Writes: the ready line. */
#include "component.h"

#include "base/io.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/rnd.h"
#include "limits.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int signal_fd = -1;
static bool hup_came; /* and was not answered yet */

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur == r.rlim_max) return;
    r.rlim_cur = r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r)) LOG_W("the limit of open files stays low");
}

static void end_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

/* While caches fill, which may take for ever when the server is gone: nothing is worth an orderly end, for whatever is
 * half done is taken up by the next start. The signals are open to the main thread alone, and only then. */
static void end_at_once(int signal)
{
    (void)signal;
    _exit(0);
}

void component_init(const char *name, const struct component_flags *f)
{
    sigset_t taken;
    mem_tune();
    end_signals(&taken);
    if (f->takes_hup) sigaddset(&taken, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &taken, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, end_at_once);
    signal(SIGTERM, end_at_once);
    signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    log_init(name, (int)f->verbosity);
    if (f->seed) rnd_seed((uint64_t)f->seed);
    raise_descriptors();
}

/* False: it was SIGHUP, or none. */
static bool take_end_signal(void)
{
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP) return true;
        hup_came = true;
    }
    return false;
}

/* True: a signal to end came, or the parent went. */
static bool wait_end(const struct component_flags *f, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = signal_fd, .events = POLLIN}, {.fd = (int)f->parent_fd, .events = POLLIN}};
    if (poll(fds, 2, timeout_ms) <= 0) return false;
    if (fds[0].revents && take_end_signal()) return true;
    char byte;
    return fds[1].revents && read(fds[1].fd, &byte, 1) <= 0; /* what a parent writes means nothing */
}

struct rest *component_connect(const char *name, const struct component_flags *f, struct err *e)
{
    struct rest *r = rest_new(f->kubeconfig, name, e);
    if (!r) return NULL;
    struct rest_call c = {.method = "GET", .path = "/version"};
    int64_t until = mono_ms() + COMPONENT_CONNECT_MS;
    for (int wait_ms = 1; !rest_do(r, &c, NULL, e); wait_ms = MIN(2 * wait_ms, REFUSED_MIN_MS)) {
        bool give_up = e->code != ERR_UNAVAILABLE || mono_ms() > until;
        if (!give_up && !wait_end(f, wait_ms)) continue;
        if (!give_up) err_set(e, ERR_CLOSED, "told to end before the API server answered");
        rest_free(r);
        return NULL;
    }
    sigset_t ends;
    end_signals(&ends);
    pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
    return r;
}

void component_ready(const struct component_flags *f)
{
    if (f->ready_fd >= 0) io_signal_ready((int)f->ready_fd, "ready");
}

void component_wait_hup(const struct component_flags *f, void (*fn)(void *arg), void *arg)
{
    sigset_t ends;
    end_signals(&ends);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    do {
        if (hup_came && fn) fn(arg);
        hup_came = false;
    } while (!wait_end(f, -1));
}

void component_wait(const struct component_flags *f) { component_wait_hup(f, NULL, NULL); }
