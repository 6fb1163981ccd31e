/* proto_encode.c - JSON trees to Kubernetes' protobuf messages, by the schema's numbers.
 * Reads: a tree as api_decode leaves it, schema tables.   Writes: a buf.
 * Upstream: the generated Marshal of each type: fields by ascending number, what is no pointer always, map keys sorted.
 */
#include "proto.h"

#include "base/clk.h"
#include "decode.h"
#include "proto_wire.h"

#include <stdlib.h>

enum {
    ENCODE_DEPTH_MAX = 256,
    SLOTS_HERE = 512, /* members of all messages that are open at once, in a usual object */
};

/* A message's values by the place of their field, so that they can be written in another order than they come. */
struct encoder {
    struct err *e;
    int depth;
    const struct json **slots; /* those of the innermost message last */
    size_t nslots, cap;
    const struct json *here[SLOTS_HERE];
};

static bool encode_message(struct encoder *c, struct buf *out, const struct api_type *t, const struct json *j);

static bool bad(struct encoder *c, const struct api_field *f, const char *why)
{
    return err_set(c->e, ERR_INTERNAL, "protobuf of %.*s: %s", STR_ARG(f->name), why);
}

/* ---- Values that are small messages ---- */

static bool put_time(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    int64_t s;
    int32_t ns;
    struct str text = json_string(j);
    if (!text.n) return true; /* the zero time is an empty message */
    if (!clk_parse_rfc3339_parts(text.p, text.n, &s, &ns)) return bad(c, f, "not a time");
    wire_put_int(out, 1, (uint64_t)s);
    wire_put_int(out, 2, f->value == API_TIME ? 0 : (uint64_t)ns);
    return true;
}

static bool put_duration(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    int64_t ns = 0;
    struct str text = json_string(j);
    if (text.n && !clk_parse_go_duration(text.p, text.n, &ns)) return bad(c, f, "not a duration");
    wire_put_int(out, 1, (uint64_t)ns);
    return true;
}

static void put_quantity(struct buf *out, const struct json *j)
{
    struct str text = json_string(j);
    wire_put_bytes(out, 1, text.n ? text : STR("0"));
}

static void put_int_or_string(struct buf *out, const struct json *j)
{
    bool text = json_is(j, JSON_STR);
    wire_put_int(out, 1, text);
    wire_put_int(out, 2, json_is(j, JSON_INT) ? (uint64_t)j->u.i : 0);
    wire_put_bytes(out, 3, text ? j->u.s : STR(""));
}

static void put_raw(struct buf *out, const struct json *j)
{
    if (!j || j->type == JSON_NULL) return;
    struct wire_mark m = wire_open(out, 1, 1);
    json_write(out, j);
    wire_close(out, m);
}

/* ExtraValue and the like: a list in JSON, a message with one repeated field on the wire. */
static bool is_wrapper(const struct api_type *t) { return t->form == API_FORM_LIST; }

static bool put_list(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *list);

static bool put_value(struct encoder *c, struct buf *out, const struct api_field *f, uint32_t number,
                      const struct json *j);

/* A schema or a bool: what has a schema is allowed, too. */
static bool put_union(struct encoder *c, struct buf *out, const struct api_type *t, const struct json *j)
{
    const struct api_field *allows = api_union_field(t, JSON_BOOL), *f = j ? api_union_field(t, j->type) : NULL;
    if (allows) wire_put_int(out, allows->proto, json_is(j, JSON_OBJ) || (json_is(j, JSON_BOOL) && j->u.b));
    if (!f || f == allows) return true;
    return f->shape == API_LIST ? put_list(c, out, f, j) : put_value(c, out, f, f->proto, j);
}

static bool put_struct(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    if (is_wrapper(f->type)) return put_list(c, out, &f->type->fields[0], j);
    if (f->type->form == API_FORM_UNION) return put_union(c, out, f->type, j);
    if (++c->depth > ENCODE_DEPTH_MAX) return bad(c, f, "nested too deeply");
    bool ok = encode_message(c, out, f->type, j);
    c->depth--;
    return ok;
}

