/* decode.c - see decode.h. One pass: a struct's members are matched to its fields (usually the next one in order, for clients
 * send in order), checked, made canonical and linked again in the order of the schema.
 * Reads: the schema.   Writes: the tree, in place. */
#include "api/decode.h"

#include "api/quantity.h"
#include "base/clk.h"

#include <stdio.h>

/* Where we are; on the C stack, so it costs nothing until it is printed. */
struct place {
    const struct place *up;
    struct str name;  /* STR_NULL: a list item */
    size_t index;
};

struct pass {
    struct arena *a;
    struct decode_notes *notes;
    struct err *e;
};

/* ---- Saying where ---- */

/* spec.containers[0].image; without indices as Go's own errors have it. */
static void write_place(struct buf *out, const struct place *p, bool indices)
{
    if (!p) return;
    write_place(out, p->up, indices);
    if (str_is_null(p->name)) {
        if (indices) buf_addf(out, "[%zu]", p->index);
        return;
    }
    if (out->n) buf_char(out, '.');
    buf_str(out, p->name);
}

static void note(struct pass *ps, const char *what, const struct place *at, struct str name)
{
    if (!ps->notes) return;
    if (ps->notes->count == DECODE_WARNINGS_MAX) {
        ps->notes->more++;
        return;
    }
    struct buf text AUTO_BUF;
    struct place here = {.up = at, .name = name};
    buf_init(&text, 4096);
    write_place(&text, &here, true);
    ps->notes->items[ps->notes->count++] = str_printf(ps->a, "%s field \"%.*s\"", what, STR_ARG(buf_view(&text)));
}

static const char *json_word(const struct json *j)
{
    static const char *const words[] = {[JSON_NULL] = "null",     [JSON_BOOL] = "bool",  [JSON_INT] = "number", [JSON_REAL] = "number",
                                        [JSON_STR] = "string",    [JSON_ARR] = "array", [JSON_OBJ] = "object"};
    return words[j->type];
}

static const char *go_word(const struct api_field *f)
{
    static const char *const words[] = {[API_STRING] = "string",  [API_INT32] = "int32",     [API_INT64] = "int64",
                                        [API_BOOL] = "bool",      [API_DOUBLE] = "float64",  [API_BYTES] = "[]uint8",
                                        [API_TIME] = "v1.Time",   [API_MICROTIME] = "v1.MicroTime", [API_DURATION] = "v1.Duration",
                                        [API_QUANTITY] = "resource.Quantity", [API_INT_OR_STRING] = "intstr.IntOrString",
                                        [API_RAW] = "runtime.RawExtension",   [API_FIELDS_V1] = "v1.FieldsV1", [API_ANY] = "interface {}",
                                        [API_STRUCT] = ""};
    return words[f->value];
}

/* json: cannot unmarshal string into Go struct field PodSpec.spec.nodeName of type int64 */
static bool mismatch(struct pass *ps, const struct api_type *owner, const struct api_field *f, const struct json *v, const struct place *at, bool whole)
{
    struct buf path AUTO_BUF;
    char number[64] = "", go[256];
    buf_init(&path, 4096);
    write_place(&path, at, false);
    const char *list = whole && f->shape == API_LIST ? "[]" : whole && f->shape == API_MAP ? "map[string]" : "";
    if (f->value == API_STRUCT) {
        struct str package = str_of(f->type->package), version;
        str_cut(package, '/', &version);
        snprintf(go, sizeof go, "%s%.*s.%s", list, STR_ARG(version), f->type->name);
    } else {
        snprintf(go, sizeof go, "%s%s", list, go_word(f));
    }
    if (v->type == JSON_REAL) snprintf(number, sizeof number, " %.*s", STR_ARG(v->u.s));
    if (v->type == JSON_INT && f->value == API_INT32) snprintf(number, sizeof number, " %lld", (long long)v->u.i);
    return err_set(ps->e, ERR_BAD_REQUEST, "json: cannot unmarshal %s%s into Go struct field %s.%.*s of type %s", json_word(v), number, owner->name,
                   STR_ARG(buf_view(&path)), go);
}

