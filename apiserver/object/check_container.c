/* check_container.c - the containers of a pod: what all kinds share, and what regular, init and ephemeral ones may not.
 * Reads: containers of a defaulted tree; r->volumes, r->claims.   Writes: struct check. */
#include "apiserver/object/check_pod.h"

#include "api/decode.h"
#include "schema_ids.h"

enum { RESTART_RULES_MAX = 20, EXIT_CODES_MAX = 255 };

void check_word(struct check *c, const char *member, const struct json *value, const char *const *words,
                const char *required)
{
    if (!json_string(value).n && required)
        check_required(c, member, required);
    else if (!check_is_among(json_string(value), words))
        check_not_supported(c, member, value, words);
}

/* ---- Ports ---- */

static void check_one_port(struct check *c, const struct json *port, struct name_set *names)
{
    static const char *const protocols[] = {"SCTP", "TCP", "UDP", NULL};
    struct str name = text_at(port, "name");
    const struct json *number = member_at(port, "containerPort"), *host = member_at(port, "hostPort");
    if (name.n && name_port(name))
        check_name_by(c, "name", name, name_port);
    else if (name.n && !name_set_add(names, name, NULL))
        check_duplicate(c, "name", member_at(port, "name"));
    if (!int_at(port, "containerPort", 0))
        check_required(c, "containerPort", "");
    else
        check_port(c, "containerPort", number, number->u.i);
    if (int_at(port, "hostPort", 0)) check_port(c, "hostPort", host, host->u.i);
    check_word(c, "protocol", member_at(port, "protocol"), protocols, "");
}

static void check_ports(struct check *c, const struct json *ports)
{
    struct name_set names AUTO_NAME_SET = {0};
    size_t outer = check_member(c, "ports"), i = 0;
    JSON_FOREACH(port, ports)
    {
        size_t mark = check_index(c, i++);
        check_one_port(c, port, &names);
        check_pop(c, mark);
    }
    check_pop(c, outer);
}

/* At the container: each of its host ports must be the first of its kind. */
static void check_host_ports(struct pod_rules *r, const struct json *container, struct name_set *seen)
{
    size_t i = 0;
    JSON_FOREACH(port, member_at(container, "ports"))
    {
        int64_t number = int_at(port, "hostPort", 0);
        size_t mark = check_member(r->c, "ports");
        check_index(r->c, i++);
        struct str key = number ? str_printf(r->c->arena, "%.*s/%.*s/%lld", STR_ARG(text_at(port, "protocol")),
                                             STR_ARG(text_at(port, "hostIP")), (long long)number)
                                : STR_NULL;
        if (number && !name_set_add(seen, key, NULL)) check_duplicate(r->c, "hostPort", json_str(r->c->arena, key));
        check_pop(r->c, mark);
    }
}

/* ---- What all kinds share ---- */

