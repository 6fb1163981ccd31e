/* check_pod_status.c - what components may say about a pod (ValidatePodStatusUpdate in
 * pkg/apis/core/validation/validation.go).
 * Reads: old and new pod.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "apiserver/object/inner.h"
#include "apiserver/object/ip.h"
#include "schema_ids.h"

enum { HEALTH_MESSAGE_MAX = 1024 };

/* What is nominated, the generation, the class. */
static void check_heads(struct check *c, const struct json *pod, const struct json *old)
{
    const struct json *status = member_at(pod, "status"), *was = member_at(old, "status"),
                      *generation = member_at(status, "observedGeneration");
    struct str node = text_at(status, "nominatedNodeName"), class = text_at(status, "qosClass");
    bool changed = node.n && !str_eq(node, text_at(was, "nominatedNodeName"));
    if (changed) check_name_by(c, "nominatedNodeName", node, name_dns1123_subdomain);
    if (changed && text_at(member_at(old, "spec"), "nodeName").n)
        check_forbidden(c, "nominatedNodeName", "may not be set on pods that are already bound to a node");
    if (obj_number(generation, 0) < 0)
        check_invalid(c, "observedGeneration", generation, "must be a non-negative integer");
    if (!str_eq(class, text_at(was, "qosClass")))
        check_invalid(c, "qosClass", json_str(c->arena, class), "field is immutable");
}

static void check_conditions(struct check *c, const struct json *conditions)
{
    static const char *const known[] = {"PodScheduled", "Ready", "Initialized", NULL};
    size_t i = 0;
    JSON_FOREACH(it, conditions)
    {
        struct str type = text_at(it, "type");
        size_t mark = check_member(c, "conditions");
        check_index(c, i++);
        if (int_at(it, "observedGeneration", 0) < 0)
            check_invalid(c, "observedGeneration", member_at(it, "observedGeneration"),
                          "must be a non-negative integer");
        if (!check_is_among(type, known)) check_name_by(c, "Type", type, name_qualified);
        check_pop(c, mark);
    }
}

/* ---- Containers that have ended stay so, unless they are to run again ---- */

static bool rule_matches(const struct json *rule, int64_t code)
{
    const struct json *codes = member_at(rule, "exitCodes");
    struct str op = text_at(codes, "operator");
    bool listed = false;
    JSON_FOREACH(it, member_at(codes, "values")) listed = listed || obj_number(it, 0) == code;
    return (str_eqc(op, "In") && listed) || (str_eqc(op, "NotIn") && !listed);
}

/* Every rule has an action that restarts. */
static bool may_restart(const struct json *spec, const struct json *container, int64_t code)
{
    struct str policy = text_at(container, "restartPolicy");
    if (policy.n)
        JSON_FOREACH(rule, member_at(container, "restartPolicyRules")) if (rule_matches(rule, code)) return true;
    if (!policy.n) policy = text_at(spec, "restartPolicy");
    return str_eqc(policy, "OnFailure") ? code != 0 : !str_eqc(policy, "Never");
}

/* Some rule restarts them all. */
static bool all_may_restart(const struct json *spec)
{
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) JSON_FOREACH(it, member_at(spec, lists[i]))
    JSON_FOREACH(rule, member_at(it, "restartPolicyRules"))
    if (str_eqc(text_at(rule, "action"), "RestartAllContainers")) return true;
    return false;
}

static const struct json *terminated(const struct json *status)
{
    return member_at(member_at(status, "state"), "terminated");
}

/* members: of the status; containers: of the spec, or NULL for ephemeral ones, which never run again. At the status. */
static void check_endings(struct check *c, const char *member, const struct json *now, const struct json *old,
                          const struct json *spec, const char *containers)
{
    struct name_set states AUTO_NAME_SET = {0}, specs AUTO_NAME_SET = {0};
    size_t i = 0;
    if (containers && all_may_restart(spec)) return;
    JSON_FOREACH(it, member_at(now, member)) name_set_add(&states, text_at(it, "name"), it);
    JSON_FOREACH(it, containers ? member_at(spec, containers) : NULL) name_set_add(&specs, text_at(it, "name"), it);
    JSON_FOREACH(was, member_at(old, member))
    {
        const struct json *end = terminated(was), *is = end ? name_set_get(&states, text_at(was, "name")) : NULL,
                          *container = name_set_get(&specs, text_at(was, "name"));
        size_t mark = check_member(c, member);
        check_index(c, i++);
        if (is && !terminated(is) && !(container && may_restart(spec, container, int_at(end, "exitCode", 0))))
            check_forbidden(c, "state", "may not be transitioned to non-terminated state");
        check_pop(c, mark);
    }
}

