/* limits.h - bounds of crd/, with their reasons. */
#ifndef APISERVER_CRD_LIMITS_H
#define APISERVER_CRD_LIMITS_H

enum {
    WEBHOOK_TIMEOUT_MS = 30000,       /* upstream's, for a whole call */
    WEBHOOK_ANSWER_MAX = 64 << 20,    /* a batch of the largest objects, twice as large when it comes back */
    WEBHOOK_BODY_SHOWN = 2048,        /* of a refusal, in an error: upstream's maxUnstructuredResponseTextBytes */
    CONVERSION_THREADS = 8,           /* they wait for servers that may be slow; workers never do */
    CONVERSIONS_MAX = 1024,           /* that wait or run: beyond it a server does not answer any more */
    CONVERSION_BATCH = 100,           /* objects in one call */
    CONVERSION_BATCH_BYTES = 4 << 20, /* their bytes: some three of the largest */
};

#endif
