/* pod_annotations.h - annotations of pods that the API knows. */
#ifndef APISERVER_OBJECT_POD_ANNOTATIONS_H
#define APISERVER_OBJECT_POD_ANNOTATIONS_H

#include "base/str.h"

#define POD_MIRROR            "kubernetes.io/config.mirror"
#define POD_TOLERATIONS       "scheduler.alpha.kubernetes.io/tolerations"
#define POD_DELETION_COST     "controller.kubernetes.io/pod-deletion-cost"
#define POD_SECCOMP           "seccomp.security.alpha.kubernetes.io/pod"
#define POD_SECCOMP_CONTAINER "container.seccomp.security.alpha.kubernetes.io/" /* the container's name follows */
#define POD_APPARMOR          "container.apparmor.security.beta.kubernetes.io/"

bool pod_deletion_cost_ok(struct str text); /* a 32 bit integer without frills */

#endif
