/* sched_case.h - what scheduler_perf measures, as data: which nodes and pods a case has. Upstream:
 * test/integration/scheduler_perf (misc, topology_spreading, affinity: performance-config.yaml). */
#ifndef BENCH_SCHED_CASE_H
#define BENCH_SCHED_CASE_H

#include "base/buf.h"

enum pod_kind {
    POD_DEFAULT,
    POD_SPREAD,
    POD_PREFERRED_SPREAD,
    POD_NODE_AFFINITY,
    POD_ANTI_AFFINITY,
    POD_AFFINITY,
    POD_PREFERRED_AFFINITY,
    POD_LOW,   /* four of them fill a node */
    POD_HIGH,  /* of a higher class; takes the place of four low ones */
    POD_LARGE, /* of a higher class; larger than any node */
};

struct sched_case {
    const char *name;
    int nodes, zones; /* zones: 0: nodes are in none */
    enum pod_kind init_kind;
    int init; /* pods that are there already */
    enum pod_kind kind;
    int pods;            /* that are measured */
    enum pod_kind churn; /* one every 200 ms meanwhile; POD_DEFAULT: none */
    double goal, real;   /* pods/s */
};

extern const struct sched_case sched_cases[];
extern const int sched_ncases;
/* A smaller one for a quick look. */
struct sched_case sched_case_quick(const struct sched_case *c);

void sched_node_text(struct buf *out, const struct sched_case *c, int i);
/* ns: "sched-0" or "sched-1"; node: NULL, or where it is already. */
void sched_pod_text(struct buf *out, enum pod_kind kind, const char *ns, const char *name, const char *node);

/* bench_cycle.c: what it costs to record how a pod was placed, us of CPU: to write it, to send it, and that of the API
 * server to take it. */
struct server;
double record_cost_us(const struct sched_case *c, const struct server *api);

#endif
