/* ledger_write.c - a ledger in full, for those who look: status.nodes and status.plugins of a Decision.
 * Reads: a ledger that was checked.   Writes: JSON text. */
#include "api/ledger.h"

#include "api/quantity.h"

#include <stdlib.h>

/* ---- What nodes of one class share ---- */

struct shared {      /* text that is the same for all of them, made once */
    struct buf text; /* class 0: they fit */
    size_t *at;      /* of class i; heap */
};

static void write_success(struct buf *out, struct str plugin, bool first)
{
    buf_cstr(out, first ? "{\"plugin\":" : ",{\"plugin\":");
    json_write_string(out, plugin);
    buf_cstr(out, ",\"code\":\"Success\"}");
}

static void write_reasons(struct buf *out, const struct json *reasons)
{
    int n = 0;
    for (OBJ_EACH(it, reasons, "")) {
        buf_cstr(out, n++ ? "," : ",\"reasons\":[");
        json_write_string(out, obj_text(it));
    }
    if (n) buf_char(out, ']');
}

/* Without the end of its last entry: what a node lacks belongs there. */
static void write_refusal(struct buf *out, const struct ledger *l, const struct ledger_class *c)
{
    buf_cstr(out, c->plugin ? ",{\"plugin\":" : "{\"plugin\":");
    json_write_string(out, ledger_plugin(l, l->filters[c->plugin]));
    buf_cstr(out, ",\"code\":");
    json_write_string(out, c->code);
    write_reasons(out, c->reasons);
    if (c->detail.n) {
        buf_cstr(out, ",\"detail\":");
        json_write_string(out, c->detail);
    }
    if (c->nominated) buf_cstr(out, ",\"nominated\":true");
}

static void write_shared(struct buf *out, const struct ledger *l, uint32_t class)
{
    const struct ledger_class *c = class ? &l->classes[class - 1] : NULL;
    int n = c ? c->plugin : l->nfilters;
    buf_addf(out, ",\"feasible\":%s,\"filters\":[", c ? "false" : "true");
    for (int i = 0; i < n; i++) write_success(out, ledger_plugin(l, l->filters[i]), i == 0);
    if (c)
        write_refusal(out, l, c);
    else
        buf_char(out, ']');
}

static void share(struct shared *s, const struct ledger *l)
{
    buf_init(&s->text, LEDGER_SIZE_MAX);
    s->at = xcalloc(l->nclasses + 2, sizeof *s->at);
    for (uint32_t i = 0; i <= l->nclasses; i++) {
        write_shared(&s->text, l, i);
        s->at[i + 1] = s->text.n;
    }
}

/* ---- What is a node's own ---- */

static void write_amount(struct buf *out, struct str resource, int64_t v)
{
    char text[QTY_TEXT_MAX];
    bool bytes = str_eqc(resource, "memory") || str_eqc(resource, "ephemeral-storage") ||
                 str_starts(resource, STR("hugepages-"));
    struct qty q =
        str_eqc(resource, "cpu") ? qty_of_milli(v, QTY_DECIMAL_SI) : qty_of(v, bytes ? QTY_BINARY_SI : QTY_DECIMAL_SI);
    buf_cstr(out, "{\"resource\":");
    json_write_string(out, resource);
    buf_cstr(out, ",\"amount\":\"");
    buf_cstr(out, qty_write(&q, text));
    buf_cstr(out, "\"}");
}

static void write_lacking(struct buf *out, const struct ledger *l, const struct ledger_class *c,
                          struct runs_cursor *amounts)
{
    for (uint32_t i = 0; i < c->nlacking; i++) {
        buf_cstr(out, i ? "," : ",\"lacking\":[");
        write_amount(out, l->amounts[c->lacking[i]].resource, runs_one(&amounts[c->lacking[i]]));
    }
    buf_cstr(out, c->nlacking ? "]}]" : "}]");
}

struct numbers { /* of one column, as they come */
    struct runs_cursor raw, normalized;
};

static void write_scores(struct buf *out, const struct ledger *l, struct numbers *n)
{
    uint64_t total = 0;
    for (int i = 0; i < l->ncolumns; i++) {
        const struct ledger_column *c = &l->columns[i];
        int64_t normalized = runs_one(&n[i].normalized);
        uint64_t weighted = (uint64_t)normalized * (uint64_t)c->weight;
        total += weighted;
        buf_cstr(out, i ? ",{\"plugin\":" : ",\"scores\":[{\"plugin\":");
        json_write_string(out, ledger_plugin(l, c->plugin));
        buf_cstr(out, ",\"raw\":");
        buf_i64(out, runs_one(&n[i].raw));
        buf_cstr(out, ",\"normalized\":");
        buf_i64(out, normalized);
        buf_cstr(out, ",\"weight\":");
        buf_i64(out, c->weight);
        buf_cstr(out, ",\"weighted\":");
        buf_i64(out, (int64_t)weighted);
        buf_char(out, '}');
    }
    if (!l->ncolumns) return;
    buf_cstr(out, "],\"total\":");
    buf_i64(out, (int64_t)total);
}

