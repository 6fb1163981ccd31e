/* availability.c - see availability.h.
 * Reads: APIServices, Services, EndpointSlices; answers of aggregated servers.
 * Writes: the condition Available of APIServices. */
#include "apiserver/aggregator/availability.h"

#include "api/decode.h"
#include "api/object.h"
#include "apiserver/aggregator/aggregator.h"
#include "apiserver/aggregator/fetch.h"
#include "apiserver/managed/managed.h"
#include "apiserver/watch/cache.h"
#include "base/clk.h"
#include "base/log.h"
#include "base/mono.h"
#include "schema_ids.h"

#include <stdio.h>
#include <stdlib.h>

#define ACCEPT_DISCOVERY                                                                                               \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                            \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"

static void check(struct remote *m);
static void refresh(struct remote *m);

static uint64_t next_turn(void)
{
    static uint64_t turn;
    return turn++;
}

/* ---- The condition ---- */

struct condition_write {
    struct store_txn txn;
    struct store_op op;
    char *key;
};

/* A conflict means a newer version, which is looked at by itself. */
static void written(struct store_txn *t, const struct store_result *res)
{
    struct condition_write *w = CONTAINER_OF(t, struct condition_write, txn);
    if (!res->ok && !res->conflict && res->err.code != ERR_CLOSED) LOG_W("%s: %s", w->key, res->err.text);
    blob_unref(w->op.value);
    free(w->key);
    free(w);
}

static void put_condition(struct str name, bool passed, const char *reason, const char *message)
{
    struct arena a AUTO_ARENA = {0};
    struct buf text AUTO_BUF = {0};
    struct err e = ERR_INIT;
    const struct api_resource *res = &res_apiregistration_k8s_io_v1_apiservices;
    struct item *it = cache_get(res, STR_NULL, name);
    struct json *obj = it ? json_parse(&a, blob_str(it->blob), &e) : NULL;
    buf_init(&text, VALUE_MAX);
    if (obj && obj_set_condition(&a, obj, "Available", passed ? "True" : "False", reason, str_of(message), clk_s()) &&
        api_decode(&a, res->type, obj, NULL, &e)) {
        struct condition_write *w = xcalloc(1, sizeof *w);
        managed_change(&a, res, "status", blob_str(it->blob), obj, STR("kube-apiserver"));
        json_write(&text, obj);
        w->key = str_dup(it->key);
        w->op = (struct store_op){
            .kind = STORE_PUT, .key = str_of(w->key), .expect_rev = it->rev, .value = blob_new(buf_view(&text))};
        w->txn = (struct store_txn){.ops = &w->op, .nops = 1, .done = written};
        store_submit(cache_store(), &w->txn);
    }
    item_unref(it);
}

static bool says(struct str name, const char *status, const char *reason, const char *message)
{
    struct arena a AUTO_ARENA = {0};
    struct item *it = cache_get(&res_apiregistration_k8s_io_v1_apiservices, STR_NULL, name);
    const struct json *obj = it ? json_parse(&a, blob_str(it->blob), &(struct err){0}) : NULL;
    const struct json *c = obj ? obj_condition(obj, "Available") : NULL;
    bool same = !it || (obj_is(c, ".status", status) && obj_is(c, ".reason", reason) &&
                        (!message || obj_is(c, ".message", message)));
    item_unref(it);
    return same;
}

/* ---- Is it there? ---- */

static void on_timer(void *arg)
{
    struct remote *m = arg;
    m->timer = NULL;
    check(m);
    remote_unref(m);
}

static void again_in(struct remote *m, int64_t ms)
{
    if (m->gone) return;
    if (m->timer)
        http_relay_cancel(aggregator_relay(), m->timer);
    else
        remote_ref(m);
    m->timer = http_relay_at(aggregator_relay(), mono_ns() + ms * 1000000, on_timer, m);
}

static void verdict(struct remote *m, bool passed, const char *reason, const char *message)
{
    m->known = true;
    m->passed = passed;
    m->checking = false;
    snprintf(m->reason, sizeof m->reason, "%s", reason);
    snprintf(m->message, sizeof m->message, "%s", message);
    if (!m->gone) put_condition(m->name, passed, m->reason, m->message);
    if (m->again) {
        m->again = false;
        again_in(m, 0);
    }
}

