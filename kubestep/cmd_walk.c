/* cmd_walk.c - kubestep walk: creates a pod and prints the fifteen steps as they happen, all at once or one by one.
 * Reads: a manifest, walks, steppers.   Writes: the pod (and what leads to it), a stepper; a throw-away cluster if
 * there is none. */
#include "kubestep/kubestep.h"

#include "api/steps.h"
#include "api/yaml.h"
#include "api/schema.h"
#include "base/io.h"
#include "base/mono.h"
#include "kubestep/cluster.h"
#include "kubestep/term.h"
#include "kubestep/walk_prompt.h"
#include "kubestep/walk_session.h"
#include "kubestep/walk_view.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANIFEST_MAX = 3 << 20, DOCS_MAX = 64, ARM_MS = 10000, GONE_MS = 60000, LAST_CALL_MS = 2000 };

struct walk_options {
    const char *name, *ns, *file, *flow, *output;
    bool step, replace, next;
    int64_t pace_ms, timeout_ms;
};

struct walking {
    struct walk_options o;
    struct arena arena;
    struct cluster throw_away;
    bool own_cluster;
    struct rest *rest;
    struct walk_session session;
    struct walk_prompt prompt;
    bool textbook, json, began, told_flow;
    int printed; /* number of the last step printed */
    struct json *docs[DOCS_MAX];
    int ndocs;
};

/* Interrupted: nothing may stay held, and a throw-away cluster goes. Runs on a thread of its own, for a signal
 * handler could do none of this. */
static void on_signal(void *arg)
{
    struct walking *w = arg;
    if (w->began) walk_session_drop_stepper(&w->session);
    if (w->own_cluster) cluster_down(&w->throw_away, true);
}

/* ---- The manifest ---- */

static bool load(struct walking *w, struct err *e)
{
    struct buf text;
    buf_init(&text, MANIFEST_MAX);
    bool ok = io_read_file(w->o.file, &text, e) &&
              yaml_parse_all(&w->arena, str_copy(&w->arena, buf_view(&text)), w->docs, DOCS_MAX, &w->ndocs, e);
    buf_release(&text);
    if (!ok) return false;
    return w->ndocs > 0 || err_set(e, ERR_BAD_REQUEST, "%s: no objects in it", w->o.file);
}

static struct json *doc_of_kind(struct walking *w, const char *kind)
{
    for (int i = 0; i < w->ndocs; i++)
        if (obj_is(w->docs[i], ".kind", kind)) return w->docs[i];
    return NULL;
}

/* NULL: no kind of ours. */
static const struct api_resource *kind_of(const struct json *doc)
{
    struct str group, version;
    api_split_version(obj_str(doc, ".apiVersion"), &group, &version);
    return api_find_kind(group, version, obj_str(doc, ".kind"));
}

/* Its controller will make pods. */
static bool makes_pods(const struct json *doc)
{
    return obj_has(doc, ".spec.template") || obj_has(doc, ".spec.jobTemplate");
}

static bool check_docs(struct walking *w, struct err *e)
{
    bool leads_to_pods = false;
    for (int i = 0; i < w->ndocs; i++) {
        struct str kind = obj_str(w->docs[i], ".kind"), version = obj_str(w->docs[i], ".apiVersion");
        if (!kind_of(w->docs[i]))
            return err_set(e, ERR_BAD_REQUEST, "%s: no kind \"%.*s\" in version \"%.*s\"", w->o.file, STR_ARG(kind),
                           STR_ARG(version));
        leads_to_pods = leads_to_pods || str_eqc(kind, "Pod") || makes_pods(w->docs[i]);
    }
    return leads_to_pods || err_set(e, ERR_BAD_REQUEST, "%s: nothing in it leads to a pod", w->o.file);
}

/* ---- The cluster ---- */

static bool ensure_cluster(struct walking *w, int *code)
{
    struct cluster c;
    struct err e = ERR_INIT;
    const char *env = getenv("KUBECONFIG");
    bool named = cluster_load(&c, w->o.name, &e) && cluster_is_up(&c);
    if (named || (env && *env)) {
        w->rest = cluster_client(w->o.name, code);
        if (named) w->textbook = strcmp(c.flow, "textbook") == 0;
        return w->rest != NULL;
    }
    struct cluster_options o = CLUSTER_OPTIONS_INIT;
    char name[CLUSTER_NAME_MAX + 1];
    int64_t started = mono_ms();
    cluster_random_name(name);
    o.name = name;
    o.ephemeral = true;
    e = (struct err)ERR_INIT;
    if (!cluster_up(&w->throw_away, &o, &e) || !(w->rest = cluster_connect(&w->throw_away, &e))) {
        *code = cmd_fail(EXIT_NO_CLUSTER, NULL, "%s", e.text);
        return false;
    }
    w->own_cluster = true;
    if (!w->json)
        printf("No cluster \"%s\": started a throw-away one (%lld nodes, %lld ms).\n", w->o.name,
               (long long)w->throw_away.nodes, (long long)(mono_ms() - started));
    return true;
}

