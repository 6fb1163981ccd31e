/* trial_view.c - see trial_view.h.
 * Reads: ReviewResults.   Writes: stdout. */
#include "kubestep/trial_view.h"

#include "kubestep/term.h"
#include "kubestep/trial_groups.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RESULTS_MAX = 2,
    COUNTS_SHOWN = 8,  /* different numbers of pods a node */
    REASONS_SHOWN = 5, /* of pods that fit nowhere */
    VICTIMS_LISTED = 20,
    ROWS_SHOWN = 15, /* nodes side by side */
    ZONES_LISTED = 20,
    NAME_ROOM = 40,
    CELL = 6,
};

struct view {
    struct arena arena;
    const struct json *results[RESULTS_MAX];
    struct trial_groups groups[RESULTS_MAX];
    struct map nodes[RESULTS_MAX]; /* that get a pod */
    int n, width;
};

static int width_of(void) { return MAX(40, MIN(term_width(), 120)); }

/* Words of a text, from column `at` on; further lines begin at `indent`. */
static void wrap(struct str text, int at, int indent, int width)
{
    const char *space = "";
    while (text.n) {
        struct str word = str_cut(text, ' ', &text);
        if (at + (int)word.n + 1 > width && *space) {
            printf("\n%*s", indent, "");
            at = indent;
            space = "";
        }
        printf("%s%.*s", space, STR_ARG(word));
        at += (int)word.n + (*space != '\0');
        space = " ";
    }
    printf("\n");
}

static const char *plural(long long n) { return n == 1 ? "" : "s"; }

static struct str name_of(const struct json *result)
{
    struct str name = obj_str(result, ".name");
    return name.n ? name : STR("Result");
}

/* ---- The sentence ---- */

/* The scheduler counts no further (TRIAL_FILL_MAX, TRIAL_FILL_COUNTED). */
static const char *at_least(long long more) { return more == 20000 || more == 1000000 ? "At least " : ""; }

static void sentence(struct view *v, int i)
{
    const struct json *r = v->results[i];
    long long placed = obj_int(r, ".placed", 0), refused = obj_int(r, ".unschedulable", 0), all = placed + refused,
              nodes = v->nodes[i].count, known = obj_int(r, ".nodes", nodes), more = obj_int(r, ".more", -1);
    struct arena *a = &v->arena;
    const char *on = arena_printf(a, "%lld", nodes);
    if (obj_has(r, ".nodes")) on = arena_printf(a, "%lld of %lld", nodes, known);
    const char *text =
        !all       ? "There is no pod to place."
        : !placed  ? (all == 1 ? "The pod fits nowhere." : arena_printf(a, "None of %lld pods fits anywhere.", all))
        : refused  ? arena_printf(a, "%lld of %lld pods are placed, on %s node%s; %lld fit%s nowhere.", placed, all, on,
                                  plural(known), refused, refused == 1 ? "s" : "")
        : all == 1 ? arena_printf(a, "The pod is placed, on %.*s.", STR_ARG(v->nodes[i].entries[0].key))
                   : arena_printf(a, "All %lld pods are placed, on %s node%s.", all, on, plural(known));
    const char *kind = v->groups[i].n > 1 ? "the last kind" : "the same kind";
    if (more > 0) text = arena_printf(a, "%s %s%lld more of %s would fit.", text, at_least(more), more, kind);
    if (more == 0) text = arena_printf(a, "%s No more of %s would fit.", text, kind);
    const char *head = v->n > 1 ? arena_printf(a, "%.*s: ", STR_ARG(name_of(r))) : "";
    printf("%s%s", term(refused ? YELLOW : GREEN), head);
    wrap(str_of(text), (int)strlen(head), 0, v->width);
    printf("%s", term(PLAIN));
}

/* ---- One result: its groups ---- */

static size_t digits(struct str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9') n++;
    return n;
}

/* node-2 before node-10. */
static int compare_names(struct str a, struct str b)
{
    size_t i = 0;
    while (i < a.n && i < b.n && a.p[i] == b.p[i]) i++;
    while (i > 0 && digits(a, i - 1)) i--; /* whole numbers */
    size_t x = digits(a, i), y = digits(b, i);
    if (x && y && x != y) return x < y ? -1 : 1;
    return str_cmp(a, b);
}

static int compare_rows(const void *a, const void *b)
{
    const struct tally_row *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return compare_names(x->text, y->text);
}

/* "    2 each on node-1, node-4 and 37 more" */
static void nodes_of_count(const struct view *v, const struct tally_row *rows, size_t n)
{
    int at = printf("    %d%s on ", rows[0].count, n > 1 ? " each" : "");
    size_t i = 0;
    for (; i < n; i++) {
        int rest = n - i > 1 ? (int)sizeof " and 10000 more" : 0;
        if (i && at + (int)rows[i].text.n + 2 + rest > v->width) break;
        at += printf("%s%.*s", i ? ", " : "", STR_ARG(rows[i].text));
    }
    if (i < n) printf(" and %zu more", n - i);
    printf("\n");
}

