/* yaml.c - YAML manifests to JSON trees.
 * Reads: YAML 1.1 text through libyaml's events.   Writes: trees in the caller's arena.
 * Upstream: sigs.k8s.io/yaml (YAMLToJSON) on go.yaml.in/yaml/v2 (decode.go). */
#include "yaml.h"

#include "base/map.h"
#include "members.h"
#include "node.h"
#include "quote.h"
#include "yaml_scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum {
    ALIASES_FREE = 100, /* upstream's bounds on aliases: below these nobody counts */
    DECODED_FREE = 1000,
};

struct anchor {
    struct json *node; /* a copy of the node alone; NULL while it is being read */
};

struct reader {
    struct arena *arena;
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    struct map anchors; /* name -> struct anchor in the arena; of this document */
    int64_t nodes, from_aliases;
    struct buf duplicates;
    struct err *e;
};

static bool fail(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct reader *r, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(r->e, ERR_BAD_REQUEST, "error converting YAML to JSON: yaml: %s", text);
}

/* What go-yaml makes of libyaml's error: parser errors count lines from zero there. */
static bool parser_failed(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    size_t line = p->problem_mark.line ? p->problem_mark.line : p->context_mark.line;
    if (p->problem_mark.line && p->error == YAML_SCANNER_ERROR) line++;
    const char *problem = p->problem ? p->problem : "unknown problem parsing YAML content";
    return line ? fail(r, "line %zu: %s", line, problem) : fail(r, "%s", problem);
}

static bool next_event(struct reader *r)
{
    if (r->has_event) yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) != 0;
    return r->has_event || parser_failed(r);
}

/* ---- Limits ---- */

struct extent {
    int64_t nodes;
    int depth;
};

static struct extent measure(const struct json *j)
{
    struct extent all = {.nodes = 1, .depth = 1};
    JSON_FOREACH(it, j)
    {
        struct extent kid = measure(it);
        all.nodes += kid.nodes;
        all.depth = MAX(all.depth, kid.depth + 1);
    }
    return all;
}

/* The share of a document that may come from aliases shrinks as it grows. */
static bool excessive_aliases(const struct reader *r)
{
    static const double low = 400000, high = 4000000;
    double n = (double)r->nodes, share = n <= low ? 0.99 : n >= high ? 0.10 : 0.99 - 0.89 * (n - low) / (high - low);
    return r->from_aliases > ALIASES_FREE && r->nodes > DECODED_FREE && (double)r->from_aliases / n > share;
}

static bool count(struct reader *r, int64_t nodes, bool alias)
{
    r->nodes += nodes;
    if (alias) r->from_aliases += nodes;
    if (excessive_aliases(r) || (alias && r->nodes > YAML_NODES_MAX))
        return fail(r, "document contains excessive aliasing");
    return r->nodes <= YAML_NODES_MAX || fail(r, "document has too many values");
}

/* ---- Scalars ---- */

static struct json *number_node(struct arena *a, const struct yaml_scalar *v)
{
    char text[YAML_REAL_MAX];
    int64_t i;
    if (v->kind == YAML_FLOAT)
        yaml_real_text(v->real, text);
    else
        snprintf(text, sizeof text, "%s%llu", v->negative ? "-" : "", (unsigned long long)v->size);
    if (str_to_i64(str_of(text), &i)) return json_int(a, i);
    return json_real(a, str_copy(a, str_of(text)));
}

static const char *const kind_tags[] = {
    [YAML_NULL] = "null", [YAML_BOOL] = "bool",           [YAML_INT] = "int",     [YAML_FLOAT] = "float",
    [YAML_STR] = "str",   [YAML_TIMESTAMP] = "timestamp", [YAML_MERGE] = "merge",
};

