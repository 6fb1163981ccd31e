/* inner.c - see inner.h. Reads: nodes of a defaulted tree, the names of inner types.   Writes: struct check; text. */
#include "apiserver/object/inner.h"

#include "api/decode.h"
#include "api/object.h"
#include "api/schema.h"
#include "base/udiff.h"
#include "schema_ids.h"

enum {
    SHOWN_MAX = 48 * 1024,  /* of a value in an error, which has room for a detail too; upstream knows no end */
    WHOLE_MAX = 512 * 1024, /* of a text whose difference is shown: about UDIFF_LINES_MAX long lines */
};

struct writer {
    struct buf *out;
    int depth; /* -1: one line; else how far in the present line is */
};

/* One member of an inner type, taken from its row of names. */
struct inner_member {
    struct str name, json;
    bool plain, above, inlined;
    bool empty; /* it was sent, as [], {} or "" */
};

static void write_value(struct writer *w, const struct api_type *t, const struct json *node, const struct json *above);

/* ---- Rows ---- */

static struct inner_member member_of(struct str token, char json[static 64])
{
    struct inner_member m = {0};
    struct str rest;
    for (; token.n; token.n--) {
        char sign = token.p[token.n - 1];
        if (sign == '!')
            m.plain = true;
        else if (sign == '^')
            m.above = true;
        else
            break;
    }
    m.name = str_cut(token, '=', &rest);
    m.json = rest;
    if (str_is_null(rest)) {
        size_t n = MIN(m.name.n, 63);
        memcpy(json, m.name.p, n);
        json[0] = (char)(json[0] | 32);
        m.json = str_n(json, n);
    }
    m.inlined = token.n && token.p[0] == '@';
    return m;
}

/* ---- Layout ---- */

static void new_line(struct writer *w)
{
    if (w->depth < 0) return;
    buf_char(w->out, '\n');
    for (int i = 0; i < w->depth; i++) buf_char(w->out, ' ');
}

static void open(struct writer *w, char bracket)
{
    buf_char(w->out, bracket);
    if (w->depth >= 0) w->depth++;
}

static void close(struct writer *w, char bracket, bool empty)
{
    if (w->depth >= 0) w->depth--;
    if (!empty) new_line(w);
    buf_char(w->out, bracket);
}

static void next(struct writer *w, bool *empty)
{
    if (!*empty) buf_char(w->out, ',');
    *empty = false;
    new_line(w);
}

static void write_name(struct writer *w, struct str name)
{
    json_write_string(w->out, name);
    buf_cstr(w->out, w->depth < 0 ? ":" : ": ");
}

/* ---- Values ---- */

/* Any JSON, laid out like the rest. */
static void write_json(struct writer *w, const struct json *node)
{
    bool empty = true, list = json_is(node, JSON_ARR);
    if (!list && !json_is(node, JSON_OBJ)) {
        json_write(w->out, node);
        return;
    }
    open(w, list ? '[' : '{');
    for (const struct json *it = obj_first(node, ""); it && buf_ok(w->out); it = obj_next(it)) {
        next(w, &empty);
        if (!list) write_name(w, obj_key(it));
        write_json(w, it);
    }
    close(w, list ? ']' : '}', empty);
}

/* What a member holds that was not said. */
static const char *zero_of(const struct api_field *f, bool pointer)
{
    if (pointer || f->shape != API_ONE) return "null";
    switch (f->value) {
    case API_STRING: return "\"\"";
    case API_INT32:
    case API_INT64:
    case API_INT_OR_STRING: return "0";
    case API_BOOL: return "false";
    case API_QUANTITY: return "\"0\"";
    default: return "null";
    }
}

static const char *empty_of(const struct api_field *f)
{
    return f->shape == API_MAP ? "{}" : f->value == API_BYTES && f->shape == API_ONE ? "\"\"" : "[]";
}

static void write_one(struct writer *w, const struct api_field *f, const struct json *node, const struct json *above)
{
    if (f->value == API_STRUCT)
        write_value(w, f->type, node, above);
    else
        write_json(w, node);
}

static void write_field(struct writer *w, const struct api_field *f, const struct inner_member *m,
                        const struct json *node, const struct json *holder)
{
    bool pointer = f->flags & API_F_POINTER && !m->plain, empty = true;
    bool is_struct = f->value == API_STRUCT && f->shape == API_ONE;
    if (json_is(node, JSON_NULL)) node = NULL;
    if (!node && (pointer || !is_struct)) {
        buf_cstr(w->out, m->empty ? empty_of(f) : zero_of(f, pointer));
    } else if (f->shape == API_ONE) {
        write_one(w, f, node, holder);
    } else {
        open(w, f->shape == API_LIST ? '[' : '{');
        for (const struct json *it = obj_first(node, ""); it && buf_ok(w->out); it = obj_next(it)) {
            next(w, &empty);
            if (f->shape == API_MAP) write_name(w, obj_key(it));
            write_one(w, f, it, holder);
        }
        close(w, f->shape == API_LIST ? ']' : '}', empty);
    }
}

