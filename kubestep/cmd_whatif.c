/* cmd_whatif.c - kubestep whatif: where pods would land, without creating them.
 * Reads: manifests, configurations of schedulers; a SchedulingReview's answer.   Writes: stdout. */
#include "kubestep/kubestep.h"

#include "api/object.h"
#include "api/yaml.h"
#include "base/io.h"
#include "base/mono.h"
#include "kubestep/cluster.h"
#include "kubestep/trial_view.h"

#include <stdio.h>

enum {
    MANIFEST_MAX = 3 << 20,    /* the API server takes no longer requests */
    ANSWER_MAX = 64 << 20,     /* a review of 3 MB with its results, as JSON */
    PATIENCE_MS = 40 * 1000,   /* the API server gives up before */
    SCHEDULER_START_MS = 3000, /* from its start until it has read the cluster */
    RETRY_MS = 50,
};

struct whatif {
    struct opt_list files;
    const char *config, *compare, *ns, *output;
    int64_t replicas, seed;
    bool fill;
};

/* ---- What is asked ---- */

static bool makes_pods(const struct json *object)
{
    static const char *const kinds[] = {
        "Pod", "ReplicationController", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"};
    struct str kind = obj_str(object, ".kind");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eqc(kind, kinds[i])) return true;
    return false;
}

static void add(struct arena *a, struct json *review, const struct whatif *w, const struct json *object)
{
    if (obj_is(object, ".kind", "List")) {
        for (OBJ_EACH(it, object, ".items")) add(a, review, w, it);
        return;
    }
    if (!makes_pods(object)) {
        fprintf(stderr, "kubestep: left out, for it makes no pods: %.*s %.*s\n", STR_ARG(obj_str(object, ".kind")),
                STR_ARG(obj_name(object)));
        return;
    }
    struct json *copy = obj_copy(a, object);
    if (!obj_ns(copy).n) obj_put_cstr(a, copy, ".metadata.namespace", w->ns);
    json_push(obj_edit(review, ".spec.workload"), copy);
}

/* All documents of a file. *text is what they point into. */
static bool read_trees(struct arena *a, const char *file, struct buf *text, struct json **docs, int *n, struct err *e)
{
    buf_init(text, MANIFEST_MAX);
    if (!io_read_file(file, text, e)) return false;
    return yaml_parse_all(a, buf_view(text), docs, YAML_DOCS_MAX, n, e) ||
           err_context(e, "%s", strcmp(file, "-") == 0 ? "stdin" : file);
}

static bool add_manifest(struct arena *a, struct json *review, const struct whatif *w, const char *file, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    struct json **docs = ARENA_ARRAY(a, struct json *, YAML_DOCS_MAX);
    int n = 0;
    if (!read_trees(a, file, &text, docs, &n, e)) return false;
    for (int i = 0; i < n; i++) add(a, review, w, docs[i]);
    return true;
}

static bool add_manifests(struct arena *a, struct json *review, const struct whatif *w, struct err *e)
{
    obj_put(a, review, ".spec.workload", obj_list(a));
    for (int i = 0; i < w->files.count; i++)
        if (!add_manifest(a, review, w, w->files.items[i], e)) return false;
    return obj_count(review, ".spec.workload") || err_set(e, ERR_BAD_REQUEST, "nothing in the manifests makes pods");
}

/* file NULL: there is none. */
static bool add_configuration(struct arena *a, struct json *review, const char *path, const char *file, struct err *e)
{
    struct buf text AUTO_BUF = {0};
    struct json **docs = ARENA_ARRAY(a, struct json *, YAML_DOCS_MAX);
    int n = 0;
    if (!file) return true;
    if (!read_trees(a, file, &text, docs, &n, e)) return false;
    if (n != 1 || !json_is(docs[0], JSON_OBJ))
        return err_set(e, ERR_BAD_REQUEST, "%s: must be one KubeSchedulerConfiguration", file);
    obj_put(a, review, path, obj_copy(a, docs[0]));
    return true;
}

