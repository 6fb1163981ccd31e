/* front_proxy.h - requests that come through another server, which says for whom: believed for a certificate of the
 * front proxies' CA. Upstream: apiserver pkg/authentication/request/headerrequest. */
#ifndef APISERVER_FILTER_FRONT_PROXY_H
#define APISERVER_FILTER_FRONT_PROXY_H

#include "apiserver/http/request.h"

/* Fills r->user from X-Remote-*. False: it is no front proxy, or it does not say for whom. */
bool front_proxy_user(struct request *r);

#endif
