/* aggregator.c - see aggregator.h: which requests are whose, and the thread.
 * Reads: requests, commits.   Writes: r->resp. */
#include "apiserver/aggregator/aggregator.h"

#include "apiserver/aggregator/availability.h"
#include "apiserver/aggregator/merge.h"
#include "apiserver/aggregator/proxy.h"
#include "apiserver/rest/rest.h"
#include "base/mono.h"
#include "base/thread.h"

#include <stdlib.h>

static struct {
    pthread_mutex_t lock; /* making the relay, and what follows it */
    struct http_relay *_Atomic relay;
    bool stopped, started;
    pthread_cond_t has_started;
    _Atomic bool renewing, looking; /* posted already */
} aggregator = {.lock = MUTEX_INIT};

/* ---- The thread ---- */

struct http_relay *aggregator_relay(void) { return aggregator.relay; }

bool aggregator_post(void (*fn)(void *arg), void *arg)
{
    struct http_relay *relay = aggregator.relay;
    return relay && http_relay_post(relay, fn, arg);
}

struct later {
    int64_t due_ns;
    void (*fn)(void *arg);
    void *arg;
};

static void later_due(void *arg)
{
    struct later l = *(struct later *)arg;
    free(arg);
    l.fn(l.arg);
}

static void later_begins(void *arg)
{
    struct later *l = arg;
    (void)http_relay_at(aggregator.relay, l->due_ns, later_due, l);
}

void aggregator_after(int64_t ms, void (*fn)(void *arg), void *arg)
{
    struct later *l = xcalloc(1, sizeof *l);
    *l = (struct later){mono_ns() + ms * 1000000, fn, arg};
    if (!aggregator_post(later_begins, l)) later_due(l);
}

static void renew(void *arg)
{
    (void)arg;
    atomic_store(&aggregator.renewing, false);
    availability_renew();
}

static void look(void *arg)
{
    (void)arg;
    atomic_store(&aggregator.looking, false);
    availability_look();
}

static void ask(_Atomic bool *flag, void (*fn)(void *arg))
{
    if (!atomic_exchange(flag, true) && !aggregator_post(fn, NULL)) atomic_store(flag, false);
}

static void start_thread(void)
{
    mutex_lock(&aggregator.lock);
    if (!aggregator.relay && !aggregator.stopped) aggregator.relay = http_relay_new("aggregator");
    mutex_unlock(&aggregator.lock);
    ask(&aggregator.renewing, renew);
}

void aggregator_init(const char *cert_pem, const char *key_pem) { remotes_init(cert_pem, key_pem); }

static void tell_started(void *arg)
{
    (void)arg;
    mutex_lock(&aggregator.lock);
    aggregator.started = true;
    pthread_cond_broadcast(&aggregator.has_started);
    mutex_unlock(&aggregator.lock);
}

void aggregator_start(void)
{
    if (!remotes_any_stored()) return;
    cond_init_mono(&aggregator.has_started);
    start_thread();
    if (!aggregator_post(tell_started, NULL)) return;
    mutex_lock(&aggregator.lock); /* until the stored ones are known: the first request must find them */
    while (!aggregator.started) cond_wait_until(&aggregator.has_started, &aggregator.lock, INT64_MAX);
    mutex_unlock(&aggregator.lock);
}

void aggregator_stop(void)
{
    mutex_lock(&aggregator.lock);
    struct http_relay *relay = aggregator.relay;
    aggregator.stopped = true;
    mutex_unlock(&aggregator.lock);
    if (relay) http_relay_stop(relay); /* it stays: streams that end later still post */
}

/* ---- What is stored ---- */

static bool names_service(const struct blob *b) { return b && memmem(b->p, b->n, "\"service\":{", 11); }

void aggregator_on_commit(const struct store_event *events, int count)
{
    static const char services[] = "/registry/services/specs/", slices[] = "/registry/endpointslices/",
                      api_services[] = "/registry/apiregistration.k8s.io/apiservices/";
    for (int i = 0; i < count; i++) {
        const struct store_event *ev = &events[i];
        if (str_starts(ev->key, STR(api_services))) {
            if (aggregator.relay)
                ask(&aggregator.renewing, renew);
            else if (names_service(ev->value))
                start_thread();
            continue;
        }
        if (!remotes_count()) continue;
        size_t at = str_starts(ev->key, STR(services)) ? sizeof services - 1
                    : str_starts(ev->key, STR(slices)) ? sizeof slices - 1
                                                       : 0;
        struct str rest;
        if (at && remotes_in_namespace(str_cut(str_from(ev->key, at), '/', &rest))) ask(&aggregator.looking, look);
    }
}

/* ---- Requests ---- */

static bool of_group_version(struct request *r)
{
    static const char prefix[] = "/apis/";
    struct str rest, group, version;
    if (!str_starts(r->path, STR(prefix))) return false;
    group = str_cut(str_from(r->path, sizeof prefix - 1), '/', &rest);
    if (str_is_null(rest)) return false;
    version = str_cut(rest, '/', &rest);
    struct remote *m = group.n && version.n ? remotes_find(group, version) : NULL;
    if (m) proxy_request(r, m);
    return m != NULL;
}

/* The OpenAPI of a group version that an aggregated server said it has. */
static bool of_openapi(struct request *r)
{
    static const char prefix[] = "/openapi/v3/";
    if (!str_starts(r->path, STR(prefix))) return false;
    struct remote *m = merge_openapi_owner(str_from(r->path, sizeof prefix - 1));
    if (m) proxy_request(r, m);
    return m != NULL;
}

bool aggregator_handle(struct request *r)
{
    if (!remotes_count()) return false;
    if (of_group_version(r) || of_openapi(r)) return true;
    if (!merge_answer(r)) return false;
    rest_finish(r);
    return true;
}
