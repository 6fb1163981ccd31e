/* inner_types.c - the names of upstream's inner types (types.go of each group in pkg/apis), for inner.c. Only types
 * that errors print. Reads, writes: nothing. */
#include "apiserver/object/inner.h"

#include "api/schema.h"

static const struct {
    const char *package, *name, *names;
} rows[] = {
    /* by package and name */
    {"apiextensions.k8s.io/v1", "CustomResourceColumnDefinition",
     "Name Type Format Description Priority JSONPath=jsonPath"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinitionVersion",
     "Name Served Storage Deprecated DeprecationWarning Schema Subresources AdditionalPrinterColumns SelectableFields"},
    {"apiextensions.k8s.io/v1", "CustomResourceSubresourceScale",
     "SpecReplicasPath StatusReplicasPath LabelSelectorPath"},
    {"apiextensions.k8s.io/v1", "CustomResourceSubresources", "Status Scale"},
    {"apiextensions.k8s.io/v1", "CustomResourceValidation", "OpenAPIV3Schema=openAPIV3Schema"},
    {"apiextensions.k8s.io/v1", "ExternalDocumentation", "Description URL=url"},
    {"apiextensions.k8s.io/v1", "JSONSchemaProps",
     "ID=id Schema=$schema Ref=$ref Description Type Nullable Format Title Default Maximum ExclusiveMaximum Minimum "
     "ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Enum MaxProperties "
     "MinProperties Required Items AllOf OneOf AnyOf Not Properties AdditionalProperties PatternProperties "
     "Dependencies AdditionalItems Definitions ExternalDocs Example "
     "XPreserveUnknownFields=x-kubernetes-preserve-unknown-fields XEmbeddedResource=x-kubernetes-embedded-resource "
     "XIntOrString=x-kubernetes-int-or-string XListMapKeys=x-kubernetes-list-map-keys XListType=x-kubernetes-list-type "
     "XMapType=x-kubernetes-map-type XValidations=x-kubernetes-validations"},
    {"apiextensions.k8s.io/v1", "SelectableField", "JSONPath=jsonPath"},
    {"apiextensions.k8s.io/v1", "ValidationRule", "Rule Message MessageExpression Reason FieldPath OptionalOldSelf"},
    {"apps/v1", "DaemonSetUpdateStrategy", "Type RollingUpdate"},
    {"apps/v1", "DeploymentStrategy", "Type RollingUpdate"},
    {"apps/v1", "RollingUpdateDaemonSet", "MaxUnavailable! MaxSurge!"},
    {"apps/v1", "RollingUpdateDeployment", "MaxUnavailable! MaxSurge!"},
    {"apps/v1", "RollingUpdateStatefulSetStrategy", "Partition! MaxUnavailable"},
    {"apps/v1", "StatefulSetUpdateStrategy", "Type RollingUpdate"},
    {"authorization.k8s.io/v1", "NonResourceAttributes", "Path Verb"},
    {"batch/v1", "PodFailurePolicy", "Rules"},
    {"batch/v1", "PodFailurePolicyOnExitCodesRequirement", "ContainerName Operator Values"},
    {"batch/v1", "PodFailurePolicyOnPodConditionsPattern", "Type Status"},
    {"batch/v1", "PodFailurePolicyRule", "Action OnExitCodes OnPodConditions"},
    {"batch/v1", "SuccessPolicy", "Rules"},
    {"batch/v1", "SuccessPolicyRule", "SucceededIndexes SucceededCount"},
    {"batch/v1", "UncountedTerminatedPods", "Succeeded Failed"},
    {"core/v1", "AWSElasticBlockStoreVolumeSource", "VolumeID FSType=fsType Partition ReadOnly"},
    {"core/v1", "Affinity", "NodeAffinity PodAffinity PodAntiAffinity"},
    {"core/v1", "AppArmorProfile", "Type LocalhostProfile"},
    {"core/v1", "AzureDiskVolumeSource", "DiskName DataDiskURI=diskURI CachingMode FSType=fsType ReadOnly Kind"},
    {"core/v1", "AzureFilePersistentVolumeSource", "SecretName ShareName ReadOnly SecretNamespace"},
    {"core/v1", "AzureFileVolumeSource", "SecretName ShareName ReadOnly"},
    {"core/v1", "CSIPersistentVolumeSource",
     "Driver VolumeHandle ReadOnly FSType=fsType VolumeAttributes ControllerPublishSecretRef NodeStageSecretRef "
     "NodePublishSecretRef ControllerExpandSecretRef NodeExpandSecretRef"},
    {"core/v1", "CSIVolumeSource", "Driver ReadOnly FSType=fsType VolumeAttributes NodePublishSecretRef"},
    {"core/v1", "Capabilities", "Add Drop"},
    {"core/v1", "CephFSPersistentVolumeSource", "Monitors Path User SecretFile SecretRef ReadOnly"},
    {"core/v1", "CephFSVolumeSource", "Monitors Path User SecretFile SecretRef ReadOnly"},
    {"core/v1", "CinderPersistentVolumeSource", "VolumeID FSType=fsType ReadOnly SecretRef"},
    {"core/v1", "CinderVolumeSource", "VolumeID FSType=fsType ReadOnly SecretRef"},
    {"core/v1", "ClusterTrustBundleProjection", "Name SignerName LabelSelector Optional Path"},
    {"core/v1", "ConfigMapEnvSource", "Name Optional"},
    {"core/v1", "ConfigMapKeySelector", "Name Key Optional"},
    {"core/v1", "ConfigMapProjection", "Name Items Optional"},
    {"core/v1", "ConfigMapVolumeSource", "Name Items DefaultMode Optional"},
    {"core/v1", "Container",
     "Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy RestartPolicyRules "
     "VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle TerminationMessagePath "
     "TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY=tty"},
    {"core/v1", "ContainerPort", "Name HostPort ContainerPort Protocol HostIP"},
    {"core/v1", "ContainerResizePolicy", "ResourceName RestartPolicy"},
    {"core/v1", "ContainerRestartRule", "Action ExitCodes"},
    {"core/v1", "ContainerRestartRuleOnExitCodes", "Operator Values"},
    {"core/v1", "DownwardAPIProjection", "Items"},
    {"core/v1", "DownwardAPIVolumeFile", "Path FieldRef ResourceFieldRef Mode"},
    {"core/v1", "DownwardAPIVolumeSource", "Items DefaultMode"},
    {"core/v1", "EmptyDirVolumeSource", "Medium SizeLimit"},
    {"core/v1", "EnvFromSource", "Prefix ConfigMapRef SecretRef"},
    {"core/v1", "EnvVar", "Name Value ValueFrom"},
    {"core/v1", "EnvVarSource", "FieldRef ResourceFieldRef ConfigMapKeyRef SecretKeyRef FileKeyRef"},
    {"core/v1", "EphemeralContainer",
     "Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy RestartPolicyRules "
     "VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle TerminationMessagePath "
     "TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY=tty TargetContainerName"},
    {"core/v1", "EphemeralVolumeSource", "VolumeClaimTemplate"},
    {"core/v1", "EventSource", "Component Host"},
    {"core/v1", "ExecAction", "Command"},
    {"core/v1", "FCVolumeSource", "TargetWWNs Lun FSType=fsType ReadOnly WWIDs=wwids"},
    {"core/v1", "FileKeySelector", "VolumeName Path Key Optional"},
    {"core/v1", "FlexPersistentVolumeSource", "Driver FSType=fsType SecretRef ReadOnly Options"},
    {"core/v1", "FlexVolumeSource", "Driver FSType=fsType SecretRef ReadOnly Options"},
    {"core/v1", "FlockerVolumeSource", "DatasetName DatasetUUID"},
    {"core/v1", "GCEPersistentDiskVolumeSource", "PDName=pdName FSType=fsType Partition ReadOnly"},
    {"core/v1", "GRPCAction", "Port Service"},
    {"core/v1", "GitRepoVolumeSource", "Repository Revision Directory"},
    {"core/v1", "GlusterfsPersistentVolumeSource", "EndpointsName=endpoints Path ReadOnly EndpointsNamespace"},
    {"core/v1", "GlusterfsVolumeSource", "EndpointsName=endpoints Path ReadOnly"},
    {"core/v1", "HTTPGetAction", "Path Port Host Scheme HTTPHeaders=httpHeaders"},
    {"core/v1", "HTTPHeader", "Name Value"},
    {"core/v1", "HostAlias", "IP=ip Hostnames"},
    {"core/v1", "HostIP", "IP=ip"},
    {"core/v1", "HostPathVolumeSource", "Path Type"},
    {"core/v1", "ISCSIPersistentVolumeSource",
     "TargetPortal IQN=iqn Lun ISCSIInterface=iscsiInterface FSType=fsType ReadOnly Portals "
     "DiscoveryCHAPAuth=chapAuthDiscovery SessionCHAPAuth=chapAuthSession SecretRef InitiatorName"},
    {"core/v1", "ISCSIVolumeSource",
     "TargetPortal IQN=iqn Lun ISCSIInterface=iscsiInterface FSType=fsType ReadOnly Portals "
     "DiscoveryCHAPAuth=chapAuthDiscovery SessionCHAPAuth=chapAuthSession SecretRef InitiatorName"},
    {"core/v1", "ImageVolumeSource", "Reference PullPolicy"},
    {"core/v1", "KeyToPath", "Key Path Mode"},
    {"core/v1", "Lifecycle", "PostStart PreStop StopSignal"},
    {"core/v1", "LifecycleHandler", "Exec HTTPGet=httpGet TCPSocket=tcpSocket Sleep"},
    {"core/v1", "LocalObjectReference", "Name"},
    {"core/v1", "LocalVolumeSource", "Path FSType=fsType"},
    {"core/v1", "NFSVolumeSource", "Server Path ReadOnly"},
    {"core/v1", "NodeAffinity",
     "RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution"},
    {"core/v1", "NodeSelector", "NodeSelectorTerms"},
    {"core/v1", "NodeSelectorRequirement", "Key Operator Values"},
    {"core/v1", "NodeSelectorTerm", "MatchExpressions MatchFields"},
    {"core/v1", "ObjectFieldSelector", "APIVersion=apiVersion FieldPath"},
    {"core/v1", "ObjectReference", "Kind Namespace Name UID=uid APIVersion=apiVersion ResourceVersion FieldPath"},
    {"core/v1", "PersistentVolumeClaimSpec",
     "AccessModes Selector Resources VolumeName StorageClassName VolumeMode DataSource DataSourceRef "
     "VolumeAttributesClassName"},
    {"core/v1", "PersistentVolumeClaimTemplate", "@metadata Spec"},
    {"core/v1", "PersistentVolumeClaimVolumeSource", "ClaimName ReadOnly"},
    {"core/v1", "PersistentVolumeSource",
     "GCEPersistentDisk=gcePersistentDisk AWSElasticBlockStore=awsElasticBlockStore HostPath Glusterfs NFS=nfs RBD=rbd "
     "Quobyte ISCSI=iscsi FlexVolume Cinder CephFS=cephfs FC=fc Flocker AzureFile VsphereVolume AzureDisk "
     "PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS=storageos CSI=csi"},
    {"core/v1", "PersistentVolumeSpec",
     "Capacity GCEPersistentDisk=gcePersistentDisk AWSElasticBlockStore=awsElasticBlockStore HostPath Glusterfs "
     "NFS=nfs RBD=rbd Quobyte ISCSI=iscsi FlexVolume Cinder CephFS=cephfs FC=fc Flocker AzureFile VsphereVolume "
     "AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS=storageos CSI=csi AccessModes ClaimRef "
     "PersistentVolumeReclaimPolicy StorageClassName MountOptions VolumeMode NodeAffinity VolumeAttributesClassName"},
    {"core/v1", "PhotonPersistentDiskVolumeSource", "PdID FSType=fsType"},
    {"core/v1", "PodAffinity",
     "RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution"},
    {"core/v1", "PodAffinityTerm",
     "LabelSelector Namespaces TopologyKey NamespaceSelector MatchLabelKeys MismatchLabelKeys"},
    {"core/v1", "PodAntiAffinity",
     "RequiredDuringSchedulingIgnoredDuringExecution PreferredDuringSchedulingIgnoredDuringExecution"},
    {"core/v1", "PodCertificateProjection",
     "SignerName KeyType MaxExpirationSeconds CredentialBundlePath KeyPath CertificateChainPath UserAnnotations"},
    {"core/v1", "PodDNSConfig", "Nameservers Searches Options"},
    {"core/v1", "PodDNSConfigOption", "Name Value"},
    {"core/v1", "PodIP", "IP=ip"},
    {"core/v1", "PodOS", "Name"},
    {"core/v1", "PodReadinessGate", "ConditionType"},
    {"core/v1", "PodResourceClaim", "Name ResourceClaimName ResourceClaimTemplateName"},
    {"core/v1", "PodSchedulingGate", "Name"},
    {"core/v1", "PodSchedulingGroup", "PodGroupName"},
    {"core/v1", "PodSecurityContext",
     "HostNetwork^ HostPID^ HostIPC^ ShareProcessNamespace^ HostUsers^ SELinuxOptions=seLinuxOptions WindowsOptions "
     "RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup=fsGroup "
     "FSGroupChangePolicy=fsGroupChangePolicy Sysctls SeccompProfile AppArmorProfile "
     "SELinuxChangePolicy=seLinuxChangePolicy"},
    {"core/v1", "PodSpec",
     "Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds "
     "ActiveDeadlineSeconds DNSPolicy=dnsPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName "
     "SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations "
     "HostAliases PriorityClassName Priority PreemptionPolicy DNSConfig=dnsConfig ReadinessGates RuntimeClassName "
     "Overhead EnableServiceLinks TopologySpreadConstraints OS=os SchedulingGates ResourceClaims Resources "
     "HostnameOverride SchedulingGroup"},
    {"core/v1", "PodTemplateSpec", "@metadata Spec"},
    {"core/v1", "PortworxVolumeSource", "VolumeID FSType=fsType ReadOnly"},
    {"core/v1", "PreferredSchedulingTerm", "Weight Preference"},
    {"core/v1", "Probe",
     "Exec HTTPGet=httpGet TCPSocket=tcpSocket GRPC=grpc InitialDelaySeconds TimeoutSeconds PeriodSeconds "
     "SuccessThreshold FailureThreshold TerminationGracePeriodSeconds"},
    {"core/v1", "ProjectedVolumeSource", "Sources DefaultMode"},
    {"core/v1", "QuobyteVolumeSource", "Registry Volume ReadOnly User Group Tenant"},
    {"core/v1", "RBDPersistentVolumeSource",
     "CephMonitors=monitors RBDImage=image FSType=fsType RBDPool=pool RadosUser=user Keyring SecretRef ReadOnly"},
    {"core/v1", "RBDVolumeSource",
     "CephMonitors=monitors RBDImage=image FSType=fsType RBDPool=pool RadosUser=user Keyring SecretRef ReadOnly"},
    {"core/v1", "ResourceClaim", "Name Request"},
    {"core/v1", "ResourceFieldSelector", "ContainerName Resource Divisor"},
    {"core/v1", "ResourceRequirements", "Limits Requests Claims"},
    {"core/v1", "SELinuxOptions", "User Role Type Level"},
    {"core/v1", "ScaleIOPersistentVolumeSource",
     "Gateway System SecretRef SSLEnabled=sslEnabled ProtectionDomain StoragePool StorageMode VolumeName FSType=fsType "
     "ReadOnly"},
    {"core/v1", "ScaleIOVolumeSource",
     "Gateway System SecretRef SSLEnabled=sslEnabled ProtectionDomain StoragePool StorageMode VolumeName FSType=fsType "
     "ReadOnly"},
    {"core/v1", "SeccompProfile", "Type LocalhostProfile"},
    {"core/v1", "SecretEnvSource", "Name Optional"},
    {"core/v1", "SecretKeySelector", "Name Key Optional"},
    {"core/v1", "SecretProjection", "Name Items Optional"},
    {"core/v1", "SecretReference", "Name Namespace"},
    {"core/v1", "SecretVolumeSource", "SecretName Items DefaultMode Optional"},
    {"core/v1", "SecurityContext",
     "Capabilities Privileged SELinuxOptions=seLinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot "
     "ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile"},
    {"core/v1", "ServiceAccountTokenProjection", "Audience ExpirationSeconds! Path"},
    {"core/v1", "SleepAction", "Seconds"},
    {"core/v1", "StorageOSPersistentVolumeSource", "VolumeName VolumeNamespace FSType=fsType ReadOnly SecretRef"},
    {"core/v1", "StorageOSVolumeSource", "VolumeName VolumeNamespace FSType=fsType ReadOnly SecretRef"},
    {"core/v1", "Sysctl", "Name Value"},
    {"core/v1", "TCPSocketAction", "Port Host"},
    {"core/v1", "Toleration", "Key Operator Value Effect TolerationSeconds"},
    {"core/v1", "TopologySpreadConstraint",
     "MaxSkew TopologyKey WhenUnsatisfiable LabelSelector MinDomains NodeAffinityPolicy NodeTaintsPolicy "
     "MatchLabelKeys"},
    {"core/v1", "TypedLocalObjectReference", "APIGroup=apiGroup Kind Name"},
    {"core/v1", "TypedObjectReference", "APIGroup=apiGroup Kind Name Namespace"},
    {"core/v1", "Volume",
     "Name HostPath EmptyDir GCEPersistentDisk=gcePersistentDisk AWSElasticBlockStore=awsElasticBlockStore GitRepo "
     "Secret NFS=nfs ISCSI=iscsi Glusterfs PersistentVolumeClaim RBD=rbd Quobyte FlexVolume Cinder CephFS=cephfs "
     "Flocker DownwardAPI FC=fc AzureFile ConfigMap VsphereVolume AzureDisk PhotonPersistentDisk Projected "
     "PortworxVolume ScaleIO StorageOS=storageos CSI=csi Ephemeral Image"},
    {"core/v1", "VolumeDevice", "Name DevicePath"},
    {"core/v1", "VolumeMount", "Name ReadOnly RecursiveReadOnly MountPath SubPath MountPropagation SubPathExpr"},
    {"core/v1", "VolumeNodeAffinity", "Required"},
    {"core/v1", "VolumeProjection",
     "Secret DownwardAPI ConfigMap ServiceAccountToken ClusterTrustBundle PodCertificate"},
    {"core/v1", "VolumeResourceRequirements", "Limits Requests"},
    {"core/v1", "VsphereVirtualDiskVolumeSource", "VolumePath FSType=fsType StoragePolicyName StoragePolicyID"},
    {"core/v1", "WeightedPodAffinityTerm", "Weight PodAffinityTerm"},
    {"core/v1", "WindowsSecurityContextOptions",
     "GMSACredentialSpecName=gmsaCredentialSpecName GMSACredentialSpec=gmsaCredentialSpec RunAsUserName HostProcess"},
    {"flowcontrol.apiserver.k8s.io/v1", "ExemptPriorityLevelConfiguration", "NominalConcurrencyShares LendablePercent"},
    {"flowcontrol.apiserver.k8s.io/v1", "FlowDistinguisherMethod", "Type"},
    {"flowcontrol.apiserver.k8s.io/v1", "FlowSchemaSpec",
     "PriorityLevelConfiguration MatchingPrecedence DistinguisherMethod Rules"},
    {"flowcontrol.apiserver.k8s.io/v1", "GroupSubject", "Name"},
    {"flowcontrol.apiserver.k8s.io/v1", "LimitResponse", "Type Queuing"},
    {"flowcontrol.apiserver.k8s.io/v1", "LimitedPriorityLevelConfiguration",
     "NominalConcurrencyShares! LimitResponse LendablePercent BorrowingLimitPercent"},
    {"flowcontrol.apiserver.k8s.io/v1", "NonResourcePolicyRule", "Verbs NonResourceURLs=nonResourceURLs"},
    {"flowcontrol.apiserver.k8s.io/v1", "PolicyRulesWithSubjects", "Subjects ResourceRules NonResourceRules"},
    {"flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfigurationReference", "Name"},
    {"flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfigurationSpec", "Type Limited Exempt"},
    {"flowcontrol.apiserver.k8s.io/v1", "QueuingConfiguration", "Queues HandSize QueueLengthLimit"},
    {"flowcontrol.apiserver.k8s.io/v1", "ResourcePolicyRule",
     "Verbs APIGroups=apiGroups Resources ClusterScope Namespaces"},
    {"flowcontrol.apiserver.k8s.io/v1", "ServiceAccountSubject", "Namespace Name"},
    {"flowcontrol.apiserver.k8s.io/v1", "Subject", "Kind User Group ServiceAccount"},
    {"flowcontrol.apiserver.k8s.io/v1", "UserSubject", "Name"},
    {"networking.k8s.io/v1", "ParentReference", "Group Resource Namespace Name"},
    {"networking.k8s.io/v1", "ServiceCIDRSpec", "CIDRs=cidrs"},
    {"rbac.authorization.k8s.io/v1", "RoleRef", "APIGroup=apiGroup Kind Name"},
    {"resource.k8s.io/v1", "AllocationResult", "Devices NodeSelector AllocationTimestamp"},
    {"resource.k8s.io/v1", "CELDeviceSelector", "Expression"},
    {"resource.k8s.io/v1", "CapacityRequirements", "Requests"},
    {"resource.k8s.io/v1", "DeviceAllocationConfiguration", "Source Requests Opaque"},
    {"resource.k8s.io/v1", "DeviceAllocationResult", "Results Config"},
    {"resource.k8s.io/v1", "DeviceAttribute",
     "IntValue=int BoolValue=bool StringValue=string VersionValue=version IntValues=ints BoolValues=bools "
     "StringValues=strings VersionValues=versions"},
    {"resource.k8s.io/v1", "DeviceClaim", "Requests Constraints Config"},
    {"resource.k8s.io/v1", "DeviceClaimConfiguration", "Requests Opaque"},
    {"resource.k8s.io/v1", "DeviceConstraint", "Requests MatchAttribute DistinctAttribute"},
    {"resource.k8s.io/v1", "DeviceRequest", "Name Exactly FirstAvailable"},
    {"resource.k8s.io/v1", "DeviceRequestAllocationResult",
     "Request Driver Pool Device AdminAccess Tolerations BindingConditions BindingFailureConditions ShareID "
     "ConsumedCapacity"},
    {"resource.k8s.io/v1", "DeviceSelector", "CEL=cel"},
    {"resource.k8s.io/v1", "DeviceSubRequest",
     "Name DeviceClassName Selectors AllocationMode Count Tolerations Capacity"},
    {"resource.k8s.io/v1", "DeviceToleration", "Key Operator Value Effect TolerationSeconds"},
    {"resource.k8s.io/v1", "ExactDeviceRequest",
     "DeviceClassName Selectors AllocationMode Count AdminAccess Tolerations Capacity"},
    {"resource.k8s.io/v1", "OpaqueDeviceConfiguration", "Driver Parameters"},
    {"resource.k8s.io/v1", "ResourceClaimSpec", "Devices"},
    {"resource.k8s.io/v1", "ResourceClaimTemplateSpec", "@metadata Spec"},
    {"storage.k8s.io/v1", "CSINodeDriver", "Name NodeID TopologyKeys Allocatable"},
    {"storage.k8s.io/v1", "VolumeAttachmentSource", "PersistentVolumeName InlineVolumeSpec"},
    {"storage.k8s.io/v1", "VolumeAttachmentSpec", "Attacher Source NodeName"},
    {"storage.k8s.io/v1", "VolumeNodeResources", "Count"},
};

const char *inner_names(const struct api_type *t)
{
    size_t low = 0, high = ARRAY_LEN(rows);
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = strcmp(t->package, rows[mid].package);
        if (!order) order = strcmp(t->name, rows[mid].name);
        if (!order) return rows[mid].names;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
