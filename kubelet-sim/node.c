/* node.c - see node.h.
 * Reads: options, the cluster's clock, Nodes.   Writes: Nodes, nodes/status, Leases, Events. */
#include "kubelet-sim/node.h"

#include "base/log.h"
#include "base/mono.h"

#include <stdio.h>
#include <stdlib.h>

#define LEASE_NS "kube-node-lease"

static const struct {
    const char *type, *status, *reason, *message;
} node_conditions[] = {
    {"MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
    {"DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
    {"PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
    {"Ready", "True", "KubeletReady", "kubelet is posting ready status"},
};

/* What a 1.36 kubelet says of itself with the feature gates it comes with, sorted (component-helpers
 * nodedeclaredfeatures). Schedulers and the API server believe it. */
static const char *const declared_features[] = {
    "ExtendWebSocketsToKubelet",
    "InPlacePodLevelResourcesVerticalScaling",
    "InPlacePodVerticalScalingInitContainers",
    "RestartAllContainersOnContainerExits",
};

static const char *const start_events[] = {"NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID",
                                           "NodeReady"};

/* ---- The Node object ---- */

static void put_info(struct arena *a, struct json *node, const struct sim_node *n)
{
    char id[40];
    const uint64_t h = str_hash(str_of(n->name), 1);
    snprintf(id, sizeof id, "%016llx%016llx", (unsigned long long)h, (unsigned long long)str_hash(str_of(n->name), 2));
    const struct {
        const char *path, *value;
    } rows[] = {
        {".machineID", id},
        {".systemUUID", id},
        {".bootID", id},
        {".kernelVersion", "6.1.0-kubestep"},
        {".osImage", "kubestep (simulated node)"},
        {".containerRuntimeVersion", "containerd://2.1.0-kubestep"},
        {".kubeletVersion", "v1.36.3+kubestep"},
        {".kubeProxyVersion", ""},
        {".operatingSystem", "linux"},
        {".architecture", "amd64"},
    };
    struct json *info = obj_empty(a);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) obj_put_cstr(a, info, rows[i].path, rows[i].value);
    obj_put(a, node, ".status.nodeInfo", info);
}

static void put_resources(struct arena *a, struct json *node, const struct node_options *o)
{
    static const char *const maps[] = {".status.capacity", ".status.allocatable"};
    const struct {
        const char *name, *value;
    } rows[] = {{"cpu", o->cpu},        {"ephemeral-storage", o->ephemeral},
                {"hugepages-1Gi", "0"}, {"hugepages-2Mi", "0"},
                {"memory", o->memory},  {"pods", o->pods}};
    for (size_t m = 0; m < ARRAY_LEN(maps); m++)
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            obj_map_put_str(a, node, maps[m], str_of(rows[i].name), str_of(rows[i].value));
}

static void put_status(struct arena *a, struct json *node, const struct sim_node *n)
{
    const struct {
        const char *type, *address;
    } addresses[] = {{"InternalIP", n->ip}, {"Hostname", n->name}};
    put_resources(a, node, &n->all->options);
    for (size_t i = 0; i < ARRAY_LEN(node_conditions); i++) {
        struct json *c = obj_append(a, node, ".status.conditions");
        obj_put_cstr(a, c, ".type", node_conditions[i].type);
        obj_put_cstr(a, c, ".status", node_conditions[i].status);
        obj_put_time(a, c, ".lastHeartbeatTime", clk_s());
        obj_put_time(a, c, ".lastTransitionTime", atomic_load(&n->since_s));
        obj_put_cstr(a, c, ".reason", node_conditions[i].reason);
        obj_put_cstr(a, c, ".message", node_conditions[i].message);
    }
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct json *ad = obj_append(a, node, ".status.addresses");
        obj_put_cstr(a, ad, ".type", addresses[i].type);
        obj_put_cstr(a, ad, ".address", addresses[i].address);
    }
    obj_put_int(a, node, ".status.daemonEndpoints.kubeletEndpoint.Port", n->all->options.kubelet_port);
    put_info(a, node, n);
    for (size_t i = 0; i < ARRAY_LEN(declared_features); i++)
        obj_append_str(a, node, ".status.declaredFeatures", str_of(declared_features[i]));
}

static struct json *node_object(struct arena *a, const struct sim_node *n)
{
    char cidr[CNI_TEXT_MAX];
    const struct {
        const char *key, *value;
    } labels[] = {{"beta.kubernetes.io/arch", "amd64"},
                  {"beta.kubernetes.io/os", "linux"},
                  {"kubernetes.io/arch", "amd64"},
                  {"kubernetes.io/hostname", n->name},
                  {"kubernetes.io/os", "linux"}};
    struct json *node = obj_new(a, "v1", "Node");
    obj_put_cstr(a, node, ".metadata.name", n->name);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++)
        obj_map_put_str(a, node, ".metadata.labels", str_of(labels[i].key), str_of(labels[i].value));
    obj_map_put_str(a, node, ".metadata.annotations", STR("node.alpha.kubernetes.io/ttl"), STR("0"));
    obj_map_put_str(a, node, ".metadata.annotations", STR("volumes.kubernetes.io/controller-managed-attach-detach"),
                    STR("true"));
    cni_cidr(&n->cni, cidr);
    obj_put_cstr(a, node, ".spec.podCIDR", cidr);
    obj_append_str(a, node, ".spec.podCIDRs", str_of(cidr));
    put_status(a, node, n);
    return node;
}

