/* account.c - see account.h.
 * Reads: a computed cycle.   Writes: text. */
#include "scheduler/account.h"

#include "api/ledger.h"

#include <stdlib.h>

const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {[V_OK] = "Success",
                                        [V_SKIP] = "Skip",
                                        [V_UNSCHEDULABLE] = "Unschedulable",
                                        [V_UNSCHEDULABLE_AND_UNRESOLVABLE] = "UnschedulableAndUnresolvable",
                                        [V_ERROR] = "Error"};
    return names[v];
}

/* ---- Nodes ---- */

static void write_nodes(struct buf *out, const struct cycle *cy)
{
    struct runs r;
    int at = -1;
    buf_cstr(out, ",\"nodes\":\"");
    runs_begin(&r, out);
    for (int i = 0; i < cy->evaluated; i++) {
        runs_put(&r, cy->verdicts[i].node - at);
        at = cy->verdicts[i].node;
    }
    runs_end(&r);
    buf_cstr(out, "\",\"verdicts\":\"");
    runs_begin(&r, out);
    for (int i = 0; i < cy->evaluated; i++) {
        const struct node_verdict *v = &cy->verdicts[i];
        runs_put(&r, v->verdict == V_OK ? 0 : v->why + 1);
    }
    runs_end(&r);
    buf_char(out, '"');
}

/* ---- Refusals ---- */

static void write_lacking(struct buf *out, const struct why *w)
{
    int n = 0;
    for (int i = 0; i < w->n; i++) {
        if (w->lacking[i] < 0) continue;
        buf_cstr(out, n++ ? "," : ",\"lacking\":[");
        buf_i64(out, w->lacking[i]);
    }
    if (n) buf_char(out, ']');
}

static void write_class(struct buf *out, const struct why *w)
{
    buf_cstr(out, "{\"plugin\":");
    buf_i64(out, w->plugin);
    buf_cstr(out, ",\"code\":\"");
    buf_cstr(out, verdict_name(w->verdict));
    buf_cstr(out, "\",\"reasons\":[");
    for (int i = 0; i < w->n; i++) {
        if (i) buf_char(out, ',');
        json_write_string(out, str_of(w->texts[i]));
    }
    buf_char(out, ']');
    if (w->detail) {
        buf_cstr(out, ",\"detail\":");
        json_write_string(out, str_of(w->detail));
    }
    if (w->nominated) buf_cstr(out, ",\"nominated\":true");
    write_lacking(out, w);
    buf_char(out, '}');
}

static void write_refusals(struct buf *out, const struct cycle *cy)
{
    for (int i = 0; i < cy->nwhys; i++) {
        buf_cstr(out, i ? "," : ",\"classes\":[");
        write_class(out, &cy->whys[i]);
    }
    if (cy->nwhys) buf_char(out, ']');
    for (int i = 0; i < cy->nlacks; i++) {
        buf_cstr(out, i ? ",{\"resource\":" : ",\"amounts\":[{\"resource\":");
        json_write_string(out, str_of(cy->lacks[i].resource));
        buf_cstr(out, ",\"values\":\"");
        runs_write(out, cy->lacks[i].v, (size_t)cy->lacks[i].n);
        buf_cstr(out, "\"}");
    }
    if (cy->nlacks) buf_char(out, ']');
}

/* ---- Plugins ---- */

/* Those of a point that skipped, or that did not. */
static void write_plugins(struct buf *out, const char *name, const struct profile *p, enum point point, uint32_t skips,
                          bool skipped)
{
    struct runs r;
    buf_addf(out, ",\"%s\":\"", name);
    runs_begin(&r, out);
    for (int i = 0; i < p->count[point]; i++)
        if ((skips >> p->order[point][i] & 1) == skipped) runs_put(&r, p->order[point][i]);
    runs_end(&r);
    buf_char(out, '"');
}

static void write_column(struct buf *out, const struct score_column *c, size_t n)
{
    buf_cstr(out, "{\"plugin\":");
    buf_i64(out, c->plugin);
    buf_cstr(out, ",\"weight\":");
    buf_i64(out, c->weight);
    buf_cstr(out, ",\"raw\":\"");
    runs_write(out, c->raw, n);
    if (c->normalized != c->raw && memcmp(c->normalized, c->raw, n * sizeof *c->raw) != 0) {
        buf_cstr(out, "\",\"normalized\":\"");
        runs_write(out, c->normalized, n);
    }
    buf_cstr(out, "\"}");
}

