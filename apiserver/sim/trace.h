/* trace.h - the fifteen steps of every pod's creation, as the API server sees them. Walks live
 * in a bounded side table with a revision counter of its own: looking never changes the cluster.
 * All functions: any thread; own lock inside; cheap when the request has no walk. DESIGN section 7
 * says exactly what each step is. */
#ifndef APISERVER_SIM_TRACE_H
#define APISERVER_SIM_TRACE_H

#include "api/steps.h"
#include "apiserver/http/request.h"
#include "apiserver/watch/item.h"

struct walk;
void trace_init(bool textbook_default);
struct walk *walk_ref(struct walk *w);
void walk_unref(struct walk *w);

/* Step 1, and the walk itself: a pod is about to be created (name and uid are known). Sets r->walk. */
void trace_create(struct request *r, const struct json *pod);
/* The create failed before it was stored: the walk is dropped. */
void trace_abandon(struct request *r);
/* A commit that belongs to r->walk: step 2, 9 or 14, told by what r is (create, binding, status). Writer thread. */
void trace_committed(struct request *r, struct str key, uint64_t rev);
/* A Binding came in (step 8; notes of 4-7 in its Kubestep-Trace header are taken if r->user.component is the
 * scheduler). Sets r->walk. */
void trace_binding(struct request *r, struct str ns, struct str pod_name, struct str node);
/* A status write of a pod came in: steps 11-13 when it is the first with phase Running (or ends the walk). Sets
 * r->walk. */
void trace_status(struct request *r, const struct json *pod, const struct json *old);
/* A request for nodes with header Kubestep-Walk: NS/NAME (textbook): 4 now; call trace_nodes_read after the range and
 * trace_nodes_returned when the response is complete. */
void trace_nodes_requested(struct request *r);
void trace_nodes_read(struct request *r, uint64_t rev, size_t count);
void trace_nodes_returned(struct request *r, size_t count, size_t bytes);
/* Pods that a response to r shows (get, list): step 15 for those whose Running status a foreign client had not seen. */
void trace_served(struct request *r, struct item *const *items, size_t n);
/* Textbook flow: true: the response of this create is kept; trace.c calls request_finish(r) itself when the walk ends
 * (Running, first FailedScheduling, image error, deletion, shutdown, HELD_CREATE_MS), with resp replaced by the object
 * as it then is. */
bool trace_hold(struct request *r);
void trace_pod_deleted(struct str ns, struct str name, struct str uid);
void trace_release_held(void); /* shutdown: all held creates are answered */

/* Tap of the watch streams (steps 3, 10, 15); given to watch_set_delivered and watch_set_delivered_client. */
void trace_delivered(const char *component, struct str user, const struct item *it, const char *type, uint64_t rev,
                     int64_t mono_ns);
void trace_delivered_client(const char *component, struct str user, const struct item *it, const char *type,
                            uint64_t rev, int64_t mono_ns);

#endif
