/* namespace_discovery.h - group versions of which nobody can say now what they have (their servers do not answer): a
 * namespace may have objects of theirs, so it stays. */
#ifndef CONTROLLERS_NAMESPACE_DISCOVERY_H
#define CONTROLLERS_NAMESPACE_DISCOVERY_H

#include "controllers/namespace_report.h"

void ns_discovery_check(struct ctl *c, struct ns_report *r);
/* Pure: those that an APIGroupDiscoveryList calls stale. */
void ns_discovery_stale(const struct json *list, struct ns_report *r);

#endif
