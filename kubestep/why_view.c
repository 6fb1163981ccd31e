/* why_view.c - see why_view.h.
 * Reads: Decision objects.   Writes: stdout. */
#include "kubestep/why_view.h"

#include "kubestep/term.h"

#include <stdio.h>

static const struct {
    const char *plugin, *brief;
} briefs[] = {{"TaintToleration", "Taints"},
              {"NodeAffinity", "Affinity"},
              {"NodeResourcesFit", "Free"},
              {"NodeResourcesBalancedAllocation", "Balance"}};

static const char *brief(struct str plugin)
{
    static char own[12];
    for (size_t i = 0; i < ARRAY_LEN(briefs); i++)
        if (str_eqc(plugin, briefs[i].plugin)) return briefs[i].brief;
    snprintf(own, sizeof own, "%.*s", STR_ARG(plugin));
    return own;
}

static bool has_node(const struct json *row, struct str node)
{
    for (OBJ_EACH(n, row, ".names"))
        if (str_eq(obj_text(n), node)) return true;
    return false;
}

static const struct json *row_of(const struct json *d, struct str node)
{
    for (OBJ_EACH(row, d, ".status.nodes"))
        if (node.n && has_node(row, node)) return row;
    return NULL;
}

void why_sentence(const struct json *d)
{
    struct str pod = obj_str(d, ".spec.pod"), node = obj_str(d, ".status.node"),
               message = obj_str(d, ".status.message");
    long long fit = (long long)obj_int(d, ".status.feasible", 0), all = (long long)obj_int(d, ".status.evaluated", 0);
    if (!node.n) {
        printf("%spod/%.*s is on no node%s: %.*s\n", term(YELLOW), STR_ARG(pod), term(PLAIN), STR_ARG(message));
        return;
    }
    printf("%spod/%.*s is on %.*s%s: ", term(GREEN), STR_ARG(pod), STR_ARG(node), term(PLAIN));
    const struct json *row = row_of(d, node);
    long long ties = (long long)obj_int(d, ".status.tie.nodes", 0);
    if (fit == 1)
        printf("the only one of %lld nodes that fits.\n", all);
    else if (ties > 1)
        printf("%lld points, one of %lld equals among the %lld of %lld nodes that fit; chosen at random.\n",
               (long long)obj_int(row, ".total", 0), ties, fit, all);
    else
        printf("%lld points, the most of the %lld of %lld nodes that fit.\n", (long long)obj_int(row, ".total", 0), fit,
               all);
}

/* "node-1,node-2,+3" within `room` columns. */
static void names(const struct json *row, int room, char *out, size_t max)
{
    size_t total = obj_count(row, ".names"), shown = 0;
    int used = 0;
    out[0] = '\0';
    for (OBJ_EACH(n, row, ".names")) {
        struct str name = obj_text(n);
        if (shown && used + (int)name.n + 1 > room - 5) break;
        used += snprintf(out + used, max - (size_t)used, "%s%.*s", shown ? "," : "", (int)MIN(name.n, (size_t)room - 5),
                         name.p);
        shown++;
    }
    if (shown < total) snprintf(out + used, max - (size_t)used, ",+%zu", total - shown);
}

static const struct json *first_scored(const struct json *d)
{
    for (OBJ_EACH(row, d, ".status.nodes"))
        if (obj_count(row, ".scores")) return row;
    return NULL;
}

static void refusal(const struct json *row)
{
    for (OBJ_EACH(f, row, ".filters")) {
        if (obj_is(f, ".code", "Success")) continue;
        printf("%s%.*s: ", term(YELLOW), STR_ARG(obj_str(f, ".plugin")));
        const char *comma = "";
        for (OBJ_EACH(r, f, ".reasons")) {
            printf("%s%.*s", comma, STR_ARG(obj_text(r)));
            comma = ", ";
        }
        printf("%s", term(PLAIN));
    }
}

enum { NAMES_ROOM = 24 };

void why_table(const struct json *d)
{
    const struct json *sample = first_scored(d);
    struct str winner = obj_str(d, ".status.node");
    printf("%s%-*s %-4s", term(BOLD), NAMES_ROOM, "NODES", "FIT");
    for (OBJ_EACH(s, sample, ".scores")) printf(" %9s", brief(obj_str(s, ".plugin")));
    printf("%s%s\n", sample ? "  TOTAL" : " why", term(PLAIN));
    for (OBJ_EACH(row, d, ".status.nodes")) {
        char text[256];
        bool fits = obj_bool(row, ".feasible", false);
        names(row, NAMES_ROOM, text, sizeof text);
        printf("%-*s %-4s", NAMES_ROOM, text, fits ? "yes" : "no");
        for (OBJ_EACH(s, row, ".scores")) {
            char cell[32];
            snprintf(cell, sizeof cell, "%lldx%lld", (long long)obj_int(s, ".normalized", 0),
                     (long long)obj_int(s, ".weight", 1));
            printf(" %9s", cell);
        }
        if (obj_has(row, ".total")) printf(" %6lld", (long long)obj_int(row, ".total", 0));
        if (!fits) {
            putchar(' ');
            refusal(row);
        }
        if (winner.n && has_node(row, winner)) {
            printf("%s  <- %s%.*s%s", term(GREEN), obj_count(row, ".names") > 1 ? "chosen: " : "chosen",
                   obj_count(row, ".names") > 1 ? (int)winner.n : 0, winner.p, term(PLAIN));
        }
        putchar('\n');
    }
}

void why_numbers(const struct json *d)
{
    const struct json *row = row_of(d, obj_str(d, ".status.node"));
    for (OBJ_EACH(s, row, ".scores"))
        printf("  %lld = %lld x weight %lld  %.*s (raw %lld), decided in %.*s\n", (long long)obj_int(s, ".weighted", 0),
               (long long)obj_int(s, ".normalized", 0), (long long)obj_int(s, ".weight", 1),
               STR_ARG(obj_str(s, ".plugin")), (long long)obj_int(s, ".raw", 0), STR_ARG(obj_str(s, ".source")));
}
