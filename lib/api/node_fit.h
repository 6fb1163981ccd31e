/* node_fit.h - may a pod run on a node, by what both say: node selector, node affinity, taints and tolerations.
 * Pure; labels may be NULL. Upstream: staging/src/k8s.io/component-helpers/scheduling/corev1. */
#ifndef API_NODE_FIT_H
#define API_NODE_FIT_H

#include "base/json.h"

/* One term of a NodeSelector: all that it asks holds. A term that asks nothing matches nothing. */
bool node_term_matches(const struct json *term, struct str name, const struct json *labels);
/* spec.nodeSelector and the required node affinity of a PodSpec. */
bool node_affinity_fits(const struct json *spec, struct str name, const struct json *labels);

bool toleration_covers(const struct json *toleration, struct str key, struct str value, struct str effect);
/* Does the PodSpec tolerate every taint of the node's spec with one of these effects (NULL-terminated)? */
bool taints_tolerated(const struct json *spec, const struct json *node, const char *const *effects);

#endif
