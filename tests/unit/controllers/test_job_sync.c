/* test_job_sync.c - what a Job does in a given state, by hand-worked rows; and random histories in which some things
 * must always hold. */
#include "base/clk.h"
#include "base/rnd.h"
#include "check_main.h"
#include "controllers/job.h"

#include <stdio.h>

enum { NOW = 1000000 }; /* s; it is 1970-01-12T13:46:40Z */

/* ---- States from short texts ---- */

/* "name:PHASE[,flag...]": PHASE is P R S F (Pending Running Succeeded Failed); flags: i3 its index, n3 failures of its
 * index before it, t3 finished 3 s ago (0 s when not said), x being deleted, r ready, u without the finalizer, c3 exit
 * code 3, o3 restarts, q on a node. */
static const struct object *pod_of(struct arena *a, struct str text)
{
    static const char *const phases[][2] = {{"P", "Pending"}, {"R", "Running"}, {"S", "Succeeded"}, {"F", "Failed"}};
    struct str rest, name = str_cut(text, ':', &rest), phase = str_cut(rest, ',', &rest);
    struct json *pod = obj_new(a, "v1", "Pod");
    int64_t ago = 0, n = 0;
    bool tracked = true;
    obj_put_str(a, pod, ".metadata.name", name);
    obj_put_cstr(a, pod, ".metadata.namespace", "d");
    obj_put_fmt(a, pod, ".metadata.uid", "u-%.*s", STR_ARG(name));
    for (size_t i = 0; i < ARRAY_LEN(phases); i++)
        if (str_eqc(phase, phases[i][0])) obj_put_cstr(a, pod, ".status.phase", phases[i][1]);
    struct json *st = obj_append(a, pod, ".status.containerStatuses"), *c = obj_append(a, pod, ".status.conditions");
    obj_put_cstr(a, st, ".name", "c");
    obj_put_cstr(a, c, ".type", "Ready");
    obj_put_cstr(a, c, ".status", "False");
    while (!str_is_null(rest)) {
        struct str flag = str_cut(rest, ',', &rest), value = str_from(flag, 1);
        if (value.n) ck_assert(str_to_i64(value, &n));
        struct str map = STR("batch.kubernetes.io/job-completion-index");
        if (flag.p[0] == 'i') obj_map_put_str(a, pod, ".metadata.annotations", map, value);
        if (flag.p[0] == 'n')
            obj_map_put_str(a, pod, ".metadata.annotations", STR("batch.kubernetes.io/job-index-failure-count"), value);
        if (flag.p[0] == 't') ago = n;
        if (flag.p[0] == 'x') obj_put_time(a, pod, ".metadata.deletionTimestamp", NOW);
        if (flag.p[0] == 'r') obj_put_cstr(a, c, ".status", "True");
        if (flag.p[0] == 'u') tracked = false;
        if (flag.p[0] == 'c') obj_put_int(a, st, ".state.terminated.exitCode", n);
        if (flag.p[0] == 'o') obj_put_int(a, st, ".restartCount", n);
        if (flag.p[0] == 'q') obj_put_cstr(a, pod, ".spec.nodeName", "n1");
    }
    if (str_eqc(phase, "S") || str_eqc(phase, "F")) obj_put_time(a, st, ".state.terminated.finishedAt", NOW - ago);
    obj_put_time(a, c, ".lastTransitionTime", NOW - ago);
    obj_put_time(a, pod, ".metadata.creationTimestamp", NOW - 100);
    if (tracked) obj_append_str(a, pod, ".metadata.finalizers", STR(JOB_FINALIZER));
    return object_of(pod);
}

static void pods_of(struct arena *a, const char *text, struct objs *out)
{
    for (struct str rest = text[0] ? str_of(text) : STR_NULL; !str_is_null(rest);) {
        const struct object *pod AUTO_OBJ = pod_of(a, str_cut(rest, ' ', &rest));
        objs_add(out, pod);
    }
}

