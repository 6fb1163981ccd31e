/* cmd_store.c - kubestep fsck and snapshot: run `apiserver --fsck` and `apiserver --snapshot` on a cluster's store.
 * Reads: the cluster's directory.   Writes: snapshot files; restore replaces the store of a stopped cluster. */
#include "kubestep/kubestep.h"

#include "base/io.h"
#include "kubestep/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int run_apiserver(const char *const *args)
{
    char program[CLUSTER_PATH_MAX];
    const char *argv[16] = {"apiserver"};
    struct err e = ERR_INIT;
    int status;
    if (!process_program("apiserver", program, sizeof program, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    for (int i = 0; args[i] && i < 14; i++) argv[i + 1] = args[i];
    pid_t pid = fork();
    if (pid == 0) {
        execv(program, (char *const *)argv);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_NO;
}

/* The store file of a cluster that keeps one. */
static bool store_file(const char *name, bool must_be_down, struct cluster *c, int *code)
{
    struct err e = ERR_INIT;
    if (!cluster_load(c, name, &e))
        *code = cmd_fail(EXIT_NO_CLUSTER, "kubestep list", "%s", e.text);
    else if (strcmp(c->store, "memory") == 0)
        *code = cmd_fail(EXIT_NO, NULL, "cluster \"%s\" keeps its store in memory", name);
    else if (must_be_down && cluster_is_up(c))
        *code = cmd_fail(EXIT_NO, "kubestep down", "cluster \"%s\" is running", name);
    else
        return true;
    return false;
}

int cmd_fsck(int argc, char **argv)
{
    const char *name = cluster_default_name();
    const struct opt opts[] = {OPT_NAME(name), OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep fsck [PATH] [flags]",
        .about = "Checks the tables of a store against each other; each finding is a line. Exit code 0: none.",
        .opts = opts,
        .max_args = 1};
    struct opt_args args;
    struct cluster c;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (args.count == 0 && !store_file(name, true, &c, &code)) return code;
    const char *fsck[] = {"--fsck", args.count ? args.args[0] : c.store, NULL};
    return run_apiserver(fsck);
}

static int save(const char *name, const char *to)
{
    struct cluster c;
    int code;
    if (!store_file(name, false, &c, &code)) return code;
    if (cluster_is_up(&c)) { /* the running API server copies its own store */
        struct err e = ERR_INIT;
        struct rest *r = cluster_connect(&c, &e);
        struct arena a AUTO_ARENA = {0};
        char absolute[CLUSTER_PATH_MAX], here[CLUSTER_PATH_MAX / 2];
        arena_init(&a, 1024);
        snprintf(absolute, sizeof absolute, "%s%s%s",
                 to[0] == '/'                ? ""
                 : getcwd(here, sizeof here) ? here
                                             : ".",
                 to[0] == '/' ? "" : "/", to);
        struct json *body = obj_empty(&a);
        obj_put_cstr(&a, body, ".path", absolute);
        const struct rest_call call = {.method = "POST", .path = "/apis/sim.kubestep.dev/v1/snapshot", .body = body};
        bool ok = r && rest_do(r, &call, NULL, &e);
        if (r) rest_free(r);
        return ok ? EXIT_YES : cmd_fail(cmd_code_of(&e), NULL, "%s", e.text);
    }
    const char *args[] = {"--store", c.store, "--snapshot", to, NULL};
    return run_apiserver(args);
}

static int restore(const char *name, const char *from)
{
    struct cluster c;
    struct err e = ERR_INIT;
    struct buf bytes AUTO_BUF = {0};
    char side[CLUSTER_PATH_MAX + 64];
    int code;
    const char *fsck[] = {"--fsck", from, NULL};
    if (!store_file(name, true, &c, &code)) return code;
    if ((code = run_apiserver(fsck)) != 0) return cmd_fail(EXIT_NO, NULL, "%s is no sound store", from);
    buf_init(&bytes, (size_t)16 << 30);
    if (!io_read_file(from, &bytes, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    static const char *const sides[] = {"-wal", "-shm"}; /* of the store that is replaced */
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        snprintf(side, sizeof side, "%s%s", c.store, sides[i]);
        unlink(side);
    }
    if (!io_write_file(c.store, buf_view(&bytes), 0600, true, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    return EXIT_YES;
}

int cmd_snapshot(int argc, char **argv)
{
    const char *name = cluster_default_name();
    const struct opt opts[] = {OPT_NAME(name), OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep snapshot save|restore FILE [flags]",
        .about = "Saves the store of a cluster into FILE (also while it runs), or restores it (while it is stopped).",
        .opts = opts,
        .min_args = 2,
        .max_args = 2};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (strcmp(args.args[0], "save") == 0)
        code = save(name, args.args[1]);
    else if (strcmp(args.args[0], "restore") == 0)
        code = restore(name, args.args[1]);
    else
        return cmd_fail(EXIT_USAGE, "kubestep snapshot --help", "want save or restore, not \"%s\"", args.args[0]);
    if (code == EXIT_YES) printf("%s: %s\n", args.args[1], strcmp(args.args[0], "save") == 0 ? "saved" : "restored");
    return code;
}
