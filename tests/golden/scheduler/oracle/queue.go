package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "unsafe" // go:linkname

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	_ "k8s.io/kubernetes/pkg/scheduler"
	internalqueue "k8s.io/kubernetes/pkg/scheduler/backend/queue"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
	clocktesting "k8s.io/utils/clock/testing"
)

//go:linkname flushBackoffs k8s.io/kubernetes/pkg/scheduler/backend/queue.(*PriorityQueue).flushBackoffQCompleted
func flushBackoffs(q *internalqueue.PriorityQueue, logger klog.Logger)

//go:linkname flushLeftover k8s.io/kubernetes/pkg/scheduler/backend/queue.(*PriorityQueue).flushUnschedulablePodsLeftover
func flushLeftover(q *internalqueue.PriorityQueue, logger klog.Logger)

//go:linkname hintsOf k8s.io/kubernetes/pkg/scheduler.buildQueueingHintMap
func hintsOf(ctx context.Context, es []fwk.EnqueueExtensions) (internalqueue.QueueingHintMap, error)

type queueAction struct {
	Word     string
	At       int64 // Unix ns
	Old, New json.RawMessage
	Plugins  []string // that refuse
}

// A case about the queue.
type queueRun struct {
	cancel  context.CancelFunc
	ctx     context.Context
	logger  klog.Logger
	clock   *clocktesting.FakeClock
	q       *internalqueue.PriorityQueue
	came    []*v1.Pod             // in order, as they were at first
	now     map[types.UID]*v1.Pod // as they are; without those that were removed
	inCycle map[types.UID]*framework.QueuedPodInfo
}

