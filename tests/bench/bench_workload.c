/* bench_workload.c - what controllers do at scale: a Deployment of 1,000 replicas created and rolled, many idle
 * Deployments, the garbage collector, the memory of 30,000 running pods. */
#include "bench.h"

#include "base/mono.h"

#include <stdio.h>
#include <string.h>

enum { REPLICAS = 1000, NODES = 100, PATH_TEXT = 256 };

struct plane {
    struct server server;
    struct creds *creds;
    struct conn *conn;
};

static void plane_start(struct plane *p, int nodes)
{
    char pki[600];
    server_start_cluster(&p->server, nodes, false);
    snprintf(pki, sizeof pki, "%s/pki", p->server.dir);
    p->creds = creds_load(pki);
    p->conn = conn_open(p->creds, p->server.port);
}

static void plane_stop(struct plane *p)
{
    conn_close(p->conn);
    creds_free(p->creds);
    server_stop(&p->server);
}

static void send_ok(struct plane *p, const char *method, const char *path, const char *type, struct str body)
{
    int status = conn_request(p->conn, method, path, type, body, NULL);
    if (status < 200 || status > 299) bench_die("%s %s: status %d", method, path, status);
}

static void deployment_text(struct buf *out, const char *name, int replicas, const char *image)
{
    buf_addf(
        out,
        "{\"metadata\":{\"name\":\"%s\"},\"spec\":{\"replicas\":%d,\"selector\":{\"matchLabels\":{\"app\":\"%s\"}},"
        "\"template\":{\"metadata\":{\"labels\":{\"app\":\"%s\"}},\"spec\":{\"containers\":[{\"name\":\"web\","
        "\"image\":\"%s\",\"resources\":{\"requests\":{\"cpu\":\"10m\",\"memory\":\"16Mi\"}}}]}}}}",
        name, replicas, name, name, image);
}

static void create_deployment(struct plane *p, const char *name, int replicas)
{
    struct buf body AUTO_BUF = {0};
    buf_init(&body, 64 * 1024);
    deployment_text(&body, name, replicas, "nginx:1.25");
    send_ok(p, "POST", "/apis/apps/v1/namespaces/default/deployments", "application/json", buf_view(&body));
}

static bool line_has(struct str line, const char *text) { return memmem(line.p, line.n, text, strlen(text)) != NULL; }

/* Follows a watch until `wanted` events of that type have come. Returns when the last came; *first_s the first. */
static double wait_events(struct plane *p, const char *path, const char *type, int wanted, double *first_s)
{
    struct conn *c = conn_open(p->creds, p->server.port);
    struct str line;
    int seen = 0;
    conn_stream(c, path);
    while (seen < wanted && conn_line(c, &line)) {
        if (!line_has(line, type)) continue;
        if (!seen++ && first_s) *first_s = now_s();
    }
    conn_close(c);
    if (seen < wanted) bench_die("%s: %d of %d events came", path, seen, wanted);
    return now_s();
}

/* Until the Deployment's status says that its rollout is complete. */
static double wait_complete(struct plane *p, const char *name, int replicas, const char *generation)
{
    struct conn *c = conn_open(p->creds, p->server.port);
    struct str line;
    char path[PATH_TEXT], ready[64], updated[64], observed[64], total[64];
    bool done = false;
    snprintf(
        path, sizeof path,
        "/apis/apps/v1/namespaces/default/deployments?watch=true&resourceVersion=0&fieldSelector=metadata.name%%3D%s",
        name);
    snprintf(ready, sizeof ready, "\"availableReplicas\":%d", replicas);
    snprintf(updated, sizeof updated, "\"updatedReplicas\":%d", replicas);
    snprintf(total, sizeof total, "\"status\":{\"observedGeneration\":%s,\"replicas\":%d,", generation, replicas);
    snprintf(observed, sizeof observed, "\"unavailableReplicas\"");
    conn_stream(c, path);
    while (!done && conn_line(c, &line))
        done = line_has(line, ready) && line_has(line, updated) && line_has(line, total) && !line_has(line, observed);
    conn_close(c);
    if (!done) bench_die("the rollout of %s did not end", name);
    return now_s();
}

void bench_rollout(bool quick)
{
    (void)quick; /* a thousand take seconds */
    struct plane p;
    plane_start(&p, NODES);
    double cpu = proc_cpu_us(&p.server), started = now_s();
    create_deployment(&p, "big", REPLICAS);
    double created = wait_events(&p, "/api/v1/namespaces/default/pods?watch=true&resourceVersion=0",
                                 "\"type\":\"ADDED\"", REPLICAS, NULL) -
                     started;
    double running = wait_complete(&p, "big", REPLICAS, "1") - started;
    result("a Deployment of 1,000: pods created", REPLICAS / created, "pods/s", HIGHER, 2000, 726);
    result("a Deployment of 1,000: all available", running, "s", LOWER, 2, 0);
    result("a Deployment of 1,000: CPU of all four", (proc_cpu_us(&p.server) - cpu) / REPLICAS, "us/pod", LOWER, 0, 0);
    started = now_s();
    cpu = proc_cpu_us(&p.server);
    send_ok(&p, "PATCH", "/apis/apps/v1/namespaces/default/deployments/big", "application/strategic-merge-patch+json",
            STR("{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"nginx:1.26\"}]}}}}"));
    result("a rolling update of 1,000", wait_complete(&p, "big", REPLICAS, "2") - started, "s", LOWER, 0, 0);
    result("a rolling update of 1,000: CPU of all four", (proc_cpu_us(&p.server) - cpu) / REPLICAS, "us/pod", LOWER, 0,
           0);
    plane_stop(&p);
}

