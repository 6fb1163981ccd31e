package clients

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/discovery"
)

func TestDiscovery(t *testing.T) {
	client, err := discovery.NewDiscoveryClientForConfig(config(t))
	if err != nil {
		t.Fatal(err)
	}
	groups, lists, err := client.ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	aggregated := map[string]int{}
	for _, l := range lists {
		aggregated[l.GroupVersion] = len(l.APIResources)
	}
	for _, want := range []string{"v1", "apps/v1", "batch/v1", "autoscaling/v2", "events.k8s.io/v1", "storage.k8s.io/v1"} {
		if aggregated[want] == 0 {
			t.Errorf("%s is not there, of %d groups", want, len(groups))
		}
	}
	// The legacy way must tell the same.
	for gv, n := range aggregated {
		list, err := client.WithLegacy().ServerResourcesForGroupVersion(gv)
		if err != nil {
			t.Errorf("%s: %v", gv, err)
		} else if len(list.APIResources) != n {
			t.Errorf("%s has %d resources, aggregated %d", gv, len(list.APIResources), n)
		}
	}
}

func TestTypedProtobuf(t *testing.T) {
	client, answers := typed(t)
	ns := namespace(t, client, "typed")
	pods := client.CoreV1().Pods(ns)
	list, err := pods.List(bounded(t), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := pods.Watch(bounded(t), metav1.ListOptions{ResourceVersion: list.ResourceVersion, AllowWatchBookmarks: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	made, err := pods.Create(bounded(t), pod("web"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if made.Spec.RestartPolicy != corev1.RestartPolicyAlways || made.UID == "" {
		t.Errorf("not defaulted: %+v", made.Spec)
	}
	var kinds []watch.EventType
	for e := range w.ResultChan() {
		kinds = append(kinds, e.Type)
		p, ok := e.Object.(*corev1.Pod)
		if !ok {
			t.Fatalf("a %T", e.Object)
		}
		if p.Status.Phase == corev1.PodRunning && p.DeletionTimestamp == nil && p.Status.PodIP != "" {
			break
		}
	}
	if kinds[0] != watch.Added {
		t.Errorf("events: %v", kinds)
	}
	if _, err = pods.Patch(bounded(t), "web", types.StrategicMergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`), metav1.PatchOptions{}); err != nil {
		t.Error(err)
	}
	got, err := pods.Get(bounded(t), "web", metav1.GetOptions{})
	if err != nil || got.Labels["a"] != "b" {
		t.Errorf("%v %v", got.Labels, err)
	}
	if err = pods.Delete(bounded(t), "web", metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	_, err = pods.Get(bounded(t), "nobody", metav1.GetOptions{})
	if !errors.IsNotFound(err) {
		t.Errorf("want not found: %v", err)
	}
	_, err = pods.Create(bounded(t), pod("Bad_Name"), metav1.CreateOptions{})
	if !errors.IsInvalid(err) || !strings.Contains(err.Error(), "metadata.name") {
		t.Errorf("want invalid: %v", err)
	}
	if n := answers.Load(); n < 8 {
		t.Errorf("only %d answers were protobuf", n)
	}
}

func TestPages(t *testing.T) {
	client, _ := typed(t)
	maps := client.CoreV1().ConfigMaps(namespace(t, client, "pages"))
	want := names(25, "page")
	for _, name := range want {
		m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"pages": "yes"}}}
		if _, err := maps.Create(bounded(t), m, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	options := metav1.ListOptions{Limit: 10, LabelSelector: "pages=yes"}
	for {
		page, err := maps.List(bounded(t), options)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Items {
			got = append(got, m.Name)
		}
		if options.Continue = page.Continue; options.Continue == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestScaleAndLogs(t *testing.T) {
	client, _ := typed(t)
	ns := namespace(t, client, "scale")
	for _, name := range []string{"a", "b"} {
		if _, err := client.CoreV1().Pods(ns).Create(bounded(t), pod(name), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "both run", func() bool {
		l, err := client.CoreV1().Pods(ns).List(bounded(t), metav1.ListOptions{FieldSelector: "status.phase=Running"})
		return err == nil && len(l.Items) == 2
	})
	stream, err := client.CoreV1().Pods(ns).GetLogs("a", &corev1.PodLogOptions{}).Stream(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, stream)
}
