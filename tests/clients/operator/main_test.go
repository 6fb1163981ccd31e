// Package operator is an operator as users write them, with controller-runtime: a manager with its cache, a controller with finalizer and
// owner references, protobuf for built-in kinds, a webhook that converts. envtest installs the CRD into the cluster that is there.
// Reads: KUBECONFIG, crds/.
package operator

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

const patience = 30 * time.Second

var (
	cluster *rest.Config
	manager ctrl.Manager
	direct  client.Client // past the cache
	wire    = &media{}
)

// media counts the answers in protobuf, those of custom kinds in JSON, and those for which protobuf was asked in vain.
type media struct {
	next                    http.RoundTripper
	protobuf, custom, wrong atomic.Int64
}

func (m *media) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := m.next.RoundTrip(r)
	if err != nil {
		return answer, err
	}
	kind := answer.Header.Get("Content-Type")
	switch {
	case strings.HasPrefix(kind, "application/vnd.kubernetes.protobuf"):
		m.protobuf.Add(1)
	case strings.HasPrefix(r.URL.Path, "/apis/web.example.com/v1/namespaces/") && strings.HasPrefix(kind, "application/json"):
		m.custom.Add(1)
	case strings.HasPrefix(r.Header.Get("Accept"), "application/vnd.kubernetes.protobuf"):
		m.wrong.Add(1)
	}
	return answer, err
}

func options(wrap bool) ctrl.Options {
	release := 2 * time.Second
	return ctrl.Options{
		Scheme: scheme.Scheme, Metrics: server.Options{BindAddress: "0"}, LeaderElection: wrap, LeaderElectionID: "site-operator",
		LeaderElectionNamespace: "default", LeaderElectionReleaseOnCancel: true, GracefulShutdownTimeout: &release,
		Controller: config.Controller{SkipNameValidation: new(true)},
	}
}

// start brings up envtest on the cluster of KUBECONFIG and the manager; the function it gives ends them.
func start() (func() error, error) {
	addToScheme(scheme.Scheme)
	err := addOldToScheme(scheme.Scheme)
	if err != nil {
		return nil, err
	}
	environment := &envtest.Environment{UseExistingCluster: new(true), CRDDirectoryPaths: []string{"crds"}, ErrorIfCRDPathMissing: true}
	if cluster, err = environment.Start(); err != nil {
		return nil, err
	}
	cluster.QPS, cluster.Burst = -1, 0
	watched := rest.CopyConfig(cluster)
	watched.Wrap(func(next http.RoundTripper) http.RoundTripper { wire.next = next; return wire })
	o, serving := options(true), environment.WebhookInstallOptions
	hooks := webhook.NewServer(webhook.Options{Host: serving.LocalServingHost, Port: serving.LocalServingPort, CertDir: serving.LocalServingCertDir})
	o.WebhookServer = hooks
	if manager, err = ctrl.NewManager(watched, o); err != nil {
		return nil, err
	}
	if err = ctrl.NewWebhookManagedBy(manager, &Site{}).Complete(); err != nil {
		return nil, err
	}
	index := func(o client.Object) []string { return []string{o.(*Site).Spec.Image} }
	ctx, cancel := context.WithCancel(context.Background())
	if err = manager.GetFieldIndexer().IndexField(ctx, &Site{}, "spec.image", index); err != nil {
		cancel()
		return nil, err
	}
	if direct, err = client.New(cluster, client.Options{Scheme: scheme.Scheme}); err != nil {
		cancel()
		return nil, err
	}
	if err = (&reconciler{}).setup(manager); err != nil {
		cancel()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	<-manager.Elected()
	for end := time.Now().Add(patience); hooks.StartedChecker()(nil) != nil && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	stop := func() error {
		cancel()
		if err := <-ended; err != nil {
			return err
		}
		return environment.Stop()
	}
	return stop, nil
}

func TestMain(m *testing.M) {
	log.SetLogger(zap.New(zap.UseDevMode(true)))
	stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err = stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits for a condition that a controller brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %s: %s", patience, what)
		}
	}
}

func namespace(t *testing.T, name string) string {
	t.Helper()
	if err := direct.Create(bounded(t), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		t.Fatal(err)
	}
	return name
}

// site makes a Site and waits until its status says that it is ready.
func site(t *testing.T, ns, name string, replicas int32) *Site {
	t.Helper()
	s := &Site{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}, Spec: siteSpec{Replicas: &replicas, Ports: []port{{"http", 80}}}}
	if err := direct.Create(bounded(t), s); err != nil {
		t.Fatal(err)
	}
	return ready(t, ns, name, replicas)
}

func ready(t *testing.T, ns, name string, replicas int32) *Site {
	t.Helper()
	s := &Site{}
	eventually(t, name+" is ready", func() bool {
		err := direct.Get(bounded(t), client.ObjectKey{Namespace: ns, Name: name}, s)
		return err == nil && s.Status.Replicas == replicas && s.Status.ObservedGeneration == s.Generation &&
			len(s.Status.Conditions) == 1 && s.Status.Conditions[0].Status == metav1.ConditionTrue
	})
	return s
}
