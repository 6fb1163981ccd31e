package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	resourceslicetracker "k8s.io/dynamic-resource-allocation/resourceslice/tracker"
	"k8s.io/klog/v2"
	configv1 "k8s.io/kube-scheduler/config/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/dynamicresources"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/nodevolumelimits"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
	"k8s.io/kubernetes/pkg/scheduler/util/assumecache"
)

// The pods that wait for victims, as the framework asks for them.
type nominator map[string][]fwk.PodInfo

func (n nominator) AddNominatedPod(klog.Logger, fwk.PodInfo, *fwk.NominatingInfo) {}
func (n nominator) DeleteNominatedPodIfExists(*v1.Pod)                            {}
func (n nominator) UpdateNominatedPod(klog.Logger, *v1.Pod, fwk.PodInfo)          {}
func (n nominator) NominatedPodsForNode(node string) []fwk.PodInfo                { return n[node] }
func (n nominator) Activate(klog.Logger, map[string]*v1.Pod)                      {}

// A case: the framework over its objects, and the pod to place.
type cluster struct {
	framework framework.Framework
	plugins   []fwk.Plugin // in order; instances of their own, which share the cycle's state
	nodes     []fwk.NodeInfo
	pod       *v1.Pod
	offset    int32 // where preemption begins
	whole     bool  // it looks at all nodes, so that its offset does not matter
}

// What a name stands for in KubeSchedulerConfiguration, with defaults.
func defaultProfile() (*config.KubeSchedulerProfile, error) {
	var versioned configv1.KubeSchedulerConfiguration
	scheme.Scheme.Default(&versioned)
	var c config.KubeSchedulerConfiguration
	if err := scheme.Scheme.Convert(&versioned, &c, nil); err != nil {
		return nil, err
	}
	return &c.Profiles[0], nil
}

func argsOf(name string, given map[string]any) (runtime.Object, error) {
	given["apiVersion"] = configv1.SchemeGroupVersion.String()
	given["kind"] = name + "Args"
	text, err := json.Marshal(given)
	if err != nil {
		return nil, err
	}
	o, _, err := scheme.Codecs.UniversalDecoder().Decode(text, nil, nil)
	return o, err
}

// The default profile, narrowed to the plugins that are asked, with the case's arguments.
func profileOf(r *record) (*config.KubeSchedulerProfile, error) {
	profile, err := defaultProfile()
	if err != nil {
		return nil, err
	}
	asked := sets.New("PrioritySort", "DefaultBinder")
	for _, name := range strings.Split(r.Plugins, ",") {
		asked.Insert(strings.TrimSpace(name))
	}
	enabled := &profile.Plugins.MultiPoint.Enabled
	if r.Plugins != "all" {
		*enabled = slices.DeleteFunc(*enabled, func(p config.Plugin) bool { return !asked.Has(p.Name) })
	}
	for i := range profile.PluginConfig {
		c := &profile.PluginConfig[i]
		if given := r.Args[c.Name]; given != nil {
			if c.Args, err = argsOf(c.Name, given); err != nil {
				return nil, err
			}
		}
	}
	return profile, nil
}

func decode[T any](texts []json.RawMessage) ([]*T, error) {
	var all []*T
	for _, text := range texts {
		o, _, err := clientscheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
		if err != nil {
			return nil, err
		}
		t, ok := any(o).(*T)
		if !ok {
			return nil, fmt.Errorf("not of the kind that is wanted: %T", o)
		}
		all = append(all, t)
	}
	return all, nil
}

