/* priority_class.h - the priority classes that are in every cluster, and the bounds of all others.
 * Upstream: pkg/apis/scheduling/v1/helpers.go, pkg/apis/scheduling/types.go. */
#ifndef APISERVER_REGISTRY_PRIORITY_CLASS_H
#define APISERVER_REGISTRY_PRIORITY_CLASS_H

#include "base/mem.h"
#include "base/str.h"

#define SYSTEM_CLASS_PREFIX "system-"
enum { USER_PRIORITY_MAX = 1000000000 }; /* HighestUserDefinablePriority */

struct system_class {
    const char *name, *description;
    int64_t value;
};
extern const struct system_class system_classes[2];
const struct system_class *system_class_find(struct str name); /* NULL: none of them */

struct json *system_class_object(struct arena *a, const struct system_class *c); /* without uid and times */

#endif