static void write_member(struct writer *w, const struct api_type *t, struct str token, const struct json *node,
                         const struct json *above, bool *empty)
{
    char json[64];
    struct inner_member m = member_of(token, json);
    if (m.inlined) {
        for (OBJ_EACH(it, node, ".metadata")) {
            next(w, empty);
            write_name(w, obj_key(it));
            write_json(w, it);
        }
        return;
    }
    const struct api_type *of = m.above ? &type_core_v1_PodSpec : t;
    const struct json *holder = m.above ? above : node;
    const struct api_field *f = api_field_of(of, m.json);
    if (!f) return;
    m.empty = api_sent_empty(holder, of, f->name.p);
    next(w, empty);
    write_name(w, m.name);
    write_field(w, f, &m, json_get(holder, m.json), node);
}

static void write_union(struct writer *w, const struct api_type *t, const struct json *node)
{
    const struct api_field *of = api_union_field(t, node->type);
    const struct inner_member plain = {0};
    bool empty = true;
    open(w, '{');
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        next(w, &empty);
        write_name(w, f->name);
        if (f->value == API_BOOL)
            buf_cstr(w->out, node->type != JSON_BOOL || node->u.b ? "true" : "false");
        else
            write_field(w, f, &plain, f == of ? node : NULL, NULL);
    }
    close(w, '}', false);
}

/* node NULL: all its members are zero. */
static void write_value(struct writer *w, const struct api_type *t, const struct json *node, const struct json *above)
{
    const char *names = inner_names(t);
    bool empty = true;
    if (node && t->form == API_FORM_UNION) {
        write_union(w, t, node);
        return;
    }
    if (!names) {
        if (node)
            write_json(w, node);
        else
            buf_cstr(w->out, "{}");
        return;
    }
    open(w, '{');
    for (struct str rest = str_of(names); !str_is_null(rest) && buf_ok(w->out);)
        write_member(w, t, str_cut(rest, ' ', &rest), node, above, &empty);
    close(w, '}', empty);
}

static void write_list(struct writer *w, const struct api_type *t, const struct json *list)
{
    bool empty = true;
    open(w, '[');
    for (const struct json *it = obj_first(list, ""); it && buf_ok(w->out); it = obj_next(it)) {
        next(w, &empty);
        write_value(w, t, it, NULL);
    }
    close(w, ']', empty);
}

/* ---- What others ask for ---- */

struct json *inner_shown(struct arena *a, const struct api_type *t, const struct json *value)
{
    struct buf text AUTO_BUF = {0};
    struct writer w = {.out = &text, .depth = -1};
    buf_init(&text, SHOWN_MAX);
    if (!value)
        buf_cstr(&text, "null");
    else if (json_is(value, JSON_ARR) && !t->form)
        write_list(&w, t, value);
    else
        write_value(&w, t, value, NULL);
    return json_real(a, str_copy(a, buf_view(&text)));
}

void check_invalid_inner(struct check *c, const char *member, const struct api_type *t, const struct json *value,
                         const char *detail)
{
    if (!check_is_full(c)) check_invalid(c, member, inner_shown(c->arena, t, value), detail);
}

void check_invalid_member(struct check *c, const char *member, const struct api_type *t, const char *of,
                          const struct json *node, const char *detail)
{
    const struct inner_member m = {.name = str_of(of), .json = str_of(of), .empty = api_sent_empty(node, t, of)};
    struct buf text AUTO_BUF = {0};
    struct writer w = {.out = &text, .depth = -1};
    if (check_is_full(c)) return;
    buf_init(&text, SHOWN_MAX);
    write_field(&w, api_field_of(t, str_of(of)), &m, json_getc(node, of), node);
    check_invalid(c, member, json_real(c->arena, str_copy(c->arena, buf_view(&text))), detail);
}

void check_not_supported_inner(struct check *c, const char *member, const struct api_type *t, const struct json *value,
                               const char *const *supported)
{
    if (!check_is_full(c)) check_not_supported(c, member, inner_shown(c->arena, t, value), supported);
}

const char *inner_diff(struct arena *a, const struct api_type *t, const struct json *old, const struct json *now)
{
    struct buf before AUTO_BUF = {0}, after AUTO_BUF = {0}, diff AUTO_BUF = {0};
    struct writer w_before = {.out = &before}, w_after = {.out = &after};
    buf_init(&before, WHOLE_MAX);
    buf_init(&after, WHOLE_MAX);
    buf_init(&diff, SHOWN_MAX);
    write_value(&w_before, t, old, NULL);
    write_value(&w_after, t, now, NULL);
    if (!buf_ok(&before) || !buf_ok(&after) || !udiff(&diff, buf_view(&before), buf_view(&after))) return "";
    return str_cstr(a, buf_view(&diff));
}
