/* typed_check.c - does a client's tree fit its type? In the words of upstream, which prints Go values.
 * Reads: the tree, the schema.   Writes: the errors' text in the arena.
 * Upstream: structured-merge-diff typed/validate.go, typed/helpers.go. */
#include "quote.h"
#include "typed.h"

enum { ERRORS_MAX = 100, PATH_TEXT_MAX = 8 << 10, SHOWN_MAX = 64 << 10 };

struct place { /* lives on the C stack and costs nothing until it is printed */
    const struct place *up;
    struct path_elem at;
};

struct check_run {
    struct arena *a;
    bool duplicates;
    int count;
    struct buf text;
};

/* ---- Go's formats ---- */

static const char *go_type(const struct json *v)
{
    static const char *const names[] = {[JSON_NULL] = "<nil>",         [JSON_BOOL] = "bool",
                                        [JSON_INT] = "int64",          [JSON_REAL] = "float64",
                                        [JSON_STR] = "string",         [JSON_RAW] = "map[string]interface {}",
                                        [JSON_ARR] = "[]interface {}", [JSON_OBJ] = "map[string]interface {}"};
    return names[v->type];
}

/* %v, or %#v when `syntax`. Maps are sorted already: a client's tree is when it is checked. */
static void show(struct buf *out, const struct json *v, bool syntax)
{
    if (v->type == JSON_STR && syntax) {
        quote_go(out, v->u.s);
    } else if (v->type == JSON_STR) {
        buf_str(out, v->u.s);
    } else if (v->type == JSON_NULL) {
        buf_cstr(out, syntax ? "interface {}(nil)" : "<nil>");
    } else if (v->type < JSON_ARR) {
        json_write(out, v);
    } else {
        bool map = v->type == JSON_OBJ;
        buf_addf(out, "%s%s", syntax ? go_type(v) : map ? "map" : "", syntax ? "{" : "[");
        JSON_FOREACH(it, v)
        {
            if (it != json_kids(v)) buf_cstr(out, syntax ? ", " : " ");
            if (map && syntax) quote_go(out, it->key);
            if (map && !syntax) buf_str(out, it->key);
            if (map) buf_char(out, ':');
            show(out, it, syntax);
        }
        buf_cstr(out, syntax ? "}" : "]");
    }
}

static struct str shown(struct check_run *c, const struct json *v, bool syntax)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, SHOWN_MAX);
    buf_cstr(&text, syntax ? "&value.valueUnstructured{Value:" : "&{");
    show(&text, v, syntax);
    buf_char(&text, '}');
    return str_copy(c->a, buf_view(&text));
}

/* ---- Errors ---- */

static void put_place(struct buf *out, const struct place *p)
{
    if (!p) return;
    put_place(out, p->up);
    path_show(out, &p->at);
}

static void complain(struct check_run *c, const struct place *at, struct str what)
{
    struct buf path AUTO_BUF = {0};
    if (c->count++ >= ERRORS_MAX) return;
    buf_init(&path, PATH_TEXT_MAX);
    put_place(&path, at);
    buf_addf(&c->text, "\n  %.*s%s%.*s", STR_ARG(buf_view(&path)), path.n ? ": " : "", STR_ARG(what));
}

static void complain_type(struct check_run *c, const struct place *at, const char *wanted, const struct json *v,
                          bool syntax)
{
    complain(c, at, str_printf(c->a, "expected %s, got %.*s", wanted, STR_ARG(shown(c, v, syntax))));
}

/* ---- Values ---- */

static void check_scalar(struct check_run *c, const struct api_field *f, const struct json *v, const struct place *at)
{
    bool number = v->type == JSON_INT || v->type == JSON_REAL;
    switch (f->value) {
    case API_INT32:
    case API_INT64:
    case API_DOUBLE:
        if (!number) complain(c, at, str_printf(c->a, "expected numeric (int or float), got %s", go_type(v)));
        return;
    case API_STRING:
    case API_BYTES:
    case API_DURATION:
        if (v->type != JSON_STR) complain_type(c, at, "string", v, true);
        return;
    case API_BOOL:
        if (v->type != JSON_BOOL) complain_type(c, at, "boolean", v, false);
        return;
    default:
        if (v->type >= JSON_ARR) complain_type(c, at, "any scalar", v, false);
    }
}

static void check_value(struct check_run *c, struct typed t, const struct json *v, const struct place *at);

static int by_place(const struct typed_item *l, const struct typed_item *r) { return path_cmp(&l->at, &r->at); }

/* An element that cannot be told ends the look at its list. */
static void check_list(struct check_run *c, const struct typed_shape *s, struct typed t, const struct json *v,
                       const struct place *at)
{
    struct place here = {.up = at, .at = {.kind = PATH_INDEX}};
    uint32_t n, seen = 0;
    struct typed_item *items = s->atomic ? NULL : typed_items(c->a, s, v, &n);
    JSON_FOREACH(it, v)
    {
        const char *why;
        here.at = (struct path_elem){.kind = PATH_INDEX, .u.index = seen};
        if (!s->atomic && !typed_elem(c->a, s, it, &here.at, &why)) {
            complain(c, at, str_printf(c->a, "element %u: %s", seen, why));
            return;
        }
        check_value(c, typed_element(s, t), it, &here);
        seen++;
    }
    if (s->atomic || c->duplicates) return;
    for (uint32_t i = 1; i < n; i++) {
        if (by_place(&items[i - 1], &items[i]) != 0) continue;
        struct buf text AUTO_BUF = {0};
        buf_init(&text, PATH_TEXT_MAX);
        buf_cstr(&text, "duplicate entries for key ");
        path_show(&text, &items[i].at);
        complain(c, at, str_copy(c->a, buf_view(&text)));
    }
}

static void check_map(struct check_run *c, const struct typed_shape *s, struct typed t, const struct json *v,
                      const struct place *at)
{
    JSON_FOREACH(it, v)
    {
        struct place here = {.up = at, .at = path_field(it->key)};
        struct typed below;
        if (!typed_member(s, t, it->key, &below)) {
            complain(c, &here, STR("field not declared in schema"));
            return;
        }
        check_value(c, below, it, &here);
    }
}

static void check_value(struct check_run *c, struct typed t, const struct json *v, const struct place *at)
{
    struct typed_shape s = typed_shape(t);
    if (s.kind == TYPED_ANY || v->type == JSON_NULL || v->type == JSON_RAW) return;
    if (s.kind == TYPED_SCALAR)
        check_scalar(c, s.field, v, at);
    else if (v->type != (s.kind == TYPED_LIST ? JSON_ARR : JSON_OBJ))
        complain_type(c, at, s.kind == TYPED_LIST ? "list" : "map", v, false);
    else if (s.kind == TYPED_LIST)
        check_list(c, &s, t, v, at);
    else
        check_map(c, &s, t, v, at);
}

bool typed_check(struct arena *a, struct typed t, const struct json *tree, bool duplicates, struct str *errors)
{
    struct check_run c = {.a = a, .duplicates = duplicates};
    buf_init(&c.text, SHOWN_MAX);
    check_value(&c, t, tree, NULL);
    if (c.count == 1) *errors = str_copy(a, str_from(buf_view(&c.text), 3));
    if (c.count > 1) *errors = str_printf(a, "errors:%.*s", STR_ARG(buf_view(&c.text)));
    buf_release(&c.text);
    return !c.count;
}
