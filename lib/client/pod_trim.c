/* pod_trim.c - see pod_trim.h. */
#include "client/pod_trim.h"

#include "api/object.h"

const char *const pod_trim_container[] = {".image",
                                          ".command",
                                          ".args",
                                          ".workingDir",
                                          ".env",
                                          ".envFrom",
                                          ".volumeMounts",
                                          ".livenessProbe",
                                          ".readinessProbe",
                                          ".startupProbe",
                                          ".lifecycle",
                                          ".imagePullPolicy",
                                          ".terminationMessagePath",
                                          ".terminationMessagePolicy",
                                          ".securityContext",
                                          NULL};

static void drop(struct json *j, const char *const *paths)
{
    for (; paths && *paths; paths++) obj_del(j, *paths);
}

static void drop_of_each(struct json *list, const char *const *paths) { JSON_FOREACH(it, list) drop(it, paths); }

void pod_trim(struct json *pod, const struct pod_trim *lists)
{
    drop(pod, lists->pod);
    drop_of_each(obj_edit(pod, ".spec.containers"), lists->container);
    drop_of_each(obj_edit(pod, ".spec.initContainers"), lists->container);
    drop_of_each(obj_edit(pod, ".status.containerStatuses"), lists->status);
    drop_of_each(obj_edit(pod, ".status.initContainerStatuses"), lists->status);
}
