/* up_options.h - the options that `up` and `run` share, as rows. */
#ifndef KUBESTEP_UP_OPTIONS_H
#define KUBESTEP_UP_OPTIONS_H

#define UP_OPTIONS(o)                                                                                                  \
    {"name", 0, OPT_STRING, &(o).name, "NAME", "which cluster", NULL},                                                 \
        {"nodes", 0, OPT_INT, &(o).nodes, "N", "simulated nodes", NULL},                                               \
        {"ephemeral", 0,                                                                                               \
         OPT_FLAG,    &(o).ephemeral,                                                                                  \
         NULL,        "in memory, gone when stopped; its name is random unless --name is said",                        \
         NULL},                                                                                                        \
        {"store", 0, OPT_STRING, &(o).store, "PATH|memory", "where objects are kept", NULL},                           \
        {"port", 0, OPT_INT, &(o).port, "P", "port of the API server (0: any free one)", NULL},                        \
        {"flow", 0, OPT_STRING, &(o).flow, "FLOW", "order of the fifteen steps", "real|textbook"},                     \
        {"seed", 0, OPT_INT, &(o).seed, "S", "seed of all random choices (0: none)", NULL},                            \
        {"node-cpu", 0, OPT_STRING, &(o).node_cpu, "QUANTITY", "capacity of each node", NULL},                         \
        {"node-memory", 0, OPT_STRING, &(o).node_memory, "QUANTITY", "capacity of each node", NULL},                   \
        {"start-latency",                                                                                              \
         0,                                                                                                            \
         OPT_STRING,                                                                                                   \
         &(o).start_latency,                                                                                           \
         "DURATION",                                                                                                   \
         "cluster time until a pod's containers run",                                                                  \
         NULL},                                                                                                        \
        {"scheduler-config",                                                                                           \
         0,                                                                                                            \
         OPT_STRING,                                                                                                   \
         &(o).scheduler_config,                                                                                        \
         "FILE",                                                                                                       \
         "the scheduler's KubeSchedulerConfiguration; it is read again at SIGHUP",                                     \
         NULL},                                                                                                        \
        {"result-annotations",                                                                                         \
         0,                                                                                                            \
         OPT_FLAG,                                                                                                     \
         &(o).result_annotations,                                                                                      \
         NULL,                                                                                                         \
         "what the scheduler found goes into pods' annotations, as kube-scheduler-simulator writes them",              \
         NULL},                                                                                                        \
        {"token-auth-file", 0, OPT_STRING, &(o).token_file, "FILE", "bearer tokens: token,user,uid,\"groups\"", NULL}, \
    {                                                                                                                  \
        "timeout", 0, OPT_DURATION_MS, &(o).timeout_ms, "DURATION", "how long to wait for it to be ready", NULL        \
    }

#endif
