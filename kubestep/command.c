/* command.c - see kubestep.h.
 * Reads: argv.   Writes: stderr. */
#include "kubestep/kubestep.h"

#include <stdarg.h>
#include <stdio.h>

bool cmd_parse(const struct opt_spec *spec, int argc, char **argv, struct opt_args *args, int *code)
{
    struct err e = ERR_INIT;
    if (!opts_parse(spec, argc, argv, args, &e)) {
        fprintf(stderr, "kubestep: %s\n", e.text);
        *code = EXIT_USAGE;
        return false;
    }
    *code = EXIT_YES;
    return !args->help;
}

int cmd_fail(int code, const char *next, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("kubestep: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    if (next) fprintf(stderr, "  next: %s\n", next);
    va_end(ap);
    return code;
}

int cmd_code_of(const struct err *e)
{
    switch (e->code) {
    case ERR_UNAVAILABLE:
    case ERR_CLOSED:
    case ERR_IO: return EXIT_NO_CLUSTER;
    case ERR_TIMEOUT: return EXIT_TIMED_OUT;
    case ERR_USAGE: return EXIT_USAGE;
    default: return EXIT_NO;
    }
}
