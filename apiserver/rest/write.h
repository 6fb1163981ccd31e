/* write.h - a write walks a table of stages, in DESIGN's order. A stage never blocks: it
 * finishes (NEXT), gives the request away until somebody continues it (WAIT: the store's
 * completion, an opened gate, a held create), asks to begin again on the newest version
 * (AGAIN: a conflict of a write without resourceVersion), or has set the response (DONE).
 *
 *   authenticate, authorize   filter/ (before the table)
 *   form      of a custom kind with a webhook: what is there in the request's version (convert.c)
 *   decode    body -> tree; convert to the storage version; static and computed defaults
 *   own       managedFields: who set which field (managed/); an apply has done it when it was decoded
 *   mutate    admission/: mutating rows
 *   prepare   strategy: status reset, name, uid, generation, timestamps
 *   validate  object/check.c and the strategy's rules
 *   admit     admission/: validating rows
 *   form      as it is stored (convert.c)
 *   store     one transaction; gates 2, 9, 14 stand before it
 *   form      as it is answered (convert.c)
 *   respond   the stored object, spliced */
#ifndef APISERVER_REST_WRITE_H
#define APISERVER_REST_WRITE_H

#include "api/steps.h"
#include "apiserver/rest/rest.h"
#include "apiserver/watch/cache.h"
#include "store/store.h"

enum stage_next { STAGE_NEXT, STAGE_WAIT, STAGE_AGAIN, STAGE_DONE };

struct forms;

struct write {
    struct request *r;
    int stage; /* index into the stage table */
    struct write_options opts;
    enum verb verb;                     /* CREATE, UPDATE, PATCH (a PUT or apply that creates becomes CREATE) */
    const struct api_resource *res;     /* version of the request */
    const struct api_resource *storage; /* version stored */
    const struct api_subresource *sub;
    struct str ns, name;
    struct item *old;          /* referenced: present version, NULL on create */
    struct item *pinned;       /* referenced: what old is to be, converted by a webhook; NULL: the newest */
    struct item *outgoing;     /* referenced: obj on its way to the stored version by a webhook */
    struct item *answer;       /* referenced: what is answered, converted by a webhook */
    struct forms *forms;       /* trees in the versions of those who own fields; NULL: none are needed */
    const char *convert_error; /* the webhook's; NULL: none */
    struct json *old_tree;     /* parsed old, in the request's arena; NULL on create */
    struct json *obj;          /* the new object, storage version, normalised */
    struct json *sent;         /* the body as decoded once (patch or object), for AGAIN */
    uint64_t expect_rev;       /* what the store compares; 0 create */
    bool unconditional;        /* no resourceVersion from the client: conflicts are recomputed */
    int attempts;
    struct blob *blob;      /* bytes to store / stored; referenced */
    struct rnd *chance;     /* what a new uid and name are made of; NULL: the process's own randomness */
    struct claim *claim;    /* what obj needs of shared pools and nobody has stored yet; NULL: nothing */
    uint64_t rev;           /* after store */
    struct json *managed;   /* managedFields as this write leaves them; NULL: none */
    bool only_times;        /* they are the old ones but for their times */
    struct err duplicates;  /* keys that an applied configuration has twice */
    bool unchanged;         /* equals old: no revision, no event */
    int code;               /* 200 or 201 */
    struct store_op ops[2]; /* the object; `beside` */
    struct store_op beside; /* what must change together with the object; its value is referenced, NULL: nothing */
    struct store_txn txn;
    const struct write_stage *stages; /* the table that this write walks */
    const struct write_gate *gates;   /* still to be passed before the store; NULL: none */
    bool traced;                      /* the walk was told */
    bool generated;                   /* the name came from generateName */
    bool deletes;                     /* the transaction deletes the key: the last finalizer went, or a DELETE */
    bool submitted;                   /* the store has answered: outcome is valid */
    enum write_outcome { WRITE_STORED, WRITE_CONFLICT, WRITE_FAILED } outcome;
    struct err store_err;       /* WRITE_FAILED */
    struct delete_options *del; /* a DELETE's */
    const char *include_object; /* of a Table as answer */
};

typedef enum stage_next write_stage_fn(struct write *w);
struct write_stage {
    const char *name;
    write_stage_fn *run;
};
extern const struct write_stage write_stages[]; /* create, update, patch; ends with .name = NULL */
extern const struct write_stage binding_stages[], eviction_stages[], delete_stages[], review_stages[], scale_stages[],
    token_stages[], scheduling_stages[];

