/* explain.c - see explain.h.
 * Reads: a computed cycle.   Writes: texts and trees in its arena. */
#include "scheduler/explain.h"

#include "base/clk.h"

#include <stdlib.h>

/* ---- The histogram of reasons ---- */

struct reason {
    const char *text;
    int count;
};

static struct reason *histogram(struct cycle *cy, int *count)
{
    struct map seen = {0};
    struct reason *list = ARENA_ARRAY(&cy->arena, struct reason, cy->evaluated * REASONS_MAX + 1);
    *count = 0;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_result *r = &cy->results[i];
        for (int k = 0; k < r->nreasons; k++) {
            struct reason *known = map_get(&seen, str_of(r->reasons[k]));
            if (!known) {
                known = &list[(*count)++];
                known->text = r->reasons[k];
                map_set(&seen, str_of(r->reasons[k]), known);
            }
            known->count++;
        }
    }
    map_release(&seen, NULL);
    return list;
}

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

struct str explain_failure(struct cycle *cy)
{
    if (cy->all_nodes == 0) return STR("no nodes available to schedule pods");
    if (cy->refused_by >= 0)
        return str_printf(&cy->arena, "0/%d nodes are available: %s.", cy->all_nodes,
                          cy->refusal.nreasons ? cy->refusal.reasons[0] : "");
    int n;
    struct reason *reasons = histogram(cy, &n);
    char **lines = ARENA_ARRAY(&cy->arena, char *, n + 1);
    for (int i = 0; i < n; i++) lines[i] = arena_printf(&cy->arena, "%d %s", reasons[i].count, reasons[i].text);
    qsort(lines, (size_t)n, sizeof *lines, compare_lines);
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    buf_addf(&b, "0/%d nodes are available:", cy->all_nodes);
    for (int i = 0; i < n; i++) buf_addf(&b, "%s %s", i ? "," : "", lines[i]);
    buf_char(&b, '.');
    return str_copy(&cy->arena, buf_view(&b));
}

/* ---- The decision ---- */

/* Two nodes with the same verdict, reasons and scores are one row. */
static bool same_row(const struct node_result *a, const struct node_result *b)
{
    if (a->verdict != b->verdict || a->nreasons != b->nreasons || a->total != b->total) return false;
    if (a->verdict != V_OK && a->plugin != b->plugin) return false;
    for (int i = 0; i < a->nreasons; i++)
        if (strcmp(a->reasons[i], b->reasons[i]) != 0) return false;
    return memcmp(a->scores, b->scores, sizeof a->scores) == 0;
}

static const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {[V_OK] = "Success",
                                        [V_SKIP] = "Skip",
                                        [V_UNSCHEDULABLE] = "Unschedulable",
                                        [V_UNSCHEDULABLE_AND_UNRESOLVABLE] = "UnschedulableAndUnresolvable"};
    return names[v];
}

static void row_filters(struct cycle *cy, struct json *row, const struct node_result *r)
{
    struct arena *a = &cy->arena;
    for (int p = 0; sched_plugins[p]; p++) {
        if (cy->skip_filter[p]) continue;
        bool refused = r->verdict != V_OK && r->plugin == p;
        struct json *f = obj_append(a, row, ".filters");
        obj_put_cstr(a, f, ".plugin", sched_plugins[p]->name);
        obj_put_cstr(a, f, ".code", verdict_name(refused ? r->verdict : V_OK));
        for (int k = 0; refused && k < r->nreasons; k++) obj_append_str(a, f, ".reasons", str_of(r->reasons[k]));
        if (refused) return;
    }
}

static void row_scores(struct cycle *cy, struct json *row, const struct node_result *r)
{
    struct arena *a = &cy->arena;
    for (int p = 0; cy->scored && sched_plugins[p]; p++) {
        if (cy->skip_score[p]) continue;
        struct json *s = obj_append(a, row, ".scores");
        obj_put_cstr(a, s, ".plugin", sched_plugins[p]->name);
        obj_put_int(a, s, ".raw", r->scores[p].raw);
        obj_put_int(a, s, ".normalized", r->scores[p].normalized);
        obj_put_int(a, s, ".weight", sched_plugins[p]->weight);
        obj_put_int(a, s, ".weighted", r->scores[p].normalized * sched_plugins[p]->weight);
        obj_put_cstr(a, s, ".source", sched_plugins[p]->source);
    }
    if (cy->scored) obj_put_int(a, row, ".total", r->total);
}

