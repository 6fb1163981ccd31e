/* stepping.c - see stepping.h.
 * Reads: the stepper, cycles.   Writes: parks. */
#include "scheduler/stepping.h"

#include "base/heap.h"
#include "scheduler/extending.h"
#include "scheduler/halt.h"
#include "scheduler/reserve.h"
#include "scheduler/sandbox.h"
#include "scheduler/so_far.h"

#include <stdlib.h>

struct stepping {
    struct call_watcher watcher;
    struct stepping *next;
    struct stage *stage;
    struct sim *sim;
    const struct queued_pod *queued;
    const struct profile *profile;
    struct arena arena;     /* of the attempt */
    struct arena plan;      /* breakpoints, as they were read last */
    struct sim_subject pod; /* in the arena: the attempt outlives the queued pod */
    struct str stepper;
    bool others_wait, rests, keeps, named, stood;
    struct course course;
    struct cycle *cy; /* is being computed; NULL */
    struct under_way under_way;
    struct json *found; /* when nothing is being computed; NULL: nothing yet */
    struct str node;    /* the choice; STR_NULL */
    const char *moved;  /* what the live computation found otherwise; NULL */
    struct str result_node, result;
};

/* ---- The stage ---- */

void stage_init(struct stage *st)
{
    pthread_mutex_init(&st->lock, NULL);
    pthread_cond_init(&st->changed, NULL);
    st->first = NULL;
    atomic_store(&st->keeping, 0);
}

void stage_release(struct stage *st)
{
    pthread_cond_destroy(&st->changed);
    pthread_mutex_destroy(&st->lock);
}

void stage_wait(struct stage *st)
{
    if (!atomic_load_explicit(&st->keeping, memory_order_acquire)) return;
    mutex_lock(&st->lock);
    while (atomic_load(&st->keeping)) pthread_cond_wait(&st->changed, &st->lock);
    mutex_unlock(&st->lock);
}

/* Under the lock. */
static void keep_others(struct stepping *st, bool keep)
{
    if (st->keeps == keep) return;
    st->keeps = keep;
    atomic_fetch_add(&st->stage->keeping, keep ? 1 : -1);
    pthread_cond_broadcast(&st->stage->changed);
}

static void update_stage(struct stepping *st)
{
    mutex_lock(&st->stage->lock);
    keep_others(st, st->others_wait && !st->rests);
    mutex_unlock(&st->stage->lock);
}

/* A stepper that takes whichever pod comes has one at a time; with breakpoints all that may meet one. */
static bool enter(struct stage *stage, struct stepping *st, bool alone)
{
    bool taken = false;
    mutex_lock(&stage->lock);
    for (const struct stepping *o = stage->first; o && alone; o = o->next) taken |= str_eq(o->stepper, st->stepper);
    if (!taken) {
        st->next = stage->first;
        stage->first = st;
        keep_others(st, st->others_wait);
    }
    mutex_unlock(&stage->lock);
    return !taken;
}

static void leave(struct stage *stage, struct stepping *st)
{
    mutex_lock(&stage->lock);
    keep_others(st, false);
    for (struct stepping **at = &stage->first; *at; at = &(*at)->next)
        if (*at == st) {
            *at = st->next;
            break;
        }
    mutex_unlock(&stage->lock);
}

/* ---- One stop ---- */

/* The stepper may have changed while the pod stood. */
static void read_plan(struct stepping *st)
{
    struct sim_points now;
    arena_reset(&st->plan);
    bool there = sim_points_now(st->sim, st->stepper, &st->plan, &now);
    if (!there) st->course.to = GO_END;
    st->others_wait = there && now.others_wait;
    course_read(&st->course, there ? now.breakpoints : NULL);
    update_stage(st);
}

struct place { /* where it stands, beside what a halt tells */
    const char *point, *source, *message;
    bool scores;
    int64_t score;
};

