/* test_pod_life.c - pods live on a host without a world: what is started when, what ends, what is told. */
#include "kubelet-sim/pod_life.h"

#include "kubelet-sim/pod_status.h"
#include "run_support.h"

#define T0 (INT64_C(1800000000) * S)

/* ---- A pod and its host ---- */

static struct buf events;
static bool config_missing, image_there;

static void on_event(void *arg, const struct container_run *c, const char *type, const char *reason,
                     const char *message)
{
    (void)arg, (void)type;
    if (strcmp(reason, "Created") == 0 || strcmp(reason, "Pulled") == 0 || strcmp(reason, "Pulling") == 0) return;
    buf_addf(&events, "%s%.*s: %s|", reason, c ? (int)c->name.n : 0, c ? c->name.p : "", message);
}

static bool on_image(void *arg, struct str image, bool add)
{
    (void)arg, (void)image, (void)add;
    return image_there;
}

static bool on_env(void *arg, const struct container_run *c, struct env *out, struct err *why)
{
    (void)arg, (void)c, (void)out;
    return !config_missing || err_set(why, ERR_NOT_FOUND, "configmap \"cm\" not found");
}

static struct logs *logs;
static const struct life_host host = {.event = on_event, .image = on_image, .env = on_env};
static struct life_host live_host;
static struct arena arena;

static struct life begin(const char *spec, const char *annotations)
{
    struct err e = ERR_INIT;
    AUTO_FREE char *text =
        xasprintf("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\","
                  "\"uid\":\"u\",\"annotations\":{%s}},\"spec\":{%s},\"status\":{}}",
                  annotations, spec);
    const struct object *pod AUTO_OBJ = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(pod != NULL, "%s: %s", e.text, text);
    logs = logs_new();
    live_host = host;
    live_host.logs = logs;
    buf_init(&events, 1 << 20);
    config_missing = false;
    image_there = true;
    struct life l = {.run = pod_run_new(pod, T0), .host = &live_host, .arena = &arena, .now_ns = T0};
    runtime_new_id(&l.run->sandbox);
    return l;
}

static void end(struct life *l)
{
    pod_run_free(l->run);
    logs_free(logs);
    buf_release(&events);
    arena_release(&arena);
}

/* Up to T0 + ms, with every step at its time. */
static void go(struct life *l, int64_t ms)
{
    int64_t until = T0 + ms * MS;
    for (int n = 0; n < 10000; n++) {
        pod_life_step(l);
        if (l->more) continue;
        if (l->due_ns > until && l->now_ns == until) return;
        l->now_ns = MIN(l->due_ns, until);
    }
    ck_abort_msg("it goes on and on");
}

/* Per container: state letter (w r t), reason or exit code, restarts, * when ready; then the phase. */
static const char *state(struct life *l)
{
    static char out[1024];
    size_t n = 0;
    for (int i = 0; i < l->run->count; i++) {
        const struct container_run *c = &l->run->containers[i];
        n += (size_t)snprintf(out + n, sizeof out - n, "%.*s=", STR_ARG(c->name));
        if (c->state == CONTAINER_WAITING) n += (size_t)snprintf(out + n, sizeof out - n, "%s", c->waiting_reason);
        if (c->state == CONTAINER_RUNNING) n += (size_t)snprintf(out + n, sizeof out - n, "runs");
        if (c->state == CONTAINER_TERMINATED)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s(%d)", c->end.reason, c->end.code);
        n += (size_t)snprintf(out + n, sizeof out - n, ":%d%s ", c->restarts, c->ready ? "*" : "");
    }
    snprintf(out + n, sizeof out - n, "%s", pod_phase(l->run));
    return out;
}

#define EXPECT(l, ms, want)                                                                                            \
    do {                                                                                                               \
        go(l, ms);                                                                                                     \
        ck_assert_str_eq(state(l), want);                                                                              \
    } while (0)

static bool told(const char *text) { return events.n && strstr(events.p, text); }

#define SH(name, script) "{\"name\":\"" name "\",\"image\":\"busybox\",\"command\":[\"sh\",\"-c\",\"" script "\"]}"
#define POLICY(p)        ",\"restartPolicy\":\"" p "\""

/* ---- Ends and restarts ---- */

