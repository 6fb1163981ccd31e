/* item.c - one version of one object: scans the head of its bytes, writes it out again with its revision.
 * Reads: a blob in storage form (item.h).
 * Writes: struct item; JSON for clients.
 *
 * The scan never builds a tree: it walks the text once, looks into metadata and along the paths of the
 * selectable fields, and skips everything else by its brackets and quotes. */
#include "apiserver/watch/item.h"

#include "api/convert.h"
#include "api/decode.h"
#include "api/object.h"
#include "apiserver/crd/crd.h"
#include "base/kassert.h"
#include "schema_ids.h"

#include <stdlib.h>

enum {
    LABELS_ON_STACK = 32,
    FIELDS_MAX = 32, /* selectable fields of one kind; schemas have at most 12 */
};

/* ---- The scan ---- */

struct raw { /* a string as it stands between its quotes, or a number or word */
    struct str text;
    bool escaped;
};

struct scan {
    const char *begin, *at, *end;
    bool bad;
    bool custom;            /* members come by name; the revision goes before "uid" */
    struct raw api_version; /* of a custom resource */
    size_t rv_at, meta_at, meta_end, own_at, own_end;
    struct raw name, ns, uid;
    bool deleting;
    struct raw *labels; /* key, value, key, value .. */
    size_t nlabels, labels_cap;
    struct raw labels_here[LABELS_ON_STACK * 2];
    struct raw fields[FIELDS_MAX];
};

struct path {
    const char *rest;
    int field;
}; /* what is left of a selectable path below the present object */

static bool broken(struct scan *s)
{
    s->bad = true;
    s->at = s->end;
    return false;
}

static char peek(const struct scan *s) { return s->at < s->end ? *s->at : 0; }

#define EACH_BYTE(c) (0x0101010101010101ull * (unsigned char)(c))

static const bool little_endian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; /* else byte by byte */

/* Non-zero where a byte of x is zero; exact up to the lowest such byte. */
static uint64_t zero_bytes(uint64_t x) { return (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80); }

/* The first quote or backslash in [p, end), or end. Eight bytes at a time: most of an object is strings. */
static const char *find_special(const char *p, const char *end)
{
    for (; little_endian && end - p >= 8; p += 8) {
        uint64_t x;
        memcpy(&x, p, 8);
        uint64_t hit = zero_bytes(x ^ EACH_BYTE('"')) | zero_bytes(x ^ EACH_BYTE('\\'));
        if (hit) return p + (__builtin_ctzll(hit) >> 3);
    }
    while (p < end && *p != '"' && *p != '\\') p++;
    return p;
}

/* The closing quote of the string that begins at p (behind its opening quote), or NULL. */
static const char *string_end(const char *p, const char *end, bool *escaped)
{
    for (;;) {
        p = find_special(p, end);
        if (p >= end) return NULL;
        if (*p == '"') return p;
        *escaped = true;
        p += 2;
    }
}

/* At the opening quote; ends behind the closing one. */
static struct raw scan_string(struct scan *s)
{
    struct raw out = {STR(""), false};
    const char *close = peek(s) == '"' ? string_end(s->at + 1, s->end, &out.escaped) : NULL;
    if (!close) {
        (void)broken(s);
        return out;
    }
    out.text = str_n(s->at + 1, (size_t)(close - s->at - 1));
    s->at = close + 1;
    return out;
}

/* Any value; ends behind it. The bytes were written by our own encoder, so brackets need only be counted. */
static void skip_value(struct scan *s)
{
    const char *p = s->at, *end = s->end;
    bool escaped;
    int depth = 0;
    do {
        switch (p < end ? *p : 0) {
        case '"': p = string_end(p + 1, end, &escaped); break;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']': depth--; break;
        case ',':
        case ':':
            if (!depth) p = NULL;
            break;
        case 0: p = NULL; break;
        default:
            while (p + 1 < end && p[1] != ',' && p[1] != '}' && p[1] != ']') p++;
        }
        if (!p || depth < 0) {
            (void)broken(s);
            return;
        }
        p++;
    } while (depth > 0);
    s->at = p;
}

