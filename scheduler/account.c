/* account.c - see account.h.
 * Reads: a computed cycle.   Writes: text. */
#include "scheduler/account.h"

#include "api/ledger.h"
#include "scheduler/preemption.h"

#include <stdlib.h>

/* The place of a plugin in the table, or of an extender behind them. */
static int place_of(int plugin)
{
    int n = 0;
    if (plugin < EXTENDER_FIRST) return plugin;
    while (sched_plugins[n]) n++;
    return n + plugin - EXTENDER_FIRST;
}

/* ---- Nodes ---- */

static int verdict_of(const struct node_verdict *v) { return v->verdict == V_OK ? 0 : v->why + 1; }

static uint64_t bits(const struct node_verdict *v)
{
    uint64_t all;
    _Static_assert(sizeof all == sizeof *v, "a verdict is compared as a whole");
    memcpy(&all, v, sizeof all);
    return all;
}

/* How many of the n verdicts are alike, of one node and the next. */
static int alike(const struct node_verdict *v, int n)
{
    const struct node_verdict one = {.node = 1};
    const uint64_t step = bits(&one);
    uint64_t next = bits(v) + step;
    int i = 1;
    for (; i < n && bits(&v[i]) == next; i++) next += step;
    return i;
}

static void write_nodes(struct buf *out, const struct cycle *cy)
{
    struct runs nodes, verdicts;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, DECISION_TEXT_MAX);
    buf_cstr(out, ",\"nodes\":\"");
    runs_begin(&nodes, out);
    runs_begin(&verdicts, &text);
    for (int i = 0, at = -1; i < cy->evaluated;) {
        const struct node_verdict *v = &cy->verdicts[i];
        int n = alike(v, cy->evaluated - i);
        runs_repeat(&nodes, v->node - at, 1);
        if (n > 1) runs_repeat(&nodes, 1, (uint64_t)n - 1);
        runs_repeat(&verdicts, verdict_of(v), (uint64_t)n);
        at = v->node + n - 1;
        i += n;
    }
    runs_end(&nodes);
    runs_end(&verdicts);
    buf_cstr(out, "\",\"verdicts\":\"");
    buf_str(out, buf_view(&text));
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

static void write_reasons(struct buf *out, const struct why *w)
{
    buf_cstr(out, ",\"reasons\":[");
    for (int i = 0; i < w->n; i++) {
        if (i) buf_char(out, ',');
        json_write_string(out, str_of(w->texts[i]));
    }
    buf_char(out, ']');
}

static void write_class(struct buf *out, const struct why *w)
{
    buf_cstr(out, "{\"plugin\":");
    buf_i64(out, place_of(w->plugin));
    buf_cstr(out, ",\"code\":\"");
    buf_cstr(out, verdict_names[w->verdict]);
    buf_char(out, '"');
    write_reasons(out, w);
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

/* ---- Where no victims help ---- */

static bool same_refusal(const struct hopeless *a, const struct hopeless *b)
{
    bool same = a->verdict == b->verdict && a->why.n == b->why.n;
    for (int i = 0; i < a->why.n && same; i++) same = strcmp(a->why.texts[i], b->why.texts[i]) == 0;
    return same;
}

/* For each node the first of those that were refused alike; -1: too many different ones. */
static int *heads_of(const struct preemption *p)
{
    int heads[HOPELESS_TOLD], n = 0, *head = xcalloc((size_t)p->nhopeless + 1, sizeof *head);
    for (int i = 0; i < p->nhopeless; i++) {
        int k = n - 1;
        while (k >= 0 && !same_refusal(&p->hopeless[heads[k]], &p->hopeless[i])) k--;
        if (k < 0 && n < HOPELESS_TOLD) heads[k = n++] = i;
        head[i] = k < 0 ? -1 : heads[k];
    }
    return head;
}

static void write_alike(struct buf *out, const struct preemption *p, const int *head, int first)
{
    struct runs r;
    buf_cstr(out, "{\"code\":\"");
    buf_cstr(out, verdict_names[p->hopeless[first].verdict]);
    buf_char(out, '"');
    write_reasons(out, &p->hopeless[first].why);
    buf_cstr(out, ",\"nodes\":\"");
    runs_begin(&r, out);
    for (int i = first, at = -1; i < p->nhopeless; i++) {
        if (head[i] != first) continue;
        runs_repeat(&r, p->hopeless[i].node - at, 1);
        at = p->hopeless[i].node;
    }
    runs_end(&r);
    buf_cstr(out, "\"}");
}

static void write_hopeless(struct buf *out, const struct preemption *p)
{
    AUTO_FREE int *head = heads_of(p);
    bool any = false;
    for (int i = 0; i < p->nhopeless; i++) {
        if (head[i] != i) continue;
        buf_cstr(out, any ? "," : ",\"hopeless\":[");
        any = true;
        write_alike(out, p, head, i);
    }
    if (any) buf_char(out, ']');
}

/* ---- Plugins ---- */

/* Those of a point that skipped, or that did not; and extenders. */
static void write_plugins(struct buf *out, const char *key, const struct profile *p, enum point point, uint32_t skips,
                          bool skipped, uint32_t extenders)
{
    struct runs r;
    buf_cstr(out, key);
    runs_begin(&r, out);
    for (int i = 0; i < p->count[point]; i++)
        if ((skips >> p->order[point][i] & 1) == skipped) runs_repeat(&r, p->order[point][i], 1);
    for (int i = 0; extenders; i++, extenders >>= 1)
        if (extenders & 1) runs_repeat(&r, place_of(EXTENDER_FIRST + i), 1);
    runs_end(&r);
    buf_char(out, '"');
}

/* When any was asked. */
static void write_extenders(struct buf *out, const struct cycle *cy)
{
    for (int i = 0; cy->notes && i < cy->profile->extenders->n; i++) {
        buf_cstr(out, i ? "," : ",\"extenders\":[");
        json_write_string(out, str_of(cy->profile->extenders->v[i].url));
    }
    if (cy->notes) buf_char(out, ']');
}

static void write_column(struct buf *out, const struct score_column *c, size_t n)
{
    buf_cstr(out, "{\"plugin\":");
    buf_i64(out, place_of(c->plugin));
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
    write_plugins(out, ",\"unscored\":\"", cy->profile, POINT_SCORE, cy->skip_score, true, 0);
}

/* ---- The numbers ---- */

struct number {
    const char *key; /* with what stands before it */
    int64_t v;       /* 0: left out */
};

static void write_numbers(struct buf *out, const struct number *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].v) continue;
        buf_cstr(out, rows[i].key);
        buf_i64(out, rows[i].v);
    }
}