static const struct object *job_of(struct arena *a, const char *spec, const char *status)
{
    struct err e = ERR_INIT;
    const char *text = arena_printf(
        a,
        "{\"metadata\":{\"name\":\"j\",\"namespace\":\"d\",\"uid\":\"U\"},\"spec\":{%s,\"backoffLimit\":6},"
        "\"status\":{\"startTime\":\"1970-01-12T13:45:00Z\"%s%s}}",
        spec, status[0] ? "," : "", status);
    const struct object *job = object_parse(str_of(text), NULL, &e);
    ck_assert_msg(job != NULL, "%s: %s", e.text, text);
    return job;
}

/* ---- Results as short texts ---- */

static void put_names(struct buf *b, const char *what, struct job_pod **pods, size_t n)
{
    if (!n) return;
    buf_addf(b, "%s", what);
    for (size_t i = 0; i < n; i++) buf_addf(b, " %.*s", STR_ARG(pods[i]->pod->name));
    buf_cstr(b, "; ");
}

static void put_plan(struct buf *b, const struct job_sync *s)
{
    put_names(b, s->uncounted ? "remove" : "end", s->remove, s->nremove);
    if (s->create) buf_addf(b, "create %lld", (long long)s->create);
    for (int64_t i = 0; s->indexes && i < s->create; i++)
        buf_addf(b, "%s%lld", i ? "," : " #", (long long)s->indexes[i]);
    if (s->create) buf_cstr(b, "; ");
    if (s->again_ms) buf_addf(b, "again %lld; ", (long long)s->again_ms / 1000);
}

static void put_uids(struct buf *b, const char *what, const struct job_uids *uids)
{
    for (size_t i = 0; i < uids->count; i++) buf_addf(b, "%s%.*s", i ? "," : what, STR_ARG(uids->items[i]));
}

/* "A1 R1 T1 S1 F1", without zeros. */
static void put_status(struct buf *b, const struct job_status *s)
{
    const struct {
        char letter;
        int64_t n;
    } counts[] = {{'A', s->active}, {'R', s->ready}, {'T', s->terminating}, {'S', s->succeeded}, {'F', s->failed}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].n) buf_addf(b, " %c%lld", counts[i].letter, (long long)counts[i].n);
    if (s->completed_indexes.n) buf_addf(b, " done=%.*s", STR_ARG(s->completed_indexes));
    if (!str_is_null(s->failed_indexes)) buf_addf(b, " broken=%.*s", STR_ARG(s->failed_indexes));
    put_uids(b, " +", &s->uncounted_succeeded);
    put_uids(b, " -", &s->uncounted_failed);
    for (OBJ_EACH(c, s->conditions, ".conditions"))
        if (obj_is(c, ".status", "True"))
            buf_addf(b, " %.*s(%.*s)", STR_ARG(obj_str(c, ".type")), STR_ARG(obj_str(c, ".reason")));
}

/* All requests succeed. */
static void do_all(struct job_sync *s, struct job_done *done)
{
    done->created = s->create;
    done->removed = (int64_t)s->nremove;
    for (size_t i = 0; i < s->nremove; i++) {
        done->removed_ready += s->remove[i]->ready;
        if (s->uncounted) s->remove[i]->tracked = false;
    }
}

static const char *play(struct arena *a, const char *spec, const char *status, const char *pods, bool settled,
                        struct job_backoff backoff)
{
    const struct object *job AUTO_OBJ = job_of(a, spec, status);
    struct objs list AUTO_OBJS = {0};
    struct buf b AUTO_BUF = {0};
    struct job_sync s = {.arena = a, .job = job, .now_ms = NOW * INT64_C(1000), .settled = settled, .backoff = backoff};
    struct job_done done = {0};
    buf_init(&b, 1 << 16);
    pods_of(a, pods, &list);
    job_sync_look(&s, &list);
    job_sync_plan(&s);
    put_plan(&b, &s);
    do_all(&s, &done);
    job_sync_account(&s, &done);
    put_names(&b, "release", s.release, s.nrelease);
    if (s.event) buf_addf(&b, "event %s; ", s.event);
    put_status(&b, &s.status);
    for (size_t i = 0; i < s.nrelease; i++) s.release[i]->tracked = false;
    bool finished = job_sync_conclude(&s);
    buf_cstr(&b, " =>");
    put_status(&b, &s.status);
    if (finished) buf_cstr(&b, " finished");
    return str_cstr(a, buf_view(&b));
}

