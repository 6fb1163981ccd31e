/* proto_encode.c - JSON trees to Kubernetes' protobuf messages, by the schema's numbers.
 * Reads: a tree as api_decode leaves it, schema tables.   Writes: a buf.
 * Upstream: the generated Marshal of each type: fields by ascending number, what is no pointer always, map keys sorted.
 */
#include "proto.h"

#include "base/clk.h"
#include "proto_wire.h"

#include <stdlib.h>

enum { ENCODE_DEPTH_MAX = 256 };

struct encoder {
    struct err *e;
    int depth;
};

static bool encode_message(struct encoder *c, struct buf *out, const struct api_type *t, uint16_t outer,
                           const struct json *j);

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
    struct buf text;
    if (!j || j->type == JSON_NULL) return;
    buf_init(&text, out->max);
    json_write(&text, j);
    wire_put_bytes(out, 1, buf_view(&text));
    if (!buf_ok(&text)) out->over = true;
    buf_release(&text);
}

/* ExtraValue and the like: a list in JSON, a message with one repeated field on the wire. */
static bool is_wrapper(const struct api_type *t) { return t->form == API_FORM_LIST; }

static bool put_list(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *list);

static bool put_struct(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *j)
{
    if (is_wrapper(f->type)) return put_list(c, out, &f->type->fields[0], j);
    if (++c->depth > ENCODE_DEPTH_MAX) return bad(c, f, "nested too deeply");
    bool ok = encode_message(c, out, f->type, 0, j);
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
    struct buf message;
    buf_init(&message, out->max);
    bool ok = put_message(c, &message, f, j);
    wire_put_bytes(out, number, buf_view(&message));
    if (!buf_ok(&message)) out->over = true;
    buf_release(&message);
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
    struct buf entry;
    buf_init(&entry, out->max);
    wire_put_bytes(&entry, 1, j->key);
    bool ok = put_value(c, &entry, f, 2, j);
    wire_put_bytes(out, f->proto, buf_view(&entry));
    if (!buf_ok(&entry)) out->over = true;
    buf_release(&entry);
    return ok;
}

static bool put_map(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *map)
{
    if (!json_is(map, JSON_OBJ)) return true;
    const struct json **members = xreallocarray(NULL, map->count + 1, sizeof *members);
    size_t n = 0;
    bool ok = true;
    JSON_FOREACH(it, map) members[n++] = it;
    qsort(members, n, sizeof *members, compare_members);
    for (size_t i = 0; i < n && ok; i++) ok = put_entry(c, out, f, members[i]);
    free(members);
    return ok;
}

static bool put_field(struct encoder *c, struct buf *out, const struct api_field *f, const struct json *parent)
{
    const struct json *j = json_get(parent, f->name);
    if (json_is(j, JSON_NULL)) j = NULL;
    if (f->shape == API_LIST) return put_list(c, out, f, j);
    if (f->shape == API_MAP) return put_map(c, out, f, j);
    bool optional = (f->flags & API_F_POINTER) || f->value == API_BYTES || (f->type && is_wrapper(f->type));
    return (!j && optional) || put_value(c, out, f, f->proto, j);
}

/* ---- Messages ---- */

/* The number a field has in the message `outer`; 0: it is not in it. */
static uint16_t number_in(const struct api_field *f, uint16_t outer)
{
    if (outer) return f->proto_outer == outer ? f->proto : 0;
    return f->proto_outer ? f->proto_outer : f->proto;
}

static uint16_t next_number(const struct api_type *t, uint16_t outer, uint16_t after, const struct api_field **field)
{
    uint16_t best = 0;
    for (uint16_t i = 0; i < t->nfields; i++) {
        uint16_t number = number_in(&t->fields[i], outer);
        if (number <= after || (best && number >= best)) continue;
        best = number;
        *field = &t->fields[i];
    }
    return best;
}

static bool encode_message(struct encoder *c, struct buf *out, const struct api_type *t, uint16_t outer,
                           const struct json *j)
{
    const struct api_field *f = NULL;
    bool ok = true;
    for (uint16_t number = 0; ok && (number = next_number(t, outer, number, &f));) {
        if (outer || !f->proto_outer) {
            ok = put_field(c, out, f, j);
            continue;
        }
        struct buf inlined; /* a struct that JSON has flattened */
        buf_init(&inlined, out->max);
        ok = encode_message(c, &inlined, t, number, j);
        wire_put_bytes(out, number, buf_view(&inlined));
        if (!buf_ok(&inlined)) out->over = true;
        buf_release(&inlined);
    }
    return ok;
}

bool proto_encode(struct buf *out, const struct api_type *t, const struct json *j, struct err *e)
{
    struct encoder c = {.e = e};
    if (!encode_message(&c, out, t, 0, j)) return false;
    return buf_ok(out) || err_set(e, ERR_TOO_LARGE, "protobuf message is larger than %zu bytes", out->max);
}

void proto_envelope(struct buf *out, struct str api_version, struct str kind, struct str raw)
{
    struct buf meta;
    buf_init(&meta, out->max);
    wire_put_bytes(&meta, 1, api_version);
    wire_put_bytes(&meta, 2, kind);
    buf_add(out, "k8s", 4);
    wire_put_bytes(out, 1, buf_view(&meta));
    wire_put_bytes(out, 2, raw);
    wire_put_bytes(out, 3, STR(""));
    wire_put_bytes(out, 4, STR(""));
    buf_release(&meta);
}
