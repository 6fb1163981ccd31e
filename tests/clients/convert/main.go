// compare KUBESTEP DIR REFUSED: decodes every DIR/*.json with upstream's scheme, encodes it with upstream's serializers,
// and compares with what `kubestep convert` prints of the same input, byte for byte. Every line of REFUSED is an object
// that upstream does not accept: both must say the same words.
// Reads: DIR, REFUSED, the program's output.   Writes: what differs, to stdout.   Exit codes: 0 equal, 1 not, 2 usage.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kube "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// skipped names what is not compared: our own group, which upstream does not know, and lists of anything, which the
// program takes for their items.
var skipped = regexp.MustCompile(`-sim\.kubestep\.dev-|^List-v1-core-`)

type codec struct {
	name string
	kube.Serializer
}

var codecs []codec

func setUp() error {
	for _, add := range []func(*kube.Scheme) error{apiextensions.AddToScheme, apiregistration.AddToScheme, metav1.AddMetaToScheme} {
		if err := add(scheme.Scheme); err != nil {
			return err
		}
	}
	text := func(yaml bool) kube.Serializer {
		return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
			json.SerializerOptions{Yaml: yaml, Strict: true})
	}
	codecs = []codec{{"json", text(false)}, {"yaml", text(true)}, {"protobuf", protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)}}
	return nil
}

// convert runs the program on the input; what it says on stderr is the error.
func convert(program string, input []byte, format string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := exec.Command(program, "convert", "-f", "-", "-o", format)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s", strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// around shows b near the place where it begins to differ.
func around(b []byte, at int) string {
	from, to := max(0, at-60), min(len(b), at+100)
	return fmt.Sprintf("%q", b[min(from, len(b)):to])
}

func difference(want, got []byte) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return fmt.Sprintf("at byte %d\n    upstream %s\n    kubestep %s", at, around(want, at), around(got, at))
}

// check compares what both make of one input; "" when it is the same.
func check(program string, input []byte, from codec, to codec) string {
	object, _, err := from.Decode(input, nil, nil)
	if err != nil {
		return fmt.Sprintf("upstream cannot read it: %v", err)
	}
	var want bytes.Buffer
	refused := to.Encode(object, &want)
	got, err := convert(program, input, to.name)
	switch {
	case refused != nil && err != nil:
		return ""
	case refused != nil:
		return fmt.Sprintf("upstream refuses: %v", refused)
	case err != nil:
		return err.Error()
	case bytes.Equal(want.Bytes(), got):
		return ""
	}
	return difference(want.Bytes(), got)
}

// inputs are the object as it was made up, and as upstream writes it in each format.
func inputs(given []byte) (map[string][]byte, error) {
	object, _, err := codecs[0].Decode(given, nil, nil)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{"json": given}
	for _, c := range codecs[1:] {
		var text bytes.Buffer
		if c.Encode(object, &text) == nil {
			all[c.name] = text.Bytes()
		}
	}
	return all, nil
}

// checkFile returns what is wrong, a line per route from one format to another.
func checkFile(program, path string) (wrong []string) {
	given, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	all, err := inputs(given)
	if err != nil {
		return []string{err.Error()}
	}
	for _, from := range codecs {
		for _, to := range codecs {
			if all[from.name] == nil || (from.name != "json" && to.name != "json") {
				continue // what the others make of one another follows from these
			}
			if text := check(program, all[from.name], from, to); text != "" {
				wrong = append(wrong, from.name+" -> "+to.name+": "+text)
			}
		}
	}
	return wrong
}

// checkRefused returns how many lines there are, and those that are refused in other words.
func checkRefused(program, path string) (lines int, wrong []string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, []string{err.Error()}
	}
	for line := range strings.Lines(string(data)) {
		lines++
		_, _, want := codecs[0].Decode([]byte(line), nil, nil)
		_, got := convert(program, []byte(line), "json")
		if want == nil || got == nil || "kubestep: stdin: "+want.Error() != got.Error() {
			wrong = append(wrong, fmt.Sprintf("%s    upstream %v\n    kubestep %v", line, want, got))
		}
	}
	return lines, wrong
}

func run(program string, paths []string) map[string][]string {
	results := make(map[string][]string)
	var lock sync.Mutex
	var wait sync.WaitGroup
	work := make(chan string)
	for range runtime.NumCPU() {
		wait.Go(func() {
			for path := range work {
				wrong := checkFile(program, path)
				lock.Lock()
				results[path] = wrong
				lock.Unlock()
			}
		})
	}
	for _, path := range paths {
		work <- path
	}
	close(work)
	wait.Wait()
	return results
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: compare KUBESTEP DIR REFUSED")
		os.Exit(2)
	}
	if err := setUp(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	paths, _ := filepath.Glob(filepath.Join(os.Args[2], "*.json"))
	var theirs []string
	for _, path := range paths {
		if !skipped.MatchString(filepath.Base(path)) {
			theirs = append(theirs, path)
		}
	}
	sort.Strings(theirs)
	bad := 0
	results := run(os.Args[1], theirs)
	for _, path := range theirs {
		for _, text := range results[path] {
			fmt.Printf("%s: %s\n", strings.TrimSuffix(filepath.Base(path), ".json"), text)
		}
		if len(results[path]) > 0 {
			bad++
		}
	}
	lines, wrong := checkRefused(os.Args[1], os.Args[3])
	for _, text := range wrong {
		fmt.Println(text)
	}
	fmt.Printf("%d objects, %d differ; %d refused, %d in other words\n", len(theirs), bad, lines, len(wrong))
	if bad+len(wrong) > 0 || len(theirs) == 0 || lines == 0 {
		os.Exit(1)
	}
}