void bench_idle(bool quick)
{
    struct plane p;
    int total = quick ? 1000 : 10000;
    char name[32], label[80];
    plane_start(&p, 3);
    double started = now_s();
    for (int i = 0; i < total; i++) {
        snprintf(name, sizeof name, "idle-%d", i);
        create_deployment(&p, name, 0);
    }
    wait_events(&p, "/apis/apps/v1/replicasets?watch=true&resourceVersion=0", "\"type\":\"ADDED\"", total, NULL);
    snprintf(label, sizeof label, "%d Deployments of 0: created with their ReplicaSets", total);
    result(label, now_s() - started, "s", LOWER, 0, 0);
    mono_sleep_ms(3000); /* their last statuses */
    double cpu = proc_cpu_us(&p.server);
    mono_sleep_ms(quick ? 2000 : 10000);
    snprintf(label, sizeof label, "%d idle Deployments: CPU of all four", total);
    result(label, (proc_cpu_us(&p.server) - cpu) / (quick ? 2e4 : 10e4), "%", LOWER, 0, 0);
    snprintf(label, sizeof label, "%d idle Deployments: shared once (PSS)", total);
    result(label, proc_pss_mb(&p.server), "MB", LOWER, 0, 0);
    plane_stop(&p);
}

/* One owner, 20,000 ConfigMaps that it owns: from the owner's DELETE to the last one's. */
void bench_garbage(bool quick)
{
    struct plane p;
    int total = quick ? 2000 : 20000;
    struct buf answer AUTO_BUF = {0};
    char body[512], label[80], uid[64] = "";
    plane_start(&p, 1);
    buf_init(&answer, 64 * 1024);
    if (conn_request(p.conn, "POST", "/api/v1/namespaces/default/configmaps", "application/json",
                     STR("{\"metadata\":{\"name\":\"owner\"}}"), &answer) != 201)
        bench_die("the owner was not created");
    const char *at = memmem(answer.p, answer.n, "\"uid\":\"", 7);
    if (!at || sscanf(at, "\"uid\":\"%63[^\"]", uid) != 1) bench_die("the owner has no uid");
    for (int i = 0; i < total; i++) {
        int n = snprintf(body, sizeof body,
                         "{\"metadata\":{\"name\":\"dependent-%d\",\"labels\":{\"of\":\"owner\"},\"ownerReferences\":[{"
                         "\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"name\":\"owner\",\"uid\":\"%s\"}]}}",
                         i, uid);
        send_ok(&p, "POST", "/api/v1/namespaces/default/configmaps", "application/json", str_n(body, (size_t)n));
    }
    mono_sleep_ms(500); /* the collector's graph has them */
    double started = now_s(), cpu = proc_cpu_us(&p.server);
    send_ok(&p, "DELETE", "/api/v1/namespaces/default/configmaps/owner?propagationPolicy=Background", NULL, STR_NULL);
    struct buf list AUTO_BUF = {0};
    buf_init(&list, 256 << 20);
    for (;;) { /* the client may poll; a page of one costs next to nothing */
        list.n = 0;
        send_ok(&p, "GET", "/version", NULL, STR_NULL);
        if (conn_request(p.conn, "GET", "/api/v1/namespaces/default/configmaps?limit=1&labelSelector=of%3Downer", NULL,
                         STR_NULL, &list) != 200)
            bench_die("list failed");
        if (memmem(list.p, list.n, "\"items\":[]", 10)) break;
        if (now_s() - started > 120) bench_die("the garbage collector did not end");
        mono_sleep_ms(20);
    }
    snprintf(label, sizeof label, "garbage collection of %d dependents", total);
    result(label, now_s() - started, "s", LOWER, quick ? 0 : 5, 0);
    snprintf(label, sizeof label, "garbage collection of %d: CPU of all four", total);
    result(label, (proc_cpu_us(&p.server) - cpu) / total, "us/object", LOWER, 0, 0);
    plane_stop(&p);
}

void bench_memory(bool quick)
{
    struct plane p;
    int total = quick ? 3000 : 30000;
    char name[32], label[80];
    plane_start(&p, quick ? 30 : 300);
    double started = now_s();
    for (int i = 0; i * REPLICAS < total; i++) {
        snprintf(name, sizeof name, "fill-%d", i);
        create_deployment(&p, name, REPLICAS);
    }
    wait_events(&p, "/api/v1/pods?watch=true&resourceVersion=0&fieldSelector=status.phase%3DRunning",
                "\"type\":\"ADDED\"", total, NULL);
    snprintf(label, sizeof label, "%d pods of Deployments: from create to Running", total);
    result(label, total / (now_s() - started), "pods/s", HIGHER, 0, 0);
    mono_sleep_ms(3000);
    snprintf(label, sizeof label, "%d Running pods: four processes, sum of RSS", total);
    result(label, proc_rss_mb(&p.server), "MB", LOWER, quick ? 0 : 600, 0);
    snprintf(label, sizeof label, "%d Running pods: shared once (PSS)", total);
    result(label, proc_pss_mb(&p.server), "MB", LOWER, 0, 0);
    plane_stop(&p);
}