/* Reads the scalar of the event, respecting an explicit tag. */
static bool resolve_event(struct reader *r, struct str text, struct yaml_scalar *v)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    const char *tag = (const char *)r->event.data.scalar.tag;
    *v = (struct yaml_scalar){.kind = YAML_STR};
    if (!tag || !*tag) {
        if (r->event.data.scalar.plain_implicit) yaml_scalar_resolve(text, v);
        return true;
    }
    if (strncmp(tag, prefix, sizeof prefix - 1) != 0) return true; /* a tag of one's own is text */
    tag += sizeof prefix - 1;
    if (!strcmp(tag, "binary")) return fail(r, "line %zu: !!binary is not supported", r->event.start_mark.line + 1);
    size_t want = 0;
    while (want < ARRAY_LEN(kind_tags) && strcmp(tag, kind_tags[want]) != 0) want++;
    if (want == YAML_STR || want == YAML_MERGE || want == ARRAY_LEN(kind_tags)) return true;
    yaml_scalar_resolve(text, v);
    if (want == YAML_FLOAT && v->kind == YAML_INT) {
        v->real = v->negative ? -(double)v->size : (double)v->size;
        v->kind = YAML_FLOAT;
    }
    return v->kind == want || fail(r, "cannot decode !!%s `%.*s` as a !!%s", kind_tags[v->kind], STR_ARG(text), tag);
}

static struct str event_text(const struct reader *r)
{
    return str_n((const char *)r->event.data.scalar.value, r->event.data.scalar.length);
}

static struct json *read_scalar(struct reader *r)
{
    struct yaml_scalar v;
    struct str text = event_text(r);
    if (!count(r, 1, false) || !resolve_event(r, text, &v)) return NULL;
    switch (v.kind) {
    case YAML_NULL: return json_null(r->arena);
    case YAML_BOOL: return json_bool(r->arena, v.b);
    case YAML_FLOAT:
        if (isfinite(v.real)) return number_node(r->arena, &v);
        err_set(r->e, ERR_BAD_REQUEST, "error converting YAML to JSON: json: unsupported value: %s",
                isnan(v.real) ? "NaN"
                : v.real > 0  ? "+Inf"
                              : "-Inf");
        return NULL;
    case YAML_INT: return number_node(r->arena, &v);
    default: return json_str(r->arena, str_copy(r->arena, text));
    }
}

/* ---- Anchors ---- */

static struct str event_anchor(const struct reader *r)
{
    const yaml_char_t *name = NULL;
    if (r->event.type == YAML_SCALAR_EVENT) name = r->event.data.scalar.anchor;
    if (r->event.type == YAML_SEQUENCE_START_EVENT) name = r->event.data.sequence_start.anchor;
    if (r->event.type == YAML_MAPPING_START_EVENT) name = r->event.data.mapping_start.anchor;
    return str_of((const char *)name);
}

static struct json *too_deep(struct reader *r)
{
    fail(r, "exceeded max depth of %d", JSON_DEPTH_MAX);
    return NULL;
}

static struct json *read_alias(struct reader *r, int depth)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *anchor = map_get(&r->anchors, str_of(name));
    if (!anchor || !anchor->node) {
        if (anchor)
            fail(r, "anchor '%s' value contains itself", name);
        else
            fail(r, "unknown anchor '%s' referenced", name);
        return NULL;
    }
    struct extent all = measure(anchor->node);
    if (depth + all.depth - 1 > JSON_DEPTH_MAX) return too_deep(r);
    return count(r, all.nodes, true) ? json_copy(r->arena, anchor->node) : NULL;
}

/* ---- Collections ---- */

static struct json *read_value(struct reader *r, int depth);

static struct json *read_sequence(struct reader *r, int depth)
{
    struct json *out = json_arr(r->arena);
    if (!count(r, 1, false)) return NULL;
    for (;;) {
        if (!next_event(r)) return NULL;
        if (r->event.type == YAML_SEQUENCE_END_EVENT) return out;
        struct json *item = read_value(r, depth + 1);
        if (!item) return NULL;
        node_add(out, STR_NULL, item);
    }
}

struct mapping {
    struct members members;
    bool merged; /* members that came by "<<" are marked, until the mapping is complete */
};

/* The last of two equal keys counts, in the place of the first. False: the key was there, and not by merging. */
static bool mapping_set(struct mapping *m, struct str key, struct json *value)
{
    struct json *old = members_find(&m->members, key);
    bool new_or_merged = !old || (old->flags & JSON_F_MARK);
    if (old)
        members_replace(old, value);
    else
        members_add(&m->members, key, value);
    return new_or_merged;
}

static bool merge_map(struct reader *r, struct mapping *m, struct json *from)
{
    if (!json_is(from, JSON_OBJ)) return fail(r, "map merge requires map or sequence of maps as the value");
    JSON_FOREACH(it, from)
    {
        struct json *copy = json_copy(r->arena, it);
        copy->flags |= JSON_F_MARK;
        mapping_set(m, it->key, copy);
    }
    m->merged = true;
    return true;
}

