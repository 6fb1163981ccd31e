/* jsonpath.c - see jsonpath.h. A path is a list of steps; each maps a list of values to another one.
 * Reads: trees.   Writes: an arena.
 * Upstream: client-go util/jsonpath/{parser,jsonpath}.go: what fails there ends here without a value. */
#include "apiserver/crd/jsonpath.h"

#include "api/yaml_scalar.h"
#include "base/buf.h"

enum step_kind {
    STEP_FIELD,
    STEP_ARRAY,
    STEP_WILDCARD,
    STEP_RECURSIVE,
    STEP_UNION,
    STEP_FILTER,
    STEP_VALUE, /* a constant: text, number or boolean */
};

enum {
    NESTING_MAX = 16,         /* of filters and unions in each other */
    UNION_MAX = 32,           /* parts of one union */
    VISITS_MAX = 100000,      /* nodes that one evaluation may look at */
    OPERATOR_MAX = 2,         /* "<=" */
    VALUE_TEXT_MAX = 1 << 20, /* of a cell */
};

struct jsonpath {
    struct step *steps;
    int nsteps;
};

struct bound { /* of a slice */
    bool known, derived;
    int64_t value;
};

struct step {
    enum step_kind kind;
    struct str name;
    struct bound bounds[3];
    struct jsonpath *parts; /* of a union; of a filter: left and right */
    int nparts;
    char op[OPERATOR_MAX + 1]; /* "" : exists */
    struct json *value;
};

/* ---- Parsing ---- */

struct parse {
    struct arena *a;
    const char *at, *end;
    int depth;
    struct err *e;
};

static bool parse_text(struct arena *a, struct str text, int depth, struct jsonpath *out, struct err *e);

static bool fail(const struct parse *p, const char *why) { return err_set(p->e, ERR_BAD_REQUEST, "%s", why); }

static struct step *add(struct parse *p, struct jsonpath *out, enum step_kind kind)
{
    if (out->nsteps == JSONPATH_STEPS_MAX) return NULL;
    if ((out->nsteps & (out->nsteps - 1)) == 0) { /* 0, 1, 2, 4, ..: it is full */
        struct step *grown = ARENA_ARRAY(p->a, struct step, out->nsteps ? 2 * out->nsteps : 1);
        if (out->nsteps) memcpy(grown, out->steps, (size_t)out->nsteps * sizeof *grown);
        out->steps = grown;
    }
    struct step *s = &out->steps[out->nsteps++];
    s->kind = kind;
    return s;
}

static bool is_terminator(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || strchr(".,[]$@{}", c); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_word(char c) { return c == '_' || is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80); }

/* A name up to a terminator that no backslash takes away. */
static bool parse_field(struct parse *p, struct jsonpath *out)
{
    char *name = arena_alloc(p->a, (size_t)(p->end - p->at) + 1);
    size_t n = 0;
    const char *from = p->at;
    while (p->at < p->end && !is_terminator(*p->at)) {
        if (*p->at == '\\' && ++p->at == p->end) break;
        if (*p->at != '\\') name[n++] = *p->at;
        p->at++;
    }
    bool star = p->at - from == 1 && *from == '*';
    struct step *s = add(p, out, star ? STEP_WILDCARD : STEP_FIELD);
    if (!s) return fail(p, "too many steps");
    name[n] = '\0';
    s->name = str_n(name, n);
    return true;
}

static bool parse_bound(const struct parse *p, struct str text, struct bound *b)
{
    b->known = text.n > 0;
    if (text.n && !str_to_i64(text, &b->value)) return fail(p, "invalid array index");
    return true;
}

/* "3", "1:2", ":", "::2" */
static bool parse_slice(struct parse *p, struct str text, struct jsonpath *out)
{
    struct str rest = text, parts[3] = {STR_NULL, STR_NULL, STR_NULL};
    int n = 0;
    for (; n < 3 && !str_is_null(rest); n++) parts[n] = str_cut(rest, ':', &rest);
    struct step *s = add(p, out, STEP_ARRAY);
    if (!s || !str_is_null(rest) || !text.n) return fail(p, "invalid array index");
    for (int i = 0; i < n; i++)
        if (!parse_bound(p, parts[i], &s->bounds[i])) return false;
    if (n == 1) s->bounds[1] = (struct bound){true, true, MIN(s->bounds[0].value, INT64_MAX - 1) + 1};
    return true;
}

