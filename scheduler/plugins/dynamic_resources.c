/* dynamic_resources.c - pods with spec.resourceClaims find no node: who allocates devices (drivers, their slices, the
 * allocator) is not simulated, and a pod that would never get its devices shall not seem to run. It is said once,
 * before any node is looked at.   Upstream: plugins/dynamicresources. */
#include "scheduler/args.h"
#include "scheduler/cycle.h"

#include "base/clk.h"

#define NS_PER_S 1000000000LL

/* A metav1.Duration that is below what it may be. */
static void check_duration(struct args_check *c, const struct json *args, const char *path, int64_t least,
                           const char *rule)
{
    struct str text = obj_str(args, path);
    int64_t ns;
    char canonical[CLK_TEXT_MAX];
    if (!text.n) return;
    if (!clk_parse_go_duration(text.p, text.n, &ns))
        args_say(c, "time: invalid duration \"%.*s\"", STR_ARG(text));
    else if (ns < least)
        args_say(c, "%s: Invalid value: \"%s\": %s", path + 1, clk_go_duration(ns, canonical), rule);
}

static void *dynamic_configure(const struct json *args, struct err *e)
{
    struct args_check c;
    args_begin(&c);
    check_duration(&c, args, ".filterTimeout", 0, "must be zero or positive");
    check_duration(&c, args, ".bindingTimeout", NS_PER_S, "must be at least 1 second");
    args_end(&c, e);
    return NULL;
}

static enum verdict dynamic_prefilter(struct cycle *cy, void **state)
{
    (void)state;
    if (!obj_count(cycle_pod(cy)->claims, "")) return V_SKIP;
    cycle_why(cy, "cannot allocate all claims: dynamic resource allocation is not simulated");
    return V_UNSCHEDULABLE_AND_UNRESOLVABLE;
}

/* Upstream looks for the state that its prefilter left, and fails when another plugin had refused the pod before; what
 * it says then is part of the failure's text, and preemption is not tried. */
static enum verdict dynamic_post_filter(struct cycle *cy, const char **why)
{
    bool asked = cy->refused_by == cy->running || cy->skip_filter & 1u << cy->running;
    *why = asked ? "no new claims to deallocate" : "not found";
    return asked ? V_UNSCHEDULABLE : V_ERROR;
}

/* Nothing that happens in a cluster changes the answer, and claims of a pod do not change: it waits for no event. */
const struct sched_plugin plugin_dynamic_resources = {
    .name = "DynamicResources",
    .source = "scheduler/plugins/dynamic_resources.c",
    .configure = dynamic_configure,
    .prefilter = dynamic_prefilter,
    .post_filter = dynamic_post_filter,
    .retry_on = 0,
};
