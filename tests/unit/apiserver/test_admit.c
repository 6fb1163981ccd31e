/* test_admit.c - what the API server would make of manifests, without a server: defaults, versions, and its words of
 * what it refuses. */
#include "apiserver/rest/admit.h"
#include "base/mem.h"
#include "check_main.h"

#include <string.h>

struct answer {
    struct buf out, notes, why;
    bool ok;
};

static void ask(struct answer *x, const char *text)
{
    buf_init(&x->out, 1 << 20);
    buf_init(&x->notes, 1 << 16);
    buf_init(&x->why, 1 << 16);
    buf_cstr(&x->out, "");
    buf_cstr(&x->notes, "");
    buf_cstr(&x->why, "");
    x->ok = admit(str_of(text), &x->out, &x->notes, &x->why);
}

static void forget(struct answer *x)
{
    buf_release(&x->out);
    buf_release(&x->notes);
    buf_release(&x->why);
}

static void holds(const struct answer *x, const char *text)
{
    ck_assert_msg(x->ok && strstr(x->out.p, text), "%s%s is not in\n%s", x->why.p ? x->why.p : "", text,
                  x->out.p ? x->out.p : "");
}

#define POD "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: nginx}]}}\n"

START_TEST(defaults)
{
    struct answer x = {0};
    ask(&x, POD "---\n{apiVersion: v1, kind: List, items: [" POD ", " POD "]}\n");
    holds(&x, "\"namespace\":\"default\"");
    holds(&x, "\"schedulerName\":\"default-scheduler\"");
    holds(&x, "\"imagePullPolicy\":\"Always\"");
    int lines = 0;
    for (const char *p = x.out.p; (p = strchr(p, '\n')); p++) lines++;
    ck_assert_int_eq(lines, 3);
    forget(&x);
}
END_TEST

START_TEST(the_stored_version)
{
    struct answer x = {0};
    ask(&x, "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 3, "
            "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}}");
    holds(&x, "\"apiVersion\":\"autoscaling/v2\"");
    forget(&x);
}
END_TEST

START_TEST(others_kinds)
{
    struct answer x = {0};
    ask(&x, "{apiVersion: example.com/v1, kind: Mine, metadata: {name: m}}\n---\n" POD);
    holds(&x, "\"kind\":\"Pod\"");
    ck_assert_str_eq(x.notes.p, "left out, for its kind is not built in: example.com/v1 Mine m\n");
    forget(&x);
}
END_TEST

static const struct {
    const char *text, *why;
} refused[] = {
    {"{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, imge: nginx}]}}",
     "Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field "
     "\"spec.containers[0].imge\""},
    {"{apiVersion: v1, kind: Pod, spec: {containers: [{name: c, image: nginx}]}}",
     "Pod \"\" is invalid: metadata.name: Required value: name or generateName is required"},
    {"{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {selector: {matchLabels: {a: b}}, replicas: "
     "-1, "
     "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}",
     "Deployment.apps \"w\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
    {"{apiVersion: v1, kind: Pod, spec: {containers: 7}}",
     "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field "
     "PodSpec.spec.containers of type []v1.Container"},
    {"{kind: Pod}", "Object 'apiVersion' is missing"},
    {"{apiVersion: v1}", "Object 'Kind' is missing"},
    {"a: [", "error converting YAML to JSON: yaml: line 1: did not find expected node content"},
    {"5", "Object 'Kind' is missing"},
};

START_TEST(refusals)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct answer x = {0};
        ask(&x, refused[i].text);
        ck_assert(!x.ok);
        ck_assert_str_eq(x.why.p, refused[i].why);
        forget(&x);
    }
}
END_TEST

TEST_MAIN("admit", defaults, the_stored_version, others_kinds, refusals)
