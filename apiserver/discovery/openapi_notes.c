/* openapi_notes.c - what OpenAPI documents say of types beyond the rows of the schema: values that a field may have
 * where upstream publishes others than the schema's rows check, and which members exclude each other.
 * Reads: the tables here, api_types.   Writes: nothing.
 * Upstream: the markers +enum and +union on its types; kube-openapi pkg/generators. */
#include "apiserver/discovery/openapi_notes.h"

#include "schema_ids.h"

#include <string.h>

#define V(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const access_modes[] = {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", NULL};
static const char *const scopes[] = {"BestEffort",
                                     "CrossNamespacePodAffinity",
                                     "NotBestEffort",
                                     "NotTerminating",
                                     "PriorityClass",
                                     "Terminating",
                                     "VolumeAttributesClass",
                                     NULL};
static const char *const effects[] = {"NoExecute", "NoSchedule", "PreferNoSchedule", NULL};

/* In place of what the field's row has; NULL: nothing is published. */
static const struct {
    const struct api_type *type;
    const char *field;
    const char *const *values;
} published[] = {
    {&type_apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy, "whenDeleted", NULL},
    {&type_apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy, "whenScaled", NULL},
    {&type_autoscaling_v2_HPAScalingPolicy, "type", NULL},
    {&type_autoscaling_v2_HPAScalingRules, "selectPolicy", NULL},
    {&type_core_v1_Container, "restartPolicy", NULL},
    {&type_core_v1_ContainerResizePolicy, "restartPolicy", NULL},
    {&type_core_v1_ContainerRestartRule, "action", NULL},
    {&type_core_v1_ContainerRestartRuleOnExitCodes, "operator", NULL},
    {&type_core_v1_EphemeralContainer, "restartPolicy", NULL},
    {&type_core_v1_ModifyVolumeStatus, "status", V("InProgress", "Infeasible", "Pending")},
    {&type_core_v1_NamespaceStatus, "phase", V("Active", "Terminating")},
    {&type_core_v1_NodeSelectorRequirement, "operator", V("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")},
    {&type_core_v1_NodeStatus, "phase", V("Pending", "Running", "Terminated")},
    {&type_core_v1_PersistentVolumeClaimSpec, "accessModes", access_modes},
    {&type_core_v1_PersistentVolumeClaimStatus, "accessModes", access_modes},
    {&type_core_v1_PersistentVolumeClaimStatus, "allocatedResourceStatuses",
     V("ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible",
       "NodeResizePending")},
    {&type_core_v1_PersistentVolumeClaimStatus, "phase", V("Bound", "Lost", "Pending")},
    {&type_core_v1_PersistentVolumeSpec, "accessModes", access_modes},
    {&type_core_v1_PersistentVolumeStatus, "phase", V("Available", "Bound", "Failed", "Pending", "Released")},
    {&type_core_v1_PodOS, "name", NULL},
    {&type_core_v1_PodSecurityContext, "seLinuxChangePolicy", NULL},
    {&type_core_v1_PodStatus, "phase", V("Failed", "Pending", "Running", "Succeeded", "Unknown")},
    {&type_core_v1_PodStatus, "qosClass", V("BestEffort", "Burstable", "Guaranteed")},
    {&type_core_v1_ResourceQuotaSpec, "scopes", scopes},
    {&type_core_v1_ScopedResourceSelectorRequirement, "scopeName", scopes},
    {&type_core_v1_ServiceSpec, "ipFamilies", V("", "IPv4", "IPv6")},
    {&type_core_v1_Taint, "effect", effects},
    {&type_core_v1_Toleration, "effect", effects},
    {&type_core_v1_Toleration, "operator", V("Equal", "Exists", "Gt", "Lt")},
    {&type_core_v1_VolumeMount, "recursiveReadOnly", NULL},
    {&type_storage_k8s_io_v1_CSIDriverSpec, "fsGroupPolicy", NULL},
    {&type_storage_k8s_io_v1_CSIDriverSpec, "volumeLifecycleModes", NULL},
    {&type_storage_k8s_io_v1_StorageClass, "reclaimPolicy", V("Delete", "Recycle", "Retain")},
};

static const char *const *values_of(const struct api_type *owner, const struct api_field *f)
{
    for (size_t i = 0; i < ARRAY_LEN(published); i++)
        if (published[i].type == owner && str_eqc(f->name, published[i].field)) return published[i].values;
    if (owner == &type_core_v1_ContainerStatus && str_eqc(f->name, "stopSignal"))
        return api_field_of(&type_core_v1_Lifecycle, STR("stopSignal"))->enums;
    return f->enums;
}

