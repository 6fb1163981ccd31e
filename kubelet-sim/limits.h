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
    SETTLE_MS = 5000,           /* real: a node controller needs some ms; without one pods are placed nowhere anyway */
    NODE_IPS = 254,             /* of a /24 */
    IMAGES_PER_NODE = 512,      /* remembered as present; more are pulled again */
    LOG_READERS_MAX = 128,      /* connections to the kubelets' port; each has a thread */
    LOG_IDLE_S = 60,            /* a connection without a request */
    LOG_CHUNK = 16 * 1024,      /* of an answer */
    LOG_TEXT_MAX = 64 << 20,    /* one piece of an answer: all that is kept of a container's output, and room */
    LOG_LINES_MAX = 1000,       /* of one run; with 30,000 pods even a tenth of it each would be too much to keep */
    LOG_BYTES_MAX = 256 * 1024, /* of one run */
    LOG_LINE_MAX = 16 * 1024,   /* containerd's max_container_log_line_size */
    LOG_WAKE_MS = 1000,         /* a process that prints is looked at no more often */
    SCRIPT_NUMBER_MAX = 1000000000, /* of seq */
    SCRIPT_OPS_MAX = 2000,          /* steps of a process; loops that end are unrolled */
    SCRIPT_WORK_MAX = 100000,       /* commands read: loops within loops */
    SCRIPT_TEXT_MAX = 4 << 20,      /* bytes of all words that are worked out; memory while a script is read */
    SCRIPT_WORDS_MAX = 64,          /* of one command */
    SCRIPT_VARS_MAX = 64,           /* of one shell */
    SCRIPT_DEPTH_MAX = 16,          /* sh -c within sh -c, loops within loops */
    SCRIPT_NESTING_MAX = 64,        /* of blocks, quotes and ${..}: what a stack bears */
    ENV_MAX = 512,                  /* variables of a container that are looked at */
    CATCH_UP_MAX = 5000,            /* steps of a pod's life after a leap of the clock */
    MOUNT_RETRY_MS = 500,           /* initialDurationBeforeRetry of upstream's volume manager */
    MOUNT_RETRY_MAX_MS = 122000,    /* its maxDurationBeforeRetry */
    CATCH_UP_RESET = 64,            /* and after so many of them their memory is dropped */
    CATCH_UP_LAG_MS = 1000,         /* later than this and the clock has leapt */
};

#endif
