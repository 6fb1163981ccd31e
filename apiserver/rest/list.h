/* list.h - lists: from options to a query of the watch cache, and from its result to a response. */
#ifndef APISERVER_REST_LIST_H
#define APISERVER_REST_LIST_H

#include "apiserver/rest/options.h"
#include "apiserver/watch/cache.h"

/* What the options ask of the cache; q points into o. The caller then waits for q->reached (watch/fresh.h).
 * False: answered (a bad token, a bad revision). */
bool list_query_of(struct request *r, const struct list_options *o, struct list_query *q) MUST_USE;
/* What the keys of a query have in common; continue tokens are relative to it. */
struct str list_prefix(struct request *r, const struct list_query *q);
/* Reads the cache. False: answered (compacted: 410, with a token that goes on in the present). */
bool list_collect(struct request *r, const struct list_query *q, struct cache_list *out) MUST_USE;
/* The token for what follows l; STR_NULL: nothing does. */
struct str list_token(struct request *r, const struct list_query *q, const struct cache_list *l);
/* The list in the negotiated form. cont: token for the rest, or STR_NULL. */
void list_respond(struct request *r, const struct cache_list *l, struct str cont, const char *include_object);

/* What the options ask of a watcher; *w points into the request. False: answered. */
bool watch_options_of(struct request *r, const struct list_options *o, struct watch_options *w) MUST_USE;

#endif
