/* write.h - a write walks a table of stages, in DESIGN's order. A stage never blocks: it
 * finishes (NEXT), gives the request away until somebody continues it (WAIT: the store's
 * completion, an opened gate, a held create), asks to begin again on the newest version
 * (AGAIN: a conflict of a write without resourceVersion), or has set the response (DONE).
 *
 *   authenticate, authorize   filter/ (before the table)
 *   decode    body -> tree; convert to the storage version; static and computed defaults
 *   own       managedFields (a later issue; the stage exists and does nothing)
 *   mutate    admission/: mutating rows
 *   prepare   strategy: status reset, name, uid, generation, timestamps
 *   validate  object/check.c and the strategy's rules
 *   admit     admission/: validating rows
 *   store     one transaction; gates 2, 9, 14 stand before it
 *   respond   the stored object, spliced */
#ifndef APISERVER_REST_WRITE_H
#define APISERVER_REST_WRITE_H

#include "apiserver/rest/rest.h"
#include "apiserver/watch/cache.h"
#include "store/store.h"

enum stage_next { STAGE_NEXT, STAGE_WAIT, STAGE_AGAIN, STAGE_DONE };

struct write {
    struct request *r;
    int stage;                     /* index into the stage table */
    struct write_options opts;
    enum verb verb;                /* CREATE, UPDATE, PATCH (a PUT or apply that creates becomes CREATE) */
    const struct api_resource *res;     /* version of the request */
    const struct api_resource *storage; /* version stored */
    const struct api_subresource *sub;
    struct str ns, name;
    struct item *old;              /* referenced: present version, NULL on create */
    struct json *old_tree;         /* parsed old, in the request's arena; NULL on create */
    struct json *obj;              /* the new object, storage version, normalised */
    struct json *sent;             /* the body as decoded once (patch or object), for AGAIN */
    uint64_t expect_rev;           /* what the store compares; 0 create */
    bool unconditional;            /* no resourceVersion from the client: conflicts are recomputed */
    int attempts;
    struct blob *blob;             /* bytes to store / stored; referenced */
    uint64_t rev;                  /* after store */
    bool unchanged;                /* equals old: no revision, no event */
    int code;                      /* 200 or 201 */
    struct store_op op;
    struct store_txn txn;
};

typedef enum stage_next write_stage_fn(struct write *w);
struct write_stage { const char *name; write_stage_fn *run; };
extern const struct write_stage write_stages[]; /* ends with .name = NULL */

void write_continue(struct request *r); /* goes on with r->write at its stage: what gates and completions call through request_later */
/* Serialises w->obj into w->blob (storage JSON without TypeMeta and resourceVersion). */
void write_make_blob(struct write *w);

#endif
