/* try_out.h - sandboxes and workloads from YAML in flow form, for tests of what is tried out. */
#ifndef UNIT_SCHEDULER_TRY_OUT_H
#define UNIT_SCHEDULER_TRY_OUT_H

#include "api/yaml.h"
#include "check_main.h"
#include "scheduler/config.h"
#include "scheduler/trial.h"
#include "scheduler/workload.h"

static struct sandbox *sandbox;
static const struct sched_config *config;
static struct arena texts; /* of all YAML of a test */

static inline void up(void)
{
    sandbox = sandbox_new();
    config = config_default();
    arena_init(&texts, 4096);
}

static inline void down(void)
{
    sandbox_free(sandbox);
    config_unref(config);
    arena_release(&texts);
    ck_assert_uint_eq(sym_count(), 0); /* nobody holds a name any more */
}

static inline const struct json *yaml(const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = yaml_parse(&texts, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

static inline void has(const char *text)
{
    struct err e = ERR_INIT;
    const struct object *o AUTO_OBJ = object_of(yaml(text));
    ck_assert_msg(sandbox_add(sandbox, o, &e), "%s: %s", e.text, text);
}

/* cpu: whole ones. */
static inline void has_node(const char *name, int cpu, const char *zone)
{
    AUTO_FREE char *text =
        xasprintf("{apiVersion: v1, kind: Node, metadata: {name: %s, labels: {kubernetes.io/hostname: %s, "
                  "topology.kubernetes.io/zone: %s}}, status: {allocatable: {cpu: '%d', memory: 8Gi, pods: '110'}}}",
                  name, name, zone, cpu);
    has(text);
}

static inline void has_pod(const char *name, const char *node, int priority, const char *cpu)
{
    AUTO_FREE char *text = xasprintf(
        "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: default, uid: u-%s, labels: {app: old}}, "
        "spec: {nodeName: %s, priority: %d, containers: [{name: c, resources: {requests: {cpu: '%s'}}}]}}",
        name, name, node, priority, cpu);
    has(text);
}

/* A Deployment's; more: members of the pods' spec, each with a comma before it. */
#define POD_SPEC(cpu, more)                                                                                            \
    "spec: {schedulerName: default-scheduler, containers: [{name: c, resources: {requests: {cpu: '" cpu "'}}}]" more "}"
#define DEPLOYMENT(name, count, cpu, more)                                                                             \
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " name "}, spec: {replicas: " count                      \
    ", selector: {matchLabels: {app: " name "}}, template: {metadata: {labels: {app: " name                            \
    "}}, " POD_SPEC(cpu, more) "}}}"
#define POD(name, cpu, more)                                                                                           \
    "{apiVersion: v1, kind: Pod, metadata: {name: " name ", namespace: default, labels: {app: " name                   \
    "}}, " POD_SPEC(cpu, more) "}"

#define ck_assert_strn_eq(s, c)                                                                                        \
    do {                                                                                                               \
        const struct str ck_s = (s);                                                                                   \
        ck_assert_msg(str_eqc(ck_s, (c)), "\"%.*s\" is not \"%s\"", STR_ARG(ck_s), (c));                               \
    } while (0)

#endif
