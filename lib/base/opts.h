/* opts.h - command lines as tables. A program or subcommand has one array of
 * rows; --help is printed from it, so help and behaviour cannot differ.
 * Accepts --name=value, --name value, -x value, --flag, --flag=false, `--` ends. */
#ifndef BASE_OPTS_H
#define BASE_OPTS_H

#include "err.h"

#include <stdint.h>

enum opt_kind {
    OPT_FLAG /* bool */,
    OPT_STRING /* const char* */,
    OPT_INT /* int64_t */,
    OPT_DURATION_MS /* int64_t, Go text or plain seconds */,
    OPT_LIST /* struct opt_list */
};

struct opt_list {
    const char *items[64];
    int count;
};

struct opt {
    const char *name; /* "cert-dir" */
    char letter;      /* 'o' or 0 */
    enum opt_kind kind;
    void *into;          /* where the value goes; holds the default before parsing */
    const char *arg;     /* "DIR" for --help; NULL for flags */
    const char *help;    /* one line; ends without a full stop */
    const char *choices; /* "text|json" or NULL: any */
};

struct opt_spec {
    const char *usage;      /* "kubestep up [flags]" */
    const char *about;      /* one short paragraph */
    const struct opt *opts; /* ends with .name = NULL */
    int min_args, max_args; /* positional; max_args -1: any */
    bool stop_at_arg;       /* what follows the first positional is not parsed (kubestep run CMD -x) */
    const char *examples;   /* or NULL */
};

struct opt_args {
    char **args; /* positional, pointing into argv */
    int count;
    bool help; /* --help was given; opts_help printed it to stdout */
};

/* argv[0] is skipped. False: ERR_USAGE that names the flag and what was wrong. */
bool opts_parse(const struct opt_spec *spec, int argc, char **argv, struct opt_args *out, struct err *e) MUST_USE;
void opts_help(const struct opt_spec *spec);

#endif
