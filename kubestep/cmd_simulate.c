/* cmd_simulate.c - kubestep simulate: where a workload would land on a cluster that was printed. It needs no cluster:
 * `apiserver --admit` makes of manifests what a server would, `scheduler --simulate` places their pods.
 * Reads: dumps, manifests.   Writes: stdout. */
#include "kubestep/kubestep.h"

#include "api/object.h"
#include "base/io.h"
#include "kubestep/dump.h"
#include "kubestep/filter.h"
#include "kubestep/trial_view.h"

#include <stdio.h>

enum {
    MANIFESTS_MAX = 64 << 20,
    ANSWER_MAX = 1 << 30, /* 100,000 placements have some 100 MB */
    COMPLAINTS_MAX = 1 << 20,
};

struct simulate {
    struct opt_list cluster, manifests;
    const char *config, *compare, *output;
    int64_t replicas, seed;
    bool fill;
};

static const char *shown(const char *file) { return strcmp(file, "-") == 0 ? "stdin" : file; }

/* Without the line end. */
static int complain(const char *what, const struct buf *complaints)
{
    struct str text = buf_view(complaints);
    while (text.n && text.p[text.n - 1] == '\n') text.n--;
    return cmd_fail(EXIT_NO, NULL, "%s%s%.*s", what, *what ? ": " : "", STR_ARG(text));
}

/* ---- The workload ---- */

/* Defaulted objects, a line each. */
static int admit(const char *file, struct buf *objects)
{
    static const char *const args[] = {"--admit", NULL};
    struct buf text AUTO_BUF = {0}, complaints AUTO_BUF = {0};
    struct filter f;
    struct err e = ERR_INIT;
    buf_init(&text, MANIFESTS_MAX);
    buf_init(&complaints, COMPLAINTS_MAX);
    if (!io_read_file(file, &text, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    if (!filter_start(&f, "apiserver", args, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    (void)filter_write(&f, buf_view(&text)); /* if it does not read, it says why */
    if (!filter_end(&f, objects, &complaints)) return complain(shown(file), &complaints);
    fprintf(stderr, "%.*s", STR_ARG(buf_view(&complaints)));
    return EXIT_YES;
}

static void put_member(struct buf *order, const char *key, const char *text)
{
    if (!text) return;
    buf_addf(order, ",\"%s\":", key);
    json_write_string(order, str_of(text));
}

/* The first line of the scheduler's input. */
static int write_order(const struct simulate *s, struct buf *order)
{
    struct buf objects AUTO_BUF = {0};
    buf_init(&objects, SIZE_MAX);
    for (int i = 0; i < s->manifests.count; i++) {
        int code = admit(s->manifests.items[i], &objects);
        if (code != EXIT_YES) return code;
    }
    buf_cstr(order, "{\"workload\":[");
    struct str rest = buf_view(&objects);
    for (const char *before = ""; rest.n; before = ",") {
        struct str line = str_cut(rest, '\n', &rest);
        buf_addf(order, "%s%.*s", line.n ? before : "", STR_ARG(line));
    }
    buf_addf(order, "],\"replicas\":%lld,\"seed\":%lld", (long long)s->replicas, (long long)s->seed);
    if (s->fill) buf_cstr(order, ",\"fill\":true");
    put_member(order, "config", s->config);
    put_member(order, "compare", s->compare);
    buf_cstr(order, "}\n");
    return EXIT_YES;
}

/* ---- The cluster ---- */

static bool pass_on(void *arg, struct str line, struct err *e)
{
    return filter_write(arg, line) || err_set(e, ERR_CLOSED, "the scheduler reads no more");
}

static bool pass_cluster(const char *file, struct filter *f, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, DUMP_MAX);
    return io_read_file(file, &text, e) &&
           (dump_each(buf_view(&text), pass_on, f, e) || err_context(e, "%s", shown(file)));
}

/* ---- The answer ---- */

static int show(const struct simulate *s, struct str answer)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j = json_parse(&a, answer, &e);
    if (!j) return cmd_fail(EXIT_NO, NULL, "scheduler: %s", e.text);
    if (strcmp(s->output, "json") == 0)
        printf("%.*s", STR_ARG(answer));
    else
        trial_view(obj_get(j, ".results"));
    for (OBJ_EACH(r, j, ".results"))
        if (obj_int(r, ".unschedulable", 0)) return EXIT_NO;
    return EXIT_YES;
}

static int simulate(const struct simulate *s)
{
    static const char *const args[] = {"--simulate", NULL};
    struct buf order AUTO_BUF = {0}, answer AUTO_BUF = {0}, complaints AUTO_BUF = {0};
    struct filter f;
    struct err e = ERR_INIT;
    buf_init(&order, SIZE_MAX);
    buf_init(&answer, ANSWER_MAX);
    buf_init(&complaints, COMPLAINTS_MAX);
    int code = write_order(s, &order);
    if (code != EXIT_YES) return code;
    if (!filter_start(&f, "scheduler", args, &e)) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    bool passed = filter_write(&f, buf_view(&order)) || err_set(&e, ERR_CLOSED, "the scheduler reads no more");
    for (int i = 0; i < s->cluster.count && passed; i++) passed = pass_cluster(s->cluster.items[i], &f, &e);
    bool ok = filter_end(&f, &answer, &complaints);
    if (!passed && e.code != ERR_CLOSED) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    return ok && passed ? show(s, buf_view(&answer)) : complain("", &complaints);
}

int cmd_simulate(int argc, char **argv)
{
    struct simulate s = {.output = "text", .seed = 1};
    const struct opt opts[] = {
        {"cluster", 0, OPT_LIST, &s.cluster, "FILE", "what `kubectl get` printed of the cluster; may be repeated",
         NULL},
        {"file", 'f', OPT_LIST, &s.manifests, "FILE|-", "the workload's manifests; may be repeated", NULL},
        {"config", 0, OPT_STRING, &s.config, "FILE", "a KubeSchedulerConfiguration, instead of the default one", NULL},
        {"compare", 0, OPT_STRING, &s.compare, "FILE", "another one, to be shown beside it", NULL},
        {"replicas", 0, OPT_INT, &s.replicas, "N", "so many pods of each object, instead of what it says", NULL},
        {"fill", 0, OPT_FLAG, &s.fill, NULL, "also of several kinds of pods: how many more of the last one fit", NULL},
        {"seed", 0, OPT_INT, &s.seed, "N", "seed of the choice among equal nodes", NULL},
        OPT_OUTPUT(s.output, "text|json"),
        OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep simulate --cluster FILE -f FILE [flags]",
        .about =
            "Says where the pods of a workload would land on a cluster, who would have to go for them, and how many\n"
            "more fit. It needs no cluster: the nodes and pods come from a file. Exit code 0: all find a node.",
        .opts = opts,
        .examples =
            "  kubectl get nodes,pods,pv,pvc,sc,pdb,priorityclasses,svc,rs,sts,rc,ns,csinodes -A -o yaml > dump.yaml\n"
            "  kubestep simulate --cluster dump.yaml -f deployment.yaml\n"
            "  kubestep simulate --cluster dump.yaml -f deployment.yaml --replicas 50 --compare packed.yaml"};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!s.cluster.count || !s.manifests.count)
        return cmd_fail(EXIT_USAGE, "kubestep simulate --help", "simulate: --cluster FILE and -f FILE say what to try");
    if (s.replicas < 0 || s.replicas > INT32_MAX)
        return cmd_fail(EXIT_USAGE, NULL, "--replicas: %lld is no number of pods", (long long)s.replicas);
    return simulate(&s);
}
