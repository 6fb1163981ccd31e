/* objects.c - what becomes of objects at the API: defaults, preparation, validation, table cells, by files of cases.
 * Reads: a .cases file (README.md tells its form).   Writes: the same file to stdout, with the outcomes that are true
 * now; cases.sh compares. With --dump: the cases as lines of JSON, for oracle/, which has upstream's outcomes. */
#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "api/yaml.h"
#include "apiserver/http/conn.h"
#include "apiserver/object/hooks.h"
#include "apiserver/object/object.h"
#include "apiserver/object/warnings.h"
#include "apiserver/registry/service_alloc.h"
#include "apiserver/rest/write.h"
#include "base/clk.h"
#include "base/io.h"
#include "base/rnd.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 4 << 20, OUT_MAX = 16 << 20, NOW_S = 1800000000 }; /* 2027-01-15T08:00:00Z */

struct run {
    const char *file;
    int line;
    bool dump;
    struct buf out;
    const struct api_resource *res;
    struct arena object_arena;
    const struct json *object; /* as written */
};

struct one_case {
    struct str verb, sub, title;
    struct arena arena;
    struct json *old, *obj; /* with their edits, not decoded */
    bool any_was;           /* edits so far may be of `old`; an edit of obj alone has not come yet */
};

static const char indent[] = "    ";

static void fail(const struct run *r, const char *what, struct str detail)
{
    fprintf(stderr, "%s:%d: %s: %.*s\n", r->file, r->line, what, STR_ARG(detail));
    exit(2);
}

/* ---- Edits: "spec.ports[1].name = http" ---- */

struct hop { /* of a path */
    struct str name;
    bool is_index, is_end; /* [2]; [+] */
    int64_t index;
};

static bool next_hop(struct str *path, struct hop *s)
{
    *s = (struct hop){0};
    if (!path->n) return false;
    if (path->p[0] != '[') {
        if (path->p[0] == '.') *path = str_from(*path, 1);
        size_t n = 0;
        while (n < path->n && path->p[n] != '.' && path->p[n] != '[') n++;
        s->name = str_n(path->p, n);
        *path = str_from(*path, n);
        return true;
    }
    size_t close = str_chr(*path, ']');
    if (close == SIZE_MAX) return false;
    s->name = str_n(path->p + 1, close - 1);
    s->is_end = str_eqc(s->name, "+");
    s->is_index = s->is_end || str_to_i64(s->name, &s->index);
    *path = str_from(*path, close + 1);
    return true;
}

static struct json *child_of(struct json *parent, const struct hop *s)
{
    if (!s->is_index) return json_get(parent, s->name);
    return s->is_end ? NULL : json_at(parent, (size_t)s->index);
}

static void put_child(struct arena *a, struct json *parent, const struct hop *s, struct json *value)
{
    struct json *there = child_of(parent, s);
    if (there && json_is(value, JSON_NULL))
        json_remove(parent, there);
    else if (there)
        json_replace(parent, there, value);
    else if (s->is_index)
        json_push(parent, value);
    else
        json_set(a, parent, s->name, value);
}

static void edit(const struct run *r, struct arena *a, struct json *root, struct str path, const struct json *value)
{
    struct hop s, below;
    struct str rest = path;
    struct json *at = root;
    bool more = next_hop(&rest, &s);
    while (more && (more = next_hop(&rest, &below))) {
        struct json *child = child_of(at, &s);
        if (!child) put_child(a, at, &s, child = below.is_index ? json_arr(a) : json_obj(a));
        at = child;
        s = below;
    }
    if (rest.n || !json_is(at, s.is_index ? JSON_ARR : JSON_OBJ)) fail(r, "no such place", path);
    put_child(a, at, &s, json_copy(a, value));
}

