/* extending.c - see extending.h. Reads: nodes that fit, extenders' answers.   Writes: the cycle. */
#include "scheduler/extending.h"

#include "base/log.h"
#include "base/mono.h"
#include "base/thread.h"
#include "scheduler/extender_wire.h"

struct asking { /* about the nodes of one cycle */
    struct cycle *cy;
    struct texts *texts;
    struct extended *said;
    const struct sym **names; /* of nodes that are left */
    int *places;              /* of these in what is said */
    int n;
    struct map known; /* reasons -> the same text in the cycle's arena */
};

/* ---- Notes ---- */

struct extender_note *extending_note(struct cycle *cy, int extender)
{
    if (!cy->notes) cy->notes = ARENA_ARRAY(&cy->arena, struct extender_note, cy->profile->extenders->n);
    return &cy->notes[extender];
}

bool extending_pass_over(struct cycle *cy, int extender, const struct err *e)
{
    const struct extender *x = &cy->profile->extenders->v[extender];
    extending_note(cy, extender)->error = arena_strdup(&cy->arena, e->text);
    if (x->ignorable)
        LOG_I("extender passed over url=\"%s\" pod=\"%.*s/%.*s\" err=\"%s\"", x->url, STR_ARG(sym_str(cy->pod->ns)),
              STR_ARG(cy->pod->name), e->text);
    return x->ignorable;
}

static bool any_wants(const struct cycle *cy)
{
    const struct extenders *all = cy->profile->extenders;
    for (int i = 0; all && i < all->n; i++)
        if (extender_wants(&all->v[i], EXTENDER_FILTER, cy->pod) ||
            extender_wants(&all->v[i], EXTENDER_PRIORITIZE, cy->pod))
            return true;
    return false;
}

/* ---- Filtering ---- */

static void begin_asking(struct asking *t, struct cycle *cy, struct texts *texts)
{
    *t = (struct asking){.cy = cy, .texts = texts, .n = cy->feasible};
    t->said = ARENA_NEW(&cy->arena, struct extended);
    t->said->nodes = ARENA_ARRAY(&cy->arena, struct extended_node, t->n);
    t->names = ARENA_ARRAY(&cy->arena, const struct sym *, t->n);
    t->places = ARENA_ARRAY(&cy->arena, int, t->n);
    for (int i = 0; i < t->n; i++) {
        t->names[i] = cy->table->names[cy->verdicts[cy->fits[i]].node];
        t->places[i] = i;
    }
}

/* Alike texts are one: nodes that were refused alike share what is told of them. */
static const char *keep_text(struct asking *t, const char *text)
{
    const char *kept = map_get(&t->known, str_of(text));
    if (kept) return kept;
    char *copy = arena_strdup(&t->cy->arena, text);
    map_set(&t->known, str_of(text), copy);
    return copy;
}

static void take_filtered(struct asking *t, int extender, const struct wire_filtered *f)
{
    int left = 0;
    for (int i = 0; i < t->n; i++) {
        struct extended_node *node = &t->said->nodes[t->places[i]];
        bool silent = !f->why[i] && !node->why;
        if (f->why[i]) node->why = keep_text(t, f->why[i]);
        if (f->why[i] || silent) {
            node->by = (uint8_t)(EXTENDER_FIRST + extender);
            node->verdict = silent || f->unresolvable[i] ? V_UNSCHEDULABLE_AND_UNRESOLVABLE : V_UNSCHEDULABLE;
        }
        if (!f->passed[i]) continue;
        t->names[left] = t->names[i];
        t->places[left++] = t->places[i];
    }
    t->n = left;
    if (f->whole) t->said->bare = true;
}

static bool call_filter(struct asking *t, int extender, struct arena *a, struct wire_filtered *out, struct err *e)
{
    const struct extender *x = &t->cy->profile->extenders->v[extender];
    struct buf body AUTO_BUF = {0}, answer AUTO_BUF = {0};
    buf_init(&body, EXTENDER_REQUEST_MAX);
    return wire_nodes(&body, x, t->cy->pod->object, t->names, t->n, t->texts, e) &&
           extender_call(x, EXTENDER_FILTER, buf_view(&body), &answer, e) &&
           wire_read_filtered(a, x, buf_view(&answer), t->names, t->n, out, e);
}

/* One after the other, each about what the ones before it left. False: one failed that may not. */
static bool filter(struct asking *t, struct err *e)
{
    const struct extenders *all = t->cy->profile->extenders;
    bool ok = true;
    for (int i = 0; i < all->n && t->n && ok; i++) {
        struct arena a AUTO_ARENA = {0};
        struct wire_filtered f;
        if (!extender_wants(&all->v[i], EXTENDER_FILTER, t->cy->pod)) continue;
        int64_t began = mono_ns();
        if (call_filter(t, i, &a, &f, e)) {
            take_filtered(t, i, &f);
            t->said->filtered |= 1u << i;
        } else {
            ok = extending_pass_over(t->cy, i, e);
        }
        extending_note(t->cy, i)->nanos[EXTENDER_FILTER] += mono_ns() - began;
    }
    for (int i = 0; i < t->n; i++) t->said->nodes[t->places[i]].passed = true;
    map_release(&t->known, NULL);
    return ok;
}

/* ---- Points ---- */

