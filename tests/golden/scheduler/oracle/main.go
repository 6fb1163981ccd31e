// Upstream's outcomes of the scheduler's cases: reads the records that golden_scheduler --dump writes, prints the file
// of cases with what k8s.io/kubernetes' own scheduler plugins say. See ../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// One record: a line of the file, or all that a pod to place finds.
type record struct {
	Text      *string
	Plugins   string
	Args      map[string]map[string]any
	Nodes     []json.RawMessage
	Pods      []json.RawMessage
	Nominated []json.RawMessage
	Objects   []json.RawMessage
	Pod       json.RawMessage
	Offset    int32  // where preemption begins among the nodes
	Then      *event // something happens while the pod waits
	Queue     *queueAction
}

type event struct {
	Word     string
	Old, New json.RawMessage
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var queue queueRun
	for in.Scan() {
		var r record
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if r.Text != nil {
			fmt.Fprintln(out, *r.Text)
			continue
		}
		answer := outcomes
		if r.Then != nil {
			answer = wakes
		}
		if r.Queue != nil {
			answer = queue.act
		}
		lines, err := answer(&r)
		if err != nil {
			lines = append(lines, "oracle: "+strings.ReplaceAll(err.Error(), "\n", " "))
		}
		for _, line := range lines {
			fmt.Fprintln(out, "    = "+line)
		}
	}
}
