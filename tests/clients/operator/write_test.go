package operator

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type autoscaling = autoscalingv1.Scale

// scaledByAutoscalers reads and sets the Scale with the client of the horizontal pod autoscaler.
func scaledByAutoscalers(t *testing.T, ns, name string, from, to int32) {
	t.Helper()
	found, err := discovery.NewDiscoveryClientForConfig(cluster)
	if err != nil {
		t.Fatal(err)
	}
	kinds := scale.NewDiscoveryScaleKindResolver(found)
	scales, err := scale.NewForConfig(cluster, direct.RESTMapper(), dynamic.LegacyAPIPathResolverFunc, kinds)
	if err != nil {
		t.Fatal(err)
	}
	sites := version.WithResource("sites")
	got, err := scales.Scales(ns).Get(bounded(t), sites.GroupResource(), name, metav1.GetOptions{})
	if err != nil || got.Spec.Replicas != from || got.Status.Selector != "site="+name {
		t.Fatalf("%v %v", got, err)
	}
	got.Spec.Replicas = to
	if _, err = scales.Scales(ns).Update(bounded(t), sites.GroupResource(), got, metav1.UpdateOptions{}); err != nil {
		t.Error(err)
	}
	got, err = scales.Scales(ns).Patch(bounded(t), sites, name, types.MergePatchType, []byte(`{"metadata":{}}`), metav1.PatchOptions{})
	if err != nil || got.Spec.Replicas != to {
		t.Errorf("%v %v", got, err)
	}
}

func TestConflict(t *testing.T) {
	ns := namespace(t, "conflict")
	stale := site(t, ns, "busy", 1)
	newer := stale.copied()
	newer.Labels = map[string]string{"by": "another"}
	if err := direct.Update(bounded(t), newer); err != nil {
		t.Fatal(err)
	}
	stale.Spec.Env = map[string]string{"A": "1"}
	if err := direct.Update(bounded(t), stale.copied()); !errors.IsConflict(err) {
		t.Errorf("want a conflict: %v", err)
	}
	locked := client.MergeFromWithOptions(stale.copied(), client.MergeFromWithOptimisticLock{})
	changed := stale.copied()
	changed.Spec.Env = map[string]string{"A": "2"}
	if err := direct.Patch(bounded(t), changed, locked); !errors.IsConflict(err) {
		t.Errorf("want a conflict: %v", err)
	}
	tries := 0
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		if tries++; tries > 1 {
			if err := direct.Get(bounded(t), client.ObjectKeyFromObject(stale), stale); err != nil {
				return err
			}
			stale.Spec.Env = map[string]string{"A": "1"}
		}
		return direct.Update(bounded(t), stale)
	})
	if err != nil || tries < 2 || stale.Labels["by"] != "another" || stale.Spec.Env["A"] != "1" {
		t.Errorf("%v after %d: %+v", err, tries, stale)
	}
}

func TestPatches(t *testing.T) {
	ns := namespace(t, "patches")
	s := site(t, ns, "soft", 1)
	before := s.copied()
	s.Spec.Env = map[string]string{"A": "1"}
	if err := direct.Patch(bounded(t), s, client.MergeFrom(before)); err != nil || s.Spec.Env["A"] != "1" {
		t.Errorf("merge: %v %+v", err, s.Spec)
	}
	jump := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"test","path":"/spec/env/A","value":"1"},{"op":"replace","path":"/spec/env/A","value":"2"}]`))
	if err := direct.Patch(bounded(t), s, jump); err != nil || s.Spec.Env["A"] != "2" {
		t.Errorf("json: %v %+v", err, s.Spec)
	}
	if err := direct.Patch(bounded(t), s, jump); !errors.IsInvalid(err) {
		t.Errorf("want invalid, its test fails: %v", err)
	}
	strategic := client.RawPatch(types.StrategicMergePatchType, []byte(`{"spec":{"env":{"A":"3"}}}`))
	if err := direct.Patch(bounded(t), s, strategic); !errors.IsUnsupportedMediaType(err) {
		t.Errorf("want an unsupported media type: %v", err)
	}
	web := &appsv1.Deployment{}
	if err := direct.Get(bounded(t), client.ObjectKeyFromObject(s), web); err != nil {
		t.Fatal(err)
	}
	was := web.DeepCopy()
	web.Spec.Template.Spec.Containers[0].Args = []string{"-v"}
	web.Spec.Template.Spec.Containers = append(web.Spec.Template.Spec.Containers, *web.Spec.Template.Spec.Containers[0].DeepCopy())
	web.Spec.Template.Spec.Containers[1].Name = "side"
	if err := direct.Patch(bounded(t), web, client.StrategicMergeFrom(was)); err != nil || len(web.Spec.Template.Spec.Containers) != 2 {
		t.Errorf("strategic: %v %+v", err, web.Spec.Template.Spec)
	}
	status := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"image":"ignored"},"status":{"observedGeneration":0}}`))
	if err := direct.Status().Patch(bounded(t), s, status); err != nil || s.Spec.Image != "nginx" {
		t.Errorf("status: %v %+v", err, s)
	}
}

