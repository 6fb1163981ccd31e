/* limits.h - every bound of the controllers, with its reason. */
#ifndef CONTROLLERS_LIMITS_H
#define CONTROLLERS_LIMITS_H

enum {
    RS_BURST_MAX = 500, /* upstream's burstReplicas: pods created or deleted in one reconcile */
    SLOW_START = 1,     /* first batch of creates; doubles while all succeed */
    NS_RETRY_MS = 2000, /* a namespace whose content waits for finalizers is looked at again */
};

#endif
