/* limits.h - every bound of kubelet-sim, with its reason. */
#ifndef KUBELET_SIM_LIMITS_H
#define KUBELET_SIM_LIMITS_H

enum {
    NODES_MAX = 10000, /* one /24 each out of 10.128.0.0/9, and room to spare */
    POD_WORKERS = 8,   /* pods handled at once; each waits for its own status patch */
    STEPPED_MAX = 16,  /* pods that may wait at a gate; a parked one has a thread of its own */
    LEASE_WORKERS = 2,
    LEASE_SECONDS = 40,         /* upstream's nodeLeaseDurationSeconds */
    LEASE_EVERY_MS = 10000,     /* a quarter of it */
    HEARTBEATS_PER_STATUS = 30, /* node status every five minutes: nodeStatusReportFrequency */
    NODE_IPS = 254,             /* of a /24 */
    IMAGES_PER_NODE = 512,      /* remembered as present; more are pulled again */
};

#endif
