/* why_preemption.c - who was to make room for a pod that fits nowhere: on which nodes that helps, why one was chosen
 * and others were not, and where nothing helps. Nodes that are alike are one row. Reads: Decision objects.   Writes:
 * stdout. */
#include "kubestep/why_view.h"

#include "kubestep/term.h"
#include "kubestep/why_groups.h"

#include <stdio.h>

enum { NAMES = 20, CANDIDATES_MAX = 8, HOPELESS_MAX = 6, VICTIMS_MAX = 3 };

static long long number(const struct json *j, const char *path) { return (long long)obj_int(j, path, 0); }

/* "2 victims of priority 10 or less: default/a, default/b" */
static void write_victims(struct buf *out, const struct json *c, bool names)
{
    long long n = number(c, ".victimCount"), breaks = number(c, ".budgetViolations"), shown = 0;
    buf_addf(out, "%lld victim%s of priority %lld%s", n, n == 1 ? "" : "s", number(c, ".highestPriority"),
             n == 1 ? "" : " or less");
    if (breaks) buf_addf(out, ", %lld against a disruption budget", breaks);
    for (OBJ_EACH(v, c, ".victims")) {
        if (!names || shown == VICTIMS_MAX) break;
        buf_addf(out, "%s%.*s/%.*s", shown++ ? ", " : ": ", STR_ARG(obj_str(v, ".namespace")),
                 STR_ARG(obj_str(v, ".name")));
    }
    if (names && n > shown) buf_addf(out, ", +%lld", n - shown);
}

static void candidate_key(struct buf *key, const struct json *c)
{
    buf_str(key, obj_str(c, ".reason"));
    buf_addf(key, "/%lld/%lld/%lld", number(c, ".victimCount"), number(c, ".highestPriority"),
             number(c, ".budgetViolations"));
}

static void candidate_row(const struct why_group *g)
{
    struct buf names AUTO_BUF = {0}, text AUTO_BUF = {0};
    bool chosen = obj_bool(g->node, ".chosen", false);
    buf_init(&names, 1024);
    buf_init(&text, 1024);
    why_names(&names, g, NAMES);
    write_victims(&text, g->node, g->count == 1);
    if (chosen)
        buf_cstr(&text, " <- chosen");
    else if (obj_has(g->node, ".reason"))
        buf_addf(&text, "; %.*s", STR_ARG(obj_str(g->node, ".reason")));
    printf("%s  %-*s ", chosen ? term(GREEN) : "", NAMES, names.p);
    why_wrapped(buf_view(&text), NAMES + 3);
    printf("%s\n", chosen ? term(PLAIN) : "");
}

static void candidates(struct arena *a, const struct json *d)
{
    struct why_groups g;
    size_t rows, told = 0;
    why_groups_in(&g, a, d, ".status.preemption.candidates", ".node", candidate_key, STR_NULL);
    rows = MIN(g.n, (size_t)CANDIDATES_MAX);
    for (size_t i = 0; i < rows; i++) {
        candidate_row(&g.v[i]);
        told += g.v[i].count;
    }
    long long more = number(d, ".status.preemption.candidateCount") - (long long)told;
    if (more > 0) printf("  ... and %lld more nodes: --node NODE, or -o json\n", more);
}

static void hopeless_key(struct buf *key, const struct json *node)
{
    const char *before = "";
    for (OBJ_EACH(r, node, ".preemption.reasons")) {
        buf_cstr(key, before);
        buf_str(key, obj_text(r));
        before = ", ";
    }
}

static void hopeless(struct arena *a, const struct json *d)
{
    struct why_groups g;
    size_t more = 0;
    why_groups_of(&g, a, d, hopeless_key, STR_NULL);
    if (!g.n) return;
    for (size_t i = 0; i < g.n; i++) g.v[i].order = -(double)g.v[i].count;
    why_groups_sort(&g);
    printf("No victims help on these nodes:\n");
    for (size_t i = 0; i < g.n; i++) {
        struct buf names AUTO_BUF = {0}, text AUTO_BUF = {0};
        if (i >= HOPELESS_MAX) {
            more += g.v[i].count;
            continue;
        }
        buf_init(&names, 1024);
        buf_init(&text, 1024);
        why_names(&names, &g.v[i], NAMES);
        hopeless_key(&text, g.v[i].node);
        printf("  %-*s ", NAMES, names.p);
        why_wrapped(buf_view(&text), NAMES + 3);
        putchar('\n');
    }
    if (more) printf("  ... and %zu more nodes: --node NODE\n", more);
}

void why_preemption(const struct json *d)
{
    const struct json *p = obj_get(d, ".status.preemption");
    struct arena a AUTO_ARENA = {0};
    struct buf head AUTO_BUF = {0};
    long long count = number(p, ".candidateCount"), might = number(p, ".potentialNodes"),
              tried = count + number(p, ".hopelessNodes");
    if (!p) return;
    arena_init(&a, 4096);
    buf_init(&head, 1024);
    buf_cstr(&head, "Preemption: ");
    if (obj_has(p, ".node"))
        buf_addf(&head,
                 "room is made on %.*s. Of %lld node%s where victims might help, %lld %s tried, and on %lld they do:",
                 STR_ARG(obj_str(p, ".node")), might, might == 1 ? "" : "s", tried, tried == 1 ? "was" : "were", count);
    else
        buf_str(&head, obj_str(p, ".message"));
    putchar('\n');
    why_wrapped(buf_view(&head), 0);
    putchar('\n');
    candidates(&a, d);
    hopeless(&a, d);
}

/* ---- One node ---- */

void why_preemption_on(const struct json *d, const struct json *node)
{
    const struct json *p = obj_get(d, ".status.preemption"), *refusal = why_refusal(node), *c = NULL;
    struct buf text AUTO_BUF = {0};
    if (!p || obj_is(refusal, ".code", "UnschedulableAndUnresolvable")) return; /* that says it */
    buf_init(&text, 1024);
    for (OBJ_EACH(it, p, ".candidates"))
        if (str_eq(obj_str(it, ".node"), obj_str(node, ".name"))) c = it;
    buf_cstr(&text, "Preemption: ");
    if (c) {
        write_victims(&text, c, true);
        if (obj_bool(c, ".chosen", false))
            buf_cstr(&text, "; it was chosen");
        else
            buf_addf(&text, "; %.*s", STR_ARG(obj_str(c, ".reason")));
    } else if (obj_has(node, ".preemption")) {
        buf_cstr(&text, "no victims help: ");
        hopeless_key(&text, node);
    } else if (obj_has(p, ".node")) {
        buf_cstr(&text, "not told, or not tried, for enough other nodes were found");
    } else {
        buf_str(&text, obj_str(p, ".message"));
    }
    buf_char(&text, '.');
    putchar('\n');
    why_wrapped(buf_view(&text), 0);
    putchar('\n');
}
