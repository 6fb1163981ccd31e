/* limits.h - every bound of the scheduler, with its reason. */
#ifndef SCHEDULER_LIMITS_H
#define SCHEDULER_LIMITS_H

enum {
    SELECTIONS_MAX =
        128,         /* counts that are kept between cycles: four bytes a node each, a comparison a pod that comes */
    TERMS_KEPT = 16, /* terms of one pod that are worth being kept; hostile ones have thousands */
    TOPOLOGIES_MAX = 32,     /* topology keys whose domains are kept, likewise */
    RES_MAX = 4096,          /* distinct resource names seen by one process; what comes later is not counted */
    RES_NAME_MAX = 512,      /* a qualified name has at most 317 bytes; longer ones are not counted */
    REASONS_MAX = 16,        /* why one plugin refused one node: a pod lacks so many resources at once */
    WHYS_MAX = 4096,         /* different sets of reasons in one cycle; what comes later counts as the last one */
    DETAILS_MAX = 64,        /* different taints, labels and ports told as reasons in one cycle */
    DETAIL_VALUES = 5,       /* values of one label that are told */
    DETAIL_TERMS = 16,       /* of required affinity that are tried for the nearest one, on each node */
    DETAIL_PORTS = 16,       /* of a pod that are tried for the taken one, on each node */
    HOPELESS_TOLD = 32,      /* different reasons why no victims help that are told of in one Decision */
    LACKS_MAX = 16,          /* different resources that nodes lack, whose amounts are kept in one cycle */
    BINDERS = 8,             /* bindings under way at once; each is one blocking request */
    STEPPED_MAX = 16,        /* cycles that may wait at a gate; a parked one has a thread of its own */
    DECISIONS_QUEUED = 2048, /* decisions waiting to be sent; the oldest are dropped and counted */
    DECISIONS_QUEUED_BYTES = 32 << 20, /* and of their text */
    DECISIONS_BATCH = 64,
    DECISION_TEXT_MAX = 2 << 20,    /* one, with its ledger: 5,000 nodes need 10 to 100 KB */
    DECISION_TEXT_USUAL = 3 * 1024, /* one: made room for at once */
    SO_FAR_MAX = 60 * 1024,         /* what a standing cycle has found: below the API server's PARK_FACTS_MAX */
    ACCOUNT_SHOWN_MAX = 40 * 1024,  /* nodes x plugins shown to a stepper: below the API server's PARK_FACTS_MAX */
    TABLES_KNOWN = 64,              /* newest tables of nodes that the API server is taken to have */
    BACKOFF_FIRST_MS = 1000,        /* podInitialBackoffSeconds */
    BACKOFF_MAX_MS = 10000,         /* podMaxBackoffSeconds */
    UNSCHEDULABLE_MAX_MS = 5 * 60 * 1000, /* podMaxInUnschedulablePodsDuration */
    QUEUE_MOVES = 8,       /* last moves of a waiting pod between queues that its next Decision tells of */
    EVENTS_KEPT = 1024,    /* while pods are in cycles; a pod that lost some tries again instead of waiting */
    CANDIDATES_SHOWN = 50, /* of a preemption, in a Decision; the chosen one always */
    VICTIMS_SHOWN = 20,    /* of one candidate */
    POINTS_MAX = 100,      /* of a plugin for a node, before its weight (MaxNodeScore) */
    MIN_FEASIBLE_NODES = 100,
    MIN_FEASIBLE_PERCENT = 5,
    BIND_TIMEOUT_S = 600,    /* VolumeBindingArgs.bindTimeoutSeconds */
    MESSAGE_MAX = 64 * 1024, /* the text of a failed attempt, before events cut it */
    EVENT_MESSAGE_MAX = 1024,
    ANNOTATIONS_MAX = 256 * 1024, /* of one object, all keys and values: Kubernetes' TotalAnnotationSizeLimitB */
    ANNOTATIONS_FREE = 16 * 1024, /* of that, left to others, who may want to annotate the pod later */
    RESULTS_MAX = ANNOTATIONS_MAX,
    RESULT_TEXT_MAX = 4096,           /* what one plugin says of a pod; others find room beside it */
    RESULT_NAMES = 256,               /* nodes that a prefilter left which are told */
    LEFT_OUT_MAX = 128,               /* the sentence that tells what there was no room for */
    ANNOTATE_QUEUED_BYTES = 32 << 20, /* of results that wait to be written; then attempts wait */
    CONFIG_FILE_MAX = 1 << 20,        /* a configuration with every argument of many profiles has some 10 KB */
    CONFIG_ERRORS_MAX = 200,      /* complaints about one; nobody reads more, and each is compared with the others */
    CONFIG_TEXT_MAX = 64 * 1024,  /* of one complaint, which may quote a part of the file */
    BACKOFF_LIMIT_S = 1 << 30,    /* what is longer is for ever */
    PROFILES_MAX = 64,            /* scheduler names of one process; each pod's is looked up among them */
    REVIEWERS = 2,                /* trials at a time: each has a copy of the cluster */
    REVIEWS_PENDING = 16,         /* the API server lets so many wait */
    REVIEW_ANSWER_MAX = 3 << 20,  /* the API server takes no longer bodies */
    REVIEW_WORK_MS = 35 * 1000,   /* the API server waits less */
    LABEL_VALUE_USED = 1024,      /* bytes of a label that terms get by matchLabelKeys; valid ones have 63 */
    SIMULATE_LINE_MAX = 64 << 20, /* an object of a cluster, or what is to be tried on it */
    TRIAL_PODS_MAX = 100000,      /* of a workload that is tried out: a cycle each */
    TRIAL_SELECTORS = 64,         /* of its objects whose pods are counted as its own */
    TRIAL_FILL_MAX = 20000,       /* more pods that are tried one by one when each changes where the next one fits */
    TRIAL_FILL_COUNTED = 1000000, /* more pods that are counted node by node */
    TRIAL_FILTERS_SHOWN = 32,     /* reasons why nodes were refused, of one pod */
    TRIAL_VICTIMS_SHOWN = 100,    /* of one pod */
    TRIAL_NODES_SHOWN = 100,      /* nodes with pods of the workload that are told one by one */
    TRIAL_ZONES_SHOWN = 1000,     /* zones, likewise */
    EXTENDERS_MAX = 32,           /* each is a call a pod; their places are bits */
    EXTENDER_TIMEOUT_MS = 5000,   /* of one that says nothing (DefaultExtenderTimeout) */
    EXTENDER_TIMEOUT_MAX_MS = 10 * 60 * 1000, /* the scheduler stands still meanwhile */
    EXTENDER_ANSWER_MAX = 4 << 20,            /* 5,000 names with a message each */
    EXTENDER_ANSWER_FACTOR = 3,               /* and what was sent, which may come back with other spacing */
    EXTENDER_REQUEST_MAX = 512 << 20,         /* all nodes whole */
    EXTENDER_SYNC_MS = 60000,                 /* a list of all pods */
    EXTENDER_PEM_MAX = 1 << 20,               /* a bundle of authorities has some 300 KB */
};

#endif
