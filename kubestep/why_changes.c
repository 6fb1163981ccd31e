/* why_changes.c - what would have to change for a pod to get past what refused it: on each node the least, those alike
 * as one, the least effort first. Reads: Decision objects.   Writes: stdout. */
#include "kubestep/why_view.h"

#include "api/quantity.h"
#include "kubestep/term.h"
#include "kubestep/why_groups.h"

#include <stdio.h>

enum { CHANGES_MAX = 12, ROOM = 24 };

/* What it takes, from waiting to another cluster. */
enum effort { WAIT, FREE_SOME, FREE_PORT, FREE_OTHER, UNCORDON, TAINT, LABEL, OTHER, GROW };

static const struct {
    const char *plugin;
    enum effort effort;
    const char *before, *after; /* of the detail, or else of the reasons */
} kinds[] = {
    {"NodePorts", FREE_PORT, "port ", " is taken"},
    {"NodeUnschedulable", UNCORDON, "is cordoned", NULL},
    {"TaintToleration", TAINT, "taint ", " is not tolerated"},
    {"NodeAffinity", LABEL, "label ", " is asked for"},
};

static double size_of(struct str amount)
{
    struct err e = ERR_INIT;
    struct qty q;
    if (!qty_parse(amount, &q, &e)) return 0;
    double v = (double)qty_milli(&q) / 1000;
    bool bytes = v > 1 << 20; /* a core weighs as much as 4 GiB */
    return bytes ? v / (double)(INT64_C(4) << 30) : v;
}

/* "500m cpu, 1Gi memory short" */
static double write_lacking(struct buf *out, const struct json *refusal)
{
    double size = 0;
    const char *before = "";
    for (OBJ_EACH(l, refusal, ".lacking")) {
        struct str resource = obj_str(l, ".resource"), amount = obj_str(l, ".amount");
        if (str_eqc(resource, "pods"))
            buf_addf(out, "%s%.*s pod slot%s", before, STR_ARG(amount), str_eqc(amount, "1") ? "" : "s");
        else
            buf_addf(out, "%s%.*s %.*s", before, STR_ARG(amount), STR_ARG(resource));
        size += size_of(amount);
        before = ", ";
    }
    buf_cstr(out, " short");
    if (obj_is(refusal, ".code", "UnschedulableAndUnresolvable")) buf_cstr(out, ", even if it were empty");
    return size;
}

static void write_reasons(struct buf *out, const struct json *refusal)
{
    buf_str(out, obj_str(refusal, ".plugin"));
    const char *before = ": ";
    for (OBJ_EACH(r, refusal, ".reasons")) {
        buf_cstr(out, before);
        buf_str(out, obj_text(r));
        before = ", ";
    }
}

/* The text; returns how much it takes. */
static double write_change(struct buf *out, const struct json *refusal)
{
    bool hopeless = obj_is(refusal, ".code", "UnschedulableAndUnresolvable");
    double effort = hopeless ? OTHER : FREE_OTHER;
    size_t k = 0;
    while (k < ARRAY_LEN(kinds) && !obj_is(refusal, ".plugin", kinds[k].plugin)) k++;
    if (obj_count(refusal, ".lacking")) {
        double size = write_lacking(out, refusal);
        effort = (hopeless ? GROW : FREE_SOME) + size / (size + 1);
    } else if (k < ARRAY_LEN(kinds) && (obj_has(refusal, ".detail") || !kinds[k].after)) {
        buf_cstr(out, kinds[k].before);
        if (kinds[k].after) buf_str(out, obj_str(refusal, ".detail"));
        if (kinds[k].after) buf_cstr(out, kinds[k].after);
        effort = kinds[k].effort;
    } else {
        write_reasons(out, refusal);
    }
    if (!obj_bool(refusal, ".nominated", false)) return effort;
    buf_cstr(out, ", for pods that are nominated to it");
    return WAIT;
}

static void change_key(struct buf *key, const struct json *node)
{
    const struct json *refusal = why_refusal(node);
    if (refusal) (void)write_change(key, refusal);
}

static void row(const struct why_group *g)
{
    struct buf line AUTO_BUF = {0};
    buf_init(&line, 64 * 1024);
    buf_cstr(&line, "  ");
    why_names(&line, g, ROOM);
    buf_cstr(&line, ": ");
    (void)write_change(&line, why_refusal(g->node));
    size_t width = (size_t)MAX(term_width(), 40);
    if (line.n > width)
        printf("%.*s...\n", (int)width - 3, line.p);
    else
        printf("%s\n", line.p);
}

void why_changes(const struct json *d)
{
    struct arena a AUTO_ARENA = {0};
    struct why_groups g;
    size_t more = 0;
    arena_init(&a, 4096);
    why_groups_of(&g, &a, d, change_key, STR_NULL);
    if (!g.n) return;
    for (size_t i = 0; i < g.n; i++) {
        struct buf text AUTO_BUF = {0};
        buf_init(&text, 64 * 1024);
        g.v[i].order = write_change(&text, why_refusal(g.v[i].node));
    }
    why_groups_sort(&g);
    printf("\nWhat would have to change, the least first (later plugins were not asked):\n");
    for (size_t i = 0; i < MIN(g.n, (size_t)CHANGES_MAX); i++) row(&g.v[i]);
    for (size_t i = CHANGES_MAX; i < g.n; i++) more += g.v[i].count;
    if (more) printf("  ... and %zu more nodes: --node NODE\n", more);
}
