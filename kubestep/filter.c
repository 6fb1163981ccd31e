/* filter.c - see filter.h. Reads, writes: pipes. */
#include "kubestep/filter.h"

#include "base/io.h"
#include "kubestep/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELD_BYTES = 256 * 1024, ARGS_MAX = 8 };

static void become(const char *program, const char *name, const char *const *args, const int in[2], const int out[2],
                   int complaints)
{
    const char *argv[ARGS_MAX + 2] = {name};
    for (int i = 0; args[i] && i < ARGS_MAX; i++) argv[i + 1] = args[i];
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(complaints, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    execv(program, (char *const *)argv);
    _exit(127);
}

bool filter_start(struct filter *f, const char *name, const char *const *args, struct err *e)
{
    char program[PATH_MAX];
    int in[2], out[2];
    *f = (struct filter){.name = name};
    buf_init(&f->held, SIZE_MAX);
    if (!process_program(name, program, sizeof program, e)) return false;
    f->complaints = memfd_create(name, MFD_CLOEXEC);
    if (f->complaints < 0 || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) return err_errno(e, "pipe");
    f->pid = fork();
    if (f->pid < 0) return err_errno(e, "fork");
    if (f->pid == 0) become(program, name, args, in, out, f->complaints);
    close(in[0]);
    close(out[1]);
    f->in = in[1];
    f->out = out[0];
    return true;
}

static bool flush(struct filter *f)
{
    struct err e = ERR_INIT;
    bool ok = io_write_all(f->in, f->held.p, f->held.n, &e);
    buf_clear(&f->held);
    return ok;
}

bool filter_write(struct filter *f, struct str text)
{
    buf_str(&f->held, text);
    return f->held.n < HELD_BYTES || flush(f);
}

static void read_all(int fd, struct buf *out)
{
    char chunk[64 * 1024];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        buf_add(out, chunk, (size_t)n);
    }
}

bool filter_end(struct filter *f, struct buf *out, struct buf *complaints)
{
    int status;
    if (f->held.n) (void)flush(f); /* who does not read says why */
    buf_release(&f->held);
    close(f->in);
    read_all(f->out, out);
    close(f->out);
    while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR) continue;
    lseek(f->complaints, 0, SEEK_SET);
    read_all(f->complaints, complaints);
    close(f->complaints);
    if (WIFSIGNALED(status)) buf_addf(complaints, "%s: %s\n", f->name, strsignal(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 && buf_ok(out);
}
