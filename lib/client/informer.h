/* informer.h - a reflector and its cache: list (streamed in pages), watch from that
 * revision, relist on 410 or a broken stream (unchanged objects are kept). One
 * thread per informer. Cached objects are immutable; readers take references.
 *
 * Order of one event: cache changed -> handlers called (informer's thread). Handlers
 * only take note (work queue); they do not block. */
#ifndef CLIENT_INFORMER_H
#define CLIENT_INFORMER_H

#include "api/object.h"
#include "rest.h"

enum informer_event { INFORMER_ADDED, INFORMER_MODIFIED, INFORMER_DELETED };

/* old is NULL for ADDED; obj is the last known state for DELETED. Both borrowed; with the option `stub` old is one, and
 * obj of a deletion may be one. */
typedef void informer_fn(void *arg, enum informer_event what, const struct object *old, const struct object *obj);

struct informer_options {
    const char *resource;                        /* "v1/pods" */
    const char *label_selector, *field_selector; /* or NULL */
    const char *const *drop;                     /* paths not to keep; NULL: managedFields alone. */
    /* Its objects are of several kinds: what the readers below call ns is "GROUP/KIND" or "GROUP/KIND/ns". */
    bool kinds;
    bool metadata_only;   /* asks for PartialObjectMetadata; annotations are not kept */
    object_trim_fn *trim; /* takes away what depends on the object; or NULL */
    bool stub;            /* the cache keeps ns, name, uid and revision: the handlers keep the rest */
    bool delivery_gate;   /* pods: gates 3 or 10 of stepping stand here (sim.h) */
    int gate_number;
};

struct informer;
struct sim;
struct informer *informer_new(struct rest *r, const struct informer_options *o);
void informer_set_sim(struct informer *i,
                      struct sim *sim);       /* before start; for delivery_gate and turns. NULL: neither */
void informer_want_whole(struct informer *i); /* before start: takes metadata_only back */
void informer_on(struct informer *i, informer_fn *fn, void *arg); /* before start */
/* A secondary index: fn writes the key of an object into out and returns true, or false for none. Before start. Returns
 * its number; an fn that is there already has one index, whoever asks, and may be asked for at any time. */
int informer_index(struct informer *i, bool (*fn)(const struct object *o, struct buf *out));
void informer_start(struct informer *i);
bool informer_wait_synced(struct informer *i, int64_t timeout_ms); /* first list delivered */
void informer_stop(
    struct informer *i); /* ends and joins the thread; with a sim: sim_let_go, for the process is ending */
/* Asks the thread to end, and goes on; its last events may still come. Then informer_is_over, informer_free. */
void informer_cancel(struct informer *i);
bool informer_is_over(struct informer *i); /* the thread has ended: informer_free waits for nothing */
void informer_free(struct informer *i);

/* Readers: any thread. */
const struct object *informer_get(struct informer *i, struct str ns, struct str name); /* referenced, NULL if absent */
void informer_list(struct informer *i, struct str ns, struct objs *out); /* ns STR_NULL: all; in key order */
void informer_by_index(struct informer *i, int index, struct str key, struct objs *out);
bool informer_has_any(struct informer *i, struct str ns); /* O(log n) */
size_t informer_count(struct informer *i);
bool informer_idle(struct informer *i);    /* no event is held at the delivery gate */
uint64_t informer_rev(struct informer *i); /* newest revision seen (bookmarks too) */

#endif
