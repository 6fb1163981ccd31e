/* runtime_class.c - RuntimeClass: what a pod's class costs and where it can run goes into the pod.
 * Reads: RuntimeClasses in the watch cache.   Writes: the pod; r->resp.
 * Upstream: plugin/pkg/admission/runtimeclass/admission.go. */
#include "apiserver/admission/plugins.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/admission/default_class.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/member_index.h"
#include "apiserver/object/object.h"
#include "apiserver/rest/status.h"
#include "schema_ids.h"

/* Each toleration is compared with each: a pod has a handful, and a hostile one must not cost seconds. */
enum { TOLERATIONS_MAX = 1024 };

/* *class: in the arena, or NULL: the pod names none. False: rejected. */
static bool find_class(struct admission *a, const struct json **class)
{
    struct str name = obj_str(a->obj, ".spec.runtimeClassName");
    *class = NULL;
    if (str_is_null(name)) return true;
    if (!name.n) { /* upstream asks its own API for it */
        status_plain_error(a->r, 500, STR("resource name may not be empty"));
        return false;
    }
    struct item *it = cache_get(&res_node_k8s_io_v1_runtimeclasses, STR_NULL, name);
    const struct json *tree = class_tree(&a->r->arena, it);
    if (tree) *class = obj_copy(&a->r->arena, tree);
    item_unref(it);
    if (!tree) status_forbidden(a->r, "pod rejected: RuntimeClass \"%.*s\" not found", STR_ARG(name));
    return tree != NULL;
}

static bool other_overhead(struct admission *a)
{
    status_forbidden(a->r, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    return false;
}

static bool set_overhead(struct admission *a, const struct json *class)
{
    const struct json *fixed = obj_get(class, ".overhead.podFixed");
    if (!obj_has(class, ".overhead")) return true;
    if (obj_count(a->obj, ".spec.overhead") && !json_equal(fixed, obj_get(a->obj, ".spec.overhead")))
        return other_overhead(a);
    if (fixed) obj_put_copy(&a->r->arena, a->obj, ".spec.overhead", fixed);
    return true;
}

static bool set_node_selector(struct admission *a, const struct json *class)
{
    static const char path[] = ".spec.nodeSelector";
    struct arena *arena = &a->r->arena;
    struct json *all = json_obj(arena);
    const struct json *at = obj_first(a->obj, path), *has; /* both maps are sorted */
    for (OBJ_EACH(it, class, ".scheduling.nodeSelector")) {
        struct str key = obj_key(it);
        if (!(has = map_seek(&at, key))) {
            json_add(all, str_copy(arena, key), json_str(arena, str_copy(arena, obj_text(it))));
        } else if (!str_eq(obj_text(has), obj_text(it))) {
            status_forbidden(a->r,
                             "conflict: runtimeClass.scheduling.nodeSelector[%.*s] = %.*s; pod.spec.nodeSelector[%.*s] "
                             "= %.*s",
                             STR_ARG(key), STR_ARG(obj_text(it)), STR_ARG(key), STR_ARG(obj_text(has)));
            return false;
        }
    }
    if (!obj_count(all, "")) return true;
    for (OBJ_EACH(it, a->obj, path)) json_add(all, obj_key(it), json_copy(arena, it));
    json_sort_keys(all);
    obj_put(arena, a->obj, path, all);
    return true;
}

/* ---- Tolerations: those that another one covers are left out ---- */

static bool covers(const struct json *wide, const struct json *t)
{
    struct str key = obj_str(wide, ".key"), op = obj_str(wide, ".operator"), effect = obj_str(wide, ".effect");
    const struct json *s = obj_get(wide, ".tolerationSeconds"), *mine = obj_get(t, ".tolerationSeconds");
    if (json_equal(wide, t)) return true;
    if (!str_eq(key, obj_str(t, ".key")) && (key.n || !str_eqc(op, "Exists"))) return false;
    if (effect.n && !str_eq(effect, obj_str(t, ".effect"))) return false;
    if (str_eqc(effect, "NoExecute") && s && (!mine || obj_number(mine, 0) > obj_number(s, 0))) return false;
    if (str_eqc(op, "Exists")) return true;
    return (!op.n || str_eqc(op, "Equal")) && obj_is(t, ".operator", "Equal") &&
           str_eq(obj_str(wide, ".value"), obj_str(t, ".value"));
}

static bool is_needed(const struct json *merged, const struct json *t, const struct json *rest)
{
    for (OBJ_EACH(it, merged, ""))
        if (covers(it, t)) return false;
    for (; rest; rest = obj_next(rest))
        if (!json_equal(rest, t) && covers(rest, t)) return false;
    return true;
}

static bool add_tolerations(struct admission *a, const struct json *class)
{
    struct arena *arena = &a->r->arena;
    struct json *all = obj_list(arena), *merged = obj_list(arena);
    if (!obj_has(class, ".scheduling")) return true;
    for (OBJ_EACH(it, a->obj, ".spec.tolerations")) json_push(all, json_copy(arena, it));
    for (OBJ_EACH(it, class, ".scheduling.tolerations")) json_push(all, json_copy(arena, it));
    if (obj_count(all, "") > TOLERATIONS_MAX) {
        status_forbidden(a->r, "pod rejected: more than %d tolerations", TOLERATIONS_MAX);
        return false;
    }
    for (OBJ_EACH(it, all, ""))
        if (is_needed(merged, it, obj_next(it))) json_push(merged, json_copy(arena, it));
    if (obj_count(merged, "")) obj_put(arena, a->obj, ".spec.tolerations", merged);
    return true;
}

bool runtime_class_set(struct admission *a)
{
    const struct json *class;
    if (!find_class(a, &class)) return false;
    if (!class) return true;
    bool ok = set_overhead(a, class) && set_node_selector(a, class) && add_tolerations(a, class);
    if (ok) object_order(&type_core_v1_PodSpec, obj_edit(a->obj, ".spec"), &a->r->arena);
    return ok;
}

bool runtime_class_check(struct admission *a)
{
    const struct json *class;
    if (!find_class(a, &class)) return false;
    if (obj_has(class, ".overhead"))
        return json_equal(obj_get(class, ".overhead.podFixed"), obj_get(a->obj, ".spec.overhead")) || other_overhead(a);
    if (!api_sent(obj_get(a->obj, ".spec"), &type_core_v1_PodSpec, "overhead")) return true;
    status_forbidden(a->r, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
    return false;
}
