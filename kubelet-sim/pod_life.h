/* pod_life.h - what a kubelet does for a pod, one step at a time: starting its containers in order, noticing that they
 * ended, starting them again, stopping them. A step brings the pod to l->now_ns and says when the next one is due. What
 * it needs of the world it asks of the host; it sends no requests itself. Upstream:
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, SyncPod, doBackOff), kubelet.go (SyncPod,
 * SyncTerminatingPod), images/image_manager.go, prober/. */
#ifndef KUBELET_SIM_POD_LIFE_H
#define KUBELET_SIM_POD_LIFE_H

#include "kubelet-sim/logs.h"
#include "kubelet-sim/runtime.h"

struct life_host {
    void *arg;
    struct logs *logs;
    /* c NULL: about the pod */
    void (*event)(void *arg, const struct container_run *c, const char *type, const char *reason, const char *message);
    /* Does the node have this image (normalized)? add: from now on it does. */
    bool (*image)(void *arg, struct str image, bool add);
    /* The container's environment; false: it refers to something that is not there. */
    bool (*env)(void *arg, const struct container_run *c, struct env *out, struct err *why);
};

struct life {
    struct pod_run *run;
    const struct life_host *host;
    struct arena *arena;
    int64_t now_ns;
    /* Of the last step: */
    bool more;        /* there is more to do at the same time */
    bool ended;       /* a container ended or failed to start: worth a report of its own */
    int64_t due_ns;   /* when something is to happen next; INT64_MAX: never */
    int64_t waits_ns; /* of what waits to be started */
    int64_t line_ns;  /* when a process prints next: needs no step before that, but one then */
};

/* The pod has its sandbox. */
void pod_life_step(struct life *l);
/* Begins to stop the pod, or hurries it. */
void pod_life_stop(struct life *l, enum pod_stop why, int64_t grace_ns);
int64_t pod_grace_ns(const struct pod_run *run); /* terminationGracePeriodSeconds */

/* ---- Parts ---- */
void life_event(struct life *l, const struct container_run *c, const char *type, const char *reason,
                const char *message);
void life_due(struct life *l, int64_t at_ns);
/* pod_start.c: tries to start a container, or says why it waits. */
void life_start(struct life *l, struct container_run *c);
/* Before the first instance of an adopted container is looked at. */
void life_look_up(struct life *l, struct container_run *c);
/* pod_stop.c: SIGTERM and what follows, to one container that runs; events tell message. */
void life_kill(struct life *l, struct container_run *c, int64_t grace_ns, const char *message);
void life_stop_step(struct life *l);
/* Records the end of the instance. */
void life_end(struct life *l, struct container_run *c, int code, const char *reason, int64_t at_ns);

#endif
