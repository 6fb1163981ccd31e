/* cmd_status.c - kubestep status, list, down.
 * Reads: cluster directories, /proc, /readyz.   Writes: down removes what up made. */
#include "kubestep/kubestep.h"

#include "kubestep/cluster.h"

#include <stdio.h>

static bool api_ready(const struct cluster *c)
{
    struct err e = ERR_INIT;
    struct http_response answer;
    struct rest *r = cluster_connect(c, &e);
    if (!r) return false;
    http_response_init(&answer);
    const struct rest_call call = {.method = "GET", .path = "/readyz", .accept = "*/*", .timeout_ms = 2000};
    bool ok = rest_do_raw(r, &call, &answer, &e) && answer.status == 200;
    http_response_release(&answer);
    rest_free(r);
    return ok;
}

struct row {
    const struct process *p;
    bool ready;
};

static void status_text(const struct cluster *c, const struct row *rows)
{
    printf("Cluster \"%s\": https://127.0.0.1:%d, %lld nodes, flow %s\nKubeconfig: %s\n\n", c->name, c->port,
           (long long)c->nodes, c->flow, c->kubeconfig);
    printf("%-14s %8s  %s\n", "COMPONENT", "PID", "READY");
    for (int i = 0; i < c->ncomponents; i++)
        printf("%-14s %8d  %s\n", rows[i].p->name, (int)rows[i].p->pid, rows[i].ready ? "yes" : "NO");
}

static void status_json(const struct cluster *c, const struct row *rows)
{
    printf("{\"name\":\"%s\",\"server\":\"https://"
           "127.0.0.1:%d\",\"kubeconfig\":\"%s\",\"flow\":\"%s\",\"nodes\":%lld,\"components\":[",
           c->name, c->port, c->kubeconfig, c->flow, (long long)c->nodes);
    for (int i = 0; i < c->ncomponents; i++)
        printf("%s{\"name\":\"%s\",\"pid\":%d,\"ready\":%s}", i ? "," : "", rows[i].p->name, (int)rows[i].p->pid,
               rows[i].ready ? "true" : "false");
    printf("]}\n");
}

int cmd_status(int argc, char **argv)
{
    const char *name = cluster_default_name(), *output = "text";
    const struct opt opts[] = {OPT_NAME(name), OPT_OUTPUT(output, "text|json"), OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep status [flags]",
        .about =
            "Tells whether a cluster is up, and each of its processes. Exit code 0: all ready, 1: not all, 3: none.",
        .opts = opts};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!cluster_load(&c, name, &e))
        return cmd_fail(e.code == ERR_USAGE ? EXIT_USAGE : EXIT_NO_CLUSTER, "kubestep up", "%s", e.text);
    if (!cluster_is_up(&c)) return cmd_fail(EXIT_NO_CLUSTER, "kubestep up", "cluster \"%s\" is not running", name);
    struct row rows[CLUSTER_COMPONENTS];
    bool all = true;
    for (int i = 0; i < c.ncomponents; i++) {
        rows[i].p = &c.components[i];
        rows[i].ready = process_alive(rows[i].p) && (i > 0 || api_ready(&c));
        all = all && rows[i].ready;
    }
    if (strcmp(output, "json") == 0)
        status_json(&c, rows);
    else
        status_text(&c, rows);
    return all ? EXIT_YES : EXIT_NO;
}

/* ---- list ---- */

struct listing {
    bool json;
    int count;
};

static void list_one(void *arg, const char *name)
{
    struct listing *l = arg;
    struct cluster c;
    struct err e = ERR_INIT;
    if (!cluster_load(&c, name, &e)) return;
    const char *state = cluster_is_up(&c) ? "running" : "stopped";
    if (l->json)
        printf("%s{\"name\":\"%s\",\"state\":\"%s\",\"port\":%d,\"nodes\":%lld}", l->count ? "," : "", name, state,
               c.port, (long long)c.nodes);
    else if (l->count == 0)
        printf("%-24s %-8s %6s %6s\n", "NAME", "STATE", "PORT", "NODES");
    if (!l->json) printf("%-24s %-8s %6d %6lld\n", name, state, c.port, (long long)c.nodes);
    l->count++;
}

int cmd_list(int argc, char **argv)
{
    const char *output = "text";
    const struct opt opts[] = {OPT_OUTPUT(output, "text|json"), OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep list [flags]", .about = "Lists all clusters of this user.", .opts = opts};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    struct listing l = {.json = strcmp(output, "json") == 0};
    if (l.json) printf("{\"clusters\":[");
    cluster_each(list_one, &l);
    if (l.json)
        printf("]}\n");
    else if (!l.count)
        printf("No clusters. Start one: kubestep up\n");
    return EXIT_YES;
}

/* ---- down ---- */

int cmd_down(int argc, char **argv)
{
    const char *name = cluster_default_name();
    bool purge = false;
    const struct opt opts[] = {
        OPT_NAME(name), {"purge", 0, OPT_FLAG, &purge, NULL, "remove its data too", NULL}, OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep down [flags]",
        .about = "Stops a cluster. Its data stays for the next `kubestep up`, unless it was ephemeral.",
        .opts = opts};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!cluster_load(&c, name, &e))
        return cmd_fail(e.code == ERR_USAGE ? EXIT_USAGE : EXIT_NO_CLUSTER, "kubestep list", "%s", e.text);
    bool was_up = cluster_is_up(&c), gone = purge || c.ephemeral;
    cluster_down(&c, purge);
    printf("Cluster \"%s\" %s%s.\n", name, was_up ? "is stopped" : "was not running",
           gone ? "; its data is removed" : "; its data is kept");
    return EXIT_YES;
}
