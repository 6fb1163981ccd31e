/* victims.c - see victims.h.
 * Reads: a cycle's preemption, nominations.   Writes: victims' conditions, DELETEs of victims, lower nominations,
 * Events. */
#include "scheduler/victims.h"

#include "base/clk.h"
#include "base/log.h"
#include "scheduler/preempting.h"
#include "scheduler/preemption.h"

#include <stdlib.h>

struct ending { /* of the victims of one pod; the thread's that runs it */
    struct job job;
    struct scheduler *s;
    const struct pod_info *pod; /* the preemptor; referenced */
    const struct sym *node;     /* referenced */
    const struct pod_info **victims;
    int n;
    const struct sched_config *config; /* that has the registry; referenced */
    struct preempting *registry;
    struct preempting_pod *entry;
};

enum ended { ENDED, GONE_BEFORE, NOT_ENDED };

static bool is_absent(const struct err *e) { return e->code == ERR_NOT_FOUND || e->code == ERR_CONFLICT; }

/* ---- One victim ---- */

static bool put_condition(const struct ending *t, const struct pod_info *victim, struct err *e)
{
    struct arena a AUTO_ARENA = {0};
    struct json *patch = obj_empty(&a), *c = obj_append(&a, patch, ".status.conditions");
    obj_put_str(&a, patch, ".metadata.uid", victim->uid); /* a new pod of that name is not meant */
    obj_put_cstr(&a, c, ".type", "DisruptionTarget");
    if (victim->generation) obj_put_int(&a, c, ".observedGeneration", victim->generation);
    obj_put_cstr(&a, c, ".status", "True");
    obj_put_cstr(&a, c, ".reason", "PreemptionByScheduler");
    obj_put_fmt(&a, c, ".message", "%.*s: preempting to accommodate a higher priority pod",
                STR_ARG(sym_str(t->pod->scheduler)));
    obj_put_time(&a, c, ".lastTransitionTime", clk_s());
    return rest_patch(t->s->rest, "v1/pods", sym_str(victim->ns), victim->name, "status", "strategic", patch, NULL, e);
}

static struct event_about about_pod(const struct pod_info *p)
{
    return (struct event_about){
        .api_version = "v1", .kind = "Pod", .ns = sym_str(p->ns), .name = p->name, .uid = p->uid};
}

static enum ended end_victim(const struct ending *t, const struct pod_info *victim)
{
    const struct rest_delete_opts o = {.grace_s = -1, .uid = victim->uid};
    struct err e = ERR_INIT;
    bool done = (victim->preempted || put_condition(t, victim, &e)) &&
                rest_delete(t->s->rest, "v1/pods", sym_str(victim->ns), victim->name, &o, &e);
    if (!done && is_absent(&e)) return GONE_BEFORE;
    if (!done) {
        LOG_W("victim not deleted pod=\"%.*s/%.*s\" err=\"%s\"", STR_ARG(sym_str(victim->ns)), STR_ARG(victim->name),
              e.text);
        return NOT_ENDED;
    }
    struct event_about about = about_pod(victim), related = about_pod(t->pod);
    about.related = &related;
    about.component = sym_str(t->pod->scheduler);
    recorder_event(t->s->recorder, &about, "Normal", "Preempted", "Preempting", NULL,
                   "Preempted by pod %.*s on node %.*s", STR_ARG(t->pod->uid), STR_ARG(sym_str(t->node)));
    return ENDED;
}

/* ---- Pods that wait for the same node and count for less ---- */

/* Referenced, in the arena. */
static const struct pod_info **lower_nominated(const struct ending *t, struct arena *a, int *n)
{
    int all;
    *n = 0;
    cache_lock(t->s->cache);
    const struct pod_info *const *pods = cache_nominated(t->s->cache, t->node, &all);
    const struct pod_info **lower = ARENA_ARRAY(a, const struct pod_info *, all);
    for (int i = 0; i < all; i++)
        if (pods[i]->priority < t->pod->priority && pods[i]->nominated_node) lower[(*n)++] = pod_info_ref(pods[i]);
    cache_unlock(t->s->cache);
    return lower;
}

static bool clear_lower_nominations(const struct ending *t)
{
    struct arena a AUTO_ARENA = {0};
    int n;
    bool all = true;
    const struct pod_info **lower = lower_nominated(t, &a, &n);
    struct json *patch = obj_empty(&a);
    obj_put(&a, patch, ".status.nominatedNodeName", json_null(&a));
    for (int i = 0; i < n; i++) {
        struct err e = ERR_INIT;
        bool done = rest_patch(t->s->rest, "v1/pods", sym_str(lower[i]->ns), lower[i]->name, "status", "strategic",
                               patch, NULL, &e);
        if (!done && e.code != ERR_NOT_FOUND) all = false;
        pod_info_unref(lower[i]);
    }
    return all;
}

/* ---- All of them ---- */

static void ending_free(struct ending *t)
{
    struct scheduler *s = t->s;
    for (int i = 0; i < t->n; i++) pod_info_unref(t->victims[i]);
    pod_info_unref(t->pod);
    sym_unref(t->node);
    config_unref(t->config);
    free(t->victims);
    free(t);
    atomic_fetch_sub(&s->under_way, 1);
    sim_poke(s->sim);
}

/* The last victim goes when the others have been told: once it leaves, the pod may be tried again. If something went
 * wrong, or no event will tell of the last one, it is tried now. */
static void run_ending(struct job *j)
{
    struct ending *t = CONTAINER_OF(j, struct ending, job);
    bool again = !clear_lower_nominations(t), failed = false;
    for (int i = 0; i < t->n && !failed; i++) {
        if (i == t->n - 1) preempting_last(t->registry, t->entry, t->victims[i]->uid);
        enum ended how = end_victim(t, t->victims[i]);
        failed = how == NOT_ENDED;
        if (i == t->n - 1 && how == GONE_BEFORE) again = true;
    }
    preempting_end(t->registry, t->entry);
    if (failed || again) queue_activate(t->s->queue, t->pod->uid);
    ending_free(t);
}

void victims_end(struct scheduler *s, const struct sched_config *config, const struct cycle *cy)
{
    const struct preemption *p = cy->preemption;
    if (!p || p->chosen < 0) return;
    const struct candidate *c = &p->candidates[p->chosen];
    struct ending *t = xcalloc(1, sizeof *t);
    t->victims = xcalloc((size_t)c->nvictims, sizeof *t->victims);
    for (int i = 0; i < c->nvictims; i++)
        if (!c->victims[i]->deleting) t->victims[t->n++] = pod_info_ref(c->victims[i]);
    if (t->n == 0) { /* they end already */
        free(t->victims);
        free(t);
        return;
    }
    t->s = s;
    t->pod = pod_info_ref(cy->pod);
    t->node = sym_get(sym_str(cy->nominated));
    t->config = config_ref(config);
    t->registry = preemption_args_of(cy->profile)->running;
    t->entry = preempting_begin(t->registry, cy->pod->uid);
    t->job.run = run_ending;
    atomic_fetch_add(&s->under_way, 1);
    pool_submit(s->binders, &t->job);
}