static const char *check_path(struct arena *a, const struct remote *m)
{
    return *m->group ? arena_printf(a, "/apis/%s/%s", m->group, m->version) : arena_printf(a, "/api/%s", m->version);
}

static void checked(struct remote *m, const struct fetched *f);

static void attempt(struct remote *m)
{
    struct arena a AUTO_ARENA = {0};
    m->attempts++;
    fetch(m, check_path(&a, m), "*/*", "", next_turn(), checked);
}

static const char *failure(struct arena *a, const struct fetched *f)
{
    if (f->e && !f->where) return f->e->text; /* no endpoint was found */
    const char *timeout = f->e && f->e->code == ERR_TIMEOUT ? " (Client.Timeout exceeded while awaiting headers)" : "";
    if (f->e)
        return arena_printf(a, "failing or missing response from %s: Get \"%s\": %s%s", f->where, f->where, f->e->text,
                            timeout);
    return arena_printf(a, "failing or missing response from %s: bad status from %s: %d", f->where, f->where,
                        f->status);
}

/* A refresh that has failed meanwhile is not put off until then. */
static void check_later(struct remote *m)
{
    int64_t left_ms = (m->refresh_due_ns - mono_ns()) / 1000000 + 1;
    bool waits = !m->current && m->refresh_due_ns > mono_ns();
    again_in(m, waits ? MIN(left_ms, CHECK_EVERY_MS) : CHECK_EVERY_MS);
}

static void checked(struct remote *m, const struct fetched *f)
{
    struct arena a AUTO_ARENA = {0};
    if (f->status >= 200 && f->status < 300) {
        m->retry_ms = CHECK_RETRY_MIN_MS;
        check_later(m);
        verdict(m, true, "Passed", "all checks passed");
        if (mono_ns() >= m->refresh_due_ns) refresh(m);
        return;
    }
    if (f->where && m->attempts < CHECK_ATTEMPTS && (size_t)m->attempts < f->endpoint->of && !m->gone) {
        attempt(m);
        return;
    }
    again_in(m, m->retry_ms);
    m->retry_ms = MIN(2 * m->retry_ms, CHECK_RETRY_MAX_MS);
    verdict(m, false, "FailedDiscoveryCheck", failure(&a, f));
}

static void check(struct remote *m)
{
    struct arena a AUTO_ARENA = {0};
    struct service_view view;
    const char *message = "";
    if (m->gone) return;
    if (m->checking) {
        m->again = true;
        return;
    }
    endpoint_load(&a, &m->service, &view);
    m->digest = view.digest;
    const char *reason = endpoint_problem(&a, &view, &m->service, &message);
    if (reason) {
        again_in(m, CHECK_EVERY_MS);
        verdict(m, false, reason, message);
        return;
    }
    m->checking = true;
    m->attempts = 0;
    attempt(m);
}

/* ---- What does it have? ---- */

static void refresh(struct remote *m);

/* What it had stays when there is an error, as upstream's last success. Who went and came back meanwhile is asked anew.
 */
static void refreshed_swagger(struct remote *m, const struct fetched *f)
{
    char *text = f->status == 200 ? availability_swagger(f->body, m->group, m->version) : NULL;
    if (text) remote_set_swagger(m, text, f->etag);
    m->refreshing = false;
    if (!m->current && mono_ns() >= m->refresh_due_ns) refresh(m);
}

static void refreshed_openapi(struct remote *m, const struct fetched *f)
{
    if (f->status == 200) remote_set_openapi(m, availability_openapi(f->body));
    fetch(m, "/openapi/v2", "application/json", m->swagger_etag, next_turn(), refreshed_swagger);
}