/* ---- Before the walk ---- */

/* Deletes the object and waits until a watch says that it is gone. */
static bool remove_old(struct walking *w, const char *resource, struct str ns, struct str name, struct err *e)
{
    const struct rest_delete_opts opts = {.grace_s = 0, .propagation = "Background"};
    const struct object *was AUTO_OBJ = NULL;
    if (!rest_get(w->rest, resource, ns, name, &was, e)) return e->code == ERR_NOT_FOUND;
    const char *path =
        arena_printf(&w->arena, "%s?watch=true&resourceVersion=%llu&fieldSelector=metadata.name%%3D%.*s",
                     rest_path(&w->arena, resource, ns, STR_NULL, NULL), (unsigned long long)was->rv, STR_ARG(name));
    const struct rest_call call = {.method = "GET", .path = path};
    struct http_stream *watch = rest_open(w->rest, &call, e);
    if (!watch) return false;
    bool ok = rest_delete(w->rest, resource, ns, name, &opts, e), gone = false;
    struct str line;
    while (ok && !gone && http_stream_line(watch, &line, mono_ns() + GONE_MS * 1000000LL, e) == 1)
        gone = str_starts(line, STR("{\"type\":\"DELETED\""));
    http_stream_close(watch);
    return (ok && gone) || e->code == ERR_NOT_FOUND ||
           (ok && err_set(e, ERR_TIMEOUT, "the old %.*s did not go", STR_ARG(name)));
}

static bool create_doc(struct walking *w, const struct json *doc, struct err *e)
{
    const struct api_resource *res = kind_of(doc);
    char version[API_VERSION_MAX];
    const char *resource = arena_printf(&w->arena, "%s/%s", api_version_of(res, version), res->plural);
    struct str ns = res->namespaced ? str_of(w->o.ns) : STR_NULL;
    if (w->o.replace && !remove_old(w, resource, ns, obj_name(doc), e)) return false;
    if (!rest_create(w->rest, resource, ns, doc, NULL, e)) return false;
    if (!w->json)
        printf("client created %s/%.*s%s\n", res->kind, STR_ARG(obj_name(doc)),
               makes_pods(doc) ? "; its controller creates the pods" : "");
    return true;
}

/* What is beside the pod is created first, and said so: first what pods may need, then what makes them. Without a Pod
 * the walk is of the next one that appears. */
static bool prelude(struct walking *w, struct err *e)
{
    for (int makers = 0; makers < 2; makers++)
        for (int i = 0; i < w->ndocs; i++)
            if (!obj_is(w->docs[i], ".kind", "Pod") && makes_pods(w->docs[i]) == makers &&
                !create_doc(w, w->docs[i], e))
                return false;
    return true;
}

static bool prepare(struct walking *w, struct err *e)
{
    struct json *pod = w->o.next ? NULL : doc_of_kind(w, "Pod");
    bool by_controller = !pod && !w->o.next; /* a ReplicaSet's pod: no client's create that the textbook could hold */
    const char *flow = by_controller ? "real" : w->o.flow ? w->o.flow : "textbook";
    struct str name = obj_name(pod);
    if (pod && !w->o.replace) {
        if (rest_get(w->rest, "v1/pods", str_of(w->o.ns), name, NULL, e))
            return err_set(e, ERR_ALREADY_EXISTS, "pod/%.*s exists already; --replace deletes it first", STR_ARG(name));
        if (e->code != ERR_NOT_FOUND) return false;
        *e = (struct err)ERR_INIT;
    }
    if (pod && w->o.replace && !remove_old(w, "v1/pods", str_of(w->o.ns), name, e)) return false;
    *e = (struct err)ERR_INIT;
    walk_session_init(&w->session, w->rest, w->o.ns, pod ? str_cstr(&w->arena, name) : NULL);
    w->began = true;
    bool other_flow = w->textbook != (strcmp(flow, "textbook") == 0), hold = w->o.step || w->o.pace_ms > 0;
    w->textbook = strcmp(flow, "textbook") == 0;
    bool wants_stepper = hold || w->o.next || (other_flow && !by_controller);
    if (wants_stepper && !walk_session_stepper(&w->session, flow, hold, by_controller, ARM_MS, e)) return false;
    walk_session_watch(&w->session);
    if (w->session.watch_failed) {
        *e = w->session.err;
        return false;
    }
    return true;
}

/* ---- The walk ---- */