static struct raw scan_scalar(struct scan *s)
{
    if (peek(s) == '"') return scan_string(s);
    const char *from = s->at;
    bool composite = *from == '{' || *from == '[';
    skip_value(s);
    struct str text = str_n(from, (size_t)(s->at - from));
    return (struct raw){composite || str_eq(text, STR("null")) ? STR("") : text, false};
}

/* Moves to the next member of an object and behind its colon; false: the object is over. Start behind '{'. */
static bool next_member(struct scan *s, struct raw *key)
{
    if (peek(s) == ',') s->at++;
    if (peek(s) == '}') {
        s->at++;
        return false;
    }
    *key = scan_string(s);
    if (s->bad || peek(s) != ':') return broken(s);
    s->at++;
    return true;
}

static bool enter(struct scan *s)
{
    if (peek(s) != '{') return broken(s);
    s->at++;
    return true;
}

/* What is left of path behind ".key"; NULL: another member. "" when key is its end. */
static const char *path_below(const char *path, struct str key)
{
    if (*path != '.' || strncmp(path + 1, key.p, key.n) != 0) return NULL;
    const char *rest = path + 1 + key.n;
    return *rest == '.' || *rest == 0 ? rest : NULL;
}

/* Takes the fields that lie in the value of `key`; false: none does. Ends behind the value. */
static bool scan_fields(struct scan *s, struct str key, const struct path *paths, int n);

static void scan_object(struct scan *s, const struct path *paths, int n)
{
    struct raw key;
    if (!enter(s)) return;
    while (next_member(s, &key))
        if (!scan_fields(s, key.text, paths, n)) skip_value(s);
}

static bool scan_fields(struct scan *s, struct str key, const struct path *paths, int n)
{
    struct path below[FIELDS_MAX];
    int nbelow = 0, field = -1;
    for (int i = 0; i < n; i++) {
        const char *rest = path_below(paths[i].rest, key);
        if (rest && *rest)
            below[nbelow++] = (struct path){rest, paths[i].field};
        else if (rest)
            field = paths[i].field;
    }
    if (field >= 0)
        s->fields[field] = scan_scalar(s);
    else if (nbelow && peek(s) == '{')
        scan_object(s, below, nbelow);
    else
        return false;
    return true;
}

static void scan_labels(struct scan *s)
{
    struct raw key;
    if (peek(s) != '{') {
        skip_value(s);
        return;
    }
    s->at++;
    while (next_member(s, &key)) {
        if (s->nlabels + 2 > s->labels_cap) {
            s->labels_cap *= 2;
            struct raw *more = xreallocarray(NULL, s->labels_cap, sizeof *more);
            memcpy(more, s->labels, s->nlabels * sizeof *more);
            if (s->labels != s->labels_here) free(s->labels);
            s->labels = more;
        }
        s->labels[s->nlabels++] = key;
        s->labels[s->nlabels++] = scan_scalar(s);
    }
}

/* managedFields, whose member begins at `from`. Where it is not the first one it can be left out with its comma. */
static void scan_owners(struct scan *s, const char *from)
{
    skip_value(s);
    if (*from != ',') return;
    s->own_at = (size_t)(from - s->begin);
    s->own_end = (size_t)(s->at - s->begin);
}

static void scan_metadata(struct scan *s, const struct path *paths, int n)
{
    struct raw key;
    if (!enter(s)) return;
    s->rv_at = (size_t)(s->at - s->begin);
    for (const char *from = s->at; next_member(s, &key); from = s->at) {
        if (str_eq(key.text, STR("name")))
            s->name = scan_scalar(s);
        else if (str_eq(key.text, STR("namespace")))
            s->ns = scan_scalar(s);
        else if (str_eq(key.text, STR("labels")))
            scan_labels(s);
        else if (str_eq(key.text, STR("uid"))) {
            s->uid = scan_scalar(s);
            if (s->custom)
                s->rv_at = (size_t)(from + (*from == ',') - s->begin);
            else if (peek(s) == ',')
                s->rv_at = (size_t)(s->at + 1 - s->begin);
        } else if (str_eq(key.text, STR("deletionTimestamp")))
            s->deleting = scan_scalar(s).text.n > 0;
        else if (str_eq(key.text, STR("managedFields")))
            scan_owners(s, from);
        else if (!scan_fields(s, key.text, paths, n))
            skip_value(s);
    }
    if (s->own_at < s->rv_at && s->rv_at < s->own_end) s->own_at = s->own_end = 0;
}

