/* service_alloc.h - the cluster IPs and node ports that Services hold: two pools (numbers.h) under one lock.
 *
 * What is taken is what stored Services hold, plus what writes under way have claimed:
 *  - a write claims what its new object needs beyond its old one, before it is validated; a number that is claimed or
 *    held by somebody else is refused, so no two writes can get the same one;
 *  - the commit makes the claim the Service's own and frees what the Service's former version held and the new one does
 *    not (service_alloc_on_commit, told by the store of every change, deletions and expiry included);
 *  - a write that is not stored gives its claim back.
 * Nothing of it is stored: it is rebuilt from the Services at start.
 * Thread: any. Upstream: pkg/registry/core/service/storage/alloc.go, .../ipallocator, .../portallocator. */
#ifndef APISERVER_REGISTRY_SERVICE_ALLOC_H
#define APISERVER_REGISTRY_SERVICE_ALLOC_H

#include "base/err.h"
#include "base/json.h"
#include "store/store.h"

/* "10.96.0.0/16", "30000-32767". ERR_USAGE. Before all else; everything is free then but the first address, which is
 * the Service "kubernetes"'s own. */
bool service_alloc_init(const char *ip_range, const char *port_range, struct err *e) MUST_USE;
void service_alloc_release(void);
/* Takes what the stored Services hold; the watch cache is open, nobody writes yet. */
bool service_alloc_load(struct err *e) MUST_USE;
/* Writer thread, before the change is visible to readers. */
void service_alloc_on_commit(const struct store_event *events, int count);

struct str service_alloc_first_ip(struct arena *a);
const char *service_alloc_ip_range(void); /* "10.96.0.0/16" */

/* ---- Claims ---- */

struct claim { /* in the arena of the request */
    struct arena *arena;
    uint32_t *items; /* numbers of both pools, tagged */
    int count, cap;
    bool dry;        /* of a dry run: what it chooses is made up, as upstream's */
    int64_t made_up; /* the last port of these; 0: none yet */
};

void claim_init(struct claim *c, struct arena *a);
/* A given address or port: NULL, or upstream's words why not. In the arena. */
const char *claim_ip(struct claim *c, struct str ip);
const char *claim_port(struct claim *c, int64_t port);
/* Any; the same, with *ip in the arena. */
const char *claim_any_ip(struct claim *c, struct str *ip);
const char *claim_any_port(struct claim *c, int64_t *port);
void claim_give_back(struct claim *c); /* the write was not stored, or is a dry run's */

/* For tests: how many are taken. */
uint32_t service_alloc_ips_taken(void);
uint32_t service_alloc_ports_taken(void);

#endif