static bool parse_union(struct parse *p, struct str text, struct jsonpath *out)
{
    struct step *s = add(p, out, STEP_UNION);
    if (!s) return fail(p, "too many steps");
    s->parts = ARENA_ARRAY(p->a, struct jsonpath, UNION_MAX);
    while (!str_is_null(text)) {
        struct str part = str_trim(str_cut(text, ',', &text));
        if (s->nparts == UNION_MAX) return fail(p, "too many parts");
        struct str inner = str_printf(p->a, "[%.*s]", STR_ARG(part));
        if (!parse_text(p->a, inner, p->depth + 1, &s->parts[s->nparts++], p->e)) return false;
    }
    return true;
}

static bool parse_array(struct parse *p, struct jsonpath *out)
{
    const char *close = memchr(p->at, ']', (size_t)(p->end - p->at));
    if (!close) return fail(p, "unterminated array");
    struct str text = str_n(p->at, (size_t)(close - p->at));
    p->at = close + 1;
    if (str_eq(text, STR("*"))) text = STR(":");
    if (str_chr(text, ',') != SIZE_MAX) return parse_union(p, text, out);
    if (text.n > 2 && text.p[0] == '\'' && text.p[text.n - 1] == '\'') {
        struct str key = str_printf(p->a, ".%.*s", (int)text.n - 2, text.p + 1);
        struct jsonpath inner = {0};
        if (!parse_text(p->a, key, p->depth + 1, &inner, p->e)) return false;
        for (int i = 0; i < inner.nsteps; i++) {
            struct step *s = add(p, out, inner.steps[i].kind);
            if (!s) return fail(p, "too many steps");
            *s = inner.steps[i];
        }
        return true;
    }
    return parse_slice(p, text, out);
}

/* The end of a filter's inside: the ')' that is in no quotes. */
static const char *filter_end(const struct parse *p)
{
    char quote = 0;
    bool over = false;
    for (const char *at = p->at; at < p->end; at++) {
        if ((*at == '"' || *at == '\'') && !quote)
            quote = *at;
        else if (*at == quote && at[-1] != '\\')
            over = true;
        else if (*at == ')' && (quote != 0) == over)
            return at;
    }
    return NULL;
}

static bool parse_filter(struct parse *p, struct jsonpath *out)
{
    const char *close = filter_end(p);
    struct step *s = add(p, out, STEP_FILTER);
    if (!close || !s || close + 1 >= p->end || close[1] != ']') return fail(p, "unterminated filter");
    struct str text = str_n(p->at, (size_t)(close - p->at)), left = text, right = STR_NULL;
    p->at = close + 2;
    size_t i = 0, n = 0;
    while (i < text.n && !strchr("!<>=", text.p[i])) i++;
    while (i + n < text.n && strchr("!<>=", text.p[i + n])) n++;
    bool compares = i > 0 && n > 0 && i + n < text.n;
    if (compares && n > OPERATOR_MAX) return fail(p, "unrecognized filter operator");
    if (compares) {
        memcpy(s->op, text.p + i, n);
        left = str_n(text.p, i);
        right = str_from(text, i + n);
    }
    s->parts = ARENA_ARRAY(p->a, struct jsonpath, 2);
    s->nparts = compares ? 2 : 1;
    return parse_text(p->a, left, p->depth + 1, &s->parts[0], p->e) &&
           (!compares || parse_text(p->a, right, p->depth + 1, &s->parts[1], p->e));
}

static bool parse_quote(struct parse *p, char quote, struct jsonpath *out)
{
    char *text = arena_alloc(p->a, (size_t)(p->end - p->at) + 1);
    size_t n = 0;
    for (; p->at < p->end && *p->at != quote; p->at++) {
        if (*p->at == '\\' && p->at + 1 < p->end) p->at++;
        text[n++] = *p->at;
    }
    if (p->at == p->end) return fail(p, "unterminated quoted string");
    p->at++;
    struct step *s = add(p, out, STEP_VALUE);
    if (!s) return fail(p, "too many steps");
    s->value = json_str(p->a, str_n(text, n));
    return true;
}

