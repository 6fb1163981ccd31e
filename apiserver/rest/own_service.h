/* own_service.h - the Service "kubernetes" in the namespace "default", by which pods find the API server, with its
 * Endpoints and EndpointSlice. They are there from the first moment, and who deletes or changes them gets them back.
 * Upstream: pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers. */
#ifndef APISERVER_REST_OWN_SERVICE_H
#define APISERVER_REST_OWN_SERVICE_H

#include "base/err.h"
#include "store/store.h"

/* Where the API server is reached. ip is copied; a text that is no IP address counts as 127.0.0.1. */
void own_service_init(const char *ip, uint16_t port);
/* Makes or corrects what is stored. Before anyone is served. */
bool own_service_ensure(struct err *e) MUST_USE;
/* Writer thread: corrects what a commit has done to them, by writes of its own that follow. */
void own_service_on_commit(const struct store_event *events, int count);

#endif