/* ---- Resources of containers, as "container\nresource"; of claims "container\nclaim:name/request" ---- */

static struct str resource_key(struct arena *a, struct str container, struct str resource)
{
    return str_printf(a, "%.*s\n%.*s", STR_ARG(container), STR_ARG(resource));
}

static void add_resources(struct name_set *out, struct arena *a, const struct json *containers)
{
    JSON_FOREACH(it, containers)
    {
        struct str name = text_at(it, "name");
        JSON_FOREACH(request, member_at(member_at(it, "resources"), "requests"))
        name_set_add(out, resource_key(a, name, request->key), NULL);
        JSON_FOREACH(claim, member_at(member_at(it, "resources"), "claims"))
        {
            struct str claimed = text_at(claim, "name"), request = text_at(claim, "request");
            const char *slash = request.n ? "/" : "";
            struct str text = str_printf(a, "claim:%.*s%s%.*s", STR_ARG(claimed), slash, STR_ARG(request));
            name_set_add(out, resource_key(a, name, text), NULL);
        }
    }
}

/* ---- Claims ---- */

static void check_claim_statuses(struct check *c, const struct json *statuses, const struct json *claims)
{
    struct name_set known AUTO_NAME_SET = {0}, seen AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, claims) name_set_add(&known, text_at(it, "name"), NULL);
    JSON_FOREACH(it, statuses)
    {
        struct str name = text_at(it, "name");
        const struct json *claim = member_at(it, "resourceClaimName");
        size_t mark = check_member(c, "resourceClaimStatuses");
        check_index(c, i++);
        if (!name_set_has(&known, name))
            check_invalid_str(c, "name", name, "must match the name of an entry in `spec.resourceClaims`");
        if (!name_set_add(&seen, name, NULL)) check_duplicate(c, "name", json_str(c->arena, name));
        if (claim) check_name_by(c, "resourceClaimName", json_string(claim), name_dns1123_subdomain);
        check_pop(c, mark);
    }
}

struct requesters {
    struct name_set containers, resources;
};

/* One request of a container for a resource that a claim serves. At the mapping. */
static void check_mapping(struct check *c, const struct json *mapping, const struct requesters *of)
{
    struct str container = text_at(mapping, "containerName"), resource = text_at(mapping, "resourceName");
    if (!name_set_has(&of->containers, container))
        check_invalid_str(c, "containerName", container,
                          "must match the name of an entry in spec.initContainers.name or spec.containers.name");
    else if (!name_set_has(&of->resources, resource_key(c->arena, container, resource)))
        check_invalid_str(c, "resourceName", resource,
                          "must match the extended resource name of an entry in spec.initContainers.resources.requests "
                          "or spec.containers.resources.requests");
}

static void requesters_release(struct requesters *r)
{
    name_set_release(&r->containers);
    name_set_release(&r->resources);
}

static void requesters_of(struct requesters *out, struct arena *a, const struct json *spec)
{
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        JSON_FOREACH(it, member_at(spec, lists[i])) name_set_add(&out->containers, text_at(it, "name"), NULL);
        add_resources(&out->resources, a, member_at(spec, lists[i]));
    }
}

static void check_mappings(struct check *c, const struct json *mappings, const struct json *spec)
{
    static const char *const members[] = {"containerName", "resourceName", "requestName"};
    struct requesters of __attribute__((cleanup(requesters_release))) = {0};
    struct name_set seen AUTO_NAME_SET = {0};
    size_t i = 0;
    if (mappings) requesters_of(&of, c->arena, spec);
    JSON_FOREACH(it, mappings)
    {
        struct str texts[ARRAY_LEN(members)];
        for (size_t k = 0; k < ARRAY_LEN(members); k++) texts[k] = text_at(it, members[k]);
        struct str key =
            str_printf(c->arena, "%.*s\n%.*s\n%.*s", STR_ARG(texts[0]), STR_ARG(texts[1]), STR_ARG(texts[2]));
        size_t outer = check_member(c, "requestMappings");
        size_t mark = check_index(c, i);
        check_mapping(c, it, &of);
        check_pop(c, outer);
        check_name_by(c, "requestName", texts[2], name_dns1123_label); /* upstream's place */
        check_member(c, "requestMappings");
        check_index(c, i++);
        bool again = !name_set_add(&seen, key, NULL);
        for (size_t k = 0; again && k < ARRAY_LEN(members); k++)
            check_duplicate(c, members[k], json_str(c->arena, texts[k]));
        check_pop(c, mark);
        check_pop(c, outer);
    }
}