/* A number or a boolean. */
static bool parse_literal(struct parse *p, struct jsonpath *out)
{
    const char *from = p->at++;
    while (p->at < p->end && !strchr(" \t\r\n,[]$@{}", *p->at)) p->at++;
    struct str text = str_n(from, (size_t)(p->at - from));
    struct err ignored = ERR_INIT;
    struct json *v = json_parse(p->a, *from == '+' ? str_from(text, 1) : text, &ignored);
    struct step *s = add(p, out, STEP_VALUE);
    if (!s || !v || v->type == JSON_NULL) return fail(p, "unrecognized identifier");
    s->value = v;
    return true;
}

static bool parse_step(struct parse *p, struct jsonpath *out)
{
    struct str rest = str_n(p->at, (size_t)(p->end - p->at));
    if (str_starts(rest, STR("[?("))) {
        p->at += 3;
        return parse_filter(p, out);
    }
    if (str_starts(rest, STR(".."))) {
        p->at += 2;
        bool twice = out->nsteps && out->steps[out->nsteps - 1].kind == STEP_RECURSIVE;
        if (twice || !add(p, out, STEP_RECURSIVE)) return fail(p, "invalid multiple recursive descent");
        return p->at == p->end || !is_word(*p->at) || parse_field(p, out);
    }
    char c = *p->at;
    if (c == ' ' || c == '@' || c == '$') return p->at++, true;
    if (c == '[') return p->at++, parse_array(p, out);
    if (c == '"' || c == '\'') return p->at++, parse_quote(p, c, out);
    if (c == '.') return p->at++, parse_field(p, out);
    if (c == '+' || c == '-' || is_word(c)) return parse_literal(p, out);
    return fail(p, "unrecognized character in action");
}

static bool parse_text(struct arena *a, struct str text, int depth, struct jsonpath *out, struct err *e)
{
    struct parse p = {a, text.p, text.p + text.n, depth, e};
    if (depth > NESTING_MAX) return fail(&p, "nested too deeply");
    while (p.at < p.end)
        if (!parse_step(&p, out)) return false;
    return true;
}

const struct jsonpath *jsonpath_compile(struct arena *a, struct str text, struct err *e)
{
    struct jsonpath *p = ARENA_NEW(a, struct jsonpath);
    return parse_text(a, text, 0, p, e) ? p : NULL;
}

/* ---- Evaluating ---- */

struct values {
    const struct json **v;
    size_t n, cap;
};

struct eval {
    struct arena *a;
    size_t visits;
    bool failed;
};

static void push(struct eval *ev, struct values *out, const struct json *v)
{
    if (ev->failed || ++ev->visits > VISITS_MAX) {
        ev->failed = true;
        return;
    }
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 8;
        const struct json **grown = ARENA_ARRAY(ev->a, const struct json *, cap);
        if (out->n) memcpy(grown, out->v, out->n * sizeof *grown);
        out->v = grown;
        out->cap = cap;
    }
    out->v[out->n++] = v;
}

static struct values run(struct eval *ev, const struct jsonpath *p, struct values in);

static void eval_array(struct eval *ev, const struct step *s, const struct json *v, struct values *out)
{
    if (v->type == JSON_NULL) return;
    if (v->type != JSON_ARR) {
        ev->failed = true;
        return;
    }
    int64_t n = v->count, from = s->bounds[0].known ? s->bounds[0].value : 0,
            to = s->bounds[1].known ? s->bounds[1].value : n, step = s->bounds[2].known ? s->bounds[2].value : 1, i = 0;
    if (from < 0) from += n;
    if (to < 0 || (to == 0 && s->bounds[1].derived)) to += n;
    if (from == to) return;
    if (from >= n || from < 0 || to > n || to < 0 || from > to || step <= 0) {
        ev->failed = true;
        return;
    }
    JSON_FOREACH(it, v)
    {
        if (i >= from && i < to && (i - from) % step == 0) push(ev, out, it);
        i++;
    }
}

static void eval_recursive(struct eval *ev, const struct json *v, struct values *out)
{
    if (!json_kids(v)) return;
    push(ev, out, v);
    JSON_FOREACH(it, v)
    if (!ev->failed) eval_recursive(ev, it, out);
}

