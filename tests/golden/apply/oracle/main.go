// oracle prints cases of server-side apply (tests/golden/apply) with the outcomes of upstream's own code: the managers
// of fields of k8s.io/apimachinery over the typed schema of k8s.io/kubernetes.
// Reads: what `golden_apply --dump` wrote, on stdin.   Writes: the file of cases, to stdout.
// With -schema: how every field of every built-in type is owned, as `golden_apply --schema` prints it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	_ "k8s.io/kubernetes/pkg/controlplane"
	"k8s.io/kubernetes/pkg/generated/openapi"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/core/node"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	smdschema "sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/yaml"
)

type line struct {
	Text string
	New  *struct{ Group, Version, Kind, Plural string }
	Step *step
}

type step struct {
	Verb, Manager, Sub, Version string
	Force                       bool
	Obj                         json.RawMessage
	Body                        string
}

var (
	out       = bufio.NewWriterSize(os.Stdout, 1<<20)
	scheme    = legacyscheme.Scheme
	converter managedfields.TypeConverter
	base      = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
)

func say(format string, args ...any) { fmt.Fprintf(out, "        "+format+"\n", args...) }

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		out.Flush()
		os.Exit(2)
	}
	return v
}

// ---- Upstream's typed schema ----

func models() map[string]*spec.Schema {
	namer := openapinamer.NewDefinitionNamer(scheme)
	config := genericapiserver.DefaultOpenAPIV3Config(openapi.GetOpenAPIDefinitions, namer)
	definitions := openapi.GetOpenAPIDefinitions(func(string) spec.Ref { return spec.Ref{} })
	names := map[string]bool{}
	for gvk, t := range scheme.AllKnownTypes() {
		if gvk.Version == runtime.APIVersionInternal || strings.HasPrefix(t.PkgPath(), "k8s.io/kubernetes/") {
			continue
		}
		name := util.GetCanonicalTypeName(must(scheme.New(gvk)))
		if _, ok := definitions[name]; ok {
			names[name] = true
		}
	}
	list := []string{}
	for n := range names {
		list = append(list, n)
	}
	sort.Strings(list)
	return must(builder3.BuildOpenAPIDefinitionsForResources(config, list...))
}

func relation(s *smdschema.Schema, tr smdschema.TypeRef) string {
	a, ok := s.Resolve(tr)
	if !ok {
		return "?"
	}
	switch {
	case a.Scalar != nil && a.List != nil && a.Map != nil:
		if a.Map.ElementRelationship == smdschema.Atomic {
			return "any atomic"
		}
		return "any"
	case a.Scalar != nil:
		return "scalar " + string(*a.Scalar)
	case a.List != nil:
		e := " of " + relation(s, a.List.ElementType)
		if a.List.ElementRelationship == smdschema.Atomic {
			return "list atomic" + e
		}
		if len(a.List.Keys) == 0 {
			return "list set" + e
		}
		return "list " + strings.Join(a.List.Keys, ",") + e
	case a.Map != nil && len(a.Map.Fields) > 0:
		if a.Map.ElementRelationship == smdschema.Atomic {
			return "struct atomic"
		}
		return "struct"
	case a.Map != nil:
		r := "map"
		if a.Map.ElementRelationship == smdschema.Atomic {
			r = "map atomic"
		}
		if a.Map.ElementType.NamedType != nil && *a.Map.ElementType.NamedType == "__untyped_deduced_" {
			return r + " of any"
		}
		return r + " of " + relation(s, a.Map.ElementType)
	}
	return "?"
}

func printSchema() {
	s := must(schemaconv.ToSchemaFromOpenAPI(models(), false))
	lines := []string{}
	for _, t := range s.Types {
		if t.Map == nil {
			continue
		}
		for _, f := range t.Map.Fields {
			l := t.Name + " " + f.Name + ": " + relation(s, f.Type)
			a, _ := s.Resolve(f.Type)
			if a.List != nil && len(a.List.Keys) > 0 {
				e, _ := s.Resolve(a.List.ElementType)
				for _, k := range a.List.Keys {
					if kf, ok := e.Map.FindField(k); ok && kf.Default != nil {
						l += fmt.Sprintf(" %s=%s", k, must(json.Marshal(kf.Default)))
					}
				}
			}
			lines = append(lines, l)
		}
	}
	sort.Strings(lines)
	for _, l := range lines {
		fmt.Fprintln(out, l)
	}
}

// ---- Managers of fields ----

func resets(s any) map[fieldpath.APIVersion]fieldpath.Filter {
	if f, ok := s.(rest.ResetFieldsFilterStrategy); ok {
		return f.GetResetFieldsFilter()
	}
	if r, ok := s.(rest.ResetFieldsStrategy); ok {
		return fieldpath.NewExcludeFilterSetMap(r.GetResetFields())
	}
	return nil
}

