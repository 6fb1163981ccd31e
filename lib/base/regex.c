/* regex.c - see regex.h: the tree becomes a program, and the program runs.
 * Reads: texts.   Writes: the arena of the program; scratch memory of a run.
 * Source: R. Cox, "Regular Expression Matching: the Virtual Machine Approach"; Go's regexp/exec.go. */
#include "regex_priv.h"

#include "utf8.h"

#include <stdlib.h>

enum op { OP_CLASS, OP_SPLIT, OP_JUMP, OP_ASSERT, OP_MATCH };

struct instruction {
    uint8_t op;
    uint8_t assertion; /* enum regex_kind */
    uint32_t x, y;     /* where to go on */
    const struct regex_class *set;
};

struct regex {
    struct instruction *code;
    uint32_t n;
};

/* ---- Compiling ---- */

struct compile {
    struct instruction *code;
    uint32_t n, cap;
    bool full;
};

static uint32_t emit(struct compile *c, enum op op)
{
    if (c->n == REGEX_PROGRAM_MAX) {
        c->full = true;
        return 0;
    }
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 64;
        c->code = xreallocarray(c->code, c->cap, sizeof *c->code);
    }
    c->code[c->n] = (struct instruction){.op = (uint8_t)op, .x = c->n + 1};
    return c->n++;
}

static void compile(struct compile *c, const struct regex_node *n);

static void compile_alternatives(struct compile *c, const struct regex_node *n)
{
    uint32_t *ends = NULL, nends = 0;
    for (const struct regex_node *kid = n->first; kid && !c->full; kid = kid->next) {
        if (!kid->next) {
            compile(c, kid);
            break;
        }
        uint32_t split = emit(c, OP_SPLIT);
        compile(c, kid);
        ends = xreallocarray(ends, nends + 1, sizeof *ends);
        ends[nends++] = emit(c, OP_JUMP);
        if (!c->full) c->code[split].y = c->n;
    }
    for (uint32_t i = 0; i < nends && !c->full; i++) c->code[ends[i]].x = c->n;
    free(ends);
}

static void compile_repeat(struct compile *c, const struct regex_node *n)
{
    for (int i = 0; i < n->min && !c->full; i++) compile(c, n->first);
    if (n->max < 0) {
        uint32_t split = emit(c, OP_SPLIT);
        compile(c, n->first);
        uint32_t jump = emit(c, OP_JUMP);
        if (c->full) return;
        c->code[jump].x = split;
        c->code[split].y = c->n;
        return;
    }
    uint32_t from = c->n;
    for (int i = n->min; i < n->max && !c->full; i++) {
        uint32_t split = emit(c, OP_SPLIT);
        if (!c->full) c->code[split].y = UINT32_MAX; /* to the end, which is not known yet */
        compile(c, n->first);
    }
    for (uint32_t i = from; i < c->n && !c->full; i++)
        if (c->code[i].op == OP_SPLIT && c->code[i].y == UINT32_MAX) c->code[i].y = c->n;
}

static void compile(struct compile *c, const struct regex_node *n)
{
    uint32_t at;
    if (c->full) return;
    switch (n->kind) {
    case REGEX_EMPTY: return;
    case REGEX_CLASS:
        at = emit(c, OP_CLASS);
        if (!c->full) c->code[at].set = n->set;
        return;
    case REGEX_CAT:
        for (const struct regex_node *kid = n->first; kid; kid = kid->next) compile(c, kid);
        return;
    case REGEX_ALT: compile_alternatives(c, n); return;
    case REGEX_REPEAT: compile_repeat(c, n); return;
    default:
        at = emit(c, OP_ASSERT);
        if (!c->full) c->code[at].assertion = (uint8_t)n->kind;
    }
}

