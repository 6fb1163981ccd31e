/* recorder.h - records Events: asynchronously, on a thread of its own, bounded; equal events
 * are aggregated (core/v1: count and lastTimestamp, spam filter 25 burst then 1 per 5 min per source+object;
 * events.k8s.io/v1: series). Upstream: client-go tools/record and tools/events. */
#ifndef CLIENT_RECORDER_H
#define CLIENT_RECORDER_H

#include "api/object.h"
#include "rest.h"

enum recorder_api { RECORDER_CORE_V1, RECORDER_EVENTS_V1 };
struct recorder;
/* component: source.component / reportingController ("kubelet", "replicaset-controller", "default-scheduler"). */
struct recorder *recorder_new(struct rest *r, enum recorder_api api, const char *component, const char *host);
struct sim;
void recorder_set_sim(struct recorder *rec, struct sim *sim); /* before the first event: sending takes turns */
void recorder_free(struct recorder *rec);                     /* sends what is queued (at most 0.3 s), then ends */

struct event_about { /* involvedObject / regarding; copied */
    const char *api_version, *kind;
    struct str ns, name, uid;
    uint64_t rv;
    const char *field_path;            /* "spec.containers{web}" or NULL */
    const struct event_about *related; /* a second object, or NULL; not of core/v1 */
    struct str component;              /* who says so instead of the recorder's own component; STR_NULL */
};
/* host: overrides the recorder's host (kubelet-sim: the node), or NULL. action is for events.k8s.io ("Binding"). Never
 * blocks. */
__attribute__((format(printf, 7, 8))) void recorder_event(struct recorder *rec, const struct event_about *about,
                                                          const char *type, const char *reason, const char *action,
                                                          const char *host, const char *fmt, ...);
void event_about_object(struct event_about *out,
                        const struct json *obj); /* from the object's own TypeMeta and metadata */
bool recorder_idle(struct recorder *rec);

#endif