static void group_nodes(struct view *v, const struct tally *t)
{
    if (!t->n) return;
    struct tally_row *rows = arena_memdup(&v->arena, t->v, t->n * sizeof *rows);
    size_t from = 0;
    qsort(rows, t->n, sizeof *rows, compare_rows);
    for (int lines = 0; from < t->n && lines < COUNTS_SHOWN; lines++) {
        size_t to = from + 1;
        while (to < t->n && rows[to].count == rows[from].count) to++;
        nodes_of_count(v, &rows[from], to - from);
        from = to;
    }
    long long pods = 0;
    for (size_t i = from; i < t->n; i++) pods += rows[i].count;
    if (from < t->n) printf("    %lld on %zu other nodes\n", pods, t->n - from);
}

static void group_refusals(const struct view *v, const struct tally *t, const char *head)
{
    size_t shown = MIN(t->n, (size_t)REASONS_SHOWN);
    for (size_t i = 0; i < shown; i++) {
        int at = printf("    %s%s%d fit%s nowhere: ", head, term(YELLOW), t->v[i].count, t->v[i].count == 1 ? "s" : "");
        at -= (int)strlen(term(YELLOW));
        printf("%s", term(PLAIN));
        wrap(t->v[i].text, at, 6, v->width);
    }
    if (shown < t->n) printf("    %sothers, for %zu more reasons\n", head, t->n - shown);
}

static void group_victims(struct view *v, const struct tally *t, const char *head)
{
    const char *text = "";
    size_t shown = MIN(t->n, (size_t)VICTIMS_LISTED);
    if (!t->n) return;
    for (size_t i = 0; i < shown; i++)
        text = arena_printf(&v->arena, "%s%s%.*s", text, i ? ", " : "", STR_ARG(t->v[i].text));
    if (shown < t->n) text = arena_printf(&v->arena, "%s and %zu more", text, t->n - shown);
    int at = printf("    %s%zu pod%s would have to go: ", head, t->n, plural((long long)t->n));
    wrap(str_of(text), at, 6, v->width);
}

static void one_groups(struct view *v)
{
    for (size_t i = 0; i < v->groups[0].n; i++) {
        const struct trial_group *g = &v->groups[0].v[i];
        printf("\n%s%.*s%s: %d pod%s\n", term(BOLD), STR_ARG(g->name), term(PLAIN), g->pods, plural(g->pods));
        group_nodes(v, &g->nodes);
        group_refusals(v, &g->refusals, "");
        group_victims(v, &g->victims, "");
    }
}

/* ---- Two results ---- */

struct pair_row {
    struct str node;
    int counts[RESULTS_MAX];
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair_row *x = a, *y = b;
    int dx = abs(x->counts[0] - x->counts[1]), dy = abs(y->counts[0] - y->counts[1]);
    return dx != dy ? (dx > dy ? -1 : 1) : compare_names(x->node, y->node);
}

static size_t pair_rows(struct view *v, const struct trial_group *const g[RESULTS_MAX], struct pair_row **out)
{
    size_t n = 0, most = (g[0] ? g[0]->nodes.n : 0) + (g[1] ? g[1]->nodes.n : 0);
    struct pair_row *rows = ARENA_ARRAY(&v->arena, struct pair_row, most);
    for (int k = 0; k < RESULTS_MAX; k++) {
        for (size_t i = 0; g[k] && i < g[k]->nodes.n; i++) {
            struct str node = g[k]->nodes.v[i].text;
            if (k && g[0] && tally_of(&g[0]->nodes, node)) continue; /* it has a row */
            rows[n++] = (struct pair_row){
                node, {g[0] ? tally_of(&g[0]->nodes, node) : 0, g[1] ? tally_of(&g[1]->nodes, node) : 0}};
        }
    }
    if (n) qsort(rows, n, sizeof *rows, compare_pairs);
    *out = rows;
    return n;
}

static void pair_group(struct view *v, struct str name)
{
    const struct trial_group *g[] = {trial_group_find(&v->groups[0], name), trial_group_find(&v->groups[1], name)};
    struct pair_row *rows;
    size_t n = pair_rows(v, g, &rows), shown = MIN(n, (size_t)ROWS_SHOWN);
    int wide = 8;
    for (size_t i = 0; i < shown; i++) wide = MAX(wide, MIN((int)rows[i].node.n, NAME_ROOM));
    printf("\n%s%.*s%s\n", term(BOLD), STR_ARG(name), term(PLAIN));
    printf("    %-*s %10.*s %10.*s\n", wide, "NODE", STR_ARG(name_of(v->results[0])), STR_ARG(name_of(v->results[1])));
    for (size_t i = 0; i < shown; i++)
        printf("    %-*.*s %10d %10d\n", wide, (int)MIN(rows[i].node.n, (size_t)NAME_ROOM), rows[i].node.p,
               rows[i].counts[0], rows[i].counts[1]);
    if (shown < n) {
        long long rest[RESULTS_MAX] = {0};
        for (size_t i = shown; i < n; i++)
            for (int k = 0; k < RESULTS_MAX; k++) rest[k] += rows[i].counts[k];
        printf("    %-*s %10lld %10lld\n", wide, arena_printf(&v->arena, "+%zu", n - shown), rest[0], rest[1]);
    }
    for (int k = 0; k < RESULTS_MAX; k++) {
        const char *head = arena_printf(&v->arena, "%.*s: ", STR_ARG(name_of(v->results[k])));
        if (g[k]) group_refusals(v, &g[k]->refusals, head);
        if (g[k]) group_victims(v, &g[k]->victims, head);
    }
}

