/* result_notes.c - see result_notes.h.
 * Reads: a computed cycle.   Writes: texts on the heap. */
#include "scheduler/result_notes.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY(name) "kube-scheduler-simulator.sigs.k8s.io/" name

const char *const result_keys[RESULT_COUNT] = {
    [RESULT_BIND] = KEY("bind-result"),
    [RESULT_FILTER] = KEY("filter-result"),
    [RESULT_FINALSCORE] = KEY("finalscore-result"),
    [RESULT_PERMIT] = KEY("permit-result"),
    [RESULT_PERMIT_TIMEOUT] = KEY("permit-result-timeout"),
    [RESULT_POSTFILTER] = KEY("postfilter-result"),
    [RESULT_PREBIND] = KEY("prebind-result"),
    [RESULT_PREFILTER] = KEY("prefilter-result"),
    [RESULT_PREFILTER_STATUS] = KEY("prefilter-result-status"),
    [RESULT_PRESCORE] = KEY("prescore-result"),
    [RESULT_RESERVE] = KEY("reserve-result"),
    [RESULT_SCORE] = KEY("score-result"),
    [RESULT_SELECTED_NODE] = KEY("selected-node"),
};

/* Of nodes, and so in parts: node -> plugin -> text. */
static const enum result by_node[] = {RESULT_FILTER, RESULT_FINALSCORE, RESULT_POSTFILTER, RESULT_SCORE};
enum { BY_NODE = ARRAY_LEN(by_node) };

struct noted_node {
    int node;                         /* in the table */
    uint32_t at[BY_NODE], n[BY_NODE]; /* its entries in the text; n 0: none */
};

struct result_notes {
    const struct node_table *table; /* referenced */
    struct noted_node *nodes;       /* the most important first */
    int n, all;                     /* all: those for which there was no room, too */
    struct buf entries;
    char *fixed[RESULT_COUNT]; /* values that are not by node; NULL: "{}" */
};

/* ---- Text as Go writes it ---- */

/* Escapes of one byte; 0: none. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static bool is_line_end(struct str s, size_t i) /* U+2028, U+2029 */
{
    struct str rest = str_from(s, i);
    return str_starts(rest, STR("\xe2\x80\xa8")) || str_starts(rest, STR("\xe2\x80\xa9"));
}

void result_write_string(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        int length = utf8_length(s.p + i, s.n - i);
        if (short_escape(c)) {
            buf_char(out, '\\');
            buf_char(out, short_escape(c));
        } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
            buf_addf(out, "\\u%04x", c);
        } else if (length == 0) {
            buf_cstr(out, "\\ufffd");
        } else if (is_line_end(s, i)) {
            buf_addf(out, "\\u20%02x", (unsigned char)s.p[i + 2] - 0x80);
        } else {
            buf_add(out, s.p + i, (size_t)length);
        }
        i += (size_t)MAX(length, 1);
    }
    buf_char(out, '"');
}

/* ---- Plugin -> text ---- */

struct said { /* by one plugin */
    const char *plugin;
    struct str text;
    int at; /* its place in the order in which they are asked */
};

struct saids {
    struct said v[2 * PLUGINS_MAX];
    int n;
};

static const struct str success = {"success", 7};

static void say(struct saids *s, const char *plugin, struct str text)
{
    s->v[s->n] = (struct said){plugin, text, s->n};
    s->n++;
}

static int compare_saids(const void *a, const void *b)
{
    return strcmp(((const struct said *)a)->plugin, ((const struct said *)b)->plugin);
}

static void sort_saids(struct saids *s) { qsort(s->v, (size_t)s->n, sizeof *s->v, compare_saids); }

static void write_pair(struct buf *out, const char **before, const char *plugin, struct str text)
{
    buf_cstr(out, *before);
    result_write_string(out, str_of(plugin));
    buf_char(out, ':');
    result_write_string(out, text);
    *before = ",";
}

