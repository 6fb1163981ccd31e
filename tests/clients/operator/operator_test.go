package operator

import (
	"context"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestReconcile(t *testing.T) {
	ns := namespace(t, "reconcile")
	s := site(t, ns, "blog", 2)
	if s.Spec.Image != "nginx" || s.Status.Selector != "site=blog" || s.Status.Conditions[0].Type != "Ready" {
		t.Errorf("%+v", s)
	}
	at := client.ObjectKeyFromObject(s)
	web, service := &appsv1.Deployment{}, &corev1.Service{}
	for _, made := range []client.Object{web, service} {
		if err := direct.Get(bounded(t), at, made); err != nil {
			t.Fatal(err)
		}
		if !metav1.IsControlledBy(made, s) {
			t.Errorf("owners: %v", made.GetOwnerReferences())
		}
	}
	if web.Status.AvailableReplicas != 2 || web.Spec.Template.Spec.Containers[0].Image != "nginx" {
		t.Errorf("%+v", web)
	}
	managers := service.ManagedFields
	if len(managers) != 1 || managers[0].Manager != owner || managers[0].Operation != metav1.ManagedFieldsOperationApply {
		t.Errorf("%v", managers)
	}
	eventually(t, "the event is told", func() bool {
		list := &eventsv1.EventList{}
		if err := direct.List(bounded(t), list, client.InNamespace(ns)); err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Items {
			if e.ReportingController == owner && e.Regarding.UID == s.UID && e.Related.Name == "blog" && e.Reason == "Made" {
				return true
			}
		}
		return false
	})
	// What a controller takes away, the controller of the operator brings back.
	if err := direct.Delete(bounded(t), service); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Service is back", func() bool {
		again := &corev1.Service{}
		return direct.Get(bounded(t), at, again) == nil && again.UID != service.UID
	})
}

func TestScale(t *testing.T) {
	ns := namespace(t, "scale")
	s := site(t, ns, "shop", 1)
	scale := &autoscaling{}
	if err := direct.SubResource("scale").Get(bounded(t), s, scale); err != nil {
		t.Fatal(err)
	}
	if scale.Spec.Replicas != 1 || scale.Status.Replicas != 1 || scale.Status.Selector != "site=shop" {
		t.Errorf("%+v", scale)
	}
	scale.Spec.Replicas = 3
	if err := direct.SubResource("scale").Update(bounded(t), s, client.WithSubResourceBody(scale)); err != nil {
		t.Fatal(err)
	}
	if s = ready(t, ns, "shop", 3); *s.Spec.Replicas != 3 {
		t.Errorf("%+v", s.Spec)
	}
	scaledByAutoscalers(t, ns, "shop", 3, 2)
	ready(t, ns, "shop", 2)
}

func TestDeletion(t *testing.T) {
	ns := namespace(t, "deletion")
	s := site(t, ns, "gone", 1)
	if len(s.Finalizers) != 1 || s.Finalizers[0] != finalizer {
		t.Fatalf("%v", s.Finalizers)
	}
	if err := direct.Delete(bounded(t), s, client.Preconditions{UID: new(s.UID)}); err != nil {
		t.Fatal(err)
	}
	at := client.ObjectKeyFromObject(s)
	for _, o := range []client.Object{&Site{}, &appsv1.Deployment{}, &corev1.Service{}} {
		eventually(t, fmt.Sprintf("the %T is gone", o), func() bool { return errors.IsNotFound(direct.Get(bounded(t), at, o)) })
	}
	eventually(t, "its pods are gone", func() bool {
		pods := &corev1.PodList{}
		err := direct.List(bounded(t), pods, client.InNamespace(ns), client.MatchingLabels{"site": "gone"})
		return err == nil && len(pods.Items) == 0
	})
	if err := direct.Get(bounded(t), client.ObjectKey{Namespace: ns, Name: "gone-farewell"}, &corev1.ConfigMap{}); err != nil {
		t.Error(err)
	}
	// In the foreground the dependents go first.
	s = site(t, ns, "last", 1)
	if err := direct.Delete(bounded(t), s, client.PropagationPolicy(metav1.DeletePropagationForeground)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Site is gone", func() bool {
		return errors.IsNotFound(direct.Get(bounded(t), client.ObjectKeyFromObject(s), &Site{}))
	})
	err := direct.Get(bounded(t), client.ObjectKeyFromObject(s), &appsv1.Deployment{})
	if !errors.IsNotFound(err) {
		t.Errorf("the Deployment outlived the Site: %v", err)
	}
}

