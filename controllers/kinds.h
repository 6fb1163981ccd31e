/* kinds.h - resources as controllers name them: "v1/pods", "apps/v1/replicasets". */
#ifndef CONTROLLERS_KINDS_H
#define CONTROLLERS_KINDS_H

#include "api/schema.h"

/* Always the same pointer for a resource; lives as long as the process. Thread: any. */
const char *kind_text(const struct api_resource *res);
/* The resource of such a pointer, as handlers of ctl_read_metadata get it. */
const struct api_resource *kind_of(const char *text);
/* The row of a resource that is not built in: the same one for the same words, for as long as the process lives. All
 * rows of one group and plural have the same `storage`. Thread: any. */
const struct api_resource *kind_custom(struct str group, struct str version, struct str plural, struct str kind,
                                       bool namespaced);
bool kind_is_custom(const struct api_resource *res);
/* Can these be the words of a kind? Other servers' discovery says anything. */
bool kind_can_be(struct str group, struct str version, struct str plural);
/* Stored in this version, and has all these verbs (API_LIST_VERB ...). */
bool kind_has(const struct api_resource *res, uint32_t verbs);

#endif