#define N(completions, parallelism) "\"completions\":" #completions ",\"parallelism\":" #parallelism
#define QUEUE(parallelism)          "\"parallelism\":" #parallelism
#define INDEXED(c, p)               N(c, p) ",\"completionMode\":\"Indexed\""
#define TRUE_CONDITION(type, reason)                                                                                   \
    "\"conditions\":[{\"type\":\"" type "\",\"status\":\"True\",\"reason\":\"" reason "\",\"message\":\"m\"}]"
#define FAIL_JOB_ON_3                                                                                                  \
    ",\"podFailurePolicy\":{\"rules\":[{\"action\":\"FailJob\",\"onExitCodes\":{\"operator\":\"In\",\"values\":[3]}}," \
    "{\"action\":\"Ignore\",\"onExitCodes\":{\"operator\":\"In\",\"values\":[4]}}]}"

struct row {
    const char *spec, *status, *pods, *expect;
};

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct arena a AUTO_ARENA = {0};
        const char *got = play(&a, rows[i].spec, rows[i].status, rows[i].pods, true, (struct job_backoff){0});
        ck_assert_msg(strcmp(got, rows[i].expect) == 0, "row %zu (%s; %s; %s):\n got  %s\n want %s", i, rows[i].spec,
                      rows[i].status, rows[i].pods, got, rows[i].expect);
    }
}

