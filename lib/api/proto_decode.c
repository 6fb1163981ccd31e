/* proto_decode.c - Kubernetes' protobuf messages to JSON trees, by the schema's numbers.
 * Reads: hostile bytes, schema tables.   Writes: a tree in the caller's arena.
 * Upstream: what the generated Unmarshal of each type and then encoding/json would produce; zero values are left for
 * api_decode to add. Two passes: the first appends what comes, the second puts members into the schema's order and
 * settles map keys that came twice. */
#include "proto.h"

#include "base/clk.h"
#include "members.h"
#include "node.h"
#include "proto_wire.h"
#include "quantity.h"
#include "yaml_scalar.h"

#include <math.h>
#include <stdlib.h>

enum {
    PROTO_DEPTH_MAX = 128,     /* messages within messages; the deepest of Kubernetes' are CRD schemas, some 30 */
    PROTO_NODES_MAX = 1000000, /* an empty message takes 2 bytes on the wire and 48 as a node */
    NS_PER_S = 1000000000,
    NS_PER_US = 1000,
};

static const int64_t time_min = -62135596800, time_max = 253402300799; /* the years 1 (Go's zero time) to 9999 */

struct decoder {
    struct arena *arena;
    int64_t nodes;
    struct err *e;
};

static bool bad(struct decoder *d, const char *text) { return err_set(d->e, ERR_BAD_REQUEST, "proto: %s", text); }

static bool count(struct decoder *d) { return ++d->nodes <= PROTO_NODES_MAX || bad(d, "message has too many values"); }

static bool decode_message(struct decoder *d, const struct api_type *t, uint16_t outer, struct str raw,
                           struct json *out, int depth);

/* ---- Small messages ---- */

/* Reads fields 1, 2, 3 of a message that has no others. */
static bool read_three(struct decoder *d, const char *name, struct str raw, struct wire_field f[3])
{
    struct wire_field next = {0};
    d->e->code = ERR_NONE;
    while (wire_next(&raw, name, &next, d->e))
        if (next.number <= 3) f[next.number - 1] = next;
    return d->e->code == ERR_NONE;
}

/* *out is NULL for Go's zero time. */
static bool decode_time(struct decoder *d, enum api_value kind, struct str raw, struct json **out)
{
    struct wire_field f[3] = {0};
    char text[CLK_TEXT_MAX];
    *out = NULL;
    if (!raw.n) return true;
    if (!read_three(d, "Timestamp", raw, f)) return false;
    int64_t s = (int64_t)f[0].value, ns = (int32_t)f[1].value;
    if (s < time_min || s > time_max || ns < 0 || ns >= NS_PER_S) return bad(d, "Timestamp: time out of range");
    if (kind == API_TIME) {
        if (s != time_min) *out = json_str(d->arena, str_copy(d->arena, str_of(clk_rfc3339(s, text))));
        return true;
    }
    ns -= ns % NS_PER_US;
    if (s == time_min && !ns) return true;
    *out = json_str(d->arena, str_copy(d->arena, str_of(clk_rfc3339_parts(s, (int32_t)ns, text))));
    return true;
}

static bool decode_duration(struct decoder *d, struct str raw, struct json **out)
{
    struct wire_field f[3] = {0};
    char text[CLK_TEXT_MAX];
    if (!read_three(d, "Duration", raw, f)) return false;
    *out = json_str(d->arena, str_copy(d->arena, str_of(clk_go_duration((int64_t)f[0].value, text))));
    return true;
}

static bool decode_quantity(struct decoder *d, struct str raw, struct json **out)
{
    struct wire_field f[3] = {0};
    struct str text = STR("0");
    if (!read_three(d, "Quantity", raw, f)) return false;
    if (f[0].number && f[0].type != WIRE_BYTES) return bad(d, "wrong wireType for field String_");
    if (f[0].number && !qty_canonical(d->arena, f[0].bytes, &text, d->e)) return false;
    *out = json_str(d->arena, text);
    return true;
}