static void node_event(struct sim_node *n, const char *reason, const char *message)
{
    struct event_about about = {.api_version = "v1", .kind = "Node", .name = str_of(n->name), .uid = str_of(n->name)};
    recorder_event(n->all->recorder, &about, "Normal", reason, NULL, n->name, "%s", message);
}

static void start_messages(struct sim_node *n)
{
    node_event(n, "Starting", "Starting kubelet.");
    for (size_t i = 0; i < ARRAY_LEN(start_events); i++) {
        char message[160];
        snprintf(message, sizeof message, "Node %s status is now: %s", n->name, start_events[i]);
        node_event(n, start_events[i], message);
    }
}

static bool patch_status(struct sim_node *n, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 8192);
    struct json *patch = obj_empty(&a);
    put_status(&a, patch, n);
    return rest_patch(n->rest, "v1/nodes", STR_NULL, str_of(n->name), "status", "strategic", patch, NULL, e);
}

static bool register_node(struct sim_node *n, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    arena_init(&a, 8192);
    atomic_store(&n->since_s, clk_s());
    if (!rest_create(n->rest, "v1/nodes", STR_NULL, node_object(&a, n), NULL, e)) {
        if (e->code != ERR_ALREADY_EXISTS) return err_context(e, "registering node %s", n->name);
        if (!patch_status(n, e)) return err_context(e, "taking over node %s", n->name);
    }
    start_messages(n);
    return true;
}

/* ---- Leases ---- */

static void lease_due(void *arg)
{
    struct sim_node *n = arg;
    workq_add(n->all->leases, str_of(n->name));
}

static bool lease_write(struct sim_node *n, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct str name = str_of(n->name);
    arena_init(&a, 1024);
    struct json *lease = obj_new(&a, "coordination.k8s.io/v1", "Lease");
    obj_put_microtime(&a, lease, ".spec.renewTime", clk_ns());
    if (n->beats > 0) {
        if (rest_patch(n->rest, "coordination.k8s.io/v1/leases", STR(LEASE_NS), name, NULL, "merge", lease, NULL, e))
            return true;
        if (e->code != ERR_NOT_FOUND) return false;
    }
    obj_put_str(&a, lease, ".metadata.name", name);
    obj_put_cstr(&a, lease, ".metadata.namespace", LEASE_NS);
    obj_put_str(&a, lease, ".spec.holderIdentity", name);
    obj_put_int(&a, lease, ".spec.leaseDurationSeconds", LEASE_SECONDS);
    return rest_create(n->rest, "coordination.k8s.io/v1/leases", STR(LEASE_NS), lease, NULL, e) ||
           e->code == ERR_ALREADY_EXISTS;
}

static void beat(struct sim_node *n)
{
    struct err e = ERR_INIT;
    bool report = atomic_exchange(&n->report, false);
    if (!lease_write(n, &e)) LOG_W("lease not renewed node=\"%s\" err=\"%s\"", n->name, e.text);
    if ((++n->beats % HEARTBEATS_PER_STATUS == 0 || report) && !patch_status(n, &e))
        LOG_W("status not written node=\"%s\" err=\"%s\"", n->name, e.text);
}

static void *lease_worker(void *arg)
{
    struct nodes *all = arg;
    char *key;
    while ((key = workq_get(all->leases))) {
        struct sim_node *n = nodes_find(all, str_of(key));
        if (!atomic_load(&n->dead)) {
            beat(n);
            clk_timer_start_ms(&n->lease_timer, LEASE_EVERY_MS);
        }
        workq_done(all->leases, key);
        sim_poke(atomic_load(&all->sim));
    }
    return NULL;
}

/* ---- What the cluster says of a node ---- */

