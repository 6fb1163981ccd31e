/* simulate.h - a workload tried out on a cluster that comes as text: without an API server, and without a network.
 * The text is one JSON object a line. The first says what to try, each further one is an object of the cluster, in the
 * version in which it is stored:
 *
 *   {"workload": [...], "config": "FILE", "compare": "FILE", "replicas": 3, "fill": true, "seed": 1}
 *   {"apiVersion": "v1", "kind": "Node", ...}
 *
 * workload: defaulted objects (workload.h). config, compare: KubeSchedulerConfigurations; without compare there is one
 * result, without config the default configuration is tried. fill: absent, it is true of a workload of one object that
 * makes pods. Objects that say nothing to a scheduler are passed over. The answer is {"results": [ReviewResult, ...]}.
 */
#ifndef SCHEDULER_SIMULATE_H
#define SCHEDULER_SIMULATE_H

#include "base/buf.h"
#include "base/err.h"

/* False: *why has what is wrong, a line for each complaint. Reads fd to its end. */
bool simulate(int fd, struct buf *answer, struct buf *why);
/* The same from and to descriptors, complaints to stderr: an exit code. */
int simulate_main(int in, int out);

#endif
