/* deployment_status.c - what a Deployment says of itself: counts, and the conditions Available, Progressing and
 * ReplicaFailure (pkg/controller/deployment/{sync,progress}.go, util/deployment_util.go).
 * Reads: the Deployment, struct roll.   Writes: a status of the caller's. */
#include "controllers/deployment.h"

/* ---- Conditions ---- */

static const struct json *condition(const struct json *status, const char *type)
{
    return obj_find(status, ".conditions", "type", str_of(type));
}

static void drop_condition(struct json *status, const char *type)
{
    struct json *list = obj_edit(status, ".conditions"), *c = (struct json *)(uintptr_t)condition(status, type);
    if (c) json_remove(list, c); /* the status is the caller's own tree; obj_find only reads it */
}

/* Times of their own: those of a ReplicaSet's condition, or now. */
static void append_condition(struct arena *a, struct json *status, const char *type, const char *is, struct str reason,
                             struct str message, int64_t updated_s, int64_t changed_s)
{
    drop_condition(status, type);
    struct json *c = obj_append(a, status, ".conditions");
    obj_put_cstr(a, c, ".type", type);
    obj_put_cstr(a, c, ".status", is);
    obj_put_time(a, c, ".lastUpdateTime", updated_s);
    obj_put_time(a, c, ".lastTransitionTime", changed_s);
    obj_put_str(a, c, ".reason", reason);
    obj_put_str(a, c, ".message", message);
}

static bool has_reason(const struct json *c, const char *reason) { return c && obj_is(c, ".reason", reason); }

/* When the condition took the status that it is to have now. */
static int64_t changed_s(const struct json *c, const char *is, int64_t now_s)
{
    return c && obj_is(c, ".status", is) ? obj_time_s(c, ".lastTransitionTime", now_s) : now_s;
}

void deployment_set_condition(struct arena *a, struct json *status, const char *type, const char *is,
                              const char *reason, struct str message, int64_t now_s)
{
    const struct json *c = condition(status, type);
    if (c && obj_is(c, ".status", is) && has_reason(c, reason)) return;
    append_condition(a, status, type, is, str_of(reason), message, now_s, changed_s(c, is, now_s));
}

/* ---- Pausing ---- */

bool deployment_has_deadline(const struct json *deployment)
{
    return obj_int(deployment, ".spec.progressDeadlineSeconds", INT32_MAX) != INT32_MAX;
}

void deployment_note_pause(struct arena *a, struct json *deployment, int64_t now_s)
{
    const struct json *c = obj_condition(deployment, "Progressing");
    bool is_paused = obj_bool(deployment, ".spec.paused", false), said = has_reason(c, "DeploymentPaused");
    if (!deployment_has_deadline(deployment) || has_reason(c, "ProgressDeadlineExceeded") || is_paused == said) return;
    if (!obj_has(deployment, ".status")) obj_put(a, deployment, ".status", obj_empty(a));
    deployment_set_condition(a, obj_edit(deployment, ".status"), "Progressing", "Unknown",
                             is_paused ? "DeploymentPaused" : "DeploymentResumed",
                             is_paused ? STR("Deployment is paused") : STR("Deployment is resumed"), now_s);
}

/* ---- Counts ---- */

static void put_count(struct arena *a, struct json *status, const char *path, int64_t n)
{
    if (n > 0) obj_put_int(a, status, path, n);
}

struct json *deployment_status(struct arena *a, const struct json *deployment, const struct roll *r, int64_t now_s)
{
    struct json *status = obj_empty(a);
    int64_t has = 0, ready = 0, terminating = 0, available = roll_available(r);
    bool all_say = true;
    for (size_t i = 0; i < r->count; i++) {
        has += r->sets[i].has;
        ready += r->sets[i].ready;
        terminating += r->sets[i].terminating;
        all_say = all_say && r->sets[i].terminating >= 0;
    }
    put_count(a, status, ".observedGeneration", obj_int(deployment, ".metadata.generation", 0));
    put_count(a, status, ".replicas", has);
    put_count(a, status, ".updatedReplicas", r->fresh < 0 ? 0 : r->sets[r->fresh].has);
    put_count(a, status, ".readyReplicas", ready);
    put_count(a, status, ".availableReplicas", available);
    put_count(a, status, ".unavailableReplicas", roll_wanted(r) - available);
    if (all_say) obj_put_int(a, status, ".terminatingReplicas", terminating);
    obj_put_copy(a, status, ".conditions", obj_get(deployment, ".status.conditions"));
    obj_put_copy(a, status, ".collisionCount", obj_get(deployment, ".status.collisionCount"));
    if (available >= r->limits.replicas - r->limits.unavailable)
        deployment_set_condition(a, status, "Available", "True", "MinimumReplicasAvailable",
                                 STR("Deployment has minimum availability."), now_s);
    else
        deployment_set_condition(a, status, "Available", "False", "MinimumReplicasUnavailable",
                                 STR("Deployment does not have minimum availability."), now_s);
    return status;
}

