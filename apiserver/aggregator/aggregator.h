/* aggregator.h - aggregated APIs: group versions that an APIService says another server has. Requests for them are
 * proxied (proxy.c), their servers are looked after (availability.c), discovery and OpenAPI list them (merge.c).
 * The thread that drives all of it starts with the first such APIService.
 * Upstream: kube-aggregator. */
#ifndef APISERVER_AGGREGATOR_AGGREGATOR_H
#define APISERVER_AGGREGATOR_AGGREGATOR_H

#include "apiserver/http/request.h"
#include "http/relay.h"
#include "store/store.h"

/* Once, before the caches are asked: how we prove who we are to other servers. */
void aggregator_init(const char *cert_pem, const char *key_pem);
/* What is stored is taken up; behind bootstrap, before anyone is served. */
void aggregator_start(void);
/* What is under way is answered. Before the streams end. */
void aggregator_stop(void);
/* True: the request was one of an aggregated API, or of a document that lists them; it is taken over. */
bool aggregator_handle(struct request *r);
/* Writer thread, behind the cache. */
void aggregator_on_commit(const struct store_event *events, int count);

/* For aggregator/ alone. False: there is no thread (any more), fn will not be called. */
bool aggregator_post(void (*fn)(void *arg), void *arg);
/* fn(arg) after that time, any thread; at once when there is no thread. */
void aggregator_after(int64_t ms, void (*fn)(void *arg), void *arg);
struct http_relay *aggregator_relay(void); /* relay thread */

#endif
