/* crd.h - the validation of CustomResourceDefinitions, for their strategy. */
#ifndef APISERVER_OBJECT_CRD_H
#define APISERVER_OBJECT_CRD_H

#include "api/object.h"
#include "apiserver/object/check.h"

void check_crd(struct check *c, const struct json *crd, const struct json *old); /* old NULL on create */
void check_crd_status(struct check *c, const struct json *crd);                  /* all of an update of the status */
/* Is there a CA bundle for the conversion's webhook that cannot be read? */
bool crd_ca_is_bad(struct arena *a, const struct json *crd);

#endif
