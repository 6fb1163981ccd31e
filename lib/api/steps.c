/* steps.c - the table of the fifteen steps.
 * Reads, writes: nothing. */
#include "steps.h"

#include "base/kassert.h"

#include <stddef.h>

#define WATCHES "components watch; nobody calls them"
#define CACHED  "the scheduler reads its own cache of nodes"
#define SANDBOX "the pod's sandbox comes first"

const struct step_info step_table[STEP_COUNT] = {
    {STEP_REQUEST_RECEIVED, "request-received", "client", "apiserver", true, NULL},
    {STEP_PERSISTED, "persisted", "apiserver", "store", true, NULL},
    {STEP_OFFERED_TO_SCHEDULER, "offered-to-scheduler", "apiserver", "scheduler", true, WATCHES},
    {STEP_NODES_REQUESTED, "nodes-requested", "scheduler", "apiserver", false, CACHED},
    {STEP_NODES_READ, "nodes-read", "apiserver", "store", false, CACHED},
    {STEP_NODES_RETURNED, "nodes-returned", "apiserver", "scheduler", false, CACHED},
    {STEP_PLACEMENT_COMPUTED, "placement-computed", "scheduler", NULL, false, NULL},
    {STEP_PLACEMENT_RETURNED, "placement-returned", "scheduler", "apiserver", true, NULL},
    {STEP_PLACEMENT_PERSISTED, "placement-persisted", "apiserver", "store", true, NULL},
    {STEP_HANDED_TO_KUBELET, "handed-to-kubelet", "apiserver", "kubelet", true, WATCHES},
    {STEP_CONTAINER_CREATED, "container-created", "kubelet", "runtime", true, SANDBOX},
    {STEP_WRAPPED_AS_POD, "wrapped-as-pod", "kubelet", NULL, false, SANDBOX},
    {STEP_STATUS_REPORTED, "status-reported", "kubelet", "apiserver", true, NULL},
    {STEP_STATUS_PERSISTED, "status-persisted", "apiserver", "store", true, NULL},
    {STEP_CLIENT_TOLD, "client-told", "apiserver", "client", true, "the 201 really follows step 2"},
};

const struct step_info *step_info(enum step n)
{
    KASSERT(n >= STEP_REQUEST_RECEIVED && n <= STEP_COUNT);
    return &step_table[n - 1];
}
