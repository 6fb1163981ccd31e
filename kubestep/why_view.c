/* why_view.c - see why_view.h.
 * Reads: Decision objects.   Writes: stdout. */
#include "kubestep/why_view.h"

#include "kubestep/term.h"
#include "kubestep/why_groups.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_ROOM = 20, CELL = 9, ROWS_MAX = 20, COLUMNS_MAX = 12, REST = 19 /* FIT, TOTAL, the mark */ };

static const struct {
    const char *plugin, *brief;
} briefs[] = {{"TaintToleration", "Taints"},   {"NodeAffinity", "Affinity"},
              {"NodeResourcesFit", "Free"},    {"NodeResourcesBalancedAllocation", "Balance"},
              {"PodTopologySpread", "Spread"}, {"InterPodAffinity", "Pods"},
              {"ImageLocality", "Images"},     {"DynamicResources", "Devices"},
              {"VolumeBinding", "Volumes"}};

static const char *brief(struct str plugin)
{
    static char own[CELL];
    for (size_t i = 0; i < ARRAY_LEN(briefs); i++)
        if (str_eqc(plugin, briefs[i].plugin)) return briefs[i].brief;
    if (str_chr(plugin, '/') != SIZE_MAX) return "Extender"; /* its name is its URL */
    snprintf(own, sizeof own, "%.*s", STR_ARG(plugin));
    return own;
}

static long long number(const struct json *j, const char *path) { return (long long)obj_int(j, path, 0); }

/* ---- The sentence ---- */

static void not_looked_at(const struct json *d)
{
    long long all = number(d, ".status.allNodes"), left = number(d, ".status.leftOut"),
              sampled = number(d, ".status.sampledOut");
    if (left) {
        printf("%lld of %lld nodes were left out by", left, all);
        const char *before = " ";
        for (OBJ_EACH(p, d, ".status.leftOutBy")) {
            printf("%s%.*s", before, STR_ARG(obj_text(p)));
            before = ", ";
        }
        printf("%s before any was looked at.\n", obj_count(d, ".status.leftOutBy") ? "" : " who asked");
    }
    if (sampled) printf("%lld of %lld nodes were not looked at, for enough others fit.\n", sampled, all);
}

static void placed(const struct json *d, struct str pod, struct str node)
{
    long long fit = number(d, ".status.feasible"), all = number(d, ".status.evaluated"),
              ties = number(d, ".status.tie.nodes"), total = number(why_node(d, node), ".total");
    if (obj_has(d, ".status.score")) total = number(d, ".status.score");
    printf("%spod/%.*s is on %.*s%s: ", term(GREEN), STR_ARG(pod), STR_ARG(node), term(PLAIN));
    if (fit == 1)
        printf("the only one of %lld nodes that fits.\n", all);
    else if (ties > 1)
        printf("%lld points, one of %lld equals among the %lld of %lld nodes that fit; %s.\n", total, ties, fit, all,
               obj_is(d, ".status.tie.brokenBy", "Shown") ? "the one that was shown" : "chosen at random");
    else
        printf("%lld points, the most of the %lld of %lld nodes that fit.\n", total, fit, all);
}

void why_sentence(const struct json *d)
{
    struct str pod = obj_str(d, ".spec.pod"), node = obj_str(d, ".status.node");
    if (node.n)
        placed(d, pod, node);
    else
        printf("%spod/%.*s is on no node%s: %.*s\n", term(YELLOW), STR_ARG(pod), term(PLAIN),
               STR_ARG(obj_str(d, ".status.message")));
    not_looked_at(d);
    for (OBJ_EACH(x, d, ".status.extenders"))
        if (obj_has(x, ".error"))
            printf("The extender %.*s was passed over: %.*s\n", STR_ARG(obj_str(x, ".url")),
                   STR_ARG(obj_str(x, ".error")));
}

/* ---- The table ---- */

static void write_reasons(struct buf *out, const struct json *filter)
{
    const char *before = "";
    for (OBJ_EACH(r, filter, ".reasons")) {
        buf_cstr(out, before);
        buf_str(out, obj_text(r));
        before = ", ";
    }
    if (obj_has(filter, ".detail")) {
        buf_cstr(out, ": ");
        buf_str(out, obj_str(filter, ".detail"));
    }
    if (obj_bool(filter, ".nominated", false)) buf_cstr(out, " (by pods that are nominated to it)");
}

/* A cycle that stands has points that are not normalized yet. */
static const char *points_of(const struct json *score)
{
    return obj_has(score, ".normalized") ? ".normalized" : ".raw";
}

