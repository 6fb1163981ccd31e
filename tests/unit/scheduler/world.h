/* world.h - a small cluster for tests of preemption and of the queue: nodes, pods and budgets from a few words. */
#ifndef UNIT_SCHEDULER_WORLD_H
#define UNIT_SCHEDULER_WORLD_H

#include "check_main.h"
#include "scheduler/config.h"
#include "scheduler/explain.h"
#include "scheduler/listers.h"
#include "scheduler/preemption.h"

#include <stdio.h>

static struct cache *cache;
static const struct sched_config *config;
static const struct profile *profile; /* its only one */

static inline const struct object *parse(const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

static inline void world_up(void)
{
    cache = cache_new();
    config = config_default();
    profile = config->profiles[0];
}

static inline void world_down(void)
{
    cache_free(cache);
    config_unref(config);
    ck_assert_uint_eq(sym_count(), 0); /* nobody holds a name any more */
}

/* more: members of the node's spec. */
static inline const struct object *node_object(const char *name, int cpus, const char *labels, const char *more)
{
    AUTO_FREE char *text =
        xasprintf("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"labels\":{%s}},"
                  "\"spec\":{%s},\"status\":{\"allocatable\":{\"cpu\":\"%d\",\"memory\":\"64Gi\",\"pods\":\"110\"}}}",
                  name, labels, more, cpus);
    return parse(text);
}

static inline void add_node(const char *name, int cpus)
{
    const struct object *o AUTO_OBJ = node_object(name, cpus, "", "");
    cache_set_node(cache, o, NULL, NULL);
}

/* One container with a request for cpu; meta and spec and status: more members, each with a comma before it. */
static inline const struct object *pod_object(const char *name, int priority, const char *cpu, const char *meta,
                                              const char *spec, const char *status)
{
    AUTO_FREE char *text = xasprintf(
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\",\"uid\":\"uid-"
        "%s\""
        "%s},\"spec\":{%s\"priority\":%d,\"containers\":[{\"name\":\"c\","
        "\"resources\":{\"requests\":{\"cpu\":\"%s\"}}}]%s},\"status\":{\"phase\":\"Running\"%s}}",
        name, name, meta, strstr(spec, "schedulerName") ? "" : "\"schedulerName\":\"default-scheduler\",", priority,
        cpu, spec, status);
    return parse(text);
}

static inline void put_running(const char *node, const char *name, int priority, const char *cpu, const char *meta,
                               const char *status)
{
    AUTO_FREE char *spec = xasprintf(",\"nodeName\":\"%s\"", node);
    const struct object *o AUTO_OBJ = pod_object(name, priority, cpu, meta, spec, status);
    struct pod_info *p = pod_info_new(o, false);
    pod_info_unref(cache_set_pod(cache, p));
    pod_info_unref(p);
}

#define APP(name) ",\"labels\":{\"app\":\"" name "\"}"

/* selector: a LabelSelector; more: members of the status. */
static inline void put_budget(const char *name, const char *selector, int allowed, const char *more)
{
    AUTO_FREE char *text = xasprintf(
        "{\"kind\":\"PodDisruptionBudget\",\"apiVersion\":\"policy/v1\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
        "\"default\"},\"spec\":{%s},\"status\":{\"disruptionsAllowed\":%d%s}}",
        name, selector, allowed, more);
    const struct object *o AUTO_OBJ = parse(text);
    listers_put(cache_listers(cache), LIST_BUDGET, o);
}

#define OF_APP(name) "\"selector\":{\"matchLabels\":{\"app\":\"" name "\"}}"

struct attempt {
    struct pod_info *pod;
    struct queued_pod queued;
    struct cycle cy;
    struct rnd choice;
    int start;
};

static inline void attempt_of(struct attempt *t, const struct object *pod, uint64_t seed)
{
    *t = (struct attempt){.pod = pod_info_new(pod, true)};
    t->queued = (struct queued_pod){.pod = t->pod, .attempts = 1, .woken_by = "UnschedulablePodAdd"};
    rnd_stream(&t->choice, seed);
    cycle_init(&t->cy, profile, t->pod);
    cycle_compute(&t->cy, cache, NULL, &t->start, &t->choice);
}

static inline void attempt_run(struct attempt *t, int priority, const char *cpu, const char *spec, const char *status)
{
    const struct object *o AUTO_OBJ = pod_object("web", priority, cpu, "", spec, status);
    attempt_of(t, o, 1);
}

static inline void attempt_end(struct attempt *t)
{
    cycle_release(&t->cy);
    pod_info_unref(t->pod);
}

#define ck_assert_strn_eq(s, c)                                                                                        \
    do {                                                                                                               \
        const struct str ck_s = (s);                                                                                   \
        ck_assert_msg(str_eqc(ck_s, (c)), "\"%.*s\" is not \"%s\"", STR_ARG(ck_s), (c));                               \
    } while (0)

#endif
