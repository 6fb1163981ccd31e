/* remote.h - the APIServices that name a Service, as requests and checks need them. A struct remote stands for one
 * spec; when the spec changes another one takes its place. Counted. */
#ifndef APISERVER_AGGREGATOR_REMOTE_H
#define APISERVER_AGGREGATOR_REMOTE_H

#include "apiserver/aggregator/endpoint.h"
#include "http/relay.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { REMOTE_REASON_MAX = 32, REMOTE_MESSAGE_MAX = 1024, ETAG_MAX = 256 };

struct remote {
    _Atomic uint32_t refs;
    struct str name; /* "v1.example.com"; this and what follows up to `available`: const, own memory */
    const char *group, *version;
    struct service_ref service;
    const char *server; /* the name in its certificate: "SERVICE.NAMESPACE.svc" */
    int group_priority, version_priority;
    uint64_t spec; /* hash of what the object says in spec */
    struct http *tls;
    struct arena arena;
    _Atomic bool available; /* the stored object says so */
    /* relay thread */
    bool gone, checking, again, refreshing;
    int attempts; /* of the check under way */
    int64_t retry_ms, refresh_retry_ms, refresh_due_ns;
    uint64_t digest; /* of the Service and its slices at the last look */
    struct http_timer *timer;
    bool known; /* there was a verdict: */
    bool passed;
    char reason[REMOTE_REASON_MAX], message[REMOTE_MESSAGE_MAX];
    /* remotes' lock: what the server told of itself; heap */
    char *resources; /* members of an APIVersionDiscovery, compact JSON: "resources":[...]; NULL: none */
    bool current;
    char *openapi; /* {"apis/G/V":{"serverRelativeURL":".."}}; NULL: none */
    char *swagger; /* OpenAPI v2 of its group version; NULL: none */
    char swagger_etag[ETAG_MAX];
};

struct remote *remote_ref(struct remote *m);
void remote_unref(struct remote *m);

/* Which priority does discovery give a group version? */
struct priority {
    const char *group, *version;
    int group_priority, version_priority;
};

/* One state of all APIServices. Counted, const. */
struct remotes {
    _Atomic uint32_t refs;
    uint64_t rev;
    struct remote **all; /* by name; referenced */
    size_t count;
    struct priority *priorities; /* of all APIServices, local ones too */
    size_t npriorities;
    struct arena arena;
};

/* Who we are to aggregated servers; the texts live as long as the process. */
void remotes_init(const char *cert_pem, const char *key_pem);
bool remotes_any_stored(void); /* is there an APIService that names a Service? */
size_t remotes_count(void);
struct remotes *remotes_hold(void); /* NULL: there never were any */
void remotes_release(struct remotes *s);
struct remote *remotes_find(struct str group, struct str version); /* referenced; NULL */
bool remotes_in_namespace(struct str ns);                          /* does one name a Service there? */
/* Relay thread (or before the first request): makes the present state of what is stored. *changed: those that are new,
 * *gone: those that are not any more; both in the arena, referenced by the caller. False: it is the present one. */
bool remotes_renew(struct arena *a, struct remote ***fresh, size_t *nfresh, struct remote ***gone, size_t *ngone);

/* What a server told of itself; takes over the heap texts. Each change gives a new generation. */
void remote_set_resources(struct remote *m, char *resources, bool current);
void remote_set_openapi(struct remote *m, char *openapi);
void remote_set_swagger(struct remote *m, char *swagger, const char *etag);
uint64_t remotes_generation(void);
void remotes_lock(void); /* around reading those texts */
void remotes_unlock(void);

#endif
