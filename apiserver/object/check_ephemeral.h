/* check_ephemeral.h - containers that are added to a running pod, for debugging. */
#ifndef APISERVER_OBJECT_CHECK_EPHEMERAL_H
#define APISERVER_OBJECT_CHECK_EPHEMERAL_H

#include "apiserver/object/check.h"

/* Those of a pod's spec, which is the present place (validateEphemeralContainers). */
void check_ephemeral_containers(struct check *c, const struct json *spec);
/* From one version of a pod to the next by its subresource (ValidatePodEphemeralContainersUpdate). */
void check_ephemeral_update(struct check *c, const struct json *pod, const struct json *old);

#endif