struct scoring { /* one extender's, on a thread of its own when there are several */
    struct asking *of;
    const struct extender *x;
    int extender;
    struct arena arena; /* what the thread makes; the cycle's is not its */
    int64_t *points, nanos;
    struct err e;
    pthread_t thread;
};

static void *score(void *arg)
{
    struct scoring *s = arg;
    const struct asking *t = s->of;
    struct buf body AUTO_BUF = {0}, answer AUTO_BUF = {0};
    int64_t began = mono_ns();
    buf_init(&body, EXTENDER_REQUEST_MAX);
    if (!wire_nodes(&body, s->x, t->cy->pod->object, t->names, t->n, t->texts, &s->e) ||
        !extender_call(s->x, EXTENDER_PRIORITIZE, buf_view(&body), &answer, &s->e) ||
        !wire_read_points(&s->arena, buf_view(&answer), t->names, t->n, &s->points, &s->e))
        s->points = NULL;
    s->nanos = mono_ns() - began;
    return NULL;
}

/* What one fails to give counts as nothing, ignorable or not. */
static void take_points(struct asking *t, struct scoring *s)
{
    struct cycle *cy = t->cy;
    struct extender_note *note = extending_note(cy, s->extender);
    note->nanos[EXTENDER_PRIORITIZE] += s->nanos;
    if (!s->points) {
        note->error = arena_strdup(&cy->arena, s->e.text);
        LOG_D("extender gives no score url=\"%s\" err=\"%s\"", s->x->url, s->e.text);
        return;
    }
    int64_t *points = t->said->points[s->extender] = ARENA_ARRAY(&cy->arena, int64_t, cy->feasible);
    for (int i = 0; i < t->n; i++) points[t->places[i]] = s->points[i];
}

static void prioritize(struct asking *t)
{
    const struct extenders *all = t->cy->profile->extenders;
    struct scoring *v = ARENA_ARRAY(&t->cy->arena, struct scoring, all->n);
    int n = 0;
    for (int i = 0; i < all->n; i++)
        if (extender_wants(&all->v[i], EXTENDER_PRIORITIZE, t->cy->pod))
            v[n++] = (struct scoring){.of = t, .x = &all->v[i], .extender = i};
    for (int i = 1; i < n; i++) v[i].thread = thread_start("extender", score, &v[i]);
    if (n) score(&v[0]);
    for (int i = 1; i < n; i++) thread_join(v[i].thread);
    for (int i = 0; i < n; i++) {
        take_points(t, &v[i]);
        arena_release(&v[i].arena);
    }
}

/* ---- The cycle ---- */

static void compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice,
                    pthread_mutex_t *lock)
{
    cy->pauses = true;
    if (lock) mutex_lock(lock);
    cycle_compute(cy, cache, only, start, choice);
    if (lock) mutex_unlock(lock);
    cy->pauses = false;
}

bool extending_ask(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice,
                   struct texts *texts, pthread_mutex_t *lock)
{
    struct asking t;
    struct err e = ERR_INIT;
    bool ok, again;
    if (!any_wants(cy)) return true;
    do { /* a node that is kept for the pod is no more than any other when extenders do not let it pass */
        compute(cy, cache, only, start, choice, lock);
        if (!cy->feasible || cy->error) return false;
        begin_asking(&t, cy, texts);
        ok = filter(&t, &e);
        again = cy->tried_nominated && (!ok || !t.n);
        cy->no_nominated = cy->no_nominated || again;
    } while (again);
    if (!ok) {
        cy->error = arena_strdup(&cy->arena, e.text);
        return false;
    }
    if (t.n > 1) prioritize(&t);
    cy->extended = t.said;
    return cy->goes_on = true;
}

void extending_compute(struct cycle *cy, struct cache *cache, const struct map *only, int *start, struct rnd *choice,
                       struct texts *texts)
{
    if (extending_ask(cy, cache, only, start, choice, texts, NULL)) cycle_compute(cy, cache, only, start, choice);
    extending_preempt(cy, texts);
}

/* ---- Binding ---- */

bool extending_binds(const struct extenders *all, const struct pod_info *pod)
{
    for (int i = 0; all && i < all->n; i++)
        if (extender_wants(&all->v[i], EXTENDER_BIND, pod)) return true;
    return false;
}

bool extending_bind(const struct extenders *all, const struct pod_info *pod, struct str node, bool *bound,
                    struct err *e)
{
    *bound = false;
    for (int i = 0; all && i < all->n && !*bound; i++) {
        const struct extender *x = &all->v[i];
        struct buf body AUTO_BUF = {0}, answer AUTO_BUF = {0};
        if (!extender_wants(x, EXTENDER_BIND, pod)) continue;
        buf_init(&body, EXTENDER_REQUEST_MAX);
        wire_binding(&body, pod->object, node);
        bool ok = extender_call(x, EXTENDER_BIND, buf_view(&body), &answer, e) && wire_read_bound(buf_view(&answer), e);
        if (!ok && x->ignorable) {
            LOG_I("extender passed over in binding url=\"%s\" pod=\"%.*s/%.*s\" err=\"%s\"", x->url,
                  STR_ARG(sym_str(pod->ns)), STR_ARG(pod->name), e->text);
            *e = (struct err)ERR_INIT;
            continue;
        }
        *bound = true;
        if (!ok) return false;
    }
    return true;
}
