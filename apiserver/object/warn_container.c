/* warn_container.c - warnings of the containers of pods and templates: profiles that are only annotations, amounts,
 * variables and ports that are there twice.
 * Reads: the request's trees.   Writes: struct warnings.   Upstream: pkg/api/pod/warnings.go. */
#include "apiserver/object/check_pod.h"
#include "apiserver/object/pod_annotations.h"
#include "apiserver/object/warn.h"
#include "apiserver/registry/pod_fields.h"

typedef void visit_fn(struct warn_pod *p, const struct json *container, void *ctx);

/* Every container, at its place. */
static void each(struct warn_pod *p, visit_fn *visit, void *ctx)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
        size_t i = 0;
        JSON_FOREACH(it, member_at(p->spec, lists[k]))
        {
            size_t mark = check_into(&p->w->at, lists[k], i++);
            visit(p, it, ctx);
            check_pop(&p->w->at, mark);
        }
    }
}

/* ---- Profiles ---- */

/* The annotation `prefix` has of the container; *key: what it is called. */
static const struct json *annotation_of(struct warn_pod *p, const char *prefix, const struct json *container,
                                        struct str *key)
{
    if (!json_kids(p->annotations)) return NULL;
    *key = str_printf(p->w->to->arena, "%s%.*s", prefix, STR_ARG(text_at(container, "name")));
    return json_get(p->annotations, *key);
}

static bool has_profile(const struct json *container, const char *member)
{
    return member_at(member_at(container, "securityContext"), member) != NULL;
}

static const struct json *pod_apparmor(const struct warn_pod *p)
{
    return member_at(member_at(p->spec, "securityContext"), "appArmorProfile");
}

static void warn_profiles(struct warn_pod *p, const struct json *container)
{
    struct str key;
    const struct json *text;
    if (!has_profile(container, "seccompProfile") && annotation_of(p, POD_SECCOMP_CONTAINER, container, &key))
        warn_annotation(p, key, "non-functional in v1.27+; use the \"seccompProfile\" field instead");
    if (!p->is_template || has_profile(container, "appArmorProfile")) return;
    if (!(text = annotation_of(p, POD_APPARMOR, container, &key))) return;
    const struct json *of_pod = pod_apparmor(p), *profile = pod_apparmor_of(p->w->to->arena, json_string(text));
    if (!of_pod || !profile || !json_equal(of_pod, profile))
        warn_annotation(p, key, "deprecated since v1.30; use the \"appArmorProfile\" field instead");
}

static void warn_new_apparmor(struct warn_pod *p, const struct json *container, void *ctx)
{
    struct str key;
    const struct json *text = annotation_of(p, POD_APPARMOR, container, &key), *of_pod = pod_apparmor(p);
    (void)ctx;
    if (!text || has_profile(container, "appArmorProfile")) return;
    const struct json *profile = pod_apparmor_valid(p->w->to->arena, json_string(text));
    if (!profile || !of_pod || !json_equal(profile, of_pod))
        warn_annotation(p, key, "deprecated since v1.30; use the \"appArmorProfile\" field instead");
}

void warn_apparmor(struct warn_pod *p) { each(p, warn_new_apparmor, NULL); }

/* ---- Amounts and variables ---- */

static void warn_resources(struct warn *w, const struct json *resources)
{
    static const char *const names[] = {"memory", "ephemeral-storage"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        warn_fraction(w, "resources.limits", member_at(resources, "limits"), names[i]);
        warn_fraction(w, "resources.requests", member_at(resources, "requests"), names[i]);
    }
}

/* Does a variable that was defined before live on in this value, as "$(NAME)" with more around it? */
static bool extends(struct warn *w, const struct json *env, struct str name)
{
    struct str value = text_at(env, "value"), ref = str_printf(w->to->arena, "$(%.*s)", STR_ARG(name));
    return !member_at(env, "valueFrom") && value.n > ref.n && memmem(value.p, value.n, ref.p, ref.n);
}

static void warn_env(struct warn *w, const struct json *env)
{
    struct name_set seen AUTO_NAME_SET = {0};
    size_t i = 0;
    JSON_FOREACH(it, env)
    {
        struct str name = text_at(it, "name");
        size_t mark = check_into(&w->at, "env", i++);
        if (!name_set_add(&seen, name, NULL) && !extends(w, it, name))
            warn_at(w, NULL, "hides previous definition of %s, which may be dropped when using apply",
                    warn_quoted(w, name));
        check_pop(&w->at, mark);
    }
}

