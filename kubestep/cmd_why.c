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

/* The newest attempt, or that of the number asked for. */
static const struct json *pick(const struct json *list, int64_t attempt)
{
    const struct json *best = NULL;
    for (OBJ_EACH(d, list, ".items")) {
        int64_t n = obj_int(d, ".spec.attempt", 0);
        if (attempt ? n == attempt : !best || n >= obj_int(best, ".spec.attempt", 0)) best = d;
    }
    return best;
}

static int show_decision(const struct json *d, const char *output)
{
    if (strcmp(output, "json") == 0) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, 256 << 20);
        json_write(&text, d);
        printf("%s\n", text.p);
        return EXIT_YES;
    }
    why_sentence(d);
    putchar('\n');
    why_table(d);
    if (obj_has(d, ".status.node") && obj_int(d, ".status.feasible", 0) > 1) {
        putchar('\n');
        why_numbers(d);
    }
    return EXIT_YES;
}

int cmd_why(int argc, char **argv)
{
    const char *name = "default", *ns = "default", *output = "text";
    int64_t attempt = 0;
    const struct opt opts[] = {OPT_NAME(name),
                               {"namespace", 'n', OPT_STRING, &ns, "NS", "the pod's namespace", NULL},
                               {"attempt", 0, OPT_INT, &attempt, "N", "which attempt (0: the last)", NULL},
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
    const struct object *list AUTO_OBJ = NULL;
    const char *path =
        arena_printf(&a, "%s?fieldSelector=spec.pod%%3D%.*s",
                     rest_path(&a, "sim.kubestep.dev/v1/decisions", str_of(ns), STR_NULL, NULL), STR_ARG(pod));
    const struct rest_call call = {.method = "GET", .path = path};
    const struct json *d = NULL;
    if (!rest_do(r, &call, &list, &e))
        code = cmd_fail(cmd_code_of(&e), "kubestep status", "%s", e.text);
    else if (!(d = pick(list->root, attempt)))
        code = cmd_fail(EXIT_NO,
                        pod_exists(r, ns, pod) ? "kubectl get pod -o wide (was it given a node by hand?)"
                                               : "kubectl get pods -A",
                        "no scheduling decision is kept for pod/%.*s in namespace %s", STR_ARG(pod), ns);
    else
        code = show_decision(d, output);
    rest_free(r);
    return code;
}

int cmd_trace(int argc, char **argv)
{
    const char *name = "default", *ns = "default", *output = "text";
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
