/* test_daemonset_plan.c - what is done for a DaemonSet, given nodes and pods: its pods, states worked by hand, and
 * random walks on which the promises of DaemonSets must hold. */
#include "base/clk.h"
#include "base/rnd.h"
#include "controllers/daemonset.h"
#include "sets_support.h"

#define HASH STR("new")

/* Nodes are written by what they are: "a" fits, "t" has a NoSchedule taint, "x" a NoExecute one, "-" does not fit. The
 * first is n0. */
static void read_nodes(struct arena *a, const char *text, struct objs *nodes)
{
    for (int i = 0; text[i]; i++) {
        struct json *node = obj_new(a, "v1", "Node");
        obj_put_fmt(a, node, ".metadata.name", "n%d", i);
        obj_put_cstr(a, node, ".metadata.labels.fits", text[i] == '-' ? "no" : "yes");
        if (text[i] == 't' || text[i] == 'x') {
            struct json *taint = obj_append(a, node, ".spec.taints");
            obj_put_cstr(a, taint, ".key", "k");
            obj_put_cstr(a, taint, ".effect", text[i] == 't' ? "NoSchedule" : "NoExecute");
        }
        add_object(nodes, node);
    }
}

/* Pods are written NODE STATE REVISION: "0Ao" is an available old one on n0; the 3rd is p2. At the end 't':
 * terminating, 'u': not bound yet. */
