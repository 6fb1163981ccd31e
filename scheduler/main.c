/* main.c - the scheduler: watches nodes, pods and volumes, places pods that have no node.
 * Reads: nodes, pods, claims, volumes, storage classes.   Writes: Bindings, pods/status, Events, Decisions, its Lease.
 */
#include "base/clk.h"
#include "base/log.h"
#include "client/component.h"
#include "client/lease.h"
#include "client/pod_trim.h"
#include "scheduler/schedule.h"
#include "scheduler/volumes.h"

#include <stdio.h>

enum { SYNC_MS = 60000, LEASE_S = 15 };

/* ---- Events of the informers ---- */

static void on_node(void *arg, enum informer_event what, const struct object *old, const struct object *node)
{
    (void)old;
    struct scheduler *s = arg;
    if (what == INFORMER_DELETED) {
        cache_remove_node(s->cache, node->name);
        return;
    }
    unsigned ev = cache_set_node(s->cache, node);
    queue_event(s->queue, ev, ev & EV_NODE_ADD ? "NodeAdd" : "NodeUpdate");
}

/* ---- Claims, volumes, classes ---- */

static struct volume_source {
    const char *resource, *event;
    enum volume_kind kind;
    struct scheduler *s;
    struct informer *informer;
} volume_sources[] = {
    {"v1/persistentvolumeclaims", "PersistentVolumeClaim", VOLUME_CLAIM, NULL, NULL},
    {"v1/persistentvolumes", "PersistentVolume", VOLUME_PV, NULL, NULL},
    {"storage.k8s.io/v1/storageclasses", "StorageClass", VOLUME_CLASS, NULL, NULL},
};

static void on_volume(void *arg, enum informer_event what, const struct object *old, const struct object *o)
{
    (void)old;
    struct volume_source *source = arg;
    if (what == INFORMER_DELETED)
        volumes_remove(cache_volumes(source->s->cache), source->kind, o);
    else
        volumes_put(cache_volumes(source->s->cache), source->kind, o);
    queue_event(source->s->queue, EV_VOLUME, source->event);
    sim_poke(source->s->sim);
}

static bool start_volumes(struct scheduler *s, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(volume_sources); i++) {
        struct volume_source *source = &volume_sources[i];
        source->s = s;
        source->informer = informer_new(s->rest, &(struct informer_options){.resource = source->resource});
        informer_on(source->informer, on_volume, source);
        informer_start(source->informer);
    }
    for (size_t i = 0; i < ARRAY_LEN(volume_sources); i++)
        if (!informer_wait_synced(volume_sources[i].informer, SYNC_MS))
            return err_set(e, ERR_TIMEOUT, "%s did not sync in %d s", volume_sources[i].resource, SYNC_MS / 1000);
    return true;
}

static void stop_volumes(void)
{
    for (size_t i = 0; i < ARRAY_LEN(volume_sources); i++) informer_stop(volume_sources[i].informer);
}

/* ---- Pods ---- */

static bool is_assigned(const struct object *pod) { return pod && obj_str(pod->root, ".spec.nodeName").n > 0; }

static bool is_finished(const struct object *pod)
{
    return obj_is(pod->root, ".status.phase", "Succeeded") || obj_is(pod->root, ".status.phase", "Failed");
}

static bool is_ours(const struct object *pod)
{
    return obj_is(pod->root, ".spec.schedulerName", "default-scheduler") && !is_finished(pod) &&
           !obj_count(pod->root, ".spec.schedulingGates");
}

static void on_assigned(struct scheduler *s, enum informer_event what, const struct object *pod)
{
    queue_remove(s->queue, pod->uid);
    if (what != INFORMER_DELETED && !is_finished(pod)) {
        cache_set_pod(s->cache, pod);
        return;
    }
    if (cache_remove_pod(s->cache, pod->uid)) queue_event(s->queue, EV_POD_GONE, "AssignedPodDelete");
}

static void on_pod(void *arg, enum informer_event what, const struct object *old, const struct object *pod)
{
    (void)old;
    struct scheduler *s = arg;
    if (is_assigned(pod))
        on_assigned(s, what, pod);
    else if (what == INFORMER_DELETED || !is_ours(pod))
        queue_remove(s->queue, pod->uid);
    else
        queue_add(s->queue, pod);
    sim_poke(s->sim);
}

static bool is_quiet(void *arg)
{
    struct scheduler *s = arg;
    return queue_idle(s->queue) && atomic_load(&s->under_way) == 0 && recorder_idle(s->recorder);
}

static struct informer *pods_informer; /* for seen_rev */
static uint64_t seen_rev(void *arg)
{
    (void)arg;
    return informer_rev(pods_informer);
}