static struct str to_utf8(struct decoder *d, struct str s);

static bool decode_int_or_string(struct decoder *d, struct str raw, struct json **out)
{
    struct wire_field f[3] = {0};
    if (!read_three(d, "IntOrString", raw, f)) return false;
    if (f[0].value > 1) return bad(d, "IntOrString: impossible type");
    *out = f[0].value ? json_str(d->arena, to_utf8(d, f[2].bytes.p ? f[2].bytes : STR("")))
                      : json_int(d->arena, (int32_t)f[1].value);
    return true;
}

/* RawExtension, FieldsV1 and JSON hold JSON text. *out is NULL when there is none. */
static bool decode_raw(struct decoder *d, struct str raw, struct json **out)
{
    struct wire_field f[3] = {0};
    *out = NULL;
    if (!read_three(d, "RawExtension", raw, f)) return false;
    if (!f[0].bytes.n) return true;
    *out = json_parse(d->arena, f[0].bytes, d->e);
    return *out != NULL;
}

/* ---- Scalars ---- */

/* Go's JSON writes U+FFFD for bytes that are no UTF-8. */
static struct str to_utf8(struct decoder *d, struct str s)
{
    if (str_is_utf8(s)) return s;
    char *text = arena_alloc(d->arena, s.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t length = 1;
        while (length <= 4 && i + length <= s.n && !str_is_utf8(str_n(s.p + i, length))) length++;
        bool valid = length <= 4 && i + length <= s.n;
        memcpy(text + n, valid ? s.p + i : "\xef\xbf\xbd", valid ? length : 3);
        n += valid ? length : 3;
        i += valid ? length : 1;
    }
    return str_n(text, n);
}

static struct str base64(struct decoder *d, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = arena_alloc(d->arena, (s.n + 2) / 3 * 4 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i += 3) {
        size_t have = MIN(s.n - i, 3);
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < have ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++) text[n++] = k <= have ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return str_n(text, n);
}

static bool decode_double(struct decoder *d, uint64_t bits, struct json **out)
{
    double v;
    char text[YAML_REAL_MAX];
    memcpy(&v, &bits, sizeof v);
    if (!isfinite(v)) return bad(d, "a number that JSON cannot write");
    *out = json_real(d->arena, str_copy(d->arena, str_of(yaml_real_text(v, text))));
    return true;
}

static enum wire_type wire_type_of(enum api_value v)
{
    if (v == API_INT32 || v == API_INT64 || v == API_BOOL) return WIRE_VARINT;
    return v == API_DOUBLE ? WIRE_FIXED64 : WIRE_BYTES;
}

static bool is_wrapper(const struct api_type *t) { return t->form == API_FORM_LIST; }

/* Which field of a union counts: what has a schema is one, then the list, then the bool. */
static struct json *union_value(struct decoder *d, const struct api_type *t, struct json *message)
{
    static const enum json_type order[] = {JSON_ARR, JSON_OBJ, JSON_BOOL};
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        const struct api_field *f = api_union_field(t, order[i]);
        struct json *v = f ? json_get(message, f->name) : NULL;
        if (!v) continue;
        v->next = NULL;
        return v;
    }
    return api_union_field(t, JSON_BOOL) ? json_bool(d->arena, false) : json_null(d->arena);
}

/* A message of a struct type: an object, or the list that a wrapper like ExtraValue stands for. */
static bool decode_struct(struct decoder *d, const struct api_type *t, struct str raw, struct json **out, int depth)
{
    struct json *obj = json_obj(d->arena);
    if (!decode_message(d, t, 0, raw, obj, depth + 1)) return false;
    *out = obj;
    if (t->form == API_FORM_UNION) *out = union_value(d, t, obj);
    if (!is_wrapper(t)) return true;
    *out = json_kids(obj) ? json_kids(obj) : json_arr(d->arena);
    (*out)->next = NULL;
    return true;
}

