/* workload_admit.c - what the API server's admission does to a new pod, as far as a scheduler looks at it.
 * Reads: classes of the sandbox.   Writes: the template, claims.
 * Upstream: plugin/pkg/admission/{priority,defaulttolerationseconds,storage/storageclass/setdefault},
 * pkg/registry/core/pod/strategy.go. */
#include "scheduler/workload_priv.h"

#include "base/map.h"
#include "scheduler/listers.h"

#include <stdio.h>

/* ---- Priority ---- */

static const struct {
    const char *name;
    int64_t value;
} system_classes[] = {{"system-cluster-critical", 2000000000}, {"system-node-critical", 2000001000}};

struct class
{ /* a priority class */
    struct str name, policy;
    int64_t value;
};

static bool find_class(struct sandbox *s, struct str name, struct class *out)
{
    const struct object *o = name.n ? sandbox_priority_class(s, name) : sandbox_default_class(s);
    *out = (struct class){.policy = STR("PreemptLowerPriority")};
    if (o) {
        struct str policy = obj_str(o->root, ".preemptionPolicy");
        *out = (struct class){o->name, policy.n ? policy : out->policy, obj_int(o->root, ".value", 0)};
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(system_classes); i++)
        if (str_eqc(name, system_classes[i].name)) {
            out->name = name;
            out->value = system_classes[i].value;
            return true;
        }
    return !name.n;
}

__attribute__((format(printf, 3, 4))) static bool forbid(const struct maker *m, struct err *e, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX / 2];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_FORBIDDEN, "pods \"%.*s%s\" is forbidden: %s", STR_ARG(m->base), m->owner ? "-" : "", text);
}

static bool set_priority(struct arena *a, struct maker *m, struct sandbox *s, struct err *e)
{
    struct class class;
    struct str name = obj_str(m->tmpl, ".spec.priorityClassName"), policy = obj_str(m->tmpl, ".spec.preemptionPolicy");
    if (!find_class(s, name, &class)) return forbid(m, e, "no PriorityClass with name %.*s was found", STR_ARG(name));
    int64_t given = obj_int(m->tmpl, ".spec.priority", class.value);
    if (given != class.value)
        return forbid(m, e,
                      "the integer value of priority (%lld) must not be provided in pod spec; priority admission "
                      "controller computed %lld from the given PriorityClass name",
                      (long long)given, (long long)class.value);
    if (policy.n && !str_eq(policy, class.policy))
        return forbid(m, e,
                      "the string value of PreemptionPolicy (%.*s) must not be provided in pod spec; priority "
                      "admission controller computed %.*s from the given PriorityClass name",
                      STR_ARG(policy), STR_ARG(class.policy));
    if (class.name.n) obj_put_str(a, m->tmpl, ".spec.priorityClassName", class.name);
    obj_put_int(a, m->tmpl, ".spec.priority", class.value);
    obj_put_str(a, m->tmpl, ".spec.preemptionPolicy", class.policy);
    m->priority = (int)class.value;
    return true;
}

/* ---- Tolerations ---- */

static bool tolerates(const struct json *tmpl, const char *key)
{
    for (OBJ_EACH(t, tmpl, ".spec.tolerations")) {
        struct str k = obj_str(t, ".key"), effect = obj_str(t, ".effect");
        if ((!k.n || str_eqc(k, key)) && (!effect.n || str_eqc(effect, "NoExecute"))) return true;
    }
    return false;
}

static void set_tolerations(struct arena *a, struct json *tmpl)
{
    static const char *const keys[] = {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (tolerates(tmpl, keys[i])) continue;
        struct json *t = obj_append(a, tmpl, ".spec.tolerations");
        obj_put_cstr(a, t, ".key", keys[i]);
        obj_put_cstr(a, t, ".operator", "Exists");
        obj_put_cstr(a, t, ".effect", "NoExecute");
        obj_put_int(a, t, ".tolerationSeconds", 300);
    }
}

/* ---- matchLabelKeys of affinity; those of spreading are read with the pod (pod_info.c) ---- */

static void add_terms(struct arena *a, struct json *selector, const struct map *labels, const struct json *keys,
                      const char *op)
{
    for (OBJ_EACH(key, keys, "")) {
        const struct json *label = map_get(labels, obj_text(key));
        if (!label || obj_text(label).n > LABEL_VALUE_USED) continue;
        struct json *term = obj_append(a, selector, ".matchExpressions");
        obj_put_str(a, term, ".key", obj_text(key));
        obj_put_cstr(a, term, ".operator", op);
        obj_append_str(a, term, ".values", obj_text(label));
    }
}

static void set_label_keys(struct arena *a, struct json *tmpl)
{
    static const struct {
        const char *list, *term;
    } rows[] = {
        {".spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", ""},
        {".spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution", ""},
        {".spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution", ".podAffinityTerm"},
        {".spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution", ".podAffinityTerm"},
    };
    struct map labels = {0};
    for (OBJ_EACH(it, tmpl, ".metadata.labels")) map_set(&labels, obj_key(it), (void *)(uintptr_t)it);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) JSON_FOREACH(it, obj_edit(tmpl, rows[i].list))
        {
            struct json *term = obj_edit(it, rows[i].term), *selector = obj_edit(term, ".labelSelector");
            if (!selector) continue; /* it matches nothing, whatever its keys */
            add_terms(a, selector, &labels, obj_get(term, ".matchLabelKeys"), "In");
            add_terms(a, selector, &labels, obj_get(term, ".mismatchLabelKeys"), "NotIn");
        }
    map_release(&labels, NULL);
}

bool maker_admit(struct arena *a, struct maker *m, struct sandbox *s, struct err *e)
{
    if (!set_priority(a, m, s, e)) return false;
    set_tolerations(a, m->tmpl);
    set_label_keys(a, m->tmpl);
    return true;
}

/* ---- Claims ---- */

#define DEFAULT_CLASS "storageclass.kubernetes.io/is-default-class"

static bool is_default(const struct json *class)
{
    return str_eqc(obj_map_str(class, ".metadata.annotations", STR(DEFAULT_CLASS)), "true") ||
           str_eqc(obj_map_str(class, ".metadata.annotations", STR("storageclass.beta.kubernetes.io/is-default-class")),
                   "true");
}

void claim_admit(struct arena *a, struct json *claim, struct sandbox *s)
{
    struct objs all AUTO_OBJS = {0};
    const struct json *best = NULL;
    if (obj_has(claim, ".spec.storageClassName") ||
        !str_is_null(obj_map_str(claim, ".metadata.annotations", STR("volume.beta.kubernetes.io/storage-class"))))
        return;
    listers_all(cache_listers(sandbox_cache(s)), LIST_CLASS, STR_NULL, &all);
    for (size_t i = 0; i < all.count; i++) { /* of several the newest, then the first by name */
        const struct json *c = all.items[i]->root;
        if (is_default(c) && (!best || obj_time_s(c, ".metadata.creationTimestamp", 0) >
                                           obj_time_s(best, ".metadata.creationTimestamp", 0)))
            best = c;
    }
    if (best) obj_put_str(a, claim, ".spec.storageClassName", obj_name(best));
}