static const struct {
    const char *spec;
    int64_t ms;
    const char *want;
} ends[] = {
    {"\"containers\":[" SH("a", "exit 3") "]" POLICY("Never"), 0, "a=Error(3):0 Failed"},
    {"\"containers\":[" SH("a", "exit 0") "]" POLICY("Never"), 0, "a=Completed(0):0 Succeeded"},
    {"\"containers\":[" SH("a", "sleep 5") "]" POLICY("Never"), 4999, "a=runs:0* Running"},
    {"\"containers\":[" SH("a", "sleep 5") "]" POLICY("Never"), 5000, "a=Completed(0):0 Succeeded"},
    {"\"containers\":[" SH("a", "sleep 5") "," SH("b", "sleep 9; exit 1") "]" POLICY("Never"), 6000,
     "a=Completed(0):0 b=runs:0* Running"},
    {"\"containers\":[" SH("a", "sleep 5") "," SH("b", "sleep 9; exit 1") "]" POLICY("Never"), 9000,
     "a=Completed(0):0 b=Error(1):0 Failed"},
    {"\"containers\":[" SH("a", "exit 0") "]" POLICY("OnFailure"), 0, "a=Completed(0):0 Succeeded"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("OnFailure"), 0, "a=CrashLoopBackOff:1 Running"},
    {"\"containers\":[" SH("a", "exit 0") "]" POLICY("Always"), 0, "a=CrashLoopBackOff:1 Running"},
    /* The first restart at once, then after 10 s, 20 s, 40 s, 80 s, 160 s, 300 s and 300 s. */
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 9999, "a=CrashLoopBackOff:1 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 10000, "a=CrashLoopBackOff:2 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 29999, "a=CrashLoopBackOff:2 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 30000, "a=CrashLoopBackOff:3 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 310000, "a=CrashLoopBackOff:6 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 609999, "a=CrashLoopBackOff:6 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 610000, "a=CrashLoopBackOff:7 Running"},
    {"\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), 910000, "a=CrashLoopBackOff:8 Running"},
    /* Whoever runs for more than ten minutes is forgiven. */
    {"\"containers\":[" SH("a", "sleep 601") "]" POLICY("Always"), 601000, "a=runs:1* Running"},
    {"\"containers\":[" SH("a", "sleep 601") "]" POLICY("Always"), 1202000, "a=runs:2* Running"},
    {"\"containers\":[" SH("a", "sleep 599") "]" POLICY("Always"), 1198000, "a=CrashLoopBackOff:1 Running"},
    /* Container-level rules. */
    {"\"containers\":[{\"name\":\"a\",\"image\":\"busybox\",\"command\":[\"sh\",\"-c\",\"exit "
     "42\"],\"restartPolicy\":\"Never\","
     "\"restartPolicyRules\":[{\"action\":\"Restart\",\"exitCodes\":{\"operator\":\"In\",\"values\":[42]}}]}]" POLICY(
         "Never"),
     10000, "a=CrashLoopBackOff:2 Running"},
    {"\"containers\":[{\"name\":\"a\",\"image\":\"busybox\",\"command\":[\"false\"],\"restartPolicy\":\"OnFailure\"}"
     "]" POLICY("Never"),
     10000, "a=CrashLoopBackOff:2 Running"},
};

START_TEST(ends_and_restarts)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct life l = begin(ends[i].spec, "");
        go(&l, ends[i].ms);
        ck_assert_msg(strcmp(state(&l), ends[i].want) == 0, "row %zu: %s", i, state(&l));
        end(&l);
    }
}
END_TEST

START_TEST(a_crash_is_told)
{
    struct life l = begin("\"containers\":[" SH("a", "echo hi; exit 1") "]" POLICY("Always"), "");
    struct arena a AUTO_ARENA = {0};
    struct log_lines lines;
    go(&l, 10000);
    ck_assert_str_eq(events.p,
                     "Starteda: Container started|Starteda: Container started|"
                     "BackOffa: Back-off restarting failed container a in pod p_ns(u)|"
                     "Starteda: Container started|BackOffa: Back-off restarting failed container a in pod p_ns(u)|");
    ck_assert_str_eq(l.run->containers[0].waiting_message, "back-off 20s restarting failed container=a pod=p_ns(u)");
    ck_assert_int_eq(l.due_ns, T0 + 30 * S);
    ck_assert_int_eq(logs_read(logs, &a, STR("u"), STR("a"), true, 0, &lines), LOG_END);
    ck_assert_strn_eq(lines.items[0].text, "hi");
    end(&l);
}
END_TEST

