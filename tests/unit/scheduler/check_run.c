/* check_run.c - see check_run.h. Reads: objects.   Writes: worlds. */
#include "check_run.h"

#include "api/quantity.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- Worlds ---- */

static bool is_named(const struct object *o, struct str ns, struct str name)
{
    return str_eq(o->name, name) && str_eq(o->ns, ns);
}

const struct object *world_find(const struct objs *list, struct str ns, struct str name)
{
    for (size_t i = 0; i < list->count; i++)
        if (is_named(list->items[i], ns, name)) return list->items[i];
    return NULL;
}

const struct world_pod *world_pod(const struct world *w, struct str uid)
{
    for (int i = 0; i < w->npods; i++)
        if (str_eq(w->pods[i].object->uid, uid)) return &w->pods[i];
    return NULL;
}

static struct objs *list_of(struct world *w, const struct object *o)
{
    if (str_eqc(o->kind, "Node")) return &w->nodes;
    if (str_eqc(o->kind, "Namespace")) return &w->namespaces;
    return str_eqc(o->kind, "PersistentVolume") ? &w->volumes : &w->claims;
}

static void drop_from(struct objs *list, const struct object *o)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_named(list->items[i], o->ns, o->name))
            object_unref(list->items[i]);
        else
            list->items[n++] = list->items[i];
    }
    list->count = n;
}

static void drop_pod(struct world *w, struct str uid)
{
    for (int i = 0; i < w->npods; i++) {
        if (!str_eq(w->pods[i].object->uid, uid)) continue;
        object_unref(w->pods[i].object);
        w->pods[i--] = w->pods[--w->npods];
    }
}

void world_drop(struct world *w, const struct object *o)
{
    if (str_eqc(o->kind, "Pod"))
        drop_pod(w, o->uid);
    else
        drop_from(list_of(w, o), o);
}

void world_put(struct world *w, const struct object *o, const char *node)
{
    object_ref(o); /* it may be the one that is dropped */
    world_drop(w, o);
    if (str_eqc(o->kind, "Pod")) {
        if (w->npods == w->cpods) {
            w->cpods = w->cpods ? 2 * w->cpods : 16;
            w->pods = xreallocarray(w->pods, (size_t)w->cpods, sizeof *w->pods);
        }
        struct world_pod *p = &w->pods[w->npods++];
        p->object = object_ref(o);
        snprintf(p->node, sizeof p->node, "%s", node);
    } else {
        objs_add(list_of(w, o), o);
    }
    object_unref(o);
}

void world_copy(struct world *to, const struct world *from)
{
    const struct objs *lists[] = {&from->nodes, &from->namespaces, &from->claims, &from->volumes};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; i < lists[k]->count; i++) world_put(to, lists[k]->items[i], "");
    for (int i = 0; i < from->npods; i++) world_put(to, from->pods[i].object, from->pods[i].node);
}

void world_release(struct world *w)
{
    while (w->npods) drop_pod(w, w->pods[0].object->uid);
    free(w->pods);
    objs_release(&w->nodes);
    objs_release(&w->namespaces);
    objs_release(&w->claims);
    objs_release(&w->volumes);
    *w = (struct world){0};
}

/* The node a pod is on; NULL: there is none of that name. */
static const struct json *node_of(const struct world *w, const struct world_pod *p)
{
    const struct object *n = world_find(&w->nodes, STR(""), str_of(p->node));
    return n ? n->root : NULL;
}

static bool is_on(const struct world_pod *p, const struct json *node) { return str_eqc(obj_name(node), p->node); }

/* ---- Selectors ---- */

static struct str label(const struct json *of, struct str key) { return obj_map_str(of, ".metadata.labels", key); }

static bool list_has(const struct json *list, const char *path, struct str text)
{
    for (OBJ_EACH(it, list, path))
        if (str_eq(obj_text(it), text)) return true;
    return false;
}

static bool read_number(struct str s, long long *out)
{
    char text[32], *end;
    if (str_is_null(s) || !s.n || s.n >= sizeof text) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = strtoll(text, &end, 10);
    return *end == '\0';
}