static void check_resize_policy(struct pod_rules *r, const struct json *container)
{
    static const char *const resources[] = {"cpu", "memory", NULL};
    static const char *const policies[] = {"NotRequired", "RestartContainer", NULL};
    const struct json *list = member_at(container, "resizePolicy");
    if (!list) return;
    struct name_set seen AUTO_NAME_SET = {0};
    bool never = str_eqc(text_at(r->spec, "restartPolicy"), "Never");
    size_t outer = check_member(r->c, "resizePolicy"), i = 0;
    JSON_FOREACH(p, list)
    {
        struct str resource = text_at(p, "resourceName"), policy = text_at(p, "restartPolicy");
        size_t mark = check_index(r->c, i++);
        if (!name_set_add(&seen, resource, NULL)) check_duplicate(r->c, NULL, json_str(r->c->arena, resource));
        check_pop(r->c, mark); /* what follows is said of the list */
        check_word(r->c, NULL, member_at(p, "resourceName"), resources, "");
        check_word(r->c, NULL, member_at(p, "restartPolicy"), policies, "");
        if (never && !str_eqc(policy, "NotRequired"))
            check_invalid(r->c, NULL, json_str(r->c->arena, policy),
                          "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
    }
    check_pop(r->c, outer);
}

static void check_common(struct pod_rules *r, const struct json *container)
{
    static const char *const messages[] = {"File", "FallbackToLogsOnError", NULL};
    static const char *const pulls[] = {"Always", "IfNotPresent", "Never", NULL};
    struct check *c = r->c;
    struct str name = text_at(container, "name");
    const struct json *ports = member_at(container, "ports"), *resources = member_at(container, "resources");
    if (name.n)
        check_name_by(c, "name", name, name_dns1123_label);
    else
        check_required(c, "name", "");
    if (!text_at(container, "image").n) check_required(c, "image", "");
    check_word(c, "terminationMessagePolicy", member_at(container, "terminationMessagePolicy"), messages, "");
    if (ports) check_ports(c, ports);
    check_env(r, container);
    check_mounts(r, container);
    check_word(c, "imagePullPolicy", member_at(container, "imagePullPolicy"), pulls, "");
    if (resources && resources->count) check_resources(r, "resources", resources, false);
    check_resize_policy(r, container);
    check_container_security(r, container);
}

static const char rules_need_policy[] = "must specify restartPolicy when restart rules are used";

static void check_restart_rule(struct check *c, const struct json *rule)
{
    static const char *const actions[] = {"Restart", "RestartAllContainers", NULL};
    static const char *const operators[] = {"In", "NotIn", NULL};
    const struct json *codes = member_at(rule, "exitCodes"), *action = member_at(rule, "action"), *op;
    if (!check_is_among(json_string(action), actions))
        check_not_supported(c, "action", action ? action : json_strc(c->arena, ""), actions);
    if (!codes) {
        check_required(c, "exitCodes", "must be specified");
        return;
    }
    op = member_at(codes, "operator");
    if (!check_is_among(json_string(op), operators))
        check_not_supported(c, "exitCodes.operator", op ? op : json_strc(c->arena, ""), operators);
    if (count_at(codes, "values") > EXIT_CODES_MAX)
        check_too_many(c, "exitCodes.values", count_at(codes, "values"), EXIT_CODES_MAX);
}

static void check_restart_policy(struct pod_rules *r, const struct json *container)
{
    static const char *const policies[] = {"Always", "Never", "OnFailure", NULL};
    const struct json *policy = member_at(container, "restartPolicy"),
                      *rules = member_at(container, "restartPolicyRules");
    size_t i = 0;
    if (policy && !check_is_among(json_string(policy), policies))
        check_not_supported(r->c, "restartPolicy", policy, policies);
    if (!rules || !rules->count) return;
    if (!policy) check_required(r->c, "restartPolicy", rules_need_policy);
    if (rules->count > RESTART_RULES_MAX) check_too_many(r->c, "restartPolicyRules", rules->count, RESTART_RULES_MAX);
    JSON_FOREACH(rule, rules)
    {
        size_t mark = check_member(r->c, "restartPolicyRules");
        check_index(r->c, i++);
        check_restart_rule(r->c, rule);
        check_pop(r->c, mark);
    }
}

/* ---- Regular containers ---- */

void check_containers(struct pod_rules *r)
{
    struct name_set names AUTO_NAME_SET = {0}, ports AUTO_NAME_SET = {0};
    const struct json *list = member_at(r->spec, "containers");
    size_t outer = check_member(r->c, "containers"), i = 0;
    if (!list || !list->count) check_required(r->c, NULL, "");
    JSON_FOREACH(container, list)
    {
        size_t mark = check_index(r->c, i++);
        check_common(r, container);
        if (!name_set_add(&names, text_at(container, "name"), NULL))
            check_duplicate(r->c, "name", json_str(r->c->arena, text_at(container, "name")));
        check_lifecycle(r, container);
        check_probes(r, container);
        check_restart_policy(r, container);
        check_pop(r->c, mark);
    }
    i = 0;
    JSON_FOREACH(container, list)
    {
        size_t mark = check_index(r->c, i++);
        check_host_ports(r, container, &ports);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}

/* ---- Init containers ---- */

/* Members that only those may have which run beside the pod. */
static void check_plain_init(struct pod_rules *r, const struct json *container)
{
    static const char *const others[] = {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (member_at(container, others[i]))
            check_forbidden(r->c, others[i], "may not be set for init containers without restartPolicy=Always");
}

static void check_init_resize(struct pod_rules *r, const struct json *container)
{
    size_t i = 0;
    JSON_FOREACH(p, member_at(container, "resizePolicy"))
    {
        size_t mark = check_member(r->c, "resizePolicy");
        check_index(r->c, i++);
        if (str_eqc(text_at(p, "restartPolicy"), "RestartContainer"))
            check_invalid(r->c, "restartPolicy", json_str(r->c->arena, text_at(p, "restartPolicy")),
                          "must not be set to 'RestartContainer' for non-sidecar initContainers");
        check_pop(r->c, mark);
    }
}

/* Upstream looks at each alone, as if it were the list's first. At the list. */
static void check_init_host_ports(struct pod_rules *r, const struct json *container)
{
    struct name_set ports AUTO_NAME_SET = {0};
    size_t mark = check_index(r->c, 0);
    check_host_ports(r, container, &ports);
    check_pop(r->c, mark);
}

static void check_init_container(struct pod_rules *r, const struct json *container, size_t i, struct name_set *names)
{
    struct str name = text_at(container, "name");
    bool sidecar = str_eqc(text_at(container, "restartPolicy"), "Always");
    size_t mark = check_index(r->c, i);
    check_common(r, container);
    if (member_at(container, "restartPolicy"))
        check_restart_policy(r, container);
    else if (count_at(container, "restartPolicyRules"))
        check_required(r->c, "restartPolicy", rules_need_policy);
    if (name_set_has(names, name))
        check_duplicate(r->c, "name", json_str(r->c->arena, name));
    else if (name.n)
        name_set_add(names, name, NULL);
    check_pop(r->c, mark);
    check_init_host_ports(r, container);
    check_index(r->c, i);
    if (sidecar) {
        check_lifecycle(r, container);
        check_probes(r, container);
    } else {
        check_plain_init(r, container);
        if (!r->leeway.init_restart) check_init_resize(r, container);
    }
    check_pop(r->c, mark);
}

static void add_names(struct name_set *names, const struct json *containers)
{
    JSON_FOREACH(container, containers) name_set_add(names, text_at(container, "name"), NULL);
}

void check_init_containers(struct pod_rules *r)
{
    const struct json *list = member_at(r->spec, "initContainers");
    if (!list) return;
    struct name_set names AUTO_NAME_SET = {0};
    size_t outer = check_member(r->c, "initContainers"), i = 0;
    add_names(&names, member_at(r->spec, "containers"));
    JSON_FOREACH(container, list) check_init_container(r, container, i++, &names);
    check_pop(r->c, outer);
}

/* ---- Ephemeral containers ---- */

static void check_allowed(struct pod_rules *r, const struct json *container)
{
    static const char why[] = "cannot be set for an Ephemeral Container";
    static const char *const others[] = {"ports",          "resources",          "resizePolicy",
                                         "restartPolicy",  "restartPolicyRules", "livenessProbe",
                                         "readinessProbe", "startupProbe",       "lifecycle"};
    const struct api_type *resources = &type_core_v1_ResourceRequirements;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        const struct json *v = member_at(container, others[i]);
        bool filled = v && (v->type == JSON_STR || v->count || i > 4 || api_has_empties(v, resources));
        if (filled || api_sent_empty(container, &type_core_v1_EphemeralContainer, others[i]))
            check_forbidden(r->c, others[i], why);
    }
    size_t i = 0;
    JSON_FOREACH(mount, member_at(container, "volumeMounts"))
    {
        size_t mark = check_member(r->c, "volumeMounts");
        check_index(r->c, i++);
        if (text_at(mount, "subPath").n) check_forbidden(r->c, "subPath", why);
        if (text_at(mount, "subPathExpr").n) check_forbidden(r->c, "subPathExpr", why);
        check_pop(r->c, mark);
    }
}

static void check_image_space(struct pod_rules *r, const struct json *container)
{
    struct str image = text_at(container, "image");
    if (image.n != check_trimmed(image).n)
        check_invalid_str(r->c, "image", image, "must not have leading or trailing whitespace");
}

void check_ephemeral_containers(struct pod_rules *r)
{
    const struct json *list = member_at(r->spec, "ephemeralContainers");
    if (!list) return;
    struct name_set others AUTO_NAME_SET = {0}, names AUTO_NAME_SET = {0};
    size_t outer = check_member(r->c, "ephemeralContainers"), i = 0;
    add_names(&others, member_at(r->spec, "containers"));
    add_names(&others, member_at(r->spec, "initContainers"));
    JSON_FOREACH(container, list)
    {
        struct str name = text_at(container, "name"), target = text_at(container, "targetContainerName");
        size_t mark = check_index(r->c, i++);
        check_common(r, container);
        check_image_space(r, container);
        if (name_set_has(&others, name) || !name_set_add(&names, name, NULL))
            check_duplicate(r->c, "name", json_str(r->c->arena, name));
        if (target.n && !name_set_has(&others, target))
            check_not_found(r->c, "targetContainerName", member_at(container, "targetContainerName"));
        check_allowed(r, container);
        check_pop(r->c, mark);
    }
    check_pop(r->c, outer);
}

/* ---- Only of pods ---- */

void check_image_spaces(struct pod_rules *r)
{
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        size_t outer = check_member(r->c, lists[k]), i = 0;
        JSON_FOREACH(container, member_at(r->spec, lists[k]))
        {
            size_t mark = check_index(r->c, i++);
            check_image_space(r, container);
            check_pop(r->c, mark);
        }
        check_pop(r->c, outer);
    }
}
