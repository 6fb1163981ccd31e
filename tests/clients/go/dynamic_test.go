package clients

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

var deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}

func deployment(name string, replicas int64) *unstructured.Unstructured {
	labels := map[string]any{"app": name}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": name, "labels": labels},
		"spec": map[string]any{
			"replicas": replicas, "selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "nginx"}}}},
		},
	}}
}

func TestDynamic(t *testing.T) {
	client, err := dynamic.NewForConfig(config(t))
	if err != nil {
		t.Fatal(err)
	}
	core, _ := typed(t)
	apps := client.Resource(deployments).Namespace(namespace(t, core, "dynamic"))
	if _, err = apps.Create(bounded(t), deployment("web", 2), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "two are available", func() bool {
		d, err := apps.Get(bounded(t), "web", metav1.GetOptions{})
		n, _, _ := unstructured.NestedInt64(d.Object, "status", "availableReplicas")
		return err == nil && n == 2
	})
	list, err := apps.List(bounded(t), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil || len(list.Items) != 1 || list.Items[0].GetKind() != "Deployment" {
		t.Errorf("%v %v", list, err)
	}
	w, err := apps.Watch(bounded(t), metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if err = apps.Delete(bounded(t), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for e := range w.ResultChan() {
		if e.Type == "DELETED" {
			return
		}
	}
	t.Error("the watch ended before the deletion")
}

// The metadata client asks for PartialObjectMetadata, in protobuf.
func TestMetadata(t *testing.T) {
	c := metadata.ConfigFor(config(t))
	n := &atomic.Int64{}
	c.Wrap(func(rt http.RoundTripper) http.RoundTripper {
		return &seen{next: rt, types: map[string]*atomic.Int64{protobuf: n}}
	})
	client, err := metadata.NewForConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	core, _ := typed(t)
	ns := namespace(t, core, "metadata")
	pods := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(ns)
	before, err := pods.List(bounded(t), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := pods.Watch(bounded(t), metav1.ListOptions{ResourceVersion: before.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if _, err = core.CoreV1().Pods(ns).Create(bounded(t), pod("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	e := <-w.ResultChan()
	if o, ok := e.Object.(*metav1.PartialObjectMetadata); !ok || o.Name != "web" || o.Labels["app"] != "web" {
		t.Errorf("%s %T", e.Type, e.Object)
	}
	got, err := pods.Get(bounded(t), "web", metav1.GetOptions{})
	if err != nil || got.UID == "" {
		t.Errorf("%v %v", got, err)
	}
	list, err := pods.List(bounded(t), metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("%v %v", list, err)
	}
	if n.Load() < 3 {
		t.Errorf("only %d answers were protobuf", n.Load())
	}
}

// As kubectl get asks.
func TestTable(t *testing.T) {
	c := config(t)
	c.GroupVersion, c.APIPath, c.NegotiatedSerializer = &schema.GroupVersion{Version: "v1"}, "/api", scheme.Codecs.WithoutConversion()
	client, err := rest.RESTClientFor(c)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := client.Get().Resource("nodes").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json").
		Do(bounded(t)).Raw()
	if err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	if err = json.Unmarshal(raw, &table); err != nil {
		t.Fatal(err)
	}
	if table.Kind != "Table" || len(table.Rows) != 3 || table.ColumnDefinitions[0].Name != "Name" || table.Rows[0].Cells[0] != "node-1" {
		t.Errorf("%s", raw)
	}
}
