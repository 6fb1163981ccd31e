// Package clients uses client-go as operators do: typed with protobuf, dynamic, metadata, informers.
// Reads: KUBECONFIG.
package clients

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	protobuf = runtime.ContentTypeProtobuf
	patience = 30 * time.Second
)

func config(t *testing.T) *rest.Config {
	t.Helper()
	c, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	c.QPS, c.Burst = -1, 0
	c.WarningHandler = rest.NoWarnings{}
	return c
}

// seen counts the media types of the answers.
type seen struct {
	next  http.RoundTripper
	types map[string]*atomic.Int64
}

func (s *seen) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(r)
	if err == nil {
		for name, n := range s.types {
			if ct := answer.Header.Get("Content-Type"); len(ct) >= len(name) && ct[:len(name)] == name {
				n.Add(1)
			}
		}
	}
	return answer, err
}

// typed gives a client whose bodies and answers are protobuf, and how many answers were.
func typed(t *testing.T) (kubernetes.Interface, *atomic.Int64) {
	t.Helper()
	c := config(t)
	c.ContentType, c.AcceptContentTypes = protobuf, protobuf
	n := &atomic.Int64{}
	c.Wrap(func(rt http.RoundTripper) http.RoundTripper {
		return &seen{next: rt, types: map[string]*atomic.Int64{protobuf: n}}
	})
	client, err := kubernetes.NewForConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	return client, n
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func namespace(t *testing.T, client kubernetes.Interface, name string) string {
	t.Helper()
	_, err := client.CoreV1().Namespaces().Create(bounded(t), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func pod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx"}}},
	}
}

// eventually waits for a condition that a watch or a controller brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("not in %s: %s", patience, what)
		}
	}
}

func names(n int, prefix string) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("%s-%02d", prefix, i))
	}
	return out
}

func readAll(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
