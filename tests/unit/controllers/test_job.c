/* test_job.c - the Job and TTL controllers against a scripted API server: requests, their order, events. */
#include "batch_support.h"
#include "controllers/job.h"

extern const struct ctl_spec job_controller, ttl_after_finished_controller;

#define JOB(spec, status)                                                                                              \
    "{\"metadata\":{\"name\":\"j\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"3\"},\"spec\":{"            \
    "\"selector\":{"                                                                                                   \
    "\"matchLabels\":{\"app\":\"x\"}},\"backoffLimit\":6,\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"}},"     \
    "\"spec\":{\"containers\":[{\"name\":\"c\"}],\"restartPolicy\":\"Never\"}}," spec "},\"status\":{" status "}}"
#define POD(name, meta, phase)                                                                                         \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name                                       \
    "\",\"resourceVersion\":\"4\",\"labels\":{\"app\":\"x\"}" meta "},\"status\":{\"phase\":\"" phase "\"}}"
#define OWNED                                                                                                          \
    ",\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"name\":\"j\",\"uid\":\"U\",\"controller\":" \
    "true}]"
#define TRACKED      ",\"finalizers\":[\"batch.kubernetes.io/job-tracking\"]"
#define COMPLETE(at) "\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\",\"lastTransitionTime\":\"" at "\"}]"
#define PUT_STATUS   "PUT /apis/batch/v1/namespaces/d/jobs/j/status"

START_TEST(makes_tracked_pods)
{
    jobs = JOB("\"completions\":3,\"parallelism\":2", "");
    up(&job_controller);
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/pods", 2);
    const char *pod = written("POST /api/v1/namespaces/d/pods", 0), *status = written(PUT_STATUS, 0);
    EXPECT_IN(pod, "\"generateName\":\"j-\"");
    EXPECT_IN(pod, "\"finalizers\":[\"batch.kubernetes.io/job-tracking\"]");
    EXPECT_IN(pod, "\"kind\":\"Job\",\"name\":\"j\",\"uid\":\"U\"");
    EXPECT_IN(status, "\"active\":2");
    EXPECT_IN(status, "\"startTime\":");
    EXPECT_IN(status, "\"uncountedTerminatedPods\":{}");
    EXPECT_EVENT("\"reason\":\"SuccessfulCreate\"");
    down();
}
END_TEST

START_TEST(tells_pods_their_index)
{
    jobs = JOB("\"completions\":12,\"parallelism\":1,\"completionMode\":\"Indexed\",\"backoffLimitPerIndex\":1",
               "\"completedIndexes\":\"0-10\",\"succeeded\":11");
    up(&job_controller);
    EXPECT_REQUESTS("POST /api/v1/namespaces/d/pods", 1);
    const char *pod = written("POST /api/v1/namespaces/d/pods", 0);
    EXPECT_IN(pod, "\"generateName\":\"j-11-\"");
    EXPECT_IN(pod, "\"hostname\":\"j-11\"");
    EXPECT_IN(pod, "\"labels\":{\"app\":\"x\",\"batch.kubernetes.io/job-completion-index\":\"11\"}");
    EXPECT_IN(pod, "\"batch.kubernetes.io/job-index-failure-count\":\"0\"");
    EXPECT_IN(pod, "{\"name\":\"JOB_COMPLETION_INDEX\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"metadata.labels["
                   "'batch.kubernetes.io/job-completion-index']\"}}}");
    down();
}
END_TEST

/* Written down, the finalizer, counted: in this order. */
START_TEST(counts_pods_once)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1", "\"startTime\":\"2026-01-01T00:00:00Z\"");
    pods = POD("a", OWNED TRACKED, "Succeeded");
    up(&job_controller);
    FAKE_WAIT(fake_count(&server, PUT_STATUS) >= 2 && ctl_host_idle(host));
    ck_assert_int_ge(nbodies, 3);
    EXPECT_IN(bodies[0], PUT_STATUS);
    EXPECT_IN(bodies[0], "\"uncountedTerminatedPods\":{\"succeeded\":[\"u-a\"]}");
    EXPECT_IN(bodies[0], "\"type\":\"SuccessCriteriaMet\"");
    ck_assert_ptr_null(strstr(bodies[0], "\"type\":\"Complete\""));
    EXPECT_IN(bodies[1], "PATCH /api/v1/namespaces/d/pods/a ");
    EXPECT_IN(bodies[1], "\"$deleteFromPrimitiveList/finalizers\":[\"batch.kubernetes.io/job-tracking\"]");
    EXPECT_IN(bodies[2], PUT_STATUS);
    EXPECT_IN(bodies[2], "\"succeeded\":1");
    EXPECT_IN(bodies[2], "\"type\":\"Complete\"");
    EXPECT_IN(bodies[2], "\"completionTime\":");
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    EXPECT_EVENT("\"reason\":\"Completed\"");
    down();
}
END_TEST

/* While the finalizer stays the Job is not finished, and the pod not counted. */
START_TEST(a_finalizer_that_stays)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1", "\"startTime\":\"2026-01-01T00:00:00Z\"");
    pods = POD("a", OWNED TRACKED, "Succeeded");
    refuse_patch = 500;
    up(&job_controller);
    FAKE_WAIT(fake_count(&server, "PATCH /api/v1/namespaces/d/pods/a") >= 2);
    mutex_lock(&lock);
    for (int i = 0; i < nbodies; i++) ck_assert_ptr_null(strstr(bodies[i], "\"type\":\"Complete\""));
    for (int i = 0; i < nbodies; i++) ck_assert_ptr_null(strstr(bodies[i], "\"succeeded\":1"));
    mutex_unlock(&lock);
    down();
}
END_TEST