static void print_steps(struct walking *w, const struct json *walk, bool all)
{
    const struct json *s;
    while (w->printed < STEP_COUNT && ((s = walk_step(walk, w->printed + 1)) || all)) {
        w->printed++;
        if (!s || (!walk_step_done(s) && !all)) {
            if (!all) w->printed--;
            if (!s) continue;
            if (!all) return;
        }
        if (!w->json) walk_step_line(s, w->textbook);
    }
}

/* Real flow: the steps are told, but no client has looked yet. We are one. */
static void look_at_pod(struct walking *w)
{
    struct err e = ERR_INIT;
    if (!rest_get(w->rest, "v1/pods", str_of(w->o.ns), str_of(w->session.pod), NULL, &e))
        fprintf(stderr, "kubestep: %s\n", e.text);
}

/* The last step that was done on the pod's way; 15 only tells of it. */
static const struct step_info *stands_at(const struct json *walk)
{
    int n = STEP_CLIENT_TOLD - 1;
    while (n > 1 && !walk_step_done(walk_step(walk, n))) n--;
    return step_info((enum step)n);
}

static int verdict(struct walking *w, const struct json *walk)
{
    struct str pod = obj_str(walk, ".spec.pod");
    const struct json *where = walk_step(walk, STEP_PLACEMENT_COMPUTED);
    if (w->json) walk_json(walk);
    if (obj_is(walk, ".status.phase", "Done")) {
        struct str node = obj_str(where, ".facts.node");
        if (!w->json) {
            printf("\n%spod/%.*s is Running on %.*s.%s\n", term(GREEN), STR_ARG(pod), STR_ARG(node), term(PLAIN));
            walk_notes(w->textbook);
            if (!w->own_cluster && !w->o.step && w->o.file && strcmp(w->o.file, "-") != 0)
                printf("Next: kubestep walk --step --replace -f %s\n", w->o.file);
        }
        return EXIT_YES;
    }
    if (!w->json) {
        const struct step_info *at = stands_at(walk);
        printf("\n%spod/%.*s stands at step %d, %s%s: %.*s: %.*s\n", term(RED), STR_ARG(pod), at->number, at->slug,
               term(PLAIN), STR_ARG(obj_str(walk, ".status.reason")), STR_ARG(obj_str(walk, ".status.message")));
        printf("Next: kubestep why pod/%.*s\n", STR_ARG(pod));
    }
    return EXIT_NO;
}

static bool all_told(const struct json *walk) { return walk_step_done(walk_step(walk, STEP_CLIENT_TOLD)); }

/* An attempt that failed is told by the pod's condition, by the decision and by the held response, in any order. */
static bool more_to_come(const struct walking *w, const struct json *walk)
{
    if (w->textbook && w->session.manifest && !all_told(walk)) return true;
    return obj_is(walk, ".status.reason", "FailedScheduling") &&
           !walk_step_done(walk_step(walk, STEP_PLACEMENT_COMPUTED));
}

/* The first sight of the walk: its flow is the pod's own (a component's pod is never held). */
static void begin(struct walking *w, const struct json *walk)
{
    if (w->told_flow) return;
    w->told_flow = true;
    w->textbook = obj_is(walk, ".spec.flow", "textbook");
    if (!w->json) walk_head(w->textbook);
}

/* Follows the session until the walk ends; returns the exit code. The session's lock is held but for printing and
 * asking. */
static int follow(struct walking *w)
{
    struct walk_session *s = &w->session;
    int64_t deadline = mono_ns() + w->o.timeout_ms * 1000000, last_call = INT64_MAX; /* for what comes after the end */
    bool looked = false, hold = w->o.step || w->o.pace_ms > 0;
    int code = -1;
    mutex_lock(&s->lock);
    while (code < 0) {
        const struct object *walk AUTO_OBJ = object_ref(s->walk);
        const struct object *stepper AUTO_OBJ = object_ref(s->step);
        bool create_failed = s->create_failed, lost = s->watch_failed;
        struct err why = s->err;
        mutex_unlock(&s->lock);
        if (walk) begin(w, walk->root);
        if (walk) print_steps(w, walk->root, false);
        bool done = walk && obj_is(walk->root, ".status.phase", "Done"),
             ended = walk && obj_is(walk->root, ".status.phase", "Ended");
        if (ended && more_to_come(w, walk->root) && last_call > mono_ns()) {
            last_call = MIN(last_call, mono_ns() + LAST_CALL_MS * 1000000LL);
            ended = false;
        }
        const struct json *park = hold && stepper ? obj_first(stepper->root, ".status.parked") : NULL;
        if (create_failed)
            code = cmd_fail(cmd_code_of(&why), NULL, "%s", why.text);
        else if (lost)
            code = cmd_fail(EXIT_NO_CLUSTER, "kubestep status", "lost the watch on the walk");
        else if (park && walk_prompt_ask(&w->prompt, s, park))
            deadline = mono_ns() + w->o.timeout_ms * 1000000;
        else if (ended || (done && all_told(walk->root))) {
            print_steps(w, walk->root, true);
            code = verdict(w, walk->root);
        } else if (done && !w->textbook && !looked) {
            looked = true;
            look_at_pod(w);
        }
        mutex_lock(&s->lock);
        bool news =
            s->walk != walk || s->step != stepper || s->create_failed != create_failed || s->watch_failed != lost;
        if (code >= 0 || news) continue;
        if (!walk_session_wait(s, MIN(hold ? INT64_MAX : deadline, last_call)) && mono_ns() < last_call) {
            const struct step_info *at = step_info((enum step)MAX(w->printed, 1));
            code = cmd_fail(EXIT_TIMED_OUT, "kubestep status", "after %lld ms the walk stands at step %d, %s",
                            (long long)w->o.timeout_ms, at->number, at->slug);
        }
    }
    mutex_unlock(&s->lock);
    return code;
}