static bool put_message(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    switch ((enum api_value)f->value) {
    case API_TIME:
    case API_MICROTIME: return put_time(c, out, f, j);
    case API_DURATION: return put_duration(c, out, f, j);
    case API_QUANTITY: put_quantity(out, j); return true;
    case API_INT_OR_STRING: put_int_or_string(out, j); return true;
    case API_STRUCT: return put_struct(c, out, f, j);
    default: put_raw(out, j); return true;
    }
}

/* ---- Values ---- */

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool put_base64(struct encoder *c, struct buf *out, const struct api_field *f, uint32_t number, struct str text)
{
    struct buf bytes;
    uint32_t bits = 0;
    int nbits = 0;
    bool ok = true;
    buf_init(&bytes, text.n + 1);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
        int digit = base64_digit(text.p[i]);
        if (digit < 0) ok = bad(c, f, "not base64");
        bits = bits << 6 | (uint32_t)(digit & 63);
        nbits += 6;
        if (nbits >= 8) buf_char(&bytes, (char)(bits >> (nbits -= 8)));
    }
    wire_put_bytes(out, number, buf_view(&bytes));
    buf_release(&bytes);
    return ok;
}

static uint64_t integer_of(const struct json *j)
{
    if (json_is(j, JSON_BOOL)) return j->u.b;
    return json_is(j, JSON_INT) ? (uint64_t)j->u.i : 0;
}

static void put_double(struct buf *out, uint32_t number, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    wire_put_tag(out, number, WIRE_FIXED64);
    for (int i = 0; i < 8; i++) buf_char(out, (char)(bits >> (8 * i)));
}

/* One value with its tag; j is NULL for a zero value. */
static bool put_value(struct encoder *c, struct buf *out, const struct api_field *f, uint32_t number,
                      const struct json *j)
{
    struct str text = json_string(j);
    switch ((enum api_value)f->value) {
    case API_STRING: wire_put_bytes(out, number, text); return true;
    case API_BYTES: return put_base64(c, out, f, number, text);
    case API_INT32:
    case API_INT64:
    case API_BOOL: wire_put_int(out, number, integer_of(j)); return true;
    case API_DOUBLE: put_double(out, number, json_number(j)); return true;
    default: break;
    }
    struct wire_mark m = wire_open(out, number, 1);
    bool ok = put_message(c, out, f, j);
    wire_close(out, m);
    return ok;
}

static bool put_list(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *list)
{
    bool ok = true;
    for (const struct json *it = json_kids(list); it && ok; it = it->next) ok = put_value(c, out, f, f->proto, it);
    return ok;
}

static int compare_members(const void *a, const void *b)
{
    return str_cmp((*(const struct json *const *)a)->key, (*(const struct json *const *)b)->key);
}

static bool put_entry(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    struct wire_mark m = wire_open(out, f->proto, 1);
    wire_put_bytes(out, 1, j->key);
    bool ok = put_value(c, out, f, 2, j);
    wire_close(out, m);
    return ok;
}

static bool is_sorted(const struct json *map)
{
    JSON_FOREACH(it, map)
    if (it->next && str_cmp(it->key, it->next->key) > 0) return false;
    return true;
}

static bool put_sorted(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *map)
{
    const struct json **members = xreallocarray(NULL, map->count + 1, sizeof *members);
    size_t n = 0;
    bool ok = true;
    JSON_FOREACH(it, map) members[n++] = it;
    qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 0; i < n && ok; i++) ok = put_entry(c, out, f, members[i]);
    free(members);
    return ok;
}

static bool put_map(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *map)
{
    bool ok = true;
    if (!json_is(map, JSON_OBJ)) return true;
    if (!is_sorted(map)) return put_sorted(c, out, f, map);
    for (const struct json *it = json_kids(map); it && ok; it = it->next) ok = put_entry(c, out, f, it);
    return ok;
}

static bool put_field(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    if (f->shape == API_LIST) return put_list(c, out, f, j);
    if (f->shape == API_MAP) return put_map(c, out, f, j);
    bool optional = (f->flags & API_F_POINTER) || f->value == API_BYTES || (f->type && is_wrapper(f->type));
    return (!j && optional) || put_value(c, out, f, f->proto, j);
}

/* ---- Messages ---- */

