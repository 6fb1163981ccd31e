/* ctl.c - the controller runtime: shared informers, one queue and its workers per controller.
 * Reads: the resources that its specs name.   Writes: what the reconcile functions write. */
#include "ctl.h"

#include "base/heap.h"
#include "base/kassert.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/thread.h"
#include "limits.h"
#include "sim.h"

#include <stdlib.h>

enum { NS_PER_MS = 1000000 };

struct shared { /* one informer of the process */
    const char *resource;
    struct informer *informer;
    int by_owner; /* index by controller uid; -1: none */
    bool started;
};

struct late { /* an informer that was started while the host runs */
    struct late *next;
    struct informer *informer;
    void *arg; /* of its handler */
    bool ended;
};

struct binding { /* what one handler needs */
    struct binding *next;
    struct ctl *c;
    const char *resource;
};

struct ctl {
    struct ctl_host *host;
    const struct ctl_spec *spec;
    struct workq *queue;
    struct expect *expect;
    struct recorder *recorder;
    struct binding *bindings;
    void *state;                  /* the controller's own */
    bool uses[CTL_INFORMERS_MAX]; /* of host->shared */
    pthread_t workers[CTL_WORKERS_MAX];
    int nworkers; /* started */
};

struct ctl_host {
    struct rest *rest;
    struct sim *sim;
    bool own_sim;
    char *component;
    struct shared shared[CTL_INFORMERS_MAX];
    int nshared;
    const char *trimmed; /* the resource whose objects `trim` makes smaller; NULL: none */
    object_trim_fn *trim;
    struct ctl *ctls[CTL_CONTROLLERS_MAX];
    int nctls;
    bool started;
    pthread_mutex_t lock; /* covers what follows */
    pthread_cond_t left;
    int working;       /* workers that have not ended */
    struct pool *each; /* of ctl_each; made when it is needed */
    struct late *late;
    bool stopping;
};

/* ---- Keys ---- */

static void add_key(struct ctl *c, struct str ns, struct str name)
{
    struct arena a AUTO_ARENA = {0};
    workq_add(c->queue, ns.n ? str_printf(&a, "%.*s/%.*s", STR_ARG(ns), STR_ARG(name)) : name);
}

static void on_primary(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct binding *b = arg;
    (void)what, (void)old;
    add_key(b->c, obj->ns, obj->name);
}

/* The name of obj's controller if it is of our kind; STR_NULL. */
static struct str owner_name(const struct ctl *c, const struct object *obj)
{
    const struct json *ref = obj ? obj_controller(obj->root) : NULL;
    return ref && obj_is(ref, ".kind", c->spec->kind) ? obj_str(ref, ".name") : STR_NULL;
}

/* Expectations are lowered as upstream's handlers do: an object that begins to go counts as deleted, once. */
static void observe(struct ctl *c, enum informer_event what, const struct object *old, const struct object *obj,
                    struct str owner)
{
    struct arena a AUTO_ARENA = {0};
    struct str key = obj->ns.n ? str_printf(&a, "%.*s/%.*s", STR_ARG(obj->ns), STR_ARG(owner)) : owner;
    bool was_going = old && obj_is_deleting(old->root);
    if (what == INFORMER_ADDED)
        expect_saw_creation(c->expect, key);
    else if (what == INFORMER_DELETED && !was_going)
        expect_saw_deletion(c->expect, key);
    else if (what == INFORMER_MODIFIED && !was_going && obj_is_deleting(obj->root))
        expect_saw_deletion(c->expect, key);
}

static void on_owned(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct binding *b = arg;
    struct str now = owner_name(b->c, obj), before = owner_name(b->c, old);
    if (now.n && strcmp(b->resource, b->c->spec->owns[0]) == 0) observe(b->c, what, old, obj, now);
    if (now.n) add_key(b->c, obj->ns, now);
    if (before.n && !str_eq(before, now)) add_key(b->c, obj->ns, before);
}

static void on_read(void *arg, enum informer_event what, const struct object *old, const struct object *obj)
{
    struct binding *b = arg;
    b->c->spec->on_read_event(b->c, b->resource, old, what == INFORMER_DELETED ? NULL : obj);
}

/* ---- Life ---- */

struct ctl_host *ctl_host_new(struct rest *r, const char *component)
{
    struct ctl_host *h = xcalloc(1, sizeof *h);
    h->rest = r;
    h->component = xstrdup(component);
    pthread_mutex_init(&h->lock, NULL);
    cond_init_mono(&h->left);
    return h;
}

void ctl_host_set_sim(struct ctl_host *h, struct sim *sim) { h->sim = sim; }

