/* explain.c - see explain.h.
 * Reads: a computed cycle.   Writes: texts and trees in its arena. */
#include "scheduler/explain.h"

#include "base/clk.h"
#include "scheduler/preemption.h"
#include "scheduler/reasons.h"

/* ---- The reasons ---- */

/* How many nodes were refused with each set of reasons, and so with each reason. */
static void count_reasons(struct cycle *cy, struct reasons *r)
{
    int *refused = ARENA_ARRAY(&cy->arena, int, cy->nwhys);
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->verdicts[i].verdict != V_OK) refused[cy->verdicts[i].why]++;
    for (int w = 0; w < cy->nwhys; w++)
        for (int k = 0; k < cy->whys[w].n; k++) reasons_add(r, cy->whys[w].texts[k], refused[w]);
}

static struct str refusal_of_all(struct cycle *cy)
{
    const char *text = arena_printf(&cy->arena, "0/%d nodes are available:", cy->all_nodes);
    for (int i = 0; i < cy->refusal_why.n; i++)
        text = arena_printf(&cy->arena, "%s%s %s", text, i ? "," : "", cy->refusal_why.texts[i]);
    return str_printf(&cy->arena, "%s.", text);
}

static struct str why_none_fits(struct cycle *cy)
{
    struct reasons r;
    reasons_init(&r, &cy->arena);
    count_reasons(cy, &r);
    int told = cy->evaluated - cy->silent;
    if (cy->only_by && told < cy->all_nodes) /* those were not looked at, or extenders say nothing of them */
        reasons_add(&r, arena_printf(&cy->arena, "node(s) didn't satisfy plugin(s) %s", cycle_narrowers(cy)),
                    cy->all_nodes - told);
    struct str text = reasons_text(&r, cy->all_nodes);
    reasons_release(&r);
    return text;
}

struct str explain_failure(struct cycle *cy)
{
    if (cy->all_nodes == 0) return STR("no nodes available to schedule pods");
    struct str text = cy->refusal != V_OK ? refusal_of_all(cy) : why_none_fits(cy);
    return cy->post_text ? str_printf(&cy->arena, "%.*s %s", STR_ARG(text), cy->post_text) : text;
}

/* ---- The decision ---- */

/* ---- Preemption ---- */

static const char *lost_text(enum lost lost)
{
    static const char *const texts[] = {
        [LOST_NOT] = NULL,
        [LOST_BUDGETS] = "another node breaks fewer disruption budgets",
        [LOST_HIGHEST] = "on another node the most important victim is less important",
        [LOST_SUM] = "on another node the priorities of the victims add up to less",
        [LOST_COUNT] = "on another node fewer victims are enough",
        [LOST_STARTED] = "on another node the most important victims started later",
        [LOST_POSITION] = "another node, as good in all, was tried first",
    };
    return texts[lost];
}

static void put_candidate(struct cycle *cy, struct json *to, const struct candidate *c)
{
    struct arena *a = &cy->arena;
    const char *lost = lost_text(c->lost);
    obj_put_str(a, to, ".node", sym_str(cy->table->names[c->node]));
    obj_put_bool(a, to, ".chosen", c->lost == LOST_NOT);
    if (lost) obj_put_cstr(a, to, ".reason", lost);
    obj_put_int(a, to, ".budgetViolations", c->violations);
    obj_put_int(a, to, ".highestPriority", c->highest);
    obj_put_int(a, to, ".prioritySum", c->sum);
    obj_put_int(a, to, ".victimCount", c->nvictims);
    obj_put_time(a, to, ".earliestStart", c->started_s);
    for (int i = 0; i < MIN(c->nvictims, VICTIMS_SHOWN); i++) {
        struct json *v = obj_append(a, to, ".victims");
        obj_put_str(a, v, ".namespace", sym_str(c->victims[i]->ns));
        obj_put_str(a, v, ".name", c->victims[i]->name);
        obj_put_int(a, v, ".priority", c->victims[i]->priority);
    }
}

static void put_preemption(struct cycle *cy, struct json *status, const struct preemption *p)
{
    struct arena *a = &cy->arena;
    struct json *to = obj_empty(a);
    obj_put(a, status, ".preemption", to);
    obj_put_int(a, to, ".potentialNodes", p->potential);
    obj_put_int(a, to, ".candidatesWanted", p->enough);
    obj_put_int(a, to, ".candidateCount", p->ncandidates);
    if (p->message.n) obj_put_str(a, to, ".message", p->message);
    if (p->chosen >= 0) {
        obj_put_str(a, to, ".node", sym_str(cy->table->names[p->candidates[p->chosen].node]));
        put_candidate(cy, obj_append(a, to, ".candidates"), &p->candidates[p->chosen]);
    }
    for (int i = 0; i < MIN(p->ncandidates, CANDIDATES_SHOWN); i++)
        if (i != p->chosen) put_candidate(cy, obj_append(a, to, ".candidates"), &p->candidates[i]);
    obj_put_int(a, to, ".hopelessNodes", p->nhopeless);
}

/* ---- The queue ---- */

static void put_plugins(struct arena *a, struct json *to, const char *path, uint32_t plugins)
{
    for (int i = 0; sched_plugins[i]; i++)
        if (plugins & 1u << i) obj_append_str(a, to, path, str_of(sched_plugins[i]->name));
    if (plugins & EXTENDER_REFUSED) obj_append_str(a, to, path, STR("Extender"));
}

