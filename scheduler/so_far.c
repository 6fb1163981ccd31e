/* so_far.c - see so_far.h.
 * Reads: a cycle between two calls of plugins.   Writes: a tree. */
#include "scheduler/so_far.h"

#include "scheduler/account.h"
#include "scheduler/explain.h"

static void put_score(struct arena *a, struct json *node, const struct score_column *c, int i, int64_t *total)
{
    struct json *s = obj_append(a, node, ".scores");
    obj_put_cstr(a, s, ".plugin", plugin_name(c->plugin));
    obj_put_int(a, s, ".raw", c->raw[i]);
    obj_put_int(a, s, ".weight", c->weight);
    if (!c->normalized) return;
    obj_put_int(a, s, ".normalized", c->normalized[i]);
    obj_put_int(a, s, ".weighted", c->normalized[i] * c->weight);
    *total += c->normalized[i] * c->weight;
}

/* Of the i-th node that fits. */
static void put_scores(struct arena *a, struct json *node, const struct cycle *cy, int i, int scored)
{
    int64_t total = 0;
    bool all = cy->ncolumns > 0;
    for (int k = 0; k < cy->ncolumns; k++) {
        const struct score_column *c = &cy->columns[k];
        bool last = k == cy->ncolumns - 1;
        if (last && !c->normalized && i >= scored) continue;
        put_score(a, node, c, i, &total);
        all = all && c->normalized;
    }
    if (all) obj_put_int(a, node, ".total", total);
}

static void put_under_way(struct arena *a, struct json *d, struct cycle *cy, const struct under_way *w)
{
    struct json *node = obj_append(a, d, ".status.nodes");
    obj_put_str(a, node, ".name", sym_str(w->node->name));
    for (int i = 0; i < w->npassed; i++) {
        struct json *f = obj_append(a, node, ".filters");
        obj_put_cstr(a, f, ".plugin", sched_plugins[w->passed[i]]->name);
        obj_put_cstr(a, f, ".code", verdict_names[V_OK]);
    }
    if (w->verdict == V_OK) return;
    struct json *f = obj_append(a, node, ".filters");
    obj_put_cstr(a, f, ".plugin", sched_plugins[cy->running]->name);
    obj_put_cstr(a, f, ".code", verdict_names[w->verdict]);
    for (int i = 0; i < cy->now.n; i++) obj_append_str(a, f, ".reasons", str_of(cy->now.texts[i]));
    if (cy->now.detail) obj_put_cstr(a, f, ".detail", cy->now.detail);
}

struct json *so_far(struct cycle *cy, struct arena *a, const struct queued_pod *q, const struct under_way *w)
{
    struct json *d = explain_so_far(cy, a, q);
    struct cycle known = *cy; /* the account of an unfinished cycle has no scores */
    int fits = 0;
    known.scored = false;
    known.ncolumns = 0;
    account_show(d, a, &known);
    JSON_FOREACH(node, obj_edit(d, ".status.nodes"))
    if (obj_bool(node, ".feasible", false) && fits < cy->feasible) {
        put_scores(a, node, cy, fits, w->scored);
        fits++;
    }
    if (w->node) put_under_way(a, d, cy, w);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, SO_FAR_MAX);
    json_write(&text, d);
    if (buf_ok(&text)) return d;
    obj_del(d, ".status.nodes");
    obj_put_bool(a, d, ".status.cut", true);
    return d;
}
