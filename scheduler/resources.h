/* resources.h - amounts of resources: cpu in thousandths, everything else in whole units.
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

int res_id(struct str name);     /* -1: RES_MAX names exist already */
const char *res_name(int id);    /* lives as long as the process */
const char *res_lacking(int id); /* "Insufficient NAME", likewise */
bool res_is_extended(int id);    /* vendor.com/name, but not kubernetes.io/... */

int64_t amounts_get(const struct amounts *a, int id);
bool amounts_has(const struct amounts *a, int id); /* the basic ones always; others when they were named */
/* Scalars of `to` are on the heap: amounts_release. May go below zero while caches catch up. */
void amounts_add(struct amounts *to, const struct amounts *of, int sign);
void amounts_release(struct amounts *a);
/* A ResourceList ({"cpu":"100m",...}) without "pods"; scalars in the arena. */
void amounts_read(struct amounts *out, struct arena *a, const struct json *map);
bool amounts_equal(const struct amounts *a, const struct amounts *b);

/* Cpu and memory as scoring counts them: a container that says nothing asks for 100m and 200 MiB. */
struct non_zero {
    int64_t cpu, memory;
};

/* What a pod asks for: containers and sidecars, at least each init step, pod-level requests instead, plus overhead; for
 * a pod that is being resized what it has or gets, whichever is more (component-helpers/resource/helpers.go). */
void pod_request(const struct json *pod, struct arena *a, struct amounts *out, struct non_zero *non_zero);

#endif