/* The value of "<<": a map, or maps of which the first counts most. Copied, for it may have a name of its own. */
static bool merge(struct reader *r, struct mapping *m, struct json *from)
{
    if (!json_is(from, JSON_ARR)) return merge_map(r, m, from);
    struct json **items = ARENA_ARRAY(r->arena, struct json *, from->count + 1);
    size_t n = 0;
    JSON_FOREACH(it, from) items[n++] = it;
    while (n)
        if (!merge_map(r, m, items[--n])) return false;
    return true;
}

static bool is_merge_key(const struct reader *r)
{
    if (r->event.type != YAML_SCALAR_EVENT || !str_eqc(event_text(r), "<<")) return false;
    const char *tag = (const char *)r->event.data.scalar.tag;
    return r->event.data.scalar.plain_implicit || (tag && !strcmp(tag, "tag:yaml.org,2002:merge"));
}

/* A key as JSON's text: what YAML took for a number or a boolean is written as such. */
static bool key_text(struct reader *r, const struct json *key, struct str *out)
{
    char text[YAML_REAL_MAX];
    switch (key->type) {
    case JSON_STR: *out = key->u.s; return true;
    case JSON_BOOL: *out = key->u.b ? STR("true") : STR("false"); return true;
    case JSON_INT:
        snprintf(text, sizeof text, "%lld", (long long)key->u.i);
        *out = str_copy(r->arena, str_of(text));
        return true;
    case JSON_REAL: *out = key->u.s; return true;
    case JSON_NULL:
        return err_set(r->e, ERR_BAD_REQUEST,
                       "error converting YAML to JSON: unsupported map key of type: %%!s(<nil>), key: <nil>");
    default: return fail(r, "invalid map key: a map or a list");
    }
}

static void note_duplicate(struct reader *r, const struct json *key, struct str text, size_t line)
{
    buf_addf(&r->duplicates, "\n  line %zu: key ", line + 1);
    if (key->type == JSON_STR)
        quote_go(&r->duplicates, text);
    else
        buf_str(&r->duplicates, text);
    buf_cstr(&r->duplicates, " already set in map");
}

static bool read_members(struct reader *r, struct mapping *m, int depth)
{
    for (;;) {
        if (!next_event(r)) return false;
        if (r->event.type == YAML_MAPPING_END_EVENT) return true;
        bool merges = is_merge_key(r);
        struct json *key = read_value(r, depth + 1);
        struct str text;
        if (!key || !key_text(r, key, &text) || !next_event(r)) return false;
        size_t line = r->event.start_mark.line;
        struct json *value = read_value(r, depth + 1);
        if (!value) return false;
        if (merges) {
            if (!merge(r, m, value)) return false;
        } else if (!mapping_set(m, text, value)) {
            note_duplicate(r, key, text, line);
        }
    }
}

static struct json *read_mapping(struct reader *r, int depth)
{
    if (!count(r, 1, false)) return NULL;
    struct mapping m = {.merged = false};
    struct json *node = json_obj(r->arena);
    members_open(&m.members, node);
    bool ok = read_members(r, &m, depth);
    members_close(&m.members);
    if (m.merged) JSON_FOREACH(it, node) it->flags &= (uint8_t)~JSON_F_MARK;
    return ok ? node : NULL;
}

/* The value that begins with the present event. */
static struct json *read_value(struct reader *r, int depth)
{
    if (r->event.type == YAML_ALIAS_EVENT) return read_alias(r, depth);
    if (depth > JSON_DEPTH_MAX) return too_deep(r);
    struct anchor *anchor = NULL;
    struct str name = event_anchor(r);
    if (!str_is_null(name)) map_set(&r->anchors, name, anchor = ARENA_NEW(r->arena, struct anchor));
    struct json *j = r->event.type == YAML_SEQUENCE_START_EVENT  ? read_sequence(r, depth)
                     : r->event.type == YAML_MAPPING_START_EVENT ? read_mapping(r, depth)
                                                                 : read_scalar(r);
    if (anchor && j) anchor->node = arena_memdup(r->arena, j, sizeof *j);
    return j;
}

/* ---- Documents ---- */

/* Stops behind one document; *doc is NULL at the end of the stream. */
static bool read_document(struct reader *r, struct json **doc)
{
    *doc = NULL;
    do
        if (!next_event(r)) return false;
    while (r->event.type == YAML_STREAM_START_EVENT);
    if (r->event.type != YAML_DOCUMENT_START_EVENT) return true;
    map_release(&r->anchors, NULL);
    if (!next_event(r)) return false;
    *doc = read_value(r, 1);
    return *doc && next_event(r);
}