static void read_pods(struct arena *a, const char *text, struct objs *pods)
{
    char word[32];
    for (int i = 0; next_word(&text, word); i++) {
        struct json *pod = obj_new(a, "v1", "Pod");
        obj_put_fmt(a, pod, ".metadata.name", "p%d", i);
        obj_put_fmt(a, pod, ".metadata.creationTimestamp", "2020-01-01T00:00:%02dZ", i);
        put_state(a, pod, word[1]);
        obj_put_cstr(a, pod, ".metadata.labels.controller-revision-hash", word[2] == 'o' ? "old" : "new");
        if (word[3] == 't') put_terminating(a, pod);
        if (word[3] != 'u') {
            obj_put_fmt(a, pod, ".spec.nodeName", "n%c", word[0]);
        } else {
            struct json *term = obj_append(a, pod,
                                           ".spec.affinity.nodeAffinity."
                                           "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
            struct json *field = obj_append(a, term, ".matchFields");
            obj_put_cstr(a, field, ".key", "metadata.name");
            obj_put_cstr(a, field, ".operator", "In");
            obj_append_str(a, field, ".values", str_printf(a, "n%c", word[0]));
        }
        add_object(pods, pod);
    }
}

static void steps_text(struct buf *b, const struct daemon_steps *steps)
{
    static const char *const ends[] = {
        [DAEMON_SURPLUS] = "delete", [DAEMON_FAILED] = "failed", [DAEMON_SUCCEEDED] = "succeeded"};
    for (size_t i = 0; i < steps->ncreates; i++)
        buf_addf(b, "%screate %.*s", b->n ? ", " : "", STR_ARG(steps->creates[i]));
    for (size_t i = 0; i < steps->nremovals; i++)
        buf_addf(b, "%s%s %.*s", b->n ? ", " : "", ends[steps->removals[i].why], STR_ARG(steps->removals[i].pod->name));
}

#define SET(more)                                                                                                      \
    "{\"metadata\":{\"name\":\"d\",\"uid\":\"U\"},\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"fits\":"       \
    "\"yes\"}}}" more "}}"
#define ROLLING(unavailable, surge)                                                                                    \
    SET(",\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":" unavailable           \
        ",\"maxSurge\":" surge "}}")
#define ONE      ROLLING("1", "0")
#define SURGE    ROLLING("0", "1")
#define ONDELETE SET(",\"updateStrategy\":{\"type\":\"OnDelete\"}")

static const struct {
    const char *what, *set, *nodes, *pods, *steps;
} rows[] = {
    {"one per node", ONE, "aa", "", "create n0, create n1"},
    {"not where it does not fit", ONE, "a-tx", "", "create n0"},
    {"all there", ONE, "aa", "0An 1Pnu", ""},
    {"a taint keeps those that are there", ONE, "t", "0An", ""},
    {"unless it drives out", ONE, "x", "0An", "delete p0"},
    {"a node that no longer fits", ONE, "-", "0An", "delete p0"},
    {"it goes already", ONE, "-", "0Ant", ""},
    {"nothing before the former is gone", ONE, "a", "0Ant", ""},
    {"what has ended and goes does not count", ONE, "a", "0Fnt", "create n0"},
    {"failed", ONE, "aa", "0Fn 1An", "failed p0"},
    {"succeeded", ONE, "a", "0Sn", "succeeded p0"},
    {"two: the older stays", ONE, "a", "0An 0An", "delete p1"},
    {"two: the bound one stays", ONE, "a", "0Pnu 0An", "delete p0"},
    {"not bound, its node is gone", ONE, "a", "0An 7Pnu", "delete p1"},
    {"bound to a gone node: not ours to delete", ONE, "a", "0An 7An", ""},
    {"one old pod goes", ONE, "aaa", "0Ao 1Ao 2Ao", "delete p0"},
    {"then it is made", ONE, "aaa", "1Ao 2Ao", "create n0"},
    {"nothing more before it is available", ONE, "aaa", "0Un 1Ao 2Ao", ""},
    {"then the next", ONE, "aaa", "0An 1Ao 2Ao", "delete p1"},
    {"two at once", ROLLING("2", "0"), "aaaa", "0Ao 1Ao 2Ao 3Ao", "delete p0, delete p1"},
    {"half, rounded up", ROLLING("\"50%\"", "0"), "aaa", "0Ao 1Ao 2Ao", "delete p0, delete p1"},
    {"an old one that is not available goes at once", ONE, "aaa", "0Ao 1Uo 2Ao", "delete p1"},
    {"several too", ONE, "aaa", "0Uo 1Uo 2Ao", "delete p0, delete p1"},
    {"one that goes is one that is missing", ONE, "aaa", "0Aot 1Ao 2Ao", ""},
    {"surge: a new one beside the old", SURGE, "aa", "0Ao 1Ao", "create n0"},
    {"and nothing more before it is available", SURGE, "aa", "0Ao 1Ao 0Un", ""},
    {"then the old one goes", SURGE, "aa", "0Ao 1Ao 0An", "delete p0"},
    {"then the next", SURGE, "aa", "1Ao 0An", "create n1"},
    {"surge: an old one that is not available gives way at once", SURGE, "aaa", "0Uo 1Uo 2Ao",
     "create n0, create n1, create n2"},
    {"surge: and goes when there is a new one", SURGE, "a", "0Uo 0Un", "delete p0"},
    {"surge: more than one old and one new", SURGE, "a", "0Ao 0Ao 0Un", "delete p1"},
    {"surge: on a node that no longer fits a pod stays as long as it is needed", SURGE, "at", "0Uo 1Ao", "create n0"},
    {"surge: then it goes", SURGE, "at", "0Ao 1Ao", "create n0, delete p1"},
    {"OnDelete", ONDELETE, "aa", "0Ao 1Ao", ""},
    {"OnDelete makes what is missing", ONDELETE, "aa", "0Ao", "create n1"},
};

static struct daemon_view *view_of(struct arena *a, const struct object *set, const char *nodes_text,
                                   const char *pods_text, struct objs *nodes, struct objs *pods)
{
    read_nodes(a, nodes_text, nodes);
    read_pods(a, pods_text, pods);
    return daemonset_view(a, set, HASH, nodes, pods);
}

START_TEST(by_hand)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf b AUTO_BUF = {0};
        struct objs nodes AUTO_OBJS = {0}, pods AUTO_OBJS = {0};
        const struct object *set AUTO_OBJ = object_from(rows[i].set);
        struct daemon_steps steps;
        buf_init(&b, 1 << 16);
        struct daemon_view *v = view_of(&a, set, rows[i].nodes, rows[i].pods, &nodes, &pods);
        daemonset_manage(v, &steps);
        if (!steps.ncreates && !steps.nremovals) daemonset_update(v, &steps);
        steps_text(&b, &steps);
        ck_assert_msg(str_eqc(buf_view(&b), rows[i].steps), "%s: \"%.*s\" is not \"%s\"", rows[i].what,
                      STR_ARG(buf_view(&b)), rows[i].steps);
    }
}
END_TEST

START_TEST(counts)
{
    struct arena a AUTO_ARENA = {0};
    struct objs nodes AUTO_OBJS = {0}, pods AUTO_OBJS = {0};
    const struct object *set AUTO_OBJ = object_from(ONE);
    struct daemon_counts n;
    struct daemon_view *v = view_of(&a, set, "aaaat-", "0An 1Ao 2Un 4An 5Ao 9An", &nodes, &pods);
    daemonset_count(v, &n);
    ck_assert_int_eq(n.desired, 4);
    ck_assert_int_eq(n.current, 3);
    ck_assert_int_eq(n.misscheduled, 2);
    ck_assert_int_eq(n.ready, 2);
    ck_assert_int_eq(n.available, 2);
    ck_assert_int_eq(n.updated, 2);
}
END_TEST

