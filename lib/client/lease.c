/* lease.c - keeps one Lease renewed (client-go: tools/leaderelection, of a single replica).
 * Reads: cluster time.   Writes: the Lease. */
#include "lease.h"

#include "base/clk.h"
#include "base/log.h"
#include "base/thread.h"
#include "limits.h"

#include <stdlib.h>

static const char resource[] = "coordination.k8s.io/v1/leases";

struct lease {
    struct rest *rest;
    char *ns, *name, *holder;
    int duration_s;
    pthread_t thread;
    struct clk_timer timer;
    const struct object *now; /* as the server has it; the thread's */
    pthread_mutex_t lock;     /* covers due and stopping */
    pthread_cond_t wake;
    bool due, stopping;
};

static void on_timer(void *arg)
{
    struct lease *l = arg;
    mutex_lock(&l->lock);
    l->due = true;
    pthread_cond_signal(&l->wake);
    mutex_unlock(&l->lock);
}

/* Another holder's lease is taken over at once: there is a single replica. */
static struct json *renewed(struct lease *l, struct arena *a)
{
    struct json *j = l->now ? obj_copy(a, l->now->root) : obj_new(a, "coordination.k8s.io/v1", "Lease");
    int64_t now = clk_ns();
    bool mine = l->now && obj_is(j, ".spec.holderIdentity", l->holder);
    if (!l->now) {
        obj_put_cstr(a, j, ".metadata.name", l->name);
        obj_put_cstr(a, j, ".metadata.namespace", l->ns);
    }
    if (!mine) {
        obj_put_int(a, j, ".spec.leaseTransitions", l->now ? obj_int(j, ".spec.leaseTransitions", 0) + 1 : 0);
        obj_put_cstr(a, j, ".spec.holderIdentity", l->holder);
        obj_put_microtime(a, j, ".spec.acquireTime", now);
    }
    obj_put_int(a, j, ".spec.leaseDurationSeconds", l->duration_s);
    obj_put_microtime(a, j, ".spec.renewTime", now);
    return j;
}

static bool renew(struct lease *l, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    const struct object *got = NULL;
    if (!l->now && !rest_get(l->rest, resource, str_of(l->ns), str_of(l->name), &l->now, e) && e->code != ERR_NOT_FOUND)
        return false;
    struct json *j = renewed(l, &a);
    bool ok = l->now ? rest_update(l->rest, resource, NULL, j, &got, e)
                     : rest_create(l->rest, resource, str_of(l->ns), j, &got, e);
    object_unref(l->now);
    l->now = got; /* after a conflict: NULL, read again next time */
    return ok;
}

static void *run(void *arg)
{
    struct lease *l = arg;
    mutex_lock(&l->lock);
    while (!l->stopping) {
        if (!l->due) {
            cond_wait_until(&l->wake, &l->lock, INT64_MAX);
            continue;
        }
        l->due = false;
        mutex_unlock(&l->lock);
        struct err e;
        bool ok = renew(l, &e);
        if (!ok) LOG_D("lease %s/%s: %s", l->ns, l->name, e.text);
        mutex_lock(&l->lock);
        if (!l->stopping) clk_timer_start_ms(&l->timer, ok ? LEASE_RENEW_MS : LEASE_RETRY_MS);
    }
    mutex_unlock(&l->lock);
    return NULL;
}

struct lease *lease_new(struct rest *r, const char *ns, const char *name, const char *holder, int duration_s)
{
    struct lease *l = xcalloc(1, sizeof *l);
    l->rest = r;
    l->ns = xstrdup(ns);
    l->name = xstrdup(name);
    l->holder = xstrdup(holder);
    l->duration_s = duration_s;
    l->due = true;
    pthread_mutex_init(&l->lock, NULL);
    cond_init_mono(&l->wake);
    clk_timer_init(&l->timer, on_timer, l);
    l->thread = thread_start("lease", run, l);
    return l;
}

void lease_free(struct lease *l)
{
    if (!l) return;
    mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_signal(&l->wake);
    mutex_unlock(&l->lock);
    thread_join(l->thread);
    clk_timer_stop(&l->timer);
    object_unref(l->now);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l->ns);
    free(l->name);
    free(l->holder);
    free(l);
}
