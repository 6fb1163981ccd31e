/* discovery.h - what the server says of itself: /api, /apis (legacy and aggregated v2, ETag), /openapi/v2, /openapi/v3
 * (per-group documents with hashes), /version, /healthz /livez /readyz, /metrics. Built once from the tables at start
 * (openapi: on first use), kept as bytes. */
#ifndef APISERVER_DISCOVERY_DISCOVERY_H
#define APISERVER_DISCOVERY_DISCOVERY_H

#include "apiserver/http/request.h"

void discovery_init(const char *advertise_host_port);
/* True: the path was one of these and r->resp is set (the caller finishes). */
bool discovery_handle(struct request *r);
void health_set_ready(bool ready);              /* start-up done / shutting down */
void health_set_store_error(const char *why);   /* NULL: fine */
struct str health_store_error(struct arena *a); /* "": fine */

#endif
