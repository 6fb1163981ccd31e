// Package kubestep gives a Go test a Kubernetes cluster of its own: it is up in about a tenth of a second, and
// leaves no process and no file behind, even if the test binary is killed.
//
//	func TestOperator(t *testing.T) {
//		cluster := kubestep.Start(t, "--nodes=5")
//		config, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig)
//
// Needs the command kubestep: in PATH, or named by KUBESTEP.
package kubestep

import (
	"bufio"
	"cmp"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Cluster is one that runs.
type Cluster struct {
	Kubeconfig string // path of a file
	Name       string // as `kubestep --name` takes it

	hold io.Closer // the cluster ends when this closes, or we do
	done func() error
}

func command() string { return cmp.Or(os.Getenv("KUBESTEP"), "kubestep") }

func start(t testing.TB, flags []string) *Cluster {
	t.Helper()
	args := append(append([]string{"run"}, flags...),
		"--", "sh", "-c", `echo "$KUBESTEP_CLUSTER"; echo "$KUBECONFIG"; exec cat >&2`)
	cmd := exec.Command(command(), args...)
	cmd.Stderr = os.Stderr
	hold, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("kubestep: %v (is it in PATH, or KUBESTEP set?)", err)
	}
	lines := bufio.NewScanner(out)
	c := &Cluster{hold: hold, done: cmd.Wait}
	for _, field := range []*string{&c.Name, &c.Kubeconfig} {
		if !lines.Scan() {
			t.Fatalf("kubestep run: %v", cmd.Wait())
		}
		*field = lines.Text()
	}
	return c
}

// Start brings a private cluster up, which ends with the test. flags are those of `kubestep run`.
func Start(t testing.TB, flags ...string) *Cluster {
	t.Helper()
	c := start(t, flags)
	t.Cleanup(func() {
		c.hold.Close()
		_ = c.done()
	})
	return c
}

var (
	shared     = map[string]*Cluster{}
	sharedLock sync.Mutex
)

// Shared gives the cluster that all tests of this process with the same flags share, as it was after its start: the
// quickest way, for tests that do not run in parallel. It ends with the process.
func Shared(t testing.TB, flags ...string) *Cluster {
	t.Helper()
	sharedLock.Lock()
	defer sharedLock.Unlock()
	key := strings.Join(flags, "\x00")
	if shared[key] == nil {
		shared[key] = start(t, flags)
	} else {
		shared[key].Reset(t)
	}
	return shared[key]
}

// Reset takes back all that was written since the start; watches of clients end with 410 and list anew.
func (c *Cluster) Reset(t testing.TB) {
	t.Helper()
	if out, err := exec.Command(command(), "reset", "--name", c.Name).CombinedOutput(); err != nil {
		t.Fatalf("kubestep reset: %v\n%s", err, out)
	}
}
