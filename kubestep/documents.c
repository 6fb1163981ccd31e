/* documents.c - see documents.h.
 * Reads: a file's text, whoever wrote it.   Writes: decoded objects in the caller's arena. */
#include "kubestep/documents.h"

#include "api/object.h"
#include "api/proto.h"
#include "api/yaml.h"

struct reader {
    struct arena *arena;
    struct documents *out;
    bool strict;
    struct err *e;
};

static struct codec_object *add(struct reader *r)
{
    struct documents *d = r->out;
    if (d->count == d->cap) {
        d->cap = MAX(16, d->cap * 2);
        struct codec_object *more = ARENA_ARRAY(r->arena, struct codec_object, d->cap);
        if (d->count) memcpy(more, d->items, d->count * sizeof *more);
        d->items = more;
    }
    return &d->items[d->count++];
}

static bool read_tree(struct reader *r, struct json *tree)
{
    if (!obj_is(tree, ".kind", "List") || !obj_is(tree, ".apiVersion", "v1"))
        return codec_from_tree(r->arena, tree, r->strict, add(r), r->e);
    size_t n = 0;
    struct json *next;
    for (struct json *it = json_kids(json_getc(tree, "items")); it; it = next) {
        next = it->next; /* the item becomes a tree of its own */
        it->next = NULL;
        it->key = STR_NULL;
        if (!read_tree(r, it)) return err_context(r->e, "item %zu", n + 1);
        n++;
    }
    return true;
}

static bool read_trees(struct reader *r, struct json *const *trees, int n)
{
    for (int i = 0; i < n; i++)
        if (!read_tree(r, trees[i])) return n > 1 ? err_context(r->e, "document %d", i + 1) : false;
    return true;
}

/* ---- JSON ---- */

static struct str skip_space(struct str s)
{
    while (s.n && memchr(" \t\r\n", s.p[0], 4)) s = str_from(s, 1);
    return s;
}

/* Length of the object that begins at s; that of all s when it does not end. */
static size_t object_length(struct str s)
{
    size_t depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text && (c == '{' || c == '['))
            depth++;
        else if (!text && (c == '}' || c == ']') && --depth == 0)
            return i + 1;
    }
    return s.n;
}

/* Objects one after the other. */
static bool parse_json(struct reader *r, struct str text, struct json **trees, int *n)
{
    for (*n = 0; (text = skip_space(text)).n;) {
        size_t length = text.p[0] == '{' ? object_length(text) : text.n;
        if (*n == DOCUMENTS_MAX) return err_set(r->e, ERR_TOO_LARGE, "more than %d documents", DOCUMENTS_MAX);
        trees[*n] = json_parse(r->arena, str_n(text.p, length), r->e);
        if (!trees[*n]) return *n ? err_context(r->e, "document %d", *n + 1) : false;
        (*n)++;
        text = str_from(text, length);
    }
    return true;
}

/* ---- YAML ---- */

/* Upstream reads YAML through JSON with keys in order: it shows where JSON is kept as it came. */
static void sort_keys(struct json *j)
{
    if (json_is(j, JSON_OBJ)) json_sort_keys(j);
    JSON_FOREACH(it, j) sort_keys(it);
}

static bool parse_yaml(struct reader *r, struct str text, struct json **trees, int *n, struct err *e)
{
    struct err duplicates = ERR_INIT;
    if (!yaml_parse_all_lax(r->arena, text, trees, DOCUMENTS_MAX, n, &duplicates, e)) return false;
    if (r->strict && duplicates.code != ERR_NONE) {
        *e = duplicates;
        return false;
    }
    for (int i = 0; i < *n; i++) sort_keys(trees[i]);
    return true;
}

bool documents_read(struct arena *a, struct str text, bool strict, struct documents *out, struct err *e)
{
    struct reader r = {a, out, strict, e};
    int n;
    *out = (struct documents){0};
    if (proto_is_envelope(text)) return codec_from_proto(a, text, add(&r), e);
    struct json **trees = ARENA_ARRAY(a, struct json *, DOCUMENTS_MAX);
    bool is_json = skip_space(text).n && skip_space(text).p[0] == '{', ok;
    if (is_json) {
        struct err yaml = ERR_INIT; /* a flow mapping begins like JSON; what is neither gets JSON's error */
        ok = parse_json(&r, text, trees, &n) || parse_yaml(&r, text, trees, &n, &yaml);
    } else {
        ok = parse_yaml(&r, text, trees, &n, e);
    }
    if (!ok || !read_trees(&r, trees, n)) return false;
    return out->count || err_set(e, ERR_BAD_REQUEST, "no objects in it");
}
