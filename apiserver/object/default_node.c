/* default_node.c - computed defaults of Nodes (pkg/apis/core/v1/conversion.go, Convert_v1_NodeSpec_To_core_NodeSpec).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"

#include "apiserver/object/object.h"
#include "schema_ids.h"

/* type NodeSpec default=fn:node_spec: podCIDR is the first of podCIDRs; where they differ, it is the only one. */
void type_default_node_spec(struct arena *a, struct json *spec)
{
    struct str one = obj_str(spec, ".podCIDR"), first = obj_str(spec, ".podCIDRs[0]");
    if (str_eq(one, first)) return;
    if (!one.n) {
        obj_put_str(a, spec, ".podCIDR", first);
    } else {
        obj_put(a, spec, ".podCIDRs", obj_list(a));
        obj_append_str(a, spec, ".podCIDRs", one);
    }
    object_order(&type_core_v1_NodeSpec, spec, a);
}
