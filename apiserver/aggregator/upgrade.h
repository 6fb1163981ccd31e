/* upgrade.h - a request of an aggregated API that wants another protocol (SPDY/3.1 or WebSocket: exec and the like). */
#ifndef APISERVER_AGGREGATOR_UPGRADE_H
#define APISERVER_AGGREGATOR_UPGRADE_H

#include "apiserver/aggregator/remote.h"
#include "apiserver/http/request.h"

/* Takes the request over, a reference of m, and one of proxy_begins. Epoll thread; never blocks. */
void upgrade_request(struct request *r, struct remote *m, const struct endpoint *ep);

#endif
