/* node_label.h - labels of nodes that nobody should use any more. */
#ifndef APISERVER_OBJECT_NODE_LABEL_H
#define APISERVER_OBJECT_NODE_LABEL_H

#include "base/str.h"

/* What upstream says of the label, or NULL (pkg/api/node/util.go). */
const char *node_label_deprecated(struct str key);

#endif