var strategies = map[string]any{
	"deployments": deployment.Strategy, "deployments/status": deployment.StatusStrategy,
	"statefulsets": statefulset.Strategy, "statefulsets/status": statefulset.StatusStrategy,
	"horizontalpodautoscalers": horizontalpodautoscaler.Strategy, "horizontalpodautoscalers/status": horizontalpodautoscaler.StatusStrategy,
	"nodes": node.Strategy, "nodes/status": node.StatusStrategy,
	"persistentvolumes": persistentvolume.Strategy, "persistentvolumes/status": persistentvolume.StatusStrategy,
	"persistentvolumeclaims": persistentvolumeclaim.Strategy, "persistentvolumeclaims/status": persistentvolumeclaim.StatusStrategy,
	"pods": pod.Strategy, "pods/status": pod.StatusStrategy, // resize and ephemeralcontainers have filters that nobody asks for
	"services": service.Strategy, "services/status": service.StatusStrategy,
}

func fieldManager(gvk schema.GroupVersionKind, plural, sub string) *managedfields.FieldManager {
	name := plural
	if sub != "" {
		name += "/" + sub
	}
	hub := schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal}
	return must(managedfields.NewDefaultFieldManager(converter, runtime.UnsafeObjectConvertor(scheme), scheme, scheme, gvk, hub, sub, resets(strategies[name])))
}

type object struct {
	gvk    schema.GroupVersionKind
	plural string
	live   runtime.Object // internal; nil: none
	n      int            // steps so far
}

func (o *object) internal() schema.GroupVersion {
	return schema.GroupVersion{Group: o.gvk.Group, Version: runtime.APIVersionInternal}
}

func (o *object) versionJSON(obj runtime.Object, gvk schema.GroupVersionKind) []byte {
	v := must(runtime.UnsafeObjectConvertor(scheme).ConvertToVersion(obj, gvk.GroupVersion()))
	v.GetObjectKind().SetGroupVersionKind(gvk)
	return must(json.Marshal(v))
}

func (o *object) decode(raw []byte, gvk schema.GroupVersionKind) (runtime.Object, error) {
	m := map[string]any{}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	m["apiVersion"], m["kind"] = gvk.GroupVersion().String(), gvk.Kind
	return runtime.Decode(legacyscheme.Codecs.UniversalDecoder(o.internal()), must(json.Marshal(m)))
}

// fix gives entries of this step their time.
func (o *object) fix(obj runtime.Object) {
	a := must(meta.Accessor(obj))
	list := a.GetManagedFields()
	for i := range list {
		if list[i].Time != nil && list[i].Time.Year() > 2024 {
			t := metav1.NewTime(base.Add(time.Duration(o.n) * time.Second))
			list[i].Time = &t
		}
	}
	a.SetManagedFields(list)
}

func printEntries(obj runtime.Object) {
	for _, e := range must(meta.Accessor(obj)).GetManagedFields() {
		sub, at := "", "-"
		if e.Subresource != "" {
			sub = " /" + e.Subresource
		}
		if e.Time != nil {
			at = fmt.Sprint(int(e.Time.Sub(base).Seconds()))
		}
		fields := bytes.Buffer{}
		json.HTMLEscape(&fields, []byte(e.FieldsV1.GetRawString())) // as the encoder of an answer does
		say("> %s %s %s%s @%s %s", e.Operation, e.Manager, e.APIVersion, sub, at, fields.String())
	}
}

func (o *object) show(obj runtime.Object, gvk schema.GroupVersionKind) {
	m := map[string]any{}
	if err := json.Unmarshal(o.versionJSON(obj, gvk), &m); err != nil {
		panic(err)
	}
	md := m["metadata"].(map[string]any)
	for _, k := range []string{"managedFields", "uid", "name", "namespace"} {
		delete(md, k)
	}
	delete(m, "apiVersion")
	delete(m, "kind")
	say("| %s", must(json.Marshal(m)))
}

func (o *object) refused(err error) {
	say("! %s", strings.ReplaceAll(err.Error(), "\n", "\\n"))
	if s, ok := err.(*errors.StatusError); ok && s.ErrStatus.Details != nil {
		for _, c := range s.ErrStatus.Details.Causes {
			say("! %s: %s", c.Field, c.Message)
		}
	}
}

func (o *object) new() runtime.Object { return must(scheme.New(o.internal().WithKind(o.gvk.Kind))) }