/* Fields that are kept: for a custom kind those of all its versions. */
static int indexed_count(const struct api_resource *storage)
{
    return MIN(storage->custom ? storage->custom->nindexed : storage->nselectable, FIELDS_MAX);
}

/* Paths of the fields that are not in the head anyway; returns their number. */
static int open_paths(const struct api_resource *storage, struct path *out)
{
    int n = 0, count = indexed_count(storage);
    for (int i = 0; i < count; i++) {
        const char *p = storage->selectable[i].path;
        if (strcmp(p, ".metadata.name") != 0 && strcmp(p, ".metadata.namespace") != 0) out[n++] = (struct path){p, i};
    }
    return n;
}

static bool scan_all(struct scan *s, const struct api_resource *storage)
{
    struct path paths[FIELDS_MAX], in_metadata[FIELDS_MAX];
    int n = open_paths(storage, paths), nmeta = 0;
    for (int i = 0; i < n; i++) {
        const char *rest = path_below(paths[i].rest, STR("metadata"));
        if (rest) in_metadata[nmeta++] = (struct path){rest, paths[i].field};
    }
    struct raw key;
    if (!enter(s)) return false;
    while (!s->bad && next_member(s, &key)) {
        if (!s->meta_end && str_eq(key.text, STR("metadata"))) {
            s->meta_at = (size_t)(s->at - s->begin);
            scan_metadata(s, in_metadata, nmeta);
            s->meta_end = (size_t)(s->at - s->begin);
        } else if (!s->custom && !s->meta_end) {
            return broken(s);
        } else if (s->custom && str_eq(key.text, STR("apiVersion"))) {
            s->api_version = scan_scalar(s);
        } else if (!scan_fields(s, key.text, paths, n)) {
            skip_value(s);
        }
    }
    return !s->bad && s->meta_end;
}

/* The version that the bytes are in; one that the kind has no more reads as the stored one. */
static const struct api_resource *written_in(const struct scan *s, const struct api_resource *storage)
{
    struct str group, version;
    if (!storage->custom) return storage;
    api_split_version(s->api_version.text, &group, &version);
    const struct api_resource *found = api_custom_version(storage->custom, version);
    return found ? found : storage;
}

/* ---- The item ---- */

/* The string's value: in place, or decoded into *own, which moves. */
static struct str settle(const struct raw *r, char **own)
{
    if (!r->escaped) return r->text;
    struct arena a AUTO_ARENA = {0};
    struct str quoted = str_n(r->text.p - 1, r->text.n + 2);
    struct str v = json_string(json_parse(&a, quoted, NULL));
    KASSERT(v.n <= r->text.n);
    memcpy(*own, v.p ? v.p : "", v.n);
    struct str out = str_n(*own, v.n);
    *own += v.n;
    return out;
}

static size_t own_bytes(const struct raw *r, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        if (r[i].escaped) bytes += r[i].text.n;
    return bytes;
}

static struct item *item_build(const struct scan *s, const struct api_resource *storage, struct str key)
{
    size_t nlabels = MIN(s->nlabels / 2, (size_t)UINT16_MAX), nfields = (size_t)indexed_count(storage);
    const struct raw head[] = {s->name, s->ns, s->uid};
    size_t bytes =
        key.n + own_bytes(head, ARRAY_LEN(head)) + own_bytes(s->labels, nlabels * 2) + own_bytes(s->fields, nfields);
    struct item *it = xmalloc(sizeof *it + nlabels * sizeof *it->labels + nfields * sizeof *it->fields + bytes);
    *it = (struct item){.storage = written_in(s, storage),
                        .indexed = storage,
                        .deleting = s->deleting,
                        .rv_at = (uint32_t)s->rv_at,
                        .meta_at = (uint32_t)s->meta_at,
                        .meta_end = (uint32_t)s->meta_end,
                        .own_at = (uint32_t)s->own_at,
                        .own_end = (uint32_t)s->own_end,
                        .nlabels = (uint16_t)nlabels,
                        .nfields = (uint16_t)nfields};
    atomic_init(&it->refs, 1);
    api_custom_ref(storage->custom);
    it->labels = (struct item_label *)it->mem;
    it->fields = (struct str *)(it->labels + nlabels);
    char *own = (char *)(it->fields + nfields);
    memcpy(own, key.p, key.n);
    it->key = str_n(own, key.n);
    own += key.n;
    it->name = settle(&s->name, &own);
    it->ns = settle(&s->ns, &own);
    it->uid = settle(&s->uid, &own);
    for (size_t i = 0; i < nlabels; i++) {
        it->labels[i].key = settle(&s->labels[i * 2], &own);
        it->labels[i].value = settle(&s->labels[i * 2 + 1], &own);
    }
    for (size_t i = 0; i < nfields; i++) {
        const char *p = storage->selectable[i].path;
        it->fields[i] = strcmp(p, ".metadata.name") == 0        ? it->name
                        : strcmp(p, ".metadata.namespace") == 0 ? it->ns
                                                                : settle(&s->fields[i], &own);
    }
    return it;
}

