/* sched_support.h - pods, nodes, a cache and a cycle for the scheduler's tests. */
#ifndef UNIT_SCHEDULER_SCHED_SUPPORT_H
#define UNIT_SCHEDULER_SCHED_SUPPORT_H

#include "check_main.h"
#include "scheduler/cycle.h"
#include "scheduler/explain.h"

#include <stdio.h>

/* JSON in single quotes, for legibility in C: they become double ones. One reference, the caller's. */
static inline const struct object *object_text(const char *text)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *json = xstrdup(text);
    for (char *p = json; *p; p++)
        if (*p == '\'') *p = '"';
    const struct object *o = object_parse(str_of(json), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, json);
    return o;
}

/* more: members of the object beside metadata. The uid is "uid-NAME". */
static inline const struct object *pod_object(const char *name, const char *more)
{
    AUTO_FREE char *text = xasprintf("{'metadata':{'name':'%s','namespace':'default','uid':'uid-%s'}%s%s}", name, name,
                                     *more ? "," : "", more);
    return object_text(text);
}

static inline struct pod_info *pod_new(const char *name, const char *more)
{
    const struct object *o AUTO_OBJ = pod_object(name, more);
    return pod_info_new(o, true);
}

static inline void set_node(struct cache *c, const char *text)
{
    const struct object *o AUTO_OBJ = object_text(text);
    cache_set_node(c, o, NULL, NULL);
}

/* labels: members; more: of the object. 4 cpu, 8 GiB, 110 pods. */
static inline void add_node(struct cache *c, const char *name, const char *labels, const char *more)
{
    AUTO_FREE char *text =
        xasprintf("{'metadata':{'name':'%s','labels':{%s}},'status':{'allocatable':{'cpu':'4','memory':"
                  "'8Gi','pods':'110'}}%s%s}",
                  name, labels, *more ? "," : "", more);
    set_node(c, text);
}

/* One container with these requests, as a member of the object. */
#define ONE(requests) "'spec':{'containers':[{'name':'c','resources':{'requests':{" requests "}}}]}"
#define ON(node, requests)                                                                                             \
    "'spec':{'nodeName':'" node "','containers':[{'name':'c','resources':{'requests':{" requests "}}}]}"

static inline void set_pod(struct cache *c, const char *name, const char *more)
{
    const struct object *o AUTO_OBJ = pod_object(name, more);
    struct pod_info *p = pod_info_new(o, false);
    pod_info_unref(cache_set_pod(c, p));
    pod_info_unref(p);
}

/* The names of the nodes in order, with spaces between. */
static inline char *order_of(struct cache *c)
{
    struct buf b = {0};
    int n;
    buf_init(&b, 65536);
    buf_cstr(&b, "");
    cache_lock(c);
    struct node_info *const *nodes = cache_nodes(c, &n);
    for (int i = 0; i < n; i++) {
        ck_assert_int_eq(nodes[i]->index, i);
        buf_addf(&b, "%s%s", i ? " " : "", nodes[i]->name->text);
    }
    cache_unlock(c);
    char *text = xstrdup(b.p ? b.p : "");
    buf_release(&b);
    return text;
}

struct attempt {
    struct profile *profile;
    struct pod_info *pod;
    struct cycle cy;
    struct rnd choice;
    int start;
};

static inline void attempt_begin(struct attempt *t, const char *more)
{
    memset(t, 0, sizeof *t);
    t->profile = profile_default("default-scheduler");
    t->pod = pod_new("web", more);
    rnd_stream(&t->choice, 1);
    cycle_init(&t->cy, t->profile, t->pod);
}

static inline void attempt_end(struct attempt *t)
{
    cycle_release(&t->cy);
    pod_info_unref(t->pod);
    profile_free(t->profile);
}

#define ck_assert_strn_eq(s, c) ck_assert_msg(str_eqc((s), (c)), "\"%.*s\" is not \"%s\"", STR_ARG(s), (c))

#endif
