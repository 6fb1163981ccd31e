/* trigger_times.h - when that happened which an endpoint controller now writes down: the creation of the Service, or
 * the earliest change of readiness among its pods since the last time. It goes into the annotation
 * endpoints.kubernetes.io/last-change-trigger-time, by which the way to the proxies is measured.
 * Thread: any; one key is never asked for by two threads at once.
 * Upstream: staging/src/k8s.io/endpointslice/util/trigger_time_tracker.go. */
#ifndef CONTROLLERS_TRIGGER_TIMES_H
#define CONTROLLERS_TRIGGER_TIMES_H

#include "api/object.h"
#include "base/map.h"

#include <pthread.h>

#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"

struct trigger_times {
    pthread_mutex_t lock;  /* covers by_service */
    struct map by_service; /* "ns/name" -> state */
};
#define TRIGGER_TIMES_INIT                                                                                             \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                                              \
    }

void trigger_times_release(struct trigger_times *t);
/* Unix s; 0: nothing that has a time has changed. Remembers what it saw. */
int64_t trigger_times_next(struct trigger_times *t, const struct object *svc, const struct objs *pods);
void trigger_times_forget(struct trigger_times *t, struct str ns, struct str name);

/* Sets the annotation, or takes it away when at_s is 0. */
void trigger_time_put(struct arena *a, struct json *obj, int64_t at_s);

#endif