static int walk(struct walking *w)
{
    struct err e = ERR_INIT;
    int code = EXIT_NO;
    if (!w->o.next && !(load(w, &e) && check_docs(w, &e)))
        return cmd_fail(e.code == ERR_IO ? EXIT_NO : EXIT_USAGE, "kubestep walk --help", "%s", e.text);
    struct json *pod = w->o.next ? NULL : doc_of_kind(w, "Pod");
    if (pod && obj_ns(pod).n && strcmp(w->o.ns, "default") == 0) w->o.ns = str_cstr(&w->arena, obj_ns(pod));
    if (pod && !obj_name(pod).n) return cmd_fail(EXIT_USAGE, NULL, "%s: the pod has no metadata.name", w->o.file);
    if (!ensure_cluster(w, &code)) return code;
    if (!prepare(w, &e))
        return cmd_fail(
            cmd_code_of(&e),
            e.code == ERR_ALREADY_EXISTS ? arena_printf(&w->arena, "kubestep walk --replace -f %s", w->o.file) : NULL,
            "%s", e.text);
    if (w->o.next && !w->json) printf("Waiting for the next pod that any client creates in namespace %s.\n", w->o.ns);
    if (!w->o.next && !prelude(w, &e)) return cmd_fail(cmd_code_of(&e), NULL, "%s", e.text);
    if (pod) walk_session_create(&w->session, pod);
    return follow(w);
}

int cmd_walk(int argc, char **argv)
{
    struct walking w = {.o = {.name = cluster_default_name(), .ns = "default", .output = "text", .timeout_ms = 30000}};
    struct walk_options *o = &w.o;
    const struct opt opts[] = {
        OPT_NAME(o->name),
        {"file", 'f', OPT_STRING, &o->file, "FILE|-",
         "the manifest: a Pod, or a ReplicaSet or Deployment whose first pod is followed", NULL},
        {"namespace", 'n', OPT_STRING, &o->ns, "NS", "namespace of the pod", NULL},
        {"flow", 0, OPT_STRING, &o->flow, "FLOW", "order of the steps (default textbook)", "textbook|real"},
        {"step", 0, OPT_FLAG, &o->step, NULL, "stop before each step; Enter does it", NULL},
        {"pace", 0, OPT_DURATION_MS, &o->pace_ms, "DURATION", "like --step, on a timer", NULL},
        {"replace", 0, OPT_FLAG, &o->replace, NULL, "delete what exists under that name first", NULL},
        {"next", 0, OPT_FLAG, &o->next, NULL, "follow the next pod that any client creates", NULL},
        {"timeout", 0, OPT_DURATION_MS, &o->timeout_ms, "DURATION", "how long to wait for the pod", NULL},
        OPT_OUTPUT(o->output, "text|json"),
        OPT_END,
    };
    const struct opt_spec spec = {
        .usage = "kubestep walk -f FILE [flags]",
        .about =
            "Creates a pod and prints the fifteen steps of its creation as they happen. Without a cluster it starts a "
            "throw-away one.",
        .opts = opts,
        .examples = "  kubestep walk -f pod.yaml\n  kubestep walk --step --replace -f pod.yaml\n  kubestep walk --next "
                    "--flow real"};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (!o->file == !o->next) return cmd_fail(EXIT_USAGE, "kubestep walk --help", "want either -f FILE or --next");
    arena_init(&w.arena, 16 * 1024);
    w.json = strcmp(o->output, "json") == 0;
    walk_prompt_init(&w.prompt, o->pace_ms);
    term_on_signal(on_signal, &w);
    code = walk(&w);
    if (w.began) walk_session_end(&w.session);
    if (w.rest) rest_free(w.rest);
    if (w.own_cluster) cluster_down(&w.throw_away, true);
    walk_prompt_release(&w.prompt);
    arena_release(&w.arena);
    return code;
}