static struct item *item_scan(const struct api_resource *storage, struct str key, const struct blob *b, uint64_t rev,
                              uint64_t create_rev, bool nameless)
{
    struct scan s;
    struct raw empty = {STR(""), false};
    s.begin = s.at = b->p;
    s.end = b->p + b->n;
    s.bad = s.deleting = false;
    s.custom = storage->custom != NULL;
    s.rv_at = s.meta_at = s.meta_end = s.own_at = s.own_end = s.nlabels = 0;
    s.name = s.ns = s.uid = s.api_version = empty;
    s.labels = s.labels_here;
    s.labels_cap = ARRAY_LEN(s.labels_here);
    for (int i = 0; i < FIELDS_MAX; i++) s.fields[i] = empty;
    bool ok = scan_all(&s, storage) && (nameless || s.name.text.n > 0);
    struct item *it = ok ? item_build(&s, storage, key) : NULL;
    if (s.labels != s.labels_here) free(s.labels);
    if (!it) return NULL;
    it->blob = blob_ref(b);
    it->rev = rev;
    it->create_rev = create_rev;
    return it;
}

struct item *item_new(const struct api_resource *storage, struct str key, const struct blob *b, uint64_t rev,
                      uint64_t create_rev)
{
    return item_scan(storage, key, b, rev, create_rev, false);
}

/* Zero values of upstream's inner types that those of the versions do not have: conversion writes them
 * (pkg/apis/apps/v1 conversion.go), or the printers do (printers.go). */
static const struct {
    const struct api_resource *res;
    enum form form;
    const char *path, *json;
} inner_zeros[] = {
    {&res_apps_v1_daemonsets, FORM_OBJECT, ".metadata.annotations[deprecated.daemonset.template.generation]", "\"0\""},
    {&res_apps_v1_deployments, FORM_OBJECT, ".spec.replicas", "0"},
    {&res_apps_v1_replicasets, FORM_OBJECT, ".spec.replicas", "0"},
    {&res_apps_v1_statefulsets, FORM_OBJECT, ".spec.replicas", "0"},
    {&res_storage_k8s_io_v1_storageclasses, FORM_TABLE, ".reclaimPolicy", "\"Delete\""},
    {&res_storage_k8s_io_v1_storageclasses, FORM_TABLE, ".volumeBindingMode", "\"Immediate\""},
};

struct item *item_bookmark(const struct api_resource *storage, enum form form, bool initial_end)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct buf text AUTO_BUF = {0};
    struct json *zero = storage->custom ? crd_zero(&a, storage) : api_zero(&a, storage->type);
    buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(inner_zeros); i++)
        if (inner_zeros[i].res == storage && inner_zeros[i].form == form)
            obj_put(&a, zero, inner_zeros[i].path, json_parse(&a, str_of(inner_zeros[i].json), &e));
    if (initial_end) obj_put_str(&a, zero, ".metadata.annotations[k8s.io/initial-events-end]", STR("true"));
    KASSERT(storage->custom || api_decode(&a, storage->type, zero, NULL, &e)); /* into the schema's order */
    json_write(&text, zero);
    const struct blob *b AUTO_BLOB = blob_new(buf_view(&text));
    struct item *it = item_scan(storage, STR(""), b, 0, 0, true);
    KASSERT(it);
    return it;
}

