/* test_hints.c - which events wake a pod that NodeResourcesFit or NodeDeclaredFeatures refused
 * (isSchedulableAfterNodeChange, isSchedulableAfterPodEvent, isSchedulableAfterPodUpdate). */
#include "check_main.h"
#include "scheduler/framework.h"
#include "scheduler/queue.h"

#include <stdio.h>

static struct cache *cache;
static bool hinted; /* by the plugin that is asked, of the last change of a node */
static const struct sched_plugin *plugin;
static const struct pod_info *waiting;

static const struct object *object_text(const char *kind, const char *name, const char *members)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text = xasprintf("{\"kind\":\"%s\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\","
                                     "\"namespace\":\"default\",\"uid\":\"uid-%s\"},%s}",
                                     kind, name, name, members);
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

/* node: "" or the name of the node it is on. */
static struct pod_info *pod_text(const char *name, const char *node, const char *spec)
{
    AUTO_FREE char *members = xasprintf("\"spec\":{\"nodeName\":\"%s\",%s}", node, spec);
    const struct object *o AUTO_OBJ = object_text("Pod", name, members);
    return pod_info_new(o, true);
}

#define ASKS(requests) "\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{" requests "}}}]"

static void node_changed(void *arg, unsigned changes, const struct node_info *was, const struct node_info *now)
{
    (void)arg, (void)changes;
    hinted = plugin->hint(NULL, waiting, &(struct sched_event){.what = EV_NODE_ADD, .was = was, .node = now});
}

/* Does the node's status, after what it was before ("": it is new), wake the pod? */
static bool node_wakes(const char *name, const char *spec, const char *was, const char *now)
{
    const char *const states[] = {was, now};
    struct pod_info *p = pod_text("web", "", spec);
    plugin = sched_plugins[plugin_find(str_of(name))];
    waiting = p;
    cache = cache_new();
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (!*states[i]) continue;
        AUTO_FREE char *members = xasprintf("\"spec\":{},\"status\":{%s}", states[i]);
        const struct object *o AUTO_OBJ = object_text("Node", "n1", members);
        hinted = false;
        cache_set_node(cache, o, node_changed, NULL);
    }
    cache_free(cache);
    pod_info_unref(p);
    return hinted;
}

#define HAS(cpu, more) "\"allocatable\":{\"cpu\":\"" cpu "\",\"memory\":\"1Gi\",\"pods\":\"10\"" more "}"