/* ---- Init containers and sidecars ---- */

#define SIDECAR(name) "{\"name\":\"" name "\",\"image\":\"app\",\"restartPolicy\":\"Always\"}"

START_TEST(init_containers_one_after_the_other)
{
    struct life l = begin("\"initContainers\":[" SH("i", "sleep 2") "," SIDECAR("s") "," SH(
                              "j", "sleep 3") "],"
                                              "\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Always"),
                          "");
    EXPECT(&l, 1000, "i=runs:0 s=PodInitializing:0 j=PodInitializing:0 a=PodInitializing:0 Pending");
    EXPECT(&l, 2000, "i=Completed(0):0 s=runs:0* j=runs:0 a=PodInitializing:0 Pending");
    EXPECT(&l, 5000, "i=Completed(0):0 s=runs:0* j=Completed(0):0 a=runs:0* Running");
    end(&l);
}
END_TEST

START_TEST(init_containers_that_fail)
{
    struct life l = begin("\"initContainers\":[" SH(
                              "i", "exit 1") "],\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Never"),
                          "");
    EXPECT(&l, 0, "i=Error(1):0 a=PodInitializing:0 Failed");
    ck_assert(l.run->terminal);
    end(&l);
    l = begin("\"initContainers\":[" SH("i", "exit 1") "],\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY(
                  "Always"),
              "");
    EXPECT(&l, 0, "i=CrashLoopBackOff:1 a=PodInitializing:0 Pending");
    end(&l);
}
END_TEST

START_TEST(sidecars_end_last_in_reverse)
{
    struct life l =
        begin("\"initContainers\":[" SIDECAR("s") "," SIDECAR("t") "],\"containers\":[" SH("a", "sleep 4") "]" POLICY(
                  "Never"),
              "\"sim.kubestep.dev/container.s\":\"term-after=2s\",\"sim.kubestep.dev/container.t\":\"term-after=1s\"");
    EXPECT(&l, 3999, "s=runs:0* t=runs:0* a=runs:0* Running");
    EXPECT(&l, 4000, "s=runs:0* t=runs:0* a=Completed(0):0 Running");
    EXPECT(&l, 5000, "s=runs:0* t=Error(143):0 a=Completed(0):0 Running");
    EXPECT(&l, 7000, "s=Error(143):0 t=Error(143):0 a=Completed(0):0 Succeeded");
    end(&l);
}
END_TEST

START_TEST(sidecars_are_started_again)
{
    struct life l = begin("\"initContainers\":[{\"name\":\"s\",\"image\":\"busybox\",\"command\":[\"sleep\",\"5\"],"
                          "\"restartPolicy\":\"Always\"}],"
                          "\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Never"),
                          "");
    EXPECT(&l, 5000, "s=runs:1* a=runs:0* Running");
    EXPECT(&l, 10000, "s=CrashLoopBackOff:1 a=runs:0* Running");
    end(&l);
}
END_TEST

/* ---- Images, configuration, start ---- */

START_TEST(pulls_that_fail)
{
    struct life l =
        begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\",\"imagePullPolicy\":\"Always\"}]" POLICY("Always"),
              "\"sim.kubestep.dev/containers\":\"pull=2,pull-error=no\"");
    pod_life_step(&l);
    ck_assert_str_eq(state(&l), "a=ErrImagePull:0 Pending");
    ck_assert_str_eq(l.run->containers[0].waiting_message, "no");
    ck_assert(l.more && l.ended);
    EXPECT(&l, 0, "a=ImagePullBackOff:0 Pending");
    ck_assert_str_eq(l.run->containers[0].waiting_message, "Back-off pulling image \"app\": ErrImagePull: no");
    ck_assert_str_eq(events.p, "Faileda: Failed to pull image \"app\": no|Faileda: Error: ErrImagePull|"
                               "BackOffa: Back-off pulling image \"app\"|Faileda: Error: ImagePullBackOff|");
    EXPECT(&l, 29999, "a=ImagePullBackOff:0 Pending"); /* 10 s, then 20 s */
    EXPECT(&l, 30000, "a=runs:0* Running");
    end(&l);
}
END_TEST

