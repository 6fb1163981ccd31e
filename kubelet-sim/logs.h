/* logs.h - what containers would have printed: lines with their times, for the present and the previous run of each
 * container. Bounded per run (LOG_LINES_MAX; the oldest lines go first, as with a rotated file). Thread: any; own lock.
 */
#ifndef KUBELET_SIM_LOGS_H
#define KUBELET_SIM_LOGS_H

#include "base/buf.h"

struct logs;
struct logs *logs_new(void);
void logs_free(struct logs *l);

/* ---- Writing: whoever handles the pod's key ---- */
/* A run of the container begins; the one before becomes the previous one, the one before that is dropped. */
void logs_begin(struct logs *l, struct str uid, struct str container);
void logs_line(struct logs *l, struct str uid, struct str container, int64_t at_ns, struct str text);
/* The run is over: followers get the rest and the end. */
void logs_end(struct logs *l, struct str uid, struct str container);
void logs_forget(struct logs *l, struct str uid); /* the pod is gone */

/* ---- Reading ---- */
enum log_state {
    LOG_NONE, /* no such run: the container has not started, or was never restarted (previous) */
    LOG_MORE, /* the run goes on */
    LOG_END,  /* nothing will follow */
};
struct log_line {
    int64_t at_ns;   /* cluster time */
    struct str text; /* without the newline; in the arena of the call */
};
struct log_lines { /* in the arena of the call */
    struct log_line *items;
    size_t count;
    uint64_t next; /* number of the line after these: where to read on */
};
/* The lines of a run from number `from` on (0: the first that is kept). The run begun last, or the one before it. */
enum log_state logs_read(struct logs *l, struct arena *a, struct str uid, struct str container, bool previous,
                         uint64_t from, struct log_lines *out);
/* fn(arg) is called, with no lock held, after lines came or a run began or ended; it does not block. One listener; NULL
 * removes it. */
void logs_on_change(struct logs *l, void (*fn)(void *arg), void *arg);

#endif