/* ---- Progress ---- */

bool deployment_is_complete(const struct json *deployment, const struct json *status)
{
    int64_t n = obj_int(deployment, ".spec.replicas", 1);
    return obj_int(status, ".updatedReplicas", 0) == n && obj_int(status, ".replicas", 0) == n &&
           obj_int(status, ".availableReplicas", 0) == n &&
           obj_int(status, ".observedGeneration", 0) >= obj_int(deployment, ".metadata.generation", 0);
}

/* More new, ready or available pods, or fewer old ones, than the Deployment said before. */
static bool is_progressing(const struct json *before, const struct json *now)
{
    static const char *const more[] = {".updatedReplicas", ".readyReplicas", ".availableReplicas"};
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        if (obj_int(now, more[i], 0) > obj_int(before, more[i], 0)) return true;
    return obj_int(now, ".replicas", 0) - obj_int(now, ".updatedReplicas", 0) <
           obj_int(before, ".replicas", 0) - obj_int(before, ".updatedReplicas", 0);
}

static int64_t deadline_s(const struct json *deployment, const struct json *progressing)
{
    return obj_time_s(progressing, ".lastUpdateTime", 0) + obj_int(deployment, ".spec.progressDeadlineSeconds", 0);
}

static bool is_timed_out(const struct json *deployment, const struct json *progressing, int64_t now_s)
{
    if (!progressing || has_reason(progressing, "NewReplicaSetAvailable")) return false;
    if (has_reason(progressing, "ProgressDeadlineExceeded")) return true;
    return deadline_s(deployment, progressing) < now_s;
}

static void estimate(struct arena *a, const struct json *deployment, struct str who, struct json *status, int64_t now_s)
{
    const struct json *c = condition(status, "Progressing");
    if (deployment_is_complete(deployment, status))
        deployment_set_condition(a, status, "Progressing", "True", "NewReplicaSetAvailable",
                                 str_printf(a, "%.*s has successfully progressed.", STR_ARG(who)), now_s);
    else if (is_progressing(obj_get(deployment, ".status"), status)) /* the same reason again: a later time */
        append_condition(a, status, "Progressing", "True", STR("ReplicaSetUpdated"),
                         str_printf(a, "%.*s is progressing.", STR_ARG(who)), now_s, changed_s(c, "True", now_s));
    else if (is_timed_out(deployment, c, now_s))
        deployment_set_condition(a, status, "Progressing", "False", "ProgressDeadlineExceeded",
                                 str_printf(a, "%.*s has timed out progressing.", STR_ARG(who)), now_s);
}

/* A ReplicaSet that cannot make pods: the fresh one's word counts before the others'. */
static void pass_on_failure(struct arena *a, const struct roll *r, const struct object *const *sets,
                            struct json *status)
{
    const struct json *failure = r->fresh < 0 ? NULL : obj_condition(sets[r->fresh]->root, "ReplicaFailure");
    for (size_t i = 0; i < r->count && !failure; i++) failure = obj_condition(sets[i]->root, "ReplicaFailure");
    if (!failure) {
        drop_condition(status, "ReplicaFailure");
        return;
    }
    const struct json *c = condition(status, "ReplicaFailure");
    struct str is = obj_str(failure, ".status"), reason = obj_str(failure, ".reason");
    if (c && str_eq(obj_str(c, ".status"), is) && str_eq(obj_str(c, ".reason"), reason)) return;
    int64_t since_s = obj_time_s(failure, ".lastTransitionTime", 0);
    const char *status_text = str_cstr(a, is);
    append_condition(a, status, "ReplicaFailure", status_text, reason, obj_str(failure, ".message"), since_s,
                     changed_s(c, status_text, since_s));
}

int64_t deployment_progress(struct arena *a, const struct json *deployment, const struct roll *r,
                            const struct object *const *sets, struct json *status, int64_t now_s)
{
    const struct json *c = condition(status, "Progressing");
    struct str name = r->fresh < 0 ? obj_name(deployment) : r->sets[r->fresh].name;
    struct str who = str_printf(a, "%s \"%.*s\"", r->fresh < 0 ? "Deployment" : "ReplicaSet", STR_ARG(name));
    bool was_done = has_reason(c, "NewReplicaSetAvailable") &&
                    obj_int(status, ".replicas", 0) == obj_int(status, ".updatedReplicas", 0);
    if (!deployment_has_deadline(deployment))
        drop_condition(status, "Progressing");
    else if (!was_done)
        estimate(a, deployment, who, status, now_s);
    pass_on_failure(a, r, sets, status);
    c = condition(status, "Progressing");
    if (!c || deployment_is_complete(deployment, status)) return 0;
    if (has_reason(c, "ProgressDeadlineExceeded") || has_reason(c, "NewReplicaSetAvailable")) return 0;
    return MAX(deadline_s(deployment, c) - now_s, 0) + 1;
}
