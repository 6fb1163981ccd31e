package operator

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	applymeta "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	finalizer = "web.example.com/farewell"
	owner     = "site-operator"
)

// reconciler makes a Deployment (create or update) and a Service (server-side apply) of each Site.
type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) setup(mgr ctrl.Manager) error {
	r.Client, r.recorder = mgr.GetClient(), mgr.GetEventRecorder(owner)
	// Services are watched as PartialObjectMetadata only.
	return ctrl.NewControllerManagedBy(mgr).For(&Site{}).Owns(&appsv1.Deployment{}).Owns(&corev1.Service{}, builder.OnlyMetadata).Complete(r)
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	site := &Site{}
	if err := r.Get(ctx, request.NamespacedName, site); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !site.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.farewell(ctx, site)
	}
	if controllerutil.AddFinalizer(site, finalizer) {
		return ctrl.Result{}, r.Update(ctx, site) // its event brings us here again
	}
	web, err := r.deployment(ctx, site)
	if err == nil {
		err = r.service(ctx, site)
	}
	if err == nil {
		err = r.status(ctx, site, web)
	}
	return ctrl.Result{}, err
}

// farewell leaves a trace of the deletion, then lets the Site go.
func (r *reconciler) farewell(ctx context.Context, site *Site) error {
	if !controllerutil.ContainsFinalizer(site, finalizer) {
		return nil
	}
	note := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: site.Namespace, Name: site.Name + "-farewell"}}
	if err := r.Create(ctx, note); err != nil && !errors.IsAlreadyExists(err) {
		return err
	}
	before := site.copied()
	controllerutil.RemoveFinalizer(site, finalizer)
	return client.IgnoreNotFound(r.Patch(ctx, site, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})))
}

func (r *reconciler) deployment(ctx context.Context, site *Site) (*appsv1.Deployment, error) {
	web := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: site.Namespace, Name: site.Name}}
	labels := map[string]string{"site": site.Name}
	did, err := controllerutil.CreateOrUpdate(ctx, r.Client, web, func() error {
		web.Spec.Replicas = site.Spec.Replicas
		web.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
		web.Spec.Template.Labels = labels
		if len(web.Spec.Template.Spec.Containers) == 0 {
			web.Spec.Template.Spec.Containers = make([]corev1.Container, 1)
		}
		web.Spec.Template.Spec.Containers[0].Name = "web"
		web.Spec.Template.Spec.Containers[0].Image = site.Spec.Image
		return controllerutil.SetControllerReference(site, web, r.Scheme())
	})
	if err == nil && did == controllerutil.OperationResultCreated {
		r.recorder.Eventf(site, web, corev1.EventTypeNormal, "Made", "Making", "made Deployment %s", web.Name)
	}
	return web, err
}

func (r *reconciler) service(ctx context.Context, site *Site) error {
	spec := applycore.ServiceSpec().WithSelector(map[string]string{"site": site.Name})
	for _, p := range site.Spec.Ports {
		spec.WithPorts(applycore.ServicePort().WithName(p.Name).WithPort(p.Port))
	}
	if len(site.Spec.Ports) == 0 {
		spec.WithClusterIP(corev1.ClusterIPNone)
	}
	wanted := applycore.Service(site.Name, site.Namespace).WithSpec(spec).WithOwnerReferences(applymeta.OwnerReference().
		WithAPIVersion(version.String()).WithKind("Site").WithName(site.Name).WithUID(site.UID).WithController(true).WithBlockOwnerDeletion(true))
	return r.Apply(ctx, wanted, client.FieldOwner(owner), client.ForceOwnership)
}

func (r *reconciler) status(ctx context.Context, site *Site, web *appsv1.Deployment) error {
	before := site.Status
	before.Conditions = append([]metav1.Condition(nil), site.Status.Conditions...)
	ready := metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Waiting", ObservedGeneration: site.Generation}
	if web.Status.ObservedGeneration == web.Generation && web.Status.AvailableReplicas == *site.Spec.Replicas &&
		web.Status.Replicas == *site.Spec.Replicas {
		ready.Status, ready.Reason = metav1.ConditionTrue, "Available"
	}
	meta.SetStatusCondition(&site.Status.Conditions, ready)
	site.Status.Replicas, site.Status.Selector = web.Status.Replicas, "site="+site.Name
	site.Status.ObservedGeneration = site.Generation
	if equality.Semantic.DeepEqual(before, site.Status) {
		return nil
	}
	return r.Status().Update(ctx, site)
}