struct item *item_ref(const struct item *it)
{
    struct item *mine = (struct item *)it;
    if (mine) atomic_fetch_add_explicit(&mine->refs, 1, memory_order_relaxed);
    return mine;
}

void item_unref(const struct item *it)
{
    struct item *mine = (struct item *)it;
    if (!mine || atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) != 1) return;
    item_drop_forms(mine);
    blob_unref(mine->blob);
    api_custom_unref(mine->storage->custom);
    free(mine);
}

/* ---- Writing ---- */

static void write_type_meta(struct buf *out, const struct api_resource *res)
{
    char version[API_VERSION_MAX];
    buf_cstr(out, "\"kind\":\"");
    buf_cstr(out, res->kind);
    buf_cstr(out, "\",\"apiVersion\":\"");
    buf_cstr(out, api_version_of(res, version));
    buf_cstr(out, "\",");
}

/* The item's bytes [from, to) but for managedFields. */
static void write_range(struct buf *out, const struct item *it, size_t from, size_t to, bool bare)
{
    const char *text = it->blob->p;
    if (bare && it->own_at >= from && it->own_at < to) {
        buf_add(out, text + from, it->own_at - from);
        from = it->own_end;
    }
    buf_add(out, text + from, to - from);
}

/* The item's bytes [from, to), with the revision in the middle. */
static void write_spliced(struct buf *out, const struct item *it, size_t from, size_t to, uint64_t rev, bool bare)
{
    write_range(out, it, from, it->rv_at, bare);
    buf_cstr(out, "\"resourceVersion\":\"");
    buf_u64(out, rev);
    buf_cstr(out, it->blob->p[it->rv_at] == '}' ? "\"" : "\","); /* a bookmark has no other metadata */
    write_range(out, it, it->rv_at, to, bare);
}

/* Are its bytes what a client of that version gets? */
static bool is_written_as(const struct item *it, const struct api_resource *res)
{
    if (it->storage->custom) return crd_is_current(it->blob, it->storage, res);
    return res == it->storage || !res->convert_hook;
}

/* As another version of the same kind: a tree, the schema's conversion, text again. Referenced. */
static const struct item *item_as(const struct item *it, const struct api_resource *res)
{
    struct arena a AUTO_ARENA = {0};
    it = item_form(it, res);
    if (is_written_as(it, res)) return item_ref(it);
    struct json *tree = json_parse(&a, blob_str(it->blob), NULL);
    KASSERT(tree); /* the store holds what our encoder wrote */
    if (it->storage->custom)
        crd_read(&a, tree, it->storage, res);
    else
        api_convert(&a, tree, it->storage, res);
    struct buf text AUTO_BUF = {0};
    buf_init(&text, SIZE_MAX);
    json_write(&text, tree);
    if (it->storage->custom && str_eq(buf_view(&text), blob_str(it->blob))) {
        crd_set_current(it->blob, res);
        return item_ref(it);
    }
    const struct blob *b AUTO_BLOB = blob_new(buf_view(&text));
    struct item *other = item_scan(res, it->key, b, it->rev, it->create_rev, !it->name.n);
    KASSERT(other);
    return other;
}

static void write_item(struct buf *out, const struct item *it, const struct api_resource *res, bool type_meta,
                       uint64_t rev, bool bare)
{
    const struct item *mine = item_as(it, res);
    buf_reserve(out, mine->blob->n + 128);
    buf_char(out, '{');
    if (type_meta && !mine->storage->custom) write_type_meta(out, res);
    write_spliced(out, mine, 1, mine->blob->n, rev ? rev : it->rev, bare);
    item_unref(mine);
}

void item_write(struct buf *out, const struct item *it, const struct api_resource *res, bool type_meta, uint64_t rev)
{
    write_item(out, it, res, type_meta, rev, false);
}

void item_write_bare(struct buf *out, const struct item *it, const struct api_resource *res, bool type_meta,
                     uint64_t rev)
{
    write_item(out, it, res, type_meta, rev, true);
}

