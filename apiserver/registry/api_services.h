/* api_services.h - the APIServices of this server's own group versions. */
#ifndef APISERVER_REGISTRY_API_SERVICES_H
#define APISERVER_REGISTRY_API_SERVICES_H

#include "base/json.h"

/* The label of those that the server makes: "onstart" once, "true" as long as definitions serve the version. */
#define API_SERVICE_MANAGED "kube-aggregator.kubernetes.io/automanaged"

/* The APIService of a group version, or NULL: upstream has none for it (apiregistration.k8s.io). */
struct json *api_service_object(struct arena *a, const char *group, const char *version);
/* That of a version that definitions serve; name: "v1.example.com". */
struct json *api_service_custom(struct arena *a, struct str name);

#endif