func (o *object) run(s *step) {
	o.n++
	gvk := o.gvk
	if s.Version != "" {
		gvk.Version = s.Version
	}
	if strings.HasPrefix(s.Verb, "scale") {
		o.scale(s, gvk)
		return
	}
	fm := fieldManager(gvk, o.plural, s.Sub)
	live := o.live
	if live == nil {
		live = must(scheme.New(gvk)) // as createHandler and applyPatcher have it
	}
	var made runtime.Object
	var err error
	if s.Verb == "apply" {
		patch := &unstructured.Unstructured{Object: map[string]any{}}
		if s.Body != "" {
			err = yaml.Unmarshal([]byte(s.Body), &patch.Object)
		} else {
			err = json.Unmarshal(s.Obj, patch)
		}
		if err == nil {
			made, err = fm.Apply(live, patch, s.Manager, s.Force)
		}
	} else {
		raw := []byte(s.Obj)
		if s.Verb == "edit" {
			raw = must(jsonpatch.MergePatch(o.versionJSON(live, gvk), raw))
		}
		made, err = o.decode(raw, gvk)
		if err == nil {
			a := must(meta.Accessor(made))
			if o.live != nil {
				a.SetUID(must(meta.Accessor(o.live)).GetUID())
			}
			made, err = fm.Update(live, made, s.Manager)
		}
	}
	if err != nil {
		o.refused(err)
		return
	}
	must(meta.Accessor(made)).SetUID(types.UID("u"))
	o.fix(made)
	o.live = must(scheme.ConvertToVersion(made, o.internal()))
	if s.Verb == "apply" {
		o.show(o.live, gvk)
	}
	printEntries(o.live)
}

// scale does what the ScaleREST of the workloads does around the managers of fields.
func (o *object) scale(s *step, gvk schema.GroupVersionKind) {
	path := fieldpath.MakePathOrDie("spec", "replicas")
	a := must(meta.Accessor(o.live))
	handler := managedfields.NewScaleHandler(a.GetManagedFields(), gvk.GroupVersion(),
		managedfields.ResourcePathMappings{gvk.GroupVersion().String(): path})
	parent := map[string]any{}
	if err := json.Unmarshal(o.versionJSON(o.live, gvk), &parent); err != nil {
		panic(err)
	}
	spec := parent["spec"].(map[string]any)
	scaleKind := schema.GroupVersionKind{Group: "autoscaling", Version: "v1", Kind: "Scale"}
	old := &autoscaling.Scale{ObjectMeta: metav1.ObjectMeta{Name: a.GetName(), Namespace: a.GetNamespace(), UID: a.GetUID(), ManagedFields: must(handler.ToSubresource())}}
	if r, ok := spec["replicas"].(float64); ok {
		old.Spec.Replicas = int32(r)
	}
	fm := must(managedfields.NewDefaultFieldManager(converter, runtime.UnsafeObjectConvertor(scheme), scheme, scheme, scaleKind, schema.GroupVersion{Group: "autoscaling", Version: runtime.APIVersionInternal}, "scale", nil))
	var made runtime.Object
	var err error
	if s.Verb == "scale-apply" {
		patch := &unstructured.Unstructured{Object: map[string]any{}}
		if err = json.Unmarshal(s.Obj, patch); err == nil {
			made, err = fm.Apply(old, patch, s.Manager, s.Force)
		}
	} else {
		next := old.DeepCopy()
		m := struct{ Spec struct{ Replicas int32 } }{}
		if err = json.Unmarshal(s.Obj, &m); err == nil {
			next.Spec.Replicas = m.Spec.Replicas
			made, err = fm.Update(old, next, s.Manager)
		}
	}
	if err != nil {
		o.refused(err)
		return
	}
	scale := must(scheme.ConvertToVersion(made, schema.GroupVersion{Group: "autoscaling", Version: runtime.APIVersionInternal})).(*autoscaling.Scale)
	entries := must(handler.ToParent(scale.ManagedFields))
	spec["replicas"] = scale.Spec.Replicas
	o.live = must(o.decode(must(json.Marshal(parent)), gvk))
	must(meta.Accessor(o.live)).SetManagedFields(entries)
	o.fix(o.live)
	printEntries(o.live)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-schema" {
		printSchema()
		out.Flush()
		return
	}
	converter = must(managedfields.NewTypeConverter(models(), false))
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	var o *object
	for in.Scan() {
		l := line{}
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			must(0, err)
		}
		if l.New != nil {
			o = &object{gvk: schema.GroupVersionKind{Group: l.New.Group, Version: l.New.Version, Kind: l.New.Kind}, plural: l.New.Plural}
			continue
		}
		fmt.Fprintln(out, l.Text)
		if l.Step != nil {
			o.run(l.Step)
		}
	}
	out.Flush()
}