/* ---- Memory ---- */

/* Of a pod that has its node, and most have, only what it uses of the node matters, and what other pods' rules ask. */
static void trim_pod(struct json *pod)
{
    static const char *const of_pod[] = {".metadata.annotations",
                                         ".metadata.ownerReferences",
                                         ".metadata.generateName",
                                         ".spec.tolerations",
                                         ".spec.volumes",
                                         ".spec.securityContext",
                                         ".spec.serviceAccount",
                                         ".spec.serviceAccountName",
                                         ".spec.dnsPolicy",
                                         ".spec.dnsConfig",
                                         ".spec.enableServiceLinks",
                                         ".spec.restartPolicy",
                                         ".status.conditions",
                                         ".status.podIP",
                                         ".status.podIPs",
                                         ".status.hostIP",
                                         ".status.hostIPs",
                                         NULL};
    static const struct pod_trim lists = {.pod = of_pod, .container = pod_trim_container};
    if (obj_str(pod, ".spec.nodeName").n) pod_trim(pod, &lists);
}

/* ---- Start and stop ---- */

static const char *const pod_drop[] = {".metadata.managedFields", ".status.containerStatuses",
                                       ".status.initContainerStatuses", NULL};
static const char *const node_drop[] = {".metadata.managedFields", ".status.images", ".status.conditions", NULL};

static bool run(const struct component_flags *flags, struct err *e)
{
    struct scheduler s = {.rest = component_connect("scheduler", flags, e)};
    if (!s.rest) return false;
    s.sim = sim_start(s.rest, "scheduler", str_eqc(str_of(flags->flow), "textbook"));
    s.recorder = recorder_new(s.rest, RECORDER_EVENTS_V1, "default-scheduler", NULL);
    recorder_set_sim(s.recorder, s.sim);
    s.decisions = decisions_new(s.rest);
    s.cache = cache_new();
    s.queue = queue_new();
    s.nodes = informer_new(s.rest, &(struct informer_options){.resource = "v1/nodes", .drop = node_drop});
    struct informer *pods = informer_new(s.rest, &(struct informer_options){.resource = "v1/pods",
                                                                            .drop = pod_drop,
                                                                            .trim = trim_pod,
                                                                            .delivery_gate = true,
                                                                            .gate_number = STEP_OFFERED_TO_SCHEDULER});
    pods_informer = pods;
    informer_set_sim(pods, s.sim);
    informer_on(s.nodes, on_node, &s);
    informer_on(pods, on_pod, &s);
    informer_start(s.nodes);
    if (!start_volumes(&s, e)) return false;
    if (!informer_wait_synced(s.nodes, SYNC_MS))
        return err_set(e, ERR_TIMEOUT, "nodes did not sync in %d s", SYNC_MS / 1000);
    informer_start(pods);
    if (!informer_wait_synced(pods, SYNC_MS))
        return err_set(e, ERR_TIMEOUT, "pods did not sync in %d s", SYNC_MS / 1000);
    sim_report_quiet(s.sim, is_quiet, seen_rev, &s);
    schedule_start(&s);
    struct lease *lease = lease_new(s.rest, "kube-system", "kube-scheduler", "kubestep", LEASE_S);
    component_ready(flags);
    component_wait(flags);
    sim_let_go(s.sim);
    sim_report_stop(s.sim);
    informer_stop(pods);
    informer_stop(s.nodes);
    stop_volumes();
    queue_shutdown(s.queue);
    schedule_stop(&s);
    lease_free(lease);
    decisions_free(s.decisions);
    recorder_free(s.recorder);
    sim_stop(s.sim);
    informer_free(pods);
    informer_free(s.nodes);
    for (size_t i = 0; i < ARRAY_LEN(volume_sources); i++) informer_free(volume_sources[i].informer);
    queue_free(s.queue);
    cache_free(s.cache);
    clk_shutdown();
    rest_free(s.rest);
    return true;
}

int main(int argc, char **argv)
{
    struct component_flags flags = COMPONENT_FLAGS_INIT;
    const struct opt opts[] = {COMPONENT_OPTS(flags), {.name = NULL}};
    const struct opt_spec spec = {
        .usage = "scheduler --kubeconfig FILE [flags]",
        .about = "Places pods on nodes, as kube-scheduler does, and tells why.",
        .opts = opts,
    };
    struct opt_args args;
    struct err e = ERR_INIT;
    if (!opts_parse(&spec, argc, argv, &args, &e)) {
        fprintf(stderr, "scheduler: %s\n", e.text);
        return 2;
    }
    if (args.help) return 0;
    component_init("scheduler", &flags);
    if (run(&flags, &e)) return 0;
    LOG_E("%s", e.text);
    return 1;
}
