/* pod_worker.h - brings pods of our nodes from assigned to running, and from deleted to gone. Keys ("ns/name") go
 * through a work queue; a key is never handled by two workers, so a pod's run needs no lock of its own. */
#ifndef KUBELET_SIM_POD_WORKER_H
#define KUBELET_SIM_POD_WORKER_H

#include "client/informer.h"
#include "client/sim.h"
#include "kubelet-sim/logs.h"
#include "kubelet-sim/node.h"

struct pod_workers;
struct pod_workers *pod_workers_new(struct nodes *nodes, struct informer *pods, struct logs *logs, struct sim *sim);
void pod_workers_start(struct pod_workers *w);
void pod_workers_notice(struct pod_workers *w,
                        const struct object *pod); /* informer handler: something about it changed */
void pod_workers_stop(struct pod_workers *w);
void pod_workers_free(struct pod_workers *w);
bool pod_workers_idle(struct pod_workers *w);

#endif
