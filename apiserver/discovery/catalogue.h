/* catalogue.h - what there is to discover at one state of the registry: groups, versions, resources, and the documents
 * about them, each made when it is first asked for. Counted: whoever answers from it holds it; the next one is made on
 * the first read after the registry has changed. Any thread. */
#ifndef APISERVER_DISCOVERY_CATALOGUE_H
#define APISERVER_DISCOVERY_CATALOGUE_H

#include "api/registry.h"
#include "apiserver/discovery/discovery_priv.h"
#include "apiserver/discovery/forms.h"

#include <pthread.h>

struct catalogue {
    _Atomic uint32_t refs;
    uint64_t epoch; /* of the registry */
    struct api_customs customs;
    const struct api_resource **resources; /* by group, version */
    int nresources;
    struct group_version *versions; /* core first, then built-in groups in their order, then others by name */
    int nversions;
    pthread_mutex_t making; /* documents; const once made */
    struct forms api, apis, api_aggregated, apis_aggregated;
    struct forms *of_version; /* /api/v1, /apis/G/V; beside versions[] */
    struct forms *of_group;   /* /apis/G; at the group's first version */
    struct document v3_index, v2_json, v2_proto;
    struct document *v3; /* beside versions[] */
};

struct catalogue *catalogue_hold(void);
void catalogue_release(struct catalogue *c);
bool catalogue_first_of_group(const struct catalogue *c, int at);

#endif
