package kubestep

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func kubestepIn(t *testing.T, c *Cluster, args ...string) string {
	t.Helper()
	out, err := exec.Command(command(), append(args, "--name", c.Name)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: c, image: nginx}]}\n"

func walk(t *testing.T, c *Cluster) {
	t.Helper()
	file := t.TempDir() + "/pod.yaml"
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	kubestepIn(t, c, "walk", "-f", file)
}

func TestStart(t *testing.T) {
	var kubeconfig string
	t.Run("while it runs", func(t *testing.T) {
		c := Start(t, "--nodes=2")
		kubeconfig = c.Kubeconfig
		if out := kubestepIn(t, c, "status"); !strings.Contains(out, "apiserver") {
			t.Error(out)
		}
	})
	if _, err := os.Stat(kubeconfig); !os.IsNotExist(err) {
		t.Errorf("%s is left behind", kubeconfig)
	}
}

func TestShared(t *testing.T) {
	first := Shared(t)
	walk(t, first)
	second := Shared(t)
	if first != second {
		t.Error("not the same cluster")
	}
	walk(t, second) // the name is free again
}
