/* result_notes.h - what an attempt found, as the values of the annotations that kube-scheduler-simulator gives to a
 * pod: all of them are there after every attempt, "{}" where nothing was asked. One owner at a time; nothing refers to
 * the cycle. Upstream: kubernetes-sigs/kube-scheduler-simulator, simulator/scheduler/plugin (wrappedplugin.go,
 * resultstore).
 */
#ifndef SCHEDULER_RESULT_NOTES_H
#define SCHEDULER_RESULT_NOTES_H

#include "base/buf.h"
#include "scheduler/cycle.h"

enum result { /* in the order of their keys */
              RESULT_BIND,
              RESULT_FILTER,
              RESULT_FINALSCORE,
              RESULT_PERMIT,
              RESULT_PERMIT_TIMEOUT,
              RESULT_POSTFILTER,
              RESULT_PREBIND,
              RESULT_PREFILTER,
              RESULT_PREFILTER_STATUS,
              RESULT_PRESCORE,
              RESULT_RESERVE,
              RESULT_SCORE,
              RESULT_SELECTED_NODE,
              RESULT_COUNT
};
extern const char *const result_keys[RESULT_COUNT];

struct result_notes;

/* Of a computed cycle. NULL: no plugin was asked, for there are no nodes. */
struct result_notes *result_notes_of(const struct cycle *cy);
/* The pod that was placed is bound (NULL), or it failed so, in the words of reserve.h or of the API server. Nothing
 * for NULL notes. */
void result_notes_end(struct result_notes *t, const struct profile *p, const char *error);
void result_notes_free(struct result_notes *t); /* NULL is fine */

size_t result_notes_bytes(const struct result_notes *t); /* of memory */
int result_notes_nodes(const struct result_notes *t);    /* nodes that there is something to tell of */
/* How many of these, the most important first (where the pod goes, where it fits best), fit into so many bytes of
 * values. -1: not even the rest does. */
int result_notes_fit(const struct result_notes *t, size_t room);
/* A value that tells of so many nodes, at most as many as fitted. */
void result_notes_write(struct buf *out, const struct result_notes *t, enum result r, int nodes);

/* A JSON string as Go's encoding/json writes it. */
void result_write_string(struct buf *out, struct str s);

#endif
