/* runtime.h - the stand-in for a container runtime (CRI): what a pod's sandbox and containers are and have been.
 * A struct pod_run belongs to one pod; whoever handles the pod's key owns it. All times are cluster time. */
#ifndef KUBELET_SIM_RUNTIME_H
#define KUBELET_SIM_RUNTIME_H

#include "api/object.h"
#include "kubelet-sim/behaviour.h"
#include "kubelet-sim/cni.h"

enum { RUNTIME_ID_TEXT = 65 };

struct runtime_id {
    uint64_t w[4]; /* all 0: none */
};
void runtime_new_id(struct runtime_id *id);
char *runtime_id_text(const struct runtime_id *id, char out[RUNTIME_ID_TEXT]); /* 64 hex digits */
/* From "containerd://<64 hex>"; false, and no id: something else. */
bool runtime_id_parse(struct str text, struct runtime_id *id);

enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_TERMINATED };
enum probe_kind { PROBE_STARTUP, PROBE_READINESS, PROBE_LIVENESS, PROBE_KINDS };

struct container_end { /* how an instance of a container ended */
    bool is;
    int code;
    const char *reason; /* static: "Completed", "Error", "OOMKilled", ... */
    char *message;      /* heap or NULL */
    int64_t started_ns, finished_ns;
    struct runtime_id id;
};

struct backoff {   /* client-go's util/flowcontrol/backoff.go */
    int64_t ns;    /* 0: nothing failed yet */
    int64_t at_ns; /* when it was last raised */
};

struct container_run {
    struct str name, image;  /* point into the pod's object that pod_run holds */
    const struct json *spec; /* the same */
    bool init, sidecar;      /* a sidecar is an init container that goes on */
    enum container_state state;
    bool pulled;         /* the node has its image */
    bool ran;            /* there was an instance: the next one is a restart */
    bool started, ready; /* as the probes say */
    bool again;          /* it was killed in order to be started anew */
    int restarts;
    const char *waiting_reason; /* static */
    char *waiting_message;      /* heap or NULL */
    int64_t retry_ns;           /* waiting: not before */
    /* The instance that runs, or ran last: */
    struct runtime_id id;
    int64_t started_ns;
    const struct behaviour *how; /* NULL: it does not run */
    struct process process;
    char *note;            /* termination message so far; heap or NULL */
    int told[PROBE_KINDS]; /* failures of probes that events told of */
    int64_t kill_ns;       /* when it was told to end; 0: it was not */
    int64_t grace_ns;
    int64_t dies_ns; /* when it is gone then; INT64_MAX: not known */
    int dies_code;
    struct container_end end, last; /* this instance's, once it is over; and the one's before */
    struct backoff crash, pull;
    int failed_pulls;
};

enum pod_stop { /* why a pod is being stopped; later ones overrule */
                STOP_NOT,
                STOP_COMPLETED, /* its containers have ended; what is left are sidecars */
                STOP_INIT_FAILED,
                STOP_DEADLINE,
                STOP_DELETED,
};

enum pod_condition { COND_NETWORK, COND_INITIALIZED, COND_READY, COND_CONTAINERS_READY, COND_SCHEDULED, COND_COUNT };

struct pod_run {
    const struct object *pod;  /* referenced: the newest version that was seen */
    struct runtime_id sandbox; /* none: before it is made, and after the end */
    char ip[CNI_TEXT_MAX];     /* "" before the sandbox; kept in the status to the end */
    bool holds_ip;             /* it is ours to give back */
    int64_t started_ns;        /* when the kubelet saw it */
    bool initialized;          /* init containers are through */
    enum pod_stop stop;
    bool terminal; /* all over: nothing runs or will */
    bool dirty;    /* the API server knows something older */
    struct {
        bool known, is;
        int64_t since_s;
    } conditions[COND_COUNT]; /* as reported */
    int count;
    struct container_run *containers; /* init containers first, in the order of the spec */
};

struct pod_run *pod_run_new(const struct object *pod, int64_t now_ns);
void pod_run_free(struct pod_run *run);
/* A newer version of the same pod. A container whose image changed is marked to be started anew. */
void pod_run_set_pod(struct pod_run *run, const struct object *pod);
/* Takes up what the status of a pod says that ran before we did. */
void pod_run_adopt(struct pod_run *run);
void container_wait(struct container_run *c, const char *reason, const char *message); /* copies message (or NULL) */
/* Is it started again after its present end? Upstream: pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted).
 */
bool container_restarts(const struct pod_run *run, const struct container_run *c);
void container_end_clear(struct container_end *e);

#endif
