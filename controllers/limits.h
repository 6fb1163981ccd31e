/* limits.h - every bound of the controllers, with its reason. */
#ifndef CONTROLLERS_LIMITS_H
#define CONTROLLERS_LIMITS_H

enum {
    RS_BURST_MAX = 500,         /* upstream's burstReplicas: pods created or deleted in one reconcile */
    SET_BURST_MAX = 500,        /* upstream's MaxBatchSize: pods that a Parallel StatefulSet makes in one reconcile */
    DS_BURST_MAX = 250,         /* upstream's BurstReplicas of the DaemonSet controller */
    DS_BACKOFF_FIRST_MS = 1000, /* a failed daemon pod is replaced at once, then after this, doubling */
    DS_BACKOFF_MAX_MS = 15 * 60 * 1000,
    DS_BACKOFF_SWEEP = 1024,      /* entries before forgotten ones are looked for */
    SLOW_START = 1,               /* first batch of creates; doubles while all succeed */
    REVISION_DATA_MAX = 4 << 20,  /* bytes of a revision's data as text; an object is smaller */
    REVISION_PREFIX_MAX = 223,    /* bytes of the owner's name in a revision's: leaves room for the hash (upstream's) */
    REVISION_NAMES_MAX = 16,      /* names tried for one revision; more collisions wait for the next reconcile */
    NS_FINALIZERS_S = 15,         /* upstream: finalizerEstimateSeconds, what finalizers are given to go */
    NS_CONDITION_MAX = 32 * 1024, /* upstream: the message of a condition */
    GC_WORKERS = 20,              /* upstream: --concurrent-gc-syncs */
    GC_KINDS_MAX = 20000,         /* kinds that are not built in; each some 2 KB here */
    GC_GROUP_MAX = 256,           /* resources of one aggregated group; each has a thread and a connection */
    GC_GROUP_MS = 30 * 1000,      /* upstream's period of asking discovery */
    KIND_WORDS_MAX = 316,   /* bytes of group, version and resource: they fit API_VERSION_MAX with what is between */
    GC_KIND_SYNC_MS = 2000, /* the first list of a kind that just came is here by then, or goes on without us */

    NODE_GRACE_MS = 50 * 1000,         /* upstream's nodeMonitorGracePeriod: without a sign of life a node is unknown */
    NODE_STARTUP_GRACE_MS = 60 * 1000, /* the same for a node that never said Ready */
    NODE_LATE_MS = 1000,               /* a timer that is so late: the clock has jumped */
    NODE_JUMP_PAUSE_MS = 200,          /* real: without a new lease for so long, what lives has renewed its own */
    NODE_JUMP_PAUSES_MAX = 50,         /* thousands of leases take some seconds after a jump; then it is enough */
    NODE_WORKERS = 8,                  /* upstream's UpdateWorkerSize */
    ZONE_TAINT_EVERY_MS = 10 * 1000,   /* upstream's nodeEvictionRate 0.1/s */
    ZONE_TAINT_SLOW_MS = 100 * 1000,   /* secondaryNodeEvictionRate 0.01/s: most of a large zone is gone */
    ZONE_LARGE = 50,                   /* largeClusterSizeThreshold; smaller zones that are mostly gone: none at all */
    ZONE_UNHEALTHY_PERCENT = 55,       /* unhealthyZoneThreshold */
    GC_QUARANTINE_MS = 40 * 1000,      /* upstream: a node that is gone may be made anew */
    GC_TERMINATED_MAX = 12500,         /* terminatedPodGCThreshold */
    PDB_DELETION_MS = 2 * 60 * 1000,   /* upstream's DeletionTimeout: an eviction that led to nothing is forgotten */
    ENDPOINTS_MAX = 1000,         /* upstream's maxCapacity: addresses of one Endpoints; EndpointSlices have them all */
    SLICE_MAX = 100,              /* upstream's --max-endpoints-per-slice */
    MIRROR_MAX = 1000,            /* upstream's --mirroring-max-endpoints-per-subset, and of one mirrored slice */
    RS_NAME_MAX = 253,            /* bytes of an object's name (DNS subdomain) */
    REVISION_HISTORY_MAX = 2000,  /* bytes of the annotation with the former numbers of a ReplicaSet (upstream's) */
    JOB_BURST_MAX = 500,          /* upstream's MaxPodCreateDeletePerSync */
    JOB_UNCOUNTED_MAX = 500,      /* upstream's MaxUncountedPods: their uids in a status stay below 20 KB */
    JOB_INDEX_TEXT_MAX = 4 << 20, /* bytes of a list of indexes; 100000 of them, the most there may be, have 0.7 MB */
    JOB_GENERATE_NAME_MAX = 58,   /* bytes of generateName that leave room for five more in a label */
    JOB_BACKOFF_FIRST_MS = 10 * 1000, /* upstream's DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff */
    JOB_BACKOFF_MAX_MS = 10 * 60 * 1000,
    PV_CONFLICT_MS = 5,       /* a volume or claim that the cache is behind of is looked at again */
    CRON_MISSED_MANY = 100,   /* upstream's: more missed runs are told as too many */
    CRON_NEXT_DELTA_MS = 100, /* upstream's: so much after its time a run is looked for */
};

#endif