START_TEST(pods_are_made_and_counted)
{
    static const struct row rows[] = {
        {N(1, 1), "", "", "create 1;  A1 => A1"},
        {N(5, 2), "", "", "create 2;  A2 => A2"},
        {N(5, 2), "", "a:R b:R,r", " A2 R1 => A2 R1"},
        {N(5, 2), "\"succeeded\":4", "a:R", " A1 S4 => A1 S4"}, /* no more than are missing */
        {N(0, 1), "", "",
         " SuccessCriteriaMet(CompletionsReached) => SuccessCriteriaMet(CompletionsReached) "
         "Complete(CompletionsReached) finished"},
        /* written down, then the finalizer, then counted */
        {N(3, 1), "", "a:S", "create 1; release a;  A1 +u-a => A1 S1"},
        {N(3, 1), "\"uncountedTerminatedPods\":{\"succeeded\":[\"u-a\"]}", "a:S",
         "create 1; release a;  A1 +u-a => A1 S1"},
        {N(3, 1), "\"uncountedTerminatedPods\":{\"succeeded\":[\"u-a\"]}", "a:S,u", "create 1;  A1 S1 => A1 S1"},
        {N(3, 1), "\"uncountedTerminatedPods\":{\"succeeded\":[\"u-a\"]}", "", "create 1;  A1 S1 => A1 S1"},
        {N(1, 1), "", "a:S",
         "release a;  +u-a SuccessCriteriaMet(CompletionsReached) => S1 SuccessCriteriaMet(CompletionsReached) "
         "Complete(CompletionsReached) finished"},
        /* a failed one is replaced after a while */
        {N(1, 1), "", "a:F,t3", "again 7; release a;  -u-a => F1"},
        {N(1, 1), "", "a:F,t30", "create 1; release a;  A1 -u-a => A1 F1"},
        {N(1, 1), "", "a:R,x", "again 10; release a;  T1 -u-a => T1 F1"},
        {N(1, 1) ",\"podReplacementPolicy\":\"Failed\"", "", "a:R,x", " T1 => T1"},
        {N(1, 1) ",\"podReplacementPolicy\":\"Failed\"", "", "a:F,x,t99", "create 1; release a;  A1 -u-a => A1 F1"},
        /* too many: those that are missed least */
        {N(2, 1), "", "a:R,q,r b:P c:R,q", "remove b c;  A1 R1 T2 => A1 R1 T2"},
        {N(5, 0), "", "a:R", "remove a;  T1 => T1"},
        /* the finalizer of what was counted is gone: not twice */
        {N(3, 2), "\"succeeded\":1", "a:S,u b:R", "create 1;  A2 S1 => A2 S1"},
        /* a work queue ends when all have ended and one succeeded */
        {QUEUE(2), "", "", "create 2;  A2 => A2"},
        {QUEUE(2), "", "a:S b:R", "release a;  A1 +u-a => A1 S1"},
        {QUEUE(2), "\"succeeded\":1", "b:F",
         "release b;  S1 -u-b SuccessCriteriaMet(CompletionsReached) => S1 F1 SuccessCriteriaMet(CompletionsReached) "
         "Complete(CompletionsReached) finished"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(jobs_fail)
{
#define LIMIT "BackoffLimitExceeded"
    static const struct row rows[] = {
        {N(1, 1) ",\"backoffLimit\":1", "\"failed\":1", "b:F",
         "release b;  F1 -u-b FailureTarget(" LIMIT ") => F2 FailureTarget(" LIMIT ") Failed(" LIMIT ") finished"},
        /* those that still run are ended, and have failed; the end waits for them */
        {N(3, 3) ",\"backoffLimit\":0", "", "a:F b:R,r c:S",
         "end b; release b a c;  T1 +u-c -u-b,u-a FailureTarget(" LIMIT ") => T1 S1 F2 FailureTarget(" LIMIT ")"},
        {N(3, 3) ",\"backoffLimit\":0", "\"failed\":2,\"succeeded\":1," TRUE_CONDITION("FailureTarget", LIMIT),
         "b:R,x,u", " T1 S1 F2 FailureTarget(" LIMIT ") => T1 S1 F2 FailureTarget(" LIMIT ")"},
        {N(3, 3) ",\"backoffLimit\":0", "\"failed\":2,\"succeeded\":1," TRUE_CONDITION("FailureTarget", LIMIT), "",
         " S1 F2 FailureTarget(" LIMIT ") => S1 F2 FailureTarget(" LIMIT ") Failed(" LIMIT ") finished"},
        /* restarts of containers */
        {N(1, 1) ",\"backoffLimit\":3,\"template\":{\"spec\":{\"restartPolicy\":\"OnFailure\"}}", "", "a:R,o2",
         " A1 => A1"},
        {N(1, 1) ",\"backoffLimit\":3,\"template\":{\"spec\":{\"restartPolicy\":\"OnFailure\"}}", "", "a:R,o3",
         "end a; release a;  T1 -u-a FailureTarget(" LIMIT ") => T1 F1 FailureTarget(" LIMIT ")"},
        {N(1, 1) ",\"backoffLimit\":3", "", "a:R,o3", " A1 => A1"},
        /* the deadline: 100 s have passed since the start */
        {N(1, 1) ",\"activeDeadlineSeconds\":130", "", "a:R", "again 30;  A1 => A1"},
        {N(1, 1) ",\"activeDeadlineSeconds\":100", "", "a:R",
         "end a; release a;  T1 -u-a FailureTarget(DeadlineExceeded) => T1 F1 FailureTarget(DeadlineExceeded)"},
        {N(1, 1) ",\"suspend\":true,\"activeDeadlineSeconds\":1", TRUE_CONDITION("Suspended", "JobSuspended"), "",
         "event Suspended;  Suspended(JobSuspended) => Suspended(JobSuspended)"},
        /* the policy */
        {N(2, 2) FAIL_JOB_ON_3, "", "a:F,c3 b:R",
         "end b; release b a;  T1 -u-b,u-a FailureTarget(PodFailurePolicy) => T1 F2 FailureTarget(PodFailurePolicy)"},
        {N(1, 1) FAIL_JOB_ON_3, "", "a:F,c4,t60", "create 1; release a;  A1 => A1"},
        {N(1, 1) FAIL_JOB_ON_3, "", "a:F,c5,t60", "create 1; release a;  A1 -u-a => A1 F1"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(indexes)
{
#define PER_INDEX(c, p, limit) INDEXED(c, p) ",\"backoffLimit\":2147483647,\"backoffLimitPerIndex\":" #limit
    static const struct row rows[] = {
        {INDEXED(4, 2), "", "", "create 2 #0,1;  A2 => A2"},
        {INDEXED(4, 2), "", "a:R,i1", "create 1 #0;  A2 => A2"},
        {INDEXED(4, 2), "\"succeeded\":1,\"completedIndexes\":\"0\"", "a:R,i1",
         "create 1 #2;  A2 S1 done=0 => A2 S1 done=0"},
        {INDEXED(4, 2), "", "a:S,i0 b:R,i1", "create 1 #2; release a;  A2 S1 done=0 => A2 S1 done=0"},
        /* an index succeeds once */
        {INDEXED(4, 2), "\"succeeded\":1,\"completedIndexes\":\"0\"", "a:S,i0 b:R,i1",
         "create 1 #2; release a;  A2 S1 done=0 => A2 S1 done=0"},
        {INDEXED(2, 2), "\"succeeded\":1,\"completedIndexes\":\"0\"", "b:S,i1",
         "release b;  S2 done=0,1 SuccessCriteriaMet(CompletionsReached) => S2 done=0,1 "
         "SuccessCriteriaMet(CompletionsReached) Complete(CompletionsReached) finished"},
        /* pods that are too much for their index, of no index, or of one beyond the last */
        {INDEXED(3, 3), "", "a:R,i0,q b:P,i0 c:R,i1 e:R f:R,i7", "remove e b f;  A2 T3 => A2 T3"},
        /* fewer completions: what lies beyond is forgotten */
        {INDEXED(2, 2), "\"succeeded\":3,\"completedIndexes\":\"0,2,3\"", "a:R,i1", " A1 S1 done=0 => A1 S1 done=0"},
        /* a failed index is tried again, or given up */
        {PER_INDEX(3, 3, 1), "", "a:F,i0,t60 b:R,i1 c:R,i2", "create 1 #0;  A3 broken= => A3 broken="},
        {PER_INDEX(3, 3, 1), "", "a:F,i0,t4 b:R,i1 c:R,i2", "again 6;  A2 broken= => A2 broken="},
        {PER_INDEX(3, 3, 1), "", "a:F,i0,t60 a2:R,i0,n1 b:R,i1 c:R,i2", "release a;  A3 broken= -u-a => A3 F1 broken="},
        {PER_INDEX(3, 3, 1), "\"failed\":1", "a:F,i0,n1 b:R,i1 c:R,i2",
         "release a;  A2 F1 broken=0 -u-a => A2 F2 broken=0"},
        {PER_INDEX(3, 3, 0) ",\"maxFailedIndexes\":0", "", "a:F,i0 b:R,i1",
         "end b; release b a;  T1 broken=0 -u-b,u-a FailureTarget(MaxFailedIndexesExceeded) => T1 F2 broken=0 "
         "FailureTarget(MaxFailedIndexesExceeded)"},
        {PER_INDEX(2, 2, 0), "\"succeeded\":1,\"completedIndexes\":\"1\"", "a:F,i0",
         "release a;  S1 done=1 broken=0 -u-a FailureTarget(FailedIndexes) => S1 F1 done=1 broken=0 "
         "FailureTarget(FailedIndexes) Failed(FailedIndexes) finished"},
        /* enough of them */
        {INDEXED(3, 3) ",\"successPolicy\":{\"rules\":[{\"succeededIndexes\":\"0\"}]}", "", "a:S,i0 b:R,i1",
         "end b; release b a;  T1 S1 done=0 SuccessCriteriaMet(SuccessPolicy) => T1 S1 done=0 "
         "SuccessCriteriaMet(SuccessPolicy)"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(suspending)
{
    static const struct row rows[] = {
        {N(2, 2) ",\"suspend\":true", "", "a:R,r b:P",
         "remove b a; event Suspended;  T2 Suspended(JobSuspended) => T2 Suspended(JobSuspended)"},
        {N(2, 2) ",\"suspend\":true",
         "\"conditions\":[{\"type\":\"Suspended\",\"status\":\"True\",\"reason\":\"JobSuspended\",\"message\":\"Job "
         "suspended\"}]",
         "", " Suspended(JobSuspended) => Suspended(JobSuspended)"},
        {N(2, 2), TRUE_CONDITION("Suspended", "JobSuspended"), "", "create 2; event Resumed;  A2 => A2"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}
END_TEST

/* What the cache does not show yet is not asked for twice; nor is an end declared. */
START_TEST(waits_for_the_cache)
{
    struct arena a AUTO_ARENA = {0};
    ck_assert_str_eq(play(&a, N(2, 2), "", "a:S", false, (struct job_backoff){0}), "release a;  +u-a => S1");
    ck_assert_str_eq(play(&a, N(2, 2) ",\"backoffLimit\":0", "", "a:F b:R", false, (struct job_backoff){0}),
                     "end b; release a;  T1 -u-a => T1 F1");
}
END_TEST

START_TEST(failures_in_a_row)
{
    struct arena a AUTO_ARENA = {0};
    struct job_backoff twice = {.failures = 2, .last_failure_s = NOW - 100};
    ck_assert_str_eq(play(&a, N(1, 1), "\"failed\":2", "a:F,t30", true, twice), "again 10; release a;  F2 -u-a => F3");
    ck_assert_str_eq(play(&a, N(3, 2), "\"failed\":2", "a:F,t30 b:S,t10", true, twice),
                     "create 2; release a b;  A2 F2 +u-b -u-a => A2 S1 F3"); /* a success since: all is well */
    ck_assert_str_eq(play(&a, N(3, 2), "\"failed\":2", "a:F,t3 b:S,t10", true, twice),
                     "again 7; release a b;  F2 +u-b -u-a => S1 F3");
}
END_TEST

/* ---- Random histories ---- */

enum { PODS_MAX = 200 };

struct world {
    struct arena arena; /* of one step */
    const struct object *job;
    struct {
        char text[32]; /* as pod_of reads it, without flags */
        int64_t index;
        bool gone, going, tracked;
        char phase;
    } pods[PODS_MAX];
    int count;
    bool indexed;
    int completions, parallelism;
    int succeeded_pods; /* that ever did, by index if there is one */
    bool done[PODS_MAX];
    int64_t now_s;
};

static bool chance(int percent) { return (int)(rnd_u64() % 100) < percent; }

static void happen(struct world *w)
{
    for (int i = 0; i < w->count; i++) {
        if (w->pods[i].gone) continue;
        bool ended = w->pods[i].phase == 'S' || w->pods[i].phase == 'F';
        if (w->pods[i].phase == 'P' && chance(40))
            w->pods[i].phase = 'R';
        else if (w->pods[i].phase == 'R' && chance(20))
            w->pods[i].phase = chance(70) && !w->pods[i].going ? 'S' : 'F';
        if (!ended && chance(3)) w->pods[i].going = true;
        if (w->pods[i].going && !w->pods[i].tracked && (ended || chance(50))) w->pods[i].gone = true;
    }
    w->now_s += chance(30) ? 300 : 1;
}

static void list_pods(struct world *w, struct objs *out)
{
    for (int i = 0; i < w->count; i++) {
        if (w->pods[i].gone) continue;
        const char *index = w->pods[i].index >= 0 ? arena_printf(&w->arena, ",i%lld", (long long)w->pods[i].index) : "";
        const struct object *pod AUTO_OBJ =
            pod_of(&w->arena, str_printf(&w->arena, "p%d:%c%s%s%s", i, w->pods[i].phase, index,
                                         w->pods[i].going ? ",x" : "", w->pods[i].tracked ? "" : ",u"));
        objs_add(out, pod);
    }
}

static int number_of(const struct job_pod *p) { return atoi(p->pod->name.p + 1); }

/* Requests fail now and then. */
static void carry_out(struct world *w, struct job_sync *s, struct job_done *done)
{
    for (size_t i = 0; i < s->nremove; i++) {
        int k = number_of(s->remove[i]);
        if (chance(5)) continue;
        if (s->uncounted) w->pods[k].tracked = s->remove[i]->tracked = false;
        w->pods[k].going = true;
        done->removed++;
        done->removed_ready += s->remove[i]->ready;
    }
    for (int64_t i = 0; i < s->create && w->count < PODS_MAX; i++) {
        if (chance(5)) continue;
        int k = w->count++;
        w->pods[k].index = s->indexes ? s->indexes[i] : -1;
        w->pods[k].tracked = true;
        w->pods[k].phase = 'P';
        done->created++;
    }
}

static void check_status(const struct world *w, const struct job_status *s, const struct job_status *was)
{
    int64_t uncounted = (int64_t)s->uncounted_succeeded.count;
    ck_assert_int_le(s->active, w->parallelism);
    ck_assert_int_le(s->ready, s->active);
    ck_assert_int_ge(s->succeeded, was->succeeded);
    ck_assert_int_ge(s->failed, was->failed);
    ck_assert_int_le(s->succeeded + uncounted, w->completions);
    ck_assert(s->active >= 0 && s->terminating >= 0);
}

static int64_t count_phase(const struct world *w, char phase)
{
    int64_t n = 0;
    bool seen[PODS_MAX] = {false};
    for (int i = 0; i < w->count; i++) {
        if (w->pods[i].phase != phase) continue;
        n += w->indexed && phase == 'S' ? !seen[w->pods[i].index] : 1;
        if (w->indexed) seen[w->pods[i].index] = true;
    }
    return n;
}

/* One reconcile; it may break off before or after the status is written. Returns true when the Job is finished. */
static bool reconcile(struct world *w)
{
    struct objs pods AUTO_OBJS = {0};
    struct job_done done = {0};
    struct job_sync s = {.arena = &w->arena, .job = w->job, .now_ms = w->now_s * 1000, .settled = true};
    list_pods(w, &pods);
    job_sync_look(&s, &pods);
    struct job_status was = s.status;
    job_sync_plan(&s);
    carry_out(w, &s, &done);
    job_sync_account(&s, &done);
    check_status(w, &s.status, &was);
    if (chance(10)) return false; /* a conflict: nothing is written */
    bool all = true;
    for (size_t i = 0; i < s.nrelease; i++) {
        bool fails = chance(10);
        all = all && !fails;
        if (!fails) w->pods[number_of(s.release[i])].tracked = s.release[i]->tracked = false;
    }
    struct json *first = job_status_write(&w->arena, &s.status);
    bool finished = job_sync_conclude(&s) && all;
    check_status(w, &s.status, &was);
    bool second = all && !chance(10);
    struct json *job = obj_copy(&w->arena, w->job->root);
    obj_put(&w->arena, job, ".status", second ? job_status_write(&w->arena, &s.status) : first);
    object_unref(w->job);
    w->job = object_of(job);
    return second && finished;
}

static void check_end(const struct world *w)
{
    struct job_status s;
    struct arena a AUTO_ARENA = {0};
    job_status_read(&a, w->job->root, &s);
    for (int i = 0; i < w->count; i++)
        ck_assert_msg(w->pods[i].gone || !w->pods[i].tracked, "pod %d keeps its finalizer", i);
    ck_assert(job_is_finished(w->job->root));
    ck_assert_uint_eq(s.uncounted_succeeded.count + s.uncounted_failed.count, 0);
    if (obj_condition_true(w->job->root, "Complete")) ck_assert_int_eq(s.succeeded, w->completions);
    ck_assert_int_eq(s.succeeded, count_phase(w, 'S'));
}

START_TEST(random_histories)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world w = {.indexed = seed % 2, .completions = 1 + (int)(seed % 7), .parallelism = 1 + (int)(seed % 4)};
        rnd_seed(seed);
        job_memory_clear();
        w.now_s = NOW;
        w.job = job_of(&w.arena,
                       arena_printf(&w.arena, "\"completions\":%d,\"parallelism\":%d,\"completionMode\":\"%s\"%s",
                                    w.completions, w.parallelism, w.indexed ? "Indexed" : "NonIndexed",
                                    seed % 5 == 0 ? ",\"podReplacementPolicy\":\"Failed\"" : ""),
                       "");
        bool finished = false;
        for (int step = 0; step < 1000 && !finished; step++) {
            happen(&w);
            finished = reconcile(&w);
            arena_reset(&w.arena);
        }
        ck_assert_msg(finished, "seed %llu does not end", (unsigned long long)seed);
        check_end(&w);
        object_unref(w.job);
        arena_release(&w.arena);
    }
}
END_TEST

TEST_MAIN("job_sync", pods_are_made_and_counted, jobs_fail, indexes, suspending, waits_for_the_cache, failures_in_a_row,
          random_histories)
