/* pod_resize.h - pods/resize: a running pod's containers get more or less cpu and memory. */
#ifndef APISERVER_REGISTRY_POD_RESIZE_H
#define APISERVER_REGISTRY_POD_RESIZE_H

#include "apiserver/object/check.h"

/* Puts all but resources and resize policies back (dropNonResizeUpdates). */
void pod_resize_prepare(struct arena *a, struct json *pod, const struct json *old);
void pod_resize_check(struct check *c, const struct json *pod, const struct json *old); /* ValidatePodResize */

#endif
