/* check_defaults.h - the defaults in a definition's schema: each must be a value that the schema takes. */
#ifndef APISERVER_CRD_CHECK_DEFAULTS_H
#define APISERVER_CRD_CHECK_DEFAULTS_H

#include "apiserver/object/check.h"

/* Of a structural schema, at the present place, which is the schema's. */
void check_defaults(struct check *c, const struct json *schema);

#endif
