package main

import (
	"context"
	"encoding/json"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

func decodeOne(text json.RawMessage) (runtime.Object, error) {
	if text == nil {
		return nil, nil
	}
	o, _, err := clientscheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
	return o, err
}

// What the scheduler's event handlers tell its queue of such a change.
func eventsOf(word string, old, now runtime.Object) []fwk.ClusterEvent {
	action := fwk.Add
	if old != nil {
		action = fwk.Update
	}
	switch word {
	case "node":
		if old != nil {
			return framework.NodeSchedulingPropertiesChange(now.(*v1.Node), old.(*v1.Node))
		}
		return []fwk.ClusterEvent{{Resource: fwk.Node, ActionType: fwk.Add}}
	case "gone":
		return []fwk.ClusterEvent{framework.EventAssignedPodDelete}
	case "on", "self":
		if old != nil {
			return framework.PodSchedulingPropertiesChange(now.(*v1.Pod), old.(*v1.Pod))
		}
		return []fwk.ClusterEvent{framework.EventAssignedPodAdd}
	}
	// Resources of another group than the core bear its name.
	is := now.GetObjectKind().GroupVersionKind()
	resource := is.Kind
	if is.Group != "" {
		resource = is.Group + "/" + is.Kind
	}
	return []fwk.ClusterEvent{{Resource: fwk.EventResource(resource), ActionType: action}}
}

// Does the plugin want the pod tried again after one of the events?
func (c *cluster) isWoken(ctx context.Context, p fwk.EnqueueExtensions, events []fwk.ClusterEvent, old, now runtime.Object) (bool, error) {
	registered, err := p.EventsToRegister(ctx)
	if err != nil {
		return false, err
	}
	var before, after any // nil interfaces, not typed ones
	if old != nil {
		before = old
	}
	if now != nil {
		after = now
	}
	for _, r := range registered {
		if !matchesAny(r.Event, events) {
			continue
		}
		if r.QueueingHintFn == nil {
			return true, nil
		}
		hint, err := r.QueueingHintFn(klog.FromContext(ctx), c.pod, before, after)
		if err != nil || hint == fwk.Queue {
			return true, nil
		}
	}
	return false, nil
}

func matchesAny(registered fwk.ClusterEvent, events []fwk.ClusterEvent) bool {
	for _, e := range events {
		if framework.MatchClusterEvents(registered, e) {
			return true
		}
	}
	return false
}

func wakes(r *record) ([]string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := newCluster(ctx, r)
	if err != nil {
		return nil, err
	}
	old, err := decodeOne(r.Then.Old)
	if err != nil {
		return nil, err
	}
	now, err := decodeOne(r.Then.New)
	if err != nil {
		return nil, err
	}
	events := eventsOf(r.Then.Word, old, now)
	var woken []string
	for _, plugin := range c.plugins {
		p, ok := plugin.(fwk.EnqueueExtensions)
		if !ok || plugin.Name() == "DefaultBinder" || plugin.Name() == "PrioritySort" {
			continue
		}
		yes, err := c.isWoken(ctx, p, events, old, now)
		if err != nil {
			return nil, err
		}
		if yes {
			woken = append(woken, plugin.Name())
		}
	}
	if woken == nil {
		woken = []string{"nobody"}
	}
	return []string{"wakes " + strings.Join(woken, " ")}, nil
}