/* One value. *out is NULL when it is nothing in JSON. */
static bool decode_value(struct decoder *d, const struct api_field *f, const struct wire_field *w, struct json **out,
                         int depth)
{
    if (!count(d)) return false;
    switch ((enum api_value)f->value) {
    case API_STRING: *out = json_str(d->arena, to_utf8(d, w->bytes)); return true;
    case API_INT32: *out = json_int(d->arena, (int32_t)w->value); return true;
    case API_INT64: *out = json_int(d->arena, (int64_t)w->value); return true;
    case API_BOOL: *out = json_bool(d->arena, w->value != 0); return true;
    case API_DOUBLE: return decode_double(d, w->value, out);
    case API_BYTES: *out = json_str(d->arena, base64(d, w->bytes)); return true;
    case API_TIME:
    case API_MICROTIME: return decode_time(d, f->value, w->bytes, out);
    case API_DURATION: return decode_duration(d, w->bytes, out);
    case API_QUANTITY: return decode_quantity(d, w->bytes, out);
    case API_INT_OR_STRING: return decode_int_or_string(d, w->bytes, out);
    case API_RAW:
    case API_FIELDS_V1:
    case API_ANY: return decode_raw(d, w->bytes, out);
    case API_STRUCT: return decode_struct(d, f->type, w->bytes, out, depth);
    }
    return bad(d, "a field of no known type");
}

/* ---- Fields ---- */

static bool wrong_type(struct decoder *d, const struct api_field *f, enum wire_type got)
{
    return err_set(d->e, ERR_BAD_REQUEST, "proto: wrong wireType = %d for field %c%.*s", (int)got,
                   f->name.n ? f->name.p[0] & ~0x20 : '?', STR_ARG(str_from(f->name, 1)));
}

static struct json *container_of(struct decoder *d, struct json *out, const struct api_field *f)
{
    struct json *j = json_get(out, f->name);
    if (!j) node_add(out, f->name, j = f->shape == API_MAP ? json_obj(d->arena) : json_arr(d->arena));
    return j;
}

static bool decode_packed(struct decoder *d, const struct api_field *f, struct str raw, struct json *list)
{
    struct wire_field item = {.type = wire_type_of(f->value)};
    while (raw.n) {
        struct json *v;
        if (item.type == WIRE_VARINT) {
            if (!wire_varint(&raw, &item.value, d->e)) return false;
        } else {
            if (raw.n < sizeof item.value) return err_set(d->e, ERR_BAD_REQUEST, "unexpected EOF");
            memcpy(&item.value, raw.p, sizeof item.value);
            raw = str_from(raw, sizeof item.value);
        }
        if (!decode_value(d, f, &item, &v, 0)) return false;
        node_add(list, STR_NULL, v);
    }
    return true;
}

static bool decode_list(struct decoder *d, const struct api_field *f, const struct wire_field *w, struct json *list,
                        int depth)
{
    enum wire_type want = wire_type_of(f->value);
    struct json *v = NULL;
    if (want != WIRE_BYTES && w->type == WIRE_BYTES) return decode_packed(d, f, w->bytes, list);
    if (w->type != want) return wrong_type(d, f, w->type);
    if (!decode_value(d, f, w, &v, depth)) return false;
    node_add(list, STR_NULL, v ? v : json_null(d->arena));
    return true;
}

/* A map's entry is a message {key 1, value 2}; what is missing is empty. */
static bool decode_entry(struct decoder *d, const struct api_field *f, const struct wire_field *w, struct json *map,
                         int depth)
{
    struct wire_field parts[3] = {0}, *value = &parts[1];
    struct json *v = NULL;
    if (w->type != WIRE_BYTES) return wrong_type(d, f, w->type);
    if (!read_three(d, "entry", w->bytes, parts)) return false;
    struct str key = to_utf8(d, parts[0].bytes.p ? parts[0].bytes : STR(""));
    if (!value->number) *value = (struct wire_field){.type = wire_type_of(f->value), .bytes = STR("")};
    if (value->type != wire_type_of(f->value)) return wrong_type(d, f, value->type);
    if (!decode_value(d, f, value, &v, depth)) return false;
    node_add(map, key, v ? v : json_null(d->arena));
    return true;
}

