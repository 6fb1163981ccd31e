/* annotate.h - writes what attempts found into the pods' annotations, as kube-scheduler-simulator does: those of
 * result_notes.h, and kube-scheduler-simulator.sigs.k8s.io/result-history with them all, attempt by attempt. A thread
 * of its own, in the order of the attempts; who goes faster than it can write waits. Never makes a pod's annotations so
 * large that others could not write theirs: then sim.kubestep.dev/results-left-out says what is missing.
 * Upstream: kubernetes-sigs/kube-scheduler-simulator, simulator/scheduler/storereflector. */
#ifndef SCHEDULER_ANNOTATE_H
#define SCHEDULER_ANNOTATE_H

#include "scheduler/result_notes.h"
#include "scheduler/schedule.h"

void annotate_start(struct scheduler *s); /* sets s->annotator */
void annotate_stop(struct scheduler *s);  /* nobody is placed any more; what waits is dropped */
/* Takes the notes over. Nothing if they are NULL. */
void annotate(struct scheduler *s, const struct pod_info *pod, struct result_notes **notes);

/* The merge patch for a pod that has these annotations (NULL: none). NULL: there is no room for anything. In the arena.
 */
struct json *annotate_patch(struct arena *a, const struct result_notes *t, const struct json *annotations);

#endif