/* "was" before an edit: of the former object, and so of the new one too. */
static void edit_line(const struct run *r, struct one_case *c, struct str line)
{
    struct err e = ERR_INIT;
    bool was = str_starts(line, STR("was "));
    if (was) line = str_from(line, 4);
    size_t at = 0;
    while (at + 3 <= line.n && memcmp(line.p + at, " = ", 3) != 0) at++;
    if (at + 3 > line.n) fail(r, "neither an edit nor an outcome", line);
    struct str path = str_n(line.p, at), text = str_copy(&c->arena, str_from(line, at + 3));
    const struct json *value =
        str_eqc(text, "null") ? json_null(&c->arena) : yaml_parse(&c->arena, text, &e); /* YAML: no document */
    if (!value) fail(r, e.text, text);
    edit(r, &c->arena, c->obj, path, value);
    if (was) edit(r, &c->arena, c->old, path, value);
}

/* ---- Differences ---- */

static void diff_line(struct run *r, struct str path, const struct json *value)
{
    buf_addf(&r->out, "%s> %.*s", indent, STR_ARG(path));
    if (value) {
        buf_cstr(&r->out, " = ");
        json_write(&r->out, value);
    } else {
        buf_cstr(&r->out, " gone");
    }
    buf_char(&r->out, '\n');
}

static struct str below(struct arena *a, struct str path, const struct json *member)
{
    struct str key = obj_key(member);
    if (str_chr(key, '.') != SIZE_MAX || str_chr(key, '/') != SIZE_MAX)
        return str_printf(a, "%.*s[%.*s]", STR_ARG(path), STR_ARG(key));
    return str_printf(a, "%.*s%s%.*s", STR_ARG(path), path.n ? "." : "", STR_ARG(key));
}

static void diff(struct run *r, struct arena *a, struct str path, const struct json *before, const struct json *after)
{
    if (json_is(before, JSON_OBJ) && json_is(after, JSON_OBJ)) {
        for (OBJ_EACH(it, after, "")) diff(r, a, below(a, path, it), json_get(before, obj_key(it)), it);
        for (OBJ_EACH(it, before, ""))
            if (!json_get(after, obj_key(it))) diff_line(r, below(a, path, it), NULL);
    } else if (json_is(before, JSON_ARR) && json_is(after, JSON_ARR) && obj_count(before, "") == obj_count(after, "")) {
        const struct json *b = obj_first(before, "");
        size_t i = 0;
        for (OBJ_EACH(it, after, "")) {
            diff(r, a, str_printf(a, "%.*s[%zu]", STR_ARG(path), i++), b, it);
            b = obj_next(b);
        }
    } else if (!before || !json_equal(before, after)) {
        diff_line(r, path, after);
    }
}

/* ---- Outcomes ---- */

static void outcome(struct run *r, char mark, struct str text)
{
    buf_addf(&r->out, "%s%c ", indent, mark);
    buf_str(&r->out, text);
    buf_char(&r->out, '\n');
}

/* As a request's body; NULL: the outcome is told. */
static struct json *decoded(struct run *r, struct one_case *c, const struct json *written)
{
    struct err e = ERR_INIT;
    struct decode_notes notes = {0};
    struct json *j = json_copy(&c->arena, written);
    if (!api_decode(&c->arena, r->res->type, j, &notes, &e)) {
        outcome(r, '!', str_of(e.text));
        return NULL;
    }
    if (notes.count) fail(r, "the object", notes.items[0]);
    return j;
}

static struct json *defaulted(struct run *r, struct one_case *c, const struct json *written)
{
    struct json *j = decoded(r, c, written);
    if (!j) return NULL;
    api_convert(&c->arena, j, r->res, r->res->storage);
    object_default(&c->arena, r->res->storage->type, j);
    return j;
}