void ctl_host_trim(struct ctl_host *h, const char *resource, object_trim_fn *trim)
{
    KASSERT(!h->nctls && !h->trimmed);
    h->trimmed = resource;
    h->trim = trim;
}

/* What has no controller is kept under its namespace: who adopts need not look at all the rest. */
#define ORPHANS_OF "orphans/"

static bool index_by_owner(const struct object *o, struct buf *out)
{
    struct str uid = obj_str(obj_controller(o->root), ".uid");
    if (uid.n)
        buf_str(out, uid);
    else
        buf_addf(out, ORPHANS_OF "%.*s", STR_ARG(o->ns));
    return true;
}

static struct shared *share(struct ctl *c, const char *resource, bool whole)
{
    struct ctl_host *h = c->host;
    for (int i = 0; i < h->nshared; i++) {
        if (strcmp(h->shared[i].resource, resource) != 0) continue;
        if (whole) informer_want_whole(h->shared[i].informer);
        c->uses[i] = true;
        return &h->shared[i];
    }
    KASSERT(h->nshared < CTL_INFORMERS_MAX);
    struct shared *s = &h->shared[h->nshared];
    c->uses[h->nshared++] = true;
    struct informer_options o = {.resource = resource, .metadata_only = !whole};
    if (h->trimmed && strcmp(h->trimmed, resource) == 0) o.trim = h->trim;
    *s = (struct shared){.resource = resource, .informer = informer_new(h->rest, &o), .by_owner = -1};
    return s;
}

static void bind_handler(struct ctl *c, const char *resource, bool whole, informer_fn *fn)
{
    struct binding *b = xcalloc(1, sizeof *b);
    *b = (struct binding){.next = c->bindings, .c = c, .resource = resource};
    c->bindings = b;
    informer_on(share(c, resource, whole)->informer, fn, b);
}

void ctl_read_metadata(struct ctl *c, const char *resource) { bind_handler(c, resource, false, on_read); }

/* ---- Informers that come and go ---- */

static void late_free(struct late *l)
{
    informer_free(l->informer);
    free(l->arg);
    free(l);
}

/* Takes those out whose threads have ended. Lock held. */
static struct late *late_take_over(struct ctl_host *h)
{
    struct late *over = NULL;
    for (struct late **at = &h->late, *l; (l = *at);) {
        if (!l->ended || !informer_is_over(l->informer)) {
            at = &l->next;
            continue;
        }
        *at = l->next;
        l->next = over;
        over = l;
    }
    return over;
}

struct informer *ctl_informer_start(struct ctl *c, const char *resource, bool kinds, informer_fn *fn, void *arg)
{
    struct ctl_host *h = c->host;
    const struct informer_options o = {.resource = resource, .metadata_only = true, .kinds = kinds};
    struct late *l = xcalloc(1, sizeof *l), *over;
    *l = (struct late){.informer = informer_new(h->rest, &o), .arg = arg};
    informer_on(l->informer, fn, arg);
    informer_set_sim(l->informer, h->sim);
    mutex_lock(&h->lock);
    over = late_take_over(h);
    bool stopping = h->stopping;
    if (!stopping) {
        l->next = h->late;
        h->late = l;
        informer_start(l->informer);
    }
    mutex_unlock(&h->lock);
    for (struct late *next; over; over = next) {
        next = over->next;
        late_free(over);
    }
    if (!stopping) return l->informer;
    late_free(l);
    return NULL;
}

void ctl_informer_end(struct ctl *c, struct informer *i)
{
    struct ctl_host *h = c->host;
    mutex_lock(&h->lock);
    for (struct late *l = h->late; l; l = l->next)
        if (l->informer == i) l->ended = true;
    mutex_unlock(&h->lock);
    informer_cancel(i);
}

void ctl_set_state(struct ctl *c, void *state) { c->state = state; }
void *ctl_state(struct ctl *c) { return c->state; }

