/* headers.h - target and headers with which a client's request goes to the server of an aggregated API. */
#ifndef APISERVER_AGGREGATOR_HEADERS_H
#define APISERVER_AGGREGATOR_HEADERS_H

#include "apiserver/http/request.h"
#include "base/mem.h"

/* Is a name one of the list's (NULL-terminated), in any case? */
bool header_is_one_of(struct str name, const char *const *list);
/* About one connection, not about the message; Trailer and TE come with chunks that are read here. */
extern const char *const hop_by_hop_headers[];

/* "Name: value" for libcurl, NULL-terminated, in the arena. address: HOST:PORT of the server. NULL: *bad is the header
 * that a user's name does not fit in. Upstream: httputil.ReverseProxy, apimachinery pkg/util/proxy (Transport). */
const char **headers_of_request(struct arena *a, const struct request *r, const char *address, const char **bad);
/* Path and query as they go out: the query decoded, its pairs by key, and encoded again, as net/url does. In the arena.
 */
struct str headers_target(struct arena *a, const struct request *r);
/* Does the client want another protocol? (apimachinery pkg/util/httpstream) */
bool headers_ask_upgrade(const struct request *r);
/* The whole request as it is sent to be upgraded: what is about the connection stays. target: path and query. False:
 * as above. */
bool headers_write_upgrade(struct buf *out, struct arena *a, const struct request *r, const char *target,
                           const char *address, const char **bad);

#endif
