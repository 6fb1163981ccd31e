/* random_object.h - nodes, pods, claims and volumes by chance: small names, few values, so that they meet often.
 * All of one seed are the same. One reference, the caller's. */
#ifndef UNIT_SCHEDULER_RANDOM_OBJECT_H
#define UNIT_SCHEDULER_RANDOM_OBJECT_H

#include "api/object.h"
#include "base/rnd.h"

enum { CLAIMS = 3 }; /* names of claims in a namespace */

/* True in `percent` of cases. */
static inline bool chance(struct rnd *r, unsigned percent) { return rnd_next_below(r, 100) < percent; }
static inline int below(struct rnd *r, int n) { return (int)rnd_next_below(r, (uint64_t)n); }

const struct object *random_node(struct rnd *r, int number);          /* n0, n1, ... */
const struct object *random_pod(struct rnd *r, int number);           /* p0, p1, ...; on no node */
const struct object *random_namespace(struct rnd *r, int number);     /* s0, s1 */
const struct object *random_claim(struct rnd *r, int ns, int number); /* of the volume of the same numbers */
const struct object *random_volume(struct rnd *r, int ns, int number);
/* What may change of a pod on a node: its labels, or it is being deleted. */
const struct object *random_change(struct rnd *r, const struct object *pod);
const struct object *pod_on(const struct object *pod, const char *node); /* bound */

#endif
