/* fieldset_fields.c - sets of fields as the text of a FieldsV1, in upstream's encoding and order, and back.
 * Reads: text a client may have sent.   Writes: sets in the arena; text.
 * Upstream: structured-merge-diff fieldpath/serialize.go, serialize-pe.go. */
#include "fieldset.h"

#include <ctype.h>
#include <math.h>

/* ---- To text ---- */

/* Names of fields are; other text is left to the JSON writer. */
static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!isalnum((unsigned char)text.p[i])) return false;
    return true;
}

/* "K:TEXT" as a JSON string: the letter comes before the text's own quote, whose place the colon takes. */
static void put_name(struct buf *out, char letter, struct str text)
{
    size_t quote = out->n + 2;
    buf_reserve(out, text.n + 8); /* with what comes behind it */
    if (is_plain(text) && out->cap - out->n > text.n + 4) {
        char *p = out->p + out->n;
        memcpy(p, (char[]){'"', letter, ':'}, 3);
        memcpy(p + 3, text.p, text.n);
        p[text.n + 3] = '"';
        p[text.n + 4] = '\0';
        out->n += text.n + 4;
        return;
    }
    buf_add(out, (char[]){'"', letter}, 2);
    json_write_string(out, text);
    if (buf_ok(out)) out->p[quote] = ':';
}

static void put_keys(struct buf *text, const struct path_elem *p)
{
    buf_char(text, '{');
    for (uint32_t i = 0; i < p->nkeys; i++) {
        if (i) buf_char(text, ',');
        json_write_string(text, p->u.keys[i].name);
        buf_char(text, ':');
        json_write(text, p->u.keys[i].value);
    }
    buf_char(text, '}');
}

static void put_elem(struct buf *out, const struct path_elem *p)
{
    if (p->kind == PATH_FIELD) {
        put_name(out, 'f', p->u.name);
        return;
    }
    if (p->kind == PATH_INDEX) {
        buf_addf(out, "\"i:%lld\"", (long long)p->u.index);
        return;
    }
    struct buf text AUTO_BUF = {0};
    buf_init(&text, out->max);
    if (p->kind == PATH_KEY)
        put_keys(&text, p);
    else
        json_write(&text, p->u.value);
    put_name(out, p->kind == PATH_KEY ? 'k' : 'v', buf_view(&text));
}

static void put_level(struct buf *out, const struct fieldset *s, bool self)
{
    buf_char(out, '{');
    if (self) buf_cstr(out, "\".\":{}");
    for (uint32_t i = 0; i < s->count && buf_ok(out); i++) {
        const struct field_node *n = &s->nodes[i];
        if (i || self) buf_char(out, ',');
        put_elem(out, &n->at);
        if (!n->below) {
            buf_add(out, ":{}", 3);
            continue;
        }
        buf_char(out, ':');
        put_level(out, n->below, n->member);
    }
    buf_char(out, '}');
}

void fieldset_write(struct buf *out, const struct fieldset *s)
{
    if (s)
        put_level(out, s, false);
    else
        buf_cstr(out, "{}");
}

/* ---- From text ---- */

/* Upstream holds a float64: 80.0 is 80. */
static struct json *whole_number(struct arena *a, struct json *v)
{
    static const double exact = 9007199254740992.0; /* whole numbers up to here are float64s */
    double d = json_number(v);
    return json_is(v, JSON_REAL) && d == floor(d) && fabs(d) <= exact ? json_int(a, (int64_t)d) : v;
}

static bool read_keys(struct arena *a, struct str text, struct path_elem *out, struct err *e)
{
    struct json *obj = json_parse(a, text, e);
    if (!obj) return false;
    if (!json_is(obj, JSON_OBJ)) return err_set(e, ERR_BAD_REQUEST, "the keys of an element are no object");
    json_sort_keys(obj);
    struct path_key *keys = ARENA_ARRAY(a, struct path_key, obj->count + 1);
    uint32_t n = 0;
    JSON_FOREACH(it, obj) keys[n++] = (struct path_key){.name = it->key, .value = whole_number(a, it)};
    *out = (struct path_elem){.kind = PATH_KEY, .nkeys = n, .u.keys = keys};
    return true;
}

/* *known: is it of a kind that is known? */
static bool read_elem(struct arena *a, struct str key, struct path_elem *out, bool *known, struct err *e)
{
    *known = true;
    if (key.n < 2) return err_set(e, ERR_BAD_REQUEST, "key must be 2 characters long:");
    if (key.p[1] != ':') return err_set(e, ERR_BAD_REQUEST, "missing colon: %.*s", STR_ARG(key));
    struct str text = str_from(key, 2);
    struct json *v;
    switch (key.p[0]) {
    case 'f': *out = path_field(text); return true;
    case 'k': return read_keys(a, text, out, e);
    case 'v':
        if (!(v = json_parse(a, text, e))) return false;
        *out = (struct path_elem){.kind = PATH_VALUE, .u.value = whole_number(a, v)};
        return true;
    case 'i':
        *out = (struct path_elem){.kind = PATH_INDEX};
        return str_to_i64(text, &out->u.index) ||
               err_set(e, ERR_BAD_REQUEST, "strconv.Atoi: parsing \"%.*s\": invalid syntax", STR_ARG(text));
    default: *known = false; return true;
    }
}

/* *self: the level is a member of the one above: it says so, or it has nothing below. */
static bool read_level(struct arena *a, const struct json *j, const struct fieldset **out, bool *self, struct err *e)
{
    struct fieldset_build b = {.a = a, .cap = j->type == JSON_OBJ ? j->count : 0};
    *self = false;
    if (j->type == JSON_NULL) {
        *self = true;
        *out = NULL;
        return true;
    }
    if (j->type != JSON_OBJ) return err_set(e, ERR_BAD_REQUEST, "fieldsV1 has a value that is no object");
    if (b.cap) b.nodes = arena_alloc(a, b.cap * sizeof *b.nodes);
    JSON_FOREACH(it, j)
    {
        struct path_elem at;
        const struct fieldset *below;
        bool member, known;
        if (str_eq(it->key, STR("."))) {
            *self = true;
            continue;
        }
        if (!read_elem(a, it->key, &at, &known, e)) return false;
        if (!known) continue;
        if (!read_level(a, it, &below, &member, e)) return false;
        fieldset_add(&b, at, member, below);
    }
    *out = fieldset_done(&b);
    if (!*out) *self = true;
    return true;
}

bool fieldset_parse(struct arena *a, struct str text, const struct fieldset **out, struct err *e)
{
    bool self;
    const struct json *j = json_parse(a, text, e);
    *out = NULL;
    return j && read_level(a, j, out, &self, e);
}
