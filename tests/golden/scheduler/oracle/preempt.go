package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/defaultpreemption"
	"k8s.io/kubernetes/pkg/scheduler/framework/preemption"
)

// How often a choice is repeated that goes by the order of a map, to see all that are as good.
const choices = 100

func (c *cluster) preemption() *defaultpreemption.DefaultPreemption {
	for _, p := range c.plugins {
		if d, ok := p.(*defaultpreemption.DefaultPreemption); ok {
			return d
		}
	}
	return nil
}

// What PostFilter says, as the failure's text has it; and who is nominated.
func (c *cluster) postFilter(ctx context.Context, state fwk.CycleState, statuses *framework.NodeToStatus) (string, *fwk.PostFilterResult) {
	if !c.framework.HasPostFilterPlugins() {
		return "", nil
	}
	result, status := c.framework.RunPostFilterPlugins(ctx, state, c.pod, statuses)
	return status.Message(), result
}

// Every candidate with its victims, every node without; looked at one after the other from the given offset in the
// order in which the filters saw them, where upstream takes the order of a map and an offset by lot.
func (c *cluster) candidates(ctx context.Context, state fwk.CycleState, statuses *framework.NodeToStatus, seen []fwk.NodeInfo) ([]string, []preemption.Candidate, error) {
	p := c.preemption()
	if ok, _ := p.PodEligibleToPreemptOthers(ctx, c.pod, statuses.Get(c.pod.Status.NominatedNodeName)); !ok {
		return nil, nil, nil
	}
	potential := slices.DeleteFunc(slices.Clone(seen), func(n fwk.NodeInfo) bool {
		return statuses.Get(n.Node().Name).Code() != fwk.Unschedulable
	})
	if len(potential) == 0 {
		return nil, nil, nil
	}
	budgets, err := p.Evaluator.PdbLister.List(labels.Everything())
	if err != nil {
		return nil, nil, err
	}
	_, enough := p.GetOffsetAndNumCandidates(int32(len(potential)))
	c.whole = int(enough) == len(potential)
	found, hopeless, err := p.Evaluator.DryRunPreemption(ctx, state, c.pod, potential, budgets, c.offset, enough)
	if err != nil && hopeless == nil {
		return nil, nil, err
	}
	var lines []string
	for _, f := range found {
		line := "victims on " + f.Name()
		for _, pod := range f.Victims().Pods {
			line += " " + pod.Name
		}
		if n := f.Victims().NumPDBViolations; n > 0 {
			line += fmt.Sprintf(", %d against a budget", n)
		}
		lines = append(lines, line)
	}
	for i := range potential {
		name := potential[(int(c.offset)+i)%len(potential)].Node().Name
		hopeless.ForEachExplicitNode(func(node string, s *fwk.Status) {
			if node == name {
				lines = append(lines, fmt.Sprintf("no victims on %s %s: %s", node, s.Code(), strings.Join(s.Reasons(), ", ")))
			}
		})
	}
	return lines, found, nil
}

// The nodes that may be chosen, in the order of the candidates.
func (c *cluster) chosen(ctx context.Context, found []preemption.Candidate) string {
	taken := map[string]bool{}
	for range choices * len(found) {
		taken[c.preemption().Evaluator.SelectCandidate(ctx, found).Name()] = true
	}
	var names []string
	for _, f := range found {
		if taken[f.Name()] {
			names = append(names, f.Name())
		}
	}
	return strings.Join(names, " or ")
}

// The failure's message and what preemption found. The statuses are those of the filters.
func (c *cluster) failure(ctx context.Context, state fwk.CycleState, d framework.Diagnosis, seen []fwk.NodeInfo) ([]string, error) {
	var lines []string
	var found []preemption.Candidate
	var err error
	asks := c.preemption() != nil && c.framework.HasPostFilterPlugins()
	if asks {
		if lines, found, err = c.candidates(ctx, state.Clone(), d.NodeToStatus, seen); err != nil {
			return nil, err
		}
	}
	text, result := c.postFilter(ctx, state, d.NodeToStatus)
	d.PostFilterMsg = text
	lines = append([]string{c.message(d)}, lines...)
	if asks && result != nil && result.NominatingInfo != nil {
		name := result.NominatedNodeName
		switch {
		case name == "":
			name = "nobody"
		case c.whole && !strings.Contains(" "+c.chosen(ctx, found)+" ", " "+name+" "):
			name += ", which is not among " + c.chosen(ctx, found)
		default:
			name = c.chosen(ctx, found)
		}
		lines = append(lines, "nominates "+name)
	}
	return lines, nil
}
