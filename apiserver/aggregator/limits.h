/* limits.h - bounds of aggregator/, with their reasons. Those that others share are in apiserver/limits.h. */
#ifndef APISERVER_AGGREGATOR_LIMITS_H
#define APISERVER_AGGREGATOR_LIMITS_H

enum {
    PROXIED_MAX = 1024,              /* requests of aggregated APIs under way, watches included */
    PROXIED_HEADERS_MAX = 256,       /* of one request, ours included: libmicrohttpd takes less in its 32 KB */
    PROXIED_COLLECT_MAX = 1 << 20,   /* a response up to this leaves the client's connection open; longer: streamed */
    PROXIED_QUEUE_MAX = 256 << 10,   /* bytes between a server and a client that is slow; then the server waits */
    PROXIED_TIMEOUT_MS = 60 * 1000,  /* upstream's --request-timeout; what is long running has none */
    OPENAPI_TIMEOUT_MS = 60 * 1000,  /* upstream's specDownloadTimeout */
    DISCOVERY_TIMEOUT_MS = 5 * 1000, /* upstream, of discovery through us and of our own checks */
    DOCUMENT_BYTES_MAX = 8 << 20,    /* of one discovery or OpenAPI document that we fetch */
    RESOURCES_MAX = 4096,            /* of one version, subresources included: they are looked up in each other */
    GVKS_MAX = 1024,                 /* kinds of one definition: they are looked up in each other; ours have up to 80 */
    MERGED_BYTES_MAX = 64 << 20,     /* of a document with all groups */
    CHECK_EVERY_MS = 30 * 1000,      /* upstream's resync of APIServices */
    CHECK_RETRY_MIN_MS = 5,          /* upstream's rate limiter: doubled up to */
    CHECK_RETRY_MAX_MS = 30 * 1000,  /* this */
    CHECK_ATTEMPTS = 5,              /* upstream; here no more than there are endpoints */
    REFRESH_EVERY_MS = 60 * 1000,    /* upstream's discoveryRefreshInterval */
    REFRESH_RETRY_MIN_MS = 500,      /* upstream's rate limiter of failed refreshes, up to REFRESH_EVERY_MS */
    TLS_KEEP_MS = 150 * 1000,        /* twice what lib/http keeps a connection: it must find no other file there */
    ENDPOINT_TEXT = 300,             /* a DNS name of 253 characters and a port */
    UPGRADE_DIALERS = 8,             /* threads that connect for upgrades: HTTP_CONNECT_MS each at most, mostly 2 ms */
};

#endif
