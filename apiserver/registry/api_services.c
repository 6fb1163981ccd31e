/* api_services.c - see api_services.h. Reads: the table.   Writes: a new tree.
 * Upstream: pkg/controlplane/apiserver/aggregator.go, pkg/controlplane/controller/crdregistration. */
#include "apiserver/registry/api_services.h"

#include "api/object.h"

static const struct {
    const char *group, *version;
    int group_priority, version_priority;
} rows[] = {
    {"", "v1", 18000, 1},
    {"apps", "v1", 17800, 15},
    {"events.k8s.io", "v1", 17750, 15},
    {"authentication.k8s.io", "v1", 17700, 15},
    {"authorization.k8s.io", "v1", 17600, 15},
    {"autoscaling", "v1", 17500, 15},
    {"autoscaling", "v2", 17500, 30},
    {"batch", "v1", 17400, 15},
    {"certificates.k8s.io", "v1", 17300, 15},
    {"networking.k8s.io", "v1", 17200, 15},
    {"policy", "v1", 17100, 15},
    {"rbac.authorization.k8s.io", "v1", 17000, 15},
    {"storage.k8s.io", "v1", 16800, 15},
    {"admissionregistration.k8s.io", "v1", 16700, 15},
    {"apiextensions.k8s.io", "v1", 16700, 15},
    {"scheduling.k8s.io", "v1", 16600, 15},
    {"coordination.k8s.io", "v1", 16500, 15},
    {"node.k8s.io", "v1", 16300, 15},
    {"discovery.k8s.io", "v1", 16200, 15},
    {"resource.k8s.io", "v1", 16200, 21},
    {"flowcontrol.apiserver.k8s.io", "v1", 16100, 21},
    {"sim.kubestep.dev", "v1", 1000, 100}, /* our own: as groups of custom resources */
};

static struct json *service_object(struct arena *a, struct str name, const char *managed)
{
    struct json *service = obj_empty(a);
    struct str group, version = str_cut(name, '.', &group);
    obj_put_str(a, service, ".metadata.name", name);
    obj_map_put_str(a, service, ".metadata.labels", STR(API_SERVICE_MANAGED), str_of(managed));
    if (group.n) obj_put_str(a, service, ".spec.group", group);
    obj_put_str(a, service, ".spec.version", version);
    return service;
}

struct json *api_service_object(struct arena *a, const char *group, const char *version)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].group, group) != 0 || strcmp(rows[i].version, version) != 0) continue;
        struct json *service = service_object(a, str_printf(a, "%s.%s", version, group), "onstart");
        obj_put_int(a, service, ".spec.groupPriorityMinimum", rows[i].group_priority);
        obj_put_int(a, service, ".spec.versionPriority", rows[i].version_priority);
        return service;
    }
    return NULL;
}

struct json *api_service_custom(struct arena *a, struct str name)
{
    struct json *service = service_object(a, name, "true");
    obj_put_int(a, service, ".spec.groupPriorityMinimum", 1000);
    obj_put_int(a, service, ".spec.versionPriority", 100);
    return service;
}
