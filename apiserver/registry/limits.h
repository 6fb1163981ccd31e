/* limits.h - bounds of registry/, with their reasons. */
#ifndef APISERVER_REGISTRY_LIMITS_H
#define APISERVER_REGISTRY_LIMITS_H

enum {
    SERVICE_IP_BITS_MIN = 12, /* upstream's: 20 bits of addresses, a bitmap of 128 KB */
    SERVICE_IP_BITS_MAX = 29, /* upstream's: at least 8 addresses */
    /* Numbers that are left to those who choose theirs (KEP-3070, KEP-3668). */
    IP_BAND_MIN = 16,
    IP_BAND_STEP = 16,
    IP_BAND_MAX = 256,
    PORT_BAND_MIN = 16,
    PORT_BAND_STEP = 32,
    PORT_BAND_MAX = 128,
};

#endif