/* One requirement {key, operator, values} on the value that is there (STR_NULL: none is). */
static bool holds(const struct json *r, struct str value)
{
    bool has = !str_is_null(value);
    long long is, bound;
    if (obj_is(r, ".operator", "In")) return has && list_has(r, ".values", value);
    if (obj_is(r, ".operator", "NotIn")) return !has || !list_has(r, ".values", value);
    if (obj_is(r, ".operator", "Exists")) return has;
    if (obj_is(r, ".operator", "DoesNotExist")) return !has;
    if (!read_number(value, &is) || !read_number(obj_text(obj_get(r, ".values[0]")), &bound)) return false;
    return obj_is(r, ".operator", "Gt") ? is > bound : is < bound;
}

static bool has_labels(const struct json *wanted, const char *path, const struct json *of)
{
    for (OBJ_EACH(it, wanted, path)) {
        struct str value = label(of, obj_key(it));
        if (str_is_null(value) || !str_eq(value, obj_text(it))) return false;
    }
    return true;
}

/* A LabelSelector; one that is not there matches nothing. */
static bool selects(const struct json *selector, const struct json *of)
{
    if (!selector || !has_labels(selector, ".matchLabels", of)) return false;
    for (OBJ_EACH(r, selector, ".matchExpressions"))
        if (!holds(r, label(of, obj_str(r, ".key")))) return false;
    return true;
}

static bool term_fits(const struct json *term, const struct json *node)
{
    if (!obj_count(term, ".matchExpressions") && !obj_count(term, ".matchFields")) return false;
    for (OBJ_EACH(r, term, ".matchExpressions"))
        if (!holds(r, label(node, obj_str(r, ".key")))) return false;
    for (OBJ_EACH(r, term, ".matchFields"))
        if (!holds(r, obj_name(node))) return false;
    return true;
}

static bool any_term_fits(const struct json *terms, const struct json *node)
{
    for (OBJ_EACH(t, terms, ""))
        if (term_fits(t, node)) return true;
    return false;
}

/* ---- The node itself ---- */

static bool likes(const struct json *pod, const struct json *node)
{
    const struct json *required =
        obj_get(pod, ".spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    for (OBJ_EACH(it, pod, ".spec.nodeSelector")) {
        struct str value = label(node, obj_key(it));
        if (str_is_null(value) || !str_eq(value, obj_text(it))) return false;
    }
    return !required || any_term_fits(required, node);
}

static bool tolerates(const struct json *pod, struct str key, struct str value, struct str effect)
{
    for (OBJ_EACH(t, pod, ".spec.tolerations")) {
        struct str its_key = obj_str(t, ".key"), its_effect = obj_str(t, ".effect");
        bool exists = obj_is(t, ".operator", "Exists");
        if (its_effect.n && !str_eq(its_effect, effect)) continue;
        if (its_key.n && !str_eq(its_key, key)) continue;
        if (exists || (its_key.n && str_eq(obj_str(t, ".value"), value))) return true;
    }
    return false;
}

static bool tolerates_all(const struct json *pod, const struct json *node)
{
    for (OBJ_EACH(t, node, ".spec.taints")) {
        struct str effect = obj_str(t, ".effect");
        if (str_eqc(effect, "PreferNoSchedule")) continue;
        if (!tolerates(pod, obj_str(t, ".key"), obj_str(t, ".value"), effect)) return false;
    }
    return true;
}

static bool is_closed(const struct json *pod, const struct json *node)
{
    return obj_bool(node, ".spec.unschedulable", false) &&
           !tolerates(pod, STR("node.kubernetes.io/unschedulable"), STR(""), STR("NoSchedule"));
}

/* ---- Amounts ---- */

static const char *const resources[] = {"cpu", "memory", "ephemeral-storage", "example.com/gpu", "hugepages-2Mi"};

static int64_t amount(const struct json *list, const char *path, const char *resource)
{
    struct qty q;
    struct err e = ERR_INIT;
    struct str text = obj_map_str(list, path, str_of(resource));
    return text.n && qty_parse(text, &q, &e) ? qty_milli(&q) : 0;
}

static int64_t asked(const struct json *container, const char *resource)
{
    return amount(container, ".resources.requests", resource);
}

static bool is_sidecar(const struct json *init) { return obj_is(init, ".restartPolicy", "Always"); }

