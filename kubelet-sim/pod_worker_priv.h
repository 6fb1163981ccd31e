/* pod_worker_priv.h - shared by pod_worker.c (keys, entries, threads) and pod_sync.c (what is done for one pod). */
#ifndef KUBELET_SIM_POD_WORKER_PRIV_H
#define KUBELET_SIM_POD_WORKER_PRIV_H

#include "kubelet-sim/pod_life.h"
#include "kubelet-sim/pod_worker.h"

struct entry { /* what we run for a key; owned by whoever handles the key */
    struct pod_run *run;
    struct sim_node *node;
    int64_t start_ms; /* cluster time before which nothing starts */
    int64_t mount_ms; /* how long to wait after the last failed mount; 0: none failed */
    int64_t due_ns;   /* when the next step of its life is due */
    char *trace;      /* the steps of its start, until a report has carried them */
    bool started;     /* it has had its sandbox */
    bool over;        /* nothing runs any more, and the API server knows; kept for its logs until the pod is gone */
    bool deleted;     /* and was told to drop it */
};

struct pod_workers {
    struct nodes *nodes;
    struct informer *pods;
    struct sim *sim;
    struct logs *logs;
    struct workq *queue;
    struct pool *slow; /* pods held at a gate */
    pthread_t threads[POD_WORKERS];
    pthread_mutex_t lock; /* entries */
    struct map entries;   /* "ns/name" -> struct entry */
};

struct work { /* one handling of one key */
    struct pod_workers *w;
    struct arena arena;
    struct entry *en;
    const struct object *pod;
    struct sim_subject subject;
    struct str key;
};

void pod_give_ip(struct entry *en); /* back to the node, once */
/* What is done for a pod of which nothing is known yet: its entry's fields, and that it was seen. */
void pod_begin(struct work *k);
/* Brings the pod up to now; puts the key into the queue again for when more is due. */
void pod_sync(struct work *k);

#endif
