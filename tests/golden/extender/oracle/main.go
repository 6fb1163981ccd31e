// What upstream's HTTPExtender makes of a file of cases (../README.md). Reads a .cases file, writes it with upstream's
// outcomes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	cache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

type run struct {
	url, extender, pod string
	nodes              []string
	victims            map[string][]string
	status             int
	answer             string
	hang               bool
	sent               string
	stop               chan struct{}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (r *run) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	body, err := io.ReadAll(rq.Body)
	must(err)
	r.sent += fmt.Sprintf("%s %s %s", rq.Method, rq.URL.Path, body)
	if r.hang {
		select {
		case <-rq.Context().Done():
		case <-r.stop:
		}
		return
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.answer)
}

func (r *run) begin() {
	r.extender, r.pod = "{}", `{"metadata":{"name":"web","namespace":"default"}}`
	r.nodes, r.victims = []string{"n1", "n2", "n3"}, map[string][]string{}
	r.status, r.answer, r.hang = 200, "", false
}

func (r *run) made() fwk.Extender {
	var c config.Extender
	must(json.Unmarshal([]byte(r.extender), &c))
	if !strings.Contains(r.extender, "urlPrefix") {
		c.URLPrefix = r.url + "/"
	}
	x, err := scheduler.NewHTTPExtender(&c)
	must(err)
	return x
}

func victim(name string) *v1.Pod {
	p := &v1.Pod{}
	p.Name, p.Namespace, p.UID = name, "default", types.UID("u-"+name)
	return p
}

func (r *run) ask(what string, out *[]string) {
	var pod v1.Pod
	must(json.Unmarshal([]byte(r.pod), &pod))
	x := r.made()
	say := func(format string, a ...any) { *out = append(*out, fmt.Sprintf(format, a...)) }
	fail := func(err error) {
		host := strings.TrimPrefix(r.url, "http://")
		say("! %s", strings.ReplaceAll(strings.ReplaceAll(err.Error(), r.url, "URL"), host, "HOST"))
	}
	var nodes []fwk.NodeInfo
	for _, name := range r.nodes {
		n := &v1.Node{}
		n.Name = name
		info := framework.NewNodeInfo()
		info.SetNode(n)
		nodes = append(nodes, info)
	}
	var lines []string
	var err error
	verb, node, _ := strings.Cut(what, " ")
	switch verb {
	case "filter":
		var passed []fwk.NodeInfo
		var failed, hopeless extenderv1.FailedNodesMap
		if passed, failed, hopeless, err = x.Filter(&pod, nodes); err != nil {
			break
		}
		has := map[string]bool{}
		for _, n := range passed {
			has[n.Node().Name] = true
		}
		text := "= passes"
		for _, n := range r.nodes {
			if has[n] {
				text += " " + n
			}
		}
		lines = append(lines, text)
		for _, n := range r.nodes {
			if why, ok := hopeless[n]; ok {
				lines = append(lines, "= hopeless "+n+": "+why)
			} else if why, ok := failed[n]; ok {
				lines = append(lines, "= fails "+n+": "+why)
			}
		}
	case "prioritize":
		var list *extenderv1.HostPriorityList
		if list, _, err = x.Prioritize(&pod, nodes); err != nil {
			break
		}
		sums := map[string]int64{}
		for _, p := range *list {
			sums[p.Host] += p.Score
		}
		for _, n := range r.nodes {
			lines = append(lines, fmt.Sprintf("= %s %d", n, sums[n]))
		}
	case "bind":
		b := &v1.Binding{}
		b.Name, b.Namespace, b.UID, b.Target.Name = pod.Name, pod.Namespace, pod.UID, node
		if err = x.Bind(b); err == nil {
			lines = append(lines, "= bound")
		}
	case "preempt":
		var pods []*v1.Pod
		var all []*v1.Node
		victims := map[string]*extenderv1.Victims{}
		for _, name := range r.nodes {
			n := &v1.Node{}
			n.Name = name
			all = append(all, n)
			var own []*v1.Pod
			for _, p := range r.victims[name] {
				one := victim(p)
				own = append(own, one)
				there := one.DeepCopy()
				there.Spec.NodeName = name
				pods = append(pods, there)
			}
			if own != nil {
				victims[name] = &extenderv1.Victims{Pods: own}
			}
		}
		var left map[string]*extenderv1.Victims
		if left, err = x.ProcessPreemption(&pod, victims, cache.NewSnapshot(pods, all).NodeInfos()); err != nil {
			break
		}
		for name, v := range left {
			text := fmt.Sprintf("= %s breaks %d:", name, v.NumPDBViolations)
			for _, p := range v.Pods {
				text += " " + string(p.UID)
			}
			lines = append(lines, text)
		}
		if lines == nil {
			lines = []string{"= nobody"}
		}
		sort.Strings(lines)
	case "interest":
		lines = []string{"= not interested"}
		if x.IsInterested(&pod) {
			lines = []string{"= interested"}
		}
	}
	if r.sent != "" {
		say("= sent %s", r.sent)
	}
	r.sent = ""
	*out = append(*out, lines...)
	if err != nil {
		fail(err)
	}
}

func main() {
	r := &run{stop: make(chan struct{})}
	server := httptest.NewServer(r)
	defer server.Close()
	defer close(r.stop)
	r.url = server.URL
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<22)
	for in.Scan() {
		l := in.Text()
		if strings.HasPrefix(l, "= ") || strings.HasPrefix(l, "! ") {
			continue
		}
		fmt.Println(l)
		if strings.HasPrefix(l, "case ") {
			r.begin()
		}
		if !strings.HasPrefix(l, "    ") {
			continue
		}
		word, rest, _ := strings.Cut(l[4:], " ")
		switch word {
		case "extender":
			r.extender = rest
		case "pod":
			r.pod = rest
		case "nodes":
			r.nodes = strings.Fields(rest)
		case "victims":
			node, pods, _ := strings.Cut(rest, ":")
			r.victims[node] = strings.Fields(pods)
		case "answer":
			status, body, _ := strings.Cut(rest, " ")
			r.status, _ = strconv.Atoi(status)
			r.hang, r.answer = rest == "hang", strings.ReplaceAll(body, `\n`, "\n")
		case "ask":
			var out []string
			r.ask(rest, &out)
			for _, o := range out {
				fmt.Println(o)
			}
		}
	}
}
