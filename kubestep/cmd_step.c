/* cmd_step.c - kubestep step: stops a scheduling cycle at each extension point and each plugin.
 * Reads: pods, a stepper of its own; commands from stdin.   Writes: the stepper. */
#include "kubestep/kubestep.h"

#include "base/mono.h"
#include "kubestep/cluster.h"
#include "kubestep/step_break.h"
#include "kubestep/step_prompt.h"
#include "kubestep/step_session.h"
#include "kubestep/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KNOWN_MS = 10000, OTHERS_MS = 500, LAST_MS = 5000 };

struct step_options {
    const char *name, *ns, *others, *pod; /* pod NULL: any */
    struct opt_list breaks;
    int64_t timeout_ms;
};

struct stepping {
    struct step_options o;
    struct arena arena;
    struct json *spec;
    struct step_session session;
    struct step_prompt prompt;
    struct rest *rest;
    bool began;
    int64_t done;           /* the newest that was told */
    char ns[256], pod[256]; /* the one that was stopped last, until it is through; pod "": none */
    bool placed;            /* the last one that is through has a node */
    bool seen;              /* one is through */
};

/* Interrupted: nothing may stay held. On a thread of its own, for a signal handler could do none of this. */
static void on_signal(void *arg)
{
    struct stepping *st = arg;
    if (st->began) step_session_drop(&st->session);
    if (st->prompt.keys) putchar('\n'); /* behind the question */
    fflush(stdout);
}

/* ---- What happened ---- */

static bool is_ours(const struct stepping *st, const struct json *it)
{
    return obj_is(it, ".pod", st->pod) && obj_is(it, ".namespace", st->ns);
}

static void tell_done(struct stepping *st, const struct json *done)
{
    struct str node = obj_str(done, ".node"), message = obj_str(done, ".message");
    st->done = obj_int(done, ".id", 0);
    printf("%.*s/%.*s is on ", STR_ARG(obj_str(done, ".namespace")), STR_ARG(obj_str(done, ".pod")));
    if (node.n)
        printf("%s%.*s%s", term(GREEN), STR_ARG(node), term(PLAIN));
    else
        printf("%sno node%s", term(YELLOW), term(PLAIN));
    if (message.n) printf(": %.*s", STR_ARG(message));
    putchar('\n');
    fflush(stdout);
    if (is_ours(st, done)) st->pod[0] = '\0';
    st->placed = node.n > 0;
    st->seen = true;
}

/* The stop to be looked at: of the pod that is being stepped, or when it is elsewhere of the one that waits longest. */
static const struct json *next_park(const struct stepping *st, const struct json *stepper, bool ours_only)
{
    for (OBJ_EACH(p, stepper, ".status.parked"))
        if (!st->pod[0] || is_ours(st, p)) return p;
    return ours_only ? NULL : obj_first(stepper, ".status.parked");
}

static bool others_stand(const struct stepping *st, const struct json *stepper)
{
    return st->pod[0] && next_park(st, stepper, false);
}

static void stop_at(struct stepping *st, const struct json *park)
{
    snprintf(st->ns, sizeof st->ns, "%.*s", STR_ARG(obj_str(park, ".namespace")));
    snprintf(st->pod, sizeof st->pod, "%.*s", STR_ARG(obj_str(park, ".pod")));
    step_prompt_show(park);
    step_prompt_ask(&st->prompt, park);
}

/* ---- The run ---- */

static bool is_over(const struct stepping *st)
{
    if (st->prompt.quit) return !st->pod[0];
    return st->o.pod && st->seen;
}

static int64_t deadline_of(const struct stepping *st, bool others)
{
    int64_t ms = st->prompt.quit ? LAST_MS : others ? OTHERS_MS : st->o.timeout_ms;
    return ms ? mono_ns() + ms * 1000000 : INT64_MAX;
}

static int how_it_ended(const struct stepping *st)
{
    if (st->prompt.quit && st->pod[0]) printf("%s/%s goes on by itself\n", st->ns, st->pod);
    return st->o.pod && st->seen && !st->placed ? EXIT_NO : EXIT_YES;
}

static int follow(struct stepping *st)
{
    const struct object *now = NULL;
    bool ours_only = true;
    for (;;) {
        const struct json *root = now ? now->root : NULL;
        for (OBJ_EACH(d, root, ".status.done"))
            if (obj_int(d, ".id", 0) > st->done) tell_done(st, d);
        if (is_over(st)) break;
        const struct json *park = st->prompt.quit ? NULL : next_park(st, root, ours_only);
        if (park) {
            stop_at(st, park);
            ours_only = true;
        }
        bool late, others = !park && others_stand(st, root);
        if (park && is_over(st)) break;
        const struct object *next = step_session_next(&st->session, now, deadline_of(st, others), &late);
        if (!next && late && others && !st->prompt.quit) {
            ours_only = false; /* it waits for something else: let us look at who stands */
            continue;
        }
        if (!next && late && st->prompt.quit) break;
        object_unref(now);
        now = next;
        if (next) continue;
        return late ? cmd_fail(EXIT_TIMED_OUT, "kubestep status", "nothing stopped in %lld ms",
                               (long long)st->o.timeout_ms)
                    : cmd_fail(EXIT_NO_CLUSTER, "kubestep status", "lost the watch on the stepper");
    }
    object_unref(now);
    return how_it_ended(st);
}

