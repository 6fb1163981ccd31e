/* node_health.h - is a node alive, what follows for its conditions and taints, and may its pods be evicted? Pure: no
 * clock, no requests.
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go. */
#ifndef CONTROLLERS_NODE_HEALTH_H
#define CONTROLLERS_NODE_HEALTH_H

#include "api/object.h"

/* Cluster time in ms at which the node counts as unreachable unless it gives another sign of life: its Lease, the
 * heartbeat of its Ready condition, or that we saw it for the first time at first_seen_ms. lease may be NULL. */
int64_t node_expires_ms(const struct json *node, const struct json *lease, int64_t first_seen_ms);

bool node_is_ready(const struct json *node);
/* Is there a condition that must become Unknown? */
bool node_is_to_mark(const struct json *node);
/* Appends to patch (of nodes/status) what makes Ready and the pressure conditions Unknown. */
void node_mark_unknown(struct arena *a, struct json *patch, const struct json *node, int64_t now_s);

/* The taint that evicts by the Ready condition: TAINT_NOT_READY, TAINT_UNREACHABLE, or NULL when it is ready or never
 * said anything. */
const char *node_evicting_taint(const struct json *node);
/* The node's taints as they should be, as a list in the arena; NULL: as they are. evict: the NoExecute taint may be
 * there. */
struct json *node_taints(struct arena *a, const struct json *node, bool evict, int64_t now_s);

/* ---- Zones: when many nodes of one place are gone at once it is rather the place than the nodes ---- */

enum zone_state { ZONE_NORMAL, ZONE_PARTIAL, ZONE_FULL };
enum zone_state zone_state_of(int ready, int not_ready);
/* Cluster time between two nodes of the zone whose pods are evicted; 0: none. all_full: no zone has a node that is
 * ready. */
int64_t zone_taint_every_ms(enum zone_state s, int nodes, bool all_full);
/* "region:zone" of a node's labels, in the arena. */
struct str node_zone(struct arena *a, const struct json *node);

#endif