/* {"A":"success","B":""}; heap */
static char *map_of(struct saids *s)
{
    struct buf out;
    const char *before = "{";
    buf_init(&out, RESULTS_MAX);
    sort_saids(s);
    for (int i = 0; i < s->n; i++)
        write_pair(&out, &before, s->v[i].plugin, str_n(s->v[i].text.p, MIN(s->v[i].text.n, (size_t)RESULT_TEXT_MAX)));
    buf_cstr(&out, s->n ? "}" : "{}");
    return buf_take(&out);
}

static void join_reasons(struct buf *out, const struct why *w)
{
    for (int i = 0; i < w->n; i++) buf_addf(out, "%s%s", i ? ", " : "", w->texts[i]);
}

/* ---- What plugins of ours leave out because they have nothing to do there, and upstream's are asked all the same ----
 */

static const struct {
    enum point point;
    const char *plugin;
    enum point asked; /* if the profile asks it there */
    const char *text;
} silent[] = {
    {POINT_PRE_SCORE, "TaintToleration", POINT_SCORE, "success"},
    {POINT_PRE_SCORE, "VolumeBinding", POINT_FILTER, ""},
    {POINT_SCORE, "DynamicResources", POINT_PRE_FILTER, "0"},
    {POINT_RESERVE, "DynamicResources", POINT_PRE_FILTER, "success"},
    {POINT_PRE_BIND, "DynamicResources", POINT_PRE_FILTER, "success"},
};

static void say_silent(struct saids *s, const struct profile *p, enum point point)
{
    for (size_t i = 0; i < ARRAY_LEN(silent); i++)
        if (silent[i].point == point && profile_asks(p, silent[i].asked, plugin_find(str_of(silent[i].plugin))))
            say(s, silent[i].plugin, str_of(silent[i].text));
}

/* ---- PreFilter, PreScore ---- */

static char *prefilter_status(const struct cycle *cy)
{
    const struct profile *p = cy->profile;
    struct buf refusal AUTO_BUF = {0}, error AUTO_BUF = {0};
    struct saids s = {.n = 0};
    buf_init(&refusal, RESULTS_MAX);
    buf_init(&error, RESULTS_MAX);
    join_reasons(&refusal, &cy->refusal_why);
    join_reasons(&error, &cy->now);
    for (int i = 0; i < cy->prefiltered; i++) {
        int plugin = p->order[POINT_PRE_FILTER][i];
        struct str text = cy->skip_filter >> plugin & 1 ? STR("") : success;
        if (plugin == cy->refused_by) text = buf_view(&refusal);
        if (cy->error && !cy->evaluated && i == cy->prefiltered - 1) text = buf_view(&error);
        say(&s, sched_plugins[plugin]->name, text);
    }
    return map_of(&s);
}

static int compare_syms(const void *a, const void *b)
{
    return str_cmp(sym_str(*(const struct sym *const *)a), sym_str(*(const struct sym *const *)b));
}

/* {"NodeAffinity":["a","b"]} */
static char *prefilter_result(const struct cycle *cy)
{
    struct buf out;
    const char *before = "{";
    buf_init(&out, RESULTS_MAX);
    int n = MIN(cy->nonly, RESULT_NAMES);
    const struct sym **names = xcalloc((size_t)cy->nonly + 1, sizeof *names);
    if (cy->nonly) memcpy(names, cy->only, (size_t)cy->nonly * sizeof *names);
    qsort(names, (size_t)cy->nonly, sizeof *names, compare_syms);
    for (int i = 0; sched_plugins[i]; i++) {
        if (!(cy->only_by >> i & 1)) continue;
        buf_addf(&out, "%s\"%s\":[", before, sched_plugins[i]->name);
        for (int k = 0; k < n; k++) {
            if (k) buf_char(&out, ',');
            result_write_string(&out, sym_str(names[k]));
        }
        buf_char(&out, ']');
        before = ",";
    }
    buf_cstr(&out, cy->only_by ? "}" : "{}");
    free(names);
    return buf_take(&out);
}

