/* dump.c - see dump.h.
 * Reads: what kubectl printed, whichever version's.   Writes: lines of JSON. */
#include "kubestep/dump.h"

#include "api/codec.h"
#include "api/object.h"
#include "api/yaml.h"

struct dump {
    dump_fn *fn;
    void *arg;
    struct buf line;
    int64_t number; /* of the object */
};

/* ---- Objects ---- */

static const char *stored_version(struct arena *a, const struct api_resource *r)
{
    const struct api_resource *s = r->storage;
    return *s->group ? arena_printf(a, "%s/%s", s->group, s->version) : s->version;
}

static bool tell(struct dump *d, struct arena *a, struct json *object, struct err *e)
{
    struct codec_object o;
    struct api_root root;
    obj_del(object, ".metadata.managedFields");
    if (!api_find_root(obj_str(object, ".apiVersion"), obj_str(object, ".kind"), &root) || !root.res || root.is_list)
        return true; /* of somebody's own kind: no scheduler looks at it */
    buf_clear(&d->line);
    return codec_from_tree(a, object, false, &o, e) &&
           codec_to_version(a, &o, str_of(stored_version(a, root.res)), e) &&
           codec_write(&d->line, CODEC_JSON, &o, 0, e) && d->fn(d->arg, buf_view(&d->line), e);
}

static bool on_object(void *arg, struct arena *a, struct json *object, struct err *e)
{
    struct dump *d = arg;
    d->number++;
    if (!json_is(object, JSON_OBJ)) return err_set(e, ERR_BAD_REQUEST, "item %lld is no object", (long long)d->number);
    struct str kind = str_copy(a, obj_str(object, ".kind")), ns = str_copy(a, obj_ns(object)),
               name = str_copy(a, obj_name(object));
    return tell(d, a, object, e) || err_context(e, "item %lld, %.*s %.*s%s%.*s", (long long)d->number, STR_ARG(kind),
                                                STR_ARG(ns), ns.n ? "/" : "", STR_ARG(name));
}

/* ---- JSON: as YAML it would be read, too, but slowly ---- */

struct scan {
    struct dump *dump;
    struct arena arena; /* of one object */
    struct str all;
    size_t at;
    struct str list_kind, list_version; /* of the list that is read: items of raw lists do not say it */
    struct err *e;
};

static bool skip_space(struct scan *s)
{
    while (s->at < s->all.n && memchr(" \t\r\n", s->all.p[s->at], 4)) s->at++;
    return s->at < s->all.n;
}

static bool bad(struct scan *s) { return err_set(s->e, ERR_BAD_REQUEST, "no JSON at byte %zu", s->at); }

static bool next_is(struct scan *s, char c)
{
    if (!skip_space(s) || s->all.p[s->at] != c) return false;
    s->at++;
    return true;
}

/* The string that begins here, without its quotes. */
static bool scan_string(struct scan *s, struct str *out)
{
    if (!next_is(s, '"')) return bad(s);
    size_t from = s->at;
    while (s->at < s->all.n && s->all.p[s->at] != '"') s->at += s->all.p[s->at] == '\\' ? 2 : 1;
    if (s->at >= s->all.n) return bad(s);
    *out = str_n(s->all.p + from, s->at++ - from);
    return true;
}

/* Goes past one value. What is in it is looked at when it is parsed. */
static bool scan_value(struct scan *s, struct str *out)
{
    size_t depth = 0, from;
    struct str text;
    if (!skip_space(s)) return bad(s);
    for (from = s->at; s->at < s->all.n;) {
        char c = s->all.p[s->at];
        bool closes = c == '}' || c == ']';
        if (c == '"') {
            if (!scan_string(s, &text)) return false;
        } else if (!depth && (closes || c == ',' || memchr(" \t\r\n", c, 4))) {
            break;
        } else {
            depth += c == '{' || c == '[';
            depth -= closes;
            s->at++;
        }
        if (!depth && (c == '"' || closes)) break;
    }
    *out = str_n(s->all.p + from, s->at - from);
    return out->n > 0 || bad(s);
}

static bool tell_text(struct scan *s, struct str text, bool is_item)
{
    struct json *tree = json_parse(&s->arena, text, s->e);
    if (tree && is_item && json_is(tree, JSON_OBJ) && !obj_has(tree, ".kind") && s->list_kind.n) {
        obj_put_str(&s->arena, tree, ".kind", s->list_kind);
        obj_put_str(&s->arena, tree, ".apiVersion", s->list_version);
    }
    bool ok = tree ? on_object(s->dump, &s->arena, tree, s->e)
                   : err_context(s->e, "item %lld", (long long)s->dump->number + 1);
    arena_reset(&s->arena);
    return ok;
}

static bool scan_items(struct scan *s)
{
    struct str item;
    if (!next_is(s, '[')) return bad(s);
    if (next_is(s, ']')) return true;
    do
        if (!scan_value(s, &item) || !tell_text(s, item, true)) return false;
    while (next_is(s, ','));
    return next_is(s, ']') || bad(s);
}

/* "PodList" -> Pod */
static void note_member(struct scan *s, struct str key, struct str value)
{
    static const size_t list = sizeof "List" - 1;
    if (value.n < 2 || value.p[0] != '"') return;
    value = str_n(value.p + 1, value.n - 2);
    if (str_eqc(key, "apiVersion")) s->list_version = value;
    if (str_eqc(key, "kind") && value.n > list && str_eqc(str_from(value, value.n - list), "List"))
        s->list_kind = str_n(value.p, value.n - list);
}

static bool scan_document(struct scan *s)
{
    size_t from = s->at;
    bool streamed = false;
    struct str key, value;
    s->list_kind = s->list_version = STR_NULL;
    if (!next_is(s, '{')) return bad(s);
    if (!next_is(s, '}')) {
        do {
            if (!scan_string(s, &key) || !next_is(s, ':')) return s->e->code ? false : bad(s);
            if (str_eqc(key, "items")) {
                if (!scan_items(s)) return false;
                streamed = true;
            } else if (!scan_value(s, &value)) {
                return false;
            } else {
                note_member(s, key, value);
            }
        } while (next_is(s, ','));
        if (!next_is(s, '}')) return bad(s);
    }
    return streamed || tell_text(s, str_n(s->all.p + from, s->at - from), false);
}

static bool each_json(struct dump *d, struct str text, struct err *e)
{
    struct scan s = {.dump = d, .all = text, .e = e};
    bool ok = true;
    while (ok && skip_space(&s)) ok = scan_document(&s);
    arena_release(&s.arena);
    return ok;
}

/* ---- Both ---- */

/* A map of YAML may begin with a brace, too; its keys have no quotes. */
static bool is_json(struct str text)
{
    struct scan s = {.all = text};
    return next_is(&s, '{') && (next_is(&s, '"') || next_is(&s, '}'));
}

bool dump_each(struct str text, dump_fn *fn, void *arg, struct err *e)
{
    struct dump d = {.fn = fn, .arg = arg};
    buf_init(&d.line, DUMP_MAX);
    bool ok = is_json(text) ? each_json(&d, text, e) : yaml_each(text, on_object, &d, e);
    buf_release(&d.line);
    return ok;
}
