/* script.h - what a process does, as a short program over cluster time: lines printed, time slept, an end.
 * A program is made once (shell.h, catalogue.h) and const afterwards; how far one run of it got is a struct process. */
#ifndef KUBELET_SIM_SCRIPT_H
#define KUBELET_SIM_SCRIPT_H

#include "base/buf.h"
#include "base/mem.h"
#include "kubelet-sim/limits.h"

#define MS INT64_C(1000000)    /* ns */
#define S  INT64_C(1000000000) /* ns */

enum script_what {
    DO_PRINT,  /* text */
    DO_SLEEP,  /* value: ns */
    DO_MAKE,   /* text: a file that exists from now on */
    DO_REMOVE, /* text: and no longer */
    DO_NOTE,   /* text: the termination message */
    DO_AGAIN,  /* value: index to go on at, for ever */
    DO_HOLD,   /* nothing more happens */
    DO_EXIT,   /* value: exit code */
};
struct script_op {
    enum script_what what;
    int64_t value;
    struct str text; /* SCRIPT_DATE and SCRIPT_COUNT are filled in when it is printed */
};

/* In texts: the date; a number that grows from round to round: COUNT, base, ';', step, END. */
enum { SCRIPT_DATE = 1, SCRIPT_COUNT = 2, SCRIPT_COUNT_END = 3 };

struct script {
    const struct script_op *ops;
    int count;
};

struct process {
    int pc;
    int64_t round; /* of the loop that is run for ever */
    int64_t at_ns; /* when the step at pc begins */
};
struct script_out {
    void *arg;
    void (*line)(void *arg, int64_t at_ns, struct str text);
    void (*note)(void *arg, struct str text);
};

static inline void process_begin(struct process *p, int64_t now_ns) { *p = (struct process){.at_ns = now_ns}; }
/* Runs up to `until`; of a loop that printed far more than is kept only the last rounds. True: it has ended, at
 * p->at_ns with *code. */
bool script_run(const struct script *s, struct process *p, int64_t until_ns, const struct script_out *out, int *code);
int64_t script_end_ns(const struct script *s, const struct process *p);  /* INT64_MAX: it never ends */
int64_t script_line_ns(const struct script *s, const struct process *p); /* of the next line; INT64_MAX: none */
/* When, after the beginning, a file is made and removed; false: the program does not touch it. */
bool script_file_ns(const struct script *s, struct str path, int64_t *from_ns, int64_t *until_ns);

#endif
