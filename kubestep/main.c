/* main.c - the kubestep command: picks the subcommand.
 * Reads: argv.   Writes: nothing itself. */
#include "kubestep/kubestep.h"

#include "base/log.h"
#include "base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *verb, *about;
    cmd_fn *run;
} verbs[] = {
    {"up", "start a cluster", cmd_up},
    {"run", "a private cluster for one command", cmd_run},
    {"down", "stop a cluster", cmd_down},
    {"status", "is it up, and each of its processes", cmd_status},
    {"list", "all clusters of this user", cmd_list},
    {"logs", "the log of one component", cmd_logs},
    {"report", "everything about a cluster into a directory", cmd_report},
    {"fsck", "check a cluster's store", cmd_fsck},
    {"reset", "take a cluster back to the state after up", cmd_reset},
    {"snapshot", "save or restore a cluster's store", cmd_snapshot},
    {"walk", "create a pod and see the fifteen steps", cmd_walk},
    {"step", "stop a scheduling cycle at each plugin", cmd_step},
    {"trace", "the steps of a pod that exists", cmd_trace},
    {"why", "why a pod is on its node, or on none", cmd_why},
    {"whatif", "where pods would land, without creating them", cmd_whatif},
    {"simulate", "where a workload would land, on a printed cluster", cmd_simulate},
    {"clock", "the cluster's time: pause, advance, speed up", cmd_clock},
    {"convert", "objects as JSON, YAML or protobuf, without a cluster", cmd_convert},
};

static void usage(FILE *to)
{
    fprintf(to, "kubestep: a Kubernetes control plane to step through and to test against\n\nUsage: kubestep COMMAND "
                "[flags]\n\nCommands:\n");
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) fprintf(to, "  %-10s %s\n", verbs[i].verb, verbs[i].about);
    fprintf(to, "\nExit codes: 0 yes, 1 the answer is no, 2 usage, 3 no cluster or unreachable, 4 timed out.\n"
                "`kubestep COMMAND --help` tells more.\n");
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    log_init("kubestep", 0);
    const char *verb = argc > 1 ? argv[1] : "";
    if (!strcmp(verb, "--help") || !strcmp(verb, "-h") || !strcmp(verb, "help")) {
        usage(stdout);
        return EXIT_YES;
    }
    if (!strcmp(verb, "--version") || !strcmp(verb, "version")) {
        printf("kubestep %s (Kubernetes v1.36.3)\n", KUBESTEP_VERSION);
        return EXIT_YES;
    }
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (!strcmp(verb, verbs[i].verb)) return verbs[i].run(argc - 1, argv + 1);
    if (*verb) fprintf(stderr, "kubestep: unknown command \"%s\"\n\n", verb);
    usage(stderr);
    return EXIT_USAGE;
}