/* The zero values of Go that its JSON leaves out. */
static bool is_dropped(const struct api_field *f, const struct json *v)
{
    if (!v) return true;
    if ((f->flags & API_F_POINTER) || !(f->flags & (API_F_OMITEMPTY | API_F_OMITZERO))) return false;
    switch ((enum json_type)v->type) {
    case JSON_STR: return v->u.s.n == 0 && f->value == API_STRING; /* bytes are noted (api_empty_bytes) */
    case JSON_INT: return v->u.i == 0 && f->value != API_INT_OR_STRING;
    case JSON_BOOL: return !v->u.b;
    case JSON_REAL: return json_number(v) == 0;
    default: return false;
    }
}

static bool decode_one(struct decoder *d, const struct api_field *f, const struct wire_field *w, struct json *out,
                       int depth)
{
    struct json *old = json_get(out, f->name), *v = NULL;
    if (w->type != wire_type_of(f->value)) return wrong_type(d, f, w->type);
    if (old && f->value == API_STRUCT && f->type->form == API_FORM_STRUCT) /* a message that comes in parts */
        return count(d) && decode_message(d, f->type, 0, w->bytes, old, depth + 1);
    if (!decode_value(d, f, w, &v, depth)) return false;
    if (old) json_remove(out, old);
    if (!is_dropped(f, v)) node_add(out, f->name, v);
    return true;
}

static bool decode_field(struct decoder *d, const struct api_field *f, const struct wire_field *w, struct json *out,
                         int depth)
{
    if (f->shape == API_LIST) return decode_list(d, f, w, container_of(d, out, f), depth);
    if (f->shape == API_MAP) return decode_entry(d, f, w, container_of(d, out, f), depth);
    return decode_one(d, f, w, out, depth);
}

/* The field with this number in the message `outer` (0: the type's own); *inlined: it is an inlined message itself. */
static const struct api_field *find_number(const struct api_type *t, uint16_t outer, uint32_t number, bool *inlined)
{
    *inlined = false;
    for (uint16_t i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        if (f->proto && f->proto_outer == outer && f->proto == number) return f;
        if (number && wire_inlined(f->proto_outer, outer) == number) *inlined = true;
    }
    return NULL;
}

/* Adds the message's fields to out, which may have some of them. outer: the inlined message that raw is, or 0. */
static bool decode_message(struct decoder *d, const struct api_type *t, uint16_t outer, struct str raw,
                           struct json *out, int depth)
{
    struct wire_field w = {0};
    struct err e = ERR_INIT;
    if (depth > PROTO_DEPTH_MAX) return bad(d, "message is nested too deeply");
    while (wire_next(&raw, t->name, &w, &e)) {
        bool inlined;
        if (w.type == WIRE_GROUP) continue;
        const struct api_field *f = find_number(t, outer, w.number, &inlined);
        if (inlined && !f && w.type == WIRE_BYTES) {
            if (!decode_message(d, t, wire_chain(outer, (uint16_t)w.number), w.bytes, out, depth + 1)) return false;
        } else if (f && !decode_field(d, f, &w, out, depth)) {
            return false;
        }
    }
    if (e.code != ERR_NONE) *d->e = e;
    return e.code == ERR_NONE;
}

/* ---- Second pass ---- */

static int place_of(const struct api_type *t, const struct json *member)
{
    const struct api_field *f = api_field_of(t, member->key);
    return f ? (int)(f - t->fields) : INT32_MAX;
}

