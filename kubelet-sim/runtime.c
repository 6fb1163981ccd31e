/* runtime.c - see runtime.h.
 * Reads: pod specs.   Writes: struct pod_run. */
#include "kubelet-sim/runtime.h"

#include "base/rnd.h"

#include <stdio.h>
#include <stdlib.h>

void runtime_new_id(char out[RUNTIME_ID_MAX], const char *scheme)
{
    snprintf(out, RUNTIME_ID_MAX, "%s%016llx%016llx%016llx", scheme, (unsigned long long)rnd_u64(),
             (unsigned long long)rnd_u64(), (unsigned long long)rnd_u64());
    size_t n = strlen(out);
    snprintf(out + n, RUNTIME_ID_MAX - n, "%016llx", (unsigned long long)rnd_u64());
}

struct pod_run *pod_run_new(const struct object *pod, int64_t now_s)
{
    struct pod_run *run = xcalloc(1, sizeof *run);
    size_t inits = obj_count(pod->root, ".spec.initContainers"), mains = obj_count(pod->root, ".spec.containers");
    run->pod = object_ref(pod);
    run->started_s = now_s;
    run->containers = xcalloc(inits + mains + 1, sizeof *run->containers);
    for (OBJ_EACH(c, pod->root, ".spec.initContainers"))
        run->containers[run->count++] = (struct container_run){.name = obj_str(c, ".name"),
                                                               .image = obj_str(c, ".image"),
                                                               .init = true,
                                                               .sidecar = obj_is(c, ".restartPolicy", "Always"),
                                                               .waiting_reason = "PodInitializing"};
    for (OBJ_EACH(c, pod->root, ".spec.containers"))
        run->containers[run->count++] =
            (struct container_run){.name = obj_str(c, ".name"),
                                   .image = obj_str(c, ".image"),
                                   .waiting_reason = inits ? "PodInitializing" : "ContainerCreating"};
    return run;
}

void pod_run_free(struct pod_run *run)
{
    if (!run) return;
    object_unref(run->pod);
    free(run->containers);
    free(run);
}

bool pod_run_all_running(const struct pod_run *run)
{
    for (int i = 0; i < run->count; i++) {
        const struct container_run *c = &run->containers[i];
        bool done = c->init && !c->sidecar ? c->state == CONTAINER_TERMINATED && c->exit_code == 0
                                           : c->state == CONTAINER_RUNNING;
        if (!done) return false;
    }
    return true;
}
