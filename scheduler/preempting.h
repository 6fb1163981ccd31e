/* preempting.h - pods whose victims are being deleted now: they may not enter the queue until the last victim is on its
 * way out. Own lock, the innermost one; any thread.
 * Upstream: pkg/scheduler/framework/preemption/executor.go. */
#ifndef SCHEDULER_PREEMPTING_H
#define SCHEDULER_PREEMPTING_H

#include "base/str.h"

struct preempting;
struct preempting_pod;

struct preempting *preempting_new(void);
void preempting_free(struct preempting *p); /* nobody preempts any more */

struct preempting_pod *preempting_begin(struct preempting *p, struct str uid);
/* The last victim's turn has come: from now on it counts whether that one is leaving. */
void preempting_last(struct preempting *p, struct preempting_pod *who, struct str victim_uid);
void preempting_end(struct preempting *p, struct preempting_pod *who); /* done, well or not */
/* A pod is being deleted, or is gone. Called before waiting pods are told. */
void preempting_left(struct preempting *p, struct str uid);
bool preempting_has(struct preempting *p, struct str uid);

#endif