static void check_extended_claim(struct check *c, const struct json *claim, const struct json *spec)
{
    struct str name = text_at(claim, "resourceClaimName");
    if (!claim) return;
    size_t mark = check_member(c, "extendedResourceClaimStatus");
    if (!count_at(claim, "requestMappings"))
        check_required(c, "requestMappings", "at least one request mapping is required");
    check_mappings(c, member_at(claim, "requestMappings"), spec);
    if (name.n)
        check_name_by(c, "resourceClaimName", name, name_dns1123_subdomain);
    else
        check_required(c, "resourceClaimName", "");
    check_pop(c, mark);
}

/* ---- Addresses ---- */

/* At most one of each family. */
static bool is_pair(const struct json *list)
{
    struct ip a, b;
    const struct json *first = json_kids(list);
    return list->count == 2 && ip_parse(text_at(first, "ip"), &a) && ip_parse(text_at(first->next, "ip"), &b) &&
           a.v6 != b.v6;
}

/* The first that is none; NULL: all are. */
static const struct json *bad_address(const struct json *list, size_t *index)
{
    struct ip ip;
    *index = 0;
    JSON_FOREACH(it, list)
    {
        if (!ip_parse(text_at(it, "ip"), &ip)) return it;
        (*index)++;
    }
    return NULL;
}

/* What was there before may stay, good or bad. */
static void check_addresses(struct check *c, const char *member, const struct json *status, const struct json *old)
{
    const struct json *list = member_at(status, member), *bad;
    struct name_set before AUTO_NAME_SET = {0};
    size_t outer = check_member(c, member), i = 0;
    JSON_FOREACH(it, member_at(old, member)) name_set_add(&before, text_at(it, "ip"), NULL);
    JSON_FOREACH(it, list)
    {
        size_t mark = check_index(c, i++);
        if (!name_set_has(&before, text_at(it, "ip"))) check_ip(c, NULL, json_str(c->arena, text_at(it, "ip")));
        check_pop(c, mark);
    }
    if (list && list->count > 1 && (bad = bad_address(list, &i)) != NULL)
        check_internal(c, NULL,
                       arena_printf(c->arena, "failed to check for dual stack with error:invalid IP[%zu]: %.*s", i,
                                    STR_ARG(text_at(bad, "ip"))));
    if (list && list->count > 1 && !is_pair(list))
        check_invalid_member(c, NULL, &type_core_v1_PodStatus, member, status,
                             "may specify no more than one IP for each IP family");
    check_pop(c, outer);
}

static void check_host_addresses(struct check *c, const struct json *status, const struct json *old)
{
    const struct json *list = member_at(status, "hostIPs"), *first = json_kids(list);
    if (!first) return;
    if (!str_eq(text_at(status, "hostIP"), text_at(first, "ip"))) {
        size_t mark = check_member(c, "hostIPs");
        check_index(c, 0);
        check_invalid_str(c, "ip", text_at(first, "ip"), "must be equal to `hostIP`");
        check_pop(c, mark);
    }
    check_addresses(c, "hostIPs", status, old);
}

/* ---- Users of containers ---- */

static void check_linux_user(struct check *c, const struct json *user)
{
    size_t i = 0;
    check_id(c, "uid", member_at(user, "uid"));
    check_id(c, "gid", member_at(user, "gid"));
    JSON_FOREACH(it, member_at(user, "supplementalGroups"))
    {
        size_t mark = check_member(c, "supplementalGroups");
        check_index(c, i++);
        check_id(c, NULL, it);
        check_pop(c, mark);
    }
}

static void check_users(struct check *c, const char *member, const struct json *status, bool windows)
{
    size_t i = 0;
    JSON_FOREACH(it, member_at(status, member))
    {
        const struct json *user = member_at(member_at(it, "user"), "linux");
        size_t mark = check_member(c, member);
        check_index(c, i++);
        check_member(c, "user.linux");
        if (user && windows)
            check_forbidden(c, NULL, "cannot be set for a windows pod");
        else if (user)
            check_linux_user(c, user);
        check_pop(c, mark);
    }
}

