/* admission.h - built-in admission plugins as rows, in upstream's order. Mutating pass over the
 * whole list first, then validation over the list (pkg/kubeapiserver/options/plugins.go). */
#ifndef APISERVER_ADMISSION_ADMISSION_H
#define APISERVER_ADMISSION_ADMISSION_H

#include "apiserver/rest/write.h"

struct admission { /* what a plugin sees */
    struct request *r;
    const struct api_resource *res; /* storage version */
    const struct api_subresource *sub;
    enum verb verb; /* CREATE, UPDATE (patches too), DELETE */
    struct str ns, name;
    struct json *obj; /* NULL on delete; a mutating plugin edits it in r->arena */
    const struct json *old;
};

struct admission_plugin {
    const char *name;
    const char *const *resources; /* "pods", "priorityclasses.scheduling.k8s.io"...; NULL: all */
    unsigned verbs;               /* bits 1 << enum verb */
    /* False: rejected, and r->resp was set (status_*). */
    bool (*mutate)(struct admission *a);
    bool (*validate)(struct admission *a);
};
extern const struct admission_plugin admission_plugins[]; /* ends with .name = NULL */

/* What PodTopologyLabels does to a pod that gets the node. */
void topology_labels_put(struct arena *a, struct json *pod, struct str node);

bool admission_mutate(struct admission *a);
bool admission_validate(struct admission *a);

#endif
