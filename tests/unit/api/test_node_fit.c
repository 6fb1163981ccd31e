/* test_node_fit.c - node selectors, node affinity, taints and tolerations. */
#include "api/node_fit.h"
#include "api/object.h"
#include "check_main.h"

static const struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    const struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

#define LABELS "{\"zone\":\"a\",\"cpus\":\"8\"}" /* of node "n1" */
#define EXPRESSION(key, op, values)                                                                                    \
    "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" op "\",\"values\":[" values "]}]}"
#define NAME_IN(values) "{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[" values "]}]}"

static const struct {
    const char *term;
    bool matches;
} terms[] = {
    {"{}", false},
    {EXPRESSION("zone", "In", "\"b\",\"a\""), true},
    {EXPRESSION("zone", "In", "\"b\""), false},
    {EXPRESSION("rack", "In", "\"a\""), false},
    {EXPRESSION("zone", "NotIn", "\"b\""), true},
    {EXPRESSION("rack", "NotIn", "\"b\""), true},
    {EXPRESSION("zone", "NotIn", "\"a\""), false},
    {EXPRESSION("zone", "Exists", ""), true},
    {EXPRESSION("rack", "Exists", ""), false},
    {EXPRESSION("rack", "DoesNotExist", ""), true},
    {EXPRESSION("cpus", "Gt", "\"7\""), true},
    {EXPRESSION("cpus", "Gt", "\"8\""), false},
    {EXPRESSION("cpus", "Lt", "\"9\""), true},
    {EXPRESSION("zone", "Lt", "\"9\""), false}, /* no number */
    {EXPRESSION("zone", "Like", "\"a\""), false},
    {NAME_IN("\"n1\""), true},
    {NAME_IN("\"n2\""), false},
    {"{\"matchFields\":[{\"key\":\"metadata.uid\",\"operator\":\"In\",\"values\":[\"n1\"]}]}", false},
    {"{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"n1\"]}],"
     "\"matchExpressions\":[{\"key\":\"rack\",\"operator\":\"Exists\"}]}",
     false}, /* both must hold */
};

START_TEST(terms_of_node_selectors)
{
    for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
        struct arena a AUTO_ARENA = {0};
        bool matches = node_term_matches(parse(&a, terms[i].term), STR("n1"), parse(&a, LABELS));
        ck_assert_msg(matches == terms[i].matches, "%s", terms[i].term);
    }
}
END_TEST

#define REQUIRED(terms)                                                                                                \
    "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":"       \
    "[" terms "]}}}"

static const struct {
    const char *spec;
    bool fits;
} specs[] = {
    {"{}", true},
    {"{\"nodeSelector\":{\"zone\":\"a\",\"cpus\":\"8\"}}", true},
    {"{\"nodeSelector\":{\"zone\":\"a\",\"rack\":\"1\"}}", false},
    {"{" REQUIRED("") "}", false},
    {"{" REQUIRED(NAME_IN("\"n2\"") "," NAME_IN("\"n1\"")) "}", true}, /* one of them will do */
    {"{\"nodeSelector\":{\"zone\":\"b\"}," REQUIRED(NAME_IN("\"n1\"")) "}", false},
};

START_TEST(pods_and_labels)
{
    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        struct arena a AUTO_ARENA = {0};
        ck_assert_msg(node_affinity_fits(parse(&a, specs[i].spec), STR("n1"), parse(&a, LABELS)) == specs[i].fits, "%s",
                      specs[i].spec);
    }
    struct arena a AUTO_ARENA = {0};
    ck_assert(!node_affinity_fits(parse(&a, specs[1].spec), STR("n1"), NULL));
}
END_TEST

static const struct {
    const char *toleration;
    bool covers; /* the taint k=v:NoSchedule */
} tolerations[] = {
    {"{\"operator\":\"Exists\"}", true},
    {"{\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}", true},
    {"{\"operator\":\"Exists\",\"effect\":\"NoExecute\"}", false},
    {"{\"key\":\"k\",\"operator\":\"Exists\"}", true},
    {"{\"key\":\"l\",\"operator\":\"Exists\"}", false},
    {"{\"key\":\"k\",\"operator\":\"Equal\",\"value\":\"v\"}", true},
    {"{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}", true},
    {"{\"key\":\"k\",\"value\":\"w\"}", false},
    {"{\"key\":\"k\"}", false},
    {"{\"value\":\"v\"}", false},
    {"{}", false},
};

START_TEST(tolerations_and_a_taint)
{
    for (size_t i = 0; i < ARRAY_LEN(tolerations); i++) {
        struct arena a AUTO_ARENA = {0};
        bool covers = toleration_covers(parse(&a, tolerations[i].toleration), STR("k"), STR("v"), STR("NoSchedule"));
        ck_assert_msg(covers == tolerations[i].covers, "%s", tolerations[i].toleration);
    }
    struct arena a AUTO_ARENA = {0}; /* a taint without a value, a toleration that asks for none */
    ck_assert(toleration_covers(parse(&a, "{\"key\":\"k\"}"), STR("k"), STR_NULL, STR("NoExecute")));
}
END_TEST

START_TEST(all_taints_that_count)
{
    static const char *const hard[] = {"NoSchedule", "NoExecute", NULL}, *const drive_out[] = {"NoExecute", NULL};
    struct arena a AUTO_ARENA = {0};
    const struct json *node = parse(&a, "{\"spec\":{\"taints\":[{\"key\":\"k\",\"effect\":\"NoSchedule\"},"
                                        "{\"key\":\"p\",\"effect\":\"PreferNoSchedule\"}]}}");
    ck_assert(!taints_tolerated(parse(&a, "{}"), node, hard));
    ck_assert(taints_tolerated(parse(&a, "{}"), node, drive_out));
    ck_assert(taints_tolerated(parse(&a, "{\"tolerations\":[{\"key\":\"k\"}]}"), node, hard));
    ck_assert(taints_tolerated(parse(&a, "{}"), parse(&a, "{}"), hard));
}
END_TEST

TEST_MAIN("node_fit", terms_of_node_selectors, pods_and_labels, tolerations_and_a_taint, all_taints_that_count)