/* ---- Scalars ---- */

static bool set_text(struct pass *ps, struct json *v, const char *canonical)
{
    if (!str_eqc(v->u.s, canonical)) v->u.s = str_of(arena_strdup(ps->a, canonical));
    return true;
}

static bool decode_time(struct pass *ps, const struct api_field *f, struct json *v)
{
    char text[CLK_TEXT_MAX];
    int64_t ns;
    if (!clk_parse_rfc3339(v->u.s.p, v->u.s.n, &ns))
        return err_set(ps->e, ERR_BAD_REQUEST, "parsing time \"%.*s\" as \"2006-01-02T15:04:05%sZ07:00\": cannot parse \"%.*s\" as \"2006\"",
                       STR_ARG(v->u.s), f->value == API_MICROTIME ? ".000000" : "", STR_ARG(v->u.s));
    if (ns == INT64_MIN || ns == INT64_MAX) return true; /* beyond our clock: the text stays */
    int64_t s = ns / 1000000000 - (ns % 1000000000 < 0);
    return set_text(ps, v, f->value == API_TIME ? clk_rfc3339(s, text) : clk_rfc3339_micro(ns, text));
}

static bool decode_quantity(struct pass *ps, struct json *v)
{
    struct qty q;
    char text[QTY_TEXT_MAX];
    if (v->type == JSON_INT) {
        v->u.s = str_printf(ps->a, "%lld", (long long)v->u.i);
        v->type = JSON_STR;
    }
    v->type = JSON_STR; /* a JSON_REAL keeps its text in the same place */
    return qty_parse(v->u.s, &q, ps->e) && set_text(ps, v, qty_write(&q, text));
}

static bool decode_duration(struct pass *ps, struct json *v)
{
    char text[CLK_TEXT_MAX];
    int64_t ns;
    if (!clk_parse_go_duration(v->u.s.p, v->u.s.n, &ns)) return err_set(ps->e, ERR_BAD_REQUEST, "time: invalid duration \"%.*s\"", STR_ARG(v->u.s));
    return set_text(ps, v, clk_go_duration(ns, text));
}

static bool is_base64(struct str s, size_t *bad)
{
    size_t pad = 0;
    for (*bad = 0; *bad < s.n; (*bad)++) {
        char c = s.p[*bad];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (c == '=') pad++;
        else if (!letter || pad) return false;
    }
    return s.n % 4 == 0 && pad <= 2;
}

/* Which JSON types a value may have. */
static bool type_fits(enum api_value want, const struct json *v)
{
    switch (want) {
    case API_STRING:
    case API_BYTES:
    case API_TIME:
    case API_MICROTIME:
    case API_DURATION: return v->type == JSON_STR;
    case API_INT32: return v->type == JSON_INT && v->u.i >= INT32_MIN && v->u.i <= INT32_MAX;
    case API_INT64: return v->type == JSON_INT;
    case API_BOOL: return v->type == JSON_BOOL;
    case API_DOUBLE: return v->type == JSON_INT || v->type == JSON_REAL;
    case API_QUANTITY: return v->type == JSON_STR || v->type == JSON_INT || v->type == JSON_REAL;
    case API_INT_OR_STRING: return v->type == JSON_STR || v->type == JSON_INT;
    case API_STRUCT:
    case API_FIELDS_V1: return v->type == JSON_OBJ;
    default: return true;
    }
}

static bool decode_struct(struct pass *ps, const struct api_type *t, struct json *j, const struct place *at, bool root);

