/* main.c - the scheduler: watches nodes, pods and volumes, places pods that have no node.
 * Reads: nodes, pods, and what listers.h lists.   Writes: Bindings, pods/status, Events, Decisions, answers to reviews,
 * its Lease, and, if it is told to, annotations of pods.
 */
#include "base/clk.h"
#include "base/log.h"
#include "client/component.h"
#include "client/lease.h"
#include "scheduler/annotate.h"
#include "scheduler/preempting.h"
#include "scheduler/preemption.h"
#include "scheduler/reviewer.h"
#include "scheduler/schedule.h"
#include "scheduler/simulate.h"

#include <stdio.h>
#include <unistd.h>

enum { SYNC_MS = 60000, LEASE_S = 15 };

/* ---- Nodes ---- */

/* Under the cache's lock: what waits for such a change of a node is woken before the next cycle. */
static void node_changed(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    static const struct {
        unsigned change, event;
        const char *name;
    } rows[] = {{NODE_ADDED, EV_NODE_ADD, "NodeAdd"},
                {NODE_ALLOCATABLE, EV_NODE_ALLOCATABLE, "NodeUpdateNodeAllocatable"},
                {NODE_LABELS, EV_NODE_LABEL, "NodeUpdateNodeLabel"},
                {NODE_TAINTS, EV_NODE_TAINT, "NodeUpdateNodeTaint"},
                {NODE_FEATURES, EV_NODE_FEATURE, "NodeUpdateNodeDeclaredFeature"},
                {NODE_REMOVED, EV_NODE_DELETE, "NodeDelete"}};
    struct scheduler *s = arg;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct sched_event e = {.what = rows[i].event, .was = was, .node = now};
        if (changes & rows[i].change) queue_event(s->queue, &e, rows[i].name);
    }
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

enum { LISTED_ADD, LISTED_UPDATE, LISTED_DELETE, LISTED_ACTIONS };

static struct listed_source {
    const char *resource, *kind;
    char labels[LISTED_ACTIONS][48]; /* upstream's, of its events: storage.k8s.io/CSINodeUpdate */
    struct scheduler *s;
    struct informer *informer;
} sources[LISTED_COUNT] = {
#define ROW(id, resource, kind) [id] = {resource, kind, {{0}}, NULL, NULL},
    LISTED_KINDS(ROW)
#undef ROW
};

static void label_events(struct listed_source *source)
{
    static const char *const actions[LISTED_ACTIONS] = {"Add", "Update", "Delete"};
    struct str rest, group = str_cut(str_of(source->resource), '/', &rest);
    bool core = str_is_null(rest) || str_chr(rest, '/') == SIZE_MAX;
    for (int i = 0; i < LISTED_ACTIONS; i++)
        snprintf(source->labels[i], sizeof source->labels[i], "%.*s%s%s%s", core ? 0 : (int)group.n, group.p,
                 core ? "" : "/", source->kind, actions[i]);
}

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
    struct sched_event e = {.what = event_of(kind), .holder_was = old, .holder = o};
    int action = old ? LISTED_UPDATE : LISTED_ADD;
    if (what == INFORMER_DELETED) {
        e.holder_was = o;
        e.holder = NULL;
        action = LISTED_DELETE;
        listers_remove(cache_listers(source->s->cache), kind, o);
    } else {
        listers_put(cache_listers(source->s->cache), kind, o);
    }
    e.object_was = e.holder_was ? e.holder_was->root : NULL;
    e.object = e.holder ? e.holder->root : NULL;
    if (e.what) queue_event(source->s->queue, &e, source->labels[action]);
    schedule_wake(source->s);
    sim_poke(source->s->sim);
}