const anyPod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"any","namespace":"default","uid":"any"},"spec":{"schedulerName":"default-scheduler"}}`

func (r *queueRun) begin(at int64) error {
	if r.cancel != nil {
		r.q.Close()
		r.cancel()
	}
	*r = queueRun{now: map[types.UID]*v1.Pod{}, inCycle: map[types.UID]*framework.QueuedPodInfo{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.logger = klog.FromContext(r.ctx)
	r.clock = clocktesting.NewFakeClock(time.Unix(0, at))
	c, err := newCluster(r.ctx, &record{Plugins: "all", Pod: json.RawMessage(anyPod)})
	if err != nil {
		return err
	}
	hints, err := hintsOf(r.ctx, c.framework.EnqueueExtensions())
	if err != nil {
		return err
	}
	gates := map[string]fwk.PreEnqueuePlugin{}
	for _, p := range c.framework.PreEnqueuePlugins() {
		gates[p.Name()] = p
	}
	name := c.framework.ProfileName()
	r.q = internalqueue.NewPriorityQueue(c.framework.QueueSortFunc(), c.framework.SharedInformerFactory(),
		internalqueue.WithClock(r.clock),
		internalqueue.WithMetricsRecorder(metrics.NewMetricsAsyncRecorder(1000, time.Hour, r.ctx.Done())),
		internalqueue.WithPreEnqueuePluginMap(map[string]map[string]fwk.PreEnqueuePlugin{name: gates}),
		internalqueue.WithQueueingHintMapPerProfile(internalqueue.QueueingHintMapPerProfile{name: hints}))
	return nil
}

// A gated pod that is old moves nowhere. That upstream takes it for an event all the same, which pods in cycles hear of
// each half minute, is left out.
func (r *queueRun) hasLeftover() bool {
	for _, p := range r.q.UnschedulablePods() {
		info, ok := r.q.GetPod(p.Name, p.Namespace)
		if ok && !info.Gated() && r.clock.Now().Sub(info.Timestamp) > internalqueue.DefaultPodMaxInUnschedulablePodsDuration {
			return true
		}
	}
	return false
}

// From whole second to whole second, as the queue's own loops do.
func (r *queueRun) advance(at int64) {
	to := time.Unix(0, at)
	for next := r.clock.Now().Truncate(time.Second).Add(time.Second); !next.After(to); next = next.Add(time.Second) {
		r.clock.SetTime(next)
		if r.hasLeftover() {
			flushLeftover(r.q, r.logger)
		}
		flushBackoffs(r.q, r.logger)
	}
	r.clock.SetTime(to)
}

func (r *queueRun) tell(old, now any, events []fwk.ClusterEvent) {
	for _, e := range events {
		r.q.MoveAllToActiveOrBackoffQueue(r.logger, e, old, now, nil)
	}
}

func (r *queueRun) act(rec *record) ([]string, error) {
	a := rec.Queue
	if a.Word == "begin" {
		return nil, r.begin(a.At)
	}
	r.advance(a.At)
	old, err := decodeOne(a.Old)
	if err != nil {
		return nil, err
	}
	now, err := decodeOne(a.New)
	if err != nil {
		return nil, err
	}
	var lines []string
	switch a.Word {
	case "node", "on", "gone":
		var before, after any // nil interfaces, not typed ones
		if old != nil {
			before = old
		}
		if now != nil {
			after = now
		}
		r.tell(before, after, eventsOf(a.Word, old, now))
	case "add":
		r.add(old, now.(*v1.Pod))
	case "pop":
		if lines, err = r.pop(); err != nil {
			return nil, err
		}
	case "pass":
	default:
		if pod, ok := old.(*v1.Pod); ok { // else there is none in a cycle
			err = r.waiting(a, pod)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(lines, r.places()), nil
}

func (r *queueRun) add(old any, now *v1.Pod) {
	r.now[now.UID] = now
	if was, ok := old.(*v1.Pod); ok {
		r.q.Update(r.ctx, was, now)
		return
	}
	r.came = append(r.came, now)
	r.q.Add(r.ctx, now)
}

func (r *queueRun) waiting(a *queueAction, pod *v1.Pod) error {
	switch a.Word {
	case "remove":
		delete(r.now, pod.UID)
		r.q.Delete(pod)
	case "activate":
		r.q.Activate(r.logger, map[string]*v1.Pod{pod.Name: pod})
	case "done":
		delete(r.inCycle, pod.UID)
		delete(r.now, pod.UID)
		r.q.Done(pod.UID)
	case "refuse":
		return r.refuse(a, pod)
	}
	return nil
}

// What handleSchedulingFailure does of the queue.
func (r *queueRun) refuse(a *queueAction, pod *v1.Pod) error {
	info := r.inCycle[pod.UID]
	if info == nil {
		return fmt.Errorf("%s is in no cycle", pod.Name)
	}
	delete(r.inCycle, pod.UID)
	latest := r.now[pod.UID]
	if latest == nil {
		r.q.Done(pod.UID)
		return nil
	}
	info.ClearRejectorPlugins()
	info.UnschedulablePlugins = sets.New(a.Plugins...)
	var err error
	if info.PodInfo, err = framework.NewPodInfo(latest.DeepCopy()); err != nil {
		return err
	}
	return r.q.AddUnschedulableIfNotPresent(r.logger, info, r.q.SchedulingCycle())
}

// Pods whose attempt failed are not taken out of back-off before their time.
func (r *queueRun) canPop() bool {
	if len(r.q.PodsInActiveQ()) > 0 {
		return true
	}
	for _, p := range r.q.PodsInBackoffQ() {
		if info, ok := r.q.GetPod(p.Name, p.Namespace); ok && info.UnschedulablePlugins.Len() > 0 {
			return true
		}
	}
	return false
}

func (r *queueRun) pop() ([]string, error) {
	if !r.canPop() {
		return []string{"pops nothing"}, nil
	}
	info, err := r.q.Pop(r.logger)
	if err != nil {
		return nil, err
	}
	r.inCycle[info.Pod.UID] = info
	return []string{fmt.Sprintf("pops %s, attempt %d", info.Pod.Name, info.Attempts)}, nil
}

func (r *queueRun) places() string {
	where := map[types.UID]string{}
	note := func(pods []*v1.Pod, place string) {
		for _, p := range pods {
			where[p.UID] += place
		}
	}
	note(r.q.PodsInActiveQ(), "active")
	note(r.q.PodsInBackoffQ(), "back-off")
	note(r.q.InFlightPods(), "in cycle")
	for _, p := range r.q.UnschedulablePods() {
		place := "waits"
		if info, ok := r.q.GetPod(p.Name, p.Namespace); ok && info.Gated() {
			place = "gated"
		}
		note([]*v1.Pod{p}, place)
	}
	var parts []string
	for _, place := range []string{"active", "back-off", "waits", "gated", "in cycle"} {
		text := ""
		for _, p := range r.came {
			if where[p.UID] == place {
				text += " " + p.Name
			}
		}
		if text != "" {
			parts = append(parts, place+text)
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