static bool read_documents(struct reader *r, struct json **docs, int max_docs, int *n)
{
    for (;;) {
        struct json *doc;
        if (!read_document(r, &doc)) return false;
        if (!doc) return true;
        if (doc->type == JSON_NULL) continue;
        if (*n >= max_docs) return fail(r, "more than %d documents", max_docs);
        docs[(*n)++] = doc;
    }
}

static bool read_yaml(struct arena *a, struct str text, struct json **docs, int max_docs, int *n,
                      struct err *duplicates, struct err *e)
{
    struct reader r = {.arena = a, .e = e};
    buf_init(&r.duplicates, ERR_TEXT_MAX);
    if (!yaml_parser_initialize(&r.parser)) return err_set(e, ERR_INTERNAL, "no YAML parser");
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
    bool ok = read_documents(&r, docs, max_docs, n);
    if (r.has_event) yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    map_release(&r.anchors, NULL);
    if (ok && r.duplicates.n)
        err_set(duplicates, ERR_BAD_REQUEST, "error converting YAML to JSON: yaml: unmarshal errors:%.*s",
                STR_ARG(buf_view(&r.duplicates)));
    buf_release(&r.duplicates);
    return ok;
}

/* ---- One object after the other ---- */

struct each {
    struct reader reader;
    struct arena item, root; /* root: members beside the items, until the document ends */
    yaml_each_fn *fn;
    void *arg;
};

static bool tell_each(struct each *x, struct json *object)
{
    struct reader *r = &x->reader;
    bool ok = x->fn(x->arg, &x->item, object, r->e);
    map_release(&r->anchors, NULL);
    arena_reset(&x->item);
    r->nodes = r->from_aliases = 0;
    return ok;
}

static bool each_item(struct each *x)
{
    struct reader *r = &x->reader;
    for (;;) {
        if (!next_event(r)) return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT) return true;
        r->arena = &x->item;
        struct json *item = read_value(r, 3);
        if (!item || !tell_each(x, item)) return false;
    }
}

/* The members of a document; *streamed: it had items, which were told. */
static bool each_member(struct each *x, struct json *document, bool *streamed)
{
    struct reader *r = &x->reader;
    for (;;) {
        struct str key;
        struct json *name, *value;
        r->arena = &x->root;
        if (!next_event(r)) return false;
        if (r->event.type == YAML_MAPPING_END_EVENT) return true;
        if (!(name = read_value(r, 2)) || !key_text(r, name, &key) || !next_event(r)) return false;
        if (str_eqc(key, "items") && r->event.type == YAML_SEQUENCE_START_EVENT) {
            if (!each_item(x)) return false;
            *streamed = true;
            continue;
        }
        if (!(value = read_value(r, 2))) return false;
        json_del(document, key); /* of two the last one counts */
        json_add(document, key, value);
    }
}

static bool each_document(struct each *x)
{
    struct reader *r = &x->reader;
    bool streamed = false, ok = true;
    r->arena = &x->root;
    if (!next_event(r)) return false;
    struct json *document = json_obj(r->arena);
    if (r->event.type == YAML_MAPPING_START_EVENT)
        ok = each_member(x, document, &streamed);
    else
        ok = (document = read_value(r, 1)) != NULL;
    if (ok && !streamed && document->type != JSON_NULL) ok = tell_each(x, document);
    arena_reset(&x->root);
    return ok && next_event(r);
}

bool yaml_each(struct str text, yaml_each_fn *fn, void *arg, struct err *e)
{
    struct each x = {.fn = fn, .arg = arg, .reader.e = e};
    struct reader *r = &x.reader;
    bool ok = true;
    buf_init(&r->duplicates, ERR_TEXT_MAX);
    if (!yaml_parser_initialize(&r->parser)) return err_set(e, ERR_INTERNAL, "no YAML parser");
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text.p, text.n);
    while (ok && (ok = next_event(r)) && r->event.type != YAML_STREAM_END_EVENT)
        if (r->event.type == YAML_DOCUMENT_START_EVENT) ok = each_document(&x);
    if (r->has_event) yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    map_release(&r->anchors, NULL);
    buf_release(&r->duplicates);
    arena_release(&x.item);
    arena_release(&x.root);
    return ok;
}

