/* review.h - SchedulingReviews that wait for the scheduler: a table without I/O. The owner's lock covers it.
 *
 * A review is written to one of the scheduler's control streams, the first that has room, and waits until it is
 * answered, until its time is up, or until that stream ends: who was asked is gone then. One that nobody was asked yet
 * goes to another stream, if there is one. */
#ifndef APISERVER_SIM_REVIEW_H
#define APISERVER_SIM_REVIEW_H

#include "apiserver/sim/limits.h"
#include "base/blob.h"

enum review_end {
    REVIEW_ANSWERED,
    REVIEW_LATE,   /* no answer in time */
    REVIEW_NOBODY, /* there is no scheduler, or it left */
    REVIEW_FULL,   /* too many wait */
    REVIEW_GONE,   /* who asked has left */
    REVIEW_CLOSED, /* the server stops */
};

struct review {
    uint64_t id;
    uint64_t stream;         /* whom it was written to; 0: nobody yet */
    int64_t due_ns;          /* mono */
    void *owner;             /* what review_add was given */
    const struct blob *line; /* referenced; NULL: written */
};

struct review_table { /* zero-initialised is empty */
    struct review items[REVIEWS_MAX];
    int count;
    size_t bytes; /* of lines that are not written */
    uint64_t streams[CONTROL_STREAMS_MAX];
    int nstreams;
    bool closed; /* nobody is taken any more */
};

void review_join(struct review_table *t, uint64_t stream);
void review_leave(struct review_table *t, uint64_t stream); /* then review_ended */
/* REVIEW_ANSWERED: it waits, and the reference to line is the table's. Else why it does not. */
enum review_end review_add(struct review_table *t, uint64_t id, void *owner, const struct blob *line, int64_t now_ns);
/* What is to be written to the stream next; the reference goes over. NULL: nothing. */
const struct blob *review_next(struct review_table *t, uint64_t stream);
/* The owner, who waits no longer; NULL: nobody waits for that id. */
void *review_answered(struct review_table *t, uint64_t id);
/* Somebody who waits no longer, and why; NULL: nobody. To be called until then. gone may be NULL. */
void *review_ended(struct review_table *t, int64_t now_ns, bool (*gone)(const void *owner), enum review_end *why);

#endif
