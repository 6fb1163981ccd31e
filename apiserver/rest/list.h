/* list.h - lists: from options to a query of the watch cache, and from its result to a response. */
#ifndef APISERVER_REST_LIST_H
#define APISERVER_REST_LIST_H

#include "apiserver/rest/options.h"
#include "apiserver/watch/cache.h"

/* What the options ask of the cache; q points into o. False: answered (a bad token, a revision in the future). */
bool list_query_of(struct request *r, const struct list_options *o, struct list_query *q) MUST_USE;
/* The list in the negotiated form. cont: token for the rest, or STR_NULL. */
void list_respond(struct request *r, const struct cache_list *l, struct str cont, const char *include_object);

#endif
