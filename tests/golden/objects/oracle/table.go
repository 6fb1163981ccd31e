// table.go - upstream's strategies by resource.
package main

import (
	apiextinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
	agginstall "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kube-aggregator/pkg/registry/apiservice"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admission/install"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apiserverinternal/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/authentication/install"
	_ "k8s.io/kubernetes/pkg/apis/authorization/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/extensions/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/imagepolicy/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	_ "k8s.io/kubernetes/pkg/apis/storagemigration/install"
	s52 "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicy"
	s53 "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingadmissionpolicybinding"
	s48 "k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	s50 "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicy"
	s51 "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingadmissionpolicybinding"
	s49 "k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	s19 "k8s.io/kubernetes/pkg/registry/apps/controllerrevision"
	s18 "k8s.io/kubernetes/pkg/registry/apps/daemonset"
	s15 "k8s.io/kubernetes/pkg/registry/apps/deployment"
	s16 "k8s.io/kubernetes/pkg/registry/apps/replicaset"
	s17 "k8s.io/kubernetes/pkg/registry/apps/statefulset"
	s22 "k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	s21 "k8s.io/kubernetes/pkg/registry/batch/cronjob"
	s20 "k8s.io/kubernetes/pkg/registry/batch/job"
	s23 "k8s.io/kubernetes/pkg/registry/certificates/certificates"
	s24 "k8s.io/kubernetes/pkg/registry/coordination/lease"
	s11 "k8s.io/kubernetes/pkg/registry/core/configmap"
	s13 "k8s.io/kubernetes/pkg/registry/core/endpoint"
	s9 "k8s.io/kubernetes/pkg/registry/core/event"
	s5 "k8s.io/kubernetes/pkg/registry/core/limitrange"
	s3 "k8s.io/kubernetes/pkg/registry/core/namespace"
	s2 "k8s.io/kubernetes/pkg/registry/core/node"
	s6 "k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	s7 "k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	s0 "k8s.io/kubernetes/pkg/registry/core/pod"
	s12 "k8s.io/kubernetes/pkg/registry/core/podtemplate"
	s14 "k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	s4 "k8s.io/kubernetes/pkg/registry/core/resourcequota"
	s10 "k8s.io/kubernetes/pkg/registry/core/secret"
	s1 "k8s.io/kubernetes/pkg/registry/core/service"
	s8 "k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	s25 "k8s.io/kubernetes/pkg/registry/discovery/endpointslice"
	s26 "k8s.io/kubernetes/pkg/registry/flowcontrol/flowschema"
	s27 "k8s.io/kubernetes/pkg/registry/flowcontrol/prioritylevelconfiguration"
	s28 "k8s.io/kubernetes/pkg/registry/networking/ingress"
	s29 "k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	s31 "k8s.io/kubernetes/pkg/registry/networking/ipaddress"
	s30 "k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	s32 "k8s.io/kubernetes/pkg/registry/networking/servicecidr"
	s33 "k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	s34 "k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	s37 "k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	s38 "k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	s35 "k8s.io/kubernetes/pkg/registry/rbac/role"
	s36 "k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	s39 "k8s.io/kubernetes/pkg/registry/resource/deviceclass"
	s55 "k8s.io/kubernetes/pkg/registry/resource/resourceclaim"
	s54 "k8s.io/kubernetes/pkg/registry/resource/resourceclaimtemplate"
	s40 "k8s.io/kubernetes/pkg/registry/resource/resourceslice"
	s41 "k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	s43 "k8s.io/kubernetes/pkg/registry/storage/csidriver"
	s44 "k8s.io/kubernetes/pkg/registry/storage/csinode"
	s45 "k8s.io/kubernetes/pkg/registry/storage/csistoragecapacity"
	s42 "k8s.io/kubernetes/pkg/registry/storage/storageclass"
	s46 "k8s.io/kubernetes/pkg/registry/storage/volumeattachment"
	s47 "k8s.io/kubernetes/pkg/registry/storage/volumeattributesclass"
)

