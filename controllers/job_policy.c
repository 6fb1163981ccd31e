/* job_policy.c - which rule of podFailurePolicy or successPolicy holds
 * (pkg/controller/job/pod_failure_policy.go, success_policy.go). Pure. */
#include "controllers/job.h"

/* ---- podFailurePolicy ---- */

static bool code_matches(const struct json *on, int64_t code)
{
    bool listed = false;
    for (OBJ_EACH(v, on, ".values")) listed = listed || obj_number(v, 0) == code;
    return obj_is(on, ".operator", "In") ? listed : !listed;
}

/* The status of a container that ended with a code that counts; NULL. */
static const struct json *container_of(const struct json *on, const struct object *pod)
{
    static const char *const lists[] = {".status.containerStatuses", ".status.initContainerStatuses"};
    struct str only = obj_str(on, ".containerName");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (OBJ_EACH(st, pod->root, lists[i])) {
            int64_t code = obj_int(st, ".state.terminated.exitCode", 0);
            if (code && (str_is_null(only) || str_eq(only, obj_str(st, ".name"))) && code_matches(on, code)) return st;
        }
    return NULL;
}

/* The first condition of the pod that a pattern is about; NULL. */
static const struct json *condition_of(const struct json *patterns, const struct object *pod)
{
    for (OBJ_EACH(c, pod->root, ".status.conditions"))
        for (OBJ_EACH(p, patterns, ""))
            if (str_eq(obj_str(c, ".type"), obj_str(p, ".type")) &&
                str_eq(obj_str(c, ".status"), obj_str(p, ".status")))
                return c;
    return NULL;
}

static enum job_action action_of(const struct json *rule)
{
    static const struct {
        const char *name;
        enum job_action action;
    } actions[] = {
        {"Ignore", JOB_IGNORE}, {"Count", JOB_COUNT}, {"FailIndex", JOB_FAIL_INDEX}, {"FailJob", JOB_FAIL_JOB}};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (obj_is(rule, ".action", actions[i].name)) return actions[i].action;
    return JOB_NO_RULE;
}

enum job_action job_failure_action(struct arena *a, const struct json *spec, const struct object *pod,
                                   const char **message)
{
    int i = -1;
    for (OBJ_EACH(rule, spec, ".podFailurePolicy.rules")) {
        const struct json *codes = obj_get(rule, ".onExitCodes"), *conditions = obj_get(rule, ".onPodConditions");
        const struct json *container = codes ? container_of(codes, pod) : NULL;
        const struct json *condition = codes ? NULL : condition_of(conditions, pod);
        enum job_action action = action_of(rule);
        i++;
        if ((!container && !condition) || action == JOB_NO_RULE) continue;
        if (message && action == JOB_FAIL_JOB && container)
            *message = arena_printf(
                a, "Container %.*s for pod %.*s/%.*s failed with exit code %lld matching FailJob rule at index %d",
                STR_ARG(obj_str(container, ".name")), STR_ARG(pod->ns), STR_ARG(pod->name),
                (long long)obj_int(container, ".state.terminated.exitCode", 0), i);
        else if (message && action == JOB_FAIL_JOB)
            *message = arena_printf(a, "Pod %.*s/%.*s has condition %.*s matching FailJob rule at index %d",
                                    STR_ARG(pod->ns), STR_ARG(pod->name), STR_ARG(obj_str(condition, ".type")), i);
        return action;
    }
    return JOB_NO_RULE;
}

/* ---- successPolicy ---- */

static bool rule_is_met(struct arena *a, const struct json *spec, const struct json *rule,
                        const struct index_set *succeeded)
{
    struct str text = obj_str(rule, ".succeededIndexes");
    int64_t count = obj_int(rule, ".succeededCount", INT64_MAX);
    if (str_is_null(text)) return index_set_total(succeeded) >= count;
    struct index_set wanted = index_set_parse(a, text, obj_int(spec, ".completions", 0));
    int64_t common = index_set_common(&wanted, succeeded);
    return wanted.count && (common == index_set_total(&wanted) || common >= count);
}

const char *job_success_message(struct arena *a, const struct json *spec, const struct index_set *succeeded)
{
    int i = 0;
    if (!succeeded->count) return NULL;
    for (OBJ_EACH(rule, spec, ".successPolicy.rules")) {
        if (rule_is_met(a, spec, rule, succeeded)) return arena_printf(a, "Matched rules at index %d", i);
        i++;
    }
    return NULL;
}
