/* job_status.c - a Job's status as a struct, there and back. Pure.
 * Reads: a Job.   Writes: a tree in the arena. */
#include "controllers/job.h"

bool job_is_finished(const struct json *job)
{
    return obj_condition_true(job, "Complete") || obj_condition_true(job, "Failed");
}

static void read_uids(struct arena *a, const struct json *job, const char *path, struct job_uids *out)
{
    out->items = ARENA_ARRAY(a, struct str, obj_count(job, path) + 1);
    out->count = 0;
    for (OBJ_EACH(uid, job, path)) out->items[out->count++] = obj_text(uid);
}

void job_status_read(struct arena *a, const struct json *job, struct job_status *out)
{
    *out = (struct job_status){
        .start_s = obj_time_s(job, ".status.startTime", -1),
        .completion_s = obj_time_s(job, ".status.completionTime", -1),
        .succeeded = obj_int(job, ".status.succeeded", 0),
        .failed = obj_int(job, ".status.failed", 0),
        .completed_indexes = obj_str(job, ".status.completedIndexes"),
        .failed_indexes = obj_str(job, ".status.failedIndexes"),
        .conditions = obj_empty(a),
    };
    read_uids(a, job, ".status.uncountedTerminatedPods.succeeded", &out->uncounted_succeeded);
    read_uids(a, job, ".status.uncountedTerminatedPods.failed", &out->uncounted_failed);
    obj_put_copy(a, out->conditions, ".conditions", obj_get(job, ".status.conditions"));
}

static void write_uids(struct arena *a, struct json *status, const char *path, const struct job_uids *uids)
{
    for (size_t i = 0; i < uids->count; i++) obj_append_str(a, status, path, uids->items[i]);
}

struct json *job_status_write(struct arena *a, const struct job_status *s)
{
    struct json *status = obj_empty(a);
    const struct {
        const char *path;
        int64_t value;
        bool always;
    } counts[] = {{".active", s->active, false},
                  {".succeeded", s->succeeded, false},
                  {".failed", s->failed, false},
                  {".terminating", s->terminating, true},
                  {".ready", s->ready, true}};
    obj_put_copy(a, status, ".conditions", obj_get(s->conditions, ".conditions"));
    if (s->start_s >= 0) obj_put_time(a, status, ".startTime", s->start_s);
    if (s->completion_s >= 0) obj_put_time(a, status, ".completionTime", s->completion_s);
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].value || counts[i].always) obj_put_int(a, status, counts[i].path, counts[i].value);
    if (s->completed_indexes.n) obj_put_str(a, status, ".completedIndexes", s->completed_indexes);
    if (!str_is_null(s->failed_indexes)) obj_put_str(a, status, ".failedIndexes", s->failed_indexes);
    obj_put(a, status, ".uncountedTerminatedPods", obj_empty(a));
    write_uids(a, status, ".uncountedTerminatedPods.succeeded", &s->uncounted_succeeded);
    write_uids(a, status, ".uncountedTerminatedPods.failed", &s->uncounted_failed);
    return status;
}

const struct json *job_status_condition(const struct job_status *s, const char *type)
{
    const struct json *c = obj_find(s->conditions, ".conditions", "type", str_of(type));
    return obj_is(c, ".status", "True") ? c : NULL;
}

static void fill(struct arena *a, struct json *c, const char *status, const char *reason, const char *message,
                 int64_t now_s)
{
    obj_put_cstr(a, c, ".status", status);
    obj_put_time(a, c, ".lastProbeTime", now_s);
    obj_put_time(a, c, ".lastTransitionTime", now_s);
    obj_put_cstr(a, c, ".reason", reason);
    obj_put_cstr(a, c, ".message", message);
}

bool job_status_set(struct arena *a, struct job_status *s, const char *type, bool value, const char *reason,
                    const char *message, int64_t now_s)
{
    const char *status = value ? "True" : "False";
    size_t i = 0;
    for (OBJ_EACH(c, s->conditions, ".conditions")) {
        if (obj_is(c, ".type", type)) {
            if (obj_is(c, ".status", status) && obj_is(c, ".reason", reason) && obj_is(c, ".message", message))
                return false;
            fill(a, obj_edit(s->conditions, arena_printf(a, ".conditions[%zu]", i)), status, reason, message, now_s);
            return true;
        }
        i++;
    }
    if (!value) return false;
    struct json *c = obj_append(a, s->conditions, ".conditions");
    obj_put_cstr(a, c, ".type", type);
    fill(a, c, status, reason, message, now_s);
    return true;
}
