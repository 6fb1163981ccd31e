/* default_networking.c - computed defaults of NetworkPolicy and IngressClass (pkg/apis/networking/v1/defaults.go).
 * Reads and writes: one node of a normalised tree. */
#include "apiserver/object/hooks.h"

#include "schema_hooks.h"
#include "apiserver/object/object.h"
#include "schema_ids.h"

/* type NetworkPolicySpec default=fn:network_policy_spec: what a policy is about follows from its rules. */
void type_default_network_policy_spec(struct arena *a, struct json *spec)
{
    if (obj_count(spec, ".policyTypes")) return;
    obj_append_str(a, spec, ".policyTypes", STR("Ingress"));
    if (obj_count(spec, ".egress")) obj_append_str(a, spec, ".policyTypes", STR("Egress"));
    object_order(&type_networking_k8s_io_v1_NetworkPolicySpec, spec, a);
}
