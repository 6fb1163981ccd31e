/* check_job.c - validation of Jobs (pkg/apis/batch/validation/validation.go).
 * Reads: nodes of a defaulted tree.   Writes: struct check. */
#include "apiserver/object/check_job.h"

#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "api/selector.h"
#include "apiserver/object/check_selector.h"
#include "apiserver/object/names.h"

enum { /* upstream's limits: they bound the text of status.completedIndexes and failedIndexes */
       PARALLELISM_MAX = 100000,
       FAILED_INDEXES_MAX = 100000,
       COMPLETIONS_SOFT_MAX = 100000, /* beyond, with a limit per index, the next two hold */
       MANY_PARALLELISM_MAX = 10000,
       MANY_FAILED_INDEXES_MAX = 10000,
       MANAGED_BY_MAX = 63,
};

static bool is_indexed(const struct json *spec) { return obj_is(spec, ".completionMode", "Indexed"); }

static const struct json *int_at(struct check *c, const struct json *spec, const char *path)
{
    return json_int(c->arena, obj_int(spec, path, 0));
}

/* ---- The spec, of a Job and of a CronJob's template ---- */

static void check_managed_by(struct check *c, const struct json *spec)
{
    static const char signs[] = "/-._~%!$&'()*+,;=:";
    struct str whole = obj_str(spec, ".managedBy"), path, host = str_cut(whole, '/', &path);
    if (str_is_null(whole)) return;
    if (!whole.n) {
        check_required(c, "managedBy", "");
        return;
    }
    if (!host.n || !path.n) {
        check_invalid_str(c, "managedBy", whole, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    } else {
        const char *why = name_dns1123_subdomain(host);
        bool fine = true;
        for (size_t i = 0; i < path.n; i++) {
            char ch = path.p[i], lower = (char)(ch | 32);
            fine = fine && ((lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || strchr(signs, ch));
        }
        if (why) check_invalid_str(c, "managedBy", host, why);
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
    if (obj_int(spec, ".completions", 0) <= COMPLETIONS_SOFT_MAX || !obj_has(spec, ".backoffLimitPerIndex")) return;
    if (!obj_has(spec, ".maxFailedIndexes"))
        check_required(c, "maxFailedIndexes",
                       arena_printf(c->arena, "must be specified when completions is above %d", COMPLETIONS_SOFT_MAX));
    if (obj_int(spec, ".parallelism", 0) > MANY_PARALLELISM_MAX)
        check_invalidf(c, "parallelism", int_at(c, spec, ".parallelism"), sentence, MANY_PARALLELISM_MAX,
                       COMPLETIONS_SOFT_MAX);
    if (obj_int(spec, ".maxFailedIndexes", 0) > MANY_FAILED_INDEXES_MAX)
        check_invalidf(c, "maxFailedIndexes", int_at(c, spec, ".maxFailedIndexes"), sentence, MANY_FAILED_INDEXES_MAX,
                       COMPLETIONS_SOFT_MAX);
}

static void check_indexed(struct check *c, const struct json *spec)
{
    const struct json *failed = obj_get(spec, ".maxFailedIndexes");
    int64_t failed_max = obj_number(failed, 0), parallelism = obj_int(spec, ".parallelism", 0);
    bool has_completions = obj_has(spec, ".completions");
    if (!has_completions) check_required(c, "completions", "when completion mode is Indexed");
    if (parallelism > PARALLELISM_MAX)
        check_invalidf(c, "parallelism", int_at(c, spec, ".parallelism"),
                       "must be less than or equal to %d when completion mode is Indexed", PARALLELISM_MAX);
    if (has_completions && failed && failed_max > obj_int(spec, ".completions", 0))
        check_invalid(c, "maxFailedIndexes", failed, "must be less than or equal to completions");
    if (failed_max > FAILED_INDEXES_MAX)
        check_invalidf(c, "maxFailedIndexes", failed, "must be less than or equal to %d", FAILED_INDEXES_MAX);
    check_many(c, spec);
}

static void check_not_indexed(struct check *c, const struct json *spec)
{
    static const char *const only_indexed[] = {"backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"};
    for (size_t i = 0; i < ARRAY_LEN(only_indexed); i++) {
        const struct json *value = json_getc(spec, only_indexed[i]);
        if (value) check_invalid(c, only_indexed[i], value, "requires indexed completion mode");
    }
}

static void check_restart_policy(struct check *c, const struct json *spec)
{
    const struct json *policy = obj_get(spec, ".template.spec.restartPolicy");
    struct str text = obj_text(policy);
    if (!text.n || str_eqc(text, "Always"))
        check_required(c, "template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
    else if (obj_has(spec, ".podFailurePolicy") && str_eqc(text, "OnFailure"))
        check_invalid(c, "template.spec.restartPolicy", policy,
                      "only \"Never\" is supported when podFailurePolicy is specified");
}

/* type JobSpec check=fn:job_spec */
void check_job_spec(struct check *c, const struct json *spec, const struct json *old)
{
    (void)old;
    static const char *const failed_only[] = {"Failed", NULL};
    const struct json *replacement = obj_get(spec, ".podReplacementPolicy");
    if (obj_has(spec, ".maxFailedIndexes") && !obj_has(spec, ".backoffLimitPerIndex"))
        check_required(c, "backoffLimitPerIndex", "when maxFailedIndexes is specified");
    check_managed_by(c, spec);
    if (is_indexed(spec))
        check_indexed(c, spec);
    else
        check_not_indexed(c, spec);
    check_job_policies(c, spec);
    if (obj_has(spec, ".podFailurePolicy") && str_eqc(obj_text(replacement), "TerminatingOrFailed"))
        check_not_supported(c, "podReplacementPolicy", replacement, failed_only);
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

static void check_generated_selector(struct check *c, const struct json *job, const struct selector *selector)
{
    struct str uid = obj_uid(job), name = obj_name(job);
    const struct {
        const char *key;
        struct str value;
    } labels[] = {{"controller-uid", uid},
                  {"job-name", name},
                  {"batch.kubernetes.io/controller-uid", uid},
                  {"batch.kubernetes.io/job-name", name}};
    struct json *expected = obj_empty(c->arena);
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        check_label(c, job, labels[i].key, labels[i].value);
        obj_map_put_str(c->arena, expected, "", str_of(labels[i].key), labels[i].value);
    }
    if (selector && !sel_match(selector, expected))
        check_invalid(c, "spec.selector", obj_get(job, ".spec.selector"), "`selector` not auto-generated");
}

/* type Job check=fn:job */
void check_job(struct check *c, const struct json *job, const struct json *old)
{
    (void)old;
    const struct json *node = obj_get(job, ".spec.selector"), *labels = obj_get(job, ".spec.template.metadata.labels");
    struct selector selector;
    struct err e = ERR_INIT;
    if (!node) {
        check_required(c, "spec.selector", "");
        return;
    }
    bool parsed = sel_from_object(c->arena, node, &selector, &e);
    if (!obj_bool(job, ".spec.manualSelector", false)) check_generated_selector(c, job, parsed ? &selector : NULL);
    check_selector_rules(c, "spec.selector", node);
    if (parsed && !sel_match(&selector, labels))
        check_invalid(c, "spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
}

void check_job_name(struct check *c, const struct json *job)
{
    int64_t completions = obj_int(job, ".spec.completions", 0);
    if (!is_indexed(obj_get(job, ".spec")) || completions <= 0) return;
    struct str host = str_printf(c->arena, "%.*s-%lld", STR_ARG(obj_name(job)), (long long)completions - 1);
    if (name_dns1123_label(host))
        check_invalidf(c, "metadata.name", obj_get(job, ".metadata.name"),
                       "will not able to create pod with invalid DNS label: %.*s", STR_ARG(host));
}

/* ---- Updates ---- */

static bool same(const struct json *a, const struct json *b) { return a == b || (a && b && json_equal(a, b)); }

/* An Indexed Job is resized by changing completions and parallelism together. */
static void check_completions(struct check *c, const struct json *spec, const struct json *old)
{
    const struct json *now = obj_get(spec, ".completions");
    if (same(now, obj_get(old, ".completions"))) return;
    if (!is_indexed(spec))
        check_invalid(c, "completions", now, "field is immutable");
    else if (now && obj_number(now, 0) != obj_int(spec, ".parallelism", 0))
        check_invalid(c, "completions", now, "can only be modified in tandem with spec.parallelism");
}

static bool is_suspended(const struct json *job) { return obj_bool(job, ".spec.suspend", false); }

/* Suspended and without pods, so that nothing was made yet of what is changed (KEP-2926, KEP-5440). */
static bool is_at_rest(const struct json *job)
{
    if (!is_suspended(job)) return false;
    return !obj_has(job, ".status.startTime") ||
           (obj_condition_true(job, "Suspended") && obj_int(job, ".status.active", 0) == 0);
}

static void free_parts(struct json *tmpl)
{
    static const char *const paths[] = {".metadata.labels",  ".metadata.annotations", ".spec.nodeSelector",
                                        ".spec.tolerations", ".spec.schedulingGates", ".spec.affinity.nodeAffinity"};
    static const char *const lists[] = {".spec.containers", ".spec.initContainers"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) obj_del(tmpl, paths[i]);
    if (obj_has(tmpl, ".spec.affinity") && !obj_count(tmpl, ".spec.affinity")) obj_del(tmpl, ".spec.affinity");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        JSON_FOREACH(container, obj_edit(tmpl, lists[i])) obj_del(container, ".resources");
}

static bool same_template(struct check *c, const struct json *job, const struct json *old)
{
    const struct json *now = obj_get(job, ".spec.template"), *was = obj_get(old, ".spec.template");
    if (same(now, was)) return true;
    if (!is_at_rest(old) || !now || !was) return false;
    struct json *a = json_copy(c->arena, now), *b = json_copy(c->arena, was);
    free_parts(a);
    free_parts(b);
    return json_equal(a, b);
}

void check_job_spec_update(struct check *c, const struct json *job, const struct json *old)
{
    static const char *const fixed[] = {"selector",  "completionMode", "podFailurePolicy", "backoffLimitPerIndex",
                                        "managedBy", "successPolicy"};
    const struct json *spec = obj_get(job, ".spec"), *was = obj_get(old, ".spec");
    size_t mark = check_member(c, "spec");
    check_completions(c, spec, was);
    if (!same_template(c, job, old)) check_invalid(c, "template", obj_get(spec, ".template"), "field is immutable");
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        const struct json *value = json_getc(spec, fixed[i]);
        if (!same(value, json_getc(was, fixed[i]))) check_invalid(c, fixed[i], value, "field is immutable");
    }
    check_pop(c, mark);
}
