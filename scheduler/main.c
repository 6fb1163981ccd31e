/* main.c - the scheduler: watches nodes, pods and volumes, places pods that have no node.
 * Reads: nodes, pods, and what listers.h lists.   Writes: Bindings, pods/status, Events, Decisions, its Lease.
 */
#include "base/clk.h"
#include "base/log.h"
#include "client/component.h"
#include "client/lease.h"
#include "scheduler/schedule.h"

#include <stdio.h>

enum { SYNC_MS = 60000, LEASE_S = 15 };

/* ---- Nodes ---- */

/* Under the cache's lock: what waits for such a change of a node is woken before the next cycle. */
static void node_changed(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    static const struct {
        unsigned change, event;
        const char *name;
    } rows[] = {{NODE_ADDED, EV_NODE_ADD, "NodeAdd"},
                {NODE_ALLOCATABLE, EV_NODE_ALLOCATABLE, "NodeAllocatableChange"},
                {NODE_LABELS, EV_NODE_LABEL, "NodeLabelChange"},
                {NODE_TAINTS, EV_NODE_TAINT, "NodeTaintChange"},
                {NODE_FEATURES, EV_NODE_FEATURE, "NodeDeclaredFeaturesChange"},
                {NODE_REMOVED, EV_NODE_DELETE, "NodeDelete"}};
    struct scheduler *s = arg;
    struct sched_event e = {.was = was, .node = now};
    const char *name = NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!(changes & rows[i].change)) continue;
        e.what |= rows[i].event;
        if (!name) name = rows[i].name;
    }
    queue_event(s->queue, &e, name);
}

static void on_node(void *arg, enum informer_event what, const struct object *old, const struct object *node)
{
    (void)old;
    struct scheduler *s = arg;
    if (what == INFORMER_DELETED)
        cache_remove_node(s->cache, node->name, node_changed, s);
    else
        cache_set_node(s->cache, node, node_changed, s);
    schedule_wake(s);
    sim_poke(s->sim);
}

/* ---- What plugins look at beside nodes and pods ---- */

static struct listed_source {
    const char *resource, *event;
    struct scheduler *s;
    struct informer *informer;
} sources[LISTED_COUNT] = {
#define ROW(id, resource, kind) [id] = {resource, kind, NULL, NULL},
    LISTED_KINDS(ROW)
#undef ROW
};

static unsigned event_of(enum listed kind)
{
    static const unsigned events[LISTED_COUNT] = {
        [LIST_CLAIM] = EV_CLAIM,         [LIST_VOLUME] = EV_VOLUME,         [LIST_CLASS] = EV_CLASS,
        [LIST_CSINODE] = EV_CSINODE,     [LIST_CSIDRIVER] = EV_CSIDRIVER,   [LIST_CAPACITY] = EV_CAPACITY,
        [LIST_NAMESPACE] = EV_NAMESPACE, [LIST_ATTACHMENT] = EV_ATTACHMENT,
    };
    return events[kind];
}

static void on_listed(void *arg, enum informer_event what, const struct object *old, const struct object *o)
{
    struct listed_source *source = arg;
    enum listed kind = (enum listed)(source - sources);
    bool gone = what == INFORMER_DELETED;
    struct sched_event e = {
        .what = event_of(kind), .object_was = old ? old->root : NULL, .object = gone ? NULL : o->root};
    if (gone)
        listers_remove(cache_listers(source->s->cache), kind, o);
    else
        listers_put(cache_listers(source->s->cache), kind, o);
    if (e.what) queue_event(source->s->queue, &e, source->event);
    schedule_wake(source->s);
    sim_poke(source->s->sim);
}

static bool start_sources(struct scheduler *s, struct err *e)
{
    for (int i = 0; i < LISTED_COUNT; i++) {
        sources[i].s = s;
        sources[i].informer = informer_new(s->rest, &(struct informer_options){.resource = sources[i].resource});
        informer_on(sources[i].informer, on_listed, &sources[i]);
        informer_start(sources[i].informer);
    }
    for (int i = 0; i < LISTED_COUNT; i++)
        if (!informer_wait_synced(sources[i].informer, SYNC_MS))
            return err_set(e, ERR_TIMEOUT, "%s did not sync in %d s", sources[i].resource, SYNC_MS / 1000);
    return true;
}