static struct json *park_body(struct stepping *st, struct arena *a, const struct halt *h, const struct place *at)
{
    struct json *b = obj_empty(a), *found = st->cy ? so_far(st->cy, a, st->queued, &st->under_way) : NULL;
    obj_put_int(a, b, ".step", h->point <= POINT_RESERVE ? STEP_PLACEMENT_COMPUTED : STEP_PLACEMENT_RETURNED);
    obj_put_cstr(a, b, ".component", "scheduler");
    obj_put_str(a, b, ".namespace", h->ns);
    obj_put_str(a, b, ".pod", h->pod);
    obj_put_str(a, b, ".uid", st->pod.uid);
    obj_put_cstr(a, b, ".point", at->point);
    obj_put_cstr(a, b, ".verdict", verdict_names[h->verdict]);
    obj_put_cstr(a, b, ".message", at->message);
    if (h->plugin.n) obj_put_str(a, b, ".plugin", h->plugin);
    if (at->source) obj_put_cstr(a, b, ".source", at->source);
    if (h->node.n) obj_put_str(a, b, ".node", h->node);
    if (at->scores) obj_put_int(a, b, ".score", at->score);
    if (found || st->found) obj_put_copy(a, b, ".facts", found ? found : st->found);
    return b;
}

static void stand(struct stepping *st, const struct halt *h, const struct place *at)
{
    struct arena a AUTO_ARENA = {0};
    struct str to = sim_park(st->sim, st->stepper, park_body(st, &a, h, at), &a);
    int going = name_index(going_names, to);
    st->course.to = going < 0 ? GO_END : (enum going)going;
    st->course.at = (int)h->point;
    st->stood = true;
    if (st->course.to != GO_END) read_plan(st);
}

static void call_ended(struct stepping *st, struct halt *h, const struct place *at)
{
    h->ns = st->pod.ns;
    h->pod = st->pod.name;
    if (course_stops(&st->course, h)) stand(st, h, at);
}

void stepping_call(struct stepping *st, enum point point, const char *plugin, const char *source, enum verdict v,
                   const char *message)
{
    if (!st) return;
    struct halt h = {.point = point, .verdict = v, .plugin = str_of(plugin), .node = st->node};
    const struct place at = {.point = point_names[point], .source = source, .message = message};
    call_ended(st, &h, &at);
}

/* ---- Calls of a cycle ---- */

/* What the plugin said. In the arena of the cycle. */
static const char *said(struct cycle *cy, enum point point, const struct node_info *n, enum verdict v)
{
    struct arena *a = &cy->arena;
    const char *text = "";
    if (point == POINT_POST_FILTER && v == V_OK && cy->nominated)
        return arena_printf(a, "nominates %s", cy->nominated->text);
    if (point == POINT_PRE_FILTER && v == V_OK && cy->only_by & 1u << cy->running)
        return arena_printf(a, "leaves %d of %d nodes", cy->nonly, cy->nnodes);
    for (int i = 0; v != V_OK && i < cy->now.n; i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "", cy->now.texts[i]);
    if (v != V_OK && point == POINT_FILTER && cy->now.detail) text = arena_printf(a, "%s: %s", text, cy->now.detail);
    bool with_nominated = point == POINT_FILTER && n != cy->nodes[n->index];
    if (with_nominated) text = arena_printf(a, "%s%swith the pods that are nominated to it", text, *text ? ", " : "");
    return text;
}

static void follow(struct stepping *st, enum point point, int plugin, const struct node_info *n, enum verdict v)
{
    struct under_way *w = &st->under_way;
    if (point != POINT_FILTER) w->node = NULL;
    if (point == POINT_FILTER && n != w->node) *w = (struct under_way){.node = n};
    if (point == POINT_FILTER) w->verdict = v;
    if (point == POINT_FILTER && v == V_OK && w->npassed < PLUGINS_MAX) w->passed[w->npassed++] = plugin;
    if (point == POINT_SCORE && st->cy->columns[st->cy->ncolumns - 1].plugin == plugin)
        w->scored = w->scored == st->cy->feasible ? 1 : w->scored + 1;
}

