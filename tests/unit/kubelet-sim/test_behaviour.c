/* test_behaviour.c - what is known of images and commands, and what annotations say instead. */
#include "kubelet-sim/behaviour.h"
#include "run_support.h"

#include <limits.h>

#define SLEEP "\"command\":[\"sleep\",\"5\"]"

static void no_line(void *arg, int64_t at_ns, struct str text) { (void)at_ns, buf_addf(arg, "%.*s|", STR_ARG(text)); }
static void no_note(void *arg, struct str text) { buf_addf(arg, "note:%.*s|", STR_ARG(text)); }

/* What it prints in a day, and "CODE@SECONDS" or "runs". */
static void outcome(const struct behaviour *b, struct buf *out)
{
    const struct script_out to = {out, no_line, no_note};
    struct process p;
    int code;
    process_begin(&p, S);
    if (script_run(&b->script, &p, 86400 * S, &to, &code))
        buf_addf(out, "%d@%lld", code, (long long)(p.at_ns / S - 1));
    else
        buf_cstr(out, "runs");
}

static const struct object *pod_of(const char *image, const char *more, const char *note)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *quoted =
        note ? xasprintf(",\"annotations\":{\"sim.kubestep.dev/container.c\":%s}", note) : xstrdup("");
    AUTO_FREE char *text =
        xasprintf("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\"%s},\"spec\":{"
                  "\"containers\":[{\"name\":\"c\",\"image\":\"%s\"%s%s}]}}",
                  quoted, image, more[0] ? "," : "", more);
    const struct object *o = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(o != NULL, "%s: %s", e.text, text);
    return o;
}

static const struct {
    const char *image, *more, *note; /* note: JSON of the annotation */
    bool init;
    const char *want;
    int term_code;
} rows[] = {
    {"busybox", "", NULL, false, "0@0", 143},
    {"docker.io/library/busybox:1.36", SLEEP, NULL, false, "0@5", 143},
    {"busybox", "\"args\":[\"sh\",\"-c\",\"exit 3\"]", NULL, false, "3@0", 143},
    {"busybox", "\"command\":[\"sh\",\"-c\"],\"args\":[\"echo $(A)\"],\"env\":[{\"name\":\"A\",\"value\":\"x\"}]", NULL,
     false, "x|0@0", 143},
    {"busybox", "\"command\":[\"sh\",\"-\"]", NULL, false, "0@0", 143},
    {"busybox", "\"command\":[\"env\",\"\"]", NULL, false, "runs", 143},
    {"ubuntu:22.04", "", NULL, false, "0@0", 143},
    {"alpine", "\"command\":[\"tail\",\"-f\",\"/dev/null\"]", NULL, false, "runs", 143},
    {"nginx", "", NULL, false, "nginx: master process is up, workers take requests|runs", 0},
    {"registry.k8s.io/pause:3.9", "", NULL, false, "runs", 0},
    {"hello-world", "", NULL, false, "Hello from a container that did nothing else.|0@0", 0},
    {"postgres:16", "", NULL, false,
     "postgres: no password was given: set one of POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE "
     "POSTGRES_HOST_AUTH_METHOD|1@0",
     0},
    {"postgres:16", "\"env\":[{\"name\":\"POSTGRES_PASSWORD\",\"value\":\"x\"}]", NULL, false,
     "postgres: ready to accept connections|runs", 0},
    {"perl:5.34", "\"command\":[\"perl\",\"-Mbignum=bpi\",\"-wle\",\"print bpi(2000)\"]", NULL, false,
     "3.14159265358979323846264338327950288419716939937510...|0@5", 143},
    {"registry.k8s.io/e2e-test-images/agnhost:2.53", "\"args\":[\"netexec\",\"--http-port=8080\"]", NULL, false, "runs",
     143},
    {"registry.k8s.io/e2e-test-images/agnhost:2.53",
     "\"args\":[\"logs-generator\",\"--log-lines-total=2\",\"--run-duration=10s\"]", NULL, false,
     "0 GET /api/v1/namespaces/default/pods/p0 200|1 GET /api/v1/namespaces/default/pods/p1 200|0@10", 143},
    {"registry.k8s.io/e2e-test-images/agnhost:2.53", "\"args\":[\"logs-generator\"]", NULL, false, "0@0", 143},
    {"curlimages/curl", "", NULL, false, "0@0", 143},
    {"curlimages/curl", "\"args\":[\"-s\",\"http://web\"]", NULL, false, "0@0", 143},
    {"example.com/our/app:v1", "", NULL, false, "runs", 143},
    {"example.com/our/app:v1", "\"command\":[\"/app/server\"]", NULL, false, "runs", 143},
    {"example.com/our/app:v1", "", NULL, true, "0@0", 143},
    {"example.com/our/app:v1", "\"command\":[\"/app/migrate\"]", NULL, true, "0@0", 143},
    {"nginx", "", "\"exit=3,after=10s\"", false, "3@10", 0},
    {"nginx", "", "\" exit = 3 , after = 1m \"", false, "3@60", 0},
    {"nginx", "", "\"oom-after=7\"", false, "137@7", 0},
    {"busybox", SLEEP, "\"exit=never\"", false, "runs", 143},
    {"busybox", SLEEP, "\"log=hello,log=\\\"a, b\\\",exit=1\"", false, "hello|a, b|1@0", 143},
    {"busybox", SLEEP, "\"{\\\"exit\\\":4,\\\"after\\\":\\\"2s\\\",\\\"log\\\":[\\\"x\\\",\\\"y\\\"]}\"", false,
     "x|y|4@2", 143},
    {"busybox", SLEEP, "\"ready-after=3s\"", false, "0@5", 143},
    {"busybox", SLEEP, "\"term=7\"", false, "0@5", 7},
    {"busybox", SLEEP, "\"nonsense,exit=x,=,exit=999\"", false, "0@5", 143},
    {"busybox", SLEEP, "\"{broken\"", false, "0@5", 143},
};