static void stop_sources(void)
{
    for (int i = 0; i < LISTED_COUNT; i++) informer_stop(sources[i].informer);
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

static unsigned pod_change(const struct pod_info *was, const struct pod_info *now)
{
    if (!was) return EV_POD_ADD;
    unsigned ev = 0;
    bool same = was->labels.n == now->labels.n;
    for (int i = 0; i < was->labels.n && same; i++)
        same = labels_get(&now->labels, was->labels.v[i].key) == was->labels.v[i].value;
    if (!same) ev |= EV_POD_LABEL;
    for (int id = 0; id < RES_FIRST_SCALAR; id++)
        if (now->request.basic[id] < was->request.basic[id]) ev |= EV_POD_SCALE_DOWN;
    return ev;
}

static void on_assigned(struct scheduler *s, const struct object *pod)
{
    static const char *const names[] = {"AssignedPodAdd", "AssignedPodUpdate"};
    struct pod_info *now = pod_info_new(pod, false);
    const struct pod_info *was = cache_set_pod(s->cache, now);
    struct sched_event e = {.what = pod_change(was, now), .pod_was = was, .pod = now};
    queue_remove(s->queue, pod->uid);
    if (e.what) queue_event(s->queue, &e, names[was != NULL]);
    pod_info_unref(was);
    pod_info_unref(now);
}

static void on_gone(struct scheduler *s, struct str uid)
{
    const struct pod_info *was = cache_remove_pod(s->cache, uid);
    struct sched_event e = {.what = EV_POD_DELETE, .pod_was = was};
    queue_remove(s->queue, uid);
    if (was) queue_event(s->queue, &e, "AssignedPodDelete");
    pod_info_unref(was);
}

static void on_pod(void *arg, enum informer_event what, const struct object *old, const struct object *pod)
{
    (void)old;
    struct scheduler *s = arg;
    if (what == INFORMER_DELETED || is_finished(pod)) {
        on_gone(s, pod->uid);
        schedule_wake(s);
    } else if (is_assigned(pod)) {
        on_assigned(s, pod);
    } else if (!is_ours(pod)) {
        queue_remove(s->queue, pod->uid);
    } else {
        const struct pod_info *waiting = pod_info_new(pod, true);
        queue_add(s->queue, waiting);
        pod_info_unref(waiting);
    }
    sim_poke(s->sim);
}

static bool is_quiet(void *arg)
{
    struct scheduler *s = arg;
    return schedule_is_quiet(s) && recorder_idle(s->recorder);
}

static struct informer *pods_informer; /* for seen_rev */
static uint64_t seen_rev(void *arg)
{
    (void)arg;
    return informer_rev(pods_informer);
}

/* ---- Start and stop ---- */

static const char *const pod_drop[] = {".metadata.managedFields", NULL};
static const char *const node_drop[] = {".metadata.managedFields", ".status.conditions", NULL};

static bool run(const struct component_flags *flags, struct err *e)
{
    struct scheduler s = {.rest = component_connect("scheduler", flags, e)};
    if (!s.rest) return false;
    s.sim = sim_start(s.rest, "scheduler", str_eqc(str_of(flags->flow), "textbook"));
    s.recorder = recorder_new(s.rest, RECORDER_EVENTS_V1, "default-scheduler", NULL);
    recorder_set_sim(s.recorder, s.sim);
    s.decisions = decisions_new(s.rest);
    s.cache = cache_new();
    s.profile = profile_default("default-scheduler");
    s.queue = queue_new(s.profile);
    s.room = room_new();
    s.nodes = informer_new(s.rest, &(struct informer_options){.resource = "v1/nodes", .drop = node_drop, .stub = true});
    struct informer *pods = informer_new(s.rest, &(struct informer_options){.resource = "v1/pods",
                                                                            .drop = pod_drop,
                                                                            .stub = true,
                                                                            .delivery_gate = true,
                                                                            .gate_number = STEP_OFFERED_TO_SCHEDULER});
    pods_informer = pods;
    informer_set_sim(pods, s.sim);
    informer_on(s.nodes, on_node, &s);
    informer_on(pods, on_pod, &s);
    informer_start(s.nodes);
    if (!start_sources(&s, e)) return false;
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
    stop_sources();
    queue_shutdown(s.queue);
    schedule_stop(&s);
    lease_free(lease);
    decisions_free(s.decisions);
    recorder_free(s.recorder);
    sim_stop(s.sim);
    informer_free(pods);
    informer_free(s.nodes);
    for (int i = 0; i < LISTED_COUNT; i++) informer_free(sources[i].informer);
    queue_free(s.queue);
    cache_free(s.cache);
    profile_free(s.profile);
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
