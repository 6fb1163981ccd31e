/* pv.h - what the controllers of claims (pv_binder.c) and of volumes (pv_volume.c) share: words, matching, and the
 * writes that bind. Thread: the reconcile's. Upstream: pkg/controller/volume/persistentvolume,
 * component-helpers/storage/volume. */
#ifndef CONTROLLERS_PV_H
#define CONTROLLERS_PV_H

#include "client/ctl.h"

#define VOLUMES "v1/persistentvolumes"
#define CLAIMS  "v1/persistentvolumeclaims"
#define CLASSES "storage.k8s.io/v1/storageclasses"

#define ANN_BIND_COMPLETED "pv.kubernetes.io/bind-completed"
#define ANN_BY_CONTROLLER  "pv.kubernetes.io/bound-by-controller"
#define ANN_PROVISIONED_BY "pv.kubernetes.io/provisioned-by"
#define ANN_SELECTED_NODE  "volume.kubernetes.io/selected-node"
#define OUR_PROVISIONER    "kubestep.dev/hostpath"

/* ---- pv_match.c: pure ---- */

struct str pv_annotation(const struct json *obj, const char *name); /* STR_NULL: absent */
bool pv_names_class(const struct json *obj);                        /* be it "" */
struct str pv_class_of(const struct json *obj);                     /* of a claim or volume; empty: none */
/* Is the volume reserved for this claim? (It may not know its uid yet.) */
bool pv_is_for_claim(const struct json *pv, const struct object *claim);
/* Why a volume that a claim asks for by name cannot be its; NULL: it can. */
const char *pv_mismatch(const struct json *pv, const struct json *claim);

/* Volumes by what they may be bound to: "ref/NS/NAME" of their claim, or "free/MODES/CLASS" while available.
 * False: neither. For informer_index. */
bool pv_index(const struct object *pv, struct buf *out);
/* Claims that wait for any volume of their class: "CLASS"; for one by name: "/VOLUME". */
bool pv_claim_index(const struct object *claim, struct buf *out);

enum { PV_BUCKETS_MAX = 9 };
/* Keys of pv_index under which volumes for this claim may be, best first; those behind the first are free volumes.
 * In the arena. Returns how many. */
int pv_buckets(struct arena *a, const struct object *claim, struct str keys[PV_BUCKETS_MAX]);
/* The volume of one bucket that suits best: one reserved for the claim, else the smallest. NULL: none; borrowed. */
const struct object *pv_best(const struct objs *bucket, const struct object *claim);

/* ---- pv_write.c: each returns the newest version (the caller's reference), or NULL: out has failed, or the cache was
 * behind and out wants another look ---- */

const struct object *pv_put_phase(struct ctl *c, const struct object *pv, const char *phase, const char *message,
                                  struct outcome *out);
const struct object *pv_put_claim_phase(struct ctl *c, const struct object *claim, const char *phase,
                                        const struct object *pv, struct outcome *out);
/* PUT of a changed object. */
const struct object *pv_put(struct ctl *c, const char *resource, const char *sub, const struct json *now,
                            struct outcome *out);
void pv_bind(struct ctl *c, const struct object *pv, const struct object *claim, struct outcome *out);
void pv_unbind(struct ctl *c, const struct object *pv, struct outcome *out);

/* ---- pv_provision.c ---- */

/* No volume suits: makes one if the class is ours, else tells who should. claim: pending. */
void pv_provision(struct ctl *c, const struct object *claim, struct outcome *out);
/* The volume that our provisioner makes for a claim. In the arena. */
struct json *pv_new_volume(struct arena *a, const struct object *claim, const struct json *class);

#endif
