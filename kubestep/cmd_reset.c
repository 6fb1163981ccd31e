/* cmd_reset.c - kubestep reset: a cluster goes back to the state after `kubestep up`.
 * Reads: options.   Writes: the cluster, through its API. */
#include "kubestep/kubestep.h"

#include "base/mono.h"
#include "kubestep/cluster.h"

#include <stdio.h>

enum { RESET_WAIT_MS = 60000 }; /* thousands of objects go, and their controllers come to rest */

int cmd_reset(int argc, char **argv)
{
    const char *name = cluster_default_name(), *output = "text";
    const struct opt opts[] = {OPT_NAME(name), OPT_OUTPUT(output, "text|json"), OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep reset [flags]",
        .about = "Takes back all that clients have written since `kubestep up`; watches end with 410 and list anew.",
        .opts = opts};
    struct opt_args args;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    struct rest *r = cluster_client(name, &code);
    if (!r) return code;
    const struct rest_call call = {
        .method = "POST", .path = "/apis/sim.kubestep.dev/v1/reset", .timeout_ms = RESET_WAIT_MS};
    int64_t began = mono_ns();
    bool ok = rest_do(r, &call, NULL, &e);
    int64_t us = (mono_ns() - began) / 1000;
    rest_free(r);
    if (!ok) return cmd_fail(cmd_code_of(&e), "kubestep status", "%s", e.text);
    if (strcmp(output, "json") == 0)
        printf("{\"name\":\"%s\",\"ms\":%.3f}\n", name, (double)us / 1000);
    else
        printf("Cluster \"%s\" is as it was after `kubestep up` (%.1f ms).\n", name, (double)us / 1000);
    return EXIT_YES;
}