START_TEST(images_that_cannot_be)
{
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"App!\"},{\"name\":\"b\",\"image\":\"app\","
                          "\"imagePullPolicy\":\"Never\"}]",
                          "");
    image_there = false;
    EXPECT(&l, 0, "a=InvalidImageName:0 b=ErrImageNeverPull:0 Pending");
    ck_assert(told("InspectFaileda: Failed to apply default image tag \"App!\""));
    ck_assert(told("ErrImageNeverPullb: Container image \"app\" is not present with pull policy of Never|"));
    image_there = true;
    EXPECT(&l, 10000, "a=InvalidImageName:0 b=runs:0* Pending");
    end(&l);
}
END_TEST

START_TEST(configuration_that_is_missing)
{
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Always"), "");
    config_missing = true;
    EXPECT(&l, 0, "a=CreateContainerConfigError:0 Pending");
    ck_assert(told("Faileda: Error: configmap \"cm\" not found|"));
    config_missing = false;
    EXPECT(&l, 9999, "a=CreateContainerConfigError:0 Pending");
    EXPECT(&l, 10000, "a=runs:0* Running");
    end(&l);
}
END_TEST

START_TEST(starts_that_fail)
{
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Always"),
                          "\"sim.kubestep.dev/containers\":\"start-fails=no such file\"");
    EXPECT(&l, 0, "a=RunContainerError:0 Running");
    ck_assert_int_eq(l.run->containers[0].end.code, 128);
    ck_assert(told("Faileda: Error: no such file|"));
    EXPECT(&l, 10000, "a=RunContainerError:1 Running");
    EXPECT(&l, 20000, "a=RunContainerError:2 Running");
    EXPECT(&l, 30000, "a=CrashLoopBackOff:2 Running");
    end(&l);
    l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Never"),
              "\"sim.kubestep.dev/containers\":\"start-fails=no such file\"");
    EXPECT(&l, 0, "a=StartError(128):0 Failed");
    end(&l);
}
END_TEST

/* ---- Probes ---- */

#define PROBED(probes) "\"containers\":[{\"name\":\"a\",\"image\":\"app\"," probes "}]" POLICY("Always")

START_TEST(readiness)
{
    struct life l = begin(
        PROBED(
            "\"readinessProbe\":{\"httpGet\":{},\"initialDelaySeconds\":3,\"periodSeconds\":2,\"failureThreshold\":2}"),
        "\"sim.kubestep.dev/containers\":\"unready-after=11s\"");
    EXPECT(&l, 3999, "a=runs:0 Running");
    EXPECT(&l, 4000, "a=runs:0* Running"); /* probed at 0, 2, 4: the first after the delay */
    EXPECT(&l, 13999, "a=runs:0* Running");
    EXPECT(&l, 14000, "a=runs:0 Running"); /* failed at 12 and 14 */
    ck_assert(told("Unhealthya: Readiness probe failed: HTTP probe failed with statuscode: 503|"));
    ck_assert_int_eq(l.due_ns, INT64_MAX); /* nothing will change: no timer */
    end(&l);
    l = begin(PROBED("\"readinessProbe\":{\"tcpSocket\":{\"port\":80},\"successThreshold\":2,\"periodSeconds\":5}"),
              "\"sim.kubestep.dev/containers\":\"ready-after=6s\"");
    EXPECT(&l, 14999, "a=runs:0 Running");
    EXPECT(&l, 15000, "a=runs:0* Running");
    end(&l);
    l = begin(PROBED("\"env\":[]"), "\"sim.kubestep.dev/containers\":\"ready-after=6s,unready-after=8s\"");
    EXPECT(&l, 5999, "a=runs:0 Running");
    EXPECT(&l, 6000, "a=runs:0* Running");
    EXPECT(&l, 8000, "a=runs:0 Running");
    end(&l);
}
END_TEST

