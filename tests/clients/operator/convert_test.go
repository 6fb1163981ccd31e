package operator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// oldSite reads a Site as v1beta1.
func oldSite(t *testing.T, ns, name string) *OldSite {
	t.Helper()
	o := &OldSite{}
	if err := direct.Get(bounded(t), client.ObjectKey{Namespace: ns, Name: name}, o); err != nil {
		t.Fatal(err)
	}
	return o
}

// The controller knows the hub alone; a user of the old version is served by the webhook of its manager.
func TestOldVersion(t *testing.T) {
	ns := namespace(t, "old-version")
	ports := map[string]int32{"http": 80, "admin": 81}
	made := &OldSite{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "relic"}, Spec: oldSpec{Size: new(int32(1)), Ports: ports}}
	if err := direct.Create(bounded(t), made); err != nil {
		t.Fatal(err)
	}
	if made.Spec.Image != "nginx" || made.UID == "" { // the default is that of the version asked for
		t.Errorf("%+v", made)
	}
	s := ready(t, ns, "relic", 1)
	if len(s.Spec.Ports) != 2 || s.UID != made.UID {
		t.Errorf("%+v", s)
	}
	o := oldSite(t, ns, "relic")
	if !maps.Equal(o.Spec.Ports, ports) || o.Status.Replicas != 1 || o.Generation != s.Generation {
		t.Errorf("%+v", o)
	}
	o.Spec.Size = new(int32(2))
	if err := direct.Update(bounded(t), o); err != nil {
		t.Fatal(err)
	}
	ready(t, ns, "relic", 2)
	merge := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"size":3,"ports":{"admin":null}}}`))
	if err := direct.Patch(bounded(t), o, merge); err != nil || len(o.Spec.Ports) != 1 {
		t.Fatalf("%v %+v", err, o)
	}
	if s = ready(t, ns, "relic", 3); len(s.Spec.Ports) != 1 || s.Spec.Ports[0] != (port{"http", 80}) {
		t.Errorf("%+v", s.Spec)
	}
	// Made as the hub, read as the spoke.
	site(t, ns, "new", 1)
	if o = oldSite(t, ns, "new"); *o.Spec.Size != 1 || o.Spec.Ports["http"] != 80 {
		t.Errorf("%+v", o.Spec)
	}
	list := &OldSiteList{}
	eventually(t, "a cache of the old version has both", func() bool {
		err := manager.GetClient().List(bounded(t), list, client.InNamespace(ns))
		return err == nil && len(list.Items) == 2 && *list.Items[1].Spec.Size == 3
	})
	if toHub.Load() == 0 || fromHub.Load() == 0 {
		t.Errorf("%d to the hub, %d from it", toHub.Load(), fromHub.Load())
	}
}

func TestOldVersionApplied(t *testing.T) {
	ns := namespace(t, "old-applied")
	apply := func(by string, spec map[string]any) error {
		u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
		u.SetGroupVersionKind(oldVersion.WithKind("Site"))
		u.SetNamespace(ns)
		u.SetName("mine")
		return direct.Apply(bounded(t), client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(by))
	}
	if err := apply("one", map[string]any{"size": int64(1), "image": "httpd"}); err != nil {
		t.Fatal(err)
	}
	ready(t, ns, "mine", 1)
	if err := apply("two", map[string]any{"size": int64(2)}); !errors.IsConflict(err) || !strings.Contains(err.Error(), ".spec.size") {
		t.Errorf("want a conflict: %v", err)
	}
	// A newer version of the same manager takes it over.
	hub := client.ApplyConfigurationFromUnstructured(wanted(ns, "mine", map[string]any{"replicas": int64(2), "image": "httpd"}))
	if err := direct.Apply(bounded(t), hub, client.FieldOwner("one")); err != nil {
		t.Fatal(err)
	}
	if s := ready(t, ns, "mine", 2); *s.Spec.Replicas != 2 {
		t.Errorf("%+v", s.Spec)
	}
	if o := oldSite(t, ns, "mine"); *o.Spec.Size != 2 || o.Spec.Image != "httpd" {
		t.Errorf("%+v", o.Spec)
	}
	lost := apply("one", map[string]any{"image": "lost"})
	if lost == nil || !strings.Contains(lost.Error(), errLost.Error()) {
		t.Errorf("want what the webhook says: %v", lost)
	}
}

// What envtest has written, and what the server made of it.
func TestDefinition(t *testing.T) {
	d := &apiextensionsv1.CustomResourceDefinition{}
	if err := direct.Get(bounded(t), client.ObjectKey{Name: "sites.web.example.com"}, d); err != nil {
		t.Fatal(err)
	}
	if d.Spec.Conversion.Strategy != apiextensionsv1.WebhookConverter || len(d.Spec.Conversion.Webhook.ClientConfig.CABundle) == 0 {
		t.Errorf("%+v", d.Spec.Conversion)
	}
	if !slices.Equal(d.Status.StoredVersions, []string{version.Version}) {
		t.Errorf("%v", d.Status.StoredVersions)
	}
}
