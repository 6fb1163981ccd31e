/* check.h - the validation of a custom resource by its schema. */
#ifndef APISERVER_CRD_CHECK_H
#define APISERVER_CRD_CHECK_H

#include "apiserver/object/check.h"

struct api_schema;

/* A value by its schema alone, members by name; old NULL on create. At the present place. */
void check_by_schema(struct check *c, const struct api_schema *s, const struct json *v, const struct json *old);
/* All but metadata: c->root by the version c->res, against c->old when it is an update. */
void crd_check(struct check *c);

#endif
