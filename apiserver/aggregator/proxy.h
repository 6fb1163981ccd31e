/* proxy.h - one request handed on to the server of an aggregated API, and what that answers handed back. */
#ifndef APISERVER_AGGREGATOR_PROXY_H
#define APISERVER_AGGREGATOR_PROXY_H

#include "apiserver/aggregator/remote.h"
#include "apiserver/http/request.h"

/* Takes the request over, and a reference of m. Epoll thread; never blocks. */
void proxy_request(struct request *r, struct remote *m);

#endif