static char *prescore_result(const struct cycle *cy)
{
    const struct profile *p = cy->profile;
    struct buf error AUTO_BUF = {0};
    struct saids s = {.n = 0};
    bool failed = false;
    buf_init(&error, RESULTS_MAX);
    join_reasons(&error, &cy->now);
    for (int i = 0; i < p->count[POINT_PRE_SCORE] && !failed; i++) {
        int plugin = p->order[POINT_PRE_SCORE][i];
        failed = cy->error && plugin == cy->running;
        say(&s, sched_plugins[plugin]->name,
            failed                         ? buf_view(&error)
            : cy->skip_score >> plugin & 1 ? STR("")
                                           : success);
    }
    if (!failed) say_silent(&s, p, POINT_PRE_SCORE);
    return map_of(&s);
}

/* ---- Nodes ---- */

struct noting { /* of the nodes of one cycle */
    const struct cycle *cy;
    struct result_notes *to;
    struct saids filters, scores; /* sorted; at of a score: its column */
    int columns;                  /* of plugins; those of extenders, which are told nowhere, stand behind them */
    bool posted;                  /* PostFilter plugins were asked */
};

static void gather(struct noting *w)
{
    const struct profile *p = w->cy->profile;
    for (int i = 0; i < p->count[POINT_FILTER]; i++)
        if (!(w->cy->skip_filter >> p->order[POINT_FILTER][i] & 1))
            say(&w->filters, sched_plugins[p->order[POINT_FILTER][i]]->name, STR("passed"));
    while (w->columns < w->cy->ncolumns && w->cy->columns[w->columns].plugin < EXTENDER_FIRST) w->columns++;
    for (int i = 0; i < w->columns; i++) say(&w->scores, sched_plugins[w->cy->columns[i].plugin]->name, STR_NULL);
    if (w->cy->ncolumns) say_silent(&w->scores, p, POINT_SCORE);
    sort_saids(&w->filters);
    sort_saids(&w->scores);
}

static int place_of(const struct saids *s, const char *plugin)
{
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->v[i].plugin, plugin) == 0) return s->v[i].at;
    return -1;
}

static void write_filters(struct buf *out, const struct noting *w, const struct node_verdict *v)
{
    struct buf reasons AUTO_BUF = {0};
    const char *before = "";
    bool passed = v->verdict == V_OK || v->plugin >= EXTENDER_FIRST;
    int refused = passed ? w->filters.n : place_of(&w->filters, sched_plugins[v->plugin]->name);
    buf_init(&reasons, RESULTS_MAX);
    if (v->verdict != V_OK) join_reasons(&reasons, &w->cy->whys[v->why]);
    for (int i = 0; i < w->filters.n; i++) {
        const struct said *s = &w->filters.v[i];
        if (s->at <= refused) write_pair(out, &before, s->plugin, s->at == refused ? buf_view(&reasons) : s->text);
    }
}

static void write_scores(struct buf *out, const struct noting *w, int fit, bool final)
{
    const char *before = "";
    for (int i = 0; i < w->scores.n; i++) {
        const struct said *s = &w->scores.v[i];
        char text[24];
        if (s->at >= w->columns) { /* a silent one */
            write_pair(out, &before, s->plugin, s->text);
            continue;
        }
        const struct score_column *c = &w->cy->columns[s->at];
        int n = snprintf(text, sizeof text, "%lld", (long long)(final ? c->normalized[fit] * c->weight : c->raw[fit]));
        write_pair(out, &before, s->plugin, str_n(text, (size_t)n));
    }
}