/* What is needed at the worst time: in one of the init steps, or when all that stays is there. */
static int64_t request(const struct json *pod, const char *resource)
{
    int64_t sidecars = 0, worst = 0, all = 0;
    for (OBJ_EACH(init, pod, ".spec.initContainers")) {
        int64_t n = asked(init, resource);
        worst = MAX(worst, sidecars + n);
        if (is_sidecar(init)) sidecars += n;
    }
    for (OBJ_EACH(c, pod, ".spec.containers")) all += asked(c, resource);
    return MAX(worst, all + sidecars) + amount(pod, ".spec.overhead", resource);
}

static bool has_room(const struct world *w, const struct json *pod, const struct json *node)
{
    int pods = 1;
    for (int i = 0; i < w->npods; i++) pods += is_on(&w->pods[i], node);
    if (pods * 1000 > amount(node, ".status.allocatable", "pods")) return false;
    for (size_t r = 0; r < ARRAY_LEN(resources); r++) {
        int64_t need = request(pod, resources[r]), used = 0;
        if (!need) continue; /* who asks for nothing takes nothing, however little there is */
        for (int i = 0; i < w->npods; i++)
            if (is_on(&w->pods[i], node)) used += request(w->pods[i].object->root, resources[r]);
        if (used + need > amount(node, ".status.allocatable", resources[r])) return false;
    }
    return true;
}

/* ---- Ports ---- */

static bool is_any_address(struct str ip) { return !ip.n || str_eqc(ip, "0.0.0.0"); }

static bool same_port(const struct json *a, const struct json *b)
{
    struct str x = obj_str(a, ".protocol"), y = obj_str(b, ".protocol"), ip_x = obj_str(a, ".hostIP"),
               ip_y = obj_str(b, ".hostIP");
    if (!obj_int(a, ".hostPort", 0) || obj_int(a, ".hostPort", 0) != obj_int(b, ".hostPort", 0)) return false;
    if (!str_eq(x.n ? x : STR("TCP"), y.n ? y : STR("TCP"))) return false;
    return is_any_address(ip_x) || is_any_address(ip_y) || str_eq(ip_x, ip_y);
}

/* Does a container hold one of the ports of this one? */
static bool ports_meet(const struct json *container, const struct json *pod, const char *path, bool sidecars)
{
    for (OBJ_EACH(other, pod, path)) {
        if (sidecars && !is_sidecar(other)) continue;
        for (OBJ_EACH(a, container, ".ports"))
            for (OBJ_EACH(b, other, ".ports"))
                if (same_port(a, b)) return true;
    }
    return false;
}

static bool pods_share_port(const struct json *pod, const struct json *other)
{
    for (OBJ_EACH(c, pod, ".spec.containers"))
        if (ports_meet(c, other, ".spec.containers", false) || ports_meet(c, other, ".spec.initContainers", true))
            return true;
    for (OBJ_EACH(c, pod, ".spec.initContainers"))
        if (is_sidecar(c) &&
            (ports_meet(c, other, ".spec.containers", false) || ports_meet(c, other, ".spec.initContainers", true)))
            return true;
    return false;
}

static bool ports_are_free(const struct world *w, const struct json *pod, const struct json *node)
{
    for (int i = 0; i < w->npods; i++)
        if (is_on(&w->pods[i], node) && pods_share_port(pod, w->pods[i].object->root)) return false;
    return true;
}

/* ---- Volumes ---- */

static bool claims_it(const struct json *pod, struct str claim)
{
    for (OBJ_EACH(v, pod, ".spec.volumes"))
        if (str_eq(obj_str(v, ".persistentVolumeClaim.claimName"), claim)) return true;
    return false;
}

/* A claim of one pod at a time, which a pod on any node has. */
static bool is_taken(const struct world *w, const struct json *pod, const struct json *claim)
{
    if (!list_has(claim, ".spec.accessModes", STR("ReadWriteOncePod"))) return false;
    for (int i = 0; i < w->npods; i++) {
        const struct object *other = w->pods[i].object;
        if (node_of(w, &w->pods[i]) && str_eq(other->ns, obj_ns(pod)) && claims_it(other->root, obj_name(claim)))
            return true;
    }
    return false;
}