static void told(struct call_watcher *watcher, enum point point, int plugin, const struct node_info *n, enum verdict v,
                 int64_t score)
{
    struct stepping *st = CONTAINER_OF(watcher, struct stepping, watcher);
    if (st->course.to == GO_END) return;
    if (st->cy) follow(st, point, plugin, n, v);
    struct halt h = {.point = point,
                     .verdict = v,
                     .plugin = str_of(sched_plugins[plugin]->name),
                     .node = n        ? sym_str(n->name)
                             : st->cy ? STR_NULL
                                      : st->node};
    const struct place at = {.point = point_names[point],
                             .source = sched_plugins[plugin]->source,
                             .message = st->cy ? said(st->cy, point, n, v) : "",
                             .scores = point == POINT_SCORE,
                             .score = score};
    call_ended(st, &h, &at);
}

/* The pod is through it already: it would not be here. It is shown for it is the first thing that happens to a pod. */
static void show_pre_enqueue(struct stepping *st)
{
    const struct profile *p = st->profile;
    struct buf why AUTO_BUF = {0};
    buf_init(&why, MESSAGE_MAX);
    for (int i = 0; i < p->count[POINT_PRE_ENQUEUE]; i++) {
        int plugin = p->order[POINT_PRE_ENQUEUE][i];
        enum verdict v = sched_plugins[plugin]->pre_enqueue(p->args[plugin], st->queued->pod, &why);
        told(&st->watcher, POINT_PRE_ENQUEUE, plugin, NULL, v, 0);
    }
}

/* Takes what plugins would take, and gives it back. */
static void try_reserve(struct cycle *cy, struct cache *c)
{
    struct reserve r = {0};
    struct err e = ERR_INIT;
    if (cy->chosen >= 0 && reserve_take(&r, cy, c, &e)) reserve_give_back(&r, cy->profile, c);
}

void stepping_compute(struct stepping *st, struct cycle *cy, struct cache *live, const struct map *only, int start,
                      const struct rnd *choice, struct texts *texts)
{
    struct sandbox *own = sandbox_of(live);
    struct rnd draws = *choice;
    show_pre_enqueue(st);
    st->cy = cy;
    cy->watcher = &st->watcher;
    extending_compute(cy, sandbox_cache(own), only, &start, &draws, texts);
    try_reserve(cy, sandbox_cache(own));
    cy->watcher = NULL;
    st->cy = NULL;
    st->node = str_copy(&st->arena, cycle_node(cy));
    sandbox_free(own);
}

/* ---- Afterwards ---- */

static bool same_node(struct str a, struct str b) { return a.n == b.n && (!a.n || str_eq(a, b)); }

/* What became of the node that was shown. */
static const char *fate(struct stepping *st, const struct cycle *cy)
{
    const struct node_table *t = cy->table;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_verdict *v = &cy->verdicts[i];
        if (!str_eq(st->node, sym_str(t->names[v->node]))) continue;
        if (v->verdict == V_OK) return "which fits still, but is not the best any more";
        const struct why *w = &cy->whys[v->why];
        return arena_printf(&st->arena, "which does not fit any more (%s: %s)", plugin_name(v->plugin),
                            w->n ? w->texts[0] : verdict_names[v->verdict]);
    }
    for (int i = 0; i < t->n; i++)
        if (str_eq(st->node, sym_str(t->names[i]))) return "which was not looked at this time";
    return "which is gone";
}

static const char *what_moved(struct stepping *st, const struct cycle *cy)
{
    struct str now = cycle_node(cy);
    struct arena *a = &st->arena;
    if (!st->node.n)
        return arena_printf(a, "the cluster moved on meanwhile: %.*s fits now, where no node did", STR_ARG(now));
    if (!now.n)
        return arena_printf(a, "the cluster moved on meanwhile: no node fits now; it was to be %.*s, %s",
                            STR_ARG(st->node), fate(st, cy));
    return arena_printf(a, "the cluster moved on meanwhile: %.*s instead of %.*s, %s", STR_ARG(now), STR_ARG(st->node),
                        fate(st, cy));
}

