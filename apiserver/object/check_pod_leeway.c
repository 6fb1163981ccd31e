/* check_pod_leeway.c - what an old spec has that newer rules refuse: an update may keep it, or nobody could update the
 * object any more (GetValidationOptionsFromPodSpecAndMeta in pkg/api/pod/util.go). Reads: the old spec.   Writes:
 * struct pod_leeway. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/check_selector.h"
#include "api/quantity.h"
#include "apiserver/object/pod_annotations.h"
#include "apiserver/object/resource.h"

static const char required_name[] = "requiredDuringSchedulingIgnoredDuringExecution";
static const char preferred_name[] = "preferredDuringSchedulingIgnoredDuringExecution";
static const char *const container_lists[] = {"containers", "initContainers", "ephemeralContainers"};

/* ---- Huge pages ---- */

static bool has_broken_pages(const struct json *amounts)
{
    JSON_FOREACH(it, amounts)
    {
        struct qty q;
        struct err e = ERR_INIT;
        if (resource_is_huge_page(it->key) && qty_parse(json_string(it), &q, &e) && !resource_is_divisible(it->key, &q))
            return true;
    }
    return false;
}

static bool uses_broken_pages(const struct json *spec)
{
    for (size_t i = 0; i < ARRAY_LEN(container_lists); i++) JSON_FOREACH(it, member_at(spec, container_lists[i]))
        {
            const struct json *resources = member_at(it, "resources");
            if (has_broken_pages(member_at(resources, "limits")) || has_broken_pages(member_at(resources, "requests")))
                return true;
        }
    return has_broken_pages(member_at(spec, "overhead"));
}

/* ---- Selectors: today's rules, asked about the old spec ---- */

static void ask_term(struct check *c, const struct json *term)
{
    check_selector_rules(c, "labelSelector", member_at(term, "labelSelector"));
    check_selector_rules(c, "namespaceSelector", member_at(term, "namespaceSelector"));
}

static bool has_bad_selector(struct arena *a, const struct json *affinity)
{
    static const char *const kinds[] = {"podAffinity", "podAntiAffinity"};
    struct check c;
    check_init(&c, a);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct json *one = member_at(affinity, kinds[i]);
        JSON_FOREACH(term, member_at(one, required_name)) ask_term(&c, term);
        JSON_FOREACH(term, member_at(one, preferred_name)) ask_term(&c, member_at(term, "podAffinityTerm"));
    }
    return c.count > 0;
}

static bool has_bad_node_value(const struct json *affinity)
{
    const struct json *required = member_at(member_at(affinity, "nodeAffinity"), required_name);
    JSON_FOREACH(term, member_at(required, "nodeSelectorTerms"))
    JSON_FOREACH(expression, member_at(term, "matchExpressions"))
    JSON_FOREACH(value, member_at(expression, "values"))
    if (name_label_value(json_string(value))) return true;
    return false;
}

static void ask_spread(struct pod_leeway *out, struct arena *a, const struct json *spec)
{
    struct check selectors, keys;
    check_init(&selectors, a);
    check_init(&keys, a);
    JSON_FOREACH(it, member_at(spec, "topologySpreadConstraints"))
    {
        const struct json *selector = member_at(it, "labelSelector");
        check_selector_rules(&selectors, "labelSelector", selector);
        check_label_keys(&keys, member_at(it, "matchLabelKeys"), NULL, selector);
    }
    out->spread_selector = selectors.count > 0;
    out->spread_keys = keys.count > 0;
}

/* ---- Others ---- */

static bool has_far_token(struct arena *a, const struct json *spec)
{
    struct check c;
    check_init(&c, a);
    JSON_FOREACH(volume, member_at(spec, "volumes"))
    JSON_FOREACH(source, member_at(member_at(volume, "projected"), "sources"))
    check_local_path(&c, NULL, text_at(member_at(source, "serviceAccountToken"), "path"));
    return c.count > 0;
}

static bool has_host_sysctl(const struct json *spec)
{
    const char *why;
    JSON_FOREACH(it, member_at(member_at(spec, "securityContext"), "sysctls"))
    if (sysctl_shares_host(spec, text_at(it, "name"), &why)) return true;
    return false;
}

static bool has_init_restart(const struct json *spec)
{
    JSON_FOREACH(it, member_at(spec, "initContainers"))
    JSON_FOREACH(policy, member_at(it, "resizePolicy"))
    if (!str_eqc(text_at(it, "restartPolicy"), "Always") &&
        str_eqc(text_at(policy, "restartPolicy"), "RestartContainer"))
        return true;
    return false;
}

static bool has_devices(const struct json *spec)
{
    for (size_t i = 0; i < ARRAY_LEN(container_lists); i++) JSON_FOREACH(it, member_at(spec, container_lists[i]))
    if (count_at(it, "volumeDevices")) return true;
    return false;
}

void pod_leeway_of(struct pod_leeway *out, struct arena *a, const struct json *old, const struct json *old_annotations)
{
    const struct json *cost = json_getc(old_annotations, POD_DELETION_COST), *affinity = member_at(old, "affinity");
    bool user_ns = false_at(old, "hostUsers");
    *out = (struct pod_leeway){.deletion_cost = cost && !pod_deletion_cost_ok(json_string(cost))};
    if (!old) return;
    out->hugepages = uses_broken_pages(old);
    if (affinity) {
        out->selector_values = has_bad_selector(a, affinity);
        out->node_values = has_bad_node_value(affinity);
    }
    ask_spread(out, a, old);
    out->token_path = has_far_token(a, old);
    out->host_sysctls = has_host_sysctl(old);
    out->selinux_policy = member_at(member_at(old, "securityContext"), "seLinuxChangePolicy") != NULL;
    out->init_restart = has_init_restart(old);
    out->user_ns_network = user_ns && true_at(old, "hostNetwork");
    out->user_ns_devices = user_ns && has_devices(old);
}
