/* cmd_clock.c - kubestep clock: the cluster's virtual time, shown and moved.
 * Reads, writes: clocks/cluster. */
#include "kubestep/kubestep.h"

#include "kubestep/cluster.h"

#include <stdio.h>

enum { ADVANCE_WAIT_MS = 10 * 60 * 1000 }; /* the server ends an advance before */
#define CLOCK_PATH "/apis/sim.kubestep.dev/v1/clocks/cluster"

struct clock_call { /* a verb's request; fill writes its body from the argument, false: *e says what is wrong with it */
    const char *verb, *method, *path;
    int args;
    bool (*fill)(struct arena *a, struct json *body, const char *arg, struct err *e);
};

static bool fill_pause(struct arena *a, struct json *body, const char *arg, struct err *e)
{
    (void)arg, (void)e;
    obj_put_bool(a, body, ".spec.paused", true);
    return true;
}

static bool fill_resume(struct arena *a, struct json *body, const char *arg, struct err *e)
{
    (void)arg, (void)e;
    obj_put_bool(a, body, ".spec.paused", false);
    return true;
}

static bool fill_rate(struct arena *a, struct json *body, const char *arg, struct err *e)
{
    struct json *rate = json_parse(a, str_of(arg), NULL);
    if (!rate) return err_set(e, ERR_USAGE, "rate: \"%s\" is no number", arg);
    obj_put(a, body, ".spec.rate", rate);
    return true;
}

static bool fill_advance(struct arena *a, struct json *body, const char *arg, struct err *e)
{
    (void)e;
    obj_put_cstr(a, body, ".duration", arg);
    return true;
}

static bool fill_settle(struct arena *a, struct json *body, const char *arg, struct err *e)
{
    (void)arg;
    return fill_advance(a, body, "0s", e);
}

static const struct clock_call calls[] = {
    {"show", "GET", CLOCK_PATH, 0, NULL},
    {"pause", "PATCH", CLOCK_PATH, 0, fill_pause},
    {"resume", "PATCH", CLOCK_PATH, 0, fill_resume},
    {"rate", "PATCH", CLOCK_PATH, 1, fill_rate},
    {"advance", "POST", CLOCK_PATH "/advance", 1, fill_advance},
    {"settle", "POST", CLOCK_PATH "/advance", 0, fill_settle},
};

static const struct clock_call *find_call(const char *verb, int args)
{
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if (strcmp(verb, calls[i].verb) == 0 && args == calls[i].args) return &calls[i];
    return NULL;
}

static void show(const struct json *clock, const char *output)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 * 1024);
    if (strcmp(output, "json") == 0) {
        json_write(&text, clock);
        printf("%s\n", text.p);
        return;
    }
    json_write(&text, obj_get(clock, ".spec.rate"));
    printf("%.*s, rate %s%s\n", STR_ARG(obj_str(clock, ".status.now")), text.p,
           obj_bool(clock, ".spec.paused", false) ? ", paused" : "");
}

static bool run_call(struct rest *r, const struct clock_call *c, const char *arg, const struct object **out,
                     struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct json *body = c->fill ? obj_empty(&a) : NULL;
    if (c->fill && !c->fill(&a, body, arg, e)) return false;
    const struct rest_call call = {.method = c->method,
                                   .path = c->path,
                                   .body = body,
                                   .content_type =
                                       strcmp(c->method, "PATCH") == 0 ? "application/merge-patch+json" : NULL,
                                   .timeout_ms = ADVANCE_WAIT_MS};
    return rest_do(r, &call, out, e);
}

int cmd_clock(int argc, char **argv)
{
    const char *name = cluster_default_name(), *output = "text";
    const struct opt opts[] = {OPT_NAME(name), OPT_OUTPUT(output, "text|json"), OPT_END};
    const struct opt_spec spec = {.usage = "kubestep clock [show|pause|resume|settle|advance DURATION|rate N] [flags]",
                                  .about = "Shows the cluster's time or moves it. advance lets everything happen that "
                                           "would have happened meanwhile;\nsettle waits until all is quiet.",
                                  .opts = opts,
                                  .max_args = 2,
                                  .examples = "  kubestep clock pause\n  kubestep clock advance 1h"};
    struct opt_args args;
    struct err e = ERR_INIT;
    int code;
    if (!cmd_parse(&spec, argc, argv, &args, &code)) return code;
    const struct clock_call *c = find_call(args.count ? args.args[0] : "show", args.count > 1 ? args.count - 1 : 0);
    if (!c) return cmd_fail(EXIT_USAGE, "kubestep clock --help", "clock: not a way to use it");
    struct rest *r = cluster_client(name, &code);
    if (!r) return code;
    const struct object *clock AUTO_OBJ = NULL;
    if (run_call(r, c, args.count > 1 ? args.args[1] : NULL, &clock, &e))
        show(clock->root, output);
    else
        code = cmd_fail(cmd_code_of(&e), "kubestep clock --help", "%s", e.text);
    rest_free(r);
    return code;
}