void stepping_recheck(struct stepping *st, struct cycle *cy)
{
    if (!st) return;
    struct str now = cycle_node(cy);
    bool moved = !same_node(now, st->node);
    st->moved = moved ? what_moved(st, cy) : NULL;
    st->node = str_copy(&st->arena, now);
    st->under_way = (struct under_way){.scored = cy->feasible};
    st->found = so_far(cy, &st->arena, st->queued, &st->under_way);
    if (!moved || st->course.to == GO_END) return;
    const struct halt h = {.point = POINT_RESERVE,
                           .verdict = now.n ? V_OK : V_UNSCHEDULABLE,
                           .ns = st->pod.ns,
                           .pod = st->pod.name,
                           .node = st->node};
    const struct place at = {.point = "Recheck", .message = st->moved};
    stand(st, &h, &at);
}

void stepping_rest(struct stepping *st, bool rests)
{
    if (!st) return;
    st->rests = rests;
    update_stage(st);
}

void stepping_result(struct stepping *st, struct str node, struct str message)
{
    if (!st) return;
    st->result_node = str_copy(&st->arena, node);
    st->result = st->moved && message.n ? str_printf(&st->arena, "%.*s (%s)", STR_ARG(message), st->moved)
                 : st->moved            ? str_of(st->moved)
                                        : str_copy(&st->arena, message);
}

/* ---- Life ---- */

struct stepping *stepping_begin(struct stage *stage, struct sim *sim, const struct queued_pod *q,
                                const struct profile *p)
{
    const struct object *pod = q->pod->object;
    struct arena a AUTO_ARENA = {0};
    const struct sim_subject subject = {pod->ns, pod->name, pod->uid};
    struct sim_points points;
    struct course course = {.at = -1};
    if (!sim_points_of(sim, &subject, obj_controller(pod->root) != NULL, &a, &points)) return NULL;
    course_read(&course, points.breakpoints);
    if (!points.named && !course_concerns(&course, pod->ns, pod->name)) return NULL;
    struct stepping *st = xcalloc(1, sizeof *st);
    st->watcher.told = told;
    st->stage = stage;
    st->sim = sim;
    st->queued = q;
    st->profile = p;
    st->plan = a; /* the breakpoints are in it */
    a = (struct arena){0};
    arena_init(&st->arena, 1024);
    st->pod = (struct sim_subject){str_copy(&st->arena, pod->ns), str_copy(&st->arena, pod->name),
                                   str_copy(&st->arena, pod->uid)};
    st->stepper = str_copy(&st->arena, points.stepper);
    st->others_wait = points.others_wait;
    st->named = points.named;
    st->course = course;
    st->course.to = course.n ? GO_BREAKPOINT : GO_PLUGIN;
    if (enter(stage, st, !points.named && !course.n)) return st;
    arena_release(&st->arena);
    arena_release(&st->plan);
    free(st);
    return NULL;
}

struct call_watcher *stepping_watcher(struct stepping *st) { return st ? &st->watcher : NULL; }

static void tell_end(struct stepping *st)
{
    struct arena a AUTO_ARENA = {0};
    struct json *b = obj_empty(&a);
    obj_put_bool(&a, b, ".over", true);
    obj_put_int(&a, b, ".step", STEP_PLACEMENT_RETURNED);
    obj_put_cstr(&a, b, ".component", "scheduler");
    obj_put_str(&a, b, ".namespace", st->pod.ns);
    obj_put_str(&a, b, ".pod", st->pod.name);
    if (st->result_node.n) obj_put_str(&a, b, ".node", st->result_node);
    obj_put_str(&a, b, ".message", st->result.n ? st->result : STR(""));
    (void)sim_park(st->sim, st->stepper, b, &a);
}

void stepping_end(struct stepping *st)
{
    if (!st) return;
    leave(st->stage, st);
    if (st->stood || st->named) tell_end(st);
    arena_release(&st->arena);
    arena_release(&st->plan);
    free(st);
}