const struct regex *regex_compile(struct arena *a, struct str pattern, struct err *e)
{
    struct arena scratch AUTO_ARENA = {0};
    struct compile c = {0};
    struct regex *r = NULL;
    const struct regex_node *tree = regex_parse(&scratch, pattern, e);
    if (!tree) return NULL;
    compile(&c, tree);
    (void)emit(&c, OP_MATCH);
    if (c.full) {
        (void)err_set(e, ERR_BAD_REQUEST, "error parsing regexp: expression too large: `%.*s`", STR_ARG(pattern));
    } else {
        r = ARENA_NEW(a, struct regex);
        r->code = arena_memdup(a, c.code, c.n * sizeof *c.code);
        r->n = c.n;
        for (uint32_t i = 0; i < c.n; i++) { /* the tree's memory goes; sets that are repeated are copied once each */
            if (r->code[i].op != OP_CLASS) continue;
            if (i && r->code[i - 1].op == OP_CLASS && c.code[i - 1].set == c.code[i].set) {
                r->code[i].set = r->code[i - 1].set;
                continue;
            }
            struct regex_class *set = arena_memdup(a, c.code[i].set, sizeof *set);
            if (set->nranges) set->ranges = arena_memdup(a, set->ranges, set->nranges * sizeof *set->ranges);
            r->code[i].set = set;
        }
    }
    free(c.code);
    return r;
}

/* ---- Running ---- */

struct threads { /* a sparse set of places in the program */
    uint32_t *dense, *sparse;
    uint32_t n;
};

struct run {
    const struct regex *r;
    struct threads now, then;
    uint32_t *stack;
    uint32_t before, after; /* the characters around the present place; 0: none */
    bool matched;
};

enum { NO_RUNE = UINT32_MAX };

static bool is_word(uint32_t c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c < 0x80 && (c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool holds(const struct run *m, uint8_t assertion)
{
    switch (assertion) {
    case REGEX_BEGIN_TEXT: return m->before == NO_RUNE;
    case REGEX_END_TEXT: return m->after == NO_RUNE;
    case REGEX_BEGIN_LINE: return m->before == NO_RUNE || m->before == '\n';
    case REGEX_END_LINE: return m->after == NO_RUNE || m->after == '\n';
    case REGEX_WORD: return is_word(m->before) != is_word(m->after);
    default: return is_word(m->before) == is_word(m->after);
    }
}

static bool add_one(struct threads *t, uint32_t at)
{
    if (t->sparse[at] < t->n && t->dense[t->sparse[at]] == at) return false;
    t->sparse[at] = t->n;
    t->dense[t->n++] = at;
    return true;
}

/* Adds a place and all that can be reached from it without a character. */
static void add(struct run *m, struct threads *t, uint32_t at)
{
    uint32_t n = 0;
    m->stack[n++] = at;
    while (n && !m->matched) {
        at = m->stack[--n];
        if (!add_one(t, at)) continue;
        const struct instruction *in = &m->r->code[at];
        if (in->op == OP_MATCH) m->matched = true;
        if (in->op == OP_SPLIT) m->stack[n++] = in->y;
        bool goes_on = in->op == OP_SPLIT || in->op == OP_JUMP || (in->op == OP_ASSERT && holds(m, in->assertion));
        if (goes_on) m->stack[n++] = in->x;
    }
}

static uint32_t rune_at(struct str text, size_t at, size_t *width)
{
    uint32_t rune;
    *width = 0;
    if (at >= text.n) return NO_RUNE;
    *width = utf8_decode(text.p + at, text.p + text.n, &rune);
    return rune;
}

static bool run(struct run *m, struct str text)
{
    size_t width, at = 0;
    m->before = NO_RUNE;
    m->after = rune_at(text, 0, &width);
    for (;;) {
        add(m, &m->now, 0); /* a match may begin here */
        if (m->matched || m->after == NO_RUNE) return m->matched;
        uint32_t c = m->after;
        at += width;
        m->before = c;
        m->after = rune_at(text, at, &width);
        m->then.n = 0;
        for (uint32_t i = 0; i < m->now.n && !m->matched; i++) {
            const struct instruction *in = &m->r->code[m->now.dense[i]];
            if (in->op == OP_CLASS && regex_class_has(in->set, c)) add(m, &m->then, in->x);
        }
        if (m->matched) return true;
        struct threads t = m->now;
        m->now = m->then;
        m->then = t;
    }
}

bool regex_match(const struct regex *r, struct str text)
{
    enum { ON_STACK = 256, LISTS = 6 };
    uint32_t few[ON_STACK * LISTS] = {0}, *room = few;
    size_t n = r->n;
    if (n > ON_STACK) room = xcalloc(n * LISTS, sizeof *room);
    struct run m = {.r = r,
                    .now = {room, room + n, 0},
                    .then = {room + 2 * n, room + 3 * n, 0},
                    .stack = room + 4 * n}; /* two of each place at most */
    bool matched = run(&m, text);
    if (room != few) free(room);
    return matched;
}
