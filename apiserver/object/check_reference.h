/* check_reference.h - a reference to an object of any kind. */
#ifndef APISERVER_OBJECT_CHECK_REFERENCE_H
#define APISERVER_OBJECT_CHECK_REFERENCE_H

#include "apiserver/object/check.h"

/* apiGroup, kind and name at the present place; the group may be absent.
 * Upstream: validateIngressTypedLocalObjectReference. */
void check_reference(struct check *c, const struct json *ref);

#endif
