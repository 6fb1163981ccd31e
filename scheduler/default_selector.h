/* default_selector.h - which pods belong with a pod, as far as Services and its controller say.
 * Upstream: pkg/scheduler/framework/plugins/helper/spread.go. */
#ifndef SCHEDULER_DEFAULT_SELECTOR_H
#define SCHEDULER_DEFAULT_SELECTOR_H

#include "scheduler/listers.h"
#include "scheduler/pod_info.h"

/* All that the selectors of the Services that choose the pod ask for, and that of the ReplicationController, ReplicaSet
 * or StatefulSet that controls it. The pod has its object. Empty: nobody asks for anything. In the memory of k. */
void default_selector(struct selector *out, struct keep *k, struct listers *l, const struct pod_info *p);

#endif
