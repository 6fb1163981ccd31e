/* selector.c - label selectors: text, LabelSelector objects, matching. Field selectors are in selector_field.c.
 * Reads: text and trees.   Writes: struct selector in the caller's arena.
 * Upstream: apimachinery pkg/labels/selector.go, pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector). */
#include "selector.h"

#include "label.h"
#include "object.h"
#include "quote.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

/* Terms and labels of which more are looked up through a map: a client chooses how many there are. */
enum { SEARCHES_MAX = 16 };

/* ---- Tokens ---- */

enum token_kind {
    TOK_END,
    TOK_CLOSE,
    TOK_COMMA,
    TOK_NOT,
    TOK_EQ2,
    TOK_EQ,
    TOK_GT,
    TOK_NAME,
    TOK_IN,
    TOK_LT,
    TOK_NE,
    TOK_NOT_IN,
    TOK_OPEN,
};

struct token {
    enum token_kind kind;
    struct str text;
};

struct parser {
    struct arena *arena;
    struct str rest;
    struct token now; /* the token ahead */
    struct err *e;
};

static const struct token symbols[] = {
    /* longer ones first */
    {TOK_EQ2, STR("==")}, {TOK_NE, STR("!=")}, {TOK_CLOSE, STR(")")}, {TOK_COMMA, STR(",")}, {TOK_NOT, STR("!")},
    {TOK_EQ, STR("=")},   {TOK_GT, STR(">")},  {TOK_LT, STR("<")},    {TOK_OPEN, STR("(")},
};

static bool ends_name(char c) { return !c || memchr("=!(),>< \t\r\n", c, 11) != NULL; }

static void read_symbol(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
        if (!str_starts(p->rest, symbols[i].text)) continue;
        p->now = symbols[i];
        p->rest = str_from(p->rest, symbols[i].text.n);
        return;
    }
}

/* Reads the next token into p->now. A NUL ends a name and, elsewhere, the text, as it does upstream. */
static void advance(struct parser *p)
{
    while (p->rest.n && p->rest.p[0] && memchr(" \t\r\n", p->rest.p[0], 4)) p->rest = str_from(p->rest, 1);
    if (!p->rest.n || !p->rest.p[0]) {
        p->now = (struct token){TOK_END, STR("")};
        return;
    }
    if (ends_name(p->rest.p[0])) {
        read_symbol(p);
        return;
    }
    size_t n = 0;
    while (n < p->rest.n && !ends_name(p->rest.p[n])) n++;
    struct str name = str_n(p->rest.p, n);
    p->now = (struct token){str_eqc(name, "in") ? TOK_IN : str_eqc(name, "notin") ? TOK_NOT_IN : TOK_NAME, name};
    p->rest = str_from(p->rest, n < p->rest.n && !p->rest.p[n] ? n + 1 : n);
}

/* The words `in` and `notin` are names too, except where an operator is due. */
static bool at_name(const struct parser *p)
{
    return p->now.kind == TOK_NAME || p->now.kind == TOK_IN || p->now.kind == TOK_NOT_IN;
}

static bool unexpected(const struct parser *p, const char *expected)
{
    return err_set(p->e, ERR_BAD_REQUEST, "found '%.*s'%s", STR_ARG(p->now.text), expected);
}

/* ---- Terms ---- */

struct problems { /* of one term; upstream shows them as an aggregate */
    struct buf text;
    int count;
};

/* "values: Invalid value: " : the caller adds the value and what is wrong with it. */
static void problem_at(struct problems *p, struct str place)
{
    if (p->count++) buf_cstr(&p->text, ", ");
    buf_str(&p->text, place);
    buf_cstr(&p->text, ": Invalid value: ");
}

static void problem(struct problems *p, struct str place, struct str value, const char *why)
{
    problem_at(p, place);
    quote_go(&p->text, value);
    buf_cstr(&p->text, ": ");
    buf_cstr(&p->text, why);
}

static void check_key(struct problems *p, const char *place, struct str key)
{
    struct buf why AUTO_BUF = {0};
    buf_init(&why, ERR_TEXT_MAX);
    if (label_key_ok(&why, key)) return;
    problem(p, str_of(place), key, buf_view(&why).p);
}

static void check_value(struct problems *p, const struct sel_term *t, int i)
{
    struct buf place AUTO_BUF, why AUTO_BUF = {0};
    buf_init(&place, ERR_TEXT_MAX);
    buf_init(&why, ERR_TEXT_MAX);
    if (label_value_ok(&why, t->values[i])) return;
    buf_addf(&place, "values[%d][%.*s]", i, STR_ARG(t->key));
    problem(p, buf_view(&place), t->values[i], buf_view(&why).p);
}

