/* service_address.h - keeps an IPAddress for each address that a Service holds (networking.k8s.io/v1): made when the
 * Service is stored, deleted with it. Upstream makes them first and takes them as the truth about what is taken; here
 * they follow the Services, right behind in the store's order, and what else people do with IPAddresses is their
 * business. Thread: the writer's, and main's before anyone is served.
 * Upstream: pkg/registry/core/service/ipallocator/ipallocator.go. */
#ifndef APISERVER_REGISTRY_SERVICE_ADDRESS_H
#define APISERVER_REGISTRY_SERVICE_ADDRESS_H

#include "base/str.h"

/* Nothing is kept before begin (tests of the pools alone). Until ready, what is missing is only remembered: the store
 * is being read. */
void service_address_begin(void);
void service_address_ready(void);

/* key: of the Service in the store. */
void service_address_add(struct str ip, struct str key);
void service_address_drop(struct str ip);

#endif
