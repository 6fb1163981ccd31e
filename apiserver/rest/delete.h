/* delete.h - what a deletion means for an object; shared by DELETE of one and of many. */
#ifndef APISERVER_REST_DELETE_H
#define APISERVER_REST_DELETE_H

#include "apiserver/rest/options.h"
#include "apiserver/rest/write.h"

/* Edits obj (a copy of the present version) into what is to be stored, or into the last state that is answered.
 * Upstream: rest.BeforeDelete, deletionFinalizersForGarbageCollection. */
struct deletion delete_decide(struct arena *a, const struct api_resource *res, struct json *obj,
                              const struct delete_options *o);
/* Do the options' preconditions hold for this version? False: answered (409). */
bool delete_preconditions(struct request *r, const struct api_resource *res, const struct item *it,
                          const struct delete_options *o);
/* The Warning that a deletion deserves for what it leaves unsaid. */
void delete_warn(struct request *r, const struct delete_options *o);

/* The object as it is: w->old, w->expect_rev. False: answered (404). */
bool delete_load(struct write *w);
/* A stage that an eviction shares: the decision. */
enum stage_next delete_prepare(struct write *w);

#endif