static void write_names(struct buf *out, const char *key, uint32_t plugins)
{
    bool any = false;
    for (int i = 0; sched_plugins[i]; i++) {
        if (!(plugins >> i & 1)) continue;
        buf_cstr(out, any ? ",\"" : key);
        buf_cstr(out, sched_plugins[i]->name);
        buf_char(out, '"');
        any = true;
    }
    if (any) buf_char(out, ']');
}

/* Members of the Decision's status. As text: it is a tenth of the work of a tree, and there is one for each pod. */
static void write_status(struct buf *out, const struct cycle *cy)
{
    const struct cycle_times *t = &cy->times;
    const struct number counts[] = {
        {",\"leftOut\":", cy->left_out},
        {",\"sampledOut\":", cy->sampled_out},
        {",\"score\":", cy->scored && cy->chosen >= 0 ? cy->totals[cy->chosen] : 0},
        {",\"tie\":{\"nodes\":", cy->ties > 1 ? cy->ties : 0},
    };
    const struct number times[] = {
        {",\"extensionPoints\":{\"preFilterNanos\":", MAX(t->prefilter, 1)},
        {",\"filterNanos\":", t->filter},
        {",\"postFilterNanos\":", t->postfilter},
        {",\"preScoreNanos\":", t->prescore},
        {",\"scoreNanos\":", t->score},
        {",\"normalizeScoreNanos\":", t->normalize},
    };
    buf_cstr(out, "{\"evaluated\":");
    buf_i64(out, cy->evaluated);
    buf_cstr(out, ",\"feasible\":");
    buf_i64(out, cy->feasible);
    buf_cstr(out, ",\"allNodes\":");
    buf_i64(out, cy->all_nodes);
    write_numbers(out, counts, ARRAY_LEN(counts));
    if (cy->ties > 1) buf_cstr(out, cy->preferred ? ",\"brokenBy\":\"Shown\"}" : ",\"brokenBy\":\"Chance\"}");
    if (cy->left_out) write_names(out, ",\"leftOutBy\":[\"", cy->only_by);
    write_numbers(out, times, ARRAY_LEN(times));
    buf_cstr(out, "}}");
}

void account_write(struct buf *out, const struct cycle *cy)
{
    buf_cstr(out, "{\"table\":");
    buf_u64(out, cy->table->id);
    buf_cstr(out, ",\"status\":");
    write_status(out, cy);
    write_nodes(out, cy);
    write_refusals(out, cy);
    write_extenders(out, cy);
    write_plugins(out, ",\"filters\":\"", cy->profile, POINT_FILTER, cy->skip_filter, false,
                  cy->extended ? cy->extended->filtered : 0);
    write_plugins(out, ",\"skipped\":\"", cy->profile, POINT_FILTER, cy->skip_filter, true, 0);
    if (cy->scored) write_scores(out, cy);
    if (cy->preemption) write_hopeless(out, cy->preemption);
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
    buf_reserve(&text, DECISION_TEXT_USUAL);
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
    const struct json *tree = parsed(a, &ledger);
    struct ledger_table *t = ledger_table_read(parsed(a, &table), &e);
    if (t && ledger_read(&l, a, tree, t, &e)) {
        ledger_write_nodes(&nodes, &l);
        ledger_write_plugins(&plugins, &l);
        for (OBJ_EACH(it, tree, ".status"))
            obj_put(a, decision, arena_printf(a, ".status.%.*s", STR_ARG(obj_key(it))), obj_copy(a, it));
        if (buf_ok(&nodes) && buf_ok(&plugins)) {
            obj_put(a, decision, ".status.plugins", obj_copy(a, parsed(a, &plugins)));
            obj_put(a, decision, ".status.nodes", obj_copy(a, parsed(a, &nodes)));
        }
    }
    ledger_table_free(t);
}
