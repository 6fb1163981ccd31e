// oracle prints a file of cases with what upstream's own code makes of them: see ../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

type testCase struct {
	name                string
	schema, object, old string
}

type kind struct {
	structural *structuralschema.Structural
	validator  validation.SchemaValidator
}

func compile(text string) (*kind, error) {
	var props v1.JSONSchemaProps
	if err := json.Unmarshal([]byte(text), &props); err != nil {
		return nil, err
	}
	internal := &apiextensions.JSONSchemaProps{}
	if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&props, internal, nil); err != nil {
		return nil, err
	}
	s, err := structuralschema.NewStructural(internal)
	if err != nil {
		return nil, err
	}
	if err := defaulting.PruneDefaults(s); err != nil {
		return nil, err
	}
	v, _, err := validation.NewSchemaValidator(internal)
	return &kind{s, v}, err
}

func read(k *kind, text string) (map[string]interface{}, []string, error) {
	var obj map[string]interface{}
	if err := utiljson.Unmarshal([]byte(text), &obj); err != nil {
		return nil, nil, err
	}
	unknown := pruning.PruneWithOptions(obj, k.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(obj, k.structural)
	if err := objectmeta.Coerce(nil, obj, k.structural, false, false); err != nil {
		return nil, nil, err
	}
	defaulting.Default(obj, k.structural)
	return obj, unknown, nil
}

func run(c *testCase) []string {
	k, err := compile(c.schema)
	if err != nil {
		return []string{"schema: " + err.Error()}
	}
	obj, unknown, err := read(k, c.object)
	if err != nil {
		return []string{"object: " + err.Error()}
	}
	var lines []string
	for _, u := range unknown {
		lines = append(lines, "unknown "+u)
	}
	text, _ := json.Marshal(obj)
	lines = append(lines, "value "+string(text))
	var errs field.ErrorList
	if c.old == "" {
		errs = validation.ValidateCustomResource(nil, obj, k.validator)
	} else {
		old, _, err := read(k, c.old)
		if err != nil {
			return []string{"old: " + err.Error()}
		}
		errs = update(k, obj, old)
	}
	errs = append(errs, objectmeta.Validate(nil, obj, k.structural, false)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, obj)...)
	var told []string
	for _, e := range errs {
		told = append(told, "error "+e.Error())
	}
	sort.Strings(told)
	return append(lines, told...)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
	var c *testCase
	flush := func() {
		if c == nil {
			return
		}
		fmt.Println("--- ")
		for _, l := range run(c) {
			fmt.Println(l)
		}
		fmt.Println()
		c = nil
	}
	skipping := false
	for in.Scan() {
		l := in.Text()
		switch {
		case strings.HasPrefix(l, "=== "):
			flush()
			c = &testCase{name: l[4:]}
			skipping = false
			fmt.Println(l)
		case c == nil:
			fmt.Println(l)
		case l == "--- ":
			skipping = true
		case skipping:
		case strings.HasPrefix(l, "schema "):
			c.schema = l[7:]
			fmt.Println(l)
		case strings.HasPrefix(l, "object "):
			c.object = l[7:]
			fmt.Println(l)
		case strings.HasPrefix(l, "old "):
			c.old = l[4:]
			fmt.Println(l)
		}
	}
	flush()
}
