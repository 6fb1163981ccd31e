/* bookmark_rows.h - the object of a bookmark of each kind, as upstream 1.36 has it: its registry's new object,
 * converted (its own code was asked), at revision 7. */
#ifndef UNIT_APISERVER_BOOKMARK_ROWS_H
#define UNIT_APISERVER_BOOKMARK_ROWS_H

static const struct bookmark_row {
    const char *group, *version, *plural, *json;
} bookmark_rows[] = {
    {"", "v1", "configmaps", "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"", "v1", "endpoints", "{\"kind\":\"Endpoints\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"", "v1", "events",
     "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"involvedObject\":{},"
     "\"source\":{},\"firstTimestamp\":null,\"lastTimestamp\":null,\"eventTime\":null,\"reportingComponent\":\"\","
     "\"reportingInstance\":\"\"}"},
    {"", "v1", "limitranges",
     "{\"kind\":\"LimitRange\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"limits\":"
     "null}}"},
    {"", "v1", "namespaces",
     "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{}"
     "}"},
    {"", "v1", "nodes",
     "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{"
     "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":0}},\"nodeInfo\":{\"machineID\":\"\",\"systemUUID\":\"\","
     "\"bootID\":\"\",\"kernelVersion\":\"\",\"osImage\":\"\",\"containerRuntimeVersion\":\"\",\"kubeletVersion\":\"\","
     "\"kubeProxyVersion\":\"\",\"operatingSystem\":\"\",\"architecture\":\"\"}}}"},
    {"", "v1", "persistentvolumeclaims",
     "{\"kind\":\"PersistentVolumeClaim\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{"
     "\"resources\":{}},\"status\":{}}"},
    {"", "v1", "persistentvolumes",
     "{\"kind\":\"PersistentVolume\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},"
     "\"status\":{}}"},
    {"", "v1", "pods",
     "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"containers\":null},"
     "\"status\":{}}"},
    {"", "v1", "podtemplates",
     "{\"kind\":\"PodTemplate\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"template\":{"
     "\"metadata\":{},\"spec\":{\"containers\":null}}}"},
    {"", "v1", "replicationcontrollers",
     "{\"kind\":\"ReplicationController\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},"
     "\"status\":{\"replicas\":0}}"},
    {"", "v1", "resourcequotas",
     "{\"kind\":\"ResourceQuota\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},"
     "\"status\":{}}"},
    {"", "v1", "secrets", "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"", "v1", "serviceaccounts",
     "{\"kind\":\"ServiceAccount\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"", "v1", "services",
     "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{"
     "\"loadBalancer\":{}}}"},
    {"admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies",
     "{\"kind\":\"MutatingAdmissionPolicy\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings",
     "{\"kind\":\"MutatingAdmissionPolicyBinding\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations",
     "{\"kind\":\"MutatingWebhookConfiguration\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies",
     "{\"kind\":\"ValidatingAdmissionPolicy\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{}}"},
    {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings",
     "{\"kind\":\"ValidatingAdmissionPolicyBinding\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations",
     "{\"kind\":\"ValidatingWebhookConfiguration\",\"apiVersion\":\"admissionregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"}}"},
    {"apiextensions.k8s.io", "v1", "customresourcedefinitions",
     "{\"kind\":\"CustomResourceDefinition\",\"apiVersion\":\"apiextensions.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"group\":\"\",\"names\":{\"plural\":\"\",\"kind\":\"\"},"
     "\"scope\":\"\",\"versions\":null},\"status\":{\"conditions\":null,\"acceptedNames\":{\"plural\":\"\",\"kind\":"
     "\"\"},\"storedVersions\":null}}"},
    {"apiregistration.k8s.io", "v1", "apiservices",
     "{\"kind\":\"APIService\",\"apiVersion\":\"apiregistration.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"groupPriorityMinimum\":0,\"versionPriority\":0},"
     "\"status\":{}}"},
    {"apps", "v1", "controllerrevisions",
     "{\"kind\":\"ControllerRevision\",\"apiVersion\":\"apps/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"data\":null,\"revision\":0}"},
    {"apps", "v1", "daemonsets",
     "{\"kind\":\"DaemonSet\",\"apiVersion\":\"apps/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\",\"annotations\":{\"deprecated.daemonset.template.generation\":\"0\"}"
     "},\"spec\":{\"selector\":null,\"template\":{\"metadata\":{},\"spec\":{\"containers\":null}},\"updateStrategy\":{}"
     "},\"status\":{\"currentNumberScheduled\":0,\"numberMisscheduled\":0,\"desiredNumberScheduled\":0,\"numberReady\":"
     "0}}"},
    {"apps", "v1", "deployments",
     "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":0,\"selector\":null,\"template\":{"
     "\"metadata\":{},\"spec\":{\"containers\":null}},\"strategy\":{}},\"status\":{}}"},
    {"apps", "v1", "replicasets",
     "{\"kind\":\"ReplicaSet\",\"apiVersion\":\"apps/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":0,\"selector\":null,\"template\":{"
     "\"metadata\":{},\"spec\":{\"containers\":null}}},\"status\":{\"replicas\":0}}"},
    {"apps", "v1", "statefulsets",
     "{\"kind\":\"StatefulSet\",\"apiVersion\":\"apps/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"replicas\":0,\"selector\":null,\"template\":{"
     "\"metadata\":{},\"spec\":{\"containers\":null}},\"serviceName\":\"\",\"updateStrategy\":{}},\"status\":{"
     "\"replicas\":0,\"availableReplicas\":0}}"},
    {"autoscaling", "v1", "horizontalpodautoscalers",
     "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"scaleTargetRef\":{\"kind\":\"\",\"name\":\"\"},"
     "\"maxReplicas\":0},\"status\":{\"currentReplicas\":0,\"desiredReplicas\":0}}"},
    {"autoscaling", "v2", "horizontalpodautoscalers",
     "{\"kind\":\"HorizontalPodAutoscaler\",\"apiVersion\":\"autoscaling/"
     "v2\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"scaleTargetRef\":{\"kind\":\"\",\"name\":\"\"},"
     "\"maxReplicas\":0},\"status\":{\"desiredReplicas\":0,\"currentMetrics\":null}}"},
    {"batch", "v1", "cronjobs",
     "{\"kind\":\"CronJob\",\"apiVersion\":\"batch/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"schedule\":\"\",\"jobTemplate\":{\"metadata\":{},"
     "\"spec\":{\"template\":{\"metadata\":{},\"spec\":{\"containers\":null}}}}},\"status\":{}}"},
    {"batch", "v1", "jobs",
     "{\"kind\":\"Job\",\"apiVersion\":\"batch/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"template\":{\"metadata\":{},\"spec\":{\"containers\":"
     "null}}},\"status\":{}}"},
    {"certificates.k8s.io", "v1", "certificatesigningrequests",
     "{\"kind\":\"CertificateSigningRequest\",\"apiVersion\":\"certificates.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"request\":null,\"signerName\":\"\"},\"status\":{}}"},
    {"coordination.k8s.io", "v1", "leases",
     "{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"discovery.k8s.io", "v1", "endpointslices",
     "{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"addressType\":\"\",\"endpoints\":null,\"ports\":null}"},
    {"events.k8s.io", "v1", "events",
     "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"eventTime\":null,\"regarding\":{},\"deprecatedSource\":{},"
     "\"deprecatedFirstTimestamp\":null,\"deprecatedLastTimestamp\":null}"},
    {"flowcontrol.apiserver.k8s.io", "v1", "flowschemas",
     "{\"kind\":\"FlowSchema\",\"apiVersion\":\"flowcontrol.apiserver.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"priorityLevelConfiguration\":{\"name\":\"\"},"
     "\"matchingPrecedence\":0},\"status\":{}}"},
    {"flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations",
     "{\"kind\":\"PriorityLevelConfiguration\",\"apiVersion\":\"flowcontrol.apiserver.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"type\":\"\"},\"status\":{}}"},
    {"networking.k8s.io", "v1", "ingressclasses",
     "{\"kind\":\"IngressClass\",\"apiVersion\":\"networking.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"networking.k8s.io", "v1", "ingresses",
     "{\"kind\":\"Ingress\",\"apiVersion\":\"networking.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{\"loadBalancer\":{}}}"},
    {"networking.k8s.io", "v1", "ipaddresses",
     "{\"kind\":\"IPAddress\",\"apiVersion\":\"networking.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"networking.k8s.io", "v1", "networkpolicies",
     "{\"kind\":\"NetworkPolicy\",\"apiVersion\":\"networking.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"podSelector\":{}}}"},
    {"networking.k8s.io", "v1", "servicecidrs",
     "{\"kind\":\"ServiceCIDR\",\"apiVersion\":\"networking.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{}}"},
    {"node.k8s.io", "v1", "runtimeclasses",
     "{\"kind\":\"RuntimeClass\",\"apiVersion\":\"node.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"handler\":\"\"}"},
    {"policy", "v1", "poddisruptionbudgets",
     "{\"kind\":\"PodDisruptionBudget\",\"apiVersion\":\"policy/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{},\"status\":{\"disruptionsAllowed\":0,"
     "\"currentHealthy\":0,\"desiredHealthy\":0,\"expectedPods\":0}}"},
    {"rbac.authorization.k8s.io", "v1", "clusterrolebindings",
     "{\"kind\":\"ClusterRoleBinding\",\"apiVersion\":\"rbac.authorization.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"roleRef\":{\"apiGroup\":\"\",\"kind\":\"\",\"name\":\"\"}}"},
    {"rbac.authorization.k8s.io", "v1", "clusterroles",
     "{\"kind\":\"ClusterRole\",\"apiVersion\":\"rbac.authorization.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"rules\":null}"},
    {"rbac.authorization.k8s.io", "v1", "rolebindings",
     "{\"kind\":\"RoleBinding\",\"apiVersion\":\"rbac.authorization.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"roleRef\":{\"apiGroup\":\"\",\"kind\":\"\",\"name\":\"\"}}"},
    {"rbac.authorization.k8s.io", "v1", "roles",
     "{\"kind\":\"Role\",\"apiVersion\":\"rbac.authorization.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"rules\":null}"},
    {"resource.k8s.io", "v1", "deviceclasses",
     "{\"kind\":\"DeviceClass\",\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"resource.k8s.io", "v1", "resourceclaims",
     "{\"kind\":\"ResourceClaim\",\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"devices\":{\"requests\":null}},\"status\":{}}"},
    {"resource.k8s.io", "v1", "resourceclaimtemplates",
     "{\"kind\":\"ResourceClaimTemplate\",\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"metadata\":{},\"spec\":{\"devices\":{\"requests\":null}"
     "}}}"},
    {"resource.k8s.io", "v1", "resourceslices",
     "{\"kind\":\"ResourceSlice\",\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"driver\":\"\",\"pool\":{\"name\":\"\",\"generation\":0,"
     "\"resourceSliceCount\":0}}}"},
    {"scheduling.k8s.io", "v1", "priorityclasses",
     "{\"kind\":\"PriorityClass\",\"apiVersion\":\"scheduling.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"value\":0}"},
    {"storage.k8s.io", "v1", "csidrivers",
     "{\"kind\":\"CSIDriver\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{}}"},
    {"storage.k8s.io", "v1", "csinodes",
     "{\"kind\":\"CSINode\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"drivers\":null}}"},
    {"storage.k8s.io", "v1", "csistoragecapacities",
     "{\"kind\":\"CSIStorageCapacity\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"storageClassName\":\"\"}"},
    {"storage.k8s.io", "v1", "storageclasses",
     "{\"kind\":\"StorageClass\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"provisioner\":\"\"}"},
    {"storage.k8s.io", "v1", "volumeattachments",
     "{\"kind\":\"VolumeAttachment\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"attacher\":\"\",\"source\":{},\"nodeName\":\"\"},"
     "\"status\":{\"attached\":false}}"},
    {"storage.k8s.io", "v1", "volumeattributesclasses",
     "{\"kind\":\"VolumeAttributesClass\",\"apiVersion\":\"storage.k8s.io/"
     "v1\",\"metadata\":{\"resourceVersion\":\"7\"},\"driverName\":\"\"}"},
};

#endif
