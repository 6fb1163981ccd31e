/* ingress.c - DefaultIngressClass: an Ingress that names no class gets the default one.
 * Reads: IngressClasses in the watch cache.   Writes: the Ingress.
 * Upstream: plugin/pkg/admission/network/defaultingressclass. */
#include "apiserver/admission/plugins.h"

#include "api/object.h"
#include "apiserver/admission/default_class.h"
#include "base/thread.h"
#include "schema_ids.h"

/* Of several the newest counts, then the first by name. */
static bool is_better(const struct json *class, const struct json *best)
{
    struct str mark = STR("ingressclass.kubernetes.io/is-default-class");
    if (!str_eqc(obj_map_str(class, ".metadata.annotations", mark), "true")) return false;
    return !best ||
           obj_time_s(class, ".metadata.creationTimestamp", 0) > obj_time_s(best, ".metadata.creationTimestamp", 0);
}

static struct default_class default_ingress = {
    .res = &res_networking_k8s_io_v1_ingressclasses, .is_better = is_better, .lock = MUTEX_INIT};

bool default_ingress_class(struct admission *a)
{
    struct arena *arena = &a->r->arena;
    struct str old_way = obj_map_str(a->obj, ".metadata.annotations", STR("kubernetes.io/ingress.class"));
    if (obj_has(a->obj, ".spec.ingressClassName") || !str_is_null(old_way)) return true;
    struct str name = default_class_name(&default_ingress, arena);
    if (name.n) obj_put_str(arena, a->obj, ".spec.ingressClassName", name);
    return true;
}
