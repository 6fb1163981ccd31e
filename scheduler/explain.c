/* explain.c - see explain.h.
 * Reads: a computed cycle.   Writes: texts and trees in its arena. */
#include "scheduler/explain.h"

#include "base/clk.h"
#include "base/map.h"

#include <stdlib.h>

/* ---- The histogram of reasons ---- */

struct reason {
    const char *text;
    int count;
};

/* How many nodes were refused with each set of reasons, and so with each reason. */
static struct reason *histogram(struct cycle *cy, int *count)
{
    struct map seen = {0};
    int *refused = ARENA_ARRAY(&cy->arena, int, cy->nwhys), texts = 0;
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->verdicts[i].verdict != V_OK) refused[cy->verdicts[i].why]++;
    for (int w = 0; w < cy->nwhys; w++) texts += cy->whys[w].n;
    struct reason *list = ARENA_ARRAY(&cy->arena, struct reason, texts + 1);
    *count = 0;
    for (int w = 0; w < cy->nwhys; w++) {
        for (int k = 0; k < cy->whys[w].n; k++) {
            const char *text = cy->whys[w].texts[k];
            struct reason *known = map_get(&seen, str_of(text));
            if (!known) {
                known = &list[(*count)++];
                known->text = text;
                map_set(&seen, str_of(text), known);
            }
            known->count += refused[w];
        }
    }
    map_release(&seen, NULL);
    return list;
}

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static struct str refusal_of_all(struct cycle *cy)
{
    const char *text = arena_printf(&cy->arena, "0/%d nodes are available:", cy->all_nodes);
    for (int i = 0; i < cy->refusal_why.n; i++)
        text = arena_printf(&cy->arena, "%s%s %s", text, i ? "," : "", cy->refusal_why.texts[i]);
    return str_printf(&cy->arena, "%s.", text);
}

struct str explain_failure(struct cycle *cy)
{
    if (cy->all_nodes == 0) return STR("no nodes available to schedule pods");
    if (cy->refusal != V_OK) return refusal_of_all(cy);
    int n;
    struct reason *reasons = histogram(cy, &n);
    if (cy->only_by && cy->evaluated < cy->all_nodes)
        reasons[n++] =
            (struct reason){arena_printf(&cy->arena, "node(s) didn't satisfy plugin(s) %s", cycle_narrowers(cy)),
                            cy->all_nodes - cy->evaluated}; /* those were not looked at */
    char **lines = ARENA_ARRAY(&cy->arena, char *, n + 1);
    for (int i = 0; i < n; i++) lines[i] = arena_printf(&cy->arena, "%d %s", reasons[i].count, reasons[i].text);
    qsort(lines, (size_t)n, sizeof *lines, compare_lines);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    buf_addf(&b, "0/%d nodes are available:", cy->all_nodes);
    for (int i = 0; i < n; i++) buf_addf(&b, "%s %s", i ? "," : "", lines[i]);
    if (n) buf_char(&b, '.');
    return str_copy(&cy->arena, buf_view(&b));
}

/* ---- The decision ---- */

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
    obj_put_microtime(a, d, ".status.queue.added", q->added_ns);
    obj_put_cstr(a, d, ".status.queue.wokenBy", q->woken_by);
    return d;
}

struct json *explain_error(struct arena *a, const struct queued_pod *q, const char *scheduler, struct str error)
{
    struct json *d = decision_head(a, q, scheduler);
    obj_put_cstr(a, d, ".status.result", "Error");
    obj_put_str(a, d, ".status.message", error);
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
    int n;
    struct reason *reasons = histogram(cy, &n);
    for (int i = 0; i < n && i < REASONS_MAX; i++)
        obj_append_str(a, facts, ".why", str_printf(a, "%d %s", reasons[i].count, reasons[i].text));
}