static void check_integers(struct problems *p, const struct sel_term *t)
{
    int64_t number;
    for (int i = 0; i < t->nvalues; i++) {
        if (str_to_i64(t->values[i], &number)) continue;
        char place[32];
        snprintf(place, sizeof place, "values[%d]", i);
        problem(p, str_of(place), t->values[i], "for 'Gt', 'Lt' operators, the value must be an integer");
    }
}

static void check_count(struct problems *p, const struct sel_term *t)
{
    bool set = t->op == SEL_IN || t->op == SEL_NOT_IN, none = t->op == SEL_EXISTS || t->op == SEL_NOT_EXISTS;
    if (set && !t->nvalues) {
        problem_at(p, STR("values"));
        buf_cstr(&p->text, "null: for 'in', 'notin' operators, values set can't be empty");
    } else if (none && t->nvalues) {
        problem_at(p, STR("values"));
        for (int i = 0; i < t->nvalues; i++) {
            buf_cstr(&p->text, i ? "," : "[");
            quote_go(&p->text, t->values[i]);
        }
        buf_cstr(&p->text, "]: values set must be empty for exists and does not exist");
    }
}

/* What upstream's NewRequirement checks. */
static bool check_term(const struct sel_term *t, struct err *e)
{
    struct problems p = {0};
    buf_init(&p.text, ERR_TEXT_MAX);
    check_key(&p, "key", t->key);
    check_count(&p, t);
    if (t->op == SEL_GT || t->op == SEL_LT) check_integers(&p, t);
    for (int i = 0; i < t->nvalues; i++) check_value(&p, t, i);
    struct str text = buf_view(&p.text);
    if (p.count == 1) err_set(e, ERR_BAD_REQUEST, "%.*s", STR_ARG(text));
    if (p.count > 1) err_set(e, ERR_BAD_REQUEST, "[%.*s]", STR_ARG(text));
    buf_release(&p.text);
    return p.count == 0;
}

/* Room for one more item of `size` bytes; grows by doubling in the arena. */
static void *grow(struct arena *a, void *items, int count, size_t size)
{
    if (count & (count - 1) || count == 1) return items;
    void *more = arena_zalloc(a, (size_t)(count ? count * 2 : 2) * size);
    if (count) memcpy(more, items, (size_t)count * size);
    return more;
}

static void add_value(struct arena *a, struct sel_term *t, struct str v)
{
    t->values = grow(a, t->values, t->nvalues, sizeof *t->values);
    t->values[t->nvalues++] = str_copy(a, v);
}

static void add_term(struct arena *a, struct selector *s, const struct sel_term *t)
{
    s->terms = grow(a, s->terms, s->count, sizeof *s->terms);
    s->terms[s->count++] = *t;
}

static int compare_str(const void *a, const void *b) { return str_cmp(*(const struct str *)a, *(const struct str *)b); }

static void sort_values(struct sel_term *t)
{
    if (t->nvalues < 2) return;
    qsort(t->values, (size_t)t->nvalues, sizeof *t->values, compare_str);
    int kept = 1;
    for (int i = 1; i < t->nvalues; i++)
        if (!str_eq(t->values[i], t->values[kept - 1])) t->values[kept++] = t->values[i];
    t->nvalues = kept;
}

struct place { /* for a stable sort */
    struct sel_term term;
    int at;
};

