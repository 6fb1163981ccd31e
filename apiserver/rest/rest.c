/* rest.c - every request begins and ends here.
 * Reads: the request.   Writes: r->user, r->target, r->accept; metrics. */
#include "apiserver/rest/rest.h"

#include "apiserver/aggregator/aggregator.h"
#include "apiserver/discovery/discovery.h"
#include "apiserver/filter/filter.h"
#include "apiserver/rest/status.h"
#include "apiserver/rest/write.h"
#include "apiserver/sim/reset.h"
#include "apiserver/sim/sim.h"
#include "apiserver/sim/trace.h"
#include "base/metrics.h"
#include "base/mono.h"
#include "schema_ids.h"

#include <stdio.h>

/* ---- Work that others wait for at shutdown ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int count;
    bool ready;
} work = {.lock = MUTEX_INIT};

static void work_lock(void)
{
    mutex_lock(&work.lock);
    if (!work.ready) cond_init_mono(&work.idle);
    work.ready = true;
}

void rest_begin_work(void)
{
    work_lock();
    work.count++;
    mutex_unlock(&work.lock);
}

void rest_end_work(void)
{
    work_lock();
    if (--work.count == 0) pthread_cond_broadcast(&work.idle);
    mutex_unlock(&work.lock);
}

bool rest_wait_idle(int64_t deadline_ns)
{
    work_lock();
    while (work.count > 0 && mono_ns() < deadline_ns) cond_wait_until(&work.idle, &work.lock, deadline_ns);
    bool idle = work.count == 0;
    mutex_unlock(&work.lock);
    return idle;
}

/* ---- Metrics ---- */

enum { CODES = 600, VERBS = VERB_CONNECT + 1 };

static const char *const verb_names[VERBS] = {
    [VERB_NONE] = "",           [VERB_GET] = "GET",       [VERB_LIST] = "LIST",
    [VERB_WATCH] = "WATCH",     [VERB_CREATE] = "POST",   [VERB_UPDATE] = "PUT",
    [VERB_PATCH] = "PATCH",     [VERB_DELETE] = "DELETE", [VERB_DELETECOLLECTION] = "DELETECOLLECTION",
    [VERB_CONNECT] = "CONNECT",
};

static struct metric *counter_of(enum verb verb, int code)
{
    static struct metric *_Atomic counters[VERBS][CODES];
    struct metric *m = atomic_load_explicit(&counters[verb][code], memory_order_acquire);
    if (m) return m;
    char labels[64];
    snprintf(labels, sizeof labels, "verb=\"%s\",code=\"%d\"", verb_names[verb], code);
    m = metric_counter("apiserver_request_total", labels, "Requests answered, by verb and HTTP code.");
    atomic_store_explicit(&counters[verb][code], m, memory_order_release); /* the same one whoever stores it */
    return m;
}

static struct metric *histogram_of(enum verb verb)
{
    static struct metric *_Atomic histograms[VERBS];
    struct metric *m = atomic_load_explicit(&histograms[verb], memory_order_acquire);
    if (m) return m;
    char labels[32];
    snprintf(labels, sizeof labels, "verb=\"%s\"", verb_names[verb]);
    m = metric_histogram("apiserver_request_duration_seconds", labels, "From the request read to the response made.");
    atomic_store_explicit(&histograms[verb], m, memory_order_release);
    return m;
}

void rest_finish(struct request *r)
{
    int code = r->resp.code > 0 && r->resp.code < CODES ? r->resp.code : 0;
    metric_add(counter_of(r->target.verb, code), 1);
    metric_observe_ns(histogram_of(r->target.verb), mono_ns() - r->received_ns);
    reset_leave(r);
    walk_unref(r->walk);
    r->walk = NULL;
    request_finish(r);
}

/* ---- The way in ---- */

static bool is_sim(const struct request *r)
{
    static const char prefix[] = "/apis/sim.kubestep.dev/v1/";
    return str_starts(r->path, STR(prefix));
}

static void later(struct request *r, void (*fn)(struct request *r))
{
    if (!reset_admits(r)) {
        rest_finish(r);
        return;
    }
    rest_begin_work();
    request_later(r, fn);
}

/* A part of its object, or one with stages of its own. */
static bool sub_is_written(const struct api_subresource *s)
{
    return !s || s->writes || strcmp(s->name, "binding") == 0 || strcmp(s->name, "eviction") == 0 ||
           strcmp(s->name, "scale") == 0 || strcmp(s->name, "token") == 0;
}

static void dispatch(struct request *r)
{
    const struct target *t = &r->target;
    warn_deprecated(r);
    if (t->sub && strcmp(t->sub->name, "log") == 0) {
        request_later(r, rest_log);
        return;
    }
    if (t->verb == VERB_CONNECT) {
        request_later(r, rest_connect);
        return;
    }
    if (t->res == &res_core_v1_componentstatuses) {
        request_later(r, rest_components);
        return;
    }
    if (!sub_is_written(t->sub)) {
        status_failf(r, ERR_NOT_IMPLEMENTED, "%s/%s is not served by this version of kubestep", t->res->plural,
                     t->sub->name);
        rest_finish(r);
        return;
    }
    switch (t->verb) {
    case VERB_GET:
        if (t->sub && strcmp(t->sub->name, "scale") == 0)
            rest_scale_get(r);
        else
            rest_get(r);
        return;
    case VERB_LIST: rest_list(r); return;
    case VERB_WATCH: request_later(r, rest_watch); return;
    case VERB_CREATE:
    case VERB_UPDATE:
    case VERB_PATCH: later(r, rest_write); return;
    case VERB_DELETE: later(r, rest_delete); return;
    case VERB_DELETECOLLECTION: later(r, rest_delete_collection); return;
    case VERB_CONNECT:
    case VERB_NONE: break;
    }
    status_method_not_allowed(r);
    rest_finish(r);
}

/* A custom resource and something below it that its version does not have. */
static bool lacks_subresource(const struct request *r)
{
    const struct api_resource *res = r->held;
    return res && res->custom && r->target.name.n && (!res->namespaced || r->target.ns.n);
}

static void not_a_resource(struct request *r, const struct err *e)
{
    if (e->code)
        status_fail(r, e);
    else if (lacks_subresource(r))
        status_not_found_named(r, r->held, r->target.name);
    else if (!discovery_handle(r))
        status_no_route(r);
    rest_finish(r);
}

void rest_on_request(struct request *r)
{
    struct err e = ERR_INIT;
    r->accept.as_version = "v1";
    if (!authn_request(r)) {
        rest_finish(r);
        return;
    }
    if (aggregator_handle(r)) return;
    bool routed = route_parse(r, &e);
    if (!routed && !is_sim(r)) {
        not_a_resource(r, &e);
        return;
    }
    if (!accept_routes(r) || !accept_negotiate(r)) {
        rest_finish(r);
        return;
    }
    if (is_sim(r))
        sim_handle(r);
    else
        dispatch(r);
}
