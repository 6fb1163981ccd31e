/* warn_pod.c - warnings of pods and of templates of pods, but for their volumes and containers.
 * Reads: the request's trees.   Writes: struct warnings.   Upstream: pkg/api/pod/warnings.go. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/node_label.h"
#include "apiserver/object/pod_annotations.h"
#include "apiserver/object/warn.h"

static const char no_selector[] = "a null labelSelector results in matching no pod";

/* ---- Labels of nodes ---- */

static void warn_node_selector(struct warn *w, const struct json *selector)
{
    size_t mark = check_member(&w->at, "nodeSelector");
    JSON_FOREACH(it, selector)
    {
        const char *why = node_label_deprecated(it->key);
        size_t at = check_key(&w->at, it->key);
        if (why) warn_at(w, NULL, "%s", why);
        check_pop(&w->at, at);
    }
    check_pop(&w->at, mark);
}

static void warn_node_affinity(struct warn *w, const struct json *affinity)
{
    const struct json *required = member_at(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    size_t mark = check_member(&w->at, "affinity.nodeAffinity"), i = 0;
    JSON_FOREACH(it, member_at(required, "nodeSelectorTerms"))
    {
        size_t at = check_into(&w->at, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms", i++);
        warn_node_term(w, it, false);
        check_pop(&w->at, at);
    }
    i = 0;
    JSON_FOREACH(it, member_at(affinity, "preferredDuringSchedulingIgnoredDuringExecution"))
    {
        size_t at = check_into(&w->at, "preferredDuringSchedulingIgnoredDuringExecution", i++);
        check_member(&w->at, "preference");
        warn_node_term(w, member_at(it, "preference"), true);
        check_pop(&w->at, at);
    }
    check_pop(&w->at, mark);
}

static void warn_spread(struct warn *w, const struct json *constraints)
{
    size_t i = 0;
    JSON_FOREACH(it, constraints)
    {
        struct str key = text_at(it, "topologyKey");
        const char *why = node_label_deprecated(key);
        size_t mark = check_into(&w->at, "topologySpreadConstraints", i++);
        if (why) warn_at(w, "topologyKey", "%.*s is %s", STR_ARG(key), why);
        if (!member_at(it, "labelSelector")) warn_at(w, "labelSelector", "%s", no_selector);
        check_pop(&w->at, mark);
    }
}

/* ---- Other pods ---- */

static void warn_pod_terms(struct warn *w, const char *member, const struct json *terms, const char *inner)
{
    size_t i = 0;
    JSON_FOREACH(it, terms)
    {
        size_t mark = check_into(&w->at, member, i++);
        if (inner) check_member(&w->at, inner);
        if (!member_at(inner ? member_at(it, inner) : it, "labelSelector"))
            warn_at(w, "labelSelector", "%s", no_selector);
        check_pop(&w->at, mark);
    }
}

static void warn_pod_affinity(struct warn *w, const struct json *affinity)
{
    static const char *const kinds[] = {"podAffinity", "podAntiAffinity"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct json *one = member_at(affinity, kinds[i]);
        size_t mark = check_member(&w->at, "affinity");
        check_member(&w->at, kinds[i]);
        static const char required[] = "requiredDuringSchedulingIgnoredDuringExecution",
                          preferred[] = "preferredDuringSchedulingIgnoredDuringExecution";
        warn_pod_terms(w, required, member_at(one, required), NULL);
        warn_pod_terms(w, preferred, member_at(one, preferred), "podAffinityTerm");
        check_pop(&w->at, mark);
    }
}

/* ---- Lists in which names should be there once ---- */

static void warn_repeated(struct warn *w, const char *member, const struct json *list, const char *key)
{
    struct name_set seen AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, list)
    {
        struct str name = text_at(it, key);
        size_t mark = check_into(&w->at, member, i++);
        if (!name_set_add(&seen, name, NULL)) warn_at(w, key, "duplicate %s %s", key, warn_quoted(w, name));
        check_pop(&w->at, mark);
    }
}

static void warn_unnamed(struct warn *w, const char *member, const struct json *list)
{
    size_t i = 0;
    JSON_FOREACH(it, list)
    {
        size_t mark = check_into(&w->at, member, i++);
        if (!text_at(it, "name").n) warn_at(w, "name", "invalid empty name \"\"");
        check_pop(&w->at, mark);
    }
}

/* ---- Annotations ---- */

void warn_annotation(struct warn_pod *p, struct str key, const char *text)
{
    warn_bare(p->w, "%smetadata.annotations[%.*s]: %s", p->place, STR_ARG(key), text);
}

static void warn_old_annotations(struct warn *w, const struct json *pod)
{
    static const struct warn_key keys[] = {
        {"scheduler.alpha.kubernetes.io/critical-pod",
         "non-functional in v1.16+; use the \"priorityClassName\" field instead"},
        {"security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"},
        {"security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"},
        {NULL, NULL}};
    warn_annotations(w, pod, keys);
}

/* A profile of the whole pod that is only an annotation. */
static void warn_pod_seccomp(struct warn_pod *p)
{
    if (member_at(member_at(p->spec, "securityContext"), "seccompProfile")) return;
    if (json_getc(p->annotations, POD_SECCOMP))
        warn_annotation(p, STR(POD_SECCOMP), "non-functional in v1.27+; use the \"seccompProfile\" field instead");
}

/* ---- Pods and templates ---- */

static void warn_in_spec(struct warn_pod *p)
{
    struct warn *w = p->w;
    const struct json *spec = p->spec, *overhead = member_at(spec, "overhead");
    warn_volumes(p);
    warn_repeated(w, "hostAliases", member_at(spec, "hostAliases"), "ip");
    warn_repeated(w, "imagePullSecrets", member_at(spec, "imagePullSecrets"), "name");
    warn_unnamed(w, "imagePullSecrets", member_at(spec, "imagePullSecrets"));
    warn_fraction(w, "overhead", overhead, "memory");
    warn_fraction(w, "overhead", overhead, "ephemeral-storage");
    warn_pod_seccomp(p);
    warn_containers(p);
    if (int_at(spec, "terminationGracePeriodSeconds", 0) < 0)
        warn_at(w, "terminationGracePeriodSeconds",
                "must be >= 0; negative values are invalid and will be treated as 1");
    warn_pod_affinity(w, member_at(spec, "affinity"));
    warn_ips(w, "dnsConfig.nameservers", member_at(member_at(spec, "dnsConfig"), "nameservers"), NULL, NULL);
    warn_ips(w, "hostAliases", member_at(spec, "hostAliases"), "ip", "ip");
}

void warn_pod_spec(struct warn *w, const struct json *pod, bool is_template)
{
    const char *place = is_template ? arena_printf(w->to->arena, "%s.", w->at.path) : "";
    const struct json *spec = member_at(pod, "spec");
    struct warn_pod p = {w, spec, member_at(member_at(pod, "metadata"), "annotations"), place, is_template};
    size_t mark = check_member(&w->at, "spec");
    warn_node_selector(w, member_at(spec, "nodeSelector"));
    warn_node_affinity(w, member_at(member_at(spec, "affinity"), "nodeAffinity"));
    warn_spread(w, member_at(spec, "topologySpreadConstraints"));
    check_pop(&w->at, mark);
    warn_old_annotations(w, pod);
    check_member(&w->at, "spec");
    warn_in_spec(&p);
    check_pop(&w->at, mark);
}

/* Updates of pods are the work of components, which nobody reads warnings for. */
void warn_pod(struct warn *w, const struct json *pod, const struct json *old)
{
    if (old) return;
    warn_pod_name(w, pod, "the Pod's hostname");
    warn_pod_spec(w, pod, false);
}

/* Profiles that preparing makes fields of, or cannot. */
void warn_pod_early(struct warn *w, const struct json *pod, const struct json *old)
{
    const struct json *spec = member_at(pod, "spec");
    struct warn_pod p = {w, spec, member_at(member_at(pod, "metadata"), "annotations"), "", false};
    (void)old;
    if (!obj_is(spec, ".os.name", "windows")) warn_apparmor(&p);
}

void warn_pod_status(struct warn *w, const struct json *pod, const struct json *old)
{
    const struct json *status = member_at(pod, "status");
    size_t mark = check_member(&w->at, "status");
    (void)old;
    warn_ips(w, "podIPs", member_at(status, "podIPs"), "ip", "ip");
    warn_ips(w, "hostIPs", member_at(status, "hostIPs"), "ip", "ip");
    check_pop(&w->at, mark);
}
