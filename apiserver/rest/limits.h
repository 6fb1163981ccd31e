/* limits.h - bounds of rest/, with their reasons. Those that others share are in apiserver/limits.h. */
#ifndef APISERVER_REST_LIMITS_H
#define APISERVER_REST_LIMITS_H

enum {
    RESPONSE_MAX = 1 << 30, /* a list of 150,000 pods with room to spare; more than a client can read in a minute */
    LIST_ON_SPOT_BYTES = 256 << 10,   /* a longer list is written by a worker: an epoll thread also serves others */
    CONVERT_ON_SPOT_BYTES = 16 << 10, /* a longer object is parsed, converted or compressed by a worker, too */
    ACCEPT_CLAUSES_MAX = 32,          /* browsers send about ten */
    PATH_SEGMENTS_MAX = 12,           /* /apis/G/V/watch/namespaces/NS/RES/NAME/SUB/... */
    GENERATE_TRIES = 8,               /* upstream's RetryGenerateName */
    GENERATE_RANDOM = 5,              /* random characters behind generateName */
    GENERATE_BASE_MAX = 58,           /* so that the whole is at most 63 */
    RETRY_ARENA_MAX = 256 << 20,      /* memory of one unconditional write's recomputations */
    FIELD_MANAGER_MAX = 128,          /* upstream's MaxLength of fieldManager */
    COLLECTION_WAVE = 256,            /* deletions of one deletecollection under way at once */
    COLLECTION_WAVES_MAX = 100000,    /* each wave ends at least one object; conflicts come again */
    CONTINUE_MAX = 4096,              /* a token: key and revision */
    BLOB_EXTRA = 1024,                /* what defaults and metadata add to a usual body: a first guess at the size */
    DISRUPTED_PODS_MAX = 2000,        /* upstream's MaxDisruptedPodSize: evictions the controller has not confirmed */
    PDB_RETRY_S = 10,                 /* upstream: come back when the controller has seen the budget */
    ETCD_MESSAGE_MAX = 2 << 20,       /* what etcd's client sends: beyond VALUE_MAX the words of the refusal differ */
    OWNERS_TEXT_MAX = 4096,           /* UIDs of repeated owners in a warning, which has no room for more */
    KUBELET_HOSTS_MAX = 64,           /* ports of kubelets that are talked to: one per kubelet-sim */
    KUBELET_TALKS_MAX = 64,           /* logs that are being followed; each has a thread */
    KUBELET_ANSWER_MS = 10000,        /* until a kubelet begins to answer */
    REVIEW_OBJECTS_MAX = 1000,        /* in one SchedulingReview: each is a create but for the store */
    REVIEW_REPLICAS_MAX = 10000,      /* of each: beyond that the answer is too long for a request of the scheduler's */
    RELAY_QUEUE_MAX = 256 << 10,      /* bytes between a kubelet and a client; then the kubelet waits */
};

#endif
