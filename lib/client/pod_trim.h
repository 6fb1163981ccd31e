/* pod_trim.h - what a cache of pods need not keep. A process watches every pod of the cluster and reads a few members
 * of each: the rest is most of what it would hold. Pure. */
#ifndef CLIENT_POD_TRIM_H
#define CLIENT_POD_TRIM_H

#include "base/json.h"

/* Lists of paths, each ended by NULL; a list may be NULL. */
struct pod_trim {
    const char *const *pod;       /* of the pod itself */
    const char *const *container; /* of each container, init containers too */
    const char *const *status;    /* of each container's status, init containers' too */
};

/* How a container runs: of use to a kubelet alone. */
extern const char *const pod_trim_container[];

void pod_trim(struct json *pod, const struct pod_trim *lists);

#endif
