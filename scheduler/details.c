/* details.c - see details.h.
 * Reads: the pod, the node.   Writes: the refusal of now. */
#include "scheduler/details.h"

#include "scheduler/cycle.h"

struct detail {
    const void *a, *b; /* what it is about, by address */
    int c;
    const char *text;
};

struct details {
    struct detail v[DETAILS_MAX];
    int n;
};

typedef const char *detail_text_fn(struct arena *a, const void *about);

/* Made once for equal (a, b, c); beyond the bound nothing is told. */
static void tell(struct cycle *cy, struct detail about, detail_text_fn *text, const void *arg)
{
    if (!cy->details) cy->details = ARENA_NEW(&cy->arena, struct details);
    struct details *d = cy->details;
    int i = d->n - 1;
    while (i >= 0 && (d->v[i].a != about.a || d->v[i].b != about.b || d->v[i].c != about.c)) i--;
    if (i < 0 && d->n == DETAILS_MAX) return;
    if (i < 0) {
        about.text = text(&cy->arena, arg);
        d->v[i = d->n++] = about;
    }
    cy->now.detail = d->v[i].text;
}

/* ---- Taints ---- */

static const char *taint_text(struct arena *a, const void *about)
{
    static const char *const effects[] = {[EFFECT_ANY] = "",
                                          [EFFECT_NO_SCHEDULE] = ":NoSchedule",
                                          [EFFECT_PREFER_NO_SCHEDULE] = ":PreferNoSchedule",
                                          [EFFECT_NO_EXECUTE] = ":NoExecute",
                                          [EFFECT_OTHER] = ""};
    const struct taint *t = about;
    struct str value = sym_str(t->value);
    return arena_printf(a, "%.*s%s%.*s%s", STR_ARG(sym_str(t->key)), value.n ? "=" : "", STR_ARG(value),
                        effects[t->effect]);
}

void detail_taint(struct cycle *cy, const struct taint *t)
{
    tell(cy, (struct detail){.a = t->key, .b = t->value, .c = (int)t->effect}, taint_text, t);
}

/* ---- Labels ---- */

static const char *values_text(struct arena *a, const struct requirement *r)
{
    const char *text = "";
    int shown = MIN(r->n, DETAIL_VALUES);
    for (int i = 0; i < shown; i++)
        text = arena_printf(a, "%s%s%.*s", text, i ? ", " : "", STR_ARG(sym_str(r->values[i])));
    return r->n > shown ? arena_printf(a, "%s, ... (%d)", text, r->n) : text;
}

static const char *requirement_text(struct arena *a, const void *about)
{
    const struct requirement *r = about;
    struct str key = sym_str(r->key);
    switch (r->op) {
    case SELECT_IN:
        if (r->n == 1) return arena_printf(a, "%.*s=%.*s", STR_ARG(key), STR_ARG(sym_str(r->values[0])));
        return arena_printf(a, "%.*s in (%s)", STR_ARG(key), values_text(a, r));
    case SELECT_NOT_IN: return arena_printf(a, "%.*s notin (%s)", STR_ARG(key), values_text(a, r));
    case SELECT_EXISTS: return arena_printf(a, "%.*s", STR_ARG(key));
    case SELECT_ABSENT: return arena_printf(a, "!%.*s", STR_ARG(key));
    case SELECT_GT: return arena_printf(a, "%.*s>%lld", STR_ARG(key), (long long)r->number);
    case SELECT_LT: return arena_printf(a, "%.*s<%lld", STR_ARG(key), (long long)r->number);
    }
    return "";
}

static bool label_holds(const struct requirement *r, const struct node_info *n)
{
    const struct selector one = {.v = r, .n = 1};
    return selector_matches(&one, &n->labels);
}

static bool field_holds(const struct requirement *r, const struct node_info *n)
{
    const struct node_term one = {.fields = {.v = r, .n = 1}};
    return node_term_fits(&one, n->name, &n->labels);
}

/* How many do not hold, at most `most`; *first: one of them. */
static int failing(const struct selector *s, const struct node_info *n,
                   bool (*holds)(const struct requirement *r, const struct node_info *n),
                   const struct requirement **first, int most)
{
    int count = 0;
    for (int i = 0; i < s->n && count < most; i++) {
        if (holds(&s->v[i], n)) continue;
        if (!count++ && !*first) *first = &s->v[i];
    }
    return count;
}

static void tell_requirement(struct cycle *cy, const struct requirement *r)
{
    if (r) tell(cy, (struct detail){.a = r}, requirement_text, r);
}

void detail_selector(struct cycle *cy, const struct selector *s, const struct node_info *n)
{
    const struct requirement *first = NULL;
    (void)failing(s, n, label_holds, &first, 1);
    tell_requirement(cy, first);
}

void detail_terms(struct cycle *cy, const struct node_terms *terms, const struct node_info *n)
{
    const struct requirement *nearest = NULL;
    int least = INT32_MAX;
    for (int i = 0; i < MIN(terms->n, DETAIL_TERMS); i++) {
        const struct requirement *first = NULL;
        int count = failing(&terms->v[i].labels, n, label_holds, &first, least);
        count += failing(&terms->v[i].fields, n, field_holds, &first, least);
        if (!first || count >= least) continue; /* a term that asks nothing matches nothing */
        least = count;
        nearest = first;
    }
    tell_requirement(cy, nearest);
}

/* ---- Ports ---- */

static const char *port_text(struct arena *a, const void *about)
{
    const struct host_port *p = about;
    const char *protocol = p->protocol == 'U' ? "UDP" : p->protocol == 'S' ? "SCTP" : "TCP";
    struct str ip = sym_str(p->ip);
    return arena_printf(a, "%.*s%s%d/%s", STR_ARG(ip), ip.n ? ":" : "", p->port, protocol);
}

void detail_port(struct cycle *cy, const struct node_info *n)
{
    const struct pod_info *p = cycle_pod(cy);
    struct pod_info one = {.nports = 1};
    int tried = MIN(p->nports, DETAIL_PORTS), i = 0;
    for (; i < tried; i++) {
        one.ports = &p->ports[i];
        if (ports_taken(&one, n)) break;
    }
    if (i < tried) tell(cy, (struct detail){.a = &p->ports[i]}, port_text, &p->ports[i]);
}