/* What is said of a node at one of by_node; false: nothing. */
static bool write_entry(struct buf *out, const struct noting *w, enum result r, int node, int verdict, int fit)
{
    const struct cycle *cy = w->cy;
    struct str name = sym_str(cy->table->names[node]);
    if (r == RESULT_FILTER ? verdict < 0 || !w->filters.n : r == RESULT_POSTFILTER ? !w->posted : fit < 0) return false;
    result_write_string(out, name);
    buf_cstr(out, ":{");
    if (r == RESULT_FILTER)
        write_filters(out, w, &cy->verdicts[verdict]);
    else if (r != RESULT_POSTFILTER)
        write_scores(out, w, fit, r == RESULT_FINALSCORE);
    else if (cy->nominated == cy->table->names[node])
        buf_cstr(out, "\"DefaultPreemption\":\"preemption victim\"");
    buf_char(out, '}');
    return true;
}

/* One that is refused has fit -1; one that was not looked at verdict -1, too. */
static void note_node(struct noting *w, int node, int verdict, int fit)
{
    struct result_notes *to = w->to;
    if (to->entries.n > RESULTS_MAX) return; /* no room for more, whatever the pod has */
    struct noted_node *n = &to->nodes[to->n++];
    *n = (struct noted_node){.node = node};
    for (int i = 0; i < BY_NODE; i++) {
        n->at[i] = (uint32_t)to->entries.n;
        if (write_entry(&to->entries, w, by_node[i], node, verdict, fit)) n->n[i] = (uint32_t)to->entries.n - n->at[i];
    }
}

struct fit_rank {
    int64_t total;
    int fit;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct fit_rank *x = a, *y = b;
    if (x->total != y->total) return x->total > y->total ? -1 : 1;
    return x->fit - y->fit;
}

/* The chosen node, the others that fit by their points, the nominated one, and the rest in order. */
static void note_nodes(struct noting *w)
{
    const struct cycle *cy = w->cy;
    struct result_notes *to = w->to;
    bool all = !cy->evaluated && w->posted; /* a prefilter refused them */
    to->all = all ? cy->table->n : cy->evaluated;
    to->nodes = xcalloc((size_t)to->all + 1, sizeof *to->nodes);
    struct fit_rank *ranks = xcalloc((size_t)cy->feasible + 1, sizeof *ranks);
    for (int i = 0; i < cy->feasible; i++)
        ranks[i] = (struct fit_rank){i == cy->chosen ? INT64_MAX : cy->ncolumns ? cy->totals[i] : 0, i};
    qsort(ranks, (size_t)cy->feasible, sizeof *ranks, compare_ranks);
    for (int i = 0; i < cy->feasible; i++) {
        int at = cy->fits[ranks[i].fit];
        note_node(w, cy->verdicts[at].node, at, cy->ncolumns ? ranks[i].fit : -1);
    }
    free(ranks);
    for (int nominated = 1; nominated >= 0; nominated--)
        for (int i = 0; i < to->all; i++) {
            int node = all ? i : cy->verdicts[i].node;
            bool refused = all || cy->verdicts[i].verdict != V_OK;
            if (refused && (cy->table->names[node] == cy->nominated) == nominated) note_node(w, node, all ? -1 : i, -1);
        }
}

/* ---- All of it ---- */

struct result_notes *result_notes_of(const struct cycle *cy)
{
    if (!cy->all_nodes) return NULL;
    struct result_notes *t = xcalloc(1, sizeof *t);
    struct noting w = {.cy = cy, .to = t};
    w.posted = !cy->feasible && !cy->error && cy->profile->count[POINT_POST_FILTER];
    t->table = node_table_ref(cy->table);
    buf_init(&t->entries, 2 * RESULTS_MAX);
    t->fixed[RESULT_PREFILTER_STATUS] = prefilter_status(cy);
    t->fixed[RESULT_PREFILTER] = prefilter_result(cy);
    if (cy->scored) t->fixed[RESULT_PRESCORE] = prescore_result(cy);
    t->fixed[RESULT_SELECTED_NODE] = str_dup(cy->chosen >= 0 ? cycle_node(cy) : STR(""));
    gather(&w);
    note_nodes(&w);
    return t;
}

