/* volume_bind.h - what a pod that was placed takes of volumes: assumed at once, written before the pod is bound, and
 * waited for until the controller of volumes is through. Upstream: plugins/volumebinding/binder.go (AssumePodVolumes,
 * BindPodVolumes). */
#ifndef SCHEDULER_VOLUME_BIND_H
#define SCHEDULER_VOLUME_BIND_H

#include "scheduler/volume_find.h"

struct volume_hold; /* owned by the pod's attempt */

/* Under the cache's lock; f was asked about the node last. Nothing to take: *out NULL. Until bind_ns after the write it
 * is waited. False: the cache is behind; nothing was taken. */
bool volume_bind_assume(struct volume_hold **out, struct cache *c, struct volume_find *f, const struct node_info *n,
                        int64_t wait_ns, struct err *e);
/* Two kinds of requests, none when nothing is left to write: volumes get the claim, claims the node. */
bool volume_bind_write(struct volume_hold *h, struct rest *rest, struct err *e);
/* Under the cache's lock. */
enum prebound volume_bind_check(struct volume_hold *h, struct cache *c, const struct sym *node, int64_t *until_ns,
                                struct err *e);
/* Takes back what was not written, and frees h. Locks the cache. */
void volume_bind_drop(struct volume_hold *h, struct cache *c);

#endif
