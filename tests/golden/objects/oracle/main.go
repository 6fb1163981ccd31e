// oracle prints cases of objects (tests/golden/objects) with the outcomes of upstream's own code: its decoders, defaults,
// strategies (pkg/registry), validation and printers.
// Reads: what `golden_objects --dump` wrote, on stdin.   Writes: the file of cases, to stdout.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/printers"
	printersinternal "k8s.io/kubernetes/pkg/printers/internalversion"
)

const now = 1800000000 // 2027-01-15T08:00:00Z

type testCase struct {
	Text, Verb, Sub              string
	Group, Version, Plural, Kind string
	Namespaced                   bool
	StorageGroup, StorageVersion string
	Old, Obj                     json.RawMessage
}

// strategies of one resource: "" creates and updates, the others update a subresource.
type strategies struct {
	scheme *runtime.Scheme
	create rest.RESTCreateStrategy
	update map[string]rest.RESTUpdateStrategy
}

var out = bufio.NewWriterSize(os.Stdout, 1<<20)

func say(format string, args ...any) { fmt.Fprintf(out, "    "+format+"\n", args...) }

// notes are the warnings of one write, each once, as a request's recorder keeps them.
type notes struct{ texts []string }

func (n *notes) AddWarning(agent, text string) {
	for _, t := range n.texts {
		if t == text {
			return
		}
	}
	n.texts = append(n.texts, text)
}

func (n *notes) tell() {
	for _, t := range n.texts {
		say("~ %s", t)
	}
}

// ---- Ordered JSON ----

type member struct {
	key   string
	value *node
}
type node struct {
	kind    byte // '{' '[' or 0
	members []member
	items   []*node
	text    string
}

func parse(d *json.Decoder) *node {
	t, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch v := t.(type) {
	case json.Delim:
		n := &node{kind: byte(v)}
		for d.More() {
			if v == '{' {
				k, _ := d.Token()
				n.members = append(n.members, member{k.(string), parse(d)})
			} else {
				n.items = append(n.items, parse(d))
			}
		}
		d.Token()
		return n
	default:
		b, _ := json.Marshal(v)
		return &node{text: string(b)}
	}
}

func parseText(b []byte) *node {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return parse(d)
}

func (n *node) write(b *strings.Builder) {
	switch n.kind {
	case '{':
		b.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			k, _ := json.Marshal(m.key)
			b.Write(k)
			b.WriteByte(':')
			m.value.write(b)
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for i, it := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			it.write(b)
		}
		b.WriteByte(']')
	default:
		b.WriteString(n.text)
	}
}

func (n *node) String() string { var b strings.Builder; n.write(&b); return b.String() }

