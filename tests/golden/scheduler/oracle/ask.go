package main

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
)

// A recorder that logs nowhere.
type quiet struct{ *events.FakeRecorder }

func (q quiet) WithLogger(klog.Logger) events.EventRecorderLogger { return q }

func init() { metrics.Register() }

func refusal(who string, s *fwk.Status) string {
	return fmt.Sprintf("%s %s %s: %s", who, s.Plugin(), s.Code(), strings.Join(s.Reasons(), ", "))
}

func outcomes(r *record) ([]string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := newCluster(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, p := range c.framework.PreEnqueuePlugins() {
		if s := p.PreEnqueue(ctx, c.pod); !s.IsSuccess() {
			return []string{refusal("preenqueue", s.WithPlugin(p.Name()))}, nil
		}
	}
	if len(c.nodes) == 0 {
		return []string{"message no nodes available to schedule pods"}, nil
	}
	return c.place(ctx)
}

func (c *cluster) message(d framework.Diagnosis) string {
	e := framework.FitError{Pod: c.pod, NumAllNodes: len(c.nodes), Diagnosis: d}
	return "message " + e.Error()
}

// The cycle of schedule_one.go, but for all nodes and one after the other.
func (c *cluster) place(ctx context.Context) ([]string, error) {
	state := framework.NewCycleState()
	statuses := framework.NewDefaultNodeToStatus()
	left, s, narrowing := c.framework.RunPreFilterPlugins(ctx, state, c.pod)
	if s.Code() == fwk.Error {
		return []string{"error " + s.Message()}, nil
	}
	if !s.IsSuccess() {
		name := s.Plugin()
		if name == "" {
			name = fmt.Sprint(sets.List(narrowing))
		}
		line := fmt.Sprintf("prefilter %s %s: %s", name, s.Code(), strings.Join(s.Reasons(), ", "))
		statuses.SetAbsentNodesStatus(s)
		rest, err := c.failure(ctx, state, framework.Diagnosis{NodeToStatus: statuses, PreFilterMsg: s.Message()}, c.nodes)
		return append([]string{line}, rest...), err
	}
	if !left.AllNodes() {
		statuses.SetAbsentNodesStatus(fwk.NewStatus(fwk.UnschedulableAndUnresolvable,
			fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", sets.List(narrowing))))
	}
	verdicts := map[string]*fwk.Status{}
	var fitting, seen []fwk.NodeInfo
	look := func(n fwk.NodeInfo) {
		name := n.Node().Name
		if !hasKey(verdicts, name) {
			seen = append(seen, n)
		}
		verdicts[name] = c.framework.RunFilterPluginsWithNominatedPods(ctx, state, c.pod, n)
		if verdicts[name].IsSuccess() {
			fitting = append(fitting, n)
		} else {
			statuses.Set(name, verdicts[name])
		}
	}
	for _, n := range c.nodes {
		if n.Node().Name == c.pod.Status.NominatedNodeName {
			look(n)
		}
	}
	nominated := len(fitting) > 0
	for _, n := range c.nodes {
		if !nominated && (left.AllNodes() || left.NodeNames.Has(n.Node().Name)) {
			look(n)
		}
	}
	for _, n := range c.nodes {
		if v := verdicts[n.Node().Name]; v.Code() == fwk.Error {
			return []string{"error " + v.Message()}, nil
		}
	}
	scores, err := c.score(ctx, state, fitting)
	if err != nil {
		return []string{"error " + err.Error()}, nil
	}
	var lines []string
	for _, n := range c.nodes {
		name := n.Node().Name
		switch v := verdicts[name]; {
		case v == nil && !hasKey(verdicts, name):
			lines = append(lines, name+" absent")
		case v.IsSuccess():
			lines = append(lines, name+" fits"+scores[name])
		default:
			lines = append(lines, refusal(name, v))
		}
	}
	if len(fitting) == 0 {
		rest, err := c.failure(ctx, state, framework.Diagnosis{NodeToStatus: statuses}, seen)
		return append(lines, rest...), err
	}
	return lines, nil
}

func hasKey(m map[string]*fwk.Status, key string) bool {
	_, ok := m[key]
	return ok
}

// Of each node that fits: the points of every plugin that scores, and their weighted sum.
func (c *cluster) score(ctx context.Context, state fwk.CycleState, nodes []fwk.NodeInfo) (map[string]string, error) {
	text := map[string]string{}
	if len(nodes) < 2 {
		return text, nil
	}
	if s := c.framework.RunPreScorePlugins(ctx, state, c.pod, nodes); !s.IsSuccess() {
		return nil, s.AsError()
	}
	columns := 0
	for _, plugin := range c.plugins {
		p, ok := plugin.(fwk.ScorePlugin)
		if plugin.Name() == "DynamicResources" {
			continue // nothing is allocated here, and it has no points for pods without claims
		}
		if !ok || state.GetSkipScorePlugins().Has(p.Name()) {
			continue
		}
		var list fwk.NodeScoreList
		for _, n := range nodes {
			score, s := p.Score(ctx, state, c.pod, n)
			if !s.IsSuccess() {
				return nil, s.AsError()
			}
			list = append(list, fwk.NodeScore{Name: n.Node().Name, Score: score})
		}
		raw := append(fwk.NodeScoreList{}, list...)
		if e := p.ScoreExtensions(); e != nil {
			if s := e.NormalizeScore(ctx, state, c.pod, list); !s.IsSuccess() {
				return nil, s.AsError()
			}
		}
		for i := range list {
			text[list[i].Name] += fmt.Sprintf(" %s %d/%d", p.Name(), raw[i].Score, list[i].Score)
		}
		columns++
	}
	totals, s := c.framework.RunScorePlugins(ctx, state, c.pod, nodes)
	if !s.IsSuccess() {
		return nil, s.AsError()
	}
	for _, t := range totals {
		if columns > 1 {
			text[t.Name] += fmt.Sprintf(" total %d", t.TotalScore)
		}
	}
	return text, nil
}