func TestCache(t *testing.T) {
	ns := namespace(t, "cache")
	for name, image := range map[string]string{"a": "nginx", "b": "httpd", "c": "httpd"} {
		s := &Site{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}, Spec: siteSpec{Image: image}}
		if err := direct.Create(bounded(t), s); err != nil {
			t.Fatal(err)
		}
	}
	byImage := client.MatchingFields{"spec.image": "httpd"}
	eventually(t, "the index of the cache has two", func() bool {
		list := &SiteList{}
		err := manager.GetClient().List(bounded(t), list, client.InNamespace(ns), byImage)
		return err == nil && len(list.Items) == 2
	})
	// The server selects by the same field, and in pages.
	list := &SiteList{}
	if err := direct.List(bounded(t), list, client.InNamespace(ns), byImage); err != nil || len(list.Items) != 2 {
		t.Errorf("%v %v", list.Items, err)
	}
	if err := direct.List(bounded(t), list, client.InNamespace(ns), client.Limit(1)); err != nil || len(list.Items) != 1 || list.Continue == "" {
		t.Errorf("%v %v", list, err)
	}
	// Metadata only: with names and labels, without a spec, through a cache of its own.
	bare := &metav1.PartialObjectMetadataList{}
	bare.SetGroupVersionKind(version.WithKind("SiteList"))
	if err := manager.GetClient().List(bounded(t), bare, client.InNamespace(ns)); err != nil || len(bare.Items) != 3 {
		t.Errorf("%v %v", bare.Items, err)
	}
	if err := direct.DeleteAllOf(bounded(t), &Site{}, client.InNamespace(ns)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the caches are empty", func() bool {
		err := manager.GetClient().List(bounded(t), list, client.InNamespace(ns))
		if err == nil {
			err = manager.GetClient().List(bounded(t), bare, client.InNamespace(ns))
		}
		return err == nil && len(list.Items) == 0 && len(bare.Items) == 0
	})
}

// Built-in kinds travel as protobuf, the operator's own as JSON.
func TestWire(t *testing.T) {
	site(t, namespace(t, "wire"), "wire", 1)
	if wire.protobuf.Load() < 10 || wire.custom.Load() < 3 || wire.wrong.Load() != 0 {
		t.Errorf("protobuf %d, custom %d, asked for in vain %d", wire.protobuf.Load(), wire.custom.Load(), wire.wrong.Load())
	}
}

func holder(t *testing.T, lease string) string {
	l := &coordinationv1.Lease{}
	if err := direct.Get(bounded(t), client.ObjectKey{Namespace: "default", Name: lease}, l); err != nil {
		return ""
	}
	return *l.Spec.HolderIdentity
}

// One leads, the other waits until the first gives the Lease back.
func TestLeaderElection(t *testing.T) {
	if holder(t, "site-operator") == "" {
		t.Error("nobody leads")
	}
	var cancels []context.CancelFunc
	var managers []ctrl.Manager
	ended := make(chan error, 2)
	for range 2 {
		o := options(true)
		o.LeaderElectionID = "two"
		m, err := ctrl.NewManager(cluster, o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancels, managers = append(cancels, cancel), append(managers, m)
		go func() { ended <- m.Start(ctx) }()
		if len(managers) == 1 {
			<-m.Elected()
		}
	}
	first := holder(t, "two")
	select {
	case <-managers[1].Elected():
		t.Error("two lead")
	default:
	}
	cancels[0]()
	<-managers[1].Elected()
	if second := holder(t, "two"); second == "" || second == first {
		t.Errorf("%s, then %s", first, second)
	}
	cancels[1]()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