/* Says what there is to wait for. False: the pod is placed already. */
static bool announce(struct stepping *st, int *code)
{
    const struct object *pod AUTO_OBJ = NULL;
    struct err e = ERR_INIT;
    if (!st->o.pod) {
        printf("Waiting for any pod to be scheduled%s%s.\n", st->o.ns ? " in namespace " : "",
               st->o.ns ? st->o.ns : "");
        return true;
    }
    bool there = rest_get(st->rest, "v1/pods", str_of(st->o.ns), str_of(st->o.pod), &pod, &e);
    if (there && obj_has(pod->root, ".spec.nodeName")) {
        struct str node = obj_str(pod->root, ".spec.nodeName");
        *code = cmd_fail(EXIT_NO, arena_printf(&st->arena, "kubestep why pod/%s", st->o.pod),
                         "pod/%s is on %.*s already: there is nothing to decide", st->o.pod, STR_ARG(node));
        return false;
    }
    printf(there ? "pod/%s waits in namespace %s until something changes that may let it in.\n"
                 : "Waiting for pod/%s to be created in namespace %s.\n",
           st->o.pod, st->o.ns);
    return true;
}

static bool make_spec(struct stepping *st, struct err *e)
{
    struct arena *a = &st->arena;
    st->spec = obj_empty(a);
    obj_put_cstr(a, st->spec, ".mode", "run");
    obj_put_bool(a, st->spec, ".points", true);
    obj_put_bool(a, st->spec, ".components", true);
    obj_put_cstr(a, st->spec, ".others", strcmp(st->o.others, "wait") == 0 ? "Wait" : "Go");
    if (st->o.ns) obj_put_cstr(a, st->spec, ".namespace", st->o.ns);
    if (st->o.pod) obj_put_cstr(a, st->spec, ".pod", st->o.pod);
    for (int i = 0; i < st->o.breaks.count; i++)
        if (!step_break_add(a, st->spec, str_of(st->o.breaks.items[i]), e)) return false;
    return true;
}

static int step(struct stepping *st)
{
    struct err e = ERR_INIT;
    int code = EXIT_NO;
    if (!make_spec(st, &e)) return cmd_fail(EXIT_USAGE, "kubestep step --help", "--break: %s", e.text);
    if (!(st->rest = cluster_client(st->o.name, &code))) return code;
    step_session_init(&st->session, st->rest);
    st->began = true;
    st->prompt = (struct step_prompt){
        .session = &st->session, .arena = &st->arena, .spec = st->spec, .keys = isatty(STDIN_FILENO) == 1};
    if (!step_session_begin(&st->session, st->spec, KNOWN_MS, &e))
        return cmd_fail(cmd_code_of(&e), "kubestep status", "%s", e.text);
    if (!announce(st, &code)) return code;
    fflush(stdout);
    return follow(st);
}

int cmd_step(int argc, char **argv)
{
    struct stepping st = {.o = {.name = "default", .others = "go"}};
    struct step_options *o = &st.o;
    const struct opt opts[] = {
        OPT_NAME(o->name),
        {"namespace", 'n', OPT_STRING, &o->ns, "NS", "of the pod; without a pod: only there (default: anywhere)", NULL},
        {"break", 'b', OPT_LIST, &o->breaks, "KEY=VALUE,...",
         "run until this is met: point, plugin, namespace, pod, node, verdict; may be repeated", NULL},
        {"others", 0, OPT_STRING, &o->others, "WHAT", "do other pods go on while one stands", "go|wait"},
        {"timeout", 0, OPT_DURATION_MS, &o->timeout_ms, "DURATION", "give up when nothing stops so long (0: never)",
         NULL},
        OPT_END,
    };
    const struct opt_spec spec = {
        .usage = "kubestep step [pod/NAME] [flags]",
        .about =
            "Stops scheduling at each call of a plugin: of that pod, or of one pod after another. What was decided so "
            "far can be looked at meanwhile. Commands (keys in a terminal, lines otherwise): n next call, p next "
            "extension point, c on to a breakpoint, b KEY=VALUE,... one more breakpoint, w what has been decided so "
            "far, s source file of the plugin, q let it run. In names * stands for any text.",
        .opts = opts,
        .max_args = 1,
        .examples = "  kubestep step pod/web\n  kubestep step --break plugin=NodeAffinity,verdict=Unschedulable\n  "
                    "kubestep step --break point=Score,pod=web-* --others wait"};
    struct opt_args args;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    if (args.count) {
        o->pod = strncmp(args.args[0], "pod/", 4) == 0 ? args.args[0] + 4 : args.args[0];
        if (!o->ns) o->ns = "default";
    }
    arena_init(&st.arena, 4096);
    term_on_signal(on_signal, &st);
    code = step(&st);
    if (st.began) step_session_end(&st.session);
    if (st.rest) rest_free(st.rest);
    arena_release(&st.arena);
    return code;
}