void item_write_metadata(struct buf *out, const struct item *it, uint64_t rev, bool bare)
{
    write_spliced(out, it, it->meta_at, it->meta_end, rev ? rev : it->rev, bare);
}

void item_write_identity(struct buf *out, const struct item *it, uint64_t rev)
{
    buf_char(out, '{');
    write_type_meta(out, it->storage);
    buf_cstr(out, "\"metadata\":");
    item_write_metadata(out, it, rev, true);
    buf_char(out, '}');
}

struct json *item_tree(struct arena *a, const struct item *it, const struct api_resource *res, uint64_t rev)
{
    it = item_form(it, res);
    struct json *tree = json_parse(a, blob_str(it->blob), NULL);
    KASSERT(tree);
    if (it->storage->custom && !is_written_as(it, res))
        crd_read(a, tree, it->storage, res);
    else if (res != it->storage && res->convert_hook)
        api_convert_hooks[res->convert_hook](a, tree, false);
    obj_put_fmt(a, tree, ".metadata.resourceVersion", "%llu", (unsigned long long)(rev ? rev : it->rev));
    return tree;
}

/* ---- Matching ---- */

static bool in_values(const struct sel_term *t, struct str v)
{
    for (int i = 0; i < t->nvalues; i++)
        if (str_eq(t->values[i], v)) return true;
    return false;
}

/* apimachinery pkg/labels, Requirement.Matches */
static bool label_term(const struct item *it, const struct sel_term *t)
{
    const struct str *v = NULL;
    for (int i = 0; i < it->nlabels && !v; i++)
        if (str_eq(it->labels[i].key, t->key)) v = &it->labels[i].value;
    int64_t have, want;
    switch (t->op) {
    case SEL_EQ:
    case SEL_IN: return v && in_values(t, *v);
    case SEL_NE:
    case SEL_NOT_IN: return !v || !in_values(t, *v);
    case SEL_EXISTS: return v != NULL;
    case SEL_NOT_EXISTS: return v == NULL;
    case SEL_GT:
    case SEL_LT:
        if (!v || !t->nvalues || !str_to_i64(*v, &have) || !str_to_i64(t->values[0], &want)) return false;
        return t->op == SEL_GT ? have > want : have < want;
    }
    return false;
}

/* What upstream's selectable fields say for a member that the JSON leaves out. */
static struct str absent_value(const struct api_resource *res, const char *path)
{
    const struct api_type *t = res->type;
    while (t && *path == '.') {
        size_t n = strcspn(path + 1, ".");
        const struct api_field *f = api_field_of(t, str_n(path + 1, n));
        path += 1 + n;
        if (!f) break;
        if (*path == 0)
            return f->value == API_BOOL                             ? STR("false")
                   : f->value == API_INT32 || f->value == API_INT64 ? STR("0")
                                                                    : STR("");
        t = f->type;
    }
    return STR("");
}

struct field_source {
    const struct item *it;
    const struct api_resource *res;
};

static struct str field_value(void *arg, struct str label)
{
    const struct field_source *from = arg;
    const struct api_resource *st = from->it->indexed;
    for (int i = 0; i < from->it->nfields; i++)
        if (str_eqc(label, st->selectable[i].label)) {
            const struct api_selectable *f = &st->selectable[i];
            if (from->it->fields[i].n) return from->it->fields[i];
            if (st->custom) return STR("");
            return f->otherwise ? field_value(arg, str_of(f->otherwise)) : absent_value(st, f->path);
        }
    for (int i = 0; i < from->res->nselectable; i++) { /* another version may call the same path otherwise */
        if (!str_eqc(label, from->res->selectable[i].label)) continue;
        for (int k = 0; k < from->it->nfields; k++)
            if (strcmp(st->selectable[k].path, from->res->selectable[i].path) == 0) return from->it->fields[k];
    }
    return STR("");
}

bool item_matches(const struct item *it, const struct api_resource *res, const struct selector *labels,
                  const struct selector *fields)
{
    it = item_form(it, res);
    if (labels) {
        if (labels->nothing) return false;
        for (int i = 0; i < labels->count; i++)
            if (!label_term(it, &labels->terms[i])) return false;
    }
    return !fields || field_sel_match(fields, field_value, &(struct field_source){it, res});
}
