package operator

import (
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/conversion"
)

var oldVersion = schema.GroupVersion{Group: version.Group, Version: "v1beta1"}

type oldSpec struct {
	Image string           `json:"image,omitempty"`
	Size  *int32           `json:"size,omitempty"`
	Ports map[string]int32 `json:"ports,omitempty"`
}

// OldSite is a Site as v1beta1 has it: a spoke. v1, which is stored, is the hub.
type OldSite struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              oldSpec    `json:"spec"`
	Status            siteStatus `json:"status,omitempty"`
}

type OldSiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OldSite `json:"items"`
}

// Hub says that other versions are converted to and from this one.
func (s *Site) Hub() {}

var (
	errLost        = errors.New("the site is lost")
	toHub, fromHub atomic.Int64
)

func (o *OldSite) ConvertTo(hub conversion.Hub) error {
	toHub.Add(1)
	if o.Spec.Image == "lost" {
		return errLost
	}
	s := hub.(*Site)
	o.ObjectMeta.DeepCopyInto(&s.ObjectMeta)
	s.Spec = siteSpec{Image: o.Spec.Image, Replicas: o.Spec.Size}
	for _, name := range slices.Sorted(maps.Keys(o.Spec.Ports)) {
		s.Spec.Ports = append(s.Spec.Ports, port{name, o.Spec.Ports[name]})
	}
	s.Status = o.Status
	return nil
}

func (o *OldSite) ConvertFrom(hub conversion.Hub) error {
	fromHub.Add(1)
	s := hub.(*Site)
	s.ObjectMeta.DeepCopyInto(&o.ObjectMeta)
	o.Spec = oldSpec{Image: s.Spec.Image, Size: s.Spec.Replicas}
	for _, p := range s.Spec.Ports {
		if o.Spec.Ports == nil {
			o.Spec.Ports = map[string]int32{}
		}
		o.Spec.Ports[p.Name] = p.Port
	}
	o.Status = s.Status
	return nil
}

func (o *OldSite) DeepCopyObject() runtime.Object {
	c := *o
	o.ObjectMeta.DeepCopyInto(&c.ObjectMeta)
	if o.Spec.Size != nil {
		c.Spec.Size = new(*o.Spec.Size)
	}
	c.Spec.Ports = maps.Clone(o.Spec.Ports)
	c.Status.Conditions = append([]metav1.Condition(nil), o.Status.Conditions...)
	return &c
}

func (l *OldSiteList) DeepCopyObject() runtime.Object {
	c := *l
	c.Items = nil
	for i := range l.Items {
		c.Items = append(c.Items, *l.Items[i].DeepCopyObject().(*OldSite))
	}
	return &c
}

func addOldToScheme(s *runtime.Scheme) error {
	s.AddKnownTypeWithName(oldVersion.WithKind("Site"), &OldSite{})
	s.AddKnownTypeWithName(oldVersion.WithKind("SiteList"), &OldSiteList{})
	metav1.AddToGroupVersion(s, oldVersion)
	return apiextensionsv1.AddToScheme(s)
}
