/* test_cronjob.c - which run of a CronJob is due, and what the controller does about it. */
#include "batch_support.h"
#include "controllers/cronjob.h"

extern const struct ctl_spec cronjob_controller;

/* ---- Which run is due ---- */

static int64_t at(const char *text)
{
    int64_t ns = 0;
    ck_assert_msg(clk_parse_rfc3339(text, strlen(text), &ns), "%s", text);
    return ns / 1000000000;
}

#define DAY(time) "2026-03-02T" time "Z" /* a Monday */

START_TEST(due_times)
{
    static const struct {
        const char *schedule, *created, *last; /* last "": never ran */
        int deadline;                          /* -1: none */
        const char *now, *due;                 /* due "": none */
        enum cron_missed missed;
        int64_t next_s; /* from now */
    } rows[] = {
        {"0 * * * *", DAY("10:00:30"), "", -1, DAY("10:30:00"), "", CRON_NONE_MISSED, 1800},
        {"0 * * * *", DAY("10:00:30"), "", -1, DAY("11:00:00"), DAY("11:00:00"), CRON_NONE_MISSED, 3600},
        {"0 * * * *", DAY("10:00:30"), "", -1, DAY("11:20:00"), DAY("11:00:00"), CRON_NONE_MISSED, 2400},
        {"0 * * * *", DAY("08:00:30"), DAY("11:00:00"), -1, DAY("11:20:00"), "", CRON_NONE_MISSED, 2400},
        /* several were missed: the newest */
        {"0 * * * *", DAY("08:00:30"), DAY("09:00:00"), -1, DAY("12:20:00"), DAY("12:00:00"), CRON_FEW_MISSED, 2400},
        {"*/5 * * * *", DAY("08:00:30"), DAY("09:00:00"), -1, DAY("10:00:01"), DAY("10:00:00"), CRON_FEW_MISSED, 299},
        {"* * * * *", DAY("00:00:00"), "", -1, DAY("01:39:30"), DAY("01:39:00"), CRON_FEW_MISSED, 30},
        {"* * * * *", DAY("00:00:00"), "", -1, DAY("10:00:30"), DAY("10:00:00"), CRON_MANY_MISSED, 30},
        /* a deadline: what is older does not count */
        {"* * * * *", DAY("00:00:00"), "", 200, DAY("10:00:30"), DAY("10:00:00"), CRON_FEW_MISSED, 30},
        {"0 * * * *", DAY("08:00:30"), DAY("09:00:00"), 600, DAY("12:20:00"), "", CRON_NONE_MISSED, 2400},
        /* not evenly spaced */
        {"30 6-16/4 * * 1-5", "2026-02-27T10:30:00Z", "2026-02-27T14:30:00Z", -1, DAY("06:31:00"), DAY("06:30:00"),
         CRON_NONE_MISSED, 4 * 3600 - 60},
        {"30 6-16/4 * * 1-5", "2026-02-25T00:00:00Z", "2026-02-25T10:30:00Z", -1, "2026-02-28T00:00:00Z",
         "2026-02-27T14:30:00Z", CRON_FEW_MISSED, (48 + 6) * 3600 + 1800},
        {"@every 7m", DAY("10:00:00"), "", -1, DAY("10:30:00"), DAY("10:28:00"), CRON_FEW_MISSED, 5 * 60},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        struct err e = ERR_INIT;
        struct cron schedule;
        struct json *tree = obj_new(&a, "batch/v1", "CronJob");
        int64_t now_s = at(rows[i].now);
        ck_assert(cron_parse(str_of(rows[i].schedule), tz_utc(), &schedule, &e));
        obj_put_cstr(&a, tree, ".metadata.creationTimestamp", rows[i].created);
        if (rows[i].last[0]) obj_put_cstr(&a, tree, ".status.lastScheduleTime", rows[i].last);
        if (rows[i].deadline >= 0) obj_put_int(&a, tree, ".spec.startingDeadlineSeconds", rows[i].deadline);
        const struct object *cron AUTO_OBJ = object_of(tree);
        struct cron_due due = cronjob_due(cron, &schedule, now_s * 1000, true);
        ck_assert_msg(due.is_valid, "row %zu", i);
        ck_assert_msg(due.at_s == (rows[i].due[0] ? at(rows[i].due) : -1), "row %zu: %lld", i, (long long)due.at_s);
        ck_assert_msg(due.missed == rows[i].missed, "row %zu: missed %d", i, (int)due.missed);
        int64_t next_ms = cronjob_next_ms(cron, &schedule, now_s * 1000);
        ck_assert_msg(next_ms == rows[i].next_s * 1000 + 100, "row %zu: next in %lld ms", i, (long long)next_ms);
    }
}
END_TEST

