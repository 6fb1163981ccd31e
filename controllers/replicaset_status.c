/* replicaset_status.c - what a ReplicaSet or ReplicationController says of itself
 * (pkg/controller/replicaset/replica_set_utils.go).
 * Reads: the set, its pods.   Writes: a status of the caller's. */
#include "controllers/replicaset.h"

#include "controllers/pod_control.h"

static bool has_template_labels(const struct object *set, const struct object *pod)
{
    for (OBJ_EACH(l, set->root, ".spec.template.metadata.labels")) {
        struct str have = obj_map_str(pod->labels, "", obj_key(l));
        if (str_is_null(have) || !str_eq(have, obj_text(l))) return false;
    }
    return true;
}

/* When a ready pod will have been ready for long enough. */
static int64_t available_at_ms(const struct object *pod, int64_t min_ready_s)
{
    return (obj_time_s(obj_condition(pod->root, "Ready"), ".lastTransitionTime", 0) + min_ready_s) * 1000;
}

/* A failure keeps the reason and the time that it began with. */
static void put_conditions(struct arena *a, const struct object *set, const struct replicas_failure *failure,
                           int64_t now_s, struct json *status)
{
    for (OBJ_EACH(c, set->root, ".status.conditions")) {
        bool is_failure = obj_is(c, ".type", "ReplicaFailure");
        if (is_failure && !failure->reason) continue;
        if (!obj_get(status, ".conditions")) obj_put(a, status, ".conditions", obj_list(a));
        json_push(obj_edit(status, ".conditions"), json_copy(a, c));
    }
    if (!failure->reason || obj_condition(set->root, "ReplicaFailure")) return;
    struct json *c = obj_append(a, status, ".conditions");
    obj_put_cstr(a, c, ".type", "ReplicaFailure");
    obj_put_cstr(a, c, ".status", "True");
    obj_put_time(a, c, ".lastTransitionTime", now_s);
    obj_put_cstr(a, c, ".reason", failure->reason);
    obj_put_str(a, c, ".message", failure->message);
}

struct json *replicas_status(struct arena *a, const struct object *set, const struct objs *pods, int64_t terminating,
                             const struct replicas_failure *failure, int64_t now_ns, int64_t *wait_ms)
{
    int64_t labelled = 0, ready = 0, available = 0, min_ready_s = obj_int(set->root, ".spec.minReadySeconds", 0);
    int64_t next_ms = INT64_MAX, now_ms = now_ns / 1000000;
    for (size_t i = 0; i < pods->count; i++) {
        const struct object *pod = pods->items[i];
        labelled += has_template_labels(set, pod);
        if (!pod_is_ready(pod)) continue;
        ready++;
        int64_t at_ms = min_ready_s ? available_at_ms(pod, min_ready_s) : 0;
        if (at_ms <= now_ms)
            available++;
        else
            next_ms = MIN(next_ms, at_ms);
    }
    *wait_ms = next_ms == INT64_MAX ? 0 : next_ms - now_ms;
    struct json *status = obj_empty(a);
    obj_put_int(a, status, ".replicas", (int64_t)pods->count);
    const struct {
        const char *path;
        int64_t value;
    } counts[] = {{".fullyLabeledReplicas", labelled}, {".readyReplicas", ready}, {".availableReplicas", available}};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (counts[i].value) obj_put_int(a, status, counts[i].path, counts[i].value);
    if (terminating >= 0) obj_put_int(a, status, ".terminatingReplicas", terminating);
    obj_put_int(a, status, ".observedGeneration", obj_int(set->root, ".metadata.generation", 0));
    put_conditions(a, set, failure, now_ns / 1000000000, status);
    return status;
}