static bool told_errors(struct run *r, const struct check *c)
{
    for (int i = 0; i < c->count; i++) {
        buf_addf(&r->out, "%s! ", indent);
        if (c->errors[i].field.n) buf_addf(&r->out, "%.*s: ", STR_ARG(c->errors[i].field));
        for (struct str rest = c->errors[i].text; !str_is_null(rest);) { /* an outcome is one line */
            buf_str(&r->out, str_cut(rest, '\n', &rest));
            if (!str_is_null(rest)) buf_cstr(&r->out, "\\n");
        }
        buf_char(&r->out, '\n');
    }
    return c->count > 0;
}

/* A refusal that came as an answer: its causes, or what it says. */
static void told_answer(struct run *r, struct arena *a, struct str body)
{
    struct err e = ERR_INIT;
    const struct json *status = json_parse(a, body, &e);
    if (!status) fail(r, "answered with", body);
    if (!obj_count(status, ".details.causes")) outcome(r, '!', obj_str(status, ".message"));
    for (OBJ_EACH(cause, status, ".details.causes")) {
        struct str field = obj_str(cause, ".field");
        outcome(r, '!',
                str_printf(a, "%.*s%s%.*s", STR_ARG(field), field.n ? ": " : "", STR_ARG(obj_str(cause, ".message"))));
    }
}

static void told_warnings(struct run *r, const struct request *q)
{
    for (size_t i = 0; q->warnings && i < q->warnings->count; i++) outcome(r, '~', q->warnings->texts[i]);
}

/* Prepares and validates. old NULL: a create. Gives what would be stored; NULL: refused, and told. */
static struct json *written(struct run *r, struct one_case *c, struct exchange *x, struct json *obj, struct json *old)
{
    struct json *result = NULL;
    struct write w = {.r = &x->r,
                      .verb = old ? VERB_UPDATE : VERB_CREATE,
                      .res = r->res,
                      .storage = r->res->storage,
                      .ns = obj_ns(obj),
                      .name = obj_name(obj),
                      .old_tree = old,
                      .obj = obj};
    x->r.accept.as_version = "v1";
    if (c->sub.n && !(w.sub = api_find_sub(r->res, c->sub))) fail(r, "no such subresource", c->sub);
    if (write_prepare(&w) != STAGE_NEXT) {
        told_answer(r, &c->arena, str_copy(&c->arena, buf_view(&x->r.resp.body)));
    } else {
        struct check check;
        check_init(&check, &c->arena);
        check.asked = w.res;
        object_validate(&check, w.storage, w.obj, old, w.sub ? w.sub->name : NULL);
        if (!told_errors(r, &check)) {
            struct err e = ERR_INIT;
            write_warn_valid(&w);
            result = obj_copy(&c->arena, w.obj);
            if (!api_decode(&c->arena, w.storage->type, result, NULL, &e))
                fail(r, "what would be stored", str_of(e.text));
        }
    }
    if (w.claim) claim_give_back(w.claim);
    return result;
}

static void run_create(struct run *r, struct one_case *c)
{
    struct json *obj = defaulted(r, c, c->obj);
    struct exchange *x = exchange_new("/");
    if (obj && written(r, c, x, obj, NULL)) buf_addf(&r->out, "%sok\n", indent);
    told_warnings(r, &x->r);
    exchange_unref(x);
}

static void run_default(struct run *r, struct one_case *c)
{
    const struct json *before = decoded(r, c, c->obj), *after = defaulted(r, c, c->obj);
    if (before && after) diff(r, &c->arena, STR(""), before, after);
}

static void run_prepare(struct run *r, struct one_case *c)
{
    struct json *before = defaulted(r, c, c->obj), *after = defaulted(r, c, c->obj);
    struct exchange *x = exchange_new("/");
    if (before && (after = written(r, c, x, after, NULL))) {
        obj_del(after, ".metadata.uid"); /* random */
        diff(r, &c->arena, STR(""), before, after);
    }
    exchange_unref(x);
}

