/* pod_resources.h - what the containers of a pod ask for together: regular ones and sidecars at the same time, or an
 * init container with the sidecars before it, whichever is more (component-helpers resource/helpers.go, KEP-753). */
#ifndef APISERVER_REGISTRY_POD_RESOURCES_H
#define APISERVER_REGISTRY_POD_RESOURCES_H

#include "api/object.h"

/* which: "requests" or "limits". A map from resources to quantities, sorted, in the arena. */
struct json *pod_container_totals(struct arena *a, const struct json *spec, const char *which);

bool resource_is_of_pods(struct str name); /* a pod as a whole may ask for it */

/* Requests that are not said are the limits; for pods (not for templates). */
void container_requests_default(struct arena *a, struct json *container);
/* Fills what spec.resources leaves open from limits and containers, for pods (not for templates). */
void pod_resources_default(struct arena *a, struct json *pod);

#endif