static struct json *make_review(struct arena *a, const struct whatif *w, struct err *e)
{
    struct json *review = obj_new(a, "sim.kubestep.dev/v1", "SchedulingReview");
    bool ok = add_manifests(a, review, w, e) && add_configuration(a, review, ".spec.configuration", w->config, e) &&
              add_configuration(a, review, ".spec.compareWith", w->compare, e);
    if (w->replicas) obj_put_int(a, review, ".spec.replicas", w->replicas);
    if (w->seed) obj_put_int(a, review, ".spec.seed", w->seed);
    if (w->fill) obj_put_bool(a, review, ".spec.fill", true);
    return ok ? review : NULL;
}

/* ---- What is answered ---- */

static void print_json(const struct json *status)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, ANSWER_MAX);
    json_write(&text, status);
    printf("%.*s\n", STR_ARG(buf_view(&text)));
}

static int show(const struct json *review, const char *output)
{
    if (strcmp(output, "json") == 0) {
        print_json(obj_get(review, ".status"));
    } else {
        trial_view(obj_get(review, ".status.results"));
        printf("\nNothing was changed.\n");
    }
    for (OBJ_EACH(it, review, ".status.results"))
        if (obj_int(it, ".unschedulable", 0)) return EXIT_NO;
    return EXIT_YES;
}

/* A scheduler that has just been started is waited for. */
static bool ask(struct rest *r, const struct json *review, const struct object **answer, struct err *e)
{
    const struct rest_call call = {.method = "POST",
                                   .path = "/apis/sim.kubestep.dev/v1/schedulingreviews?fieldValidation=Strict",
                                   .body = review,
                                   .timeout_ms = PATIENCE_MS};
    int64_t until = mono_ns() + (int64_t)SCHEDULER_START_MS * 1000000;
    bool ok = rest_do(r, &call, answer, e);
    while (!ok && e->code == ERR_UNAVAILABLE && mono_ns() < until && http_wait(rest_http(r), RETRY_MS))
        ok = rest_do(r, &call, answer, e);
    return ok;
}

static int whatif(const char *name, const struct whatif *w)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct object *answer AUTO_OBJ = NULL;
    int code;
    const struct json *review = make_review(&a, w, &e);
    if (!review) return cmd_fail(EXIT_NO, NULL, "%s", e.text);
    struct rest *r = cluster_client(name, &code);
    if (!r) return code;
    if (ask(r, review, &answer, &e))
        code = show(answer->root, w->output);
    else
        code = cmd_fail(cmd_code_of(&e), e.code == ERR_UNAVAILABLE ? "kubestep status" : NULL, "%s", e.text);
    rest_free(r);
    return code;
}

int cmd_whatif(int argc, char **argv)
{
    const char *name = "default";
    struct whatif w = {.ns = "default", .output = "text"};
    const struct opt opts[] = {
        OPT_NAME(name),
        {"file", 'f', OPT_LIST, &w.files, "FILE|-", "manifests: pods, and what makes pods; may be repeated", NULL},
        {"namespace", 'n', OPT_STRING, &w.ns, "NS", "of objects that name none", NULL},
        {"replicas", 0, OPT_INT, &w.replicas, "N", "so many pods of each object (0: as it says)", NULL},
        {"fill", 0, OPT_FLAG, &w.fill, NULL, "also: how many more of the last pod fit?", NULL},
        {"config", 0, OPT_STRING, &w.config, "FILE", "with this KubeSchedulerConfiguration, not the one in force",
         NULL},
        {"compare", 0, OPT_STRING, &w.compare, "FILE", "and beside it with this one", NULL},
        {"seed", 0, OPT_INT, &w.seed, "N", "decides among nodes that are equally good", NULL},
        OPT_OUTPUT(w.output, "text|json"),
        OPT_END};
    const struct opt_spec spec = {
        .usage = "kubestep whatif -f FILE [flags]",
        .about = "Tells where pods would land in a cluster as it is now, and whom they would drive out. Nothing is\n"
                 "created and nothing changes. Exit code 1: not all of them find a node.",
        .opts = opts,
        .examples = "  kubestep whatif -f deployment.yaml --replicas 50\n"
                    "  kubestep whatif -f pod.yaml --fill\n"
                    "  kubestep whatif -f deployment.yaml --compare most-allocated.yaml"};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!w.files.count)
        return cmd_fail(EXIT_USAGE, "kubestep whatif --help", "whatif: -f FILE says what would be created");
    return whatif(name, &w);
}