/* Nodes with the same verdict, or the same scores. */
static void row_key(struct buf *key, const struct json *node)
{
    const struct json *refusal = why_refusal(node);
    if (refusal) {
        buf_str(key, obj_str(refusal, ".plugin"));
        write_reasons(key, refusal);
        return;
    }
    buf_char(key, obj_has(node, ".feasible") ? '+' : '?');
    for (OBJ_EACH(s, node, ".scores")) buf_addf(key, " %lld", number(s, points_of(s)));
}

struct column { /* a plugin whose points the table shows */
    struct str plugin;
    long long least, most; /* weighted */
};

struct columns {
    struct column v[64];
    int n;
    int shown[COLUMNS_MAX], nshown; /* places in v */
};

static void gather(struct columns *c, const struct why_groups *g)
{
    c->n = 0;
    for (size_t i = 0; i < g->n; i++) {
        int k = 0;
        for (OBJ_EACH(s, g->v[i].node, ".scores")) {
            if (k == (int)ARRAY_LEN(c->v)) break;
            long long points = number(s, ".weighted");
            if (k == c->n) c->v[c->n++] = (struct column){obj_str(s, ".plugin"), points, points};
            c->v[k].least = MIN(c->v[k].least, points);
            c->v[k].most = MAX(c->v[k].most, points);
            k++;
        }
    }
}

/* Those that differ most, when there is no room for all; in their order. */
static void choose(struct columns *c, int room)
{
    bool taken[64] = {false};
    int most = MIN(MIN(room, c->n), COLUMNS_MAX);
    for (int i = 0; i < most; i++) {
        int best = -1;
        for (int k = 0; k < c->n; k++) {
            bool better = best < 0 || c->v[k].most - c->v[k].least > c->v[best].most - c->v[best].least;
            if (!taken[k] && better) best = k;
        }
        if (best >= 0) taken[best] = true;
    }
    c->nshown = 0;
    for (int k = 0; k < c->n; k++)
        if (taken[k]) c->shown[c->nshown++] = k;
}

static void head(const struct columns *c)
{
    printf("%s%-*s %-4s", term(BOLD), NAMES_ROOM, "NODES", "FIT");
    for (int i = 0; i < c->nshown; i++) printf(" %*s", CELL - 1, brief(c->v[c->shown[i]].plugin));
    printf("%s%s\n", c->n ? "  TOTAL" : " why", term(PLAIN));
}

static void points(const struct columns *c, const struct json *node)
{
    int k = 0, next = 0;
    for (OBJ_EACH(s, node, ".scores")) {
        if (next < c->nshown && c->shown[next] == k) {
            char cell[32];
            bool raw = !obj_has(s, ".normalized");
            snprintf(cell, sizeof cell, "%s%lldx%lld", raw ? "~" : "", number(s, points_of(s)), number(s, ".weight"));
            printf(" %*s", CELL - 1, cell);
            next++;
        }
        k++;
    }
    if (obj_has(node, ".total")) printf(" %6lld", number(node, ".total"));
}

void why_wrapped(struct str text, int indent)
{
    size_t room = (size_t)MAX(term_width() - indent, 20);
    while (text.n > room) {
        size_t cut = room;
        while (cut > room / 2 && text.p[cut] != ' ') cut--;
        if (text.p[cut] != ' ') cut = room;
        printf("%.*s\n%*s", (int)cut, text.p, indent, "");
        text = str_trim(str_from(text, cut));
    }
    printf("%.*s", STR_ARG(text));
}

static void refused(const struct json *refusal)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 16 * 1024);
    buf_str(&text, obj_str(refusal, ".plugin"));
    buf_cstr(&text, ": ");
    write_reasons(&text, refusal);
    printf(" %s", term(YELLOW));
    why_wrapped(buf_view(&text), NAMES_ROOM + 6);
    printf("%s", term(PLAIN));
}

static void row(const struct columns *c, const struct why_group *g, struct str winner)
{
    struct buf names AUTO_BUF = {0};
    const struct json *refusal = why_refusal(g->node);
    buf_init(&names, 1024);
    why_names(&names, g, NAMES_ROOM);
    printf("%-*s %-4s", NAMES_ROOM, names.p, refusal ? "no" : obj_has(g->node, ".feasible") ? "yes" : "..");
    if (refusal)
        refused(refusal);
    else
        points(c, g->node);
    if (winner.n && str_eq(g->names[0], winner)) printf("%s  <- chosen%s", term(GREEN), term(PLAIN));
    putchar('\n');
}