/* A volume of a zone or region, for nodes that are in some. */
static bool is_in_reach(const struct json *volume, const struct json *node)
{
    static const char *const keys[] = {"topology.kubernetes.io/zone", "topology.kubernetes.io/region"};
    bool node_says = false, fits = true;
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        struct str there = label(node, str_of(keys[k])), wanted = label(volume, str_of(keys[k]));
        node_says = node_says || !str_is_null(there);
        if (!str_is_null(wanted)) fits = fits && !str_is_null(there) && str_eq(there, wanted);
    }
    return fits || !node_says;
}

static const char *volumes_refuse(const struct world *w, const struct json *pod, const struct json *node)
{
    for (OBJ_EACH(v, pod, ".spec.volumes")) {
        struct str name = obj_str(v, ".persistentVolumeClaim.claimName");
        const struct object *claim = world_find(&w->claims, obj_ns(pod), name);
        if (!claim) return "claim missing";
        if (obj_is_deleting(claim->root)) return "claim deleting";
        if (is_taken(w, pod, claim->root)) return "claim in use";
        const struct object *volume = world_find(&w->volumes, STR(""), obj_str(claim->root, ".spec.volumeName"));
        if (!volume) return "volume missing";
        const struct json *terms = obj_get(volume->root, ".spec.nodeAffinity.required.nodeSelectorTerms");
        if (terms && !any_term_fits(terms, node)) return "volume affinity";
        if (!is_in_reach(volume->root, node)) return "volume zone";
    }
    return NULL;
}

/* ---- Spreading ---- */

static bool is_hard(const struct json *constraint) { return obj_is(constraint, ".whenUnsatisfiable", "DoNotSchedule"); }

static bool spread_selects(const struct json *c, const struct json *pod, const struct json *other)
{
    if (!selects(obj_get(c, ".labelSelector"), other)) return false;
    for (OBJ_EACH(key, c, ".matchLabelKeys")) {
        struct str own = label(pod, obj_text(key)), its = label(other, obj_text(key));
        if (!str_is_null(own) && (str_is_null(its) || !str_eq(own, its))) return false;
    }
    return true;
}

/* Is the node one of those over which a constraint of the pod spreads? */
static bool counts(const struct json *pod, const struct json *c, const struct json *node)
{
    for (OBJ_EACH(any, pod, ".spec.topologySpreadConstraints"))
        if (is_hard(any) && str_is_null(label(node, obj_str(any, ".topologyKey")))) return false;
    if (!obj_is(c, ".nodeAffinityPolicy", "Ignore") && !likes(pod, node)) return false;
    return !obj_is(c, ".nodeTaintsPolicy", "Honor") || tolerates_all(pod, node);
}

/* Pods of the constraint in a domain. */
static int pods_in(const struct world *w, const struct json *pod, const struct json *c, struct str domain)
{
    int n = 0;
    for (int i = 0; i < w->npods; i++) {
        const struct object *other = w->pods[i].object;
        const struct json *at = node_of(w, &w->pods[i]);
        if (!at || !str_eq(other->ns, obj_ns(pod)) || obj_is_deleting(other->root)) continue;
        struct str its = label(at, obj_str(c, ".topologyKey"));
        if (str_is_null(its) || !str_eq(its, domain) || !counts(pod, c, at)) continue;
        n += spread_selects(c, pod, other->root);
    }
    return n;
}

static bool spreads(const struct world *w, const struct json *pod, const struct json *c, const struct json *node)
{
    struct str key = obj_str(c, ".topologyKey"), here = label(node, key);
    int least = INT32_MAX, domains = 0;
    if (str_is_null(here)) return false;
    for (size_t i = 0; i < w->nodes.count; i++) {
        const struct json *n = w->nodes.items[i]->root;
        bool again = false;
        if (!counts(pod, c, n)) continue;
        for (size_t k = 0; k < i && !again; k++)
            again =
                counts(pod, c, w->nodes.items[k]->root) && str_eq(label(w->nodes.items[k]->root, key), label(n, key));
        if (again) continue;
        domains++;
        least = MIN(least, pods_in(w, pod, c, label(n, key)));
    }
    if (domains < obj_int(c, ".minDomains", 1)) least = 0;
    return pods_in(w, pod, c, here) + spread_selects(c, pod, pod) - least <= obj_int(c, ".maxSkew", 1);
}

