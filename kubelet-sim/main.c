/* main.c - kubelet-sim: the kubelets of all simulated nodes in one process.
 * Reads: pods that have a node, Nodes.   Writes: Nodes, Leases, pods/status, Events. */
#include "base/log.h"
#include "client/component.h"
#include "kubelet-sim/pod_worker.h"
#include "kubelet-sim/server.h"

#include <stdio.h>

enum { SYNC_MS = 60000 };

static void on_pod(void *arg, enum informer_event what, const struct object *old, const struct object *pod)
{
    (void)what, (void)old;
    pod_workers_notice(arg, pod);
}

struct running {
    struct pod_workers *workers;
    struct nodes *nodes;
    struct recorder *recorder;
    struct informer *pods, *views; /* of pods, and what the cluster says of nodes */
    int by_node;                   /* index of pods */
    struct logs *logs;
};

static bool by_node(const struct object *pod, struct buf *out)
{
    buf_str(out, obj_str(pod->root, ".spec.nodeName"));
    return true;
}

static void on_node(void *arg, enum informer_event what, const struct object *old, const struct object *node)
{
    struct running *r = arg;
    struct objs pods AUTO_OBJS = {0};
    if (what == INFORMER_DELETED || !nodes_notice(r->nodes, old, node)) return;
    informer_by_index(r->pods, r->by_node, node->name, &pods);
    for (size_t i = 0; i < pods.count; i++) pod_workers_notice(r->workers, pods.items[i]);
}

static bool is_quiet(void *arg)
{
    struct running *r = arg;
    return pod_workers_idle(r->workers) && recorder_idle(r->recorder) && nodes_idle(r->nodes);
}

static uint64_t seen_rev(void *arg) { return informer_rev(((struct running *)arg)->pods); }

static bool run(const struct component_flags *flags, struct node_options *options, struct err *e)
{
    static const char *const drop[] = {".metadata.managedFields", NULL};
    /* How a pod came to its node does not matter any more once it is there. */
    static const char *const pod_drop[] = {".metadata.managedFields",
                                           ".metadata.generateName",
                                           ".metadata.ownerReferences",
                                           ".spec.tolerations",
                                           ".spec.nodeSelector",
                                           ".spec.affinity",
                                           ".spec.topologySpreadConstraints",
                                           ".spec.schedulerName",
                                           ".spec.preemptionPolicy",
                                           NULL};
    struct kubelet_server *server = kubelet_server_new(e);
    if (!server) return false;
    options->kubelet_port = kubelet_server_port(server);
    struct rest *rest = component_connect("kubelet-sim", flags, e);
    if (!rest) return false;
    struct running r = {.recorder = recorder_new(rest, RECORDER_CORE_V1, "kubelet", NULL), .logs = logs_new()};
    struct nodes *nodes = nodes_new(rest, r.recorder, options);
    struct sim *sim = sim_start(rest, "kubelet-sim", str_eqc(str_of(flags->flow), "textbook"));
    recorder_set_sim(r.recorder, sim); /* an event that is sent late keeps the component busy until then */
    r.pods = informer_new(rest, &(struct informer_options){.resource = "v1/pods",
                                                           .field_selector = "spec.nodeName!=",
                                                           .drop = pod_drop,
                                                           .delivery_gate = true,
                                                           .gate_number = STEP_HANDED_TO_KUBELET});
    r.nodes = nodes;
    r.views = informer_new(rest, &(struct informer_options){.resource = "v1/nodes", .drop = drop});
    r.by_node = informer_index(r.pods, by_node);
    r.workers = pod_workers_new(nodes, r.pods, r.logs, sim);
    informer_on(r.views, on_node, &r);
    atomic_store(&nodes->sim, sim);
    informer_set_sim(r.pods, sim);
    informer_on(r.pods, on_pod, r.workers);
    informer_start(r.views);
    informer_start(r.pods);
    if (!nodes_register(nodes, e)) return false;
    /* Ready is when pods may be placed on the nodes: whoever waits for that need not wait for our cache of pods. */
    if (!nodes_wait_schedulable(nodes, SETTLE_MS))
        LOG_W("nodes keep the taint of new nodes: is there a node controller?");
    component_ready(flags);
    if (!informer_wait_synced(r.pods, SYNC_MS))
        return err_set(e, ERR_TIMEOUT, "pods did not sync in %d s", SYNC_MS / 1000);
    if (!kubelet_server_start(server, flags->kubeconfig, r.pods, r.logs, e)) return false;
    pod_workers_start(r.workers);
    sim_report_quiet(sim, is_quiet, seen_rev, &r);
    component_wait(flags);
    kubelet_server_free(server);
    sim_let_go(sim);
    sim_report_stop(sim);
    informer_stop(r.views);
    informer_stop(r.pods);
    pod_workers_stop(r.workers);
    nodes_stop(nodes);
    atomic_store(&nodes->sim, NULL);
    recorder_free(r.recorder);
    sim_stop(sim);
    pod_workers_free(r.workers);
    informer_free(r.views);
    informer_free(r.pods);
    logs_free(r.logs);
    nodes_free(nodes);
    clk_shutdown();
    rest_free(rest);
    return true;
}

int main(int argc, char **argv)
{
    struct component_flags flags = COMPONENT_FLAGS_INIT;
    struct node_options options = {
        .prefix = "node-", .cpu = "8", .memory = "16Gi", .ephemeral = "100Gi", .pods = "110"};
    int64_t count = 3;
    const struct opt opts[] = {
        COMPONENT_OPTS(flags),
        {"nodes", 0, OPT_INT, &count, "N", "how many nodes", NULL},
        {"node-prefix", 0, OPT_STRING, &options.prefix, "TEXT", "names are this and a number", NULL},
        {"node-cpu", 0, OPT_STRING, &options.cpu, "QUANTITY", "capacity of each node", NULL},
        {"node-memory", 0, OPT_STRING, &options.memory, "QUANTITY", "capacity of each node", NULL},
        {"node-ephemeral-storage", 0, OPT_STRING, &options.ephemeral, "QUANTITY", "capacity of each node", NULL},
        {"node-pods", 0, OPT_STRING, &options.pods, "N", "pods each node takes", NULL},
        {"start-latency", 0, OPT_DURATION_MS, &options.start_latency_ms, "DURATION",
         "cluster time until a pod's containers run", NULL},
        {.name = NULL},
    };
    const struct opt_spec spec = {
        .usage = "kubelet-sim --kubeconfig FILE [flags]",
        .about = "Plays the kubelets of N nodes: no container runs, everything else happens.",
        .opts = opts,
    };
    struct opt_args args;
    struct err e = ERR_INIT;
    if (!opts_parse(&spec, argc, argv, &args, &e)) {
        fprintf(stderr, "kubelet-sim: %s\n", e.text);
        return 2;
    }
    if (args.help) return 0;
    if (count < 0 || count > NODES_MAX) {
        fprintf(stderr, "kubelet-sim: --nodes: want 0 to %d\n", NODES_MAX);
        return 2;
    }
    options.count = (int)count;
    component_init("kubelet-sim", &flags);
    if (run(&flags, &options, &e)) return 0;
    LOG_E("%s", e.text);
    return 1;
}