static void note_schedulable(struct nodes *all, struct sim_node *n, const struct json *node)
{
    for (OBJ_EACH(t, node, ".spec.taints"))
        if (obj_is(t, ".key", "node.kubernetes.io/not-ready")) return;
    mutex_lock(&all->lock);
    if (!n->schedulable && --all->unschedulable == 0) pthread_cond_broadcast(&all->settled);
    n->schedulable = true;
    mutex_unlock(&all->lock);
}

static void note_cordon(struct sim_node *n, const struct object *old, const struct object *node)
{
    bool was = obj_bool(old->root, ".spec.unschedulable", false),
         is = obj_bool(node->root, ".spec.unschedulable", false);
    char message[160];
    if (was == is) return;
    const char *reason = is ? "NodeNotSchedulable" : "NodeSchedulable";
    snprintf(message, sizeof message, "Node %s status is now: %s", n->name, reason);
    node_event(n, reason, message);
}

bool nodes_notice(struct nodes *all, const struct object *old, const struct object *node)
{
    struct sim_node *n = nodes_find(all, node->name);
    if (!n) return false;
    note_schedulable(all, n, node->root);
    if (old) note_cordon(n, old, node);
    bool dead = str_eqc(obj_map_str(node->root, ".metadata.annotations", STR(NODE_DEAD)), "true");
    bool was = atomic_exchange(&n->dead, dead);
    /* Somebody thinks that we are gone: say otherwise, as a kubelet does with its next look at its Node. */
    bool ready = obj_condition_true(node->root, "Ready"), missed = !dead && !ready;
    bool again = !atomic_exchange(&n->is_ready, ready) && ready && old;
    if (missed) {
        atomic_store(&n->since_s, clk_s());
        atomic_store(&n->report, true);
    }
    if (missed || (was && !dead)) workq_add(all->leases, node->name);
    return !dead && (was || again);
}

bool nodes_wait_schedulable(struct nodes *all, int64_t timeout_ms)
{
    int64_t until = mono_ns() + timeout_ms * 1000000;
    mutex_lock(&all->lock);
    while (all->unschedulable && cond_wait_until(&all->settled, &all->lock, until)) {}
    bool all_free = all->unschedulable == 0;
    mutex_unlock(&all->lock);
    return all_free;
}

/* ---- Life cycle ---- */

struct nodes *nodes_new(struct rest *r, struct recorder *rec, const struct node_options *o)
{
    static const char *const groups[] = {"system:nodes", NULL};
    struct nodes *all = xcalloc(1, sizeof *all);
    all->options = *o;
    all->unschedulable = o->count;
    pthread_mutex_init(&all->lock, NULL);
    cond_init_mono(&all->settled);
    all->recorder = rec;
    all->leases = workq_new("leases");
    all->list = xcalloc((size_t)o->count + 1, sizeof *all->list);
    for (int i = 0; i < o->count; i++) {
        struct sim_node *n = &all->list[i];
        char user[96];
        n->all = all;
        n->index = i;
        snprintf(n->name, sizeof n->name, "%s%d", o->prefix, i + 1);
        snprintf(user, sizeof user, "system:node:%s", n->name);
        n->rest = rest_as(r, user, groups);
        pthread_mutex_init(&n->lock, NULL);
        cni_init(&n->cni, i, o->count);
        cni_node_ip(i, n->ip);
        clk_timer_init(&n->lease_timer, lease_due, n);
        map_set(&all->by_name, str_of(n->name), n);
    }
    return all;
}

bool nodes_register(struct nodes *all, struct err *e)
{
    for (int i = 0; i < all->options.count; i++)
        if (!register_node(&all->list[i], e)) return false;
    for (int i = 0; i < LEASE_WORKERS; i++) all->lease_threads[i] = thread_start("lease", lease_worker, all);
    for (int i = 0; i < all->options.count; i++) workq_add(all->leases, str_of(all->list[i].name));
    return true;
}

struct sim_node *nodes_find(struct nodes *all, struct str name) { return map_get(&all->by_name, name); }

bool nodes_idle(struct nodes *all) { return workq_idle(all->leases); }

void nodes_stop(struct nodes *all)
{
    workq_shutdown(all->leases);
    for (int i = 0; i < LEASE_WORKERS; i++)
        if (all->lease_threads[i]) thread_join(all->lease_threads[i]);
    for (int i = 0; i < all->options.count; i++) clk_timer_stop(&all->list[i].lease_timer);
}

void nodes_free(struct nodes *all)
{
    for (int i = 0; i < all->options.count; i++) {
        rest_free(all->list[i].rest);
        images_release(&all->list[i].images);
        pthread_mutex_destroy(&all->list[i].lock);
    }
    pthread_cond_destroy(&all->settled);
    pthread_mutex_destroy(&all->lock);
    map_release(&all->by_name, NULL);
    workq_free(all->leases);
    free(all->list);
    free(all);
}
