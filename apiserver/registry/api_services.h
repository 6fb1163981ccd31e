/* api_services.h - the APIServices of this server's own group versions. */
#ifndef APISERVER_REGISTRY_API_SERVICES_H
#define APISERVER_REGISTRY_API_SERVICES_H

#include "base/json.h"

/* The APIService of a group version, or NULL: upstream has none for it (apiregistration.k8s.io). */
struct json *api_service_object(struct arena *a, const char *group, const char *version);

#endif