static bool start_sources(struct scheduler *s, struct err *e)
{
    for (int i = 0; i < LISTED_COUNT; i++) {
        sources[i].s = s;
        label_events(&sources[i]);
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

/* was: NULL, or a pod with its object, which was only assumed to be there: it is new. */
static void tell_assigned(struct scheduler *s, const struct pod_info *was, const struct pod_info *now)
{
    struct sched_event e = {.pod_was = was, .pod = now};
    if (!was || was->object) {
        e.what = EV_POD_ADD;
        e.pod_was = NULL;
        queue_event(s->queue, &e, "AssignedPodAdd");
        return;
    }
    if (!labels_equal(&was->labels, &now->labels)) {
        e.what = EV_POD_LABEL;
        queue_event(s->queue, &e, "AssignedPodUpdatePodLabel");
    }
    if (pod_asks_less(was, now)) {
        e.what = EV_POD_SCALE_DOWN;
        queue_event(s->queue, &e, "AssignedPodUpdatePodScaleDown");
    }
}

/* Who waits for its victims may hear that the last one leaves. */
static void pod_leaves(struct scheduler *s, struct str uid)
{
    const struct sched_config *config = scope_config(s->scope);
    for (int i = 0; i < config->nprofiles; i++) {
        const struct preemption_args *a = preemption_args_of(config->profiles[i]);
        if (a) preempting_left(a->running, uid);
    }
    config_unref(config);
}

static void on_assigned(struct scheduler *s, const struct object *pod)
{
    struct pod_info *now = pod_info_new(pod, false);
    const struct pod_info *was = cache_set_pod(s->cache, now);
    if (now->deleting) pod_leaves(s, now->uid);
    pod_info_unref(queue_remove(s->queue, now->uid));
    tell_assigned(s, was, now);
    pod_info_unref(was);
    pod_info_unref(now);
}

/* A pod lets go of the node that was kept for it: others that count for no more may get in there. */
static void nomination_ends(struct scheduler *s, const struct pod_info *was)
{
    const struct sched_event e = {.what = EV_POD_DELETE, .pod_was = was};
    queue_event_up_to(s->queue, &e, "AssignedPodDelete", was->priority);
}

static void on_gone(struct scheduler *s, struct str uid)
{
    pod_leaves(s, uid);
    const struct pod_info *was = cache_remove_pod(s->cache, uid), *waited = queue_remove(s->queue, uid);
    const struct sched_event e = {.what = EV_POD_DELETE, .pod_was = was};
    if (was)
        queue_event(s->queue, &e, "AssignedPodDelete");
    else if (waited && waited->nominated_node)
        nomination_ends(s, waited);
    pod_info_unref(waited);
    pod_info_unref(was);
}

/* A pod that waits, new or changed. What a cycle nominated is not undone by an update that knows nothing of it yet. */
static void on_waiting(struct scheduler *s, const struct pod_info *now)
{
    const struct pod_info *was = queue_add(s->queue, now);
    const struct sym *before = was ? was->nominated_node : NULL;
    if (before || now->nominated_node) cache_nominate(s->cache, now, now->nominated_node);
    if (now->deleting && cache_is_assumed(s->cache, now->uid)) { /* its room is free from now on */
        const struct pod_info *assumed = cache_remove_pod(s->cache, now->uid);
        const struct sched_event e = {.what = EV_POD_DELETE, .pod_was = assumed};
        if (assumed) queue_event(s->queue, &e, "AssignedPodDelete");
        pod_info_unref(assumed);
    } else if (before && before != now->nominated_node) {
        nomination_ends(s, was);
    }
    pod_info_unref(was);
}

/* No profile is the pod's any more. */
static void on_let_go(struct scheduler *s, const struct pod_info *pod)
{
    const struct pod_info *was = queue_remove(s->queue, pod->uid);
    cache_nominate(s->cache, pod, NULL);
    if (was && was->nominated_node) nomination_ends(s, was);
    pod_info_unref(was);
}

static void on_scope(void *arg, const struct pod_info *pod, bool ours)
{
    if (ours)
        on_waiting(arg, pod);
    else
        on_let_go(arg, pod);
}

static void on_pending(struct scheduler *s, const struct object *pod)
{
    const struct pod_info *now = pod_info_new(pod, true);
    if (scope_add(s->scope, now)) on_waiting(s, now);
    pod_info_unref(now);
}

static void on_pod(void *arg, enum informer_event what, const struct object *old, const struct object *pod)
{
    (void)old;
    struct scheduler *s = arg;
    bool gone = what == INFORMER_DELETED || is_finished(pod);
    scope_lock(s->scope);
    if (gone || is_assigned(pod)) scope_remove(s->scope, pod->uid);
    if (gone) {
        on_gone(s, pod->uid);
        schedule_wake(s);
    } else if (is_assigned(pod)) {
        on_assigned(s, pod);
    } else {
        on_pending(s, pod);
    }
    scope_unlock(s->scope);
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

/* ---- Another configuration (SIGHUP) ---- */

/* What extenders are sent whole has to be at hand before the first of them is asked. */
static bool follow_texts(struct scheduler *s, const struct sched_config *config, struct err *e)
{
    const bool wanted[TEXTS_KINDS] = {
        [TEXTS_NODES] = extenders_send_nodes(config->extenders), [TEXTS_PODS] = extenders_send_pods(config->extenders)};
    return texts_follow(s->texts, wanted, e);
}

static void log_lines(struct str text)
{
    while (text.n) {
        struct str line = str_cut(text, '\n', &text);
        LOG_E("%.*s", STR_ARG(line));
    }
}

static void reload(void *arg)
{
    struct scheduler *s = arg;
    struct buf why AUTO_BUF = {0};
    buf_init(&why, MESSAGE_MAX);
    struct err e = ERR_INIT;
    const struct sched_config *config = config_load(s->config_file, &why);
    if (!config || !follow_texts(s, config, &e)) {
        log_lines(config ? str_of(e.text) : buf_view(&why));
        config_unref(config);
        LOG_E("the configuration stays as it was");
        return;
    }
    scope_lock(s->scope);
    const struct sched_config *was = scope_configure(s->scope, config);
    queue_configure(s->queue, config); /* after it: what is tried anew is tried by the new one */
    scope_compare(s->scope, was, on_scope, s);
    scope_unlock(s->scope);
    config_unref(was);
    LOG_I("new configuration file=\"%s\" profiles=%d", s->config_file, config->nprofiles);
    config_unref(config);
    sim_poke(s->sim);
}

/* ---- Start and stop ---- */

static const char *const pod_drop[] = {".metadata.managedFields", NULL};
static const char *const node_drop[] = {".metadata.managedFields", ".status.conditions", NULL};

/* NULL: said why. */
static const struct sched_config *configuration(const char *file)
{
    struct buf why AUTO_BUF = {0};
    buf_init(&why, MESSAGE_MAX);
    const struct sched_config *config = file ? config_load(file, &why) : config_default();
    if (!config) log_lines(buf_view(&why));
    return config;
}

static bool run(const struct component_flags *flags, const char *file, bool annotations,
                const struct sched_config *config, struct err *e)
{
    struct scheduler s = {.rest = component_connect("scheduler", flags, e), .config_file = file};
    if (!s.rest) return false;
    s.sim = sim_start(s.rest, "scheduler", str_eqc(str_of(flags->flow), "textbook"));
    s.recorder = recorder_new(s.rest, RECORDER_EVENTS_V1, "default-scheduler", NULL);
    recorder_set_sim(s.recorder, s.sim);
    s.decisions = decisions_new(s.rest);
    s.cache = cache_new();
    s.scope = scope_new(config);
    s.queue = queue_new(config, NULL);
    queue_listers(s.queue, cache_listers(s.cache));
    s.room = room_new();
    if (annotations) annotate_start(&s);
    s.texts = texts_new(s.rest);
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
    if (!follow_texts(&s, config, e)) return false;
    informer_start(pods);
    if (!informer_wait_synced(pods, SYNC_MS))
        return err_set(e, ERR_TIMEOUT, "pods did not sync in %d s", SYNC_MS / 1000);
    sim_report_quiet(s.sim, is_quiet, seen_rev, &s);
    schedule_start(&s);
    struct reviewer *reviewer = reviewer_start(s.sim, s.cache, s.scope, s.texts);
    struct lease *lease = lease_new(s.rest, "kube-system", "kube-scheduler", "kubestep", LEASE_S);
    component_ready(flags);
    component_wait_hup(flags, reload, &s);
    sim_let_go(s.sim);
    sim_report_stop(s.sim);
    reviewer_stop(reviewer);
    informer_stop(pods);
    informer_stop(s.nodes);
    stop_sources();
    queue_shutdown(s.queue);
    schedule_stop(&s);
    annotate_stop(&s);
    texts_stop(s.texts);
    lease_free(lease);
    decisions_free(s.decisions);
    recorder_free(s.recorder);
    sim_stop(s.sim);
    informer_free(pods);
    informer_free(s.nodes);
    for (int i = 0; i < LISTED_COUNT; i++) informer_free(sources[i].informer);
    texts_free(s.texts);
    queue_free(s.queue);
    cache_free(s.cache);
    scope_free(s.scope);
    clk_shutdown();
    rest_free(s.rest);
    return true;
}

int main(int argc, char **argv)
{
    struct component_flags flags = COMPONENT_FLAGS_INIT;
    const char *file = NULL;
    bool annotations = false;
    bool simulates = false;
    const struct opt opts[] = {
        COMPONENT_OPTS(flags),
        {"simulate", 0, OPT_FLAG, &simulates, NULL, "try out a workload on a cluster, both from stdin, and exit", NULL},
        {"config", 0, OPT_STRING, &file, "FILE", "KubeSchedulerConfiguration; read again at SIGHUP", NULL},
        {"result-annotations", 0, OPT_FLAG, &annotations, NULL,
         "what each attempt found goes into the pod's annotations, as kube-scheduler-simulator writes them", NULL},
        {.name = NULL}};
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
    if (simulates) return simulate_main(STDIN_FILENO, STDOUT_FILENO);
    flags.takes_hup = file != NULL;
    component_init("scheduler", &flags);
    const struct sched_config *config = configuration(file);
    bool ok = config && run(&flags, file, annotations, config, &e);
    if (config && !ok) LOG_E("%s", e.text);
    config_unref(config);
    return !ok;
}
