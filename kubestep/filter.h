/* filter.h - another of our programs as a filter: text goes in, text comes out, complaints are kept. The program reads
 * all of its input before it writes. */
#ifndef KUBESTEP_FILTER_H
#define KUBESTEP_FILTER_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct filter {
    const char *name;
    pid_t pid;
    int in, out, complaints;
    struct buf held; /* not yet written to it */
};

bool filter_start(struct filter *f, const char *name, const char *const *args, struct err *e) MUST_USE;
/* False: it has ended already; filter_end says why. */
bool filter_write(struct filter *f, struct str text);
/* Ends the input and waits. What it wrote goes to *out, what it complained of to *complaints. False: it failed. */
bool filter_end(struct filter *f, struct buf *out, struct buf *complaints);

#endif
