/* cluster.h - a cluster on disk and as processes. Everything it writes is in its own directory:
 * $KUBESTEP_HOME, else $XDG_STATE_HOME/kubestep, else ~/.local/state/kubestep; below it clusters/NAME/
 *   state.json   what runs        kubeconfig   for kubectl        store.db    objects
 *   pki/         certificates     logs/        one per component  lock        held while it changes */
#ifndef KUBESTEP_CLUSTER_H
#define KUBESTEP_CLUSTER_H

#include "client/rest.h"
#include "kubestep/process.h"

enum { CLUSTER_PATH_MAX = 3072, CLUSTER_COMPONENTS = 4, CLUSTER_NAME_MAX = 63 };

struct cluster_options {
    const char *name;
    int64_t nodes, port; /* port 0: any free one */
    const char *store;   /* NULL: store.db in the directory; "memory"; or a path */
    const char *flow;    /* "real", "textbook" */
    int64_t seed;
    bool ephemeral;
    int parent_fd;                      /* read end of a pipe whose closing ends everything; -1: none */
    const char *node_cpu, *node_memory; /* NULL: kubelet-sim's own */
    const char *start_latency;          /* NULL: none */
    const char *token_file;             /* --token-auth-file, or NULL */
    const char *scheduler_config;       /* KubeSchedulerConfiguration, or NULL */
    bool result_annotations;            /* the scheduler's flag */
    int64_t timeout_ms;                 /* for being ready */
};
#define CLUSTER_OPTIONS_INIT                                                                                           \
    {                                                                                                                  \
        .name = "default", .nodes = 3, .flow = "real", .parent_fd = -1, .timeout_ms = 30000                            \
    }

struct cluster {
    char name[CLUSTER_NAME_MAX + 1];
    char dir[CLUSTER_PATH_MAX], kubeconfig[CLUSTER_PATH_MAX + 32], store[CLUSTER_PATH_MAX + 32];
    int port;
    int64_t nodes;
    char flow[16];
    bool ephemeral;
    struct process components[CLUSTER_COMPONENTS];
    int ncomponents;
    int lock_fd; /* -1: not held */
};

/* Fills name and paths; nothing is read. ERR_USAGE: not a DNS label. */
bool cluster_locate(struct cluster *c, const char *name, struct err *e) MUST_USE;
/* cluster_locate and state.json. ERR_NOT_FOUND: no such cluster. */
bool cluster_load(struct cluster *c, const char *name, struct err *e) MUST_USE;
bool cluster_is_up(const struct cluster *c); /* its apiserver lives */
/* Starts the four processes and waits until the nodes are ready; on failure everything started is stopped again. */
bool cluster_up(struct cluster *c, const struct cluster_options *o, struct err *e) MUST_USE;
/* Stops the processes; purge: removes the directory too (ephemeral ones always). */
void cluster_down(struct cluster *c, bool purge);
struct rest *cluster_connect(const struct cluster *c, struct err *e) MUST_USE;
void cluster_random_name(char out[CLUSTER_NAME_MAX + 1]);
/* Calls fn for every cluster directory, by name. */
void cluster_each(void (*fn)(void *arg, const char *name), void *arg);
void cluster_log_path(const struct cluster *c, const char *component, char *out, size_t max);

/* What --name is for commands that talk to a cluster: KUBESTEP_CLUSTER (set by `kubestep run`), or "default". */
const char *cluster_default_name(void);
/* For commands that talk to a cluster: --name, or KUBECONFIG when there is no cluster of that name. Says its own error
 * and sets *code when it returns NULL. */
struct rest *cluster_client(const char *name, int *code);

#endif