func wanted(ns, name string, spec map[string]any) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetGroupVersionKind(version.WithKind("Site"))
	u.SetNamespace(ns)
	u.SetName(name)
	return u
}

func TestApply(t *testing.T) {
	ns := namespace(t, "apply")
	ports := func(n int64, names ...string) (list []any) {
		for _, name := range names {
			list = append(list, map[string]any{"name": name, "port": n})
		}
		return list
	}
	apply := func(by string, spec map[string]any, more ...client.ApplyOption) error {
		return direct.Apply(bounded(t), client.ApplyConfigurationFromUnstructured(wanted(ns, "mine", spec)),
			append(more, client.FieldOwner(by))...)
	}
	if err := apply("one", map[string]any{"ports": ports(80, "a"), "image": "httpd"}); err != nil {
		t.Fatal(err)
	}
	if err := apply("two", map[string]any{"ports": ports(81, "b")}); err != nil {
		t.Fatal(err)
	}
	if err := apply("two", map[string]any{"image": "nginx"}); !errors.IsConflict(err) {
		t.Errorf("want a conflict: %v", err)
	}
	if err := apply("two", map[string]any{"image": "nginx", "ports": ports(81, "b")}, client.ForceOwnership); err != nil {
		t.Error(err)
	}
	if err := apply("one", map[string]any{}, client.ForceOwnership); err != nil {
		t.Error(err)
	}
	s := &Site{}
	if err := direct.Get(bounded(t), client.ObjectKey{Namespace: ns, Name: "mine"}, s); err != nil {
		t.Fatal(err)
	}
	if len(s.Spec.Ports) != 1 || s.Spec.Ports[0] != (port{"b", 81}) || s.Spec.Image != "nginx" {
		t.Errorf("%+v", s.Spec)
	}
}

func TestChecks(t *testing.T) {
	ns := namespace(t, "checks")
	bad := &Site{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "bad"}, Spec: siteSpec{Replicas: new(int32(-1))}}
	if err := direct.Create(bounded(t), bad); !errors.IsInvalid(err) {
		t.Errorf("want invalid: %v", err)
	}
	u := wanted(ns, "odd", map[string]any{"colour": "red"})
	strict := client.WithFieldValidation(direct, metav1.FieldValidationStrict)
	if err := strict.Create(bounded(t), u.DeepCopy()); !errors.IsBadRequest(err) {
		t.Errorf("want a bad request: %v", err)
	}
	if err := client.NewDryRunClient(direct).Create(bounded(t), u); err != nil || u.GetUID() == "" {
		t.Errorf("%v %v", err, u)
	}
	if err := direct.Get(bounded(t), client.ObjectKeyFromObject(u), &Site{}); !errors.IsNotFound(err) {
		t.Errorf("a dry run wrote: %v", err)
	}
	named := &Site{ObjectMeta: metav1.ObjectMeta{Namespace: ns, GenerateName: "gen-"}}
	if err := direct.Create(bounded(t), named); err != nil || len(named.Name) != len("gen-")+5 {
		t.Errorf("%v %s", err, named.Name)
	}
}
