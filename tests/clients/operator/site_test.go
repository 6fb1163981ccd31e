package operator

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var version = schema.GroupVersion{Group: "web.example.com", Version: "v1"}

type port struct {
	Name string `json:"name"`
	Port int32  `json:"port"`
}

type siteSpec struct {
	Image    string            `json:"image,omitempty"`
	Replicas *int32            `json:"replicas,omitempty"`
	Ports    []port            `json:"ports,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
}

type siteStatus struct {
	Replicas           int32              `json:"replicas,omitempty"`
	Selector           string             `json:"selector,omitempty"`
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// Site is the kind of crds/sites.yaml.
type Site struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              siteSpec   `json:"spec"`
	Status            siteStatus `json:"status,omitempty"`
}

type SiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Site `json:"items"`
}

func (s *Site) copied() *Site {
	c := *s
	s.ObjectMeta.DeepCopyInto(&c.ObjectMeta)
	if s.Spec.Replicas != nil {
		n := *s.Spec.Replicas
		c.Spec.Replicas = &n
	}
	c.Spec.Ports, c.Spec.Env = slices.Clone(s.Spec.Ports), maps.Clone(s.Spec.Env)
	c.Status.Conditions = slices.Clone(s.Status.Conditions)
	return &c
}

func (s *Site) DeepCopyObject() runtime.Object { return s.copied() }

func (l *SiteList) DeepCopyObject() runtime.Object {
	c := *l
	c.Items = nil
	for i := range l.Items {
		c.Items = append(c.Items, *l.Items[i].copied())
	}
	return &c
}

func addToScheme(s *runtime.Scheme) {
	s.AddKnownTypes(version, &Site{}, &SiteList{})
	metav1.AddToGroupVersion(s, version)
}
