/* limits.h - every bound of lib/client, with its reason. */
#ifndef CLIENT_LIMITS_H
#define CLIENT_LIMITS_H

enum {
    KUBECONFIG_BYTES_MAX = 1 << 20, /* client-go names no bound; a file with hundreds of clusters has 200 KB */
    REST_TIMEOUT_MS = 30 * 1000,    /* of a call that names none */
    REST_HEADERS_MAX = 12,          /* of a view: user agent, token, user, groups */
    REST_RETRIES_MAX = 10,          /* client-go: attempts while the server says Retry-After */
    REST_RETRY_AFTER_MAX_S = 10,    /* one wait; the call's own time-out still holds */
    LIST_PAGE = 500,                /* objects per page: client-go's pager */
    WATCH_TIMEOUT_MIN_S = 300,      /* client-go's reflector: 5 minutes, random up to twice that */
    WATCH_SLACK_S = 30,             /* a watch that outlives its time-out by this hangs */
    STOP_PATIENCE_MS = 200,         /* an informer's answer under way may still come; then it is broken off */
    INFORMER_HANDLERS_MAX = 32,     /* controllers that look at pods */
    INFORMER_INDEXES_MAX = 8,
    INFORMER_PARKED_MAX = 64,  /* keys held at a gate at once; more go through ungated */
    BACKOFF_MIN_MS = 800,      /* client-go's reflector */
    BACKOFF_MAX_MS = 4 * 1000, /* not its 30 s: a server that was restarted often is up again long before that */
    REFUSED_MIN_MS = 50,       /* nobody listens: the API server is being restarted */
    REFUSED_MAX_MS = 1000,
    SHORT_WATCH_MS = 1000, /* a watch that lived less and gave nothing counts as failed */
    WORKQ_BASE_MS = 5,     /* client-go: DefaultTypedControllerRateLimiter */
    WORKQ_MAX_MS = 1000 * 1000,
    EXPECT_TIMEOUT_S = 5 * 60, /* upstream: ExpectationsTimeout */
    CTL_INFORMERS_MAX = 80,    /* the garbage collector watches every kind */
    CTL_CONTROLLERS_MAX = 48,
    CTL_WORKERS_MAX = 64,
    CTL_EACH_THREADS = 8,       /* requests of reconciles under way at once, beside the workers' own */
    CTL_EACH_MIN = 4,           /* for fewer the hand-over costs more than it saves */
    CTL_STAGGER_MS = 40,        /* between the first controller and all others (upstream spreads them over a second) */
    CTL_SYNC_MS = 60 * 1000,    /* the first lists must be here by then */
    CTL_INTERRUPT_MS = 20,      /* between two attempts at that */
    CTL_DRAIN_MS = 600,         /* running reconciles may finish; then their requests are broken off */
    RECORDER_QUEUE_MAX = 20000, /* events waiting: 25 s of 800 pods/s; more are dropped and counted */
    RECORDER_SENDERS = 8,       /* a commit takes 1 to 5 ms under load: 3,000 events/s need several under way */
    RECORDER_GROW = 100,        /* events waiting per sender before another one joins */
    RECORDER_CACHE_MAX = 1024,  /* per sender; upstream: maxLruCacheEntries 4096 in all */
    RECORDER_DRAIN_MS = 300,    /* what is queued may still go out; a process ends within a second */
    RECORDER_TRIES_MAX = 12,    /* upstream: maxTriesPerEvent */
    EVENT_NOTE_MAX = 1024,      /* upstream: validation's NoteLengthLimit */
    EVENT_KINDS_MAX = 4096,     /* distinct apiVersions and kinds of events' subjects: built-ins and CRDs */
    EVENT_BURST = 25,           /* upstream: defaultSpamBurst, then one per 5 minutes */
    EVENT_REFILL_S = 300,
    EVENT_AGGREGATE = 10, /* upstream: defaultAggregateMaxEvents in 10 minutes */
    EVENT_AGGREGATE_S = 600,
    EVENT_SERIES_S = 6 * 60, /* upstream events.k8s.io: a series ends after 6 minutes of silence */
    SIM_STEPPERS_MAX = 64,
    SIM_BREAKPOINTS_BYTES = 64 * 1024, /* of one stepper: 16 with six names each */
    SIM_PARK_MS = 11 * 60 * 1000,      /* the server opens every gate after 10 minutes */
    SIM_ABSENT_RETRY_MS = 5000,        /* the server has no group sim.kubestep.dev: any other Kubernetes */
    TRACE_HEADER_MAX = 1024,           /* DESIGN section 7 */
    LEASE_RENEW_MS = 10 * 1000,
    LEASE_RETRY_MS = 2 * 1000, /* upstream: RetryPeriod */
    COMPONENT_CONNECT_MS = 30 * 1000,
};

#endif
