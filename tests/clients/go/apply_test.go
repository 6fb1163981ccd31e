package clients

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	scalingac "k8s.io/client-go/applyconfigurations/autoscaling/v1"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/util/retry"
)

func by(manager string, force bool) metav1.ApplyOptions {
	return metav1.ApplyOptions{FieldManager: manager, Force: force}
}

func web(ns, image string, replicas int32) *appsac.DeploymentApplyConfiguration {
	labels := map[string]string{"app": "web"}
	return appsac.Deployment("web", ns).WithLabels(labels).WithSpec(appsac.DeploymentSpec().
		WithReplicas(replicas).WithSelector(metaac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(coreac.PodTemplateSpec().WithLabels(labels).WithSpec(coreac.PodSpec().WithContainers(
			coreac.Container().WithName("web").WithImage(image).WithPorts(
				coreac.ContainerPort().WithContainerPort(80).WithProtocol(corev1.ProtocolTCP))))))
}

// conflicts names the fields that an apply would have taken from others.
func conflicts(err error) (fields []string) {
	status, ok := err.(errors.APIStatus)
	if !ok || status.Status().Details == nil {
		return nil
	}
	for _, c := range status.Status().Details.Causes {
		if c.Type == metav1.CauseTypeFieldManagerConflict {
			fields = append(fields, c.Field)
		}
	}
	return fields
}

func TestApplyConfigurations(t *testing.T) {
	client, _ := typed(t)
	ns := namespace(t, client, "apply-typed")
	apps := client.AppsV1().Deployments(ns)
	made, err := apps.Apply(bounded(t), web(ns, "nginx:1", 1), by("one", false))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is available", func() bool {
		made, err = apps.Get(bounded(t), "web", metav1.GetOptions{})
		return err == nil && made.Status.AvailableReplicas == 1 && made.Status.ObservedGeneration == made.Generation
	})
	// What is extracted is what was applied: to apply it again changes nothing.
	mine, err := appsac.ExtractDeployment(made, "one")
	if err != nil || *mine.Spec.Replicas != 1 || len(mine.Spec.Template.Spec.Containers) != 1 || mine.Spec.Strategy != nil || mine.Status != nil {
		t.Fatalf("%v %+v", err, mine)
	}
	same, err := apps.Apply(bounded(t), mine, by("one", false))
	if err != nil || same.ResourceVersion != made.ResourceVersion {
		t.Errorf("%v: %s, then %s", err, made.ResourceVersion, same.ResourceVersion)
	}
	_, err = apps.Apply(bounded(t), web(ns, "nginx:2", 1), by("two", false))
	if fields := conflicts(err); !errors.IsConflict(err) || len(fields) != 1 || fields[0] != `.spec.template.spec.containers[name="web"].image` {
		t.Errorf("want a conflict about the image: %v %v", err, fields)
	}
	if _, err = apps.Apply(bounded(t), web(ns, "nginx:2", 1), by("two", true)); err != nil {
		t.Fatal(err)
	}
	// The first has lost the image alone, and gives up all the rest, which the second keeps.
	if made, err = apps.Get(bounded(t), "web", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if mine, err = appsac.ExtractDeployment(made, "one"); err != nil || mine.Spec.Template.Spec.Containers[0].Image != nil {
		t.Errorf("%v %+v", err, mine)
	}
	made, err = apps.Apply(bounded(t), appsac.Deployment("web", ns), by("one", false))
	if err != nil || made.Spec.Template.Spec.Containers[0].Image != "nginx:2" || made.Labels["app"] != "web" {
		t.Errorf("%v %+v", err, made)
	}
}