/* `running Reserve plugin "X": text` -> X and the text. */
static bool failed_at(const char *error, const char *point, struct str *plugin, struct str *text)
{
    AUTO_FREE char *head = xasprintf("running %s plugin \"", point);
    struct str s = error ? str_of(error) : STR("");
    if (!str_starts(s, str_of(head))) return false;
    *plugin = str_cut(str_from(s, strlen(head)), '"', text);
    if (str_starts(*text, STR(": "))) *text = str_from(*text, 2);
    return true;
}

/* Those of the point in order, up to the one that failed. True: one did. */
static bool say_until(struct result_notes *t, const struct profile *p, enum result r, enum point point,
                      const char *name, const char *error)
{
    struct str plugin = STR_NULL, text = STR_NULL;
    struct saids s = {.n = 0};
    bool failed = failed_at(error, name, &plugin, &text), reached = false;
    for (int i = 0; i < p->count[point] && !reached; i++) {
        const char *it = sched_plugins[p->order[point][i]]->name;
        reached = failed && str_eqc(plugin, it);
        say(&s, it, reached ? text : success);
    }
    if (!reached) say_silent(&s, p, point);
    free(t->fixed[r]);
    t->fixed[r] = map_of(&s);
    return failed;
}

void result_notes_end(struct result_notes *t, const struct profile *p, const char *error)
{
    struct saids s = {.n = 0};
    if (!t) return;
    if (say_until(t, p, RESULT_RESERVE, POINT_RESERVE, "Reserve", error)) return;
    if (say_until(t, p, RESULT_PREBIND, POINT_PRE_BIND, "PreBind", error)) return;
    say(&s, "DefaultBinder", error ? str_of(error) : success);
    free(t->fixed[RESULT_BIND]);
    t->fixed[RESULT_BIND] = map_of(&s);
}

void result_notes_free(struct result_notes *t)
{
    if (!t) return;
    node_table_unref(t->table);
    for (int i = 0; i < RESULT_COUNT; i++) free(t->fixed[i]);
    buf_release(&t->entries);
    free(t->nodes);
    free(t);
}

/* ---- As values ---- */

static struct str fixed(const struct result_notes *t, int r) { return t->fixed[r] ? str_of(t->fixed[r]) : STR("{}"); }

size_t result_notes_bytes(const struct result_notes *t)
{
    size_t all = sizeof *t + t->entries.cap + (size_t)t->all * sizeof *t->nodes;
    for (int r = 0; r < RESULT_COUNT; r++) all += fixed(t, r).n;
    return all;
}

int result_notes_nodes(const struct result_notes *t) { return t->all; }

int result_notes_fit(const struct result_notes *t, size_t room)
{
    size_t used = 0;
    int n = 0;
    for (int r = 0; r < RESULT_COUNT; r++) used += fixed(t, r).n;
    if (used > room) return -1;
    for (; n < t->n; n++) {
        for (int i = 0; i < BY_NODE; i++) used += t->nodes[n].n[i] + 1;
        if (used > room) break;
    }
    return n;
}

static int compare_entries(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Entries begin with the name, whose end is a quote: no name has a character before that, so they sort as names do. */
static void write_nodes(struct buf *out, const struct result_notes *t, int map, int nodes)
{
    struct str *v = xcalloc((size_t)nodes + 1, sizeof *v);
    size_t n = 0;
    for (int i = 0; i < nodes; i++)
        if (t->nodes[i].n[map]) v[n++] = str_n(t->entries.p + t->nodes[i].at[map], t->nodes[i].n[map]);
    qsort(v, n, sizeof *v, compare_entries);
    buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i) buf_char(out, ',');
        buf_str(out, v[i]);
    }
    buf_char(out, '}');
    free(v);
}

void result_notes_write(struct buf *out, const struct result_notes *t, enum result r, int nodes)
{
    for (int i = 0; i < BY_NODE; i++)
        if (by_node[i] == r) {
            write_nodes(out, t, i, nodes);
            return;
        }
    buf_str(out, fixed(t, (int)r));
}