static void run_update(struct run *r, struct one_case *c)
{
    struct json *old = defaulted(r, c, c->old), *obj = defaulted(r, c, c->obj);
    struct exchange *x = exchange_new("/");
    const struct json *after = old && obj ? written(r, c, x, obj, old) : NULL;
    size_t n = r->out.n;
    if (after) diff(r, &c->arena, STR(""), old, after);
    if (after && r->out.n == n) buf_addf(&r->out, "%sunchanged\n", indent);
    told_warnings(r, &x->r);
    exchange_unref(x);
}

static void run_table(struct run *r, struct one_case *c)
{
    const struct json *obj = decoded(r, c, c->obj);
    for (int i = 0; obj && i < r->res->ncolumns; i++) {
        const struct api_column *column = &r->res->columns[i];
        if (strcmp(column->name, "-") == 0) continue; /* a cell beyond the columns, which upstream's rows have, too */
        const struct json *cell =
            column->hook ? api_column_hooks[column->hook](&c->arena, obj, clk_ns()) : obj_get(obj, column->path);
        buf_addf(&r->out, "%s| %s%s: ", indent, column->name, column->priority ? " (wide)" : "");
        if (cell)
            json_write(&r->out, cell);
        else
            buf_cstr(&r->out, strcmp(column->type, "integer") == 0 ? "0" : "\"\"");
        buf_char(&r->out, '\n');
    }
}

static const struct {
    const char *verb;
    void (*run)(struct run *r, struct one_case *c);
} verbs[] = {
    {"create", run_create}, {"default", run_default}, {"prepare", run_prepare},
    {"update", run_update}, {"table", run_table},
};

/* ---- The cases as JSON ---- */

static void dump_object(struct run *r, struct one_case *c, const char *name, const struct json *object)
{
    char version[API_VERSION_MAX];
    struct json *whole = obj_new(&c->arena, api_version_of(r->res, version), r->res->kind);
    for (OBJ_EACH(it, object, "")) json_set(&c->arena, whole, obj_key(it), json_copy(&c->arena, it));
    buf_addf(&r->out, ",\"%s\":", name);
    json_write(&r->out, whole);
}

/* What was copied to the output since `from` becomes the record's text. c NULL: no case. */
static void dump_record(struct run *r, struct one_case *c, size_t from)
{
    struct arena a AUTO_ARENA = {0};
    struct str text = str_copy(&a, str_from(buf_view(&r->out), from));
    r->out.n = from;
    buf_cstr(&r->out, "{\"text\":");
    json_write_string(&r->out, text);
    if (c) {
        buf_addf(&r->out, ",\"verb\":\"%.*s\",\"sub\":\"%.*s\",\"group\":\"%s\",\"version\":\"%s\",\"plural\":\"%s\"",
                 STR_ARG(c->verb), STR_ARG(c->sub), r->res->group, r->res->version, r->res->plural);
        buf_addf(&r->out, ",\"kind\":\"%s\",\"storageGroup\":\"%s\",\"storageVersion\":\"%s\"", r->res->kind,
                 r->res->storage->group, r->res->storage->version);
        dump_object(r, c, "old", c->old);
        dump_object(r, c, "obj", c->obj);
    }
    buf_cstr(&r->out, "}\n");
}

/* ---- The file ---- */

static struct str take_line(struct str *text)
{
    size_t n = str_chr(*text, '\n');
    struct str line = str_n(text->p, n == SIZE_MAX ? text->n : n);
    *text = str_from(*text, n == SIZE_MAX ? text->n : n + 1);
    return line;
}

/* The lines that belong to the present one: indented, and not outcomes (those are made anew). Keeps them in the output.
 */
static bool take_inner(struct run *r, struct str *text, struct str *line)
{
    while (str_starts(*text, STR("    "))) {
        struct str whole = take_line(text);
        r->line++;
        *line = str_from(whole, 4);
        if (line->n > 1 && strchr(">!|~", line->p[0]) && line->p[1] == ' ') continue;
        if (str_eqc(*line, "ok") || str_eqc(*line, "unchanged")) continue;
        buf_str(&r->out, whole);
        buf_char(&r->out, '\n');
        return true;
    }
    return false;
}