static bool is_number(const struct json *v) { return v->type == JSON_INT || v->type == JSON_REAL; }

/* As text/template's comparisons: only what is of one kind can be compared. */
static bool compare(struct eval *ev, const char *op, const struct json *l, const struct json *r)
{
    int order;
    bool equality = op[1] == '=' && (*op == '=' || *op == '!');
    if (l->type == JSON_STR && r->type == JSON_STR)
        order = str_cmp(l->u.s, r->u.s);
    else if (is_number(l) && l->type == r->type)
        order = (json_number(l) > json_number(r)) - (json_number(l) < json_number(r));
    else if (l->type == JSON_BOOL && r->type == JSON_BOOL && equality)
        order = l->u.b != r->u.b;
    else
        return ev->failed = true, false;
    if (strcmp(op, "==") == 0) return order == 0;
    if (strcmp(op, "!=") == 0) return order != 0;
    if (strcmp(op, "<") == 0) return order < 0;
    if (strcmp(op, "<=") == 0) return order <= 0;
    if (strcmp(op, ">") == 0) return order > 0;
    if (strcmp(op, ">=") == 0) return order >= 0;
    return ev->failed = true, false;
}

static bool passes(struct eval *ev, const struct step *s, const struct json *it)
{
    struct values one = {&it, 1, 1}, left = run(ev, &s->parts[0], one);
    if (!*s->op) {
        ev->failed = ev->failed && ev->visits > VISITS_MAX;
        return left.n > 0;
    }
    if (ev->failed || !left.n) return false;
    struct values right = run(ev, &s->parts[1], one);
    if (left.n > 1 || right.n > 1) ev->failed = true;
    return !ev->failed && right.n && compare(ev, s->op, left.v[0], right.v[0]);
}

static void eval_filter(struct eval *ev, const struct step *s, const struct json *v, struct values *out)
{
    if (v->type != JSON_ARR) {
        ev->failed = true;
        return;
    }
    JSON_FOREACH(it, v)
    {
        if (ev->failed) return;
        if (passes(ev, s, it)) push(ev, out, it);
    }
}

static void eval_one(struct eval *ev, const struct step *s, const struct json *v, struct values *out)
{
    const struct json *found;
    switch (s->kind) {
    case STEP_FIELD:
        found = json_get(v, s->name);
        if (found) push(ev, out, found);
        return;
    case STEP_WILDCARD: JSON_FOREACH(it, v) push(ev, out, it); return;
    case STEP_ARRAY: eval_array(ev, s, v, out); return;
    case STEP_RECURSIVE: eval_recursive(ev, v, out); return;
    case STEP_FILTER: eval_filter(ev, s, v, out); return;
    case STEP_VALUE: push(ev, out, s->value); return;
    case STEP_UNION: return;
    }
}

static struct values run(struct eval *ev, const struct jsonpath *p, struct values in)
{
    for (int i = 0; i < p->nsteps && !ev->failed; i++) {
        const struct step *s = &p->steps[i];
        struct values out = {0};
        for (int k = 0; s->kind == STEP_UNION && k < s->nparts; k++) {
            struct values part = run(ev, &s->parts[k], in);
            for (size_t v = 0; v < part.n; v++) push(ev, &out, part.v[v]);
        }
        for (size_t v = 0; s->kind != STEP_UNION && v < in.n && !ev->failed; v++) eval_one(ev, s, in.v[v], &out);
        in = out;
    }
    return in;
}

const struct json *jsonpath_first(struct arena *a, const struct jsonpath *p, const struct json *root)
{
    struct eval ev = {.a = a};
    struct values found = run(&ev, p, (struct values){&root, 1, 1});
    return ev.failed || !found.n ? NULL : found.v[0];
}

struct str jsonpath_text(struct arena *a, const struct json *v)
{
    char text[YAML_REAL_MAX];
    struct buf b AUTO_BUF = {0};
    switch (v->type) {
    case JSON_STR: return v->u.s;
    case JSON_NULL: return STR("<no value>");
    case JSON_REAL: return str_of(arena_strdup(a, yaml_real_general(json_number(v), text)));
    default: break;
    }
    buf_init(&b, VALUE_TEXT_MAX);
    json_write(&b, v);
    return str_copy(a, buf_view(&b));
}
