/* cmd_report.c - kubestep report DIR: what one attaches to a failed CI run.
 * Reads: the cluster's logs and, when it is up, its API.   Writes: files in DIR. */
#include "kubestep/kubestep.h"

#include "api/schema.h"
#include "base/io.h"
#include "kubestep/cluster.h"
#include "kubestep/report_list.h"

#include <dirent.h>
#include <stdio.h>

enum {
    LOG_MAX = 256 << 20,
    LIST_MAX = 256 << 20, /* of one kind: 50,000 pods; Decisions of large clusters are larger */
    PAGE = 500,
};

static int copy_logs(const struct cluster *c, const char *dir, struct err *e)
{
    char from[CLUSTER_PATH_MAX + 300], to[CLUSTER_PATH_MAX + 300], folder[CLUSTER_PATH_MAX + 16];
    int count = 0;
    snprintf(folder, sizeof folder, "%s/logs", c->dir);
    DIR *d = opendir(folder);
    for (struct dirent *it; d && (it = readdir(d));) {
        struct buf text AUTO_BUF = {0};
        if (it->d_name[0] == '.') continue;
        buf_init(&text, LOG_MAX);
        snprintf(from, sizeof from, "%s/%s", folder, it->d_name);
        snprintf(to, sizeof to, "%s/logs/%s", dir, it->d_name);
        if (io_read_file(from, &text, e) && io_write_file(to, buf_view(&text), 0644, false, e)) count++;
    }
    if (d) closedir(d);
    return count;
}

/* One list as DIR/objects/RESOURCE.GROUP.json; kinds that cannot be read are left out. */
static bool dump(struct rest *r, const struct api_resource *res, const char *dir)
{
    char path[512], to[CLUSTER_PATH_MAX + 300];
    struct report_list l = {.path = path, .file = to, .page = PAGE, .max = LIST_MAX};
    struct err e = ERR_INIT;
    snprintf(path, sizeof path, "%s%s/%s/%s", *res->group ? "/apis/" : "/api", res->group, res->version, res->plural);
    snprintf(to, sizeof to, "%s/objects/%s%s%s.json", dir, res->plural, *res->group ? "." : "", res->group);
    bool ok = report_list_save(&l, r, &e);
    if (l.cut) printf("%s: only the first %zu, up to %d MB\n", res->plural, l.items, LIST_MAX >> 20);
    return ok;
}

int cmd_report(int argc, char **argv)
{
    const char *name = cluster_default_name();
    const struct opt opts[] = {OPT_NAME(name), OPT_END};
    const struct opt_spec spec = {.usage = "kubestep report DIR [flags]",
                                  .about =
                                      "Writes logs, all objects, events, walks and decisions of a cluster into DIR.",
                                  .opts = opts,
                                  .min_args = 1,
                                  .max_args = 1};
    struct opt_args args;
    struct cluster c;
    struct err e = ERR_INIT;
    char folder[CLUSTER_PATH_MAX];
    int code, objects = 0;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    const char *dir = args.args[0];
    if (!cluster_load(&c, name, &e)) return cmd_fail(EXIT_NO_CLUSTER, "kubestep list", "%s", e.text);
    static const char *const folders[] = {"logs", "objects"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        snprintf(folder, sizeof folder, "%s/%s", dir, folders[i]);
        if (!io_mkdirs(folder, 0755, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    }
    int logs = copy_logs(&c, dir, &e);
    struct rest *r = cluster_is_up(&c) ? cluster_connect(&c, &e) : NULL;
    for (int i = 0; r && i < api_resource_count; i++)
        if (api_resources[i]->verbs & API_LIST_VERB) objects += dump(r, api_resources[i], dir);
    if (r) rest_free(r);
    printf("%s: %d logs, %d lists of objects%s\n", dir, logs, objects, r ? "" : " (the cluster is not running)");
    return EXIT_YES;
}