START_TEST(schedules_that_never_come)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct cron schedule;
    struct json *tree = obj_new(&a, "batch/v1", "CronJob");
    obj_put_cstr(&a, tree, ".metadata.creationTimestamp", DAY("10:00:00"));
    const struct object *cron AUTO_OBJ = object_of(tree);
    ck_assert(cron_parse(STR("59 23 31 2 *"), tz_utc(), &schedule, &e));
    ck_assert(!cronjob_due(cron, &schedule, at(DAY("11:00:00")) * 1000, true).is_valid);
    ck_assert_int_eq(cronjob_next_ms(cron, &schedule, at(DAY("11:00:00")) * 1000), 0);
}
END_TEST

/* ---- The controller ---- */

#define CRON(spec, status)                                                                                             \
    "{\"metadata\":{\"name\":\"tick\",\"namespace\":\"d\",\"uid\":\"C\",\"resourceVersion\":\"3\","                    \
    "\"creationTimestamp\":\"" DAY(                                                                                    \
        "09:00:30") "\"},\"spec\":{\"schedule\":\"*/5 * * * *\",\"jobTemplate\":{\"metadata\":"                        \
                    "{\"labels\":{\"l\":\"1\"},\"annotations\":{\"n\":\"2\"}},\"spec\":{\"backoffLimit\":3}}" spec     \
                    "},\"status\":{" status "}}"
#define JOB(name, start, status)                                                                                       \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"d\",\"uid\":\"u-" name "\",\"resourceVersion\":\"4\","       \
    "\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"name\":\"tick\",\"uid\":\"C\","          \
    "\"controller\":true}]},\"status\":{\"startTime\":\"" DAY(start) "\"" status "}}"
#define ENDED(type, at)                                                                                                \
    ",\"conditions\":[{\"type\":\"" type "\",\"status\":\"True\"}],\"completionTime\":\"" DAY(at) "\""
#define ACTIVE(name) "{\"kind\":\"Job\",\"namespace\":\"d\",\"name\":\"" name "\",\"uid\":\"u-" name "\"}"
#define LAST(at)     "\"lastScheduleTime\":\"" DAY(at) "\""
#define POST_JOB     "POST /apis/batch/v1/namespaces/d/jobs"
#define PUT_STATUS   "PUT /apis/batch/v1/namespaces/d/cronjobs/tick/status"

static void quiet(void) { FAKE_WAIT(fake_streams(&server, "watch=true") == 2 && ctl_host_idle(host)); }

START_TEST(starts_a_job)
{
    set_clock(DAY("10:00:00"));
    crons = CRON("", LAST("09:55:00"));
    up(&cronjob_controller);
    EXPECT_REQUESTS(POST_JOB, 1);
    EXPECT_REQUESTS(PUT_STATUS, 1);
    const char *job = written(POST_JOB, 0), *status = written(PUT_STATUS, 0);
    EXPECT_IN(job, "\"name\":\"tick-29540760\"");
    EXPECT_IN(job, "\"labels\":{\"l\":\"1\"},\"annotations\":{\"n\":\"2\",\"batch.kubernetes.io/"
                   "cronjob-scheduled-timestamp\":\"" DAY("10:00:00") "\"}");
    EXPECT_IN(job, "\"kind\":\"CronJob\",\"name\":\"tick\",\"uid\":\"C\"");
    EXPECT_IN(job, "\"spec\":{\"backoffLimit\":3}");
    EXPECT_IN(status, LAST("10:00:00"));
    EXPECT_IN(status, "\"name\":\"tick-29540760\",\"uid\":\"made-1\"");
    EXPECT_EVENT("\"message\":\"Created job tick-29540760\"");
    down();
}
END_TEST

