/* check_job.c - validation of Jobs (pkg/apis/batch/validation/validation.go; which rules hold when:
 * pkg/registry/batch/job/strategy.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/check_workload.h"
#include "apiserver/object/inner.h"
#include "schema_ids.h"

enum { /* upstream's limits: they bound the text of status.completedIndexes and failedIndexes */
       PARALLELISM_MAX = 100000,
       FAILED_INDEXES_MAX = 100000,
       COMPLETIONS_SOFT_MAX = 100000, /* beyond, with a limit per index, the next two hold */
       MANY_PARALLELISM_MAX = 10000,
       MANY_FAILED_INDEXES_MAX = 10000,
       MANAGED_BY_MAX = 63,
};

static bool is_indexed(const struct json *spec) { return obj_is(spec, ".completionMode", "Indexed"); }

/* ---- The spec, of a Job and of a CronJob's template ---- */

static void check_managed_by(struct check *c, const struct json *spec)
{
    static const char signs[] = "/-._~%!$&'()*+,;=:";
    struct str whole = obj_str(spec, ".managedBy"), path, host = str_cut(whole, '/', &path);
    if (str_is_null(whole)) return;
    if (!whole.n) {
        check_required(c, "managedBy", "");
    } else if (!host.n || !path.n) {
        check_invalid_str(c, "managedBy", whole, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    } else {
        bool fine = true;
        for (size_t i = 0; i < path.n; i++) {
            char ch = path.p[i], lower = (char)(ch | 32);
            fine = fine && ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || (ch && strchr(signs, ch)));
        }
        check_name_by(c, "managedBy", host, name_dns1123_subdomain);
        if (!fine)
            check_invalid_str(c, "managedBy", path,
                              "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
    }
    if (whole.n > MANAGED_BY_MAX) check_too_long(c, "managedBy", MANAGED_BY_MAX);
}

/* Many completions with a limit per index. */
static void check_many(struct check *c, const struct json *spec)
{
    static const char sentence[] =
        "must be less than or equal to %d when completions are above %d and used with backoff limit per index";
    const struct json *parallelism = obj_get(spec, ".parallelism"), *failed = obj_get(spec, ".maxFailedIndexes");
    if (obj_int(spec, ".completions", 0) <= COMPLETIONS_SOFT_MAX || !obj_has(spec, ".backoffLimitPerIndex")) return;
    if (!failed)
        check_required(c, "maxFailedIndexes",
                       arena_printf(c->arena, "must be specified when completions is above %d", COMPLETIONS_SOFT_MAX));
    if (obj_number(parallelism, 0) > MANY_PARALLELISM_MAX)
        check_invalidf(c, "parallelism", parallelism, sentence, MANY_PARALLELISM_MAX, COMPLETIONS_SOFT_MAX);
    if (obj_number(failed, 0) > MANY_FAILED_INDEXES_MAX)
        check_invalidf(c, "maxFailedIndexes", failed, sentence, MANY_FAILED_INDEXES_MAX, COMPLETIONS_SOFT_MAX);
}

static void check_indexed(struct check *c, const struct json *spec)
{
    const struct json *failed = obj_get(spec, ".maxFailedIndexes"), *parallelism = obj_get(spec, ".parallelism");
    int64_t failed_max = obj_number(failed, 0);
    bool has_completions = obj_has(spec, ".completions");
    if (!has_completions) check_required(c, "completions", "when completion mode is Indexed");
    if (obj_number(parallelism, 0) > PARALLELISM_MAX)
        check_invalidf(c, "parallelism", parallelism,
                       "must be less than or equal to %d when completion mode is Indexed", PARALLELISM_MAX);
    if (has_completions && failed && failed_max > obj_int(spec, ".completions", 0))
        check_invalid(c, "maxFailedIndexes", failed, "must be less than or equal to completions");
    if (failed_max > FAILED_INDEXES_MAX)
        check_invalidf(c, "maxFailedIndexes", failed, "must be less than or equal to %d", FAILED_INDEXES_MAX);
    check_many(c, spec);
}

static void check_completion_mode(struct check *c, const struct json *spec)
{
    static const char *const modes[] = {"NonIndexed", "Indexed", NULL};
    static const char *const only_indexed[] = {"backoffLimitPerIndex", "maxFailedIndexes"};
    const struct json *mode = obj_get(spec, ".completionMode");
    if (mode) check_one_of(c, "completionMode", obj_text(mode), modes);
    if (is_indexed(spec)) check_indexed(c, spec);
    if (mode && !str_eqc(obj_text(mode), "NonIndexed")) return;
    for (size_t i = 0; i < ARRAY_LEN(only_indexed); i++) {
        const struct json *value = json_getc(spec, only_indexed[i]);
        if (value) check_invalid(c, only_indexed[i], value, "requires indexed completion mode");
    }
}

static void check_policies(struct check *c, const struct json *spec)
{
    static const char *const any[] = {"Failed", "TerminatingOrFailed", NULL}, *const failed[] = {"Failed", NULL};
    const struct json *success = obj_get(spec, ".successPolicy");
    bool failure = obj_has(spec, ".podFailurePolicy");
    if (failure) check_job_failure_policy(c, spec);
    if (success && is_indexed(spec))
        check_job_success_policy(c, spec);
    else if (success)
        check_invalid_inner(c, "successPolicy", &type_batch_v1_SuccessPolicy, success,
                            "requires indexed completion mode");
    if (obj_has(spec, ".podReplacementPolicy"))
        check_one_of(c, "podReplacementPolicy", obj_str(spec, ".podReplacementPolicy"), failure ? failed : any);
}

static void check_restart_policy(struct check *c, const struct json *spec)
{
    static const char *const policies[] = {"OnFailure", "Never", NULL};
    static const char member[] = "template.spec.restartPolicy";
    struct str policy = obj_str(spec, ".template.spec.restartPolicy");
    if (!policy.n || str_eqc(policy, "Always"))
        check_required(c, member, "valid values: \"OnFailure\", \"Never\"");
    else if (check_one_of(c, member, policy, policies) && obj_has(spec, ".podFailurePolicy") &&
             str_eqc(policy, "OnFailure"))
        check_invalid_str(c, member, policy, "only \"Never\" is supported when podFailurePolicy is specified");
}

void check_job_spec(struct check *c, const struct json *spec, const struct json *old)
{
    static const char *const counts[] = {"parallelism",
                                         "completions",
                                         "activeDeadlineSeconds",
                                         "backoffLimit",
                                         "ttlSecondsAfterFinished",
                                         "backoffLimitPerIndex",
                                         "maxFailedIndexes",
                                         NULL};
    check_counts(c, spec, counts);
    if (obj_has(spec, ".maxFailedIndexes") && !obj_has(spec, ".backoffLimitPerIndex"))
        check_required(c, "backoffLimitPerIndex", "when maxFailedIndexes is specified");
    check_managed_by(c, spec);
    check_completion_mode(c, spec);
    check_policies(c, spec);
    check_template(c, obj_get(spec, ".template"), obj_get(old, ".template"));
    check_restart_policy(c, spec);
}

/* ---- The Job: its selector is that of its own pods ---- */

static void check_label(struct check *c, const struct json *job, const char *key, struct str value)
{
    const struct json *labels = obj_get(job, ".spec.template.metadata.labels");
    const char *detail = arena_printf(c->arena, "must be '%.*s'", STR_ARG(value));
    struct str have = obj_map_str(labels, "", str_of(key));
    size_t mark = check_member(c, "spec.template.metadata.labels");
    check_key(c, str_of(key));
    if (str_is_null(have))
        check_required(c, NULL, detail);
    else if (!str_eq(have, value))
        check_invalid(c, NULL, labels, detail);
    check_pop(c, mark);
}

/* Labels of a version before they had a domain may stay alone. */
static bool wants_domains(const struct json *old)
{
    const struct json *labels = obj_get(old, ".spec.template.metadata.labels");
    return !old || (!str_is_null(obj_map_str(labels, "", STR("batch.kubernetes.io/job-name"))) &&
                    !str_is_null(obj_map_str(labels, "", STR("batch.kubernetes.io/controller-uid"))));
}

static void check_generated_selector(struct check *c, const struct json *job, const struct json *old)
{
    const struct json *node = obj_get(job, ".spec.selector");
    struct str uid = obj_uid(job), name = obj_name(job);
    struct selector selector;
    struct err e = ERR_INIT;
    const struct {
        const char *key;
        struct str value;
    } labels[] = {{"controller-uid", uid},
                  {"job-name", name},
                  {"batch.kubernetes.io/controller-uid", uid},
                  {"batch.kubernetes.io/job-name", name}};
    if (obj_bool(job, ".spec.manualSelector", false) || !node) return;
    struct json *expected = obj_empty(c->arena);
    for (size_t i = 0; i < (wants_domains(old) ? 4 : 2); i++) {
        check_label(c, job, labels[i].key, labels[i].value);
        obj_map_put_str(c->arena, expected, "", str_of(labels[i].key), labels[i].value);
    }
    if (sel_from_object(c->arena, node, &selector, &e) && !sel_match(&selector, expected))
        check_invalid(c, "spec.selector", node, "`selector` not auto-generated");
}

/* The spec of a Job proper. */
static void check_whole_spec(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *node = obj_get(spec, ".selector");
    struct selector selector;
    struct err e = ERR_INIT;
    size_t mark = check_member(c, "spec");
    check_job_spec(c, spec, old);
    if (node)
        check_selector_changed(c, "selector", node, selector_has_bad_values(obj_get(old, ".selector")));
    else
        check_required(c, "selector", "");
    if (sel_from_object(c->arena, node, &selector, &e)) check_template_matches(c, spec, &selector, false);
    check_pop(c, mark);
}

/* Host names of pods are made of it. */
static void check_job_name(struct check *c, const struct json *job)
{
    int64_t completions = obj_int(job, ".spec.completions", 0);
    if (!is_indexed(obj_get(job, ".spec")) || completions <= 0) return;
    struct str host = str_printf(c->arena, "%.*s-%lld", STR_ARG(obj_name(job)), (long long)completions - 1);
    if (name_dns1123_label(host))
        check_invalidf(c, "metadata.name", obj_get(job, ".metadata.name"),
                       "will not able to create pod with invalid DNS label: %.*s", STR_ARG(host));
}

/* type Job check=fn:job whole */
void check_job(struct check *c, const struct json *job, const struct json *old)
{
    if (c->sub) {
        check_meta_update(c);
        check_job_status(c, job, old);
        return;
    }
    check_meta(c);
    check_generated_selector(c, job, old);
    int from = c->count;
    check_whole_spec(c, obj_get(job, ".spec"), obj_get(old, ".spec"));
    int to = c->count;
    check_job_name(c, job);
    if (!old) return;
    check_meta_update(c);
    check_repeat(c, from, to);
    size_t mark = check_member(c, "spec");
    check_job_change(c, job, old);
    check_pop(c, mark);
}
