/* term.c - see term.h.
 * Reads: the environment, stdin.   Writes: terminal settings, restored after each key. */
#include "kubestep/term.h"

#include "base/thread.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

bool term_is_tty(void)
{
    const char *kind = getenv("TERM"), *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && *no) && kind && strcmp(kind, "dumb") != 0;
}

const char *term(enum colour c)
{
    static const char *const escapes[] = {"\033[0m",  "\033[1m",  "\033[2m", "\033[32m",
                                          "\033[33m", "\033[31m", "\033[36m"};
    return term_is_tty() ? escapes[c] : "";
}

int term_width(void)
{
    struct winsize w;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

static struct termios settings; /* of the terminal before a key was waited for */
static _Atomic bool changed;

void term_restore(void)
{
    if (changed) tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    changed = false;
}

bool term_line(struct buf *line)
{
    char c = '\0';
    bool any = false;
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
        any = true;
        buf_char(line, c);
    }
    buf_cstr(line, "");
    return any || c == '\n';
}

int term_key(void)
{
    struct termios was, raw;
    unsigned char key;
    bool tty = tcgetattr(STDIN_FILENO, &was) == 0;
    if (tty) {
        raw = was;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        settings = was;
        changed = true;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    ssize_t n = read(STDIN_FILENO, &key, 1);
    term_restore();
    if (n != 1) return EOF;
    return key == '\r' ? '\n' : key;
}

/* ---- Signals ---- */

static struct {
    void (*fn)(void *arg);
    void *arg;
} ending;

static void end_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

static void *wait_signal(void *arg)
{
    (void)arg;
    sigset_t set;
    int sig;
    end_signals(&set);
    if (sigwait(&set, &sig) != 0) return NULL;
    ending.fn(ending.arg);
    term_restore();
    _exit(128 + sig);
}

void term_on_signal(void (*fn)(void *arg), void *arg)
{
    sigset_t set;
    end_signals(&set);
    ending.fn = fn;
    ending.arg = arg;
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_detach(thread_start("signals", wait_signal, NULL));
}
