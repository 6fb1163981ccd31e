/* resource.h - what resources are called and how much there may be of them: "cpu", "example.com/gpu",
 * "requests.memory". Upstream: pkg/apis/core/helper, validateResourceName and its like in pkg/apis/core/validation. */
#ifndef APISERVER_OBJECT_RESOURCE_H
#define APISERVER_OBJECT_RESOURCE_H

#include "apiserver/object/check.h"

bool resource_is_quota(struct str name);     /* what a ResourceQuota can count, of Kubernetes' own */
bool resource_is_pod_quota(struct str name); /* of those, what pods have: requests, limits, their number */
bool resource_is_huge_page(struct str name);
bool resource_is_native(struct str name);                    /* Kubernetes' own: no domain, or its domain */
bool resource_is_extended(struct arena *a, struct str name); /* somebody else's, by a name that a quota can count */

/* What is wrong is reported at the present place. */
void check_resource_name(struct check *c, struct str name);
void check_container_resource_name(struct check *c, struct str name);
void check_quota_resource_name(struct check *c, struct str name);
/* A quantity of the resource: not negative, and whole where only whole ones exist. */
void check_amount(struct check *c, struct str name, const struct json *value);

#endif