func (n *node) get(key string) *node {
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

func (n *node) drop(key string) {
	for i, m := range n.members {
		if m.key == key {
			n.members = append(n.members[:i], n.members[i+1:]...)
			return
		}
	}
}

func below(path, key string) string {
	if strings.ContainsAny(key, "./") {
		return path + "[" + key + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func same(a, b *node) bool {
	if a.kind != b.kind || len(a.members) != len(b.members) || len(a.items) != len(b.items) || a.text != b.text {
		return false
	}
	for _, m := range a.members {
		if o := b.get(m.key); o == nil || !same(m.value, o) {
			return false
		}
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}

func diff(path string, before, after *node) int {
	n := 0
	switch {
	case before != nil && before.kind == '{' && after.kind == '{':
		for _, m := range after.members {
			n += diff(below(path, m.key), before.get(m.key), m.value)
		}
		for _, m := range before.members {
			if after.get(m.key) == nil {
				say("> %s gone", below(path, m.key))
				n++
			}
		}
	case before != nil && before.kind == '[' && after.kind == '[' && len(before.items) == len(after.items):
		for i := range after.items {
			n += diff(fmt.Sprintf("%s[%d]", path, i), before.items[i], after.items[i])
		}
	case before == nil || !same(before, after):
		say("> %s = %s", path, after)
		n++
	}
	return n
}

// ---- Objects ----

func tell(err error) {
	if s, ok := err.(errors.APIStatus); ok && s.Status().Details != nil && len(s.Status().Details.Causes) > 0 {
		for _, c := range s.Status().Details.Causes {
			c.Message = strings.ReplaceAll(c.Message, "\n", "\\n") // an outcome is one line
			if c.Field != "" && c.Field != "<nil>" {
				say("! %s: %s", c.Field, c.Message)
			} else {
				say("! %s", c.Message)
			}
		}
		return
	}
	say("! %s", err)
}

func (c *testCase) gv() schema.GroupVersion {
	return schema.GroupVersion{Group: c.Group, Version: c.Version}
}
func (c *testCase) storage() schema.GroupVersion {
	return schema.GroupVersion{Group: c.StorageGroup, Version: c.StorageVersion}
}

func versioned(s *strategies, c *testCase, raw []byte) (runtime.Object, error) {
	return runtime.Decode(serializer.NewCodecFactory(s.scheme).UniversalDeserializer(), raw)
}

func internal(s *strategies, c *testCase, raw []byte) (runtime.Object, error) {
	return runtime.Decode(serializer.NewCodecFactory(s.scheme).UniversalDecoder(), raw)
}

// external is obj as JSON of the given version, without what the cases leave out.
func external(s *strategies, obj runtime.Object, gv schema.GroupVersion) *node {
	if v, err := s.scheme.ConvertToVersion(obj, gv); err == nil {
		obj = v
	} else {
		panic(err)
	}
	b, err := json.Marshal(obj)
	if err != nil {
		panic(err)
	}
	n := parseText(b)
	n.drop("kind")
	n.drop("apiVersion")
	if m := n.get("metadata"); m != nil {
		m.drop("uid")
		m.drop("resourceVersion")
		if t := m.get("creationTimestamp"); t != nil && strings.HasPrefix(t.text, fmt.Sprintf("\"%d-", time.Now().UTC().Year())) {
			t.text = "\"2027-01-15T08:00:00Z\""
		}
	}
	return n
}

func (c *testCase) context(obj runtime.Object, n *notes) context.Context {
	m, _ := meta.Accessor(obj)
	ctx := request.WithNamespace(context.Background(), m.GetNamespace())
	ctx = warning.WithWarningRecorder(ctx, n)
	ctx = request.WithUser(ctx, &user.DefaultInfo{Name: "someone", Groups: []string{"system:authenticated"}})
	verb := "create"
	if c.Verb == "update" {
		verb = "update"
	}
	return request.WithRequestInfo(ctx, &request.RequestInfo{IsResourceRequest: true, Verb: verb, APIGroup: c.Group, APIVersion: c.Version,
		Namespace: m.GetNamespace(), Resource: c.Plural, Subresource: c.Sub, Name: m.GetName(), APIPrefix: "apis"})
}

// allocate stands for the allocators that come before a Service's validation; the address is what objects.c gets from its seed.
func allocate(obj runtime.Object) {
	s, ok := obj.(*core.Service)
	if !ok || s.Spec.Type == core.ServiceTypeExternalName {
		return
	}
	if s.Spec.ClusterIP == "" && len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIP = "10.96.252.17"
	}
	if s.Spec.ClusterIP != "" && len(s.Spec.ClusterIPs) == 0 {
		s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
	}
	if len(s.Spec.IPFamilies) == 0 {
		s.Spec.IPFamilies = []core.IPFamily{core.IPv4Protocol}
	}
	if s.Spec.IPFamilyPolicy == nil {
		single := core.IPFamilyPolicySingleStack
		s.Spec.IPFamilyPolicy = &single
	}
}

func runCreate(s *strategies, c *testCase, quiet bool) runtime.Object {
	obj, err := internal(s, c, c.Obj)
	if err != nil {
		tell(err)
		return nil
	}
	allocate(obj)
	if m, _ := meta.Accessor(obj); m.GetName() == "" && m.GetGenerateName() != "" {
		m.SetName(m.GetGenerateName() + "xxxxx")
	}
	var n notes
	ctx := c.context(obj, &n)
	m, _ := meta.Accessor(obj)
	rest.FillObjectMetaSystemFields(m)
	if err := rest.BeforeCreate(s.create, ctx, obj); err != nil {
		tell(err)
		if !quiet {
			n.tell()
		}
		return nil
	}
	if !quiet {
		say("ok")
		n.tell()
	}
	return obj
}

func run(s *strategies, c *testCase) {
	switch c.Verb {
	case "create":
		runCreate(s, c, false)
	case "default":
		before, err := versioned(s, c, c.Obj)
		if err != nil {
			tell(err)
			return
		}
		after := before.DeepCopyObject()
		s.scheme.Default(after)
		diff("", external(s, before, c.gv()), external(s, after, c.gv()))
	case "prepare":
		before, err := internal(s, c, c.Obj)
		if err != nil {
			tell(err)
			return
		}
		if after := runCreate(s, c, true); after != nil {
			diff("", external(s, before, c.storage()), external(s, after, c.storage()))
		}
	case "update":
		strategy := s.update[c.Sub]
		if strategy == nil {
			say("! the oracle knows no strategy for %s/%s", c.Plural, c.Sub)
			return
		}
		old, err := internal(s, c, c.Old)
		if err == nil {
			var obj runtime.Object
			if obj, err = internal(s, c, c.Obj); err == nil {
				for _, o := range []runtime.Object{old, obj} {
					m, _ := meta.Accessor(o)
					m.SetResourceVersion("1")
				}
				before := external(s, old, c.storage())
				var n notes
				defer n.tell()
				if err = rest.BeforeUpdate(strategy, c.context(obj, &n), obj, old); err == nil {
					if diff("", before, external(s, obj, c.storage())) == 0 {
						say("unchanged")
					}
					return
				}
			}
		}
		tell(err)
	case "table":
		table(s, c)
	}
}

var timeText = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)

func table(s *strategies, c *testCase) {
	shift := time.Since(time.Unix(now, 0))
	raw := timeText.ReplaceAllFunc(c.Obj, func(b []byte) []byte {
		layout := time.RFC3339
		t, err := time.Parse(time.RFC3339Nano, string(b[1:len(b)-1]))
		if err != nil {
			return b
		}
		if bytes.ContainsRune(b, '.') {
			layout = "2006-01-02T15:04:05.000000Z07:00"
		}
		return []byte(`"` + t.Add(shift).UTC().Format(layout) + `"`)
	})
	obj, err := versioned(s, c, raw)
	if err == nil {
		obj, err = s.scheme.ConvertToVersion(obj, schema.GroupVersion{Group: c.Group, Version: runtime.APIVersionInternal})
	}
	if err != nil {
		tell(err)
		return
	}
	generator := printers.NewTableGenerator().With(printersinternal.AddHandlers)
	t, err := generator.GenerateTable(obj, printers.GenerateOptions{Wide: true})
	if err != nil {
		tell(err)
		return
	}
	for i, d := range t.ColumnDefinitions {
		wide := ""
		if d.Priority != 0 {
			wide = " (wide)"
		}
		var cell any
		if len(t.Rows) > 0 && i < len(t.Rows[0].Cells) {
			cell = t.Rows[0].Cells[i]
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.Encode(cell)
		say("| %s%s: %s", d.Name, wide, strings.TrimSpace(b.String()))
	}
}

func main() {
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	defer out.Flush()
	all := upstream()
	for {
		var c testCase
		if err := in.Decode(&c); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Fprint(out, c.Text)
		if c.Verb == "" {
			continue
		}
		s := all[schema.GroupResource{Group: c.Group, Resource: c.Plural}]
		if s == nil {
			say("! the oracle knows no strategy for %s.%s", c.Plural, c.Group)
			continue
		}
		func() {
			defer func() {
				if p := recover(); p != nil {
					say("! panic: %v", p)
				}
			}()
			run(s, &c)
		}()
	}
}
