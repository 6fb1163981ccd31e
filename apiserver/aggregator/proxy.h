/* proxy.h - one request handed on to the server of an aggregated API, and what that answers handed back. */
#ifndef APISERVER_AGGREGATOR_PROXY_H
#define APISERVER_AGGREGATOR_PROXY_H

#include "apiserver/aggregator/remote.h"
#include "apiserver/http/request.h"

/* Takes the request over, and a reference of m. Epoll thread; never blocks. */
void proxy_request(struct request *r, struct remote *m);

/* For upgrade.c, too: one more is under way; false: there are enough. */
bool proxy_begins(void);
void proxy_ends(void);
/* An answer of our own, as http.Error gives it. */
void proxy_answer(struct request *r, int code, const char *text);
void proxy_bad_header(struct err *e, const char *name);

#endif