START_TEST(liveness)
{
    struct life l = begin(PROBED("\"livenessProbe\":{\"grpc\":{},\"periodSeconds\":5}"),
                          "\"sim.kubestep.dev/containers\":\"liveness-fails-after=7s\"");
    EXPECT(&l, 19999, "a=runs:0* Running");
    EXPECT(&l, 20000, "a=runs:1* Running"); /* failed at 10, 15, 20 */
    ck_assert(told("Unhealthya: Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")|"
                   "Unhealthya: Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")|"
                   "Unhealthya: Liveness probe failed: service unhealthy (responded with \"NOT_SERVING\")|"
                   "Killinga: Container a failed liveness probe, will be restarted|"));
    EXPECT(&l, 40000, "a=CrashLoopBackOff:1 Running");
    end(&l);
    l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\",\"livenessProbe\":{\"exec\":{},\"failureThreshold\":1}"
              "}]" POLICY("Never"),
              "\"sim.kubestep.dev/containers\":\"liveness-fails-after=7s,term=0\"");
    EXPECT(&l, 10000, "a=Completed(0):0 Succeeded");
    end(&l);
}
END_TEST

START_TEST(probes_of_files)
{
    struct life l = begin(
        "\"containers\":[{\"name\":\"a\",\"image\":\"busybox\",\"args\":[\"/bin/sh\",\"-c\",\"touch /tmp/healthy; "
        "sleep 30; rm -f /tmp/healthy; sleep 600\"],\"livenessProbe\":{\"exec\":{\"command\":[\"cat\","
        "\"/tmp/healthy\"]},\"initialDelaySeconds\":5,\"periodSeconds\":5}}]" POLICY("Always"),
        "");
    EXPECT(&l, 39999, "a=runs:0* Running");
    EXPECT(&l, 40000, "a=runs:1* Running");
    ck_assert(told("Unhealthya: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n|"));
    end(&l);
}
END_TEST

START_TEST(startup_comes_before_the_others)
{
    static const char probes[] = PROBED("\"startupProbe\":{\"exec\":{},\"periodSeconds\":1,\"failureThreshold\":10},"
                                        "\"livenessProbe\":{\"exec\":{}},\"readinessProbe\":{\"exec\":{}}");
    struct life l = begin(probes, "\"sim.kubestep.dev/containers\":\"started-after=3s\"");
    EXPECT(&l, 2999, "a=runs:0 Running");
    ck_assert(!l.run->containers[0].started);
    EXPECT(&l, 3000, "a=runs:0* Running");
    ck_assert(l.run->containers[0].started);
    end(&l);
    l = begin(probes, "\"sim.kubestep.dev/containers\":\"started-after=never\"");
    EXPECT(&l, 9000, "a=runs:1 Running"); /* failed at 0, 1, .. 9 */
    ck_assert(told("Killinga: Container a failed startup probe, will be restarted|"));
    end(&l);
}
END_TEST

/* ---- Stopping ---- */

START_TEST(deadline)
{
    struct life l =
        begin("\"activeDeadlineSeconds\":7,\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]" POLICY("Always"), "");
    EXPECT(&l, 6999, "a=runs:0* Running");
    EXPECT(&l, 7000, "a=Completed(0):0 Failed");
    ck_assert(told("DeadlineExceeded: Pod was active on the node longer than the specified deadline|Killinga: Stopping "
                   "container a|"));
    end(&l);
}
END_TEST

static const struct {
    const char *container, *note;
    int64_t grace_ms, gone_ms;
    const char *want;
} stops[] = {
    {"\"image\":\"nginx\"", "", 30000, 0, "a=Completed(0):0 Succeeded"},
    {"\"image\":\"busybox\",\"command\":[\"sleep\",\"1d\"]", "", 30000, 0, "a=Error(143):0 Failed"},
    {"\"image\":\"app\"", "term-after=4s,term=0", 30000, 4000, "a=Completed(0):0 Succeeded"},
    {"\"image\":\"app\"", "term=ignored", 30000, 30000, "a=Error(137):0 Failed"},
    {"\"image\":\"app\"", "term-after=40s", 30000, 30000, "a=Error(137):0 Failed"},
    {"\"image\":\"nginx\"", "", 0, 0, "a=Error(137):0 Failed"},
    {"\"image\":\"nginx\",\"lifecycle\":{\"preStop\":{\"sleep\":{\"seconds\":5}}}", "", 30000, 5000,
     "a=Completed(0):0 Succeeded"},
    {"\"image\":\"nginx\",\"lifecycle\":{\"preStop\":{\"exec\":{\"command\":[\"sh\",\"-c\",\"sleep 3; nginx -s "
     "quit\"]}}}",
     "", 30000, 30000, "a=Completed(0):0 Succeeded"},
    {"\"image\":\"nginx\",\"lifecycle\":{\"preStop\":{\"exec\":{\"command\":[\"sleep\",\"3\"]}}}", "", 30000, 3000,
     "a=Completed(0):0 Succeeded"},
    {"\"image\":\"app\",\"lifecycle\":{\"preStop\":{\"sleep\":{\"seconds\":50}}}", "term=ignored", 10000, 12000,
     "a=Error(137):0 Failed"},
    {"\"image\":\"busybox\",\"command\":[\"sleep\",\"6\"]", "term=ignored", 30000, 5000,
     "a=Completed(0):0 Succeeded"}, /* by itself */
};

