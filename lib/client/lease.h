/* lease.h - keeps one coordination.k8s.io/v1 Lease renewed (leader election of a single replica; node leases are
 * kubelet-sim's own). */
#ifndef CLIENT_LEASE_H
#define CLIENT_LEASE_H

#include "rest.h"

struct lease;
/* Creates or takes over kube-system/NAME with holder and renews it every 10 s of cluster time until freed. */
struct lease *lease_new(struct rest *r, const char *ns, const char *name, const char *holder, int duration_s);
void lease_free(struct lease *l);

#endif
