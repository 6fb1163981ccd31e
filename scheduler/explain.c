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

/* Two nodes with the same verdict, reasons and scores are one row. at: the place in fits of a node that fits. */
struct row {
    int verdict, at;
};

static bool same_row(const struct cycle *cy, const struct row *a, const struct row *b)
{
    const struct node_verdict *x = &cy->verdicts[a->verdict], *y = &cy->verdicts[b->verdict];
    if (x->verdict != y->verdict) return false;
    if (x->verdict != V_OK) return x->plugin == y->plugin && x->why == y->why;
    for (int c = 0; c < cy->ncolumns; c++)
        if (cy->columns[c].raw[a->at] != cy->columns[c].raw[b->at]) return false;
    return true;
}

static const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {[V_OK] = "Success",
                                        [V_SKIP] = "Skip",
                                        [V_UNSCHEDULABLE] = "Unschedulable",
                                        [V_UNSCHEDULABLE_AND_UNRESOLVABLE] = "UnschedulableAndUnresolvable",
                                        [V_ERROR] = "Error"};
    return names[v];
}

static void row_filters(struct cycle *cy, struct json *row, const struct node_verdict *v)
{
    struct arena *a = &cy->arena;
    const struct profile *p = cy->profile;
    for (int i = 0; i < p->count[POINT_FILTER]; i++) {
        int plugin = p->order[POINT_FILTER][i];
        if (cy->skip_filter & 1u << plugin) continue;
        bool refused = v->verdict != V_OK && v->plugin == plugin;
        struct json *f = obj_append(a, row, ".filters");
        obj_put_cstr(a, f, ".plugin", sched_plugins[plugin]->name);
        obj_put_cstr(a, f, ".code", verdict_name(refused ? (enum verdict)v->verdict : V_OK));
        for (int k = 0; refused && k < cy->whys[v->why].n; k++)
            obj_append_str(a, f, ".reasons", str_of(cy->whys[v->why].texts[k]));
        if (refused) return;
    }
}

static void row_scores(struct cycle *cy, struct json *row, int at)
{
    struct arena *a = &cy->arena;
    for (int c = 0; c < cy->ncolumns; c++) {
        const struct score_column *column = &cy->columns[c];
        struct json *s = obj_append(a, row, ".scores");
        obj_put_cstr(a, s, ".plugin", sched_plugins[column->plugin]->name);
        obj_put_int(a, s, ".raw", column->raw[at]);
        obj_put_int(a, s, ".normalized", column->normalized[at]);
        obj_put_int(a, s, ".weight", column->weight);
        obj_put_int(a, s, ".weighted", column->normalized[at] * column->weight);
        obj_put_cstr(a, s, ".source", sched_plugins[column->plugin]->source);
    }
    if (cy->scored) obj_put_int(a, row, ".total", cy->totals[at]);
}

static void decision_nodes(struct cycle *cy, struct json *status)
{
    struct arena *a = &cy->arena;
    struct json **trees = ARENA_ARRAY(a, struct json *, cy->evaluated);
    struct row *rows = ARENA_ARRAY(a, struct row, cy->evaluated);
    int nrows = 0, fit = 0;
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_verdict *v = &cy->verdicts[i];
        const struct row now = {i, v->verdict == V_OK ? fit++ : -1};
        int at = 0;
        while (at < nrows && !same_row(cy, &rows[at], &now)) at++;
        if (at == nrows) {
            struct json *tree = trees[nrows] = obj_append(a, status, ".nodes");
            rows[nrows++] = now;
            obj_put(a, tree, ".names", obj_list(a));
            obj_put_bool(a, tree, ".feasible", v->verdict == V_OK);
            row_filters(cy, tree, v);
            if (v->verdict == V_OK) row_scores(cy, tree, now.at);
        }
        obj_append_str(a, trees[at], ".names", cycle_node_at(cy, i));
    }
}

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
    obj_put_int(a, status, ".evaluated", cy->evaluated);
    obj_put_int(a, status, ".feasible", cy->feasible);
    obj_put_int(a, status, ".allNodes", cy->all_nodes);
    if (cy->ties > 1) obj_put_int(a, status, ".tie.nodes", cy->ties);
    obj_put_int(a, status, ".extensionPoints.filterMicros", cy->filter_ns / 1000);
    obj_put_int(a, status, ".extensionPoints.scoreMicros", cy->score_ns / 1000);
    if (cy->refused_by >= 0) obj_put_cstr(a, status, ".refusedBy", sched_plugins[cy->refused_by]->name);
    decision_nodes(cy, status);
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
