/* check_ephemeral.h - containers that are added to a running pod, for debugging. */
#ifndef APISERVER_OBJECT_CHECK_EPHEMERAL_H
#define APISERVER_OBJECT_CHECK_EPHEMERAL_H

#include "apiserver/object/check.h"

/* From one version of a pod to the next by its subresource (ValidatePodEphemeralContainersUpdate). */
void check_ephemeral_update(struct check *c, const struct json *pod, const struct json *old);

#endif
