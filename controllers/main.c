/* main.c - all controllers in one process, as kube-controller-manager.
 * Reads: controllers.def.   Writes: what the controllers write; its Lease. */
#include "base/clk.h"
#include "base/log.h"
#include "client/component.h"
#include "client/ctl.h"
#include "client/lease.h"
#include "client/pod_trim.h"

#include <stdio.h>

#define CONTROLLER(spec) extern const struct ctl_spec spec;
#include "controllers/controllers.def"
#undef CONTROLLER

static const struct ctl_spec *const specs[] = {
#define CONTROLLER(spec) &spec,
#include "controllers/controllers.def"
#undef CONTROLLER
};

enum { LEASE_S = 15, HELP_COLUMNS = 90 };

/* No controller writes a pod back whole: what none of them reads need not be kept of every pod. */
static void trim_pod(struct json *pod)
{
    static const char *const of_pod[] = {".metadata.managedFields",
                                         ".spec.dnsPolicy",
                                         ".spec.dnsConfig",
                                         ".spec.schedulerName",
                                         ".spec.serviceAccount",
                                         ".spec.serviceAccountName",
                                         ".spec.enableServiceLinks",
                                         ".spec.preemptionPolicy",
                                         ".spec.securityContext",
                                         ".spec.imagePullSecrets",
                                         ".status.hostIP",
                                         ".status.hostIPs",
                                         NULL};
    static const char *const of_status[] = {
        ".image", ".imageID", ".containerID", ".resources", ".allocatedResources", ".volumeMounts", ".user", NULL};
    static const struct pod_trim lists = {.pod = of_pod, .container = pod_trim_container, .status = of_status};
    pod_trim(pod, &lists);
}

static bool run(const struct component_flags *flags, struct err *e)
{
    struct rest *rest = component_connect("controllers", flags, e);
    if (!rest) return false;
    struct sim *sim = sim_start(rest, "controllers", str_eqc(str_of(flags->flow), "textbook"));
    struct ctl_host *host = ctl_host_new(rest, "controllers");
    ctl_host_set_sim(host, sim);
    ctl_host_trim(host, "v1/pods", trim_pod);
    for (size_t i = 0; i < ARRAY_LEN(specs); i++) ctl_start(host, specs[i]);
    if (!ctl_host_run(host)) return err_set(e, ERR_TIMEOUT, "the caches did not sync");
    struct lease *lease = lease_new(rest, "kube-system", "kube-controller-manager", "kubestep", LEASE_S);
    component_ready(flags);
    component_wait(flags);
    ctl_host_stop(host);
    lease_free(lease);
    sim_stop(sim);
    ctl_host_free(host);
    clk_shutdown();
    rest_free(rest);
    return true;
}

/* "Runs the controllers: node, deployment, ..." */
static const char *about_text(void)
{
    static char text[1024];
    size_t n = (size_t)snprintf(text, sizeof text, "Runs the controllers in one process:");
    for (size_t i = 0, line = n; i < ARRAY_LEN(specs) && n < sizeof text; i++) {
        bool wrap = n - line + strlen(specs[i]->name) > HELP_COLUMNS;
        if (i && strcmp(specs[i]->name, specs[i - 1]->name) == 0) continue; /* one controller with two queues */
        if (wrap) line = n;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s", i ? "," : "", wrap ? "\n" : " ", specs[i]->name);
    }
    if (n < sizeof text) snprintf(text + n, sizeof text - n, ".");
    return text;
}

int main(int argc, char **argv)
{
    struct component_flags flags = COMPONENT_FLAGS_INIT;
    const struct opt opts[] = {COMPONENT_OPTS(flags), {.name = NULL}};
    const struct opt_spec spec = {
        .usage = "controllers --kubeconfig FILE [flags]",
        .about = about_text(),
        .opts = opts,
    };
    struct opt_args args;
    struct err e = ERR_INIT;
    if (!opts_parse(&spec, argc, argv, &args, &e)) {
        fprintf(stderr, "controllers: %s\n", e.text);
        return 2;
    }
    if (args.help) return 0;
    component_init("controllers", &flags);
    if (run(&flags, &e)) return 0;
    LOG_E("%s", e.text);
    return 1;
}