struct ctl *ctl_start(struct ctl_host *h, const struct ctl_spec *spec)
{
    KASSERT(!h->started && h->nctls < CTL_CONTROLLERS_MAX && spec->workers > 0 && spec->workers <= CTL_WORKERS_MAX);
    struct ctl *c = xcalloc(1, sizeof *c);
    AUTO_FREE char *source = spec->events_from ? xstrdup(spec->events_from) : xasprintf("%s-controller", spec->name);
    c->host = h;
    c->spec = spec;
    c->queue = workq_new(spec->name);
    c->expect = expect_new();
    c->recorder = recorder_new(h->rest, RECORDER_CORE_V1, source, NULL);
    if (spec->primary) bind_handler(c, spec->primary, true, on_primary);
    for (size_t i = 0; i < ARRAY_LEN(spec->owns) && spec->owns[i]; i++) {
        bind_handler(c, spec->owns[i], true, on_owned);
        struct shared *s = share(c, spec->owns[i], true);
        if (s->by_owner < 0) s->by_owner = informer_index(s->informer, index_by_owner);
    }
    for (size_t i = 0; i < ARRAY_LEN(spec->reads) && spec->reads[i]; i++) {
        if (spec->on_read_event)
            bind_handler(c, spec->reads[i], true, on_read);
        else
            share(c, spec->reads[i], true);
    }
    h->ctls[h->nctls++] = c;
    if (spec->init) spec->init(c);
    return c;
}

/* ---- Workers ---- */

static void settle(struct ctl *c, struct str key, struct outcome *out)
{
    mutex_lock(&c->host->lock);
    bool stopping = c->host->stopping;
    mutex_unlock(&c->host->lock);
    if (out->failed) {
        if (!stopping) LOG_I("%s: %.*s: %s", c->spec->name, STR_ARG(key), out->err.text);
        workq_add_limited(c->queue, key);
        return;
    }
    workq_forget(c->queue, key);
    if (out->again_after_ms > 0) workq_add_after(c->queue, key, out->again_after_ms);
}

static void *work(void *arg);

/* Called with the host's lock. */
static void start_worker(struct ctl *c)
{
    c->host->working++;
    c->workers[c->nworkers] = thread_start(c->spec->name, work, c);
    c->nworkers++;
}

/* A worker that has taken a key and leaves others behind calls the next one: most controllers of most clusters need
 * one, and a thread that never works costs memory and time at the start. */
static void call_help(struct ctl *c)
{
    if (!workq_waiting(c->queue)) return;
    mutex_lock(&c->host->lock);
    if (!c->host->stopping && c->nworkers < c->spec->workers) start_worker(c);
    mutex_unlock(&c->host->lock);
}

static void *work(void *arg)
{
    struct ctl *c = arg;
    struct ctl_host *h = c->host;
    struct arena scratch = {0};
    for (char *key; (key = workq_get(c->queue));) {
        call_help(c);
        struct outcome out = {.arena = &scratch};
        struct str name, whole = str_of(key), ns = str_cut(whole, '/', &name);
        if (str_is_null(name)) name = ns, ns = STR("");
        AUTO_FREE char *what = h->sim ? xasprintf("%s %s", c->spec->name, key) : NULL;
        turn_take(h->sim, "key", str_of(what));
        c->spec->reconcile(c, ns, name, &out);
        settle(c, whole, &out);
        workq_done(c->queue, key);
        turn_give(h->sim);
        arena_reset(&scratch);
        sim_poke(h->sim);
    }
    arena_release(&scratch);
    mutex_lock(&h->lock);
    h->working--;
    pthread_cond_broadcast(&h->left);
    mutex_unlock(&h->lock);
    return NULL;
}

static uint64_t host_rev(void *arg)
{
    struct ctl_host *h = arg;
    uint64_t rev = 0;
    for (int i = 0; i < h->nshared; i++) rev = MAX(rev, informer_rev(h->shared[i].informer));
    return rev;
}

bool ctl_host_idle(struct ctl_host *h)
{
    for (int i = 0; i < h->nctls; i++)
        if (!workq_idle(h->ctls[i]->queue) || !recorder_idle(h->ctls[i]->recorder)) return false;
    for (int i = 0; i < h->nshared; i++)
        if (!informer_idle(h->shared[i].informer)) return false;
    return true;
}

static bool host_is_quiet(void *arg) { return ctl_host_idle(arg); }

/* Those that the controller reads; NULL: all that do not run yet. */
static void start_informers(struct ctl_host *h, const struct ctl *c)
{
    for (int i = 0; i < h->nshared; i++) {
        struct shared *s = &h->shared[i];
        if (s->started || (c && !c->uses[i])) continue;
        s->started = true;
        informer_set_sim(s->informer, h->sim);
        informer_start(s->informer);
    }
}

/* Once what it reads is here: a controller does not wait for the caches of others. */
static bool start_workers(struct ctl *c, int64_t until_ms)
{
    struct ctl_host *h = c->host;
    start_informers(h, c);
    for (int i = 0; i < h->nshared; i++)
        if (c->uses[i] && !informer_wait_synced(h->shared[i].informer, until_ms - mono_ms())) return false;
    mutex_lock(&h->lock);
    start_worker(c);
    mutex_unlock(&h->lock);
    return true;
}