static void two_groups(struct view *v)
{
    for (size_t i = 0; i < v->groups[0].n; i++) pair_group(v, v->groups[0].v[i].name);
    for (size_t i = 0; i < v->groups[1].n; i++)
        if (!trial_group_find(&v->groups[0], v->groups[1].v[i].name)) pair_group(v, v->groups[1].v[i].name);
}

/* ---- Balance ---- */

static const struct {
    const char *head, *path;
} uses[] = {{"min", ".minPercent"}, {"mean", ".meanPercent"}, {"dev", ".deviationPercent"}, {"max", ".maxPercent"}};

/* Beside another result there is no room for all. */
static int first_use(const struct view *v) { return v->n > 1; }

static void percents(const struct view *v, const struct json *use)
{
    printf("  ");
    for (size_t i = (size_t)first_use(v); i < ARRAY_LEN(uses); i++) {
        char text[24];
        snprintf(text, sizeof text, "%lld%%", (long long)obj_int(use, uses[i].path, 0));
        printf("%*s", CELL, text);
    }
}

static const struct json *balance_of(const struct json *result, struct str resource)
{
    return obj_find(result, ".balance", "resource", resource);
}

static void balance_head(const struct view *v)
{
    int wide = ((int)ARRAY_LEN(uses) - first_use(v)) * CELL;
    printf("\n%-8s  %*s", "", wide, "BEFORE");
    for (int i = 0; i < v->n; i++) printf("  %*.*s", wide, STR_ARG(v->n > 1 ? name_of(v->results[i]) : STR("AFTER")));
    printf("\n%-8s", "REQUESTS");
    for (int i = 0; i <= v->n; i++) {
        printf("  ");
        for (size_t k = (size_t)first_use(v); k < ARRAY_LEN(uses); k++) printf("%*s", CELL, uses[k].head);
    }
    printf("\n");
}

static void balance(const struct view *v)
{
    if (!obj_count(v->results[0], ".balance")) return;
    balance_head(v);
    for (OBJ_EACH(b, v->results[0], ".balance")) {
        struct str resource = obj_str(b, ".resource");
        printf("%-8.*s", STR_ARG(resource));
        percents(v, obj_get(b, ".before"));
        for (int i = 0; i < v->n; i++) percents(v, obj_get(balance_of(v->results[i], resource), ".after"));
        printf("\n");
    }
}

static const struct json *zone_of(const struct json *result, struct str zone)
{
    for (OBJ_EACH(s, result, ".spread"))
        if (obj_is(s, ".topologyKey", "topology.kubernetes.io/zone") && str_eq(obj_str(s, ".value"), zone)) return s;
    return NULL;
}

static void zones(const struct view *v)
{
    int listed = 0;
    for (OBJ_EACH(s, v->results[0], ".spread")) {
        if (!obj_is(s, ".topologyKey", "topology.kubernetes.io/zone") || listed == ZONES_LISTED) continue;
        struct str zone = obj_str(s, ".value");
        if (!listed++) {
            printf("\n%-*s %8s", NAME_ROOM / 2, "PODS IN ZONE", "BEFORE");
            for (int i = 0; i < v->n; i++) printf(" %10.*s", STR_ARG(v->n > 1 ? name_of(v->results[i]) : STR("AFTER")));
            printf("\n");
        }
        printf("%-*.*s %8lld", NAME_ROOM / 2, STR_ARG(zone), (long long)obj_int(s, ".before", 0));
        for (int i = 0; i < v->n; i++) printf(" %10lld", (long long)obj_int(zone_of(v->results[i], zone), ".after", 0));
        printf("\n");
    }
}

/* ---- All ---- */

static void read_result(struct view *v, const struct json *result)
{
    v->results[v->n] = result;
    trial_groups_read(&v->groups[v->n], &v->arena, result);
    for (OBJ_EACH(p, result, ".placements"))
        if (obj_str(p, ".node").n) map_set(&v->nodes[v->n], obj_str(p, ".node"), v);
    v->n++;
}

void trial_view(const struct json *results)
{
    struct view v = {.width = width_of()};
    for (OBJ_EACH(r, results, ""))
        if (v.n < RESULTS_MAX) read_result(&v, r);
    for (int i = 0; i < v.n; i++) sentence(&v, i);
    if (v.n == 1) one_groups(&v);
    if (v.n == 2) two_groups(&v);
    if (v.n) balance(&v);
    if (v.n) zones(&v);
    for (int i = 0; i < v.n; i++) {
        trial_groups_release(&v.groups[i]);
        map_release(&v.nodes[i], NULL);
    }
    arena_release(&v.arena);
}