static void decision_nodes(struct cycle *cy, struct json *status)
{
    struct arena *a = &cy->arena;
    struct json **rows = ARENA_ARRAY(a, struct json *, cy->evaluated);
    int *first = ARENA_ARRAY(a, int, cy->evaluated), nrows = 0;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_result *r = &cy->results[i];
        int at = 0;
        while (at < nrows && !same_row(&cy->results[first[at]], r)) at++;
        if (at == nrows) {
            struct json *row = rows[nrows] = obj_append(a, status, ".nodes");
            first[nrows++] = i;
            obj_put(a, row, ".names", obj_list(a));
            obj_put_bool(a, row, ".feasible", r->verdict == V_OK);
            row_filters(cy, row, r);
            if (r->verdict == V_OK) row_scores(cy, row, r);
        }
        obj_append_str(a, rows[at], ".names", r->name);
    }
}

struct json *explain_decision(struct cycle *cy, const char *error)
{
    struct arena *a = &cy->arena;
    const struct object *pod = cy->pod->object;
    struct json *d = obj_new(a, "sim.kubestep.dev/v1", "Decision"), *status = obj_empty(a);
    obj_put_fmt(a, d, ".metadata.name", "%.*s-%d", STR_ARG(pod->name), cy->queued->attempts);
    obj_put_str(a, d, ".metadata.namespace", pod->ns);
    obj_put_str(a, d, ".spec.pod", pod->name);
    obj_put_str(a, d, ".spec.uid", pod->uid);
    obj_put_int(a, d, ".spec.attempt", cy->queued->attempts);
    obj_put_cstr(a, d, ".spec.profile", "default-scheduler");
    obj_put(a, d, ".status", status);
    obj_put_cstr(a, status, ".result", error ? "Error" : cy->chosen < 0 ? "Unschedulable" : "Scheduled");
    if (cy->chosen >= 0) obj_put_str(a, status, ".node", cycle_node(cy));
    if (error)
        obj_put_cstr(a, status, ".message", error);
    else if (cy->chosen < 0)
        obj_put_str(a, status, ".message", explain_failure(cy));
    obj_put_int(a, status, ".evaluated", cy->evaluated);
    obj_put_int(a, status, ".feasible", cy->feasible);
    obj_put_int(a, status, ".allNodes", cy->all_nodes);
    obj_put_microtime(a, status, ".time", clk_ns());
    obj_put_microtime(a, status, ".queue.added", cy->queued->added_ns);
    obj_put_cstr(a, status, ".queue.wokenBy", cy->queued->woken_by);
    if (cy->ties > 1) obj_put_int(a, status, ".tie.nodes", cy->ties);
    obj_put_int(a, status, ".extensionPoints.filterMicros", cy->filter_ns / 1000);
    obj_put_int(a, status, ".extensionPoints.scoreMicros", cy->score_ns / 1000);
    if (cy->refused_by >= 0) obj_put_cstr(a, status, ".refusedBy", sched_plugins[cy->refused_by]->name);
    decision_nodes(cy, status);
    return d;
}

void explain_facts(struct cycle *cy, struct json *facts)
{
    struct arena *a = &cy->arena;
    obj_put_int(a, facts, ".nodes", cy->evaluated);
    obj_put_int(a, facts, ".fit", cy->feasible);
    if (cy->chosen >= 0) {
        obj_put_str(a, facts, ".node", cycle_node(cy));
        if (cy->scored) obj_put_int(a, facts, ".score", cy->results[cy->chosen].total);
    }
    int n;
    struct reason *reasons = histogram(cy, &n);
    for (int i = 0; i < n && i < REASONS_MAX; i++)
        obj_append_str(a, facts, ".why", str_printf(a, "%d %s", reasons[i].count, reasons[i].text));
}