START_TEST(nodes_wake_what_would_fit_alone)
{
    static const struct {
        const char *requests, *was, *now;
        bool wakes;
    } rows[] = {
        {"\"cpu\":\"2\"", "", HAS("2", ""), true},
        {"\"cpu\":\"2\"", "", HAS("1", ""), false},
        {"\"cpu\":\"2\"", HAS("1", ""), HAS("4", ""), true},
        {"\"cpu\":\"2\"", HAS("4", ""), HAS("3", ""), false}, /* it fits, but there is less than before */
        {"\"cpu\":\"2\"", HAS("2", ""), HAS("2", ",\"ephemeral-storage\":\"1Gi\""),
         false}, /* of what it does not ask */
        {"\"example.com/gpu\":\"1\"", HAS("2", ""), HAS("2", ",\"example.com/gpu\":\"1\""), true},
        {"\"example.com/gpu\":\"2\"", HAS("2", ""), HAS("2", ",\"example.com/gpu\":\"1\""), false},
        {"\"example.com/gpu\":\"0\"", HAS("2", ""), HAS("2", ",\"example.com/gpu\":\"1\""), false},
        {"", HAS("1", ""), HAS("8", ""), false},
        {"\"cpu\":\"1\"", "\"allocatable\":{\"cpu\":\"2\",\"pods\":\"1\"}",
         "\"allocatable\":{\"cpu\":\"2\",\"pods\":\"2\"}", true},
        {"\"cpu\":\"1\"", "", "\"allocatable\":{\"cpu\":\"2\",\"pods\":\"0\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *spec = xasprintf(ASKS("%s"), rows[i].requests);
        ck_assert_msg(node_wakes("NodeResourcesFit", spec, rows[i].was, rows[i].now) == rows[i].wakes, "%s: %s -> %s",
                      rows[i].requests, rows[i].was, rows[i].now);
    }
}
END_TEST

static bool pod_wakes(const char *name, unsigned what, const char *asks, const struct pod_info *was,
                      const struct pod_info *now)
{
    struct pod_info *p = pod_text("web", "", asks);
    int i = plugin_find(str_of(name));
    struct sched_event e = {.what = what, .pod_was = was, .pod = now};
    if (what == EV_SELF) e.self = queue_self_changes(was, now);
    bool wakes = sched_plugins[i]->hint(NULL, p, &e);
    pod_info_unref(p);
    return wakes;
}

START_TEST(pods_wake_when_what_is_asked_gets_free)
{
    static const struct {
        const char *asks, *was, *now, *node;
        bool wakes;
    } rows[] = {
        {ASKS("\"cpu\":\"1\""), ASKS("\"cpu\":\"2\""), ASKS("\"cpu\":\"1\""), "n1", true},
        {ASKS("\"cpu\":\"1\""), ASKS("\"cpu\":\"2\""), ASKS("\"cpu\":\"1\""), "", false},
        {ASKS("\"cpu\":\"1\""), ASKS("\"memory\":\"2\""), ASKS("\"memory\":\"1\""), "n1", false},
        {ASKS("\"cpu\":\"1\""), ASKS("\"cpu\":\"1\""), ASKS("\"cpu\":\"2\""), "n1", false},
        {ASKS("\"e.com/x\":\"1\""), ASKS("\"e.com/x\":\"2\""), ASKS("\"cpu\":\"1\""), "n1", true},
        {ASKS("\"e.com/x\":\"0\""), ASKS("\"e.com/x\":\"2\""), ASKS("\"cpu\":\"1\""), "n1", false},
        {ASKS(""), ASKS("\"cpu\":\"2\""), ASKS("\"cpu\":\"1\""), "n1", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct pod_info *was = pod_text("other", rows[i].node, rows[i].was),
                        *now = pod_text("other", rows[i].node, rows[i].now);
        ck_assert_msg(pod_wakes("NodeResourcesFit", EV_POD_SCALE_DOWN, rows[i].asks, was, now) == rows[i].wakes,
                      "row %zu", i);
        pod_info_unref(was);
        pod_info_unref(now);
    }
}
END_TEST

START_TEST(an_end_and_asking_for_less_wake)
{
    struct pod_info *other = pod_text("other", "n1", ASKS("")), *more = pod_text("web", "", ASKS("\"cpu\":\"2\"")),
                    *less = pod_text("web", "", ASKS("\"cpu\":\"1\""));
    ck_assert(pod_wakes("NodeResourcesFit", EV_POD_DELETE, ASKS("\"cpu\":\"1\""), other, NULL));
    ck_assert(pod_wakes("NodeResourcesFit", EV_POD_DELETE, ASKS("\"cpu\":\"1\""), other, other));
    ck_assert(pod_wakes("NodeResourcesFit", EV_SELF, ASKS("\"cpu\":\"1\""), more, less));
    ck_assert(!pod_wakes("NodeResourcesFit", EV_SELF, ASKS("\"cpu\":\"1\""), less, more));
    ck_assert(!pod_wakes("NodeResourcesFit", EV_SELF, ASKS("\"cpu\":\"1\""), less, less));
    pod_info_unref(other);
    pod_info_unref(more);
    pod_info_unref(less);
}
END_TEST

#define RESTARTS "\"containers\":[{\"name\":\"c\",\"restartPolicyRules\":[{\"action\":\"RestartAllContainers\"}]}]"

START_TEST(features_wake_when_they_change)
{
    const char *name = "NodeDeclaredFeatures";
    ck_assert(node_wakes(name, RESTARTS, "", HAS("1", "")));
    ck_assert(node_wakes(name, RESTARTS, HAS("1", ""), HAS("1", "") ",\"declaredFeatures\":[\"A\"]"));
    ck_assert(node_wakes(name, RESTARTS, "\"declaredFeatures\":[\"A\"]", "\"declaredFeatures\":[\"B\"]"));
    ck_assert(!node_wakes(name, RESTARTS, HAS("1", "") ",\"declaredFeatures\":[\"A\"]",
                          HAS("2", "") ",\"declaredFeatures\":[\"A\"]"));
    struct pod_info *needs = pod_text("web", "", RESTARTS), *plain = pod_text("web", "", ASKS(""));
    ck_assert(pod_wakes(name, EV_SELF, RESTARTS, needs, plain));
    ck_assert(!pod_wakes(name, EV_SELF, RESTARTS, needs, needs));
    pod_info_unref(needs);
    pod_info_unref(plain);
}
END_TEST

TEST_MAIN("hints", nodes_wake_what_would_fit_alone, pods_wake_when_what_is_asked_gets_free,
          an_end_and_asking_for_less_wake, features_wake_when_they_change)