static void warn_container(struct warn_pod *p, const struct json *container, void *ctx)
{
    (void)ctx;
    warn_profiles(p, container);
    warn_resources(p->w, member_at(container, "resources"));
    warn_env(p->w, member_at(container, "env"));
}

/* ---- Ports ---- */

struct port {
    const struct json *port;
    struct str container; /* its place */
    size_t index;
    struct port *next, *last; /* others of this number and protocol; last: in the first of them */
};

struct ports {
    struct name_set all; /* "80/TCP", or a name -> the first */
    struct str container;
};

static struct port *port_new(struct warn *w, const struct ports *ports, const struct json *node, size_t index)
{
    struct port *port = ARENA_NEW(w->to->arena, struct port);
    *port = (struct port){.port = node, .container = ports->container, .index = index, .last = port};
    return port;
}

static const char *clash(const struct json *a, const struct json *b)
{
    struct str ip = text_at(a, "hostIP"), other = text_at(b, "hostIP");
    int64_t host = int_at(a, "hostPort", 0), other_host = int_at(b, "hostPort", 0);
    if (str_eq(ip, other) && host == other_host) return "duplicate";
    if (!host || !other_host) return "overlapping";
    return host == other_host && !ip.n != !other.n ? "dangerously ambiguous" : NULL;
}

static void warn_clashes(struct warn *w, const struct json *port, const struct port *first)
{
    for (const struct port *other = first; other && warn_may_compare(w, 1); other = other->next) {
        const char *how = clash(port, other->port);
        if (how)
            warn_at(w, NULL, "%s port definition with %.*s.ports[%zu]", how, STR_ARG(other->container), other->index);
    }
}

static void warn_port(struct warn *w, struct ports *ports, const struct json *port, size_t index)
{
    struct str protocol = text_at(port, "protocol"), ip = text_at(port, "hostIP"), name = text_at(port, "name");
    long long host = int_at(port, "hostPort", 0), number = int_at(port, "containerPort", 0);
    if (ip.n && !host)
        warn_at(w, NULL,
                "hostIP set without hostPort: {Name:%.*s HostPort:0 ContainerPort:%lld Protocol:%.*s HostIP:%.*s}",
                STR_ARG(name), number, STR_ARG(protocol), STR_ARG(ip));
    struct str key = str_printf(w->to->arena, "%lld/%.*s", number, STR_ARG(protocol));
    struct port *first = (struct port *)(uintptr_t)name_set_get(&ports->all, key),
                *one = port_new(w, ports, port, index);
    warn_clashes(w, port, first);
    if (first)
        first->last = first->last->next = one;
    else
        name_set_add(&ports->all, key, one);
}

static void warn_ports(struct warn_pod *p, const struct json *container, void *ctx)
{
    struct ports *ports = ctx;
    size_t i = 0;
    ports->container = str_copy(p->w->to->arena, str_of(p->w->at.path));
    JSON_FOREACH(it, member_at(container, "ports"))
    {
        size_t mark = check_into(&p->w->at, "ports", i);
        warn_port(p->w, ports, it, i++);
        check_pop(&p->w->at, mark);
    }
}

static void warn_port_names(struct warn_pod *p, const struct json *container, void *ctx)
{
    struct ports *ports = ctx;
    struct warn *w = p->w;
    size_t i = 0;
    ports->container = str_copy(w->to->arena, str_of(w->at.path));
    JSON_FOREACH(it, member_at(container, "ports"))
    {
        struct str name = text_at(it, "name");
        size_t mark = check_into(&w->at, "ports", i);
        const struct port *first = name_set_get(&ports->all, name);
        if (first) {
            const char *place = arena_printf(w->to->arena, "%.*s.ports[%zu]", STR_ARG(first->container), first->index);
            warn_at(w, NULL,
                    "duplicate port name \"%.*s\" with %s, services and probes that select ports by name will use %s",
                    STR_ARG(name), place, place);
        } else if (name.n) {
            name_set_add(&ports->all, name, port_new(w, ports, it, i));
        }
        i++;
        check_pop(&w->at, mark);
    }
}

static void each_port(struct warn_pod *p, visit_fn *visit)
{
    struct ports ports = {0};
    name_set_init(&ports.all);
    each(p, visit, &ports);
    name_set_release(&ports.all);
}

void warn_containers(struct warn_pod *p)
{
    each(p, warn_container, NULL);
    each_port(p, warn_ports);
    each_port(p, warn_port_names);
}