/* Fields mostly come in order: an insertion sort by Go's order of fields. */
static void order_members(const struct api_type *t, struct json *obj)
{
    struct json *sorted = NULL, *last = NULL, *next;
    for (struct json *it = obj->u.kids.head; it; it = next) {
        next = it->next;
        struct json **at = last && place_of(t, last) < place_of(t, it) ? &last->next : &sorted;
        while (*at && place_of(t, *at) < place_of(t, it)) at = &(*at)->next;
        it->next = *at;
        *at = it;
        if (!it->next) last = it;
    }
    obj->u.kids.head = sorted;
    obj->u.kids.tail = last;
}

/* Of two entries with one key the last one counts. */
static void settle_map(struct json *map)
{
    struct members m;
    struct json *entries = map->u.kids.head, *next;
    map->u.kids.head = map->u.kids.tail = NULL;
    map->count = 0;
    members_open(&m, map);
    for (struct json *it = entries; it; it = next) {
        next = it->next;
        struct json *old = members_find(&m, it->key);
        if (old)
            members_replace(old, it);
        else
            members_add(&m, it->key, it);
    }
    members_close(&m);
}

static void settle(const struct api_type *t, struct json *j);

static void settle_union(const struct api_type *t, struct json *j)
{
    const struct api_field *f = api_union_field(t, j->type);
    if (!f || f->value != API_STRUCT) return;
    if (f->shape == API_ONE)
        settle(f->type, j);
    else
        JSON_FOREACH(it, j) settle(f->type, it);
}

static void settle(const struct api_type *t, struct json *j)
{
    if (is_wrapper(t)) return;
    if (t->form == API_FORM_UNION) {
        settle_union(t, j);
        return;
    }
    order_members(t, j);
    JSON_FOREACH(it, j)
    {
        const struct api_field *f = api_field_of(t, it->key);
        if (!f) continue;
        if (f->shape == API_MAP) settle_map(it);
        if (f->value != API_STRUCT) continue;
        if (f->shape == API_ONE)
            settle(f->type, it);
        else
            JSON_FOREACH(kid, it) settle(f->type, kid);
    }
}

/* ---- Entry points ---- */

static const char magic[] = {'k', '8', 's', 0};

bool proto_is_envelope(struct str body) { return str_starts(body, str_n(magic, sizeof magic)); }

bool proto_open(struct str body, struct str *api_version, struct str *kind, struct str *raw, struct err *e)
{
    struct wire_field f = {0};
    struct err mine = ERR_INIT;
    *api_version = *kind = *raw = STR("");
    if (!proto_is_envelope(body))
        return err_set(e, ERR_BAD_REQUEST, "provided data does not appear to be a protobuf message, expected prefix %s",
                       "[107 56 115 0]");
    struct str rest = str_from(body, sizeof magic), meta = STR("");
    while (wire_next(&rest, "Unknown", &f, &mine)) {
        if (f.type != WIRE_BYTES) continue;
        if (f.number == 1) meta = f.bytes;
        if (f.number == 2) *raw = f.bytes;
    }
    while (mine.code == ERR_NONE && wire_next(&meta, "TypeMeta", &f, &mine)) {
        if (f.type != WIRE_BYTES) continue;
        if (f.number == 1) *api_version = f.bytes;
        if (f.number == 2) *kind = f.bytes;
    }
    if (mine.code != ERR_NONE && e) *e = mine;
    return mine.code == ERR_NONE;
}

struct json *proto_decode(struct arena *a, const struct api_type *t, struct str raw, struct err *e)
{
    struct err mine = ERR_INIT;
    struct decoder d = {.arena = a, .e = &mine};
    struct json *out = json_obj(a);
    bool ok = decode_message(&d, t, 0, str_copy(a, raw), out, 1); /* strings point into the copy */
    if (!ok && e) *e = mine;
    if (!ok) return NULL;
    settle(t, out);
    return out;
}
