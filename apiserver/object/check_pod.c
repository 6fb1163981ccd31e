/* check_pod.c - validation of pods and pod templates: the order of the topics, and the fields with a rule of one line
 * (ValidatePodSpec in pkg/apis/core/validation/validation.go).
 * Reads: defaulted trees.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/check_ephemeral.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/hooks.h"
#include "apiserver/registry/pod_resize.h"
#include "schema_hooks.h"

enum { DEADLINE_MAX = 2147483647, HOSTNAME_MAX = 64 };

/* ---- The rules of one spec ---- */

static void rules_init(struct pod_rules *r, struct check *c, const struct json *spec, const struct json *meta)
{
    r->c = c;
    r->spec = spec;
    r->annotations = member_at(meta, "annotations");
    r->meta = NULL;
    r->claim_names = NULL;
    r->grace = member_at(spec, "terminationGracePeriodSeconds");
    r->host_users = !false_at(spec, "hostUsers");
    r->host_network = true_at(spec, "hostNetwork");
    r->has_file_refs = false;
    name_set_init(&r->volumes);
    name_set_init(&r->claims);
    JSON_FOREACH(it, member_at(spec, "resourceClaims"))
    if (text_at(it, "name").n) name_set_add(&r->claims, text_at(it, "name"), NULL);
}

static void rules_release(struct pod_rules *r)
{
    name_set_release(&r->volumes);
    name_set_release(&r->claims);
}

void check_each_container(struct pod_rules *r, pod_container_fn *fn)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        size_t i = 0;
        JSON_FOREACH(container, member_at(r->spec, lists[k]))
        {
            size_t mark = check_member(r->c, lists[k]);
            check_index(r->c, i++);
            fn(r, container);
            check_pop(r->c, mark);
        }
    }
}

/* ---- Fields with a rule of one line ---- */

static void check_optional(struct pod_rules *r, const char *member, name_rule *rule)
{
    struct str s = text_at(r->spec, member);
    if (s.n) check_name_by(r->c, member, s, rule);
}

/* With the host's network a container's ports are the host's. Templates may leave that to the pod's defaults. */
static void check_host_network(struct pod_rules *r)
{
    size_t i = 0;
    if (!r->host_network) return;
    JSON_FOREACH(container, member_at(r->spec, "containers"))
    {
        size_t outer = check_member(r->c, "containers"), k = 0;
        check_index(r->c, i++);
        JSON_FOREACH(port, member_at(container, "ports"))
        {
            int64_t host = int_at(port, "hostPort", 0);
            size_t mark = check_member(r->c, "ports");
            check_index(r->c, k++);
            if ((r->meta || host) && host != int_at(port, "containerPort", 0))
                check_invalid(r->c, "hostPort", json_int(r->c->arena, host),
                              "must match `containerPort` when `hostNetwork` is true");
            check_pop(r->c, mark);
        }
        check_pop(r->c, outer);
    }
}

static void check_node_selector(struct check *c, const struct json *selector)
{
    JSON_FOREACH(it, selector)
    {
        check_name_by(c, "nodeSelector", it->key, name_qualified);
        check_name_by(c, "nodeSelector", json_string(it), name_label_value);
    }
}

static void check_gates(struct check *c, const struct json *spec)
{
    struct name_set seen AUTO_NAME_SET = {0};
    const struct json *gates = member_at(spec, "schedulingGates");
    size_t i = 0;
    JSON_FOREACH(it, member_at(spec, "readinessGates"))
    {
        size_t mark = check_member(c, "readinessGates");
        check_index(c, i++);
        check_name_by(c, "conditionType", text_at(it, "conditionType"), name_qualified);
        check_pop(c, mark);
    }
    i = 0;
    JSON_FOREACH(it, gates)
    {
        size_t mark = check_member(c, "schedulingGates");
        check_index(c, i++);
        check_name_by(c, NULL, text_at(it, "name"), name_qualified);
        if (!name_set_add(&seen, text_at(it, "name"), NULL)) check_duplicate(c, NULL, member_at(it, "name"));
        check_pop(c, mark);
    }
}

static void check_no_devices(struct pod_rules *r, const struct json *container)
{
    if (count_at(container, "volumeDevices")) check_forbidden(r->c, "volumeDevices", "when `hostUsers` is false");
}