static void read_kind(struct run *r, struct str name)
{
    struct str group, version, plural = name;
    size_t slash = SIZE_MAX;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '/') slash = i;
    if (slash == SIZE_MAX) fail(r, "kind GROUP/VERSION/PLURAL", name);
    plural = str_from(name, slash + 1);
    api_split_version(str_n(name.p, slash), &group, &version);
    r->res = api_find_resource(group, version, plural);
    if (!r->res) fail(r, "no such kind", name);
}

static void read_object(struct run *r, struct str *text)
{
    struct buf yaml AUTO_BUF = {0};
    struct err e = ERR_INIT;
    struct str line;
    buf_init(&yaml, FILE_MAX);
    arena_reset(&r->object_arena);
    while (take_inner(r, text, &line)) {
        buf_str(&yaml, line);
        buf_char(&yaml, '\n');
    }
    r->object = yaml_parse(&r->object_arena, str_copy(&r->object_arena, buf_view(&yaml)), &e);
    if (!r->object) fail(r, "object", str_of(e.text));
}

/* "update/status some words" */
static void run_case(struct run *r, struct str head, struct str *text, size_t from)
{
    struct one_case c = {0};
    struct str line;
    size_t space = str_chr(head, ' ');
    c.verb = space == SIZE_MAX ? head : str_n(head.p, space);
    size_t slash = str_chr(c.verb, '/');
    if (slash != SIZE_MAX) {
        c.sub = str_from(c.verb, slash + 1);
        c.verb = str_n(c.verb.p, slash);
    }
    if (!r->res || !r->object) fail(r, "before any kind and object", head);
    c.old = obj_copy(&c.arena, r->object);
    c.obj = obj_copy(&c.arena, r->object);
    while (take_inner(r, text, &line)) edit_line(r, &c, line);
    if (r->dump) dump_record(r, &c, from);
    rnd_seed(1); /* addresses and ports do not depend on the cases before */
    for (size_t i = 0; i <= ARRAY_LEN(verbs) && !r->dump; i++) {
        if (i == ARRAY_LEN(verbs)) fail(r, "no such verb", head);
        if (!str_eqc(c.verb, verbs[i].verb)) continue;
        verbs[i].run(r, &c);
        break;
    }
    arena_release(&c.arena);
}

static void run_file(struct run *r, struct str text)
{
    while (text.n) {
        struct str line = take_line(&text);
        size_t from = r->out.n;
        r->line++;
        buf_str(&r->out, line);
        buf_char(&r->out, '\n');
        bool is_case = false;
        if (str_starts(line, STR("kind ")))
            read_kind(r, str_from(line, 5));
        else if (str_eqc(line, "object"))
            read_object(r, &text);
        else if ((is_case = line.n && line.p[0] != '#'))
            run_case(r, line, &text, from);
        if (r->dump && !is_case) dump_record(r, NULL, from);
    }
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    struct run r = {.file = argc > 1 ? argv[argc - 1] : NULL, .dump = argc == 3 && strcmp(argv[1], "--dump") == 0};
    if (argc != 2 + r.dump) {
        fprintf(stderr, "usage: objects [--dump] FILE.cases\n");
        return 2;
    }
    buf_init(&text, FILE_MAX);
    buf_init(&r.out, OUT_MAX);
    clk_set(&(struct clk_state){.at_ns = NOW_S * INT64_C(1000000000), .paused = true});
    if (!io_read_file(r.file, &text, &e) || !service_alloc_init("10.96.0.0/16", "30000-32767", &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 2;
    }
    run_file(&r, buf_view(&text));
    fwrite(r.out.p, 1, r.out.n, stdout);
    service_alloc_release();
    arena_release(&r.object_arena);
    buf_release(&r.out);
    return 0;
}
