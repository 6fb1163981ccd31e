/* resources.h - amounts of resources as vectors: cpu in thousandths, everything else in whole units.
 * Names are numbered once per process: 0 cpu, 1 memory, 2 ephemeral-storage, then extended ones as they
 * come up. Numbering has a lock of its own; vectors are their owner's. */
#ifndef SCHEDULER_RESOURCES_H
#define SCHEDULER_RESOURCES_H

#include "api/object.h"
#include "scheduler/limits.h"

enum { RES_CPU, RES_MEMORY, RES_EPHEMERAL, RES_FIRST_EXTENDED };

struct res {
    int count; /* entries behind it are zero */
    int64_t v[RES_MAX];
};

int res_id(struct str name);                                /* -1: RES_MAX names exist already */
const char *res_name(int id);                               /* lives as long as the process */
void res_from_map(struct res *out, const struct json *map); /* {"cpu":"100m",...}; "pods" is left out */
void res_add(struct res *a, const struct res *b);
void res_sub(struct res *a, const struct res *b); /* may go below zero while caches catch up */
void res_max(struct res *a, const struct res *b);
bool res_fits(const struct res *need, const struct res *have);

/* What a pod asks for: containers and sidecars, at least each init step, pod-level requests instead, plus overhead
 * (component-helpers/resource/helpers.go). non_zero: cpu and memory with 100m and 200 MiB per container that says
 * nothing. */
void res_of_pod(const struct json *pod, struct res *out, int64_t *non_zero_cpu, int64_t *non_zero_memory);

#endif
