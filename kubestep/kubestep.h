/* kubestep.h - what every subcommand shares: exit codes, common options, how errors are said. */
#ifndef KUBESTEP_KUBESTEP_H
#define KUBESTEP_KUBESTEP_H

#include "base/err.h"
#include "base/opts.h"

#include <stdbool.h>

enum exit_code {
    EXIT_YES = 0, /* done; the answer is yes */
    EXIT_NO = 1,  /* the answer is no, or it went wrong */
    EXIT_USAGE = 2,
    EXIT_NO_CLUSTER = 3, /* there is none, or it cannot be reached */
    EXIT_TIMED_OUT = 4,
};

typedef int cmd_fn(int argc, char **argv); /* argv[0] is the verb; returns an exit code */
#define CMD(verb) int cmd_##verb(int argc, char **argv);
#include "kubestep/commands.def"
#undef CMD

#define OPT_NAME(into)                                                                                                 \
    {                                                                                                                  \
        "name", 0, OPT_STRING, &(into), "NAME", "which cluster", NULL                                                  \
    }
#define OPT_OUTPUT(into, choices)                                                                                      \
    {                                                                                                                  \
        "output", 'o', OPT_STRING, &(into), "FORMAT", "output format", choices                                         \
    }
#define OPT_END                                                                                                        \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

/* opts_parse with the error said on stderr. True: go on. False: *code is what to exit with. */
bool cmd_parse(const struct opt_spec *spec, int argc, char **argv, struct opt_args *args, int *code);

/* "kubestep: WHAT\n  next: COMMAND" on stderr; next may be NULL. Returns code. */
__attribute__((format(printf, 3, 4))) int cmd_fail(int code, const char *next, const char *fmt, ...);
/* The exit code that fits an error of the API. */
int cmd_code_of(const struct err *e);

#endif
