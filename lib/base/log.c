/* log.c - lines to stderr, each in one write so that threads do not mix. */
#include "log.h"

#include "mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, DEBUG_VERBOSITY = 4 };

static char component_name[32] = "kubestep"; /* written by log_init only, before threads */
static atomic_int verbosity_now;

void log_init(const char *component, int verbosity)
{
    snprintf(component_name, sizeof component_name, "%s", component);
    atomic_store(&verbosity_now, verbosity);
}

bool log_on(enum log_level level) { return level < LOG_DEBUG || atomic_load(&verbosity_now) >= DEBUG_VERBOSITY; }

void log_write(enum log_level level, const char *fmt, ...)
{
    if (!log_on(level)) return;
    char line[LINE_MAX_BYTES];
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    int n = snprintf(line, sizeof line, "%c%02d%02d %02d:%02d:%02d.%06ld %s] ", "EWID"[level], tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, now.tv_nsec / 1000, component_name);
    va_list ap;
    va_start(ap, fmt);
    int more = vsnprintf(line + n, sizeof line - (size_t)n, fmt, ap);
    va_end(ap);
    size_t end = MIN((size_t)n + (size_t)MAX(more, 0), sizeof line - 1);
    /* A message may quote what a client sent: it must not be able to fake a second line. */
    for (size_t i = (size_t)n; i < end; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t') line[i] = ' ';
    line[end] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, end + 1); /* nobody to tell */
    (void)ignored;
}
