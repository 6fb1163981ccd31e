/* check.h - the validation of a custom resource by its schema. */
#ifndef APISERVER_CRD_CHECK_H
#define APISERVER_CRD_CHECK_H

#include "apiserver/object/check.h"

/* All but metadata: c->root by the version c->res, against c->old when it is an update. */
void crd_check(struct check *c);

#endif