START_TEST(a_pod_for_a_node)
{
    static const char *const tolerated[] = {"not-ready",    "unreachable",   "disk-pressure",      "memory-pressure",
                                            "pid-pressure", "unschedulable", "network-unavailable"};
    struct arena a AUTO_ARENA = {0};
    const struct object *set AUTO_OBJ = object_from(
        "{\"metadata\":{\"name\":\"d\",\"annotations\":{\"deprecated.daemonset.template.generation\":\"3\"}},"
        "\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"}},\"spec\":{\"hostNetwork\":true,"
        "\"tolerations\":[{\"key\":\"mine\",\"operator\":\"Exists\"},{\"key\":\"node.kubernetes.io/not-ready\","
        "\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":5}],"
        "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":"
        "[{\"matchExpressions\":[{\"key\":\"z\",\"operator\":\"Exists\"}]},{}]}}}}}}}");
    struct json *pod = daemonset_pod(&a, set, daemonset_template(&a, set, HASH), STR("n7"));
    const struct object *made AUTO_OBJ = object_of(pod);
    ck_assert_strn_eq(daemonset_node_of(made), "n7");
    ck_assert_uint_eq(obj_count(pod, ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
                                     ".nodeSelectorTerms"),
                      1);
    ck_assert(obj_is(pod, ".metadata.labels.pod-template-generation", "3"));
    ck_assert(obj_is(pod, ".metadata.labels.controller-revision-hash", "new"));
    ck_assert(obj_is(pod, ".metadata.generateName", "d-"));
    ck_assert_uint_eq(obj_count(pod, ".spec.tolerations"), 8);
    for (size_t i = 0; i < ARRAY_LEN(tolerated); i++) {
        const struct json *t =
            obj_find(pod, ".spec.tolerations", "key", str_printf(&a, "node.kubernetes.io/%s", tolerated[i]));
        ck_assert(obj_is(t, ".effect", i < 2 ? "NoExecute" : "NoSchedule") && !obj_has(t, ".tolerationSeconds"));
    }
    ck_assert(daemonset_is_updated(set, made, STR("other"))); /* of the same generation */
}
END_TEST

/* ---- Failing pods ---- */

static void clock_at(int64_t ms) { clk_set(&(struct clk_state){.at_ns = ms * 1000000, .rate = 1, .paused = true}); }

START_TEST(back_off)
{
    int64_t wait_ms, t = 2000000000000;
    clock_at(t);
    ck_assert(daemonset_may_retry(STR("other"), &wait_ms));
    ck_assert(daemonset_may_retry(STR("k"), &wait_ms));
    for (int64_t want = 1000; want < 900000; want *= 2) {
        ck_assert(!daemonset_may_retry(STR("k"), &wait_ms));
        ck_assert_int_eq(wait_ms, want);
        clock_at(t += want);
        ck_assert(daemonset_may_retry(STR("k"), &wait_ms));
    }
    ck_assert(!daemonset_may_retry(STR("k"), &wait_ms));
    ck_assert_int_eq(wait_ms, 900000); /* no more than 15 minutes */
    clock_at(t + 2 * 900000 + 1);      /* well for so long: forgotten */
    ck_assert(daemonset_may_retry(STR("k"), &wait_ms));
    ck_assert(!daemonset_may_retry(STR("k"), &wait_ms));
    ck_assert_int_eq(wait_ms, 1000);
}
END_TEST

/* ---- Random walks ---- */

enum { NODES = 6, PODS = 64, WALKS = 60, STEPS = 120 };

struct model { /* a cluster of one set */
    struct {
        char state; /* 0: none */
        int node;
        bool old, going;
    } pods[PODS];
    char nodes[NODES + 1];
    int max;
    bool surge;
};

static const char *model_pods(struct arena *a, const struct model *m, int *at)
{
    struct buf b AUTO_BUF = {0};
    int n = 0;
    buf_init(&b, 8192);
    for (int i = 0; i < PODS; i++) {
        if (!m->pods[i].state) continue;
        at[n++] = i;
        buf_addf(&b, "%d%c%c%s ", m->pods[i].node, m->pods[i].state, m->pods[i].old ? 'o' : 'n',
                 m->pods[i].going ? "t" : "");
    }
    return str_cstr(a, buf_view(&b));
}

static bool serves(const struct model *m, int i)
{
    return m->pods[i].state == 'A' && !m->pods[i].going && m->nodes[m->pods[i].node] == 'a';
}