/* review.c: is it a kind that is asked and answered, and never stored? Then the row of it. */
const struct review *review_of(const struct api_resource *res);

/* A gate of the textbook's steps before the store, and what is about to happen there. A list ends with STEP_NONE. */
struct write_gate {
    enum step step;
    const char *message;
};

void write_continue(
    struct request *r); /* goes on with r->write at its stage: what gates and completions call through request_later */
/* Serialises w->obj into w->blob (storage JSON without TypeMeta and resourceVersion). */
void write_make_blob(struct write *w);
bool write_value(struct write *w); /* the same of the final object, as the store stage does it; false: answered */

/* A new write of r in the given table, not yet run. In the request's arena. */
struct write *write_new(struct request *r, const struct write_stage *stages);
void write_run(struct write *w); /* walks the table; w may be gone when it returns */
/* Takes the newest version as w->old and w->old_tree. False: there is none. */
bool write_load_old(struct write *w);
void write_generate_name(struct write *w); /* a new name for w->obj */
/* What the client gets: the item with these bytes and this revision (0: none yet), in the negotiated form. */
void write_respond_object(struct write *w, const struct blob *b, uint64_t rev);

/* Stages that several tables use. */
enum stage_next write_old_form(struct write *w);
enum stage_next write_stored_form(struct write *w); /* right before write_store */
enum stage_next write_answer_form(struct write *w);
enum stage_next write_decode(struct write *w);
enum stage_next write_own(struct write *w);
enum stage_next write_mutate(struct write *w);
enum stage_next write_prepare(struct write *w);
enum stage_next write_validate(struct write *w);
enum stage_next write_admit(struct write *w);
enum stage_next write_store(struct write *w);
enum stage_next write_respond(struct write *w);

/* decode.c: the body as a normalised tree of type t that must be of this kind; warnings are set. NULL: answered. */
struct json *write_body(struct write *w, const struct api_type *t, const char *group, const char *version,
                        const char *kind);
/* The same of a tree without apiVersion and kind, which is changed. False: answered. */
bool write_tree(struct write *w, const struct api_type *t, const char *version, const char *kind, struct json *j);
/* decode.c: "core", "apps", "coordination": the Go package of a group's internal types. */
const char *write_go_package(struct arena *a, const char *group);
/* Does an object of a custom kind say that it is one? False: answered, as its validation would (422). */
bool write_check_type(struct request *r, const struct api_resource *res, struct str api_version, struct str kind,
                      struct str name) MUST_USE;
/* decode.c: does w->obj name the object of the URL, and the version that is there (w->old; sets w->expect_rev)?
 * False: answered. */
bool write_check_url(struct write *w);
/* decode.c: 409 in the words of upstream's store: the uid that the client gave is not the object's. Returns false. */
bool write_refuse_uid(struct write *w, struct str uid);
/* The same of any precondition. what: "UID", "ResourceVersion". */
bool write_refuse_precondition(struct write *w, const char *what, struct str wanted, struct str there);
bool write_check_revision(struct write *w);
/* warn.c: a Warning header, if there is room and nothing said so before. */
void write_warn(struct request *r, struct str note);
/* What the strategy warns of, of w->obj before it is prepared and when it is valid. */
void write_warn_early(struct write *w);
void write_warn_valid(struct write *w);
/* The version of the request is deprecated; for every verb. */
void warn_deprecated(struct request *r);
/* patch.c: loads w->old; w->obj from the patch on it. False: answered. */
bool write_patch(struct write *w);
/* Its parts, for patches of what is made from the stored object: is it a patch, and is there an object (then w->old is
 * loaded)? And the patch applied to doc, which is of kind `as`. False, NULL: answered. */
bool write_patch_begin(struct write *w);
struct json *write_patch_tree(struct write *w, const struct api_resource *as, struct json *doc);
/* Unknown and duplicate fields by fieldValidation: Warning headers, or true: *text says what is refused. */
struct decode_notes;
bool write_notes_refuse(struct write *w, const struct decode_notes *n, struct str *text);

/* How long Events live after they were last written, in cluster time. Before anyone is served. */
void write_set_event_ttl(int64_t ms);

/* Requests that a worker has or will have; main waits for them before the store closes. */
void rest_begin_work(void);
void rest_end_work(void);
bool rest_wait_idle(int64_t deadline_ns); /* mono_ns */

#endif
