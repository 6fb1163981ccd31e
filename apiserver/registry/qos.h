/* qos.h - the quality of service class of a pod. */
#ifndef APISERVER_REGISTRY_QOS_H
#define APISERVER_REGISTRY_QOS_H

#include "api/object.h"

/* "Guaranteed", "Burstable" or "BestEffort" (pkg/apis/core/v1/helper/qos/qos.go). */
const char *qos_class(const struct json *pod);

#endif