static bool decode_one(struct pass *ps, const struct api_type *owner, const struct api_field *f, struct json *v, const struct place *at)
{
    size_t bad;
    if (!type_fits(f->value, v)) return mismatch(ps, owner, f, v, at, false);
    switch (f->value) {
    case API_STRUCT: return decode_struct(ps, f->type, v, at, false);
    case API_TIME:
    case API_MICROTIME: return decode_time(ps, f, v);
    case API_QUANTITY: return decode_quantity(ps, v);
    case API_DURATION: return decode_duration(ps, v);
    case API_BYTES:
        return is_base64(v->u.s, &bad) || err_set(ps->e, ERR_BAD_REQUEST, "illegal base64 data at input byte %zu", bad);
    default: return true;
    }
}

/* ---- Lists and maps ---- */

static bool decode_list(struct pass *ps, const struct api_type *owner, const struct api_field *f, struct json *list, const struct place *at)
{
    struct place item = {.up = at};
    if (list->type != JSON_ARR) return mismatch(ps, owner, f, list, at, true);
    JSON_FOREACH(it, list)
    {
        if (it->type == JSON_NULL && f->value == API_STRUCT) { /* Go: the zero value */
            it->type = JSON_OBJ;
            it->count = 0;
            it->u.kids.head = it->u.kids.tail = NULL;
        }
        if (it->type != JSON_NULL && !decode_one(ps, owner, f, it, &item)) return false;
        item.index++;
    }
    return true;
}

static bool decode_map(struct pass *ps, const struct api_type *owner, const struct api_field *f, struct json *map, const struct place *at)
{
    if (map->type != JSON_OBJ) return mismatch(ps, owner, f, map, at, true);
    bool sorted = true;
    for (struct json *it = map->u.kids.head; it; it = it->next) {
        struct place here = {.up = at, .name = it->key};
        if (it->type == JSON_NULL && f->value == API_STRING) { /* Go: the zero value */
            it->type = JSON_STR;
            it->u.s = STR("");
        }
        if (it->type != JSON_NULL && !decode_one(ps, owner, f, it, &here)) return false;
        sorted = sorted && (!it->next || str_cmp(it->key, it->next->key) < 0);
    }
    if (!sorted) json_sort_keys(map);
    for (struct json *it = map->u.kids.head; !sorted && it && it->next; it = it->next)
        if (str_eq(it->key, it->next->key)) {
            note(ps, "duplicate", at, it->key);
            it->next = it->next->next; /* which of them is kept is the sort's business: upstream keeps the last */
            map->count--;
        }
    return true;
}

/* ---- Structs ---- */

static struct json *zero_of(struct arena *a, const struct api_field *f);

static void append(struct json *j, struct json *v, struct str key)
{
    v->key = key;
    v->next = NULL;
    if (j->u.kids.tail) j->u.kids.tail->next = v;
    else j->u.kids.head = v;
    j->u.kids.tail = v;
    j->count++;
}

static bool is_zero(const struct json *v)
{
    switch (v->type) {
    case JSON_NULL: return true;
    case JSON_BOOL: return !v->u.b;
    case JSON_INT: return v->u.i == 0;
    case JSON_STR: return v->u.s.n == 0;
    case JSON_ARR: return v->count == 0;
    case JSON_OBJ:
        for (const struct json *it = v->u.kids.head; it; it = it->next)
            if (!is_zero(it)) return false;
        return true;
    default: return false;
    }
}

/* Does Go's omitempty apply to the value at all? Structs are never empty for it. */
static bool can_be_empty(const struct api_field *f)
{
    if (f->shape != API_ONE) return true;
    return f->value != API_STRUCT && f->value != API_TIME && f->value != API_MICROTIME && f->value != API_QUANTITY && f->value != API_INT_OR_STRING &&
           f->value != API_DURATION;
}

static bool is_omitted(const struct api_field *f, const struct json *v)
{
    if (f->flags & API_F_POINTER) return false;
    if ((f->flags & API_F_OMITZERO) && is_zero(v)) return true;
    if (!(f->flags & API_F_OMITEMPTY) || !can_be_empty(f)) return false;
    return v->type == JSON_OBJ ? v->count == 0 : is_zero(v);
}