static int compare_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = str_cmp(x->term.key, y->term.key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static void sort_terms(struct arena *a, struct selector *s)
{
    if (s->count < 2) return;
    struct place *places = ARENA_ARRAY(a, struct place, s->count);
    for (int i = 0; i < s->count; i++) places[i] = (struct place){s->terms[i], i};
    qsort(places, (size_t)s->count, sizeof *places, compare_place);
    for (int i = 0; i < s->count; i++) s->terms[i] = places[i].term;
}

/* ---- Text ---- */

/* "(x,y)": empty names between commas count. */
static bool parse_set(struct parser *p, struct sel_term *t)
{
    if (p->now.kind != TOK_OPEN) return unexpected(p, " expected: '('");
    advance(p);
    if (p->now.kind != TOK_CLOSE && p->now.kind != TOK_COMMA && !at_name(p))
        return unexpected(p, ", expected: ',', ')' or identifier");
    bool empty = true; /* nothing between the last separator and here */
    while (p->now.kind != TOK_CLOSE) {
        if (at_name(p)) {
            if (!empty) return unexpected(p, ", expected: ',' or ')'");
            add_value(p->arena, t, p->now.text);
            empty = false;
        } else if (p->now.kind == TOK_COMMA) {
            if (empty) add_value(p->arena, t, STR(""));
            empty = true;
        } else {
            return unexpected(p, empty ? ", expected: ',', or identifier" : ", expected: ',' or ')'");
        }
        advance(p);
    }
    if (empty) add_value(p->arena, t, STR(""));
    advance(p);
    return true;
}

static bool parse_exact(struct parser *p, struct sel_term *t)
{
    bool none = p->now.kind == TOK_END || p->now.kind == TOK_COMMA;
    if (!none && !at_name(p)) return unexpected(p, ", expected: identifier");
    add_value(p->arena, t, none ? STR("") : p->now.text);
    if (!none) advance(p);
    return true;
}

static bool parse_operator(struct parser *p, struct sel_term *t)
{
    static const struct {
        enum token_kind token;
        enum sel_op op;
    } operators[] = {
        {TOK_IN, SEL_IN}, {TOK_NOT_IN, SEL_NOT_IN}, {TOK_EQ, SEL_EQ}, {TOK_EQ2, SEL_EQ},
        {TOK_NE, SEL_NE}, {TOK_GT, SEL_GT},         {TOK_LT, SEL_LT},
    };
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (operators[i].token != p->now.kind) continue;
        t->op = operators[i].op;
        advance(p);
        return true;
    }
    return unexpected(p, ", expected: in, notin, =, ==, !=, gt, lt");
}

static bool parse_term(struct parser *p, struct sel_term *t)
{
    bool negated = p->now.kind == TOK_NOT;
    if (negated) advance(p);
    if (!at_name(p)) return unexpected(p, ", expected: identifier");
    struct problems bad = {0};
    buf_init(&bad.text, ERR_TEXT_MAX);
    check_key(&bad, "<nil>", p->now.text);
    if (bad.count) err_set(p->e, ERR_BAD_REQUEST, "%.*s", STR_ARG(buf_view(&bad.text)));
    buf_release(&bad.text);
    if (bad.count) return false;
    t->key = str_copy(p->arena, p->now.text);
    t->op = negated ? SEL_NOT_EXISTS : SEL_EXISTS;
    advance(p);
    if (negated || p->now.kind == TOK_END || p->now.kind == TOK_COMMA) return true;
    if (!parse_operator(p, t)) return false;
    bool set = t->op == SEL_IN || t->op == SEL_NOT_IN;
    if (set ? !parse_set(p, t) : !parse_exact(p, t)) return false;
    sort_values(t);
    return check_term(t, p->e);
}

bool sel_parse(struct arena *a, struct str text, struct selector *out, struct err *e)
{
    struct parser p = {.arena = a, .rest = text, .e = e};
    *out = (struct selector){0};
    advance(&p);
    if (p.now.kind == TOK_END) return true;
    if (p.now.kind != TOK_NOT && !at_name(&p)) return unexpected(&p, ", expected: !, identifier, or 'end of string'");
    for (;;) {
        struct sel_term t = {0};
        if (!parse_term(&p, &t)) return err_context(e, "unable to parse requirement");
        add_term(a, out, &t);
        if (p.now.kind == TOK_END) break;
        if (p.now.kind != TOK_COMMA) return unexpected(&p, ", expected: ',' or 'end of string'");
        advance(&p);
        if (p.now.kind != TOK_NOT && !at_name(&p)) return unexpected(&p, ", expected: identifier after ','");
    }
    sort_terms(a, out);
    return true;
}

/* ---- Objects ---- */

static bool add_expression(struct arena *a, struct selector *s, const struct json *x, struct err *e)
{
    static const struct {
        const char *name;
        enum sel_op op;
    } operators[] = {{"In", SEL_IN}, {"NotIn", SEL_NOT_IN}, {"Exists", SEL_EXISTS}, {"DoesNotExist", SEL_NOT_EXISTS}};
    struct str name = obj_str(x, ".operator");
    size_t at = 0;
    while (at < ARRAY_LEN(operators) && !str_eqc(name, operators[at].name)) at++;
    if (at == ARRAY_LEN(operators)) {
        struct buf quoted AUTO_BUF = {0};
        buf_init(&quoted, ERR_TEXT_MAX);
        quote_go(&quoted, name);
        return err_set(e, ERR_BAD_REQUEST, "%.*s is not a valid label selector operator", STR_ARG(buf_view(&quoted)));
    }
    struct sel_term t = {.key = str_copy(a, obj_str(x, ".key")), .op = operators[at].op};
    for (OBJ_EACH(v, x, ".values")) add_value(a, &t, obj_text(v));
    if (!check_term(&t, e)) return false;
    sort_values(&t);
    add_term(a, s, &t);
    return true;
}

