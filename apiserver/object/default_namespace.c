/* default_namespace.c - computed defaults of Namespaces (pkg/apis/core/v1/defaults.go, SetDefaults_Namespace).
 * Reads and writes: a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

/* type Namespace default=fn:namespace: its name is a label, for selectors. */
void type_default_namespace(struct arena *a, struct json *ns)
{
    if (!obj_name(ns).n) return;
    obj_map_put_str(a, ns, ".metadata.labels", STR("kubernetes.io/metadata.name"), obj_name(ns));
    json_sort_keys(obj_edit(ns, ".metadata.labels"));
}