func upstream() map[schema.GroupResource]*strategies {
	all := map[schema.GroupResource]*strategies{}
	put := func(s *runtime.Scheme, g, r string, c rest.RESTCreateStrategy, u map[string]rest.RESTUpdateStrategy) {
		all[schema.GroupResource{Group: g, Resource: r}] = &strategies{s, c, u}
	}
	add := func(g, r string, c rest.RESTCreateStrategy, u map[string]rest.RESTUpdateStrategy) {
		put(legacyscheme.Scheme, g, r, c, u)
	}
	add("", "pods", s0.Strategy, map[string]rest.RESTUpdateStrategy{"": s0.Strategy, "status": s0.StatusStrategy, "ephemeralcontainers": s0.EphemeralContainersStrategy, "resize": s0.ResizeStrategy})
	add("", "services", s1.Strategy, map[string]rest.RESTUpdateStrategy{"": s1.Strategy, "status": s1.StatusStrategy})
	add("", "nodes", s2.Strategy, map[string]rest.RESTUpdateStrategy{"": s2.Strategy, "status": s2.StatusStrategy})
	add("", "namespaces", s3.Strategy, map[string]rest.RESTUpdateStrategy{"": s3.Strategy, "status": s3.StatusStrategy, "finalize": s3.FinalizeStrategy})
	add("", "resourcequotas", s4.Strategy, map[string]rest.RESTUpdateStrategy{"": s4.Strategy, "status": s4.StatusStrategy})
	add("", "limitranges", s5.Strategy, map[string]rest.RESTUpdateStrategy{"": s5.Strategy})
	add("", "persistentvolumes", s6.Strategy, map[string]rest.RESTUpdateStrategy{"": s6.Strategy, "status": s6.StatusStrategy})
	add("", "persistentvolumeclaims", s7.Strategy, map[string]rest.RESTUpdateStrategy{"": s7.Strategy, "status": s7.StatusStrategy})
	add("", "serviceaccounts", s8.Strategy, map[string]rest.RESTUpdateStrategy{"": s8.Strategy})
	add("", "events", s9.Strategy, map[string]rest.RESTUpdateStrategy{"": s9.Strategy})
	add("", "secrets", s10.Strategy, map[string]rest.RESTUpdateStrategy{"": s10.Strategy})
	add("", "configmaps", s11.Strategy, map[string]rest.RESTUpdateStrategy{"": s11.Strategy})
	add("", "podtemplates", s12.Strategy, map[string]rest.RESTUpdateStrategy{"": s12.Strategy})
	add("", "endpoints", s13.Strategy, map[string]rest.RESTUpdateStrategy{"": s13.Strategy})
	add("", "replicationcontrollers", s14.Strategy, map[string]rest.RESTUpdateStrategy{"": s14.Strategy, "status": s14.StatusStrategy})
	add("events.k8s.io", "events", s9.Strategy, map[string]rest.RESTUpdateStrategy{"": s9.Strategy})
	add("apps", "deployments", s15.Strategy, map[string]rest.RESTUpdateStrategy{"": s15.Strategy, "status": s15.StatusStrategy})
	add("apps", "replicasets", s16.Strategy, map[string]rest.RESTUpdateStrategy{"": s16.Strategy, "status": s16.StatusStrategy})
	add("apps", "statefulsets", s17.Strategy, map[string]rest.RESTUpdateStrategy{"": s17.Strategy, "status": s17.StatusStrategy})
	add("apps", "daemonsets", s18.Strategy, map[string]rest.RESTUpdateStrategy{"": s18.Strategy, "status": s18.StatusStrategy})
	add("apps", "controllerrevisions", s19.Strategy, map[string]rest.RESTUpdateStrategy{"": s19.Strategy})
	add("batch", "jobs", s20.Strategy, map[string]rest.RESTUpdateStrategy{"": s20.Strategy, "status": s20.StatusStrategy})
	add("batch", "cronjobs", s21.Strategy, map[string]rest.RESTUpdateStrategy{"": s21.Strategy, "status": s21.StatusStrategy})
	add("autoscaling", "horizontalpodautoscalers", s22.Strategy, map[string]rest.RESTUpdateStrategy{"": s22.Strategy, "status": s22.StatusStrategy})
	add("certificates.k8s.io", "certificatesigningrequests", s23.Strategy, map[string]rest.RESTUpdateStrategy{"": s23.Strategy, "status": s23.StatusStrategy, "approval": s23.ApprovalStrategy})
	add("coordination.k8s.io", "leases", s24.Strategy, map[string]rest.RESTUpdateStrategy{"": s24.Strategy})
	add("discovery.k8s.io", "endpointslices", s25.Strategy, map[string]rest.RESTUpdateStrategy{"": s25.Strategy})
	add("flowcontrol.apiserver.k8s.io", "flowschemas", s26.Strategy, map[string]rest.RESTUpdateStrategy{"": s26.Strategy, "status": s26.StatusStrategy})
	add("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", s27.Strategy, map[string]rest.RESTUpdateStrategy{"": s27.Strategy, "status": s27.StatusStrategy})
	add("networking.k8s.io", "ingresses", s28.Strategy, map[string]rest.RESTUpdateStrategy{"": s28.Strategy, "status": s28.StatusStrategy})
	add("networking.k8s.io", "ingressclasses", s29.Strategy, map[string]rest.RESTUpdateStrategy{"": s29.Strategy})
	add("networking.k8s.io", "networkpolicies", s30.Strategy, map[string]rest.RESTUpdateStrategy{"": s30.Strategy})
	add("networking.k8s.io", "ipaddresses", s31.Strategy, map[string]rest.RESTUpdateStrategy{"": s31.Strategy})
	add("networking.k8s.io", "servicecidrs", s32.Strategy, map[string]rest.RESTUpdateStrategy{"": s32.Strategy, "status": s32.StatusStrategy})
	add("node.k8s.io", "runtimeclasses", s33.Strategy, map[string]rest.RESTUpdateStrategy{"": s33.Strategy})
	add("policy", "poddisruptionbudgets", s34.Strategy, map[string]rest.RESTUpdateStrategy{"": s34.Strategy, "status": s34.StatusStrategy})
	add("rbac.authorization.k8s.io", "roles", s35.Strategy, map[string]rest.RESTUpdateStrategy{"": s35.Strategy})
	add("rbac.authorization.k8s.io", "rolebindings", s36.Strategy, map[string]rest.RESTUpdateStrategy{"": s36.Strategy})
	add("rbac.authorization.k8s.io", "clusterroles", s37.Strategy, map[string]rest.RESTUpdateStrategy{"": s37.Strategy})
	add("rbac.authorization.k8s.io", "clusterrolebindings", s38.Strategy, map[string]rest.RESTUpdateStrategy{"": s38.Strategy})
	add("resource.k8s.io", "deviceclasses", s39.Strategy, map[string]rest.RESTUpdateStrategy{"": s39.Strategy})
	add("resource.k8s.io", "resourceslices", s40.Strategy, map[string]rest.RESTUpdateStrategy{"": s40.Strategy})
	add("scheduling.k8s.io", "priorityclasses", s41.Strategy, map[string]rest.RESTUpdateStrategy{"": s41.Strategy})
	add("storage.k8s.io", "storageclasses", s42.Strategy, map[string]rest.RESTUpdateStrategy{"": s42.Strategy})
	add("storage.k8s.io", "csidrivers", s43.Strategy, map[string]rest.RESTUpdateStrategy{"": s43.Strategy})
	add("storage.k8s.io", "csinodes", s44.Strategy, map[string]rest.RESTUpdateStrategy{"": s44.Strategy})
	add("storage.k8s.io", "csistoragecapacities", s45.Strategy, map[string]rest.RESTUpdateStrategy{"": s45.Strategy})
	add("storage.k8s.io", "volumeattachments", s46.Strategy, map[string]rest.RESTUpdateStrategy{"": s46.Strategy, "status": s46.StatusStrategy})
	add("storage.k8s.io", "volumeattributesclasses", s47.Strategy, map[string]rest.RESTUpdateStrategy{"": s47.Strategy})
	add("admissionregistration.k8s.io", "mutatingwebhookconfigurations", s48.Strategy, map[string]rest.RESTUpdateStrategy{"": s48.Strategy})
	add("admissionregistration.k8s.io", "validatingwebhookconfigurations", s49.Strategy, map[string]rest.RESTUpdateStrategy{"": s49.Strategy})
	{
		st := s50.NewStrategy(nil, nil)
		add("admissionregistration.k8s.io", "validatingadmissionpolicies", st, map[string]rest.RESTUpdateStrategy{"": st, "status": s50.NewStatusStrategy(st)})
	}
	{
		st := s51.NewStrategy(nil, nil, nil)
		add("admissionregistration.k8s.io", "validatingadmissionpolicybindings", st, map[string]rest.RESTUpdateStrategy{"": st})
	}
	{
		st := s52.NewStrategy(nil, nil)
		add("admissionregistration.k8s.io", "mutatingadmissionpolicies", st, map[string]rest.RESTUpdateStrategy{"": st})
	}
	{
		st := s53.NewStrategy(nil, nil, nil)
		add("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", st, map[string]rest.RESTUpdateStrategy{"": st})
	}
	{
		st := s54.NewStrategy(nil)
		add("resource.k8s.io", "resourceclaimtemplates", st, map[string]rest.RESTUpdateStrategy{"": st})
	}
	{
		st := s55.NewStrategy(nil, nil)
		add("resource.k8s.io", "resourceclaims", st, map[string]rest.RESTUpdateStrategy{"": st, "status": s55.NewStatusStrategy(st)})
	}
	ext := runtime.NewScheme()
	apiextinstall.Install(ext)
	crd := customresourcedefinition.NewStrategy(ext)
	put(ext, "apiextensions.k8s.io", "customresourcedefinitions", crd,
		map[string]rest.RESTUpdateStrategy{"": crd, "status": customresourcedefinition.NewStatusStrategy(ext)})
	agg := runtime.NewScheme()
	agginstall.Install(agg)
	svc := apiservice.NewStrategy(agg)
	put(agg, "apiregistration.k8s.io", "apiservices", svc,
		map[string]rest.RESTUpdateStrategy{"": svc, "status": apiservice.NewStatusStrategy(agg)})
	return all
}
