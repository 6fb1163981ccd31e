package clients

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	boats       = schema.GroupVersionResource{Group: "go.example.com", Version: "v1", Resource: "boats"}
)

type object = map[string]any

func of(properties object) object { return object{"type": "object", "properties": properties} }

// boatDefinition has a list of one item per name, status and scale.
func boatDefinition() *unstructured.Unstructured {
	integer, text := object{"type": "integer"}, object{"type": "string"}
	crew := of(object{"name": text, "role": text})
	crew["required"] = []any{"name"}
	root := of(object{
		"spec": of(object{"crew": object{"type": "array", "items": crew, "x-kubernetes-list-type": "map",
			"x-kubernetes-list-map-keys": []any{"name"}}, "oars": integer, "flag": text}),
		"status": of(object{"oars": integer, "phase": text}),
	})
	return &unstructured.Unstructured{Object: object{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": object{"name": "boats.go.example.com"},
		"spec": object{
			"group": "go.example.com", "scope": "Namespaced", "names": object{"plural": "boats", "kind": "Boat"},
			"versions": []any{object{"name": "v1", "served": true, "storage": true, "schema": object{"openAPIV3Schema": root},
				"subresources": object{"status": object{}, "scale": object{
					"specReplicasPath": ".spec.oars", "statusReplicasPath": ".status.oars"}}}},
		},
	}}
}

func boat(name string, spec object) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: object{
		"apiVersion": "go.example.com/v1", "kind": "Boat", "metadata": object{"name": name}, "spec": spec}}
}

func sailors(names ...string) (crew []any) {
	for _, name := range names {
		crew = append(crew, object{"name": name})
	}
	return crew
}

// harbour is where boats are made: the kind is installed first, once.
func harbour(t *testing.T, ns string) dynamic.ResourceInterface {
	t.Helper()
	client, err := dynamic.NewForConfig(config(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Resource(definitions).Create(bounded(t), boatDefinition(), metav1.CreateOptions{})
	if err != nil && !errors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	eventually(t, "the kind is established", func() bool {
		d, err := client.Resource(definitions).Get(bounded(t), "boats.go.example.com", metav1.GetOptions{})
		conditions, _, _ := unstructured.NestedSlice(d.Object, "status", "conditions")
		for _, c := range conditions {
			if c.(object)["type"] == "Established" && c.(object)["status"] == "True" {
				return err == nil
			}
		}
		return false
	})
	core, _ := typed(t)
	return client.Resource(boats).Namespace(namespace(t, core, ns))
}

func TestCustomApply(t *testing.T) {
	client := harbour(t, "custom-apply")
	apply := func(manager string, spec object, force bool) (*unstructured.Unstructured, error) {
		return client.Apply(bounded(t), "argo", boat("argo", spec), by(manager, force))
	}
	if _, err := apply("one", object{"crew": sailors("jason"), "oars": int64(4)}, false); err != nil {
		t.Fatal(err)
	}
	both, err := apply("two", object{"crew": sailors("medea")}, false)
	if err != nil {
		t.Fatal(err)
	}
	if crew, _, _ := unstructured.NestedSlice(both.Object, "spec", "crew"); len(crew) != 2 || both.GetGeneration() != 2 {
		t.Errorf("%v", both)
	}
	again, err := apply("two", object{"crew": sailors("medea")}, false)
	if err != nil || again.GetResourceVersion() != both.GetResourceVersion() {
		t.Errorf("written although nothing changed: %v", err)
	}
	_, err = apply("two", object{"oars": int64(5)}, false)
	if fields := conflicts(err); len(fields) != 1 || fields[0] != ".spec.oars" {
		t.Errorf("want a conflict: %v %v", err, fields)
	}
	forced, err := apply("two", object{"oars": int64(5)}, true)
	crew, _, _ := unstructured.NestedSlice(forced.Object, "spec", "crew")
	if err != nil || len(crew) != 1 || crew[0].(object)["name"] != "jason" {
		t.Errorf("%v %v", forced, err)
	}
	status := boat("argo", nil)
	delete(status.Object, "spec")
	status.Object["status"] = object{"phase": "sails", "oars": int64(5)}
	sails, err := client.ApplyStatus(bounded(t), "argo", status, by("harbour master", false))
	phase, _, _ := unstructured.NestedString(sails.Object, "status", "phase")
	if err != nil || phase != "sails" || sails.GetGeneration() != forced.GetGeneration() {
		t.Errorf("%v %v", sails, err)
	}
	if n := len(sails.GetManagedFields()); n != 3 {
		t.Errorf("%d managers: %v", n, sails.GetManagedFields())
	}
}

func TestCustomPatches(t *testing.T) {
	client := harbour(t, "custom-patches")
	if _, err := client.Create(bounded(t), boat("raft", object{"oars": int64(1)}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	patch := func(kind types.PatchType, body string, parts ...string) (*unstructured.Unstructured, error) {
		return client.Patch(bounded(t), "raft", kind, []byte(body), metav1.PatchOptions{}, parts...)
	}
	oars := func(o *unstructured.Unstructured, err error) int64 {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		n, _, _ := unstructured.NestedInt64(o.Object, "spec", "oars")
		return n
	}
	if n := oars(patch(types.MergePatchType, `{"spec":{"oars":2,"unknown":1}}`)); n != 2 {
		t.Errorf("merge: %d", n)
	}
	if n := oars(patch(types.JSONPatchType, `[{"op":"replace","path":"/spec/oars","value":3}]`)); n != 3 {
		t.Errorf("json: %d", n)
	}
	if n := oars(patch(types.MergePatchType, `{"status":{"phase":"adrift"},"spec":{"oars":9}}`, "status")); n != 3 {
		t.Errorf("status: %d", n)
	}
	scale, err := patch(types.MergePatchType, `{"spec":{"replicas":4}}`, "scale")
	replicas, _, _ := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	if err != nil || scale.GetKind() != "Scale" || replicas != 4 {
		t.Errorf("scale: %v %v", scale, err)
	}
	got, err := client.Get(bounded(t), "raft", metav1.GetOptions{})
	if phase, _, _ := unstructured.NestedString(got.Object, "status", "phase"); oars(got, err) != 4 || phase != "adrift" {
		t.Errorf("%v", got)
	}
	if _, err = patch(types.StrategicMergePatchType, `{"spec":{"oars":5}}`); !errors.IsUnsupportedMediaType(err) {
		t.Errorf("want an unsupported media type: %v", err)
	}
	if _, err = patch(types.MergePatchType, `{"spec":{"oars":"many"}}`); !errors.IsInvalid(err) {
		t.Errorf("want invalid: %v", err)
	}
}
