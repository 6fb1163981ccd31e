/* cmd_why.c - kubestep why and trace: what the API server recorded of a pod.
 * Reads: decisions, walks.   Writes: stdout. */
#include "kubestep/kubestep.h"

#include "kubestep/cluster.h"
#include "kubestep/walk_view.h"
#include "kubestep/why_view.h"

#include <stdio.h>

/* "pod/web", "pods/web" or "web" -> "web" */
static struct str pod_name(const char *arg)
{
    static const char *const prefixes[] = {"pod/", "pods/", "po/"};
    struct str s = str_of(arg);
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (str_starts(s, str_of(prefixes[i]))) return str_from(s, strlen(prefixes[i]));
    return s;
}

static bool pod_exists(struct rest *r, const char *ns, struct str name)
{
    struct err e = ERR_INIT;
    return rest_get(r, "v1/pods", str_of(ns), name, NULL, &e);
}

/* "web-12" -> 12 */
static int64_t attempt_of(struct str decision)
{
    int64_t n = 0;
    size_t at = decision.n;
    while (at && decision.p[at - 1] != '-') at--;
    return str_to_i64(str_from(decision, at), &n) ? n : 0;
}

/* The name of the pod's newest attempt, or of the one that is asked for; its names alone are listed, for Decisions are
 * large. In the arena; STR_NULL: there is none, or *e. */
static struct str pick(struct rest *r, struct arena *a, const char *ns, struct str pod, int64_t attempt, struct err *e)
{
    const char *path =
        arena_printf(a, "%s?fieldSelector=spec.pod%%3D%.*s",
                     rest_path(a, "sim.kubestep.dev/v1/decisions", str_of(ns), STR_NULL, NULL), STR_ARG(pod));
    const struct rest_call call = {
        .method = "GET", .path = path, .accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"};
    const struct object *list AUTO_OBJ = NULL;
    struct str best = STR_NULL;
    if (!rest_do(r, &call, &list, e)) return STR_NULL;
    for (OBJ_EACH(d, list->root, ".items")) {
        int64_t n = attempt_of(obj_name(d));
        if (attempt ? n == attempt : !best.p || n >= attempt_of(best)) best = obj_name(d);
    }
    return best.p ? str_copy(a, best) : STR_NULL;
}

static void print_json(const struct json *d)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 256 << 20);
    json_write(&text, d);
    printf("%s\n", text.p);
}

static int show_decision(const struct json *d, const char *output, const char *node)
{
    if (strcmp(output, "json") == 0) {
        print_json(d);
        return EXIT_YES;
    }
    if (node) return why_one_node(d, str_of(node)) ? EXIT_YES : EXIT_NO;
    bool placed = obj_has(d, ".status.node");
    why_sentence(d);
    if (obj_count(d, ".status.nodes")) {
        putchar('\n');
        why_table(d);
        if (!placed) why_changes(d);
    }
    if (placed && obj_int(d, ".status.feasible", 0) > 1) {
        putchar('\n');
        why_numbers(d);
    }
    why_preemption(d);
    why_queue(d);
    return EXIT_YES;
}

int cmd_why(int argc, char **argv)
{
    const char *name = cluster_default_name(), *ns = "default", *output = "text", *node = NULL;
    int64_t attempt = 0;
    const struct opt opts[] = {OPT_NAME(name),
                               {"namespace", 'n', OPT_STRING, &ns, "NS", "the pod's namespace", NULL},
                               {"attempt", 0, OPT_INT, &attempt, "N", "which attempt (0: the last)", NULL},
                               {"node", 0, OPT_STRING, &node, "NODE", "all that was found of one node", NULL},
                               OPT_OUTPUT(output, "text|json"),
                               OPT_END};
    const struct opt_spec spec = {.usage = "kubestep why pod/NAME [flags]",
                                  .about = "Tells the scheduler's verdict per node and plugin.",
                                  .opts = opts,
                                  .min_args = 1,
                                  .max_args = 1};
    struct opt_args args;
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    int code;
    arena_init(&a, 1024);
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    struct rest *r = cluster_client(name, &code);
    if (!r) return code;
    struct str pod = pod_name(args.args[0]);
    const struct object *d AUTO_OBJ = NULL;
    struct str found = pick(r, &a, ns, pod, attempt, &e);
    if (found.p && rest_get(r, "sim.kubestep.dev/v1/decisions", str_of(ns), found, &d, &e))
        code = show_decision(d->root, output, node);
    else if (e.code)
        code = cmd_fail(cmd_code_of(&e), "kubestep status", "%s", e.text);
    else if (attempt)
        code =
            cmd_fail(EXIT_NO, "kubectl get decisions", "no attempt %lld to schedule pod/%.*s is kept in namespace %s",
                     (long long)attempt, STR_ARG(pod), ns);
    else
        code = cmd_fail(EXIT_NO,
                        pod_exists(r, ns, pod) ? "kubectl get pod -o wide (was it given a node by hand?)"
                                               : "kubectl get pods -A",
                        "no scheduling decision is kept for pod/%.*s in namespace %s", STR_ARG(pod), ns);
    rest_free(r);
    return code;
}

int cmd_trace(int argc, char **argv)
{
    const char *name = cluster_default_name(), *ns = "default", *output = "text";
    const struct opt opts[] = {OPT_NAME(name),
                               {"namespace", 'n', OPT_STRING, &ns, "NS", "the pod's namespace", NULL},
                               OPT_OUTPUT(output, "text|json"),
                               OPT_END};
    const struct opt_spec spec = {.usage = "kubestep trace pod/NAME [flags]",
                                  .about = "Prints the fifteen steps of a pod that any client created.",
                                  .opts = opts,
                                  .min_args = 1,
                                  .max_args = 1};
    struct opt_args args;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    struct rest *r = cluster_client(name, &code);
    if (!r) return code;
    struct str pod = pod_name(args.args[0]);
    const struct object *walk AUTO_OBJ = NULL;
    if (!rest_get(r, "sim.kubestep.dev/v1/walks", str_of(ns), pod, &walk, &e)) {
        rest_free(r);
        return cmd_fail(cmd_code_of(&e), "kubectl get walks -A", "%s", e.text);
    }
    rest_free(r);
    if (strcmp(output, "json") == 0) {
        walk_json(walk->root);
        return EXIT_YES;
    }
    bool textbook = obj_is(walk->root, ".spec.flow", "textbook");
    walk_head(textbook);
    for (OBJ_EACH(s, walk->root, ".status.steps")) walk_step_line(s, textbook);
    if (obj_has(walk->root, ".status.message"))
        printf("\n%.*s: %.*s\n", STR_ARG(obj_str(walk->root, ".status.reason")),
               STR_ARG(obj_str(walk->root, ".status.message")));
    return EXIT_YES;
}
