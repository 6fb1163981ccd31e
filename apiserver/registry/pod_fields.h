/* pod_fields.h - what the API does with pod specs on their way into the store, in pods and in templates of pods.
 * Upstream: pkg/api/pod/util.go, pkg/registry/core/pod/strategy.go. */
#ifndef APISERVER_REGISTRY_POD_FIELDS_H
#define APISERVER_REGISTRY_POD_FIELDS_H

#include "api/object.h"
#include "api/schema.h"

/* Drops members whose feature gates are off in Kubernetes v1.36 from the pod spec that an object of res has, if it has
 * one: whoever sets them reads an object without them, as upstream. */
void pod_fields_drop(const struct api_resource *res, struct json *obj);
/* The same of a pod's status. */
void pod_status_drop(struct json *status);

/* For new pods: selectors of affinity and spreading get what matchLabelKeys ask for; annotations of AppArmor profiles
 * become fields. */
void pod_apply_label_keys(struct arena *a, struct json *pod);
void pod_apply_apparmor(struct arena *a, struct json *pod);

/* The profile that the annotation's text stands for, or NULL. */
struct json *pod_apparmor_of(struct arena *a, struct str text);
/* The same if the profile is also valid. */
struct json *pod_apparmor_valid(struct arena *a, struct str text);

#endif
