/* cluster.h - pods and nodes from a few words, for tests of what counts them. */
#ifndef UNIT_SCHEDULER_CLUSTER_H
#define UNIT_SCHEDULER_CLUSTER_H

#include "check_main.h"
#include "scheduler/cycle.h"

/* labels: JSON members; more: JSON members behind metadata. One reference, the caller's. */
static inline const struct object *object_from(const char *name, const char *ns, const char *labels, const char *more)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"u-%s\","
                                     "\"labels\":{%s}}%s%s}",
                                     name, ns, name, labels, *more ? "," : "", more);
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

/* spec: members of the spec. node: where it runs, or NULL: it waits. */
static inline struct pod_info *pod_from(const char *name, const char *node, const char *labels, const char *spec)
{
    AUTO_FREE char *more = node ? xasprintf("\"spec\":{\"nodeName\":\"%s\"%s%s}", node, *spec ? "," : "", spec)
                                : xasprintf("\"spec\":{%s}", spec);
    const struct object *o AUTO_OBJ = object_from(name, "default", labels, more);
    return pod_info_new(o, node == NULL);
}

static inline void put_node(struct cache *c, const char *name, const char *labels)
{
    const struct object *o AUTO_OBJ =
        object_from(name, "", labels, "\"status\":{\"allocatable\":{\"cpu\":\"64\",\"pods\":\"500\"}}");
    cache_set_node(c, o, NULL, NULL);
}

static inline void put_pod(struct cache *c, const char *name, const char *node, const char *labels, const char *spec)
{
    struct pod_info *p = pod_from(name, node, labels, spec);
    pod_info_unref(cache_set_pod(c, p));
    pod_info_unref(p);
}

static inline void take_pod(struct cache *c, const char *name)
{
    AUTO_FREE char *uid = xasprintf("u-%s", name);
    pod_info_unref(cache_remove_pod(c, str_of(uid)));
}

/* A JSON text, parsed; as long as the object. */
static inline const struct object *json_from(const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

#endif
