// oracle prints cases of lists and watches (tests/golden/lists) with the outcomes of upstream's own code: its decoding of
// queries, defaults and validation of ListOptions, conversion of field labels, continue tokens.
// Reads: a file of cases on stdin.   Writes: the same with upstream's outcomes, to stdout.
package main

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

// What the storage of every kind in the cases is called, and its kind.
func target(path string) (schema.GroupVersionKind, error) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	gv := schema.GroupVersion{Version: parts[1]}
	if parts[0] == "apis" {
		gv = schema.GroupVersion{Group: parts[1], Version: parts[2]}
	}
	resource := parts[len(parts)-1]
	for kind := range legacyscheme.Scheme.KnownTypes(gv) {
		lower := strings.ToLower(kind)
		for _, plural := range []string{lower + "s", lower + "es", strings.TrimSuffix(lower, "y") + "ies", lower} {
			if plural == resource {
				return gv.WithKind(kind), nil
			}
		}
	}
	return schema.GroupVersionKind{}, fmt.Errorf("no kind for %s", path)
}

func status(err error) string {
	if s, ok := err.(errors.APIStatus); ok {
		st := s.Status()
		return fmt.Sprintf("%d %s", st.Code, st.Message)
	}
	return fmt.Sprintf("500 %s", err.Error())
}

func outcome(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return err.Error()
	}
	gvk, err := target(u.Path)
	if err != nil {
		return err.Error()
	}
	opts := internalversion.ListOptions{}
	if err := scheme.ParameterCodec.DecodeParameters(u.Query(), metav1.SchemeGroupVersion, &opts); err != nil {
		return status(errors.NewBadRequest(err.Error()))
	}
	internalversion.SetListOptionsDefaults(&opts, true)
	if errs := validation.ValidateListOptions(&opts, true); len(errs) > 0 {
		return status(errors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "ListOptions"}, "", errs))
	}
	if opts.FieldSelector != nil {
		convert := func(label, value string) (string, string, error) {
			return legacyscheme.Scheme.ConvertFieldLabel(gvk, label, value)
		}
		converted, err := opts.FieldSelector.Transform(convert)
		if err != nil {
			return status(errors.NewBadRequest(err.Error()))
		}
		if gvk.Group != "events.k8s.io" { // these two groups share objects; we look up a label in its own group
			opts.FieldSelector = converted
		}
	}
	single := false // names one key (ListPredicate in pkg/registry/generic/registry/store.go)
	if opts.FieldSelector != nil && opts.Continue == "" {
		_, single = opts.FieldSelector.RequiresExactMatch("metadata.name")
		single = single && (gvk.Kind == "Node" || strings.Contains(u.Path, "/namespaces/"))
	}
	plan, err := plan(opts, !single)
	if err != nil {
		return status(err)
	}
	if opts.FieldSelector != nil {
		for _, r := range opts.FieldSelector.Requirements() {
			plan += fmt.Sprintf(" field %q %s %q", r.Field, strings.ReplaceAll(string(r.Operator), "==", "="), r.Value)
		}
	}
	return plan
}

func plan(opts internalversion.ListOptions, recursive bool) (string, error) {
	versioner := storage.APIObjectVersioner{}
	rv, rvErr := versioner.ParseResourceVersion(opts.ResourceVersion)
	if opts.Watch {
		switch {
		case rvErr != nil:
			return "", rvErr
		case opts.SendInitialEvents != nil && *opts.SendInitialEvents:
			out := "watch initial"
			if opts.AllowWatchBookmarks {
				out += "+end"
			}
			if rv > 0 {
				out += fmt.Sprintf(" not-older=%d", rv)
			}
			return out, nil
		case rv > 0:
			return fmt.Sprintf("watch after=%d", rv), nil
		case opts.SendInitialEvents == nil: // getAllEventsSinceLocked in storage/cacher
			return "watch initial", nil
		}
		return "watch after=now", nil
	}
	at, from, err := storage.ValidateListOptions("/p/", versioner, storage.ListOptions{
		ResourceVersion:      opts.ResourceVersion,
		ResourceVersionMatch: opts.ResourceVersionMatch,
		Recursive:            recursive,
		Predicate:            storage.SelectionPredicate{Limit: opts.Limit, Continue: opts.Continue},
	})
	if err != nil {
		return "", err
	}
	out := "list now"
	if at > 0 {
		out = fmt.Sprintf("list at=%d", at)
	} else if rv > 0 {
		out = fmt.Sprintf("list not-older=%d", rv)
	}
	if from != "" {
		out += fmt.Sprintf(" from=%q", strings.TrimPrefix(from, "/p/"))
	}
	if opts.Limit > 0 && opts.ResourceVersion != "0" { // computeListLimit in storage/cacher
		out += fmt.Sprintf(" limit=%d", opts.Limit)
	}
	return out, nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		uri, _, _ := strings.Cut(in.Text(), "\t")
		if uri == "" || strings.HasPrefix(uri, "#") {
			fmt.Println(in.Text())
		} else {
			fmt.Printf("%s\t%s\n", uri, outcome(uri))
		}
	}
}
