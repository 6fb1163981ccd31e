/* sched_support.h - pods, nodes, a cache and a cycle for the scheduler's tests. */
#ifndef UNIT_SCHEDULER_SCHED_SUPPORT_H
#define UNIT_SCHEDULER_SCHED_SUPPORT_H

#include "check_main.h"
#include "scheduler/cycle.h"
#include "scheduler/explain.h"

#include <stdio.h>

/* Labels as JSON members; more: members of the object after metadata. One reference, the caller's. */
static inline const struct object *object_text(const char *kind, const char *name, const char *labels, const char *more)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text = xasprintf("{\"kind\":\"%s\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\","
                                     "\"namespace\":\"default\",\"uid\":\"uid-%s\",\"labels\":{%s}},%s}",
                                     kind, name, name, labels, more);
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

/* spec: members. */
static inline const struct object *pod_of(const char *name, const char *spec)
{
    AUTO_FREE char *more = xasprintf("\"spec\":{%s}", spec);
    return object_text("Pod", name, "", more);
}

static inline const struct object *node_text(const char *name, const char *labels, const char *spec, const char *cpu,
                                             const char *memory, const char *pods, const char *extra)
{
    AUTO_FREE char *more = xasprintf("\"spec\":{%s},\"status\":{\"allocatable\":{\"cpu\":\"%s\",\"memory\":\"%s\","
                                     "\"pods\":\"%s\"%s}}",
                                     spec, cpu, memory, pods, extra);
    return object_text("Node", name, labels, more);
}

/* A node of 4 cpu, 8 GiB and 110 pods. */
static inline unsigned add_node(struct cache *c, const char *name, const char *labels, const char *spec)
{
    const struct object *n AUTO_OBJ = node_text(name, labels, spec, "4", "8Gi", "110", "");
    return cache_set_node(c, n);
}

static inline unsigned add_sized(struct cache *c, const char *name, const char *cpu, const char *memory)
{
    const struct object *n AUTO_OBJ = node_text(name, "", "", cpu, memory, "110", "");
    return cache_set_node(c, n);
}

/* One container with these requests, as members of a spec. */
#define ONE(requests) "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{" requests "}}}]"

/* A running pod on a node. */
static inline void add_running(struct cache *c, const char *name, const char *node, const char *spec)
{
    AUTO_FREE char *all = xasprintf("\"nodeName\":\"%s\",%s", node, spec);
    const struct object *p AUTO_OBJ = pod_of(name, all);
    cache_set_pod(c, p);
}

struct attempt {
    const struct object *pod;
    struct queued_pod queued;
    struct cycle cy;
    struct rnd choice;
    int start;
};

static inline void attempt_begin(struct attempt *t, const char *spec)
{
    memset(t, 0, sizeof *t);
    t->pod = pod_of("web", spec);
    t->queued = (struct queued_pod){.pod = t->pod, .attempts = 1, .woken_by = "PodAdd"};
    rnd_stream(&t->choice, 1);
    cycle_init(&t->cy, &t->queued);
}

static inline void attempt_run(struct attempt *t, struct cache *c, const char *spec)
{
    attempt_begin(t, spec);
    cycle_compute(&t->cy, c, NULL, &t->start, &t->choice);
}

static inline void attempt_end(struct attempt *t)
{
    cycle_release(&t->cy);
    object_unref(t->pod);
}

static inline const struct node_result *result_of(const struct cycle *cy, const char *node)
{
    for (int i = 0; i < cy->evaluated; i++)
        if (str_eqc(cy->results[i].name, node)) return &cy->results[i];
    ck_abort_msg("node %s was not looked at", node);
}

static inline int plugin_at(const char *name)
{
    for (int p = 0; sched_plugins[p]; p++)
        if (strcmp(sched_plugins[p]->name, name) == 0) return p;
    ck_abort_msg("no plugin %s", name);
}

#define ck_assert_strn_eq(s, c) ck_assert_msg(str_eqc((s), (c)), "\"%.*s\" is not \"%s\"", STR_ARG(s), (c))

#endif