static bool all_spread(const struct world *w, const struct json *pod, const struct json *node)
{
    for (OBJ_EACH(c, pod, ".spec.topologySpreadConstraints"))
        if (is_hard(c) && !spreads(w, pod, c, node)) return false;
    return true;
}

/* ---- Pods that want, or do not want, each other ---- */

#define AFFINITY ".spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution"
#define ANTI     ".spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution"

/* Does a term of `owner` mean the other pod? */
static bool means(const struct world *w, const struct json *term, const struct json *owner, const struct json *other)
{
    const struct json *by_labels = obj_get(term, ".namespaceSelector");
    const struct object *ns = world_find(&w->namespaces, STR(""), obj_ns(other));
    bool mine = !by_labels && !obj_count(term, ".namespaces") && str_eq(obj_ns(owner), obj_ns(other));
    if (!mine && !list_has(term, ".namespaces", obj_ns(other)) && !(ns && selects(by_labels, ns->root))) return false;
    return selects(obj_get(term, ".labelSelector"), other);
}

static bool means_all(const struct world *w, const struct json *owner, const struct json *other)
{
    for (OBJ_EACH(t, owner, AFFINITY))
        if (!means(w, t, owner, other)) return false;
    return true;
}

/* Is the node in the same domain as the other one? */
static bool are_together(const struct json *term, const struct json *node, const struct json *other)
{
    struct str key = obj_str(term, ".topologyKey"), a = label(node, key), b = label(other, key);
    return !str_is_null(a) && !str_is_null(b) && str_eq(a, b);
}

static bool has_company(const struct world *w, const struct json *pod, const struct json *term, const struct json *node)
{
    for (int i = 0; i < w->npods; i++) {
        const struct json *at = node_of(w, &w->pods[i]);
        if (at && are_together(term, node, at) && means_all(w, pod, w->pods[i].object->root)) return true;
    }
    return false;
}

/* Is there any pod that it could go to, in any domain of any term? */
static bool company_exists(const struct world *w, const struct json *pod)
{
    for (int i = 0; i < w->npods; i++) {
        const struct json *at = node_of(w, &w->pods[i]);
        if (!at || !means_all(w, pod, w->pods[i].object->root)) continue;
        for (OBJ_EACH(t, pod, AFFINITY))
            if (!str_is_null(label(at, obj_str(t, ".topologyKey")))) return true;
    }
    return false;
}

static bool affinity_holds(const struct world *w, const struct json *pod, const struct json *node)
{
    bool all = true;
    for (OBJ_EACH(t, pod, AFFINITY)) {
        if (str_is_null(label(node, obj_str(t, ".topologyKey")))) return false;
        all = all && has_company(w, pod, t, node);
    }
    return all || (!company_exists(w, pod) && means_all(w, pod, pod)); /* or it is the first of its kind */
}

static bool is_kept_off(const struct world *w, const struct json *pod, const struct json *node)
{
    for (int i = 0; i < w->npods; i++) {
        const struct json *other = w->pods[i].object->root, *at = node_of(w, &w->pods[i]);
        if (!at) continue;
        for (OBJ_EACH(t, pod, ANTI))
            if (are_together(t, node, at) && means(w, t, pod, other)) return true;
        for (OBJ_EACH(t, other, ANTI))
            if (are_together(t, node, at) && means(w, t, other, pod)) return true;
    }
    return false;
}

/* ---- All of them ---- */

const char *world_refusal(const struct world *w, const struct json *pod, const struct json *node)
{
    if (is_closed(pod, node)) return "unschedulable";
    if (!tolerates_all(pod, node)) return "taints";
    if (!likes(pod, node)) return "node affinity";
    if (!ports_are_free(w, pod, node)) return "ports";
    if (!has_room(w, pod, node)) return "room";
    if (!all_spread(w, pod, node)) return "spreading";
    if (!affinity_holds(w, pod, node)) return "pod affinity";
    if (is_kept_off(w, pod, node)) return "pod anti-affinity";
    return volumes_refuse(w, pod, node);
}
