/* cmd_up.c - kubestep up: starts a cluster, waits until its nodes are ready, says how to reach it.
 * Reads: options.   Writes: the cluster's directory; the user's kubeconfig only with --merge-kubeconfig. */
#include "kubestep/kubestep.h"

#include "base/mono.h"
#include "kubestep/cluster.h"
#include "kubestep/kubeconfig_merge.h"
#include "kubestep/up_options.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(const struct cluster *c, const char *output, int64_t ms, bool was_up)
{
    if (strcmp(output, "env") == 0) {
        printf("KUBECONFIG=%s\n", c->kubeconfig);
        return;
    }
    if (strcmp(output, "json") == 0) {
        printf(
            "{\"name\":\"%s\",\"kubeconfig\":\"%s\",\"server\":\"https://127.0.0.1:%d\",\"nodes\":%lld,\"ms\":%lld}\n",
            c->name, c->kubeconfig, c->port, (long long)c->nodes, (long long)ms);
        return;
    }
    if (was_up)
        printf("Cluster \"%s\" is up already.\n", c->name);
    else
        printf("Cluster \"%s\" is up: %lld node%s, https://127.0.0.1:%d, %lld ms.\n", c->name, (long long)c->nodes,
               c->nodes == 1 ? "" : "s", c->port, (long long)ms);
    printf("Kubeconfig: %s\n\nexport KUBECONFIG=%s\n", c->kubeconfig, c->kubeconfig);
}

/* Until SIGINT or SIGTERM, or until a component ends by itself (exit 1, with its last words). */
static int stay(struct cluster *c)
{
    sigset_t set;
    struct pollfd fds[CLUSTER_COMPONENTS + 1];
    int code = EXIT_YES;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fds[0] = (struct pollfd){.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN};
    for (int i = 0; i < c->ncomponents; i++)
        fds[i + 1] = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, c->components[i].pid, 0), .events = POLLIN};
    fflush(stdout);
    poll(fds, (nfds_t)c->ncomponents + 1, -1);
    for (int i = 0; i < c->ncomponents; i++)
        if (fds[i + 1].revents) {
            char log[CLUSTER_PATH_MAX + 64];
            cluster_log_path(c, c->components[i].name, log, sizeof log);
            code = cmd_fail(EXIT_NO, NULL, "%s ended; its log is %s", c->components[i].name, log);
        }
    cluster_down(c, false);
    return code;
}

int cmd_up(int argc, char **argv)
{
    struct cluster_options o = CLUSTER_OPTIONS_INIT;
    bool foreground = false, merge = false;
    const char *output = "text";
    char random_name[CLUSTER_NAME_MAX + 1];
    const struct opt opts[] = {
        UP_OPTIONS(o),
        {"foreground", 0, OPT_FLAG, &foreground, NULL, "stay until interrupted, then stop the cluster", NULL},
        {"merge-kubeconfig", 0, OPT_FLAG, &merge, NULL, "add it to your own kubeconfig as context kubestep-NAME", NULL},
        OPT_OUTPUT(output, "text|env|json"),
        OPT_END,
    };
    const struct opt_spec spec = {.usage = "kubestep up [flags]",
                                  .about =
                                      "Starts a cluster of separate processes and waits until its nodes are ready.",
                                  .opts = opts,
                                  .examples = "  kubestep up --nodes 5\n  export $(kubestep up -o env)"};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (o.ephemeral && strcmp(o.name, "default") == 0) {
        cluster_random_name(random_name);
        o.name = random_name;
    }
    if (cluster_load(&c, o.name, &e) && cluster_is_up(&c)) {
        say(&c, output, 0, true);
        return EXIT_YES;
    }
    int64_t started = mono_ms();
    e = (struct err)ERR_INIT;
    if (!cluster_up(&c, &o, &e))
        return cmd_fail(e.code == ERR_TIMEOUT ? EXIT_TIMED_OUT
                        : e.code == ERR_USAGE ? EXIT_USAGE
                                              : EXIT_NO,
                        "kubestep logs apiserver", "%s", e.text);
    if (merge && !kubeconfig_merge(&c, &e)) cmd_fail(EXIT_NO, NULL, "not merged: %s", e.text);
    say(&c, output, mono_ms() - started, false);
    return foreground ? stay(&c) : EXIT_YES;
}
