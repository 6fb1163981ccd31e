/* resources.h - amounts of resources: cpu in thousandths, everything else in whole units.
 * Upstream: pkg/scheduler/framework/types.go Resource, component-helpers/resource/helpers.go.
 * Names are numbered once per process: 0 cpu, 1 memory, 2 ephemeral-storage, then others as they come up. Numbering has
 * a lock of its own; amounts are their owner's. */
#ifndef SCHEDULER_RESOURCES_H
#define SCHEDULER_RESOURCES_H

#include "api/object.h"
#include "scheduler/limits.h"

enum { RES_CPU, RES_MEMORY, RES_EPHEMERAL, RES_FIRST_SCALAR };

struct amount {
    int id; /* >= RES_FIRST_SCALAR */
    int64_t v;
};

struct amounts {
    int64_t basic[RES_FIRST_SCALAR];
    struct amount *scalars; /* by id, ascending; hugepages, extended resources, attachable volumes */
    int n, cap;             /* cap 0: the scalars belong to an arena and do not change */
};

/* -1: nothing that a scheduler counts ("pods", "storage"), or RES_MAX names exist already. */
int res_id(struct str name);
const char *res_name(int id);    /* lives as long as the process */
const char *res_lacking(int id); /* "Insufficient NAME", likewise */
bool res_is_extended(int id);    /* vendor.com/name, but not kubernetes.io/... */

/* Sums and products of amounts wrap around, as upstream's do. */
static inline int64_t wrap_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t wrap_sub(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
static inline int64_t wrap_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

int64_t amounts_get(const struct amounts *a, int id); /* 0: not named, or id < 0 */
/* Is there enough of all that is wanted? */
bool amounts_fit(const struct amounts *wanted, const struct amounts *in);
/* Of what is wanted: did any amount grow? NULL: of anything. */
bool amounts_grew(const struct amounts *was, const struct amounts *now, const struct amounts *wanted);
/* Scalars of `to` are on the heap: amounts_release. */
void amounts_add(struct amounts *to, const struct amounts *of, int sign);
void amounts_release(struct amounts *a);
/* Of a ResourceList ({"cpu":"100m",...}) what counts; scalars in the arena. */
void amounts_read(struct amounts *out, struct arena *a, const struct json *map);
bool amounts_equal(const struct amounts *a, const struct amounts *b);

/* Cpu and memory as scoring counts them: a container that says nothing asks for 100m and 200 MiB, unless its pod does.
 */
struct non_zero {
    int64_t cpu, memory;
};

/* What a pod asks for: containers and sidecars, at least each init step, pod-level requests instead, plus overhead; for
 * a pod that is being resized what it has or gets, whichever is more. */
void pod_request(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero);
/* What its containers ask for, with overhead: pod-level requests and the pod's status left aside. False: it has no
 * pod-level requests, so that pod_request is as good. */
bool pod_request_of_containers(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero);

#endif