static void check_user_namespace(struct pod_rules *r)
{
    if (r->host_users) return;
    if (r->host_network && !r->leeway.user_ns_network)
        check_forbidden(r->c, "hostNetwork", "when `hostUsers` is false");
    if (true_at(r->spec, "hostPID")) check_forbidden(r->c, "HostPID", "when `hostUsers` is false");
    if (true_at(r->spec, "hostIPC")) check_forbidden(r->c, "HostIPC", "when `hostUsers` is false");
    if (!r->leeway.user_ns_devices) check_each_container(r, check_no_devices);
}

static void check_hostname_override(struct pod_rules *r)
{
    static const char member[] = "hostnameOverride";
    const struct json *name = member_at(r->spec, member);
    if (!name) return;
    if (true_at(r->spec, "setHostnameAsFQDN"))
        check_forbidden(r->c, member, "may not be specified when setHostnameAsFQDN is true");
    if (r->host_network) check_forbidden(r->c, member, "may not be specified when hostNetwork is true");
    if (json_string(name).n > HOSTNAME_MAX) check_too_long(r->c, member, HOSTNAME_MAX);
    check_name_by(r->c, member, json_string(name), name_dns1123_subdomain);
}

static void check_names(struct pod_rules *r)
{
    const struct json *deadline = member_at(r->spec, "activeDeadlineSeconds");
    check_optional(r, "serviceAccountName", name_dns1123_subdomain);
    check_optional(r, "nodeName", name_dns1123_subdomain);
    if (deadline && (obj_number(deadline, 0) < 1 || obj_number(deadline, 0) > DEADLINE_MAX))
        check_invalid(r->c, "activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive");
    check_optional(r, "hostname", name_dns1123_label);
    check_optional(r, "subdomain", name_dns1123_label);
}

static void check_classes(struct pod_rules *r)
{
    static const char *const policies[] = {"PreemptLowerPriority", "Never", NULL};
    const struct json *runtime = member_at(r->spec, "runtimeClassName"),
                      *preemption = member_at(r->spec, "preemptionPolicy"), *overhead = member_at(r->spec, "overhead");
    check_optional(r, "priorityClassName", name_dns1123_subdomain);
    if (runtime) check_name_by(r->c, "runtimeClassName", json_string(runtime), name_dns1123_subdomain);
    if (preemption) check_word(r->c, "preemptionPolicy", preemption, policies, "");
    if (overhead) {
        struct json *resources = json_obj(r->c->arena);
        json_set(r->c->arena, resources, STR("limits"), json_copy(r->c->arena, overhead));
        check_resources(r, "overhead", resources, false);
    }
}

/* ---- The spec ---- */

