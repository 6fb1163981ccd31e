/* delete.h - what a deletion means for an object; shared by DELETE of one and of many. */
#ifndef APISERVER_REST_DELETE_H
#define APISERVER_REST_DELETE_H

#include "apiserver/rest/options.h"
#include "apiserver/rest/write.h"

/* Edits obj (a copy of the present version) into what is to be stored, or into the last state that is answered.
 * asked_s: the client's grace period, -1 none. Upstream: rest.BeforeDelete. */
struct deletion delete_decide(struct arena *a, const struct api_resource *res, struct json *obj, int64_t asked_s);

#endif