static void slots_open(struct encoder *c, size_t n)
{
    if (c->nslots + n > c->cap) {
        const struct json **more = xreallocarray(NULL, (c->nslots + n) * 2, sizeof(*more));
        memcpy(more, c->slots, c->nslots * sizeof(*more));
        if (c->slots != c->here) free(c->slots);
        c->slots = more;
        c->cap = (c->nslots + n) * 2;
    }
    for (size_t i = 0; i < n; i++) c->slots[c->nslots + i] = NULL;
    c->nslots += n;
}

/* The field of a member; at: where the former member's was. Members mostly come in the order of the fields. */
static const struct api_field *field_of(const struct api_type *t, struct str key, uint16_t *at)
{
    for (uint16_t i = *at; key.n && i < t->nfields; i++) {
        struct str name = t->fields[i].name;
        if (name.n != key.n || name.p[0] != key.p[0] || !str_eq(name, key)) continue;
        *at = i + 1;
        return &t->fields[i];
    }
    return api_field_of(t, key);
}

static const struct json no_bytes = {.type = JSON_STR};

static void slots_fill(struct encoder *c, size_t first, const struct api_type *t, const struct json *j)
{
    uint16_t at = 0;
    if (!json_is(j, JSON_OBJ)) return;
    JSON_FOREACH(it, j)
    {
        const struct api_field *f = it->type == JSON_NULL ? NULL : field_of(t, it->key, &at);
        const struct json **slot = f ? &c->slots[first + (size_t)(f - t->fields)] : NULL;
        if (slot && !*slot) *slot = it;
    }
    const struct api_field *empty = api_empty_bytes(j, t);
    if (empty && !c->slots[first + (size_t)(empty - t->fields)])
        c->slots[first + (size_t)(empty - t->fields)] = &no_bytes;
}

/* The fields by_number[i..] of one message: the type's own (outer 0), or one that JSON has flattened (its chain). */
static bool put_fields(struct encoder *c, struct buf *out, const struct api_type *t, size_t first, uint16_t outer,
                       uint16_t *i)
{
    bool ok = true;
    while (ok && *i < t->nnumbers) {
        const struct api_field *f = &t->fields[t->by_number[*i]];
        uint16_t inlined = wire_inlined(f->proto_outer, outer);
        if (f->proto_outer == outer) {
            ok = put_field(c, out, f, c->slots[first + t->by_number[*i]]);
            ++*i;
        } else if (inlined) {
            struct wire_mark m = wire_open(out, inlined, 1);
            ok = put_fields(c, out, t, first, wire_chain(outer, inlined), i);
            wire_close(out, m);
        } else {
            break;
        }
    }
    return ok;
}

static bool encode_message(struct encoder *c, struct buf *out, const struct api_type *t, const struct json *j)
{
    size_t first = c->nslots;
    uint16_t i = 0;
    slots_open(c, t->nfields);
    slots_fill(c, first, t, j);
    bool ok = put_fields(c, out, t, first, 0, &i);
    c->nslots = first;
    return ok;
}

bool proto_encode(struct buf *out, const struct api_type *t, const struct json *j, struct err *e)
{
    struct encoder c; /* the slots need not be zeroed */
    c.e = e;
    c.depth = 0;
    c.slots = c.here;
    c.nslots = 0;
    c.cap = ARRAY_LEN(c.here);
    bool ok = encode_message(&c, out, t, j);
    if (c.slots != c.here) free(c.slots);
    return ok && (buf_ok(out) || err_set(e, ERR_TOO_LARGE, "protobuf message is larger than %zu bytes", out->max));
}

struct wire_mark proto_envelope_open(struct buf *out, struct str api_version, struct str kind, int width)
{
    buf_add(out, "k8s", 4);
    struct wire_mark meta = wire_open(out, 1, 1);
    wire_put_bytes(out, 1, api_version);
    wire_put_bytes(out, 2, kind);
    wire_close(out, meta);
    return wire_open(out, 2, width);
}

void proto_envelope_close(struct buf *out, struct wire_mark m)
{
    wire_close(out, m);
    wire_put_bytes(out, 3, STR(""));
    wire_put_bytes(out, 4, STR(""));
}

void proto_envelope(struct buf *out, struct str api_version, struct str kind, struct str raw)
{
    struct wire_mark m = proto_envelope_open(out, api_version, kind, wire_width(raw.n));
    buf_str(out, raw);
    proto_envelope_close(out, m);
}