START_TEST(suspending_takes_the_finalizer_first)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1,\"suspend\":true",
               "\"startTime\":\"2026-01-01T00:00:00Z\",\"active\":1");
    pods = POD("a", OWNED TRACKED, "Running");
    up(&job_controller);
    EXPECT_REQUESTS("DELETE /api/v1/namespaces/d/pods/a", 1);
    EXPECT_IN(bodies[0], "PATCH /api/v1/namespaces/d/pods/a ");
    EXPECT_IN(bodies[1], "DELETE /api/v1/namespaces/d/pods/a ");
    const char *status = written(PUT_STATUS, 0);
    EXPECT_IN(status, "\"reason\":\"JobSuspended\"");
    ck_assert_ptr_null(strstr(status, "startTime"));
    EXPECT_EVENT("\"message\":\"Job suspended\"");
    down();
}
END_TEST

START_TEST(adopts_with_the_finalizer)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1", "");
    pods = POD("orphan", "", "Running");
    up(&job_controller);
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/orphan", 2);
    EXPECT_IN(written("PATCH /api/v1/namespaces/d/pods/orphan", 0), "\"uid\":\"U\"");
    EXPECT_IN(written("PATCH /api/v1/namespaces/d/pods/orphan", 1),
              "\"finalizers\":[\"batch.kubernetes.io/job-tracking\"]");
    ck_assert_int_eq(fake_count(&server, "POST /api/v1/namespaces/d/pods"), 0);
    down();
}
END_TEST

START_TEST(leaves_what_others_see_to)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1,\"managedBy\":\"acme.io/x\"", "");
    pods = POD("a", OWNED TRACKED ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "Running");
    up(&job_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
    ck_assert_int_eq(nbodies, 0);
    down();
}
END_TEST

/* Pods of a Job that is finished, of one that is gone, and of none, keep no finalizer. */
START_TEST(no_finalizer_without_a_job)
{
    jobs = JOB("\"completions\":1,\"parallelism\":1", COMPLETE("2026-01-01T00:00:00Z"));
    pods = POD("late", OWNED TRACKED, "Running") "," POD("lonely", TRACKED, "Running");
    up(&job_controller);
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/late", 1);
    EXPECT_REQUESTS("PATCH /api/v1/namespaces/d/pods/lonely", 1);
    down();
    jobs = JOB("\"completions\":1,\"parallelism\":0", "");
    pods = POD("a", OWNED TRACKED, "Running");
    up(&job_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host));
    int before = fake_count(&server, "PATCH /api/v1/namespaces/d/pods/a");
    fake_push(&server, "/jobs",
              "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Job\",\"apiVersion\":\"batch/v1\",\"metadata\":{"
              "\"name\":\"j\",\"namespace\":\"d\",\"uid\":\"U\",\"resourceVersion\":\"9\"}}}");
    FAKE_WAIT(fake_count(&server, "PATCH /api/v1/namespaces/d/pods/a") > before);
    ck_assert_int_gt(fake_count(&server, "PATCH /api/v1/namespaces/d/pods/a"), before);
    down();
}
END_TEST

START_TEST(a_finished_job_goes_in_time)
{
    set_clock("2026-01-01T00:01:00Z");
    jobs = JOB("\"ttlSecondsAfterFinished\":60", COMPLETE("2026-01-01T00:00:00Z"));
    single = jobs;
    up(&ttl_after_finished_controller);
    EXPECT_REQUESTS("DELETE /apis/batch/v1/namespaces/d/jobs/j", 1);
    EXPECT_IN(bodies[0], "\"propagationPolicy\":\"Foreground\"");
    EXPECT_IN(bodies[0], "\"uid\":\"U\"");
    down();
    /* Not before; then the clock moves on. */
    jobs = JOB("\"ttlSecondsAfterFinished\":3600", COMPLETE("2026-01-01T00:00:00Z"));
    single = jobs;
    up(&ttl_after_finished_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 1 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "DELETE"), 0);
    set_clock("2026-01-01T01:00:00Z");
    EXPECT_REQUESTS("DELETE /apis/batch/v1/namespaces/d/jobs/j", 1);
    down();
    /* The API server knows of a longer time. */
    jobs = JOB("\"ttlSecondsAfterFinished\":1", COMPLETE("2026-01-01T00:00:00Z"));
    single = JOB("\"ttlSecondsAfterFinished\":99999", COMPLETE("2026-01-01T00:00:00Z"));
    up(&ttl_after_finished_controller);
    FAKE_WAIT(fake_count(&server, "GET /apis/batch/v1/namespaces/d/jobs/j") >= 1 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "DELETE"), 0);
    down();
    /* Running, and without a time. */
    jobs = JOB("\"ttlSecondsAfterFinished\":1", "");
    up(&ttl_after_finished_controller);
    FAKE_WAIT(fake_streams(&server, "watch=true") == 1 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, "DELETE") + fake_count(&server, "GET /apis/batch/v1/namespaces/d/jobs/j"), 0);
    down();
}
END_TEST

TEST_MAIN("job", makes_tracked_pods, tells_pods_their_index, counts_pods_once, a_finalizer_that_stays,
          suspending_takes_the_finalizer_first, adopts_with_the_finalizer, leaves_what_others_see_to,
          no_finalizer_without_a_job, a_finished_job_goes_in_time)