/* ---- Health of resources ---- */

/* At the resource of a container of the spec. */
static void check_resource_known(struct check *c, const struct name_set *known, struct str container,
                                 struct str resource)
{
    if (name_set_has(known, resource_key(c->arena, container, resource))) return;
    check_invalid_str(c, "name", resource,
                      str_starts(resource, STR("claim:"))
                          ? "must match one of the container's resource claims in a format "
                            "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
                          : "must match one of the container's resource requests");
}

static void check_health(struct check *c, const struct json *resources)
{
    static const char *const words[] = {"Healthy", "Unhealthy", "Unknown", NULL};
    struct name_set ids AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, resources)
    {
        const struct json *health = member_at(it, "health"), *message = member_at(it, "message");
        struct str id = text_at(it, "resourceID");
        size_t mark = check_member(c, "resources");
        check_index(c, i++);
        if (!check_is_among(json_string(health), words))
            check_not_supported(c, "health", health ? health : json_strc(c->arena, ""), words);
        if (message && !json_string(message).n)
            check_required(c, "message", "must be non-empty if specified");
        else if (json_string(message).n > HEALTH_MESSAGE_MAX)
            check_too_long(c, "message", HEALTH_MESSAGE_MAX);
        if (!name_set_add(&ids, id, NULL)) check_duplicate(c, "resourceID", json_str(c->arena, id));
        check_pop(c, mark);
    }
}

static bool any_allocated(const struct json *statuses)
{
    JSON_FOREACH(it, statuses)
    if (count_at(it, "allocatedResourcesStatus")) return true;
    return false;
}

static void check_allocated(struct check *c, const char *member, const struct json *status, const struct json *specs)
{
    struct name_set names AUTO_NAME_SET = {0}, known AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, specs) name_set_add(&names, text_at(it, "name"), NULL);
    if (any_allocated(member_at(status, member))) add_resources(&known, c->arena, specs);
    JSON_FOREACH(it, member_at(status, member))
    {
        struct str name = text_at(it, "name");
        bool has_spec = name_set_has(&names, name);
        size_t outer = check_member(c, member), k = 0;
        check_index(c, i++);
        JSON_FOREACH(resource, member_at(it, "allocatedResourcesStatus"))
        {
            size_t mark = check_member(c, "allocatedResourcesStatus");
            check_index(c, k++);
            if (has_spec) check_resource_known(c, &known, name, text_at(resource, "name"));
            check_health(c, member_at(resource, "resources"));
            check_pop(c, mark);
        }
        check_pop(c, outer);
    }
}

static void check_none_allocated(struct check *c, const struct json *status)
{
    size_t i = 0;
    JSON_FOREACH(it, member_at(status, "ephemeralContainerStatuses"))
    {
        size_t mark = check_member(c, "ephemeralContainerStatuses");
        check_index(c, i++);
        if (count_at(it, "allocatedResourcesStatus"))
            check_forbidden(c, "allocatedResourcesStatus", "must not be specified in container status");
        check_pop(c, mark);
    }
}

/* ---- All of it. nodeAllocatableResourceClaimStatuses and digests of image volumes have no rules: their feature gates
 * are off, and preparation drops them. ---- */

void check_pod_status(struct check *c, const struct json *pod, const struct json *old)
{
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"};
    const struct json *status = member_at(pod, "status"), *was = member_at(old, "status"),
                      *spec = member_at(pod, "spec");
    bool windows = str_eqc(text_at(member_at(spec, "os"), "name"), "windows");
    size_t mark = check_member(c, "status");
    check_conditions(c, member_at(status, "conditions"));
    check_heads(c, pod, old);
    check_endings(c, lists[0], status, was, spec, "containers");
    check_endings(c, lists[1], status, was, spec, "initContainers");
    check_endings(c, lists[2], status, was, spec, NULL);
    check_claim_statuses(c, member_at(status, "resourceClaimStatuses"), member_at(spec, "resourceClaims"));
    check_extended_claim(c, member_at(status, "extendedResourceClaimStatus"), spec);
    check_addresses(c, "podIPs", status, was);
    check_host_addresses(c, status, was);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) check_users(c, lists[i], status, windows);
    check_allocated(c, lists[0], status, member_at(spec, "containers"));
    check_allocated(c, lists[1], status, member_at(spec, "initContainers"));
    check_none_allocated(c, status);
    check_pop(c, mark);
}