static int nodes_served(const struct model *m)
{
    bool served[NODES] = {0};
    int n = 0;
    for (int i = 0; i < PODS; i++)
        if (m->pods[i].state && serves(m, i)) served[m->pods[i].node] = true;
    for (int i = 0; i < NODES; i++) n += served[i];
    return n;
}

static int desired(const struct model *m)
{
    int n = 0;
    for (int i = 0; i < NODES; i++) n += m->nodes[i] == 'a';
    return n;
}

static void come_up(struct model *m, int i)
{
    if (m->pods[i].going)
        m->pods[i].state = 0;
    else if (m->pods[i].state == 'P' || m->pods[i].state == 'U')
        m->pods[i].state = 'A';
}

static void shake(struct model *m)
{
    int i = (int)rnd_below(PODS), node = (int)rnd_below(NODES);
    switch (rnd_below(12)) {
    case 0: m->nodes[node] = "aat-"[rnd_below(4)]; return;
    case 1:
        for (int k = 0; k < PODS; k++) m->pods[k].old = true;
        return;
    case 2:
        if (m->pods[i].state && !m->pods[i].going) m->pods[i].state = "UFS"[rnd_below(3)];
        return;
    default:
        for (int k = 0; k < PODS; k++)
            if (rnd_below(2)) come_up(m, k);
    }
}

static void make(struct model *m, int node)
{
    int i = 0, alive = 0;
    for (int k = 0; k < PODS; k++)
        alive += m->pods[k].state && m->pods[k].node == node && !m->pods[k].going && m->pods[k].state != 'F' &&
                 m->pods[k].state != 'S';
    ck_assert_int_eq(m->nodes[node], 'a');
    ck_assert_int_le(alive, m->surge); /* one pod per node, two while it surges */
    while (m->pods[i].state) ck_assert_int_lt(++i, PODS);
    m->pods[i].state = 'P';
    m->pods[i].node = node;
    m->pods[i].old = m->pods[i].going = false;
}

/* An update takes no more nodes out of service than it may. */
static void reconcile(struct model *m)
{
    struct arena a AUTO_ARENA = {0};
    struct objs nodes AUTO_OBJS = {0}, pods AUTO_OBJS = {0};
    struct daemon_steps steps;
    int at[PODS], before = nodes_served(m);
    const struct object *set AUTO_OBJ = object_from(m->surge ? arena_printf(&a, ROLLING("0", "%d"), m->max)
                                                             : arena_printf(&a, ROLLING("%d", "0"), m->max));
    struct daemon_view *v = view_of(&a, set, m->nodes, model_pods(&a, m, at), &nodes, &pods);
    daemonset_manage(v, &steps);
    bool updates = !steps.ncreates && !steps.nremovals;
    if (updates) daemonset_update(v, &steps);
    for (size_t i = 0; i < steps.nremovals; i++) m->pods[at[atoi(steps.removals[i].pod->name.p + 1)]].going = true;
    for (size_t i = 0; i < steps.ncreates; i++) make(m, atoi(steps.creates[i].p + 1));
    int after = nodes_served(m);
    if (!updates) return;
    if (m->surge)
        ck_assert_int_eq(after, before);
    else
        ck_assert(after == before || desired(m) - after <= m->max);
}

static void settle(struct model *m)
{
    for (int round = 0; round < 100; round++) {
        reconcile(m);
        for (int i = 0; i < PODS; i++) come_up(m, i);
    }
    for (int node = 0; node < NODES; node++) {
        int n = 0;
        for (int i = 0; i < PODS; i++) {
            if (!m->pods[i].state || m->pods[i].node != node) continue;
            ck_assert(m->nodes[node] == 't' || (m->pods[i].state == 'A' && !m->pods[i].old));
            n++;
        }
        if (m->nodes[node] == 'a') ck_assert_int_eq(n, 1);
        if (m->nodes[node] == '-') ck_assert_int_eq(n, 0);
    }
}

START_TEST(promises_hold_on_random_walks)
{
    for (int walk = 0; walk < WALKS; walk++) {
        struct model m = {.nodes = "aaaaaa", .max = 1 + walk % 3, .surge = walk % 2};
        rnd_seed((uint64_t)walk + 1);
        for (int step = 0; step < STEPS; step++) {
            shake(&m);
            if (rnd_below(2)) reconcile(&m);
        }
        settle(&m);
    }
}
END_TEST

TEST_MAIN("daemonset_plan", by_hand, counts, a_pod_for_a_node, promises_hold_on_random_walks, back_off)
