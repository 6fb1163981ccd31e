/* test_config.c - configurations: what is there without a file, our plugins against upstream's points, the order in
 * which lists are merged, lookups by scheduler name, bounds. What the words are is tests/golden/scheduler_config's. */
#include "check_main.h"
#include "scheduler/config_priv.h"
#include "scheduler/scope.h"

#include <stdio.h>
#include <unistd.h>

#define HEAD "apiVersion: " CONFIG_VERSION "\nkind: " CONFIG_KIND "\n"

static const struct sched_config *parse(const char *text)
{
    struct config_errors w = {0};
    const struct sched_config *c = config_parse(str_of(text), &w);
    ck_assert_msg(c != NULL, "%.*s", STR_ARG(w.items[0]));
    config_errors_release(&w);
    return c;
}

/* "A, B" of a point. */
static char *asked(const struct profile *p, enum point at)
{
    struct buf out;
    buf_init(&out, 4096);
    for (int i = 0; i < p->count[at]; i++) buf_addf(&out, "%s%s", i ? ", " : "", sched_plugins[p->order[at][i]]->name);
    return buf_take(&out);
}

START_TEST(without_a_file)
{
    const struct sched_config *c = config_default();
    struct profile *usual = profile_default("default-scheduler");
    ck_assert_int_eq(c->nprofiles, 1);
    ck_assert_str_eq(c->profiles[0]->scheduler, "default-scheduler");
    ck_assert_int_eq(c->backoff_first_ms, 1000);
    ck_assert_int_eq(c->backoff_max_ms, 10000);
    ck_assert_int_eq(c->profiles[0]->percentage, 0);
    for (int at = 0; at < POINT_COUNT; at++) {
        AUTO_FREE char *want = asked(usual, (enum point)at), *have = asked(c->profiles[0], (enum point)at);
        ck_assert_str_eq(have, want);
    }
    for (int i = 0; sched_plugins[i]; i++)
        if (sched_plugins[i]->score) ck_assert_int_eq(c->profiles[0]->weight[i], usual->weight[i]);
    profile_free(usual);
    config_unref(c);
}
END_TEST

/* Where one of ours has something to do upstream's has, too: or a file could not take it away there. */
START_TEST(our_plugins_are_upstreams)
{
    for (int i = 0; sched_plugins[i]; i++) {
        const struct config_plugin_row *row = config_plugin(str_of(sched_plugins[i]->name));
        ck_assert_msg(row != NULL, "%s", sched_plugins[i]->name);
        for (int cp = 0; cp < CP_COUNT; cp++)
            if (config_points[cp].point >= 0 && plugin_is_of(sched_plugins[i], (enum point)config_points[cp].point))
                ck_assert_msg(row->points & 1u << cp, "%s: %s", row->name, config_points[cp].name);
        if (sched_plugins[i]->score) ck_assert_int_eq(sched_plugins[i]->weight, row->weight);
    }
}
END_TEST

#define FILTERS(text)                                                                                                  \
    HEAD "profiles:\n- plugins:\n    multiPoint: {disabled: [{name: '*'}], enabled: [{name: PrioritySort}, "           \
         "{name: DefaultBinder}, {name: NodeName}, {name: NodePorts}, {name: TaintToleration}]}\n" text

START_TEST(orders)
{
    static const struct {
        const char *text, *filters;
    } rows[] = {
        {FILTERS(""), "NodeName, NodePorts, TaintToleration"},
        {FILTERS("    filter: {disabled: [{name: NodePorts}]}\n"), "NodeName, TaintToleration"},
        {FILTERS("    filter: {disabled: [{name: '*'}]}\n"), ""},
        {FILTERS("    filter: {enabled: [{name: NodePorts}]}\n"), "NodePorts, NodeName, TaintToleration"},
        {FILTERS("    filter: {enabled: [{name: NodeUnschedulable}]}\n"),
         "NodeName, NodePorts, TaintToleration, NodeUnschedulable"},
        {FILTERS("    filter: {enabled: [{name: NodeUnschedulable}, {name: TaintToleration}]}\n"),
         "TaintToleration, NodeName, NodePorts, NodeUnschedulable"},
        {FILTERS("    filter: {disabled: [{name: '*'}], enabled: [{name: TaintToleration}, {name: NodeName}]}\n"),
         "TaintToleration, NodeName"},
        {FILTERS("    filter: {disabled: [{name: NodeName}], enabled: [{name: NodeName}]}\n"),
         "NodePorts, TaintToleration, NodeName"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct sched_config *c = parse(rows[i].text);
        AUTO_FREE char *have = asked(c->profiles[0], POINT_FILTER);
        ck_assert_msg(strcmp(have, rows[i].filters) == 0, "%s: %s", rows[i].text, have);
        config_unref(c);
    }
}
END_TEST

START_TEST(weights_and_percentages)
{
    const struct sched_config *c = parse(
        HEAD "percentageOfNodesToScore: 30\npodInitialBackoffSeconds: 2\npodMaxBackoffSeconds: 9000000000000000000\n"
             "profiles:\n- schedulerName: a\n  percentageOfNodesToScore: 0\n- schedulerName: b\n"
             "  percentageOfNodesToScore: 70\n- schedulerName: c\n  plugins:\n"
             "    multiPoint: {enabled: [{name: ImageLocality, weight: 9}]}\n"
             "    score: {enabled: [{name: NodeAffinity}]}\n");
    const struct profile *p = config_profile(c, STR("c"));
    ck_assert_int_eq(config_profile(c, STR("a"))->percentage, 0);
    ck_assert_int_eq(config_profile(c, STR("b"))->percentage, 70);
    ck_assert_int_eq(p->percentage, 30);
    ck_assert_ptr_null(config_profile(c, STR("default-scheduler")));
    ck_assert_ptr_null(config_profile(c, STR("")));
    ck_assert_int_eq(p->weight[plugin_find(STR("ImageLocality"))], 9);
    ck_assert_int_eq(p->weight[plugin_find(STR("NodeAffinity"))], 1);
    ck_assert_int_eq(p->weight[plugin_find(STR("TaintToleration"))], 3);
    ck_assert_int_eq(c->backoff_first_ms, 2000);
    ck_assert_int_eq(c->backoff_max_ms, BACKOFF_LIMIT_S * INT64_C(1000));
    config_unref(c);
}
END_TEST

/* A plugin is given its arguments, and only if it is asked. */
START_TEST(arguments_reach_plugins)
{
    static const char *const off[] = {"", "    multiPoint: {disabled: [{name: NodeAffinity}]}\n"};
    int at = plugin_find(STR("NodeAffinity"));
    for (size_t i = 0; i < ARRAY_LEN(off); i++) {
        AUTO_FREE char *text =
            xasprintf(HEAD "profiles:\n- plugins:\n    filter: {}\n%s  pluginConfig:\n  - name: NodeAffinity\n    "
                           "args: {addedAffinity: "
                           "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: "
                           "metadata.name, operator: In, values: [n1]}]}]}}}\n",
                      off[i]);
        const struct sched_config *c = parse(text);
        ck_assert_int_eq(c->profiles[0]->args[at] != NULL, i == 0);
        config_unref(c);
    }
}
END_TEST

START_TEST(complaints_are_bounded)
{
    struct config_errors w = {0};
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 1 << 20);
    buf_cstr(&text, HEAD "profiles:\n");
    for (int i = 0; i < 400; i++) buf_addf(&text, "- schedulerName: s%d\n  percentageOfNodesToScore: 101\n", i);
    ck_assert_ptr_null(config_parse(buf_view(&text), &w));
    ck_assert_int_eq(w.n, CONFIG_ERRORS_MAX);
    ck_assert_int_eq(w.n + w.more, 401); /* and that they are too many */
    ck_assert(str_eq(w.items[0], STR("profiles: Too many: 400: must have at most 64 items")));
    config_errors_release(&w);
}
END_TEST