START_TEST(commands_and_images)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct buf got AUTO_BUF = {0};
        const struct object *pod AUTO_OBJ = pod_of(rows[i].image, rows[i].more, rows[i].note);
        const struct json *c = obj_first(pod->root, ".spec.containers");
        struct env env = {.a = &a};
        for (OBJ_EACH(v, c, ".env")) env_set(&env, obj_str(v, ".name"), obj_str(v, ".value"));
        const struct behaviour *b = behaviour_of(pod->root, c, rows[i].init, &env);
        buf_init(&got, 65536);
        outcome(b, &got);
        ck_assert_msg(str_eqc(buf_view(&got), rows[i].want), "row %zu: %s", i, got.p);
        ck_assert_msg(b->term_code == rows[i].term_code, "row %zu: term %d", i, b->term_code);
        behaviour_free(b);
    }
}
END_TEST

START_TEST(annotations_of_probes_and_ends)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ =
        pod_of("app", "",
               "\"ready-after=5s,unready-after=1m,started-after=500ms,liveness-fails-after=30s,term=ignored,"
               "term-after=3s,message=bye,start-fails=no such file\"");
    const struct behaviour *b =
        behaviour_of(pod->root, obj_first(pod->root, ".spec.containers"), false, &(struct env){.a = &a});
    ck_assert(b->ready_after_ns == 5 * S && b->unready_after_ns == 60 * S && b->started_after_ns == 500 * MS &&
              b->tells_ready);
    ck_assert(b->live_until_ns == 30 * S && b->ignores_term && b->term_after_ns == 3 * S);
    ck_assert_strn_eq(b->note, "bye");
    ck_assert_strn_eq(b->start_error, "no such file");
    behaviour_free(b);
    const struct object *never AUTO_OBJ = pod_of("app", "", "\"ready-after=never,started-after=never\"");
    b = behaviour_of(never->root, obj_first(never->root, ".spec.containers"), false, &(struct env){.a = &a});
    ck_assert(b->ready_after_ns == INT64_MAX && b->started_after_ns == INT64_MAX);
    behaviour_free(b);
}
END_TEST

START_TEST(many_share_one)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *pod AUTO_OBJ = pod_of("app", "", NULL);
    const struct json *c = obj_first(pod->root, ".spec.containers");
    const struct behaviour *one = behaviour_of(pod->root, c, false, &(struct env){.a = &a});
    ck_assert_ptr_eq(one, behaviour_of(pod->root, c, false, &(struct env){.a = &a}));
    behaviour_free(one);
}
END_TEST

START_TEST(pulls)
{
    static const struct {
        const char *image, *note;
        int failures;
        const char *error;
    } pull_rows[] = {
        {"nginx", NULL, 0, NULL},
        {"nginx", "\"pull=fail\"", INT32_MAX, NULL},
        {"nginx", "\"pull=2,pull-error=too many requests\"", 2, "too many requests"},
        {"docker.io/library/does-not-exist", NULL, INT32_MAX,
         "rpc error: code = NotFound desc = failed to pull and unpack image "
         "\"docker.io/library/does-not-exist:latest\": failed to "
         "resolve reference \"docker.io/library/does-not-exist:latest\": docker.io/library/does-not-exist:latest: not "
         "found"},
        {"nginx:nosuchtag", NULL, INT32_MAX, NULL},
        {"registry.invalid:5000/app:1", NULL, INT32_MAX,
         "failed to pull and unpack image \"registry.invalid:5000/app:1\": failed to resolve reference "
         "\"registry.invalid:5000/app:1\": failed to do request: dial tcp: lookup registry.invalid: no such host"},
        {"does-not-exist", "\"pull=0\"", 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(pull_rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct behaviour b;
        const struct object *pod AUTO_OBJ = pod_of(pull_rows[i].image, "", pull_rows[i].note);
        behaviour_pull(&a, pod->root, obj_first(pod->root, ".spec.containers"), &b);
        ck_assert_msg(b.pull_failures == pull_rows[i].failures, "row %zu: %d", i, b.pull_failures);
        if (pull_rows[i].error) ck_assert_strn_eq(b.pull_error, pull_rows[i].error);
    }
}
END_TEST

START_TEST(parts)
{
    static const struct {
        const char *text;
        int64_t ns; /* -1: none */
    } durations[] = {{"5", 5 * S},
                     {"5s", 5 * S},
                     {"1m30s", 90 * S},
                     {"500ms", 500 * MS},
                     {"0", 0},
                     {"-5s", -1},
                     {"-1", -1},
                     {"x", -1},
                     {"", -1},
                     {"99999999999", INT64_MAX / 4 / S * S},
                     {"2562047h", INT64_MAX / 4}};
    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        int64_t ns = -1;
        bool ok = behaviour_duration(str_of(durations[i].text), &ns);
        ck_assert_msg(ok == (durations[i].ns >= 0) && (!ok || ns == durations[i].ns), "%s", durations[i].text);
    }
    ck_assert_strn_eq(image_base(STR("localhost:5000/team/nginx:1.27@sha256:00")), "nginx");
    ck_assert_strn_eq(image_base(STR("nginx")), "nginx");
}
END_TEST

TEST_MAIN("behaviour", commands_and_images, annotations_of_probes_and_ends, many_share_one, pulls, parts)
