/* limits.h - every bound of lib/http, with its reason. */
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

enum {
    HTTP_HEADER_BYTES_MAX = 256 << 10, /* of a response: no server of ours comes near; a hostile one must stop */
    HTTP_IDLE_MAX = 32,                /* connections kept: about 100 KB each with TLS */
    HTTP_LINE_MAX = 16 << 20,          /* a watch event: an object has at most 3 MB, escapes can triple it */
    HTTP_RESERVE_MAX = 1 << 20,        /* believed from a Content-Length before the bytes have come */
    HTTP_TIMEOUT_MS = 30 * 1000,       /* of a request that names none: upstream bounds one at 34 s */
    HTTP_CONNECT_MS = 10 * 1000,       /* TCP and TLS */
    HTTP_KEEPALIVE_S = 30,             /* TCP probes: a peer that vanished without FIN ends a stream */
    HTTP_IDLE_S = 60,                  /* a kept connection older than this is not used again: servers close at 120 s */
};

#endif
