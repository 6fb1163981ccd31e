/* node.h - the nodes of this process: what they register as, their leases and heartbeats. The table is built once
 * at start and const afterwards; what changes in a node is under its lock. */
#ifndef KUBELET_SIM_NODE_H
#define KUBELET_SIM_NODE_H

#include "base/clk.h"
#include "base/thread.h"
#include "client/recorder.h"
#include "client/rest.h"
#include "client/sim.h"
#include "client/workq.h"
#include "kubelet-sim/cni.h"
#include "kubelet-sim/images.h"

#include <stdatomic.h>

struct node_options {
    const char *prefix; /* "node-": node-1, node-2, ... */
    int count;
    const char *cpu, *memory, *ephemeral, *pods; /* quantities */
    int kubelet_port;                            /* where all of them answer the API server */
    int64_t start_latency_ms;                    /* cluster time between a pod's arrival and its containers running */
};

struct sim_node {
    struct nodes *all;
    char name[64];
    int index;
    char ip[CNI_TEXT_MAX];
    struct rest *rest;    /* acts as system:node:NAME */
    pthread_mutex_t lock; /* cni, images */
    struct cni cni;
    struct images images;
    struct clk_timer lease_timer;
    int beats;               /* leases renewed; the lease worker's */
    _Atomic int64_t since_s; /* cluster time since which it is ready */
    _Atomic bool report;     /* its status is to be written with the next lease */
    _Atomic bool dead;       /* NODE_DEAD: no leases, no reports, its pods do nothing */
    _Atomic bool is_ready;   /* in the eyes of the cluster */
    bool schedulable;        /* was seen without the taint of new nodes; nodes.lock */
};

struct nodes {
    struct node_options options;
    struct sim_node *list;
    struct map by_name;
    struct recorder *recorder; /* core/v1, "kubelet" */
    struct workq *leases;      /* names of nodes whose lease is due */
    pthread_t lease_threads[LEASE_WORKERS];
    pthread_mutex_t lock;
    pthread_cond_t settled;  /* unschedulable became 0 */
    int unschedulable;       /* nodes that still have the taint of new nodes */
    struct sim *_Atomic sim; /* told when a lease has been renewed; NULL at first */
};

/* Annotation of a Node: "true" cuts it off as if its machine had lost power; taken away, it comes back. */
#define NODE_DEAD "sim.kubestep.dev/dead"

struct nodes *nodes_new(struct rest *r, struct recorder *rec, const struct node_options *o);
bool nodes_register(struct nodes *n,
                    struct err *e) MUST_USE; /* creates or takes over every Node object; starts leases */
struct sim_node *nodes_find(struct nodes *n, struct str name); /* NULL: not ours */
/* Informer handler: what the cluster says of a Node. True: it was dead and is back, or is ready again; its pods are to
 * be looked at. */
bool nodes_notice(struct nodes *n, const struct object *old, const struct object *node);
/* Waits (real time) until pods may be placed on all nodes: that takes a node controller. False: not in time. */
bool nodes_wait_schedulable(struct nodes *n, int64_t timeout_ms);
bool nodes_idle(struct nodes *n); /* no lease is being renewed */
void nodes_stop(struct nodes *n); /* ends leases */
void nodes_free(struct nodes *n);

#endif