static void rest(const struct columns *c, const struct why_groups *g)
{
    size_t nodes = 0;
    for (size_t i = ROWS_MAX; i < g->n; i++) nodes += g->v[i].count;
    if (nodes) printf("... and %zu nodes in %zu more rows: --node NODE, or -o json\n", nodes, g->n - ROWS_MAX);
    if (c->nshown == c->n) return;
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 4096);
    buf_cstr(&text, "Not shown:");
    for (int k = 0, next = 0; k < c->n; k++) {
        if (next < c->nshown && c->shown[next] == k) {
            next++;
            continue;
        }
        buf_addf(&text, " %.*s %lld", STR_ARG(c->v[k].plugin), c->v[k].least);
        if (c->v[k].most != c->v[k].least) buf_addf(&text, "..%lld", c->v[k].most);
    }
    why_wrapped(buf_view(&text), 0);
    putchar('\n');
}

void why_table(const struct json *d)
{
    struct arena a AUTO_ARENA = {0};
    struct why_groups g;
    struct columns c;
    struct str winner = obj_str(d, ".status.node");
    arena_init(&a, 4096);
    why_groups_of(&g, &a, d, row_key, winner);
    for (size_t i = 0; i < g.n; i++) { /* the best first; of those that do not fit the most frequent */
        const struct json *node = g.v[i].node;
        bool chosen = winner.n && str_eq(g.v[i].names[0], winner);
        g.v[i].order = why_refusal(node) ? 1e18 - (double)g.v[i].count : -(double)number(node, ".total");
        if (chosen) g.v[i].order = -1e18;
    }
    why_groups_sort(&g);
    gather(&c, &g);
    choose(&c, (term_width() - NAMES_ROOM - 5 - REST) / CELL);
    head(&c);
    for (size_t i = 0; i < MIN(g.n, (size_t)ROWS_MAX); i++) row(&c, &g.v[i], winner);
    rest(&c, &g);
}

/* ---- One node ---- */

static struct str source_of(const struct json *d, struct str plugin)
{
    for (OBJ_EACH(p, d, ".status.plugins"))
        if (str_eq(obj_str(p, ".name"), plugin)) return obj_str(p, ".source");
    return STR("");
}

static void scores(const struct json *d, const struct json *node)
{
    for (OBJ_EACH(s, node, ".scores")) {
        struct str plugin = obj_str(s, ".plugin"), source = source_of(d, plugin);
        printf("  %lld = %lld x weight %lld  %.*s (raw %lld)\n", number(s, ".weighted"), number(s, ".normalized"),
               number(s, ".weight"), STR_ARG(plugin), number(s, ".raw"));
        if (source.n) printf("      decided in %.*s\n", STR_ARG(source));
    }
}

void why_numbers(const struct json *d) { scores(d, why_node(d, obj_str(d, ".status.node"))); }

static void filter(const struct json *f)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 16 * 1024);
    buf_str(&text, obj_str(f, ".code"));
    if (obj_has(f, ".reasons")) buf_cstr(&text, ": ");
    write_reasons(&text, f);
    for (OBJ_EACH(l, f, ".lacking"))
        buf_addf(&text, "; %.*s %.*s short", STR_ARG(obj_str(l, ".amount")), STR_ARG(obj_str(l, ".resource")));
    AUTO_FREE char *plugin = str_dup(obj_str(f, ".plugin"));
    printf("  %-*s ", NAMES_ROOM + 4, plugin);
    why_wrapped(buf_view(&text), NAMES_ROOM + 7);
    putchar('\n');
}

bool why_one_node(const struct json *d, struct str name)
{
    const struct json *node = why_node(d, name);
    if (!node) {
        printf("%.*s was not looked at.\n", STR_ARG(name));
        not_looked_at(d);
        return false;
    }
    bool fits = obj_bool(node, ".feasible", false), chosen = str_eq(name, obj_str(d, ".status.node"));
    printf("pod/%.*s %s %.*s%s\n\n", STR_ARG(obj_str(d, ".spec.pod")), fits ? "fits" : "does not fit", STR_ARG(name),
           chosen ? ", and was placed there."
           : fits ? ", but another node was chosen."
                  : ".");
    for (OBJ_EACH(f, node, ".filters")) filter(f);
    why_preemption_on(d, node);
    if (!obj_count(node, ".scores")) return true;
    putchar('\n');
    scores(d, node);
    printf("  %lld in all; the chosen node has %lld.\n", number(node, ".total"), number(d, ".status.score"));
    return true;
}