static void put_queue(struct arena *a, struct json *status, const struct queued_pod *q)
{
    static const char *const places[] = {
        [QUEUE_ACTIVE] = "Active", [QUEUE_BACKOFF] = "Backoff", [QUEUE_UNSCHEDULABLE] = "Unschedulable",
        [QUEUE_GATED] = "Gated",   [QUEUE_IN_CYCLE] = "Cycle",  [QUEUE_NOWHERE] = "None"};
    obj_put_microtime(a, status, ".queue.added", q->added_ns);
    obj_put_cstr(a, status, ".queue.wokenBy", q->woken_by);
    put_plugins(a, status, ".queue.waitedFor", q->refusers);
    for (int i = MAX(0, q->nmoves - QUEUE_MOVES); i < q->nmoves; i++) {
        const struct queue_move *m = &q->moves[i % QUEUE_MOVES];
        struct json *row = obj_append(a, status, ".queue.moves");
        obj_put_microtime(a, row, ".time", m->at_ns);
        obj_put_cstr(a, row, ".to", places[m->to]);
        obj_put_cstr(a, row, ".event", m->event);
        put_plugins(a, row, ".plugins", m->refusers);
    }
}

/* ---- Extenders ---- */

static void put_extenders(struct cycle *cy, struct json *status)
{
    static const char *const fields[EXTENDER_BIND] = {".filterNanos", ".prioritizeNanos", ".preemptNanos"};
    for (int i = 0; cy->notes && i < cy->profile->extenders->n; i++) {
        const struct extender_note *note = &cy->notes[i];
        struct json *row = obj_append(&cy->arena, status, ".extenders");
        obj_put_cstr(&cy->arena, row, ".url", cy->profile->extenders->v[i].url);
        for (int v = 0; v < EXTENDER_BIND; v++)
            if (note->nanos[v]) obj_put_int(&cy->arena, row, fields[v], note->nanos[v]);
        if (note->error) obj_put_cstr(&cy->arena, row, ".error", note->error);
    }
}

/* ---- All of it ---- */

/* Name, pod and queue; the caller adds what was found. */
static struct json *decision_head(struct arena *a, const struct queued_pod *q, const char *scheduler)
{
    struct json *d = obj_new(a, "sim.kubestep.dev/v1", "Decision");
    const struct pod_info *pod = q->pod;
    obj_put_fmt(a, d, ".metadata.name", "%.*s-%d", STR_ARG(pod->name), q->attempts);
    obj_put_str(a, d, ".metadata.namespace", sym_str(pod->ns));
    obj_put_str(a, d, ".spec.pod", pod->name);
    obj_put_str(a, d, ".spec.uid", pod->uid);
    obj_put_int(a, d, ".spec.attempt", q->attempts);
    obj_put_cstr(a, d, ".spec.profile", scheduler);
    obj_put_microtime(a, d, ".status.time", clk_ns());
    put_queue(a, obj_edit(d, ".status"), q);
    return d;
}

struct json *explain_error(struct arena *a, const struct queued_pod *q, const char *scheduler, struct str error)
{
    struct json *d = decision_head(a, q, scheduler);
    obj_put_cstr(a, d, ".status.result", "Error");
    obj_put_str(a, d, ".status.message", error);
    return d;
}

struct json *explain_so_far(const struct cycle *cy, struct arena *a, const struct queued_pod *q)
{
    struct json *d = decision_head(a, q, cy->profile->scheduler);
    if (cy->chosen >= 0) obj_put_str(a, d, ".status.node", cycle_node(cy));
    if (cy->refused_by >= 0) obj_put_cstr(a, d, ".status.refusedBy", sched_plugins[cy->refused_by]->name);
    return d;
}

struct json *explain_decision(struct cycle *cy, const struct queued_pod *q)
{
    struct arena *a = &cy->arena;
    struct json *d = decision_head(a, q, cy->profile->scheduler), *status = obj_edit(d, ".status");
    obj_put_cstr(a, status, ".result", cy->chosen < 0 ? "Unschedulable" : "Scheduled");
    if (cy->chosen >= 0)
        obj_put_str(a, status, ".node", cycle_node(cy));
    else
        obj_put_str(a, status, ".message", explain_failure(cy));
    if (cy->refused_by >= 0) obj_put_cstr(a, status, ".refusedBy", sched_plugins[cy->refused_by]->name);
    if (cy->preemption) put_preemption(cy, status, cy->preemption);
    put_extenders(cy, status);
    return d;
}

void explain_facts(struct cycle *cy, struct arena *a, struct json *facts)
{
    obj_put_int(a, facts, ".nodes", cy->evaluated);
    obj_put_int(a, facts, ".fit", cy->feasible);
    if (cy->chosen >= 0) {
        obj_put_str(a, facts, ".node", cycle_node(cy));
        if (cy->scored) obj_put_int(a, facts, ".score", cy->totals[cy->chosen]);
    }
    struct reasons r;
    reasons_init(&r, &cy->arena);
    count_reasons(cy, &r);
    for (int i = 0; i < r.n && i < REASONS_MAX; i++)
        obj_append_str(a, facts, ".why", str_printf(a, "%d %s", r.v[i].count, r.v[i].text));
    reasons_release(&r);
    const struct preemption *p = cy->preemption;
    if (p && p->chosen >= 0) {
        const struct candidate *c = &p->candidates[p->chosen];
        obj_put_str(a, facts, ".preempts.node", sym_str(cy->table->names[c->node]));
        obj_put_int(a, facts, ".preempts.victims", c->nvictims);
    }
}
