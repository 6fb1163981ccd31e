/* pod_claims.h - which pods use a claim, by an index over the cached pods. */
#ifndef CONTROLLERS_POD_CLAIMS_H
#define CONTROLLERS_POD_CLAIMS_H

#include "client/informer.h"

/* The claim of one entry of .spec.volumes: named, or made for an ephemeral volume ("POD-VOLUME"). In the arena or
 * borrowed; STR_NULL: the volume is no claim. */
struct str pod_claim_of(struct arena *a, const struct object *pod, const struct json *volume);
bool pod_uses_claim(const struct object *pod, struct str claim);

/* For informer_index on v1/pods: "NS/CLAIM" of a pod with one claim, "NS/" of one with several. */
bool pod_claims_index(const struct object *pod, struct buf *out);
/* Adds the pods of ns that use the claim. index: what informer_index gave. */
void pods_using_claim(struct informer *pods, int index, struct str ns, struct str claim, struct objs *out);

#endif
