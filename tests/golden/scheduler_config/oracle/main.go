// What upstream makes of the configurations of a file of cases (../README.md): its own decoder, defaults, validation and
// framework. Reads a .cases file, writes it with upstream's outcomes.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	v1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"

type pointOf struct {
	name string
	set  func(*config.Plugins) *config.PluginSet
}

var points = []pointOf{
	{"preEnqueue", func(p *config.Plugins) *config.PluginSet { return &p.PreEnqueue }},
	{"queueSort", func(p *config.Plugins) *config.PluginSet { return &p.QueueSort }},
	{"preFilter", func(p *config.Plugins) *config.PluginSet { return &p.PreFilter }},
	{"filter", func(p *config.Plugins) *config.PluginSet { return &p.Filter }},
	{"postFilter", func(p *config.Plugins) *config.PluginSet { return &p.PostFilter }},
	{"preScore", func(p *config.Plugins) *config.PluginSet { return &p.PreScore }},
	{"score", func(p *config.Plugins) *config.PluginSet { return &p.Score }},
	{"reserve", func(p *config.Plugins) *config.PluginSet { return &p.Reserve }},
	{"permit", func(p *config.Plugins) *config.PluginSet { return &p.Permit }},
	{"preBind", func(p *config.Plugins) *config.PluginSet { return &p.PreBind }},
	{"bind", func(p *config.Plugins) *config.PluginSet { return &p.Bind }},
	{"postBind", func(p *config.Plugins) *config.PluginSet { return &p.PostBind }},
	{"placementGenerate", func(p *config.Plugins) *config.PluginSet { return &p.PlacementGenerate }},
	{"placementScore", func(p *config.Plugins) *config.PluginSet { return &p.PlacementScore }},
}

func line(s string) string { return strings.ReplaceAll(s, "\n", "\\n") }

func load(text string) (*config.KubeSchedulerConfiguration, error) {
	f, err := os.CreateTemp("", "scheduler-config")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString(text); err != nil {
		panic(err)
	}
	f.Close()
	return options.LoadConfigFromFile(klog.Background(), f.Name())
}

func build(ctx context.Context, cfg *config.KubeSchedulerConfiguration) (profile.Map, error) {
	client := kubernetes.NewForConfigOrDie(&rest.Config{Host: "http://127.0.0.1:1"})
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	sched, err := scheduler.New(ctx, client, informers.NewSharedInformerFactory(client, 0), nil,
		profile.NewRecorderFactory(broadcaster),
		scheduler.WithComponentConfigVersion(cfg.TypeMeta.APIVersion),
		scheduler.WithProfiles(cfg.Profiles...),
		scheduler.WithPercentageOfNodesToScore(cfg.PercentageOfNodesToScore),
		scheduler.WithPodMaxBackoffSeconds(cfg.PodMaxBackoffSeconds),
		scheduler.WithPodInitialBackoffSeconds(cfg.PodInitialBackoffSeconds),
		scheduler.WithExtenders(cfg.Extenders...),
		scheduler.WithParallelism(cfg.Parallelism))
	if err != nil {
		return nil, err
	}
	return sched.Profiles, nil
}

func names(set *config.PluginSet, point string) string {
	var out []string
	for _, p := range set.Enabled {
		if strings.HasSuffix(strings.ToLower(point), "score") && point != "preScore" {
			out = append(out, fmt.Sprintf("%s %d", p.Name, p.Weight))
		} else {
			out = append(out, p.Name)
		}
	}
	if out == nil {
		return "none"
	}
	return strings.Join(out, ", ")
}

func argsOf(cfg *config.KubeSchedulerConfiguration, i int) map[string]string {
	out := map[string]string{}
	versioned, err := scheme.Scheme.ConvertToVersion(cfg, v1.SchemeGroupVersion)
	if err != nil {
		panic(err)
	}
	for _, pc := range versioned.(*v1.KubeSchedulerConfiguration).Profiles[i].PluginConfig {
		if pc.Args.Object == nil {
			continue
		}
		if _, unknown := pc.Args.Object.(*runtime.Unknown); unknown {
			continue
		}
		text, err := json.Marshal(pc.Args.Object)
		if err != nil {
			panic(err)
		}
		out[pc.Name] = string(text)
	}
	return out
}

// Of every profile what differs from the default one.
func outcomes(text string) []string {
	cfg, err := load(text)
	if err != nil {
		return []string{"! " + line(err.Error())}
	}
	if errs := validation.ValidateKubeSchedulerConfiguration(cfg); errs != nil {
		var out []string
		for _, e := range errs.Errors() {
			out = append(out, "! "+line(e.Error()))
		}
		return out
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	usual, err := load(head)
	if err != nil {
		panic(err)
	}
	usualMap, err := build(ctx, usual)
	if err != nil {
		panic(err)
	}
	usualPlugins, usualArgs := usualMap["default-scheduler"].ListPlugins(), argsOf(usual, 0)
	profiles, err := build(ctx, cfg)
	if err != nil {
		return []string{"! " + line(err.Error())}
	}
	// Behind it: extenders change them.
	args := make([]map[string]string, len(cfg.Profiles))
	for i := range cfg.Profiles {
		args[i] = argsOf(cfg, i)
	}
	percentage := int32(0)
	if cfg.PercentageOfNodesToScore != nil {
		percentage = *cfg.PercentageOfNodesToScore
	}
	out := []string{fmt.Sprintf("= back-off %d..%d s, %d %% of the nodes, parallelism %d, %d extenders", cfg.PodInitialBackoffSeconds,
		cfg.PodMaxBackoffSeconds, percentage, cfg.Parallelism, len(cfg.Extenders))}
	for i, p := range cfg.Profiles {
		text := "= profile " + p.SchedulerName
		if p.PercentageOfNodesToScore != nil {
			text += fmt.Sprintf(", %d %% of the nodes", *p.PercentageOfNodesToScore)
		}
		out = append(out, text)
		have := profiles[p.SchedulerName].ListPlugins()
		for _, point := range points {
			if set := point.set(have); !reflect.DeepEqual(set, point.set(usualPlugins)) {
				out = append(out, "=   "+point.name+": "+names(set, point.name))
			}
		}
		for _, pc := range p.PluginConfig {
			if text := args[i][pc.Name]; text != "" && text != usualArgs[pc.Name] {
				out = append(out, "=   args "+pc.Name+" "+text)
			}
		}
	}
	return out
}

func main() {
	klog.LogToStderr(false)
	klog.SetOutput(nowhere{})
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<22)
	var text strings.Builder
	open := false
	flush := func() {
		if open {
			for _, o := range outcomes(text.String()) {
				fmt.Println(o)
			}
		}
		open = false
		text.Reset()
	}
	for in.Scan() {
		l := in.Text()
		isBody := strings.HasPrefix(l, "    ")
		if open && !isBody && !strings.HasPrefix(l, "= ") && !strings.HasPrefix(l, "! ") {
			flush()
		}
		if strings.HasPrefix(l, "= ") || strings.HasPrefix(l, "! ") {
			continue
		}
		fmt.Println(l)
		switch {
		case strings.HasPrefix(l, "case "):
			open = true
			text.WriteString(head)
		case strings.HasPrefix(l, "file "):
			open = true
		case isBody && open:
			text.WriteString(l[4:] + "\n")
		}
	}
	flush()
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