static bool looks_like_json(struct str text)
{
    while (text.n && memchr(" \t\r\n", text.p[0], 4)) text = str_from(text, 1);
    return text.n && text.p[0] == '{';
}

/* Go decodes every number of a JSON document into a float64; one beyond it is an error there. */
static bool numbers_fit(const struct json *j, struct err *e)
{
    if (j->type == JSON_REAL && !isfinite(json_number(j)))
        return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal number %.*s into Go value of type float64",
                       (int)MIN(j->u.s.n, 80), j->u.s.p);
    JSON_FOREACH(it, j)
    if (!numbers_fit(it, e)) return false;
    return true;
}

static int by_text(const void *x, const void *y) { return str_cmp(*(const struct str *)x, *(const struct str *)y); }

/* Does an object have a key twice? */
static bool has_repeats(struct arena *a, const struct json *j)
{
    size_t n = 0;
    if (j->type == JSON_OBJ && j->count > 1) {
        struct str *keys = ARENA_ARRAY(a, struct str, j->count);
        JSON_FOREACH(it, j) keys[n++] = it->key;
        qsort(keys, n, sizeof *keys, by_text);
        for (size_t i = 1; i < n; i++)
            if (str_eq(keys[i - 1], keys[i])) return true;
    }
    JSON_FOREACH(it, j)
    if (has_repeats(a, it)) return true;
    return false;
}

/* JSON that has keys twice is read again, for YAML's reader says where, and takes the last of them. */
static void read_again(struct arena *a, struct str text, struct json **doc, struct err *duplicates)
{
    struct json *docs[2] = {NULL};
    struct err unused = ERR_INIT;
    int n = 0;
    if (has_repeats(a, *doc) && read_yaml(a, text, docs, ARRAY_LEN(docs), &n, duplicates, &unused) && n == 1)
        *doc = docs[0];
}

/* A flow mapping begins like JSON; what is neither gets JSON's error, or YAML's. */
static bool parse_all(struct arena *a, struct str text, struct json **docs, int max_docs, int *n,
                      struct err *duplicates, bool says_json, struct err *e)
{
    *n = 0;
    duplicates->code = ERR_NONE;
    if (!looks_like_json(text) || max_docs < 1) return read_yaml(a, text, docs, max_docs, n, duplicates, e);
    struct err unused = ERR_INIT;
    docs[0] = json_parse(a, str_copy(a, text), e);
    *n = docs[0] != NULL;
    if (*n && !numbers_fit(docs[0], e)) return *n = 0, false;
    if (*n) read_again(a, text, &docs[0], duplicates);
    if (*n || read_yaml(a, text, docs, max_docs, n, duplicates, says_json ? &unused : e)) return true;
    *n = 0;
    return false;
}

bool yaml_parse_all_lax(struct arena *a, struct str text, struct json **docs, int max_docs, int *n,
                        struct err *duplicates, struct err *e)
{
    return parse_all(a, text, docs, max_docs, n, duplicates, true, e);
}

bool yaml_parse_all(struct arena *a, struct str text, struct json **docs, int max_docs, int *count_out, struct err *e)
{
    struct err duplicates = ERR_INIT;
    if (!yaml_parse_all_lax(a, text, docs, max_docs, count_out, &duplicates, e)) return false;
    if (duplicates.code == ERR_NONE) return true;
    *e = duplicates;
    return false;
}

static struct json *parse_one(struct arena *a, struct str text, struct err *duplicates, bool says_json, struct err *e)
{
    struct json *docs[2] = {NULL};
    int n;
    if (!parse_all(a, text, docs, ARRAY_LEN(docs), &n, duplicates, says_json, e)) return NULL;
    if (n == 1) return docs[0];
    err_set(e, ERR_BAD_REQUEST, "expected one document, found %s", n ? "more" : "none");
    return NULL;
}

struct json *yaml_parse_lax(struct arena *a, struct str text, struct err *duplicates, struct err *e)
{
    return parse_one(a, text, duplicates, false, e);
}

struct json *yaml_parse(struct arena *a, struct str text, struct err *e)
{
    struct err duplicates = ERR_INIT;
    struct json *j = parse_one(a, text, &duplicates, true, e);
    if (!j || duplicates.code == ERR_NONE) return j;
    *e = duplicates;
    return NULL;
}
