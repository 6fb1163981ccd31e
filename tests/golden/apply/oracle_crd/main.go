// oracle_crd prints cases of server-side apply on custom resources (tests/golden/apply/custom*.cases) with the outcomes of
// upstream's own code: the managers of fields over types that are built from the definition's schemas.
// Reads: what `golden_apply --dump` wrote, on stdin.   Writes: the file of cases, to stdout.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder"
	openapigen "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

type line struct {
	Text   string
	Define *v1.CustomResourceDefinition
	New    *struct{ Group, Version, Kind, Plural string }
	Step   *step
}

type step struct {
	Verb, Manager, Sub, Version string
	Force                       bool
	Obj                         map[string]any
}

var (
	out  = bufio.NewWriterSize(os.Stdout, 1<<20)
	base = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
)

func say(format string, args ...any) { fmt.Fprintf(out, "        "+format+"\n", args...) }

func must[T any](v T, err error) T {
	if err != nil {
		out.Flush()
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return v
}

// ---- The kind ----

type kind struct {
	crd         *v1.CustomResourceDefinition
	converter   managedfields.TypeConverter
	structurals map[string]*structuralschema.Structural
}

func define(crd *v1.CustomResourceDefinition) *kind {
	k := &kind{crd: crd, structurals: map[string]*structuralschema.Structural{}}
	models := map[string]*spec.Schema{}
	for name, d := range openapigen.GetOpenAPIDefinitions(func(name string) spec.Ref {
		return spec.MustCreateRef("#/components/schemas/" + name)
	}) {
		s := d.Schema
		models[name] = &s
	}
	for _, v := range crd.Spec.Versions {
		built := must(builder.BuildOpenAPIV3(crd, v.Name, builder.Options{}))
		for name, s := range built.Components.Schemas {
			models[name] = s
		}
		internal := &apiextensions.JSONSchemaProps{}
		must(0, v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, internal, nil))
		k.structurals[v.Name] = must(structuralschema.NewStructural(internal))
	}
	k.converter = must(managedfields.NewTypeConverter(models, crd.Spec.PreserveUnknownFields))
	return k
}

// ---- What upstream asks of a kind: nothing but apiVersion changes between versions ----

func (k *kind) Convert(in, out, context any) error { panic("not asked for") }
func (k *kind) ConvertFieldLabel(schema.GroupVersionKind, string, string) (string, string, error) {
	panic("not asked for")
}
func (k *kind) ConvertToVersion(in runtime.Object, gv runtime.GroupVersioner) (runtime.Object, error) {
	from := in.GetObjectKind().GroupVersionKind()
	to, ok := gv.KindForGroupVersionKinds([]schema.GroupVersionKind{from})
	if !ok || k.structurals[to.Version] == nil {
		return nil, fmt.Errorf("request to convert CR to an invalid group/version: %s", to.GroupVersion())
	}
	u := in.(*unstructured.Unstructured).DeepCopy()
	u.SetGroupVersionKind(to)
	return u, nil
}
func (k *kind) New(gvk schema.GroupVersionKind) (runtime.Object, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	return u, nil
}
func (k *kind) Default(in runtime.Object) {
	u := in.(*unstructured.Unstructured)
	s := k.structurals[u.GroupVersionKind().Version]
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, s)
	defaulting.Default(u.Object, s)
}
func (k *kind) prune(u *unstructured.Unstructured) {
	pruning.PruneWithOptions(u.Object, k.structurals[u.GroupVersionKind().Version], true, structuralschema.UnknownFieldPathOptions{})
}

// ---- A case ----

type object struct {
	k    *kind
	gvk  schema.GroupVersionKind
	live *unstructured.Unstructured
	n    int
}

func (o *object) reset(gvk schema.GroupVersionKind, sub string) map[fieldpath.APIVersion]fieldpath.Filter {
	has := false
	for _, v := range o.k.crd.Spec.Versions {
		has = has || v.Name == gvk.Version && v.Subresources != nil && v.Subresources.Status != nil
	}
	fields := map[fieldpath.APIVersion]*fieldpath.Set{}
	version := fieldpath.APIVersion(gvk.GroupVersion().String())
	if sub == "status" {
		fields[version] = fieldpath.NewSet(fieldpath.MakePathOrDie("metadata"), fieldpath.MakePathOrDie("spec"))
	} else if has {
		fields[version] = fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	}
	return fieldpath.NewExcludeFilterSetMap(fields)
}

func (o *object) fix() {
	list := o.live.GetManagedFields()
	for i := range list {
		if list[i].Time != nil && list[i].Time.Year() > 2024 {
			t := metav1.NewTime(base.Add(time.Duration(o.n) * time.Second))
			list[i].Time = &t
		}
	}
	o.live.SetManagedFields(list)
}

func (o *object) print() {
	for _, e := range o.live.GetManagedFields() {
		sub, at := "", "-"
		if e.Subresource != "" {
			sub = " /" + e.Subresource
		}
		if e.Time != nil {
			at = fmt.Sprint(int(e.Time.Sub(base).Seconds()))
		}
		fields := bytes.Buffer{}
		json.HTMLEscape(&fields, []byte(e.FieldsV1.GetRawString()))
		say("> %s %s %s%s @%s %s", e.Operation, e.Manager, e.APIVersion, sub, at, fields.String())
	}
}

func (o *object) show(u *unstructured.Unstructured) {
	m := u.DeepCopy().Object
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

func (o *object) run(s *step) {
	o.n++
	gvk := o.gvk
	if s.Version != "" {
		gvk.Version = s.Version
	}
	fm := must(managedfields.NewDefaultCRDFieldManager(o.k.converter, o.k, o.k, o.k, gvk, gvk.GroupVersion(), s.Sub, o.reset(gvk, s.Sub)))
	live := must(o.k.New(gvk)).(*unstructured.Unstructured)
	if o.live != nil {
		live = must(o.k.ConvertToVersion(o.live, gvk.GroupVersion())).(*unstructured.Unstructured)
		o.k.prune(live) // as it is read from the store
		o.k.Default(live)
	}
	given := &unstructured.Unstructured{Object: s.Obj}
	if s.Verb == "edit" {
		patched := must(jsonpatch.MergePatch(must(json.Marshal(live)), must(json.Marshal(s.Obj))))
		given = &unstructured.Unstructured{}
		must(0, json.Unmarshal(patched, given))
	}
	given.SetGroupVersionKind(gvk)
	var made runtime.Object
	var err error
	if s.Verb == "apply" {
		made, err = fm.Apply(live, given, s.Manager, s.Force)
	} else {
		o.k.prune(given)
		o.k.Default(given)
		if o.live != nil {
			given.SetUID(o.live.GetUID())
		}
		made, err = fm.Update(live, given, s.Manager)
	}
	if err != nil {
		o.refused(err)
		return
	}
	o.live = made.(*unstructured.Unstructured)
	o.k.prune(o.live)
	o.k.Default(o.live)
	o.live.SetUID("u")
	o.fix()
	if s.Verb == "apply" {
		o.show(o.live)
	}
	o.print()
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	var k *kind
	var o *object
	for in.Scan() {
		l := line{}
		must(0, json.Unmarshal(in.Bytes(), &l))
		if l.Define != nil {
			k = define(l.Define)
		}
		if l.New != nil {
			o = &object{k: k, gvk: schema.GroupVersionKind{Group: l.New.Group, Version: l.New.Version, Kind: l.New.Kind}}
			continue
		}
		fmt.Fprintln(out, l.Text)
		if l.Step != nil {
			o.run(l.Step)
		}
	}
	out.Flush()
}
