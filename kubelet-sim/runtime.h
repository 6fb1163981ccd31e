/* runtime.h - the stand-in for a container runtime (CRI): what a pod's sandbox and containers are.
 * A struct pod_run belongs to one pod; whoever handles the pod's key owns it. */
#ifndef KUBELET_SIM_RUNTIME_H
#define KUBELET_SIM_RUNTIME_H

#include "api/object.h"
#include "kubelet-sim/cni.h"

enum { RUNTIME_ID_MAX = 80 };

enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

struct container_run {
    struct str name, image; /* point into the pod's object that pod_run holds */
    bool init, sidecar;
    enum container_state state;
    char id[RUNTIME_ID_MAX]; /* "containerd://<64 hex>" */
    char image_id[300];
    const char *waiting_reason; /* static: "ContainerCreating", "PodInitializing", "InvalidImageName", ... */
    char waiting_message[512];
    int exit_code;
    int64_t started_s, finished_s; /* cluster time */
};

struct pod_run {
    const struct object *pod; /* referenced: the version it was started from */
    char sandbox[RUNTIME_ID_MAX];
    char ip[CNI_TEXT_MAX]; /* "" before the sandbox */
    int64_t started_s;
    int count;
    struct container_run *containers; /* init containers first, in the order of the spec */
};

struct pod_run *pod_run_new(const struct object *pod, int64_t now_s);
void pod_run_free(struct pod_run *run);
void runtime_new_id(char out[RUNTIME_ID_MAX], const char *scheme);
/* True: every container that is to run does, and nothing failed. */
bool pod_run_all_running(const struct pod_run *run);

#endif