func decodeObjects(texts []json.RawMessage) ([]runtime.Object, error) {
	var all []runtime.Object
	for _, text := range texts {
		o, _, err := clientscheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// Nodes and running pods in upstream's own cache; the same name again is an update.
func fillCache(ctx context.Context, nodes []*v1.Node, pods []*v1.Pod, snapshot *internalcache.Snapshot) (internalcache.Cache, error) {
	logger := klog.FromContext(ctx)
	cache := internalcache.New(ctx, nil, utilfeature.DefaultFeatureGate.Enabled(features.GenericWorkload))
	known := map[string]*v1.Node{}
	for _, n := range nodes {
		if old := known[n.Name]; old != nil {
			cache.UpdateNode(logger, old, n)
		} else {
			cache.AddNode(logger, n)
		}
		known[n.Name] = n
	}
	running := map[types.UID]*v1.Pod{}
	for _, p := range pods {
		var err error
		if old := running[p.UID]; old != nil {
			err = cache.UpdatePod(logger, old, p)
		} else {
			err = cache.AddPod(logger, p)
		}
		if err != nil {
			return nil, err
		}
		running[p.UID] = p
	}
	return cache, cache.UpdateSnapshot(logger, snapshot)
}

func newCluster(ctx context.Context, r *record) (*cluster, error) {
	profile, err := profileOf(r)
	if err != nil {
		return nil, err
	}
	nodes, err := decode[v1.Node](r.Nodes)
	if err != nil {
		return nil, err
	}
	pods, err := decode[v1.Pod](r.Pods)
	if err != nil {
		return nil, err
	}
	nominated, err := decode[v1.Pod](r.Nominated)
	if err != nil {
		return nil, err
	}
	incoming, err := decode[v1.Pod]([]json.RawMessage{r.Pod})
	if err != nil {
		return nil, err
	}
	objects, err := decodeObjects(r.Objects)
	if err != nil {
		return nil, err
	}
	last := map[string]*v1.Node{}
	for _, n := range nodes {
		last[n.Name] = n
	}
	for _, n := range last {
		objects = append(objects, n)
	}
	running := map[types.UID]*v1.Pod{}
	for _, p := range pods {
		running[p.UID] = p
	}
	for _, p := range running {
		objects = append(objects, p)
	}
	objects = append(objects, incoming[0])

	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	snapshot := internalcache.NewEmptySnapshot()
	cache, err := fillCache(ctx, nodes, pods, snapshot)
	if err != nil {
		return nil, err
	}
	claims := assumecache.NewAssumeCache(klog.FromContext(ctx), factory.Resource().V1().ResourceClaims().Informer(), "ResourceClaim", "", nil)
	slices, err := resourceslicetracker.StartTracker(ctx, resourceslicetracker.Options{
		EnableDeviceTaintRules:   utilfeature.DefaultFeatureGate.Enabled(features.DRADeviceTaintRules),
		EnableConsumableCapacity: utilfeature.DefaultFeatureGate.Enabled(features.DRAConsumableCapacity),
		SliceInformer:            factory.Resource().V1().ResourceSlices(),
		TaintInformer:            factory.Resource().V1beta2().DeviceTaintRules(),
		ClassInformer:            factory.Resource().V1().DeviceClasses(),
		KubeClient:               client,
	})
	if err != nil {
		return nil, err
	}
	registry := plugins.NewInTreeRegistry()
	recorder := events.NewFakeRecorder(100)
	f, err := frameworkruntime.NewFramework(ctx, registry, profile,
		frameworkruntime.WithClientSet(client),
		frameworkruntime.WithInformerFactory(factory),
		frameworkruntime.WithEventRecorder(quiet{recorder}),
		frameworkruntime.WithSharedDRAManager(dynamicresources.NewDRAManager(ctx, claims, slices, factory)),
		frameworkruntime.WithSharedCSIManager(nodevolumelimits.NewCSIManager(factory.Storage().V1().CSINodes().Lister())),
		frameworkruntime.WithSnapshotSharedLister(snapshot),
		frameworkruntime.WithPodNominator(nominatorOf(nominated)),
		frameworkruntime.WithPodActivator(nominatorOf(nominated)),
		frameworkruntime.WithMetricsRecorder(metrics.NewMetricsAsyncRecorder(1000, time.Hour, ctx.Done())),
		frameworkruntime.WithWaitingPods(frameworkruntime.NewWaitingPodsMap()),
		frameworkruntime.WithPodsInPreBind(frameworkruntime.NewPodsInPreBindMap()),
		frameworkruntime.WithPodGroupManager(cache),
		frameworkruntime.WithParallelism(1), // one after the other, so that the order is known
	)
	if err != nil {
		return nil, err
	}
	c := &cluster{framework: f, pod: incoming[0], offset: r.Offset}
	if c.plugins, err = pluginsOf(ctx, registry, profile, f); err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	if len(r.Objects) > 0 {
		time.Sleep(30 * time.Millisecond) // handlers behind the informers
	}
	c.nodes, err = snapshot.NodeInfos().List()
	return c, err
}

func nominatorOf(pods []*v1.Pod) nominator {
	n := nominator{}
	for _, p := range pods {
		info, err := framework.NewPodInfo(p)
		if err == nil {
			n[p.Status.NominatedNodeName] = append(n[p.Status.NominatedNodeName], info)
		}
	}
	return n
}

func pluginsOf(ctx context.Context, registry frameworkruntime.Registry, profile *config.KubeSchedulerProfile, f framework.Framework) ([]fwk.Plugin, error) {
	args := map[string]runtime.Object{}
	for _, c := range profile.PluginConfig {
		args[c.Name] = c.Args
	}
	var plugins []fwk.Plugin
	for _, enabled := range profile.Plugins.MultiPoint.Enabled {
		p, err := registry[enabled.Name](ctx, args[enabled.Name], f)
		if err != nil {
			return nil, err
		}
		plugins = append(plugins, p)
	}
	return plugins, nil
}