void check_pod_spec(struct pod_rules *r)
{
    static const char *const restarts[] = {"Always", "OnFailure", "Never", NULL};
    static const char *const dns[] = {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None", NULL};
    check_volumes(r);
    check_resource_claims(r);
    check_containers(r);
    check_init_containers(r);
    check_ephemeral_containers(r);
    check_pod_resources(r);
    check_host_network(r);
    check_word(r->c, "restartPolicy", member_at(r->spec, "restartPolicy"), restarts, "");
    check_word(r->c, "dnsPolicy", member_at(r->spec, "dnsPolicy"), dns, "");
    check_node_selector(r->c, member_at(r->spec, "nodeSelector"));
    check_pod_security(r);
    check_affinity(r);
    check_dns_config(r);
    check_gates(r->c, r->spec);
    check_topology_spread(r);
    check_host_processes(r);
    check_user_namespace(r);
    check_hostname_override(r);
    check_names(r);
    check_tolerations(r->c, "tolerations", member_at(r->spec, "tolerations"));
    check_host_aliases(r);
    check_classes(r);
    check_pod_os(r);
    check_env_files(r);
}

/* ---- Pods ---- */

/* A token is an account's. */
static void check_tokens(struct pod_rules *r)
{
    size_t i = 0;
    if (text_at(r->spec, "serviceAccountName").n) return;
    JSON_FOREACH(volume, member_at(r->spec, "volumes"))
    {
        size_t outer = check_member(r->c, "volumes"), k = 0;
        check_index(r->c, i++);
        JSON_FOREACH(source, member_at(member_at(volume, "projected"), "sources"))
        {
            size_t mark = check_member(r->c, "projected.sources");
            check_index(r->c, k++);
            if (member_at(source, "serviceAccountToken"))
                check_forbidden(r->c, "serviceAccountToken",
                                "must not be specified when serviceAccountName is not set");
            check_pop(r->c, mark);
        }
        check_pop(r->c, outer);
    }
}

/* What holds for every state of a pod (validatePodMetadataAndSpec). */
static void check_state(struct pod_rules *r)
{
    struct check *c = r->c;
    check_meta(c);
    size_t mark = check_member(c, "metadata");
    check_member(c, "annotations");
    check_pod_annotations(r);
    check_pop(c, mark);
    check_member(c, "spec");
    check_pod_spec(r);
    check_tokens(r);
    check_image_spaces(r);
    check_pop(c, mark);
}

/* Rules of the first state. */
static void check_first(struct pod_rules *r)
{
    struct check *c = r->c;
    size_t mark = check_member(c, "spec");
    if (count_at(r->spec, "ephemeralContainers")) check_forbidden(c, "ephemeralContainers", "cannot be set on create");
    if (text_at(r->spec, "nodeName").n && count_at(r->spec, "schedulingGates"))
        check_forbidden(c, "nodeName", "cannot be set until all schedulingGates have been cleared");
    check_seccomp_agrees(r);
    check_apparmor_agrees(r);
    check_pop(c, mark);
}

static void check_annotation_changes(struct check *c, const struct json *meta, const struct json *old)
{
    size_t mark = check_member(c, "metadata");
    check_member(c, "annotations");
    check_pod_annotation_changes(c, member_at(meta, "annotations"), member_at(old, "annotations"));
    check_pop(c, mark);
}

static void check_change(struct pod_rules *r, const struct json *old)
{
    struct check *c = r->c;
    const struct json *was = member_at(old, "metadata");
    bool of_status = c->sub && strcmp(c->sub, "status") == 0;
    check_meta_update(c);
    if (!of_status) check_state(r);
    if (c->sub && strcmp(c->sub, "resize") == 0) {
        pod_resize_check(c, c->root, old);
        return;
    }
    check_annotation_changes(c, r->meta, was);
    size_t mark = check_member(c, "metadata");
    check_member(c, "annotations");
    check_pod_annotations(r);
    check_pop(c, mark);
    if (of_status) check_pod_status(c, c->root, old);
    if (!c->sub)
        check_pod_change(r, member_at(old, "spec"));
    else if (strcmp(c->sub, "ephemeralcontainers") == 0)
        check_ephemeral_update(c, c->root, old);
}

/* type Pod check=fn:pod whole */
void check_pod(struct check *c, const struct json *pod, const struct json *old)
{
    struct pod_rules r;
    const struct json *was = member_at(old, "metadata");
    rules_init(&r, c, member_at(pod, "spec"), member_at(pod, "metadata"));
    r.meta = member_at(pod, "metadata");
    pod_leeway_of(&r.leeway, c->arena, member_at(old, "spec"), member_at(was, "annotations"));
    if (old) {
        check_change(&r, old);
    } else {
        check_state(&r);
        check_first(&r);
    }
    rules_release(&r);
}

/* ---- Templates ---- */

/* type PodTemplateSpec check=fn:pod_template_spec whole: upstream names the metadata's maps without ".metadata". */
void check_pod_template_spec(struct check *c, const struct json *template, const struct json *old)
{
    struct pod_rules r;
    const struct json *meta = member_at(template, "metadata"), *was = member_at(old, "metadata");
    rules_init(&r, c, member_at(template, "spec"), meta);
    pod_leeway_of(&r.leeway, c->arena, member_at(old, "spec"), member_at(was, "annotations"));
    check_labels(c, member_at(meta, "labels"));
    check_annotations(c, r.annotations);
    size_t mark = check_member(c, "annotations");
    check_pod_annotations(&r);
    check_pop(c, mark);
    check_member(c, "spec");
    check_pod_spec(&r);
    check_seccomp_agrees(&r);
    check_apparmor_agrees(&r);
    if (count_at(r.spec, "ephemeralContainers"))
        check_forbidden(c, "ephemeralContainers", "ephemeral containers not allowed in pod template");
    check_pop(c, mark);
    rules_release(&r);
}