START_TEST(starts_when_time_passes)
{
    set_clock(DAY("10:01:00"));
    crons = CRON("", LAST("10:00:00"));
    up(&cronjob_controller);
    quiet();
    ck_assert_int_eq(fake_count(&server, POST_JOB), 0);
    set_clock(DAY("10:17:00")); /* over three of them: the newest */
    EXPECT_REQUESTS(POST_JOB, 1);
    EXPECT_IN(written(POST_JOB, 0), "\"name\":\"tick-29540775\"");
    down();
}
END_TEST

START_TEST(what_keeps_it_from_starting)
{
    static const struct {
        const char *spec, *status, *jobs;
        int posts;
        const char *event; /* NULL: none is looked for */
    } rows[] = {
        {",\"suspend\":true", "", "", 0, NULL},
        {",\"timeZone\":\"Mars/Crater\"", "", "", 0, "\"reason\":\"UnknownTimeZone\""},
        {",\"startingDeadlineSeconds\":30", LAST("10:15:00"), "", 0, NULL},
        {"", LAST("10:15:00"), "", 0, NULL},
        {",\"concurrencyPolicy\":\"Forbid\"", LAST("10:10:00") ",\"active\":[" ACTIVE("a") "]",
         JOB("a", "10:10:00", ""), 0,
         "Not starting job because prior execution is running and concurrency policy is Forbid"},
        {",\"concurrencyPolicy\":\"Forbid\"", LAST("10:10:00"), "", 1, NULL},
        {"", LAST("10:10:00") ",\"active\":[" ACTIVE("a") "]", JOB("a", "10:10:00", ""), 1, NULL},
        {"", "\"lastScheduleTime\":\"2026-03-01T00:00:00Z\"", "", 1, "\"reason\":\"TooManyMissedTimes\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena a AUTO_ARENA = {0};
        set_clock(DAY("10:17:00"));
        crons = arena_printf(&a, CRON("%s", "%s"), rows[i].spec, rows[i].status);
        jobs = rows[i].jobs;
        up(&cronjob_controller);
        quiet();
        FAKE_WAIT(fake_count(&server, POST_JOB) >= rows[i].posts && ctl_host_idle(host));
        ck_assert_msg(fake_count(&server, POST_JOB) == rows[i].posts, "row %zu", i);
        if (rows[i].event) EXPECT_EVENT(rows[i].event);
        down();
    }
}
END_TEST

START_TEST(too_late)
{
    set_clock(DAY("10:17:00"));
    crons = CRON(",\"startingDeadlineSeconds\":60", LAST("10:10:00"));
    up(&cronjob_controller);
    quiet();
    ck_assert_int_eq(fake_count(&server, POST_JOB), 0);
    down();
}
END_TEST

START_TEST(replaces_what_still_runs)
{
    set_clock(DAY("10:15:00"));
    crons = CRON(",\"concurrencyPolicy\":\"Replace\"", LAST("10:10:00") ",\"active\":[" ACTIVE("a") "]");
    jobs = JOB("a", "10:10:00", "");
    up(&cronjob_controller);
    EXPECT_REQUESTS(POST_JOB, 1);
    EXPECT_REQUESTS(PUT_STATUS, 1);
    EXPECT_IN(bodies[0], "DELETE /apis/batch/v1/namespaces/d/jobs/a ");
    EXPECT_IN(bodies[0], "\"propagationPolicy\":\"Background\"");
    ck_assert_ptr_null(strstr(written(PUT_STATUS, 0), "u-a"));
    EXPECT_EVENT("\"message\":\"Deleted job a\"");
    down();
}
END_TEST

START_TEST(sees_jobs_end)
{
    set_clock(DAY("10:16:00"));
    crons = CRON("", LAST("10:15:00") ",\"active\":[" ACTIVE("a") "," ACTIVE("gone") "," ACTIVE("b") "]");
    jobs = JOB("a", "10:10:00", ENDED("Complete", "10:11:00")) "," JOB("b", "10:15:00", "") "," JOB(
        "old", "09:10:00", ENDED("Complete", "09:11:00")) "," JOB("f", "10:05:00", ENDED("Failed", "10:15:30"));
    up(&cronjob_controller);
    EXPECT_REQUESTS(PUT_STATUS, 1);
    const char *status = written(PUT_STATUS, 0);
    EXPECT_IN(status, "\"active\":[" ACTIVE("b") "]");
    EXPECT_IN(status, "\"lastSuccessfulTime\":\"" DAY("10:11:00") "\"");
    EXPECT_EVENT("\"message\":\"Saw completed job: a, condition: Complete\"");
    EXPECT_EVENT("\"message\":\"Active job went missing: gone\"");
    down();
}
END_TEST

START_TEST(a_job_from_elsewhere)
{
    set_clock(DAY("10:16:00"));
    crons = single = CRON("", LAST("10:15:00"));
    jobs = JOB("stray", "10:10:00", "");
    up(&cronjob_controller);
    EXPECT_EVENT("\"message\":\"Saw a job that the controller did not create or forgot: stray\"");
    ck_assert_int_eq(fake_count(&server, PUT_STATUS), 0);
    down();
}
END_TEST

/* Our last write of the status was lost: the Job is there. */
START_TEST(finds_its_job_again)
{
    set_clock(DAY("10:15:00"));
    crons = CRON("", LAST("10:10:00"));
    single = JOB("tick-29540775", "10:15:00", "");
    refuse_post = 409;
    up(&cronjob_controller);
    EXPECT_REQUESTS(PUT_STATUS, 1);
    EXPECT_IN(written(PUT_STATUS, 0), "\"uid\":\"u-tick-29540775\"");
    EXPECT_IN(written(PUT_STATUS, 0), LAST("10:15:00"));
    down();
}
END_TEST

START_TEST(keeps_some_history)
{
    set_clock(DAY("10:16:00"));
    crons = CRON(",\"successfulJobsHistoryLimit\":1,\"failedJobsHistoryLimit\":0", LAST("10:15:00"));
    jobs = JOB("s2", "10:05:00", ENDED("Complete", "10:06:00")) "," JOB(
        "s1", "10:00:00", ENDED("Complete", "10:07:00")) "," JOB("f1", "10:10:00", ENDED("Failed", "10:11:00"));
    up(&cronjob_controller);
    EXPECT_REQUESTS("DELETE /apis/batch/v1/namespaces/d/jobs/", 2);
    EXPECT_IN(bodies[0], "/jobs/s1 ");
    EXPECT_IN(bodies[1], "/jobs/f1 ");
    down();
}
END_TEST

#define CHANGED(type, name, schedule)                                                                                  \
    "{\"type\":\"" type                                                                                                \
    "\",\"object\":{\"kind\":\"CronJob\",\"apiVersion\":\"batch/v1\",\"metadata\":{\"name\":\"" name                   \
    "\",\"namespace\":\"d\",\"uid\":\"C\",\"resourceVersion\":\"9\",\"creationTimestamp\":\"" DAY(                     \
        "09:00:30") "\"},"                                                                                             \
                    "\"spec\":{\"schedule\":\"" schedule                                                               \
                    "\",\"jobTemplate\":{\"spec\":{}}},\"status\":{" LAST("10:15:00") "}}}"

/* What the new schedule would have had in the past is not made up for at once. Another CronJob shows when the change
 * has been seen. */
START_TEST(a_new_schedule_begins_anew)
{
    set_clock(DAY("10:17:00"));
    crons = CRON("", LAST("10:15:00"));
    up(&cronjob_controller);
    quiet();
    fake_push(&server, "/cronjobs", CHANGED("MODIFIED", "tick", "16 * * * *"));
    fake_push(&server, "/cronjobs", CHANGED("ADDED", "other", "16 * * * *"));
    EXPECT_REQUESTS(POST_JOB, 1);
    EXPECT_IN(written(POST_JOB, 0), "\"name\":\"other-29540776\"");
    set_clock(DAY("11:16:01"));
    FAKE_WAIT(fake_count(&server, POST_JOB) >= 3 && ctl_host_idle(host));
    ck_assert_int_eq(fake_count(&server, POST_JOB), 3);
    down();
}
END_TEST

TEST_MAIN("cronjob", due_times, schedules_that_never_come, starts_a_job, starts_when_time_passes,
          what_keeps_it_from_starting, too_late, replaces_what_still_runs, sees_jobs_end, a_job_from_elsewhere,
          finds_its_job_again, keeps_some_history, a_new_schedule_begins_anew)
