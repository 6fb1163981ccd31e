/* own_object.h - objects that the server itself makes, as a client's create would have left them. */
#ifndef APISERVER_REST_OWN_OBJECT_H
#define APISERVER_REST_OWN_OBJECT_H

#include "api/schema.h"
#include "base/blob.h"
#include "base/err.h"
#include "base/json.h"
#include "base/rnd.h"

/* What is stored of a new object; obj is edited. Its uid comes from `chance`, NULL: from the process's own randomness.
 * The caller's reference. */
struct blob *own_object_blob(struct arena *a, const struct api_resource *res, struct json *obj, struct rnd *chance,
                             struct err *e);

#endif
