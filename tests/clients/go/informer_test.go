package clients

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/features"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// gates is client-go's own set of gates but for WatchListClient.
type gates struct{ features.Gates }

var watchLists atomic.Bool

func init() { features.ReplaceFeatureGates(gates{features.FeatureGates()}) }

func (g gates) Enabled(key features.Feature) bool {
	if key == features.WatchListClient {
		return watchLists.Load()
	}
	return g.Gates.Enabled(key)
}

// queries keeps what was read of one path.
type queries struct {
	next http.RoundTripper
	path string
	lock sync.Mutex
	all  []string
}

func (q *queries) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, q.path) {
		q.lock.Lock()
		q.all = append(q.all, r.URL.RawQuery)
		q.lock.Unlock()
	}
	return q.next.RoundTrip(r)
}

func (q *queries) any(part string) bool {
	q.lock.Lock()
	defer q.lock.Unlock()
	return slices.ContainsFunc(q.all, func(s string) bool { return strings.Contains(s, part) })
}

func testInformer(t *testing.T, watchList bool, ns string) {
	watchLists.Store(watchList)
	core, _ := typed(t)
	namespace(t, core, ns)
	want := names(30, "there")
	for _, name := range want {
		m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := core.CoreV1().ConfigMaps(ns).Create(bounded(t), m, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	c := config(t)
	c.ContentType, c.AcceptContentTypes = protobuf, protobuf
	asked := &queries{path: "/configmaps"}
	c.Wrap(func(rt http.RoundTripper) http.RoundTripper { asked.next = rt; return asked })
	client, err := kubernetes.NewForConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(ns))
	maps := factory.Core().V1().ConfigMaps()
	var lock sync.Mutex
	var events []string
	tell := func(what string, o any) {
		if name := o.(*corev1.ConfigMap).Name; name == "late" {
			lock.Lock()
			events = append(events, what)
			lock.Unlock()
		}
	}
	maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { tell("added", o) },
		UpdateFunc: func(_, o any) { tell("updated", o) },
		DeleteFunc: func(o any) { tell("deleted", o) },
	})
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), maps.Informer().HasSynced) {
		t.Fatal("never synced")
	}
	list, err := maps.Lister().ConfigMaps(ns).List(labels.Everything())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		if m.Name != "kube-root-ca.crt" {
			got = append(got, m.Name)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the cache holds %v", got)
	}
	late := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "late"}}
	if late, err = client.CoreV1().ConfigMaps(ns).Create(ctx, late, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	late.Data = map[string]string{"a": "b"}
	if _, err = client.CoreV1().ConfigMaps(ns).Update(ctx, late, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err = client.CoreV1().ConfigMaps(ns).Delete(ctx, "late", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "three events", func() bool {
		lock.Lock()
		defer lock.Unlock()
		return slices.Equal(events, []string{"added", "updated", "deleted"})
	})
	if streamed := asked.any("sendInitialEvents=true"); streamed != watchList {
		t.Errorf("streamed lists: %v; asked: %v", streamed, asked.all)
	}
	// A client whose streamed list is refused falls back to a list.
	if listed := asked.any("limit=500"); listed == watchList {
		t.Errorf("listed: %v; asked: %v", listed, asked.all)
	}
}

func TestInformerLists(t *testing.T)     { testInformer(t, false, "informer-lists") }
func TestInformerWatchList(t *testing.T) { testInformer(t, true, "informer-streams") }