/* resources NULL: it could not be told. */
static void refreshed(struct remote *m, char *resources)
{
    bool ok = resources && atomic_load(&m->available);
    if (ok) m->refresh_retry_ms = REFRESH_RETRY_MIN_MS;
    int64_t wait_ms = ok ? REFRESH_EVERY_MS : m->refresh_retry_ms;
    if (!ok) m->refresh_retry_ms = MIN(2 * m->refresh_retry_ms, REFRESH_EVERY_MS);
    m->refresh_due_ns = mono_ns() + wait_ms * 1000000;
    if (!ok) free(resources);
    remote_set_resources(m, ok ? resources : NULL, ok);
    if (ok) {
        fetch(m, "/openapi/v3", "application/json", "", next_turn(), refreshed_openapi);
        return;
    }
    m->refreshing = false;
    again_in(m, MIN(wait_ms, CHECK_EVERY_MS));
}

static void refreshed_legacy(struct remote *m, const struct fetched *f)
{
    refreshed(m, f->status == 200 ? availability_resources(f->body, false, m->group, m->version) : NULL);
}

static void refreshed_all(struct remote *m, const struct fetched *f)
{
    struct arena a AUTO_ARENA = {0};
    if (f->status == 200 && f->aggregated)
        refreshed(m, availability_resources(f->body, true, m->group, m->version));
    else if (f->status == 503 || !f->status)
        refreshed(m, NULL);
    else
        fetch(m, check_path(&a, m), "application/json", "", next_turn(), refreshed_legacy);
}

static void refresh(struct remote *m)
{
    if (m->gone || m->refreshing || !atomic_load(&m->available)) return;
    m->refreshing = true;
    fetch(m, "/apis", ACCEPT_DISCOVERY, "", next_turn(), refreshed_all);
}

/* ---- What is stored has changed ---- */

static void begin(struct remote *m)
{
    m->retry_ms = CHECK_RETRY_MIN_MS;
    m->refresh_retry_ms = REFRESH_RETRY_MIN_MS;
    check(m);
    refresh(m);
}

static void end(struct remote *m)
{
    m->gone = true;
    if (!m->timer) return;
    http_relay_cancel(aggregator_relay(), m->timer);
    m->timer = NULL;
    remote_unref(m);
}

/* What others have made of the condition is put right; whoever became available is asked what it has. */
static void follow(struct remote *m)
{
    bool available = atomic_load(&m->available);
    if (m->known && !m->checking && !says(m->name, m->passed ? "True" : "False", m->reason, m->message)) check(m);
    if (available && !m->current) refresh(m);
    if (!available && m->current) {
        m->refresh_due_ns = 0;
        remote_set_resources(m, NULL, false);
    }
}

/* One that named a Service before is a local one again: nobody else says that it is available. */
static void make_local(const struct remote *former)
{
    struct arena a AUTO_ARENA = {0};
    struct item *it = cache_get(&res_apiregistration_k8s_io_v1_apiservices, STR_NULL, former->name);
    const struct json *obj = it ? json_parse(&a, blob_str(it->blob), &(struct err){0}) : NULL;
    bool local = obj && !obj_has(obj, ".spec.service");
    item_unref(it);
    if (local) put_condition(former->name, true, "Local", "Local APIServices are always available");
}

void availability_renew(void)
{
    struct arena a AUTO_ARENA = {0};
    struct remote **fresh, **gone;
    size_t nfresh, ngone;
    if (!remotes_renew(&a, &fresh, &nfresh, &gone, &ngone)) return;
    for (size_t i = 0; i < ngone; i++) {
        end(gone[i]);
        make_local(gone[i]);
        remote_unref(gone[i]);
    }
    for (size_t i = 0; i < nfresh; i++) {
        begin(fresh[i]);
        remote_unref(fresh[i]);
    }
    struct remotes *all = remotes_hold();
    for (size_t i = 0; i < all->count; i++) follow(all->all[i]);
    remotes_release(all);
}

void availability_look(void)
{
    struct remotes *all = remotes_hold();
    for (size_t i = 0; all && i < all->count; i++) {
        struct arena a AUTO_ARENA = {0};
        struct service_view view;
        struct remote *m = all->all[i];
        endpoint_load(&a, &m->service, &view);
        if (view.digest == m->digest) continue;
        m->retry_ms = CHECK_RETRY_MIN_MS;
        check(m);
    }
    remotes_release(all);
}