func TestApplySubresources(t *testing.T) {
	client, _ := typed(t)
	ns := namespace(t, client, "apply-parts")
	apps := client.AppsV1().Deployments(ns)
	if _, err := apps.Apply(bounded(t), web(ns, "nginx:1", 1), by("one", false)); err != nil {
		t.Fatal(err)
	}
	scaled, err := apps.ApplyScale(bounded(t), "web", scalingac.Scale().WithSpec(scalingac.ScaleSpec().WithReplicas(2)), by("scaler", true))
	if err != nil || scaled.Spec.Replicas != 2 {
		t.Fatalf("%v %v", scaled, err)
	}
	_, err = apps.Apply(bounded(t), web(ns, "nginx:1", 1), by("one", false))
	if fields := conflicts(err); len(fields) != 1 || fields[0] != ".spec.replicas" {
		t.Errorf("want a conflict about the replicas: %v %v", err, fields)
	}
	// Status: kept apart, of the same manager too.
	pods := client.CoreV1().Pods(ns)
	spec := coreac.PodSpec().WithNodeName("nowhere").WithContainers(coreac.Container().WithName("c").WithImage("nginx"))
	if _, err = pods.Apply(bounded(t), coreac.Pod("lone", ns).WithSpec(spec), by("one", false)); err != nil {
		t.Fatal(err)
	}
	gate := corev1.PodConditionType("example.com/gate")
	condition := coreac.PodCondition().WithType(gate).WithStatus(corev1.ConditionTrue)
	lone, err := pods.ApplyStatus(bounded(t), coreac.Pod("lone", ns).WithStatus(coreac.PodStatus().WithConditions(condition)), by("one", false))
	if err != nil {
		t.Fatal(err)
	}
	got, err := coreac.ExtractPodStatus(lone, "one")
	if err != nil || len(got.Status.Conditions) != 1 || *got.Status.Conditions[0].Type != gate || got.Spec != nil {
		t.Errorf("%v %+v", err, got)
	}
	if mine, err := coreac.ExtractPod(lone, "one"); err != nil || mine.Spec == nil || mine.Status != nil {
		t.Errorf("%v %+v", err, mine)
	}
}

// Each kind of patch, of an object and of its parts.
func TestPatches(t *testing.T) {
	client, _ := typed(t)
	ns := namespace(t, client, "patches")
	apps := client.AppsV1().Deployments(ns)
	if _, err := apps.Apply(bounded(t), web(ns, "nginx:1", 1), by("one", false)); err != nil {
		t.Fatal(err)
	}
	containers := func(kind types.PatchType, patch string, want int) {
		t.Helper()
		d, err := apps.Patch(bounded(t), "web", kind, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(d.Spec.Template.Spec.Containers); n != want {
			t.Errorf("%s: %d containers", patch, n)
		}
	}
	spec := func(list string) string { return `{"spec":{"template":{"spec":{"containers":[` + list + `]}}}}` }
	containers(types.StrategicMergePatchType, spec(`{"name":"side","image":"s:1"}`), 2)
	containers(types.StrategicMergePatchType, spec(`{"name":"side","$patch":"delete"}`), 1)
	containers(types.MergePatchType, spec(`{"name":"a","image":"a"},{"name":"b","image":"b"}`), 2)
	containers(types.JSONPatchType, `[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"z","image":"z"}}]`, 3)
	containers(types.JSONPatchType, `[{"op":"remove","path":"/spec/template/spec/containers/0"}]`, 2)
	for n, kind := range []types.PatchType{types.MergePatchType, types.StrategicMergePatchType} {
		// Its answer is a Scale, which is no Deployment: it is read on its own.
		if _, err := apps.Patch(bounded(t), "web", kind, fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, n+1), metav1.PatchOptions{}, "scale"); err != nil {
			t.Errorf("scale, %s: %v", kind, err)
		}
		if s, err := apps.GetScale(bounded(t), "web", metav1.GetOptions{}); err != nil || s.Spec.Replicas != int32(n+1) {
			t.Errorf("scale, %s: %v %v", kind, s, err)
		}
	}
	condition := `{"status":{"conditions":[{"type":"Ours","status":"True"}]},"spec":{"replicas":7}}`
	d, err := apps.Patch(bounded(t), "web", types.StrategicMergePatchType, []byte(condition), metav1.PatchOptions{}, "status")
	if err != nil || *d.Spec.Replicas != 2 {
		t.Errorf("status: %v %+v", err, d.Spec)
	}
	_, err = apps.Patch(bounded(t), "web", types.MergePatchType, []byte(`{"metadata":{"resourceVersion":"1"}}`), metav1.PatchOptions{})
	if !errors.IsConflict(err) {
		t.Errorf("want a conflict: %v", err)
	}
	if err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		d, err := apps.Get(bounded(t), "web", metav1.GetOptions{})
		if err == nil {
			d.Spec.Replicas = new(int32(3))
			_, err = apps.Update(bounded(t), d, metav1.UpdateOptions{})
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