START_TEST(files)
{
    struct buf why AUTO_BUF = {0};
    char path[] = "/tmp/kubestep-config-XXXXXX";
    static const char text[] = HEAD "foo: 1\nparallelism: 3\nparallelism: 4\n";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    buf_init(&why, 4096);
    ck_assert_ptr_null(config_load(path, &why));
    AUTO_FREE char *want = xasprintf("%s: strict decoding error: yaml: unmarshal errors:   line 5: key \"parallelism\" "
                                     "already set in map, unknown field \"foo\"",
                                     path);
    ck_assert_msg(str_eqc(buf_view(&why), want), "%.*s", STR_ARG(buf_view(&why)));
    unlink(path);
    buf_clear(&why);
    ck_assert_ptr_null(config_load(path, &why));
    ck_assert_msg(str_ends(buf_view(&why), STR(": No such file or directory")), "%.*s", STR_ARG(buf_view(&why)));
}
END_TEST

/* ---- Which pods are ours ---- */

static struct pod_info *pod(const char *name, const char *scheduler)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text =
        xasprintf("{\"metadata\":{\"name\":\"%s\",\"namespace\":\"default\",\"uid\":\"%s\"},\"spec\":{"
                  "\"schedulerName\":\"%s\"}}",
                  name, name, scheduler);
    const struct object *o AUTO_OBJ = object_parse(str_of(text), NULL, &e);
    ck_assert_ptr_nonnull(o);
    return pod_info_new(o, true);
}

static void put(struct scope *s, const char *name, const char *scheduler, bool ours)
{
    struct pod_info *p = pod(name, scheduler);
    ck_assert_int_eq(scope_add(s, p), ours);
    pod_info_unref(p);
}

static void told(void *arg, const struct pod_info *p, bool ours)
{
    buf_addf(arg, "%s%.*s ", ours ? "+" : "-", STR_ARG(p->name));
}

START_TEST(pods_come_and_go)
{
    const struct sched_config *one = parse(HEAD "profiles: [{schedulerName: a}, {schedulerName: b}]\n");
    const struct sched_config *two = parse(HEAD "profiles: [{schedulerName: b}, {schedulerName: c}]\n");
    struct scope *s = scope_new(one);
    struct buf said AUTO_BUF = {0};
    buf_init(&said, 1024);
    put(s, "p1", "a", true);
    put(s, "p2", "b", true);
    put(s, "p3", "c", false);
    put(s, "p4", "d", false);
    put(s, "p5", "c", false);
    put(s, "p3", "c", false); /* changed */
    scope_remove(s, STR("p5"));
    scope_remove(s, STR("p9"));
    const struct sched_config *kept = scope_config(s);
    ck_assert_ptr_eq(kept, one);
    config_unref(kept);
    const struct sched_config *was = scope_configure(s, two);
    ck_assert_ptr_eq(was, one);
    scope_compare(s, was, told, &said);
    ck_assert_msg(str_eq(buf_view(&said), STR("-p1 +p3 ")), "%.*s", STR_ARG(buf_view(&said)));
    put(s, "p6", "a", false);
    config_unref(was);
    scope_free(s);
    config_unref(one);
    config_unref(two);
}
END_TEST

TEST_MAIN("config", without_a_file, our_plugins_are_upstreams, orders, weights_and_percentages, arguments_reach_plugins,
          complaints_are_bounded, files, pods_come_and_go)