bool ctl_host_run(struct ctl_host *h)
{
    int64_t until = mono_ms() + CTL_SYNC_MS;
    if (!h->sim) {
        h->sim = sim_start(h->rest, h->component, false);
        h->own_sim = true;
    }
    h->started = true;
    for (int i = 0; i < h->nctls; i++) recorder_set_sim(h->ctls[i]->recorder, h->sim);
    /* The first one alone for a moment: whoever waits for the cluster waits for it, and dozens of connections made at
     * once would hold it up. */
    for (int i = 0; i < h->nctls; i++) {
        if (i == 1 && http_wait(rest_http(h->rest), CTL_STAGGER_MS)) start_informers(h, NULL);
        if (!start_workers(h->ctls[i], until)) return false;
    }
    sim_report_quiet(h->sim, host_is_quiet, host_rev, h);
    return true;
}

void ctl_host_stop(struct ctl_host *h)
{
    int64_t until = mono_ns() + CTL_DRAIN_MS * INT64_C(1000000);
    mutex_lock(&h->lock);
    bool again = h->stopping;
    h->stopping = true;
    for (struct late *l = h->late; l && !again; l = l->next)
        informer_cancel(l->informer); /* reconciles may wait for one */
    mutex_unlock(&h->lock);
    if (again) return;
    if (h->sim) sim_let_go(h->sim);
    sim_report_stop(h->sim);
    for (int i = 0; i < h->nctls; i++) workq_shutdown(h->ctls[i]->queue);
    mutex_lock(&h->lock);
    while (h->working && cond_wait_until(&h->left, &h->lock, until)) {}
    while (h->working) { /* reconciles wait for a server that does not answer; each may have more requests to make */
        mutex_unlock(&h->lock);
        http_interrupt(rest_http(h->rest));
        mutex_lock(&h->lock);
        (void)cond_wait_until(&h->left, &h->lock, mono_ns() + CTL_INTERRUPT_MS * INT64_C(1000000));
    }
    mutex_unlock(&h->lock);
    for (int i = 0; i < h->nctls; i++) {
        struct ctl *c = h->ctls[i];
        while (c->nworkers) thread_join(c->workers[--c->nworkers]);
    }
    for (int i = 0; i < h->nctls; i++) {
        recorder_free(h->ctls[i]->recorder);
        h->ctls[i]->recorder = NULL;
    }
    for (int i = 0; i < h->nshared; i++) informer_stop(h->shared[i].informer);
    for (struct late *l = h->late; l; l = l->next) informer_stop(l->informer);
}

void ctl_host_free(struct ctl_host *h)
{
    if (!h) return;
    ctl_host_stop(h);
    if (h->each) pool_free(h->each);
    if (h->own_sim) sim_stop(h->sim);
    for (int i = 0; i < h->nshared; i++) informer_free(h->shared[i].informer);
    for (struct late *l; (l = h->late); late_free(l)) h->late = l->next;
    for (int i = 0; i < h->nctls; i++) {
        struct ctl *c = h->ctls[i];
        if (c->spec->release) c->spec->release(c);
        workq_free(c->queue);
        expect_free(c->expect);
        for (struct binding *b; (b = c->bindings); free(b)) c->bindings = b->next;
        free(c);
    }
    pthread_cond_destroy(&h->left);
    pthread_mutex_destroy(&h->lock);
    free(h->component);
    free(h);
}

/* ---- Many requests of one reconcile at once ---- */

struct each { /* one ctl_each: its caller and the pool's threads take numbers until there are none left */
    struct ctl *c;
    ctl_each_fn *fn;
    void *arg;
    int64_t n;
    _Atomic int64_t next;
    pthread_mutex_t lock; /* covers what follows */
    pthread_cond_t ended;
    int helpers; /* that have not ended */
    int64_t good;
    struct outcome *out;
};

struct each_job {
    struct job job;
    struct each *each;
};

static void each_run(struct each *x)
{
    struct arena a AUTO_ARENA = {0};
    int64_t good = 0;
    struct outcome failed = {.failed = false};
    for (int64_t i; (i = atomic_fetch_add(&x->next, 1)) < x->n; arena_reset(&a)) {
        struct outcome one = {.arena = &a};
        good += x->fn(x->c, i, x->arg, &one);
        if (one.failed) ctl_fail(&failed, &one.err);
    }
    mutex_lock(&x->lock);
    x->good += good;
    if (failed.failed) ctl_fail(x->out, &failed.err);
    mutex_unlock(&x->lock);
}

