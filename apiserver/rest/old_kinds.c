/* old_kinds.c - kinds that upstream's server can read though nobody is served them: of versions that are gone or not
 * switched on, lists, and the options of requests. Sent where another kind belongs, they are refused in other words.
 * Reads: the table here, the schema.   Writes: nothing. */
#include "apiserver/rest/old_kinds.h"

#include "api/schema.h"

static const struct row {
    const char *group, *version, *kinds;
} rows[] = {
    {"admission.k8s.io", "v1", "AdmissionReview"},
    {"admission.k8s.io", "v1beta1", "AdmissionReview"},
    {"admissionregistration.k8s.io", "v1alpha1",
     "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicy "
     "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "v1beta1",
     "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy "
     "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration"},
    {"apps", "v1beta1", "ControllerRevision Deployment DeploymentRollback Scale StatefulSet"},
    {"apps", "v1beta2", "ControllerRevision DaemonSet Deployment ReplicaSet Scale StatefulSet"},
    {"authentication.k8s.io", "v1alpha1", "SelfSubjectReview"},
    {"authentication.k8s.io", "v1beta1", "SelfSubjectReview TokenReview"},
    {"authorization.k8s.io", "v1beta1",
     "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"},
    {"batch", "v1beta1", "CronJob"},
    {"certificates.k8s.io", "v1alpha1", "ClusterTrustBundle"},
    {"certificates.k8s.io", "v1beta1", "CertificateSigningRequest ClusterTrustBundle PodCertificateRequest"},
    {"coordination.k8s.io", "v1alpha2", "LeaseCandidate"},
    {"coordination.k8s.io", "v1beta1", "Lease LeaseCandidate"},
    {"discovery.k8s.io", "v1beta1", "EndpointSlice"},
    {"events.k8s.io", "v1beta1", "Event"},
    {"extensions", "v1beta1", "DaemonSet Deployment DeploymentRollback Ingress NetworkPolicy ReplicaSet Scale"},
    {"flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema PriorityLevelConfiguration"},
    {"flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema PriorityLevelConfiguration"},
    {"flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema PriorityLevelConfiguration"},
    {"imagepolicy.k8s.io", "v1alpha1", "ImageReview"},
    {"internal.apiserver.k8s.io", "v1alpha1", "StorageVersion"},
    {"networking.k8s.io", "v1beta1", "IPAddress Ingress IngressClass ServiceCIDR"},
    {"node.k8s.io", "v1alpha1", "RuntimeClass"},
    {"node.k8s.io", "v1beta1", "RuntimeClass"},
    {"policy", "v1beta1", "Eviction PodDisruptionBudget"},
    {"rbac.authorization.k8s.io", "v1alpha1", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {"rbac.authorization.k8s.io", "v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding"},
    {"resource.k8s.io", "v1alpha3", "DeviceTaintRule ResourcePoolStatusRequest"},
    {"resource.k8s.io", "v1beta1", "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"},
    {"resource.k8s.io", "v1beta2", "DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourceSlice"},
    {"scheduling.k8s.io", "v1alpha2", "PodGroup Workload"},
    {"scheduling.k8s.io", "v1beta1", "PriorityClass"},
    {"storage.k8s.io", "v1alpha1", "CSIStorageCapacity VolumeAttachment VolumeAttributesClass"},
    {"storage.k8s.io", "v1beta1",
     "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass"},
    {"storagemigration.k8s.io", "v1beta1", "StorageVersionMigration"},
};

/* In every version of every group. */
static const char options[] =
    "CreateOptions DeleteOptions GetOptions ListOptions PatchOptions UpdateOptions WatchEvent";
static const char of_core[] = "APIGroup APIGroupList APIResourceList APIVersions List Status";

static bool is_among(struct str word, const char *words)
{
    for (struct str one, rest = str_of(words); !str_is_null(rest);)
        if ((one = str_cut(rest, ' ', &rest)).n && str_eq(one, word)) return true;
    return false;
}

static bool has_version(struct str group, struct str version)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(group, rows[i].group) && str_eqc(version, rows[i].version)) return true;
    for (int i = 0; i < api_resource_count; i++)
        if (str_eqc(group, api_resources[i]->group) && str_eqc(version, api_resources[i]->version)) return true;
    return false;
}

static bool is_kind(struct str group, struct str version, struct str kind)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_eqc(group, rows[i].group) && str_eqc(version, rows[i].version) && is_among(kind, rows[i].kinds))
            return true;
    return false;
}

static struct str element(struct str kind)
{
    static const char list[] = "List";
    size_t n = sizeof list - 1;
    return kind.n > n && str_eqc(str_from(kind, kind.n - n), list) ? str_n(kind.p, kind.n - n) : STR_NULL;
}

enum old_kind old_kind_of(struct str group, struct str version, struct str kind)
{
    struct str of = element(kind);
    if (is_kind(group, version, kind)) return OLD_KIND;
    if (of.n && (is_kind(group, version, of) || api_find_kind(group, version, of))) return OLD_KIND;
    bool meta = is_among(kind, options) ? has_version(group, version)
                                        : !group.n && str_eqc(version, "v1") && is_among(kind, of_core);
    return meta ? OLD_META : OLD_NONE;
}