START_TEST(deleted_pods)
{
    for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
        AUTO_FREE char *spec = xasprintf("\"containers\":[{\"name\":\"a\",%s}]" POLICY("Always"), stops[i].container);
        AUTO_FREE char *note = xasprintf("\"sim.kubestep.dev/containers\":\"%s\"", stops[i].note);
        struct life l = begin(spec, note);
        go(&l, 1000);
        pod_life_stop(&l, STOP_DELETED, stops[i].grace_ms * MS);
        if (stops[i].gone_ms) go(&l, 1000 + stops[i].gone_ms - 1);
        ck_assert_msg(!stops[i].gone_ms || !l.run->terminal, "row %zu: gone too early", i);
        go(&l, 1000 + stops[i].gone_ms);
        ck_assert_msg(l.run->terminal && strcmp(state(&l), stops[i].want) == 0, "row %zu: %s", i, state(&l));
        end(&l);
    }
}
END_TEST

START_TEST(a_second_delete_hurries)
{
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Always"),
                          "\"sim.kubestep.dev/containers\":\"term=ignored\"");
    go(&l, 1000);
    pod_life_stop(&l, STOP_DELETED, 30 * S);
    go(&l, 3000);
    pod_life_stop(&l, STOP_DELETED, 5 * S);
    EXPECT(&l, 5999, "a=runs:0* Running");
    EXPECT(&l, 6000, "a=Error(137):0 Failed");
    end(&l);
}
END_TEST

START_TEST(deleted_before_it_ran)
{
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app\"}]" POLICY("Always"), "");
    pod_life_stop(&l, STOP_DELETED, 30 * S);
    EXPECT(&l, 0, "a=ContainerStatusUnknown(137):0 Failed");
    end(&l);
    l = begin("\"containers\":[" SH("a", "exit 1") "]" POLICY("Always"), "");
    go(&l, 100);
    pod_life_stop(&l, STOP_DELETED, 30 * S); /* while it waits to be started again */
    EXPECT(&l, 100, "a=Error(1):1 Failed");
    end(&l);
}
END_TEST

START_TEST(another_image)
{
    struct err e = ERR_INIT;
    struct life l = begin("\"containers\":[{\"name\":\"a\",\"image\":\"app:1\"}]" POLICY("Always"), "");
    go(&l, 1000);
    const struct object *newer AUTO_OBJ = object_parse(
        STR("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\",\"uid\":\"u\","
            "\"generation\":2},"
            "\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"app:2\"}],\"restartPolicy\":\"Always\"}}"),
        NULL, &e);
    pod_run_set_pod(l.run, newer);
    EXPECT(&l, 1000, "a=runs:1* Running");
    ck_assert(told("Killinga: Container a definition changed, will be restarted|"));
    end(&l);
}
END_TEST

TEST_MAIN("pod_life", ends_and_restarts, a_crash_is_told, init_containers_one_after_the_other,
          init_containers_that_fail, sidecars_end_last_in_reverse, sidecars_are_started_again, pulls_that_fail,
          images_that_cannot_be, configuration_that_is_missing, starts_that_fail, readiness, liveness, probes_of_files,
          startup_comes_before_the_others, deadline, deleted_pods, a_second_delete_hurries, deleted_before_it_ran,
          another_image)