static void each_help(struct job *j)
{
    struct each *x = CONTAINER_OF(j, struct each_job, job)->each;
    each_run(x);
    mutex_lock(&x->lock);
    x->helpers--;
    pthread_cond_signal(&x->ended);
    mutex_unlock(&x->lock);
}

static struct pool *each_pool(struct ctl_host *h)
{
    mutex_lock(&h->lock);
    if (!h->each) h->each = pool_new("ctl-each", CTL_EACH_THREADS);
    mutex_unlock(&h->lock);
    return h->each;
}

int64_t ctl_each(struct ctl *c, int64_t n, ctl_each_fn *fn, void *arg, struct outcome *out)
{
    struct each x = {.c = c, .fn = fn, .arg = arg, .n = n, .out = out};
    struct each_job jobs[CTL_EACH_THREADS];
    pthread_mutex_init(&x.lock, NULL);
    cond_init_mono(&x.ended);
    int helpers = n < CTL_EACH_MIN || sim_turns(c->host->sim) ? 0 : (int)MIN(n - 1, CTL_EACH_THREADS);
    x.helpers = helpers;
    for (int i = 0; i < helpers; i++) {
        jobs[i] = (struct each_job){.job = {.run = each_help}, .each = &x};
        pool_submit(each_pool(c->host), &jobs[i].job);
    }
    each_run(&x);
    mutex_lock(&x.lock);
    while (x.helpers) cond_wait_until(&x.ended, &x.lock, INT64_MAX);
    mutex_unlock(&x.lock);
    pthread_cond_destroy(&x.ended);
    pthread_mutex_destroy(&x.lock);
    return x.good;
}

/* ---- For reconcile code ---- */

struct rest *ctl_rest(struct ctl *c) { return c->host->rest; }
struct workq *ctl_queue(struct ctl *c) { return c->queue; }
struct expect *ctl_expect(struct ctl *c) { return c->expect; }
struct recorder *ctl_recorder(struct ctl *c) { return c->recorder; }

static struct shared *find_shared(struct ctl *c, const char *resource)
{
    for (int i = 0; i < c->host->nshared; i++)
        if (strcmp(c->host->shared[i].resource, resource) == 0) return &c->host->shared[i];
    KASSERT(!"a resource that no spec names");
    return NULL;
}

struct informer *ctl_informer(struct ctl *c, const char *resource) { return find_shared(c, resource)->informer; }

const struct object *ctl_get(struct ctl *c, const char *resource, struct str ns, struct str name)
{
    return informer_get(ctl_informer(c, resource), ns, name);
}

void ctl_owned(struct ctl *c, const char *resource, const struct object *owner, struct objs *out)
{
    struct shared *s = find_shared(c, resource);
    KASSERT(s->by_owner >= 0);
    informer_by_index(s->informer, s->by_owner, owner->uid, out);
}

void ctl_orphans(struct ctl *c, const char *resource, struct str ns, struct objs *out)
{
    struct arena a AUTO_ARENA = {0};
    struct shared *s = find_shared(c, resource);
    KASSERT(s->by_owner >= 0);
    informer_by_index(s->informer, s->by_owner, str_printf(&a, ORPHANS_OF "%.*s", STR_ARG(ns)), out);
}

void ctl_put_status(struct ctl *c, const struct object *was, struct json *now, struct outcome *out)
{
    struct err e;
    const struct json *status = obj_has(now, ".metadata") ? obj_get(now, ".status") : now;
    const struct json *had = obj_get(was->root, ".status");
    if (had ? json_equal(had, status) : !status) return;
    struct json *whole = now;
    if (status == now) {
        whole = obj_copy(out->arena, was->root);
        obj_put_copy(out->arena, whole, ".status", now);
    }
    if (!rest_update(c->host->rest, c->spec->primary, "status", whole, NULL, &e)) ctl_fail(out, &e);
}

void ctl_fail(struct outcome *out, const struct err *e)
{
    if (out->failed) return; /* the first reason counts */
    out->failed = true;
    out->err = *e;
}

void ctl_event(struct ctl *c, const struct object *about, const char *type, const char *reason, const char *fmt, ...)
{
    struct arena a AUTO_ARENA = {0};
    struct event_about who;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(&a, fmt, ap);
    va_end(ap);
    event_about_object(&who, about->root);
    const char *slash = strrchr(c->spec->primary, '/');
    who.api_version = arena_printf(&a, "%.*s", (int)(slash - c->spec->primary), c->spec->primary);
    who.kind = c->spec->kind;
    recorder_event(c->recorder, &who, type, reason, NULL, NULL, "%s", text);
}