int openapi_enum(const struct api_type *owner, const struct api_field *f, const char *out[OPENAPI_ENUM_MAX])
{
    const char *const *values = values_of(owner, f);
    int n = 0;
    for (; values && values[n] && n < OPENAPI_ENUM_MAX; n++) {
        int at = n;
        for (; at && strcmp(out[at - 1], values[n]) > 0; at--) out[at] = out[at - 1];
        out[at] = values[n];
    }
    return n;
}

const char *openapi_default(const struct api_type *owner, const struct api_field *f)
{
    static const struct {
        const struct api_type *type;
        const char *field, *json;
    } rows[] = {
        {&type_autoscaling_v1_ScaleSpec, "replicas", "0"},
        {&type_core_v1_AzureDiskVolumeSource, "cachingMode", "\"ReadWrite\""},
        {&type_core_v1_AzureDiskVolumeSource, "fsType", "\"ext4\""},
        {&type_core_v1_AzureDiskVolumeSource, "kind", "\"Shared\""},
        {&type_core_v1_AzureDiskVolumeSource, "readOnly", "false"},
        {&type_core_v1_ConfigMapEnvSource, "name", "\"\""},
        {&type_core_v1_ConfigMapKeySelector, "name", "\"\""},
        {&type_core_v1_ConfigMapProjection, "name", "\"\""},
        {&type_core_v1_ConfigMapVolumeSource, "name", "\"\""},
        {&type_core_v1_ContainerPort, "protocol", "\"TCP\""},
        {&type_core_v1_FileKeySelector, "optional", "false"},
        {&type_core_v1_GRPCAction, "service", "\"\""},
        {&type_core_v1_ISCSIPersistentVolumeSource, "iscsiInterface", "\"default\""},
        {&type_core_v1_ISCSIVolumeSource, "iscsiInterface", "\"default\""},
        {&type_core_v1_LocalObjectReference, "name", "\"\""},
        {&type_core_v1_RBDPersistentVolumeSource, "keyring", "\"/etc/ceph/keyring\""},
        {&type_core_v1_RBDPersistentVolumeSource, "pool", "\"rbd\""},
        {&type_core_v1_RBDPersistentVolumeSource, "user", "\"admin\""},
        {&type_core_v1_RBDVolumeSource, "keyring", "\"/etc/ceph/keyring\""},
        {&type_core_v1_RBDVolumeSource, "pool", "\"rbd\""},
        {&type_core_v1_RBDVolumeSource, "user", "\"admin\""},
        {&type_core_v1_ReplicationControllerSpec, "minReadySeconds", "0"},
        {&type_core_v1_ReplicationControllerSpec, "replicas", "1"},
        {&type_core_v1_ScaleIOPersistentVolumeSource, "fsType", "\"xfs\""},
        {&type_core_v1_ScaleIOPersistentVolumeSource, "storageMode", "\"ThinProvisioned\""},
        {&type_core_v1_ScaleIOVolumeSource, "fsType", "\"xfs\""},
        {&type_core_v1_ScaleIOVolumeSource, "storageMode", "\"ThinProvisioned\""},
        {&type_core_v1_SecretEnvSource, "name", "\"\""},
        {&type_core_v1_SecretKeySelector, "name", "\"\""},
        {&type_core_v1_SecretProjection, "name", "\"\""},
        {&type_core_v1_ServicePort, "protocol", "\"TCP\""},
        {&type_resource_k8s_io_v1_DeviceToleration, "operator", "\"Equal\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].type == owner && str_eqc(f->name, rows[i].field)) return rows[i].json;
    return NULL;
}

const char *openapi_union(const struct api_type *t)
{
    static const char local[] = "{\"discriminator\":\"type\",\"fields-to-discriminateBy\":{\"localhostProfile\":"
                                "\"LocalhostProfile\"}}";
    static const struct {
        const struct api_type *type;
        const char *text;
    } rows[] = {
        {&type_core_v1_AppArmorProfile, local},
        {&type_core_v1_PodSchedulingGroup, "{\"fields-to-discriminateBy\":{\"podGroupName\":\"PodGroupName\"}}"},
        {&type_core_v1_SeccompProfile, local},
        {&type_flowcontrol_apiserver_k8s_io_v1_LimitResponse,
         "{\"discriminator\":\"type\",\"fields-to-discriminateBy\":{\"queuing\":\"Queuing\"}}"},
        {&type_flowcontrol_apiserver_k8s_io_v1_PriorityLevelConfigurationSpec,
         "{\"discriminator\":\"type\",\"fields-to-discriminateBy\":{\"exempt\":\"Exempt\",\"limited\":\"Limited\"}}"},
        {&type_flowcontrol_apiserver_k8s_io_v1_Subject,
         "{\"discriminator\":\"kind\",\"fields-to-discriminateBy\":{\"group\":\"Group\",\"serviceAccount\":"
         "\"ServiceAccount\",\"user\":\"User\"}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].type == t) return rows[i].text;
    return NULL;
}