/* For each node of the table which of the hopeless it belongs to, counted from 1; heap. NULL: none is. */
static uint8_t *hopeless_of(const struct ledger *l)
{
    if (!l->nhopeless) return NULL;
    uint8_t *of = xcalloc(l->table->nnodes + 1, 1);
    for (int i = 0; i < l->nhopeless; i++) {
        struct runs_reader r = runs_of(l->hopeless[i].nodes);
        int64_t at = -1, step;
        for (uint32_t count; runs_next(&r, &step, &count);)
            for (; count; count--) of[at += step] = (uint8_t)(i + 1);
    }
    return of;
}

static void write_preemption(struct buf *out, const struct ledger_hopeless *h)
{
    buf_cstr(out, ",\"preemption\":{\"code\":");
    json_write_string(out, h->code);
    write_reasons(out, h->reasons);
    buf_char(out, '}');
}

void ledger_write_nodes(struct buf *out, const struct ledger *l)
{
    const struct ledger_table *t = l->table;
    struct shared s;
    struct numbers n[LEDGER_PLUGINS_MAX];
    struct runs_cursor steps = runs_cursor(l->nodes), verdicts = runs_cursor(l->verdicts), amounts[LEDGER_AMOUNTS_MAX];
    int64_t at = -1;
    for (int i = 0; i < l->ncolumns; i++)
        n[i] = (struct numbers){runs_cursor(l->columns[i].raw), runs_cursor(l->columns[i].normalized)};
    for (int i = 0; i < l->namounts; i++) amounts[i] = runs_cursor(l->amounts[i].values);
    AUTO_FREE uint8_t *hopeless = hopeless_of(l);
    share(&s, l);
    buf_char(out, '[');
    for (uint32_t i = 0; i < l->evaluated && buf_ok(out); i++) {
        int64_t class = runs_one(&verdicts);
        at += runs_one(&steps);
        buf_cstr(out, i ? ",{\"name\":" : "{\"name\":");
        json_write_string(out, str_n(t->text + t->at[at], t->at[at + 1] - t->at[at]));
        buf_add(out, s.text.p + s.at[class], s.at[class + 1] - s.at[class]);
        if (class)
            write_lacking(out, l, &l->classes[class - 1], amounts);
        else
            write_scores(out, l, n);
        if (hopeless && hopeless[at]) write_preemption(out, &l->hopeless[hopeless[at] - 1]);
        buf_char(out, '}');
    }
    buf_char(out, ']');
    buf_release(&s.text);
    free(s.at);
}

/* ---- Plugins ---- */

static const char *state(const uint8_t *asked, int nasked, const uint8_t *skipped, int nskipped, int plugin)
{
    for (int i = 0; i < nasked; i++)
        if (asked[i] == plugin) return "Asked";
    for (int i = 0; i < nskipped; i++)
        if (skipped[i] == plugin) return "Skipped";
    return NULL;
}

void ledger_write_plugins(struct buf *out, const struct ledger *l)
{
    uint8_t scored[LEDGER_PLUGINS_MAX];
    bool any = false;
    for (int i = 0; i < l->ncolumns; i++) scored[i] = l->columns[i].plugin;
    buf_char(out, '[');
    for (int p = 0; p < (int)(l->table->nplugins + l->nextenders); p++) {
        const char *filter = state(l->filters, l->nfilters, l->skipped, l->nskipped, p);
        const char *score = state(scored, l->ncolumns, l->unscored, l->nunscored, p);
        if (!filter && !score) continue;
        buf_cstr(out, any ? ",{\"name\":" : "{\"name\":");
        any = true;
        json_write_string(out, ledger_plugin(l, p));
        if (p < (int)l->table->nplugins) {
            buf_cstr(out, ",\"source\":");
            json_write_string(out, l->table->sources[p]);
        }
        if (filter) buf_addf(out, ",\"filter\":\"%s\"", filter);
        if (score) buf_addf(out, ",\"score\":\"%s\"", score);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}