static void write_scores(struct buf *out, const struct cycle *cy)
{
    for (int i = 0; i < cy->ncolumns; i++) {
        buf_cstr(out, i ? "," : ",\"scores\":[");
        write_column(out, &cy->columns[i], (size_t)cy->feasible);
    }
    if (cy->ncolumns) buf_char(out, ']');
    write_plugins(out, "unscored", cy->profile, POINT_SCORE, cy->skip_score, true);
}

void account_write(struct buf *out, const struct cycle *cy)
{
    buf_cstr(out, "{\"table\":");
    buf_u64(out, cy->table->id);
    write_nodes(out, cy);
    write_refusals(out, cy);
    write_plugins(out, "filters", cy->profile, POINT_FILTER, cy->skip_filter, false);
    write_plugins(out, "skipped", cy->profile, POINT_FILTER, cy->skip_filter, true);
    if (cy->scored) write_scores(out, cy);
    buf_char(out, '}');
}

void account_write_table(struct buf *out, const struct node_table *t)
{
    buf_cstr(out, "{\"id\":");
    buf_u64(out, t->id);
    buf_cstr(out, ",\"nodes\":[");
    for (int i = 0; i < t->n; i++) {
        if (i) buf_char(out, ',');
        json_write_string(out, sym_str(t->names[i]));
    }
    buf_cstr(out, "],\"plugins\":[");
    for (int i = 0; sched_plugins[i]; i++) {
        buf_cstr(out, i ? ",{\"name\":" : "{\"name\":");
        json_write_string(out, str_of(sched_plugins[i]->name));
        buf_cstr(out, ",\"source\":");
        json_write_string(out, str_of(sched_plugins[i]->source));
        buf_char(out, '}');
    }
    buf_cstr(out, "]}");
}

/* ---- On its way ---- */

struct account account_make(const struct json *decision, const struct cycle *cy)
{
    struct account a = {0};
    struct buf text;
    buf_init(&text, DECISION_TEXT_MAX);
    json_write(&text, decision);
    size_t head = text.n;
    if (cy) {
        text.n--; /* the brace that ends it comes behind the ledger */
        buf_cstr(&text, ",\"ledger\":");
        account_write(&text, cy);
        buf_char(&text, '}');
    }
    if (cy && buf_ok(&text)) {
        a.table = node_table_ref(cy->table);
    } else if (cy) { /* better than nothing */
        text.n = head;
        text.p[head - 1] = '}';
        text.p[head] = '\0';
    }
    a.n = text.n;
    a.text = buf_take(&text);
    return a;
}

void account_release(struct account *a)
{
    free(a->text);
    node_table_unref(a->table);
    *a = (struct account){0};
}

/* ---- Shown at once ---- */

static const struct json *parsed(struct arena *a, struct buf *text)
{
    struct err e = ERR_INIT;
    struct str kept = str_copy(a, buf_view(text)); /* the tree points into it */
    return json_parse(a, kept, &e);
}

void account_show(struct json *decision, struct arena *a, const struct cycle *cy)
{
    struct err e = ERR_INIT;
    struct buf ledger AUTO_BUF = {0}, table AUTO_BUF = {0}, nodes AUTO_BUF = {0}, plugins AUTO_BUF = {0};
    struct ledger l;
    if (cy->evaluated > ACCOUNT_SHOWN_MAX / 100) return; /* an entry is longer than that */
    buf_init(&ledger, DECISION_TEXT_MAX);
    buf_init(&table, DECISION_TEXT_MAX);
    buf_init(&nodes, ACCOUNT_SHOWN_MAX);
    buf_init(&plugins, ACCOUNT_SHOWN_MAX);
    account_write(&ledger, cy);
    account_write_table(&table, cy->table);
    struct ledger_table *t = ledger_table_read(parsed(a, &table), &e);
    if (t && ledger_read(&l, a, parsed(a, &ledger), t, &e)) {
        ledger_write_nodes(&nodes, &l);
        ledger_write_plugins(&plugins, &l);
        if (buf_ok(&nodes) && buf_ok(&plugins)) {
            obj_put(a, decision, ".status.plugins", obj_copy(a, parsed(a, &plugins)));
            obj_put(a, decision, ".status.nodes", obj_copy(a, parsed(a, &nodes)));
        }
    }
    ledger_table_free(t);
}
