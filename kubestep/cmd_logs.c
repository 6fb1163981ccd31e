/* cmd_logs.c - kubestep logs: prints the log of one component, and follows it (inotify, no polling).
 * Reads: the cluster's logs.   Writes: stdout. */
#include "kubestep/kubestep.h"

#include "kubestep/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static bool copy_rest(int fd)
{
    char chunk[16 * 1024];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        if (fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n) return false;
    return fflush(stdout) == 0;
}

static int follow(int fd, const char *path)
{
    char events[4096];
    int in = inotify_init1(IN_CLOEXEC);
    if (in < 0 || inotify_add_watch(in, path, IN_MODIFY | IN_DELETE_SELF) < 0)
        return cmd_fail(EXIT_NO, NULL, "%s: %s", path, strerror(errno));
    while (copy_rest(fd)) {
        ssize_t n = read(in, events, sizeof events);
        if (n <= 0) break;
        const struct inotify_event *ev = (const void *)events;
        if (ev->mask & (IN_DELETE_SELF | IN_IGNORED)) break;
    }
    close(in);
    return EXIT_YES;
}

int cmd_logs(int argc, char **argv)
{
    const char *name = cluster_default_name();
    bool f = false;
    const struct opt opts[] = {
        OPT_NAME(name), {"follow", 'f', OPT_FLAG, &f, NULL, "keep printing what is added", NULL}, OPT_END};
    const struct opt_spec spec = {.usage = "kubestep logs COMPONENT [flags]",
                                  .about = "Prints the log of apiserver, scheduler, controllers or kubelet-sim.",
                                  .opts = opts,
                                  .min_args = 1,
                                  .max_args = 1};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    char path[CLUSTER_PATH_MAX + 64];
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!cluster_locate(&c, name, &e)) return cmd_fail(EXIT_USAGE, NULL, "%s", e.text);
    cluster_log_path(&c, args.args[0], path, sizeof path);
    int fd = strchr(args.args[0], '/') ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cmd_fail(EXIT_NO_CLUSTER, "kubestep status", "cluster \"%s\" has no log of \"%s\"", name, args.args[0]);
    code = f ? follow(fd, path) : copy_rest(fd) ? EXIT_YES : EXIT_NO;
    close(fd);
    return code;
}
