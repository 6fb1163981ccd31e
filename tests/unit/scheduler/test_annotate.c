/* test_annotate.c - the annotations of an attempt, byte for byte as kube-scheduler-simulator writes them; what becomes
 * of them when there are too many nodes, too many attempts, too little room. */
#include "scheduler/annotate.h"
#include "world.h"

#include <stdlib.h>

#define HISTORY  "kube-scheduler-simulator.sigs.k8s.io/result-history"
#define LEFT_OUT "sim.kubestep.dev/results-left-out"

START_TEST(strings)
{
    static const char *const rows[][2] = {
        {"a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\""},
        {"<a> & 'b'", "\"\\u003ca\\u003e \\u0026 'b'\""},
        {"\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {"\xc3\xa4 \xe2\x80\xa7 \xe2\x80\xa8 \xe2\x80\xa9", "\"\xc3\xa4 \xe2\x80\xa7 \\u2028 \\u2029\""},
        {"\xff \xe2\x80", "\"\\ufffd \\ufffd\\ufffd\""},
        {"", "\"\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf got AUTO_BUF = {0};
        buf_init(&got, 1024);
        result_write_string(&got, str_of(rows[i][0]));
        ck_assert_str_eq(got.p, rows[i][1]);
    }
}
END_TEST

/* The value in the patch of these notes for a pod without annotations. */
static char *value_of(const struct result_notes *t, enum result r)
{
    struct arena a AUTO_ARENA = {0};
    struct json *patch = annotate_patch(&a, t, NULL);
    ck_assert_ptr_nonnull(patch);
    return str_dup(obj_map_str(patch, ".metadata.annotations", str_of(result_keys[r])));
}

static void check_values(const struct result_notes *t, const char *const want[RESULT_COUNT])
{
    for (int r = 0; r < RESULT_COUNT; r++) {
        AUTO_FREE char *got = value_of(t, (enum result)r);
        ck_assert_msg(strcmp(got, want[r] ? want[r] : "{}") == 0, "%s: %s, want %s", result_keys[r], got,
                      want[r] ? want[r] : "{}");
    }
}

#define PREFILTERS(affinity)                                                                                           \
    "{\"DynamicResources\":\"\",\"InterPodAffinity\":\"\",\"NodeAffinity\":\"" affinity                                \
    "\",\"NodeDeclaredFeatures\":\"\",\"NodePorts\":\"\",\"NodeResourcesFit\":\"success\",\"NodeVolumeLimits\":\"\","  \
    "\"PodTopologySpread\":\"\",\"VolumeBinding\":\"\",\"VolumeRestrictions\":\"\",\"VolumeZone\":\"\"}"
#define PASSED                                                                                                         \
    "{\"NodeName\":\"passed\",\"NodeResourcesFit\":\"passed\",\"NodeUnschedulable\":\"passed\",\"TaintToleration\":"   \
    "\"passed\"}"
#define SHORT                                                                                                          \
    "{\"NodeName\":\"passed\",\"NodeResourcesFit\":\"Insufficient cpu\",\"NodeUnschedulable\":\"passed\","             \
    "\"TaintToleration\":\"passed\"}"
#define SUCCESS "{\"DynamicResources\":\"success\",\"VolumeBinding\":\"success\"}"
#define SCORES(balance, fit, spread, taints)                                                                           \
    "{\"DynamicResources\":\"0\",\"ImageLocality\":\"0\",\"NodeResourcesBalancedAllocation\":\"" balance               \
    "\",\"NodeResourcesFit\":\"" fit "\",\"TaintToleration\":\"" taints "\"}"

START_TEST(a_pod_that_is_placed)
{
    struct attempt t;
    world_up();
    add_node("b", 4);
    add_node("a", 4);
    add_node("small", 1);
    attempt_run(&t, 0, "2", "", "");
    const char *node = t.cy.chosen >= 0 && str_eqc(cycle_node(&t.cy), "a") ? "a" : "b";
    struct result_notes *notes = result_notes_of(&t.cy);
    attempt_end(&t);
    const char *want[RESULT_COUNT] = {
        [RESULT_PREFILTER_STATUS] = PREFILTERS(""),
        [RESULT_FILTER] = "{\"a\":" PASSED ",\"b\":" PASSED ",\"small\":" SHORT "}",
        [RESULT_PRESCORE] = "{\"InterPodAffinity\":\"\",\"NodeAffinity\":\"\",\"NodeResourcesBalancedAllocation\":"
                            "\"success\",\"NodeResourcesFit\":\"success\",\"PodTopologySpread\":\"\","
                            "\"TaintToleration\":\"success\",\"VolumeBinding\":\"\"}",
        [RESULT_SCORE] = "{\"a\":" SCORES("62", "74", "", "0") ",\"b\":" SCORES("62", "74", "", "0") "}",
        [RESULT_FINALSCORE] = "{\"a\":" SCORES("62", "74", "", "300") ",\"b\":" SCORES("62", "74", "", "300") "}",
        [RESULT_SELECTED_NODE] = node,
    };
    check_values(notes, want);
    result_notes_end(notes, profile, NULL);
    want[RESULT_RESERVE] = want[RESULT_PREBIND] = SUCCESS;
    want[RESULT_BIND] = "{\"DefaultBinder\":\"success\"}";
    check_values(notes, want);
    result_notes_free(notes);

    attempt_run(&t, 0, "2", "", "");
    notes = result_notes_of(&t.cy);
    want[RESULT_SELECTED_NODE] = str_eqc(cycle_node(&t.cy), "a") ? "a" : "b";
    attempt_end(&t);
    result_notes_end(notes, profile, "running PreBind plugin \"VolumeBinding\": binding volumes: <timed out>");
    want[RESULT_PREBIND] = "{\"VolumeBinding\":\"binding volumes: \\u003ctimed out\\u003e\"}";
    want[RESULT_BIND] = NULL;
    check_values(notes, want);
    result_notes_free(notes);
    world_down();
}
END_TEST

START_TEST(one_that_cannot_be_reserved_or_bound)
{
    struct attempt t;
    world_up();
    add_node("a", 4);
    attempt_run(&t, 0, "2", "", "");
    struct result_notes *notes = result_notes_of(&t.cy);
    const char *want[RESULT_COUNT] = {
        [RESULT_PREFILTER_STATUS] = PREFILTERS(""),
        [RESULT_FILTER] = "{\"a\":" PASSED "}", /* nothing is scored: it is the only one */
        [RESULT_SELECTED_NODE] = "a",
        [RESULT_RESERVE] = "{\"VolumeBinding\":\"gone\"}",
    };
    result_notes_end(notes, profile, "running Reserve plugin \"VolumeBinding\": gone");
    check_values(notes, want);
    result_notes_free(notes);
    notes = result_notes_of(&t.cy);
    attempt_end(&t);
    result_notes_end(notes, profile, "etcdserver: request timed out");
    want[RESULT_RESERVE] = want[RESULT_PREBIND] = SUCCESS;
    want[RESULT_BIND] = "{\"DefaultBinder\":\"etcdserver: request timed out\"}";
    check_values(notes, want);
    result_notes_free(notes);
    world_down();
}
END_TEST

START_TEST(one_that_fits_nowhere)
{
    struct attempt t;
    world_up();
    add_node("full", 4);
    add_node("b", 4);
    put_running("full", "victim", 1, "3", "", "");
    put_running("b", "other", 50, "3", "", "");
    attempt_run(&t, 10, "2", "", "");
    struct result_notes *notes = result_notes_of(&t.cy);
    attempt_end(&t);
    const char *const want[RESULT_COUNT] = {
        [RESULT_PREFILTER_STATUS] = PREFILTERS(""),
        [RESULT_FILTER] = "{\"b\":" SHORT ",\"full\":" SHORT "}",
        [RESULT_POSTFILTER] = "{\"b\":{},\"full\":{\"DefaultPreemption\":\"preemption victim\"}}",
        [RESULT_SELECTED_NODE] = "",
    };
    check_values(notes, want);
    result_notes_free(notes);
    world_down();
}
END_TEST

#define FIELD(value) "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"" value "\"]}]}"
#define FIELDS(terms)                                                                                                  \
    ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":"      \
    "[" terms "]}}}"
#define TWO_NAMES                                                                                                      \
    "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"a\"]},{\"key\":\"metadata.name\"," \
    "\"operator\":\"In\",\"values\":[\"b\"]}]}"

/* A prefilter left some nodes, or refuses the pod whatever the node. */
START_TEST(prefilters)
{
    struct attempt t;
    world_up();
    add_node("a", 1);
    add_node("b", 1);
    attempt_run(&t, 0, "2", FIELDS(FIELD("nowhere") "," FIELD("b")), "");
    struct result_notes *notes = result_notes_of(&t.cy);
    attempt_end(&t);
    AUTO_FREE char *left = value_of(notes, RESULT_PREFILTER), *status = value_of(notes, RESULT_PREFILTER_STATUS),
                   *post = value_of(notes, RESULT_POSTFILTER), *filter = value_of(notes, RESULT_FILTER);
    result_notes_free(notes);
    ck_assert_str_eq(left, "{\"NodeAffinity\":[\"b\",\"nowhere\"]}");
    ck_assert_str_eq(status, PREFILTERS("success"));
    ck_assert_str_eq(post, "{\"b\":{}}");
    ck_assert_ptr_nonnull(strstr(filter, "\"NodeResourcesFit\":\"Insufficient cpu\""));
    ck_assert_ptr_null(strstr(filter, "\"a\":"));

    attempt_run(&t, 0, "2", FIELDS(TWO_NAMES), "");
    notes = result_notes_of(&t.cy);
    attempt_end(&t);
    const char *const want[RESULT_COUNT] = {
        [RESULT_PREFILTER_STATUS] = "{\"NodeAffinity\":\"pod affinity terms conflict\"}",
        [RESULT_POSTFILTER] = "{\"a\":{},\"b\":{}}",
        [RESULT_SELECTED_NODE] = "",
    };
    check_values(notes, want);
    result_notes_free(notes);
    world_down();
}
END_TEST

START_TEST(without_nodes_there_is_nothing)
{
    struct attempt t;
    world_up();
    attempt_run(&t, 0, "2", "", "");
    ck_assert_ptr_null(result_notes_of(&t.cy));
    attempt_end(&t);
    world_down();
}
END_TEST

/* ---- What there is room for ---- */

static size_t total_of(const struct json *annotations)
{
    size_t all = 0;
    for (OBJ_EACH(it, annotations, "")) all += obj_key(it).n + obj_text(it).n;
    return all;
}

/* Notes of a pod among so many nodes. */
static struct result_notes *notes_among(int nodes)
{
    struct attempt t;
    world_up();
    for (int i = 0; i < nodes; i++) {
        AUTO_FREE char *name = xasprintf("node-%04d", i);
        add_node(name, 4);
    }
    attempt_run(&t, 0, nodes % 2 ? "100" : "2", "", ""); /* odd: it fits nowhere */
    struct result_notes *notes = result_notes_of(&t.cy);
    attempt_end(&t);
    cache_free(cache);
    config_unref(config);
    return notes;
}

static const struct json *own_annotations(struct arena *a, size_t bytes, const char *more)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *filler = xmalloc(bytes + 1);
    memset(filler, 'x', bytes);
    filler[bytes] = '\0';
    const struct json *j = json_parse(a, str_of(arena_printf(a, "{\"example.com/own\":\"%s\"%s}", filler, more)), &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

/* Whatever the pod has, all together stay below the limit with room for others, and are JSON. */
START_TEST(thousands_of_nodes)
{
    static const struct {
        int nodes;
        size_t own;
        const char *left; /* begins so */
    } rows[] = {{2, 0, ""},
                {300, 0, ""},
                {5000, 0, "1 attempt in the history"},
                {5001, 0, "results of "},
                {5000, 200000, "results of "},
                {2, 100000, ""}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct result_notes *notes = notes_among(rows[i].nodes);
        const struct json *own = own_annotations(&a, rows[i].own, ""), *patch = annotate_patch(&a, notes, own),
                          *got = obj_get(patch, ".metadata.annotations");
        AUTO_FREE char *node = str_dup(obj_map_str(got, "", str_of(result_keys[RESULT_SELECTED_NODE])));
        ck_assert_ptr_nonnull(patch);
        ck_assert_uint_le(total_of(got) + total_of(own), ANNOTATIONS_MAX - ANNOTATIONS_FREE);
        for (OBJ_EACH(it, got, ""))
            if (*obj_text(it).p == '{' || *obj_text(it).p == '[')
                ck_assert_ptr_nonnull(json_parse(&a, obj_text(it), &e));
        const struct json *filter = json_parse(&a, obj_map_str(got, "", str_of(result_keys[RESULT_FILTER])), &e);
        ck_assert(*node ? json_get(filter, str_of(node)) != NULL : rows[i].nodes % 2);
        AUTO_FREE char *left = str_dup(obj_map_str(got, "", STR(LEFT_OUT)));
        ck_assert_msg(strncmp(left, rows[i].left, strlen(rows[i].left)) == 0 && !*left == !*rows[i].left, "%s", left);
        if (strstr(left, " nodes"))
            ck_assert_uint_ge(total_of(got) + total_of(own), ANNOTATIONS_MAX - ANNOTATIONS_FREE - 4096);
        result_notes_free(notes);
    }
}
END_TEST

START_TEST(no_room)
{
    struct arena a AUTO_ARENA = {0};
    struct result_notes *notes = notes_among(2);
    ck_assert_ptr_null(annotate_patch(&a, notes, own_annotations(&a, ANNOTATIONS_MAX - ANNOTATIONS_FREE, "")));
    ck_assert_ptr_null(annotate_patch(&a, notes, own_annotations(&a, 2 * ANNOTATIONS_MAX, "")));
    result_notes_free(notes);
}
END_TEST

/* Attempt by attempt: the oldest go when there are too many; a sentence says so. */
START_TEST(history)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct result_notes *notes = notes_among(60);
    const struct json *has = NULL;
    size_t n = 0, most = 0;
    for (int i = 1; i <= 12; i++) {
        const struct json *patch = annotate_patch(&a, notes, has);
        has = obj_get(patch, ".metadata.annotations");
        const struct json *list = json_parse(&a, obj_map_str(has, "", STR(HISTORY)), &e);
        n = obj_count(list, "");
        ck_assert(i == 1 ? n == 1 : n >= most);
        most = MAX(most, n);
        ck_assert((n == (size_t)i) == str_is_null(obj_map_str(has, "", STR(LEFT_OUT))));
        ck_assert_uint_le(total_of(has), ANNOTATIONS_MAX - ANNOTATIONS_FREE);
        for (OBJ_EACH(it, list, "")) ck_assert_int_eq(obj_count(it, ""), RESULT_COUNT);
    }
    ck_assert(n > 2 && n < 12);
    ck_assert_strn_eq(obj_map_str(has, "", STR(LEFT_OUT)), "1 attempt in the history: annotations are at most 256 KiB");
    result_notes_free(notes);
}
END_TEST

/* What others put in its place, and entries of others. */
START_TEST(histories_of_others)
{
    static const struct {
        const char *was;
        const char *begins;
    } rows[] = {
        {"[]", "[{\"kube-scheduler-simulator.sigs.k8s.io/bind-result\":"},
        {"no list", "[{\"kube-scheduler-simulator.sigs.k8s.io/bind-result\":"},
        {"{}", "[{\"kube-scheduler-simulator.sigs.k8s.io/bind-result\":"},
        {"[1]", "[{\"kube-scheduler-simulator.sigs.k8s.io/bind-result\":"},
        {"[{\\\"a\\\":{}}]", "[{\"kube-scheduler-simulator.sigs.k8s.io/bind-result\":"},
        {"[{\\\"b\\\":\\\"<\\\", \\\"a\\\":\\\"\\\"}]", "[{\"a\":\"\",\"b\":\"\\u003c\"},{\"kube-"},
    };
    struct result_notes *notes = notes_among(2);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        AUTO_FREE char *more = xasprintf(",\"" HISTORY "\":\"%s\",\"" LEFT_OUT "\":\"something\"", rows[i].was);
        const struct json *patch = annotate_patch(&a, notes, own_annotations(&a, 10, more)),
                          *got = obj_get(patch, ".metadata.annotations");
        AUTO_FREE char *text = str_dup(obj_map_str(got, "", STR(HISTORY)));
        ck_assert_msg(strncmp(text, rows[i].begins, strlen(rows[i].begins)) == 0, "%s: %s", rows[i].was, text);
        ck_assert(json_is(json_get(got, STR(LEFT_OUT)), JSON_NULL)); /* nothing is left out any more */
        ck_assert_ptr_null(json_get(got, STR("example.com/own")));
    }
    result_notes_free(notes);
}
END_TEST

TEST_MAIN("annotate", strings, a_pod_that_is_placed, one_that_cannot_be_reserved_or_bound, one_that_fits_nowhere,
          prefilters, without_nodes_there_is_nothing, thousands_of_nodes, no_room, history, histories_of_others)
