/* trial_tell.c - see trial_tell.h. Reads: cycles, counts.   Writes: trees. */
#include "scheduler/trial_tell.h"

#include "base/map.h"
#include "scheduler/limits.h"

#include <stdlib.h>

struct json *tell_pod(struct arena *a, struct json *result, const struct object *pod)
{
    struct json *row = obj_append(a, result, ".placements");
    obj_put_str(a, row, ".namespace", pod->ns);
    obj_put_str(a, row, ".pod", pod->name);
    return row;
}

/* ---- Why nodes were refused ---- */

struct refusal {
    const char *plugin, *text;
    int nodes;
};

struct refusals {
    struct map by_text; /* plugin and text -> struct refusal */
    struct refusal *v;
    int n;
};

static void add_refusal(struct arena *a, struct refusals *r, int plugin, const char *text, int nodes)
{
    struct str key = str_printf(a, "%d %s", plugin, text);
    struct refusal *known = map_get(&r->by_text, key);
    if (!known) {
        known = &r->v[r->n++];
        *known = (struct refusal){plugin_name(plugin), text, 0};
        map_set(&r->by_text, key, known);
    }
    known->nodes += nodes;
}

static int compare_refusals(const void *x, const void *y)
{
    const struct refusal *a = x, *b = y;
    if (a->nodes != b->nodes) return a->nodes > b->nodes ? -1 : 1;
    int by_plugin = strcmp(a->plugin, b->plugin);
    return by_plugin ? by_plugin : strcmp(a->text, b->text);
}

/* In the cycle's arena. */
static void collect_refusals(struct cycle *cy, struct refusals *r)
{
    struct arena *a = &cy->arena;
    int *nodes = ARENA_ARRAY(a, int, cy->nwhys), most = MAX(0, cy->refusal_why.n);
    for (int i = 0; i < cy->evaluated; i++)
        if (cy->verdicts[i].verdict != V_OK) nodes[cy->verdicts[i].why]++;
    for (int w = 0; w < cy->nwhys; w++) most += cy->whys[w].n;
    r->v = ARENA_ARRAY(a, struct refusal, most);
    for (int w = 0; w < cy->nwhys; w++)
        for (int k = 0; k < cy->whys[w].n; k++) add_refusal(a, r, cy->whys[w].plugin, cy->whys[w].texts[k], nodes[w]);
    if (cy->refusal == V_OK || cy->refused_by < 0) return;
    for (int k = 0; k < cy->refusal_why.n; k++)
        add_refusal(a, r, cy->refused_by, cy->refusal_why.texts[k], cy->all_nodes);
}

void tell_cycle(struct arena *a, struct json *row, struct cycle *cy)
{
    struct refusals r = {0};
    obj_put_int(a, row, ".evaluated", cy->evaluated);
    obj_put_int(a, row, ".feasible", cy->feasible);
    if (cy->chosen >= 0 && cy->scored) obj_put_int(a, row, ".score", cy->totals[cy->chosen]);
    collect_refusals(cy, &r);
    if (r.n) qsort(r.v, (size_t)r.n, sizeof *r.v, compare_refusals);
    for (int i = 0; i < MIN(r.n, TRIAL_FILTERS_SHOWN); i++) {
        struct json *f = obj_append(a, row, ".filters");
        obj_put_cstr(a, f, ".plugin", r.v[i].plugin);
        obj_put_cstr(a, f, ".reason", r.v[i].text);
        obj_put_int(a, f, ".nodes", r.v[i].nodes);
    }
    map_release(&r.by_text, NULL);
}

void tell_victim(struct arena *a, struct json *row, const struct pod_info *victim)
{
    if (obj_count(row, ".victims") >= TRIAL_VICTIMS_SHOWN) return;
    struct json *v = obj_append(a, row, ".victims");
    obj_put_str(a, v, ".namespace", sym_str(victim->ns));
    obj_put_str(a, v, ".name", victim->name);
    obj_put_int(a, v, ".priority", victim->priority);
}

void tell_again(struct arena *a, struct json *row, const struct json *other)
{
    static const char *const paths[] = {".message", ".evaluated", ".feasible", ".filters"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) obj_put_copy(a, row, paths[i], obj_get(other, paths[i]));
}

/* ---- The whole cluster ---- */

static void put_balance(struct arena *a, struct json *row, const char *path, const struct balance *b)
{
    struct json *to = obj_empty(a);
    obj_put_int(a, to, ".meanPercent", b->mean);
    obj_put_int(a, to, ".deviationPercent", b->deviation);
    obj_put_int(a, to, ".minPercent", b->min);
    obj_put_int(a, to, ".maxPercent", b->max);
    obj_put(a, row, path, to);
}

void tell_balance(struct arena *a, struct json *result, const struct balance before[BALANCE_COUNT],
                  const struct balance after[BALANCE_COUNT])
{
    for (int i = 0; i < BALANCE_COUNT; i++) {
        if (!before[i].nodes) continue;
        struct json *row = obj_append(a, result, ".balance");
        obj_put_cstr(a, row, ".resource", balance_names[i]);
        put_balance(a, row, ".before", &before[i]);
        put_balance(a, row, ".after", &after[i]);
    }
}

void tell_spread(struct arena *a, struct json *result, const struct spread_counts *counts, int most)
{
    int told = 0;
    bool empty_too = counts->n <= most; /* where none are is as good to know, as long as there are few */
    for (int i = 0; i < counts->n && told < most; i++) {
        const struct spread_count *c = &counts->v[i];
        if (!empty_too && !c->before && !c->after) continue;
        struct json *row = obj_append(a, result, ".spread");
        obj_put_cstr(a, row, ".topologyKey", counts->key);
        obj_put_str(a, row, ".value", sym_str(c->value));
        obj_put_int(a, row, ".before", c->before);
        obj_put_int(a, row, ".after", c->after);
        told++;
    }
}