bool sel_from_object(struct arena *a, const struct json *label_selector, struct selector *out, struct err *e)
{
    *out = (struct selector){.nothing = !label_selector || label_selector->type == JSON_NULL};
    for (OBJ_EACH(it, label_selector, ".matchLabels")) {
        struct sel_term t = {.key = str_copy(a, obj_key(it)), .op = SEL_EQ};
        add_value(a, &t, obj_text(it));
        if (!check_term(&t, e)) return false;
        add_term(a, out, &t);
    }
    for (OBJ_EACH(it, label_selector, ".matchExpressions"))
        if (!add_expression(a, out, it, e)) return false;
    sort_terms(a, out);
    return true;
}

void sel_from_map(struct arena *a, const struct json *map, struct selector *out)
{
    *out = (struct selector){0};
    for (OBJ_EACH(it, map, "")) {
        struct sel_term t = {.key = str_copy(a, obj_key(it)), .op = SEL_EQ};
        add_value(a, &t, obj_text(it));
        add_term(a, out, &t);
    }
    sort_terms(a, out);
}

/* ---- Use ---- */

static bool has_value(const struct sel_term *t, struct str v)
{
    for (int i = 0; i < t->nvalues; i++)
        if (str_eq(t->values[i], v)) return true;
    return false;
}

static bool match_number(const struct sel_term *t, struct str v)
{
    int64_t have, limit;
    if (t->nvalues != 1 || !str_to_i64(v, &have) || !str_to_i64(t->values[0], &limit)) return false;
    return t->op == SEL_GT ? have > limit : have < limit;
}

static bool match_term(const struct sel_term *t, const struct json *label)
{
    switch (t->op) {
    case SEL_IN:
    case SEL_EQ: return label && has_value(t, obj_text(label));
    case SEL_NOT_IN:
    case SEL_NE: return !label || !has_value(t, obj_text(label));
    case SEL_EXISTS: return label != NULL;
    case SEL_NOT_EXISTS: return !label;
    case SEL_GT:
    case SEL_LT: return label && match_number(t, obj_text(label));
    }
    return false;
}

static bool match_by_map(const struct selector *s, const struct json *labels)
{
    struct map by_key = {0};
    bool all = true;
    JSON_FOREACH(it, labels)
    if (!map_has(&by_key, it->key)) map_set(&by_key, it->key, it);
    for (int i = 0; i < s->count && all; i++) all = match_term(&s->terms[i], map_get(&by_key, s->terms[i].key));
    map_release(&by_key, NULL);
    return all;
}

bool sel_match(const struct selector *s, const struct json *labels)
{
    if (s->nothing) return false;
    if (!json_is(labels, JSON_OBJ)) labels = NULL;
    if (s->count > SEARCHES_MAX && labels && labels->count > SEARCHES_MAX) return match_by_map(s, labels);
    for (int i = 0; i < s->count; i++)
        if (!match_term(&s->terms[i], json_get(labels, s->terms[i].key))) return false;
    return true;
}

void sel_write(struct buf *out, const struct selector *s)
{
    static const char *const signs[] = {
        [SEL_IN] = " in (", [SEL_NOT_IN] = " notin (", [SEL_EQ] = "=", [SEL_NE] = "!=", [SEL_GT] = ">", [SEL_LT] = "<"};
    for (int i = 0; i < s->count; i++) {
        const struct sel_term *t = &s->terms[i];
        if (i) buf_char(out, ',');
        if (t->op == SEL_NOT_EXISTS) buf_char(out, '!');
        buf_str(out, t->key);
        if (signs[t->op]) buf_cstr(out, signs[t->op]);
        for (int v = 0; v < t->nvalues; v++) {
            if (v) buf_char(out, ',');
            buf_str(out, t->values[v]);
        }
        if (t->op == SEL_IN || t->op == SEL_NOT_IN) buf_char(out, ')');
    }
}
