/* hold.c - textbook flow: keeps the response of a pod's create until the walk ends, then answers with the pod as it is
 * then. Reads: the watch cache. Writes: responses; step 15. The list of holds is under the lock of the walks. */
#include "apiserver/sim/sim_priv.h"

#include "apiserver/object/table.h"
#include "apiserver/rest/options.h"
#include "apiserver/watch/cache.h"
#include "base/mono.h"

#include <stdlib.h>

static struct walk **holds; /* not referenced: each has its request, which has */
static size_t nholds, holds_cap;
static bool closing;

static void list_add(struct walk *w)
{
    if (nholds == holds_cap) {
        holds_cap = holds_cap ? 2 * holds_cap : 16;
        holds = xreallocarray(holds, holds_cap, sizeof *holds);
    }
    w->hold.at = nholds;
    holds[nholds++] = w;
}

struct request *hold_take(struct walk *w, const char *why)
{
    struct request *r = w->hold.r;
    if (!r) return NULL;
    w->hold.r = NULL;
    w->hold.why = why;
    holds[w->hold.at] = holds[--nholds];
    holds[w->hold.at]->hold.at = w->hold.at;
    return r;
}

/* ---- the answer ---- */

static void write_answer(struct request *r, struct item *it)
{
    const char *include;
    if (table_options_parse(r, &include)) /* what is not known was refused at the start */
        media_respond_item(r, 201, r->target.res, it, 0, include);
}

/* Worker, or the thread that shuts down. */
static void answer(struct request *r)
{
    struct walk *w = r->walk;
    struct item *held = w->hold.item, *now = cache_get(r->target.res, w->e.ns, w->e.name);
    w->hold.item = NULL;
    bool same = now && str_eq(now->uid, w->e.id);
    if (same || held) write_answer(r, same ? now : held);
    item_unref(now);
    item_unref(held);
    if (!request_client_gone(r)) {
        int64_t at = mono_ns();
        struct facts f AUTO_FACTS;
        facts_init(&f);
        facts_str(&f, "how", STR("response"));
        facts_u64(&f, "code", (uint64_t)(r->resp.code > 0 ? r->resp.code : 0));
        facts_ms(&f, "heldMs", at - w->hold.since_ns);
        facts_str(&f, "why", str_of(w->hold.why));
        struct str facts = facts_end(&f);
        side_lock(&walks);
        trace_told(w, at, facts);
        side_unlock(&walks);
    }
    r->walk = NULL;
    walk_unref(w);
    rest_finish(r);
}

/* Gate 15 stands between the end of the wait and the answer. */
static void open_gate(struct request *r)
{
    const struct walk *w = r->walk;
    if (!gate_hold(r, STEP_CLIENT_TOLD, w->e.ns, w->e.name, answer,
                   "The API server answers the client's POST with 201 and the pod as it is now."))
        answer(r);
}

void hold_later(struct request *r)
{
    if (r) request_later(r, open_gate);
}

/* ---- holding ---- */

bool trace_hold(struct request *r)
{
    struct walk *w = r->walk;
    if (!w || r->user.component || !w->textbook) return false;
    struct item *it = cache_get(r->target.res, w->e.ns, w->e.name);
    struct request *at_once = NULL;
    side_lock(&walks);
    if (!w->e.in_table || w->hold.r) {
        side_unlock(&walks);
        item_unref(it);
        return false;
    }
    trace_await(w, false);
    w->hold.r = r;
    w->hold.item = it;
    w->hold.since_ns = w->hold.seen_ns = mono_ns();
    w->hold.left_ns = (int64_t)HELD_CREATE_MS * 1000000;
    list_add(w);
    if (closing || w->phase != WALK_WALKING) at_once = hold_take(w, closing ? "Shutdown" : w->reason);
    side_unlock(&walks);
    if (at_once)
        hold_later(at_once);
    else
        sweep_start();
    return true;
}

struct held_pod {
    struct walk *w;
    bool parked, gone;
};

/* Copies the list, so that gates and connections are asked without the lock. Referenced. */
static struct held_pod *snapshot(size_t *n)
{
    side_lock(&walks);
    *n = nholds;
    struct held_pod *pods = xcalloc(*n ? *n : 1, sizeof *pods);
    for (size_t i = 0; i < *n; i++) {
        pods[i].w = walk_ref(holds[i]);
        pods[i].gone = request_client_gone(holds[i]->hold.r);
    }
    side_unlock(&walks);
    return pods;
}

bool hold_sweep(int64_t now)
{
    size_t n;
    struct held_pod *pods AUTO_FREE = snapshot(&n);
    for (size_t i = 0; i < n; i++) pods[i].parked = gate_parked(pods[i].w->e.ns, pods[i].w->e.name);
    for (size_t i = 0; i < n; i++) {
        struct walk *w = pods[i].w;
        struct request *r = NULL;
        side_lock(&walks);
        if (!pods[i].parked) w->hold.left_ns -= now - w->hold.seen_ns;
        w->hold.seen_ns = now;
        if (pods[i].gone) r = hold_take(w, "ClientGone");
        if (w->hold.left_ns <= 0 && !r) r = hold_take(w, "Timeout");
        side_unlock(&walks);
        hold_later(r);
        walk_unref(w);
    }
    side_lock(&walks);
    bool left = nholds > 0;
    side_unlock(&walks);
    return left;
}

void trace_release_held(void)
{
    for (;;) {
        side_lock(&walks);
        closing = true;
        struct request *r = nholds ? hold_take(holds[0], "Shutdown") : NULL;
        if (!nholds) {
            free(holds);
            holds = NULL;
            holds_cap = 0;
        }
        side_unlock(&walks);
        if (!r) return;
        answer(r);
    }
}