/* Is a field that nobody sent written all the same? */
static bool is_written_absent(const struct api_field *f)
{
    if (f->flags & (API_F_OMITZERO | API_F_WRITE_ONLY)) return false;
    if (f->flags & API_F_POINTER) return !(f->flags & API_F_OMITEMPTY);
    return !(f->flags & API_F_OMITEMPTY) || !can_be_empty(f);
}

static struct json *zero_of(struct arena *a, const struct api_field *f)
{
    if ((f->flags & API_F_POINTER) || f->shape != API_ONE) return json_null(a);
    switch (f->value) {
    case API_STRING: return json_str(a, STR(""));
    case API_INT32:
    case API_INT64:
    case API_INT_OR_STRING:
    case API_DOUBLE: return json_int(a, 0);
    case API_BOOL: return json_bool(a, false);
    case API_QUANTITY: return json_str(a, STR("0"));
    case API_DURATION: return json_str(a, STR("0s"));
    case API_STRUCT: return api_zero(a, f->type);
    default: return json_null(a);
    }
}

struct json *api_zero(struct arena *a, const struct api_type *t)
{
    struct json *j = json_obj(a);
    for (int i = 0; i < t->nfields; i++)
        if (is_written_absent(&t->fields[i])) append(j, zero_of(a, &t->fields[i]), t->fields[i].name);
    return j;
}

/* Index of the field named key; `guess` is tried first. */
static int field_index(const struct api_type *t, struct str key, int guess)
{
    if (guess < t->nfields && str_eq(t->fields[guess].name, key)) return guess;
    const struct api_field *f = api_field_of(t, key);
    return f ? (int)(f - t->fields) : -1;
}

static bool is_type_meta(struct str key) { return str_eqc(key, "kind") || str_eqc(key, "apiVersion"); }

static bool decode_field(struct pass *ps, const struct api_type *t, const struct api_field *f, struct json *v, const struct place *at)
{
    struct place here = {.up = at, .name = f->name};
    if (f->shape == API_LIST) return decode_list(ps, t, f, v, &here);
    if (f->shape == API_MAP) return decode_map(ps, t, f, v, &here);
    return decode_one(ps, t, f, v, &here);
}

static bool decode_struct(struct pass *ps, const struct api_type *t, struct json *j, const struct place *at, bool root)
{
    struct json **slots = ARENA_ARRAY(ps->a, struct json *, t->nfields), *next;
    int guess = 0;
    for (struct json *it = j->u.kids.head; it; it = next) {
        next = it->next;
        if (root && is_type_meta(it->key)) continue; /* travels beside the tree */
        int i = field_index(t, it->key, guess);
        if (i < 0) {
            note(ps, "unknown", at, it->key);
            continue;
        }
        guess = i + 1;
        if (slots[i]) note(ps, "duplicate", at, it->key);
        if (it->type != JSON_NULL && !decode_field(ps, t, &t->fields[i], it, at)) return false;
        slots[i] = it;
    }
    j->u.kids.head = j->u.kids.tail = NULL;
    j->count = 0;
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *f = &t->fields[i];
        bool sent = slots[i] && slots[i]->type != JSON_NULL;
        if (sent && !is_omitted(f, slots[i])) append(j, slots[i], f->name);
        else if (!sent && is_written_absent(f)) append(j, zero_of(ps->a, f), f->name);
    }
    return true;
}

bool api_decode(struct arena *a, const struct api_type *t, struct json *j, struct decode_notes *notes, struct err *e)
{
    struct pass ps = {a, notes, e};
    if (notes) notes->count = notes->more = 0;
    if (!json_is(j, JSON_OBJ)) return err_set(e, ERR_BAD_REQUEST, "json: cannot unmarshal %s into Go value of type %s", json_word(j), t->name);
    return decode_struct(&ps, t, j, NULL, true);
}
