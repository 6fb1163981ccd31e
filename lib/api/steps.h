/* steps.h - the fifteen steps of a pod's creation. Their numbers are API. */
#ifndef API_STEPS_H
#define API_STEPS_H

#include <stdbool.h>

enum step {
    STEP_NONE = 0,
    STEP_REQUEST_RECEIVED = 1,
    STEP_PERSISTED,
    STEP_OFFERED_TO_SCHEDULER,
    STEP_NODES_REQUESTED,
    STEP_NODES_READ,
    STEP_NODES_RETURNED,
    STEP_PLACEMENT_COMPUTED,
    STEP_PLACEMENT_RETURNED,
    STEP_PLACEMENT_PERSISTED,
    STEP_HANDED_TO_KUBELET,
    STEP_CONTAINER_CREATED,
    STEP_WRAPPED_AS_POD,
    STEP_STATUS_REPORTED,
    STEP_STATUS_PERSISTED,
    STEP_CLIENT_TOLD,
    STEP_COUNT = 15
};

struct step_info {
    enum step number;
    const char *slug;      /* "request-received" */
    const char *from, *to; /* "client", "apiserver"; to may be NULL (7, 12) */
    bool message_in_real;  /* a message of its own in the real flow too */
    const char *differs;   /* how Kubernetes really differs from the textbook, or NULL */
};

extern const struct step_info step_table[STEP_COUNT]; /* [n - 1] */
const struct step_info *step_info(enum step n);       /* KASSERTs the range */

#endif
