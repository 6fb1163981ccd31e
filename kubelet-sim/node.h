/* node.h - the nodes of this process: what they register as, their leases and heartbeats. The table is built once
 * at start and const afterwards; what changes in a node is under its lock. */
#ifndef KUBELET_SIM_NODE_H
#define KUBELET_SIM_NODE_H

#include "base/clk.h"
#include "base/thread.h"
#include "client/recorder.h"
#include "client/rest.h"
#include "client/workq.h"
#include "kubelet-sim/cni.h"
#include "kubelet-sim/images.h"

struct node_options {
    const char *prefix; /* "node-": node-1, node-2, ... */
    int count;
    const char *cpu, *memory, *ephemeral, *pods; /* quantities */
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
    int beats; /* leases renewed; the lease worker's */
};

struct nodes {
    struct node_options options;
    struct sim_node *list;
    struct map by_name;
    struct recorder *recorder; /* core/v1, "kubelet" */
    struct workq *leases;      /* names of nodes whose lease is due */
    pthread_t lease_threads[LEASE_WORKERS];
};

struct nodes *nodes_new(struct rest *r, struct recorder *rec, const struct node_options *o);
bool nodes_register(struct nodes *n,
                    struct err *e) MUST_USE; /* creates or takes over every Node object; starts leases */
struct sim_node *nodes_find(struct nodes *n, struct str name); /* NULL: not ours */
void nodes_stop(struct nodes *n);                              /* ends leases */
void nodes_free(struct nodes *n);

#endif
