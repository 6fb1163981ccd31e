/* decode_value.c - single values as Go's decoder takes them and its encoder writes them again:
 * type checks, canonical quantities, durations, numbers and base64, and Go's words for what does not fit
 * (encoding/json decode.go; decode_time.c knows times).
 * Reads: a field of the schema.   Writes: the node, in place. */
#include "decode_priv.h"

#include "quantity.h"
#include "quote.h"
#include "yaml_scalar.h"

#include "base/base64.h"
#include "base/clk.h"

#include <math.h>
#include <stdio.h>

void decode_path(struct buf *out, const struct decode_place *p, bool with_indices)
{
    if (!p) return;
    decode_path(out, p->up, with_indices);
    if (str_is_null(p->name)) {
        if (with_indices) buf_addf(out, "[%zu]", p->index);
        return;
    }
    if (p->is_key && !with_indices) return;
    if (out->n) buf_char(out, '.');
    if (p->inlined && !with_indices) buf_addf(out, "%s.", api_go_texts[p->inlined]);
    buf_str(out, p->name);
}

/* Of "[]*v1.T" and "map[v1.Key]v1.T" that is v1.T; NULL: it follows from the field. */
static const char *named_value(const struct api_field *f)
{
    const char *go = api_go_texts[f->go];
    if (!go || f->shape == API_ONE) return go;
    const char *end = strchr(go, ']');
    return !end ? NULL : end[1] == '*' ? end + 2 : end + 1;
}

void decode_go_type(struct buf *out, const struct api_field *f)
{
    static const char *const words[] = {
        [API_STRING] = "string",
        [API_INT32] = "int32",
        [API_INT64] = "int64",
        [API_BOOL] = "bool",
        [API_DOUBLE] = "float64",
        [API_BYTES] = "[]uint8",
        [API_TIME] = "v1.Time",
        [API_MICROTIME] = "v1.MicroTime",
        [API_DURATION] = "v1.Duration",
        [API_QUANTITY] = "resource.Quantity",
        [API_INT_OR_STRING] = "intstr.IntOrString",
        [API_RAW] = "runtime.RawExtension",
        [API_FIELDS_V1] = "v1.FieldsV1",
        [API_ANY] = "interface {}",
    };
    const char *named = named_value(f);
    struct str version;
    if (named || f->value != API_STRUCT) {
        buf_cstr(out, named ? named : words[f->value]);
        return;
    }
    str_cut(str_of(f->type->package), '/', &version);
    buf_addf(out, "%.*s.%s", STR_ARG(version), f->type->name);
}

static void write_whole_type(struct buf *out, const struct api_field *f)
{
    if (f->go) {
        buf_cstr(out, api_go_texts[f->go]);
        return;
    }
    buf_cstr(out, f->shape == API_LIST ? "[]" : "map[string]");
    decode_go_type(out, f);
}

static bool is_numeric(enum api_value v)
{
    return v == API_INT32 || v == API_INT64 || v == API_DOUBLE || v == API_INT_OR_STRING;
}

/* Go shows a number that does not fit a number. */
static void write_number(struct buf *out, const struct json *v)
{
    if (v->type == JSON_REAL) buf_addf(out, " %.*s", STR_ARG(v->u.s));
    if (v->type == JSON_INT) buf_addf(out, " %lld", (long long)v->u.i);
}

/* What Go types with a decoder of their own want in JSON; NULL: the value has none. */
static const char *inner_type(enum api_value v)
{
    if (v == API_INT_OR_STRING) return "int32";
    return v == API_TIME || v == API_MICROTIME || v == API_DURATION ? "string" : NULL;
}

/* One value that is no `type`. */
static struct str mismatch_text(const struct decode_pass *ps, const struct api_type *owner, struct str type,
                                bool numeric, const struct json *v, const struct decode_place *at)
{
    struct buf path AUTO_BUF = {0}, number AUTO_BUF = {0};
    buf_init(&path, DECODE_PATH_MAX);
    buf_init(&number, DECODE_PATH_MAX);
    decode_path(&path, at, false);
    if (numeric) write_number(&number, v);
    if (!path.n)
        return str_printf(ps->a, "json: cannot unmarshal %s%.*s into Go value of type %.*s", json_type_word(v),
                          STR_ARG(buf_view(&number)), STR_ARG(type));
    return str_printf(ps->a, "json: cannot unmarshal %s%.*s into Go struct field %s.%.*s of type %.*s",
                      json_type_word(v), STR_ARG(buf_view(&number)), ps->owner ? ps->owner->name : owner->name,
                      STR_ARG(buf_view(&path)), STR_ARG(type));
}

/* What Go says when it is done with the rest. */
static bool keep_error(const struct decode_pass *ps, struct str text)
{
    if (!ps->first) return err_set(ps->e, ERR_BAD_REQUEST, "%.*s", STR_ARG(text));
    if (str_is_null(*ps->first)) *ps->first = text;
    return true;
}

bool decode_mismatch(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                     const struct json *v, const struct decode_place *at, bool whole)
{
    const char *inner = whole ? NULL : inner_type(f->value);
    if (!inner && ps->first && !str_is_null(*ps->first)) return true;
    struct buf type AUTO_BUF = {0};
    buf_init(&type, DECODE_PATH_MAX);
    if (inner)
        buf_cstr(&type, inner);
    else if (whole)
        write_whole_type(&type, f);
    else
        decode_go_type(&type, f);
    struct str text = mismatch_text(ps, owner, buf_view(&type), !whole && is_numeric(f->value), v, at);
    if (inner) return err_set(ps->e, ERR_BAD_REQUEST, "%.*s", STR_ARG(text));
    return keep_error(ps, text);
}

static bool set_text(const struct decode_pass *ps, struct json *v, const char *canonical)
{
    if (!str_eqc(v->u.s, canonical)) v->u.s = str_of(arena_strdup(ps->a, canonical));
    return true;
}

/* ---- Durations ---- */

static bool decode_duration(const struct decode_pass *ps, struct json *v)
{
    char text[CLK_TEXT_MAX];
    int64_t ns;
    if (!v->u.s.n || !clk_parse_go_duration(v->u.s.p, v->u.s.n, &ns))
        return err_set(ps->e, ERR_BAD_REQUEST, "time: invalid duration \"%.*s\"", STR_ARG(v->u.s));
    return set_text(ps, v, clk_go_duration(ns, text));
}

/* ---- Quantities ---- */

/* Canonical already, as nearly all are: up to six digits ("250m", "128Mi", "3") that a larger suffix could not shorten.
 * False says nothing. */
static bool is_plain_quantity(struct str s)
{
    uint32_t value = 0;
    size_t n = 0;
    while (n < s.n && n < 7 && s.p[n] >= '0' && s.p[n] <= '9') value = value * 10 + (uint32_t)(s.p[n++] - '0');
    if (!n || n > 6 || s.p[0] == '0') return false;
    if (n == s.n) return value % 1000 != 0;
    if (n + 1 == s.n) return memchr("mkMGT", s.p[n], 5) && value % 1000 != 0;
    return n + 2 == s.n && s.p[n + 1] == 'i' && memchr("KMGT", s.p[n], 4) && value % 1024 != 0;
}

static bool decode_quantity(const struct decode_pass *ps, struct json *v)
{
    if (v->type == JSON_STR && is_plain_quantity(v->u.s)) return true;
    struct str text = v->u.s, canonical; /* a JSON_REAL keeps its text in the same place */
    if (v->type == JSON_INT)
        text = str_printf(ps->a, "%lld", (long long)v->u.i);
    else if (v->type != JSON_STR && v->type != JSON_REAL)
        text = STR("x"); /* refused in the parser's words */
    if (!qty_canonical(ps->a, text, &canonical, ps->e)) return false;
    v->type = JSON_STR;
    v->u.s = canonical;
    return true;
}

/* ---- Numbers ---- */

/* Go holds a float64 and writes the shortest text of it: "1.0" is 1, "1E3" is 1000. */
static bool decode_double(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                          struct json *v, const struct decode_place *at)
{
    static const int64_t exact = (int64_t)1 << 53; /* whole numbers up to here are float64s */
    char text[YAML_REAL_MAX];
    double real = json_number(v);
    if (!isfinite(real)) return decode_mismatch(ps, owner, f, v, at, false);
    if (v->type == JSON_INT && v->u.i >= -exact && v->u.i <= exact) return true;
    yaml_real_text(real, text);
    if (v->type == JSON_INT || !str_eqc(v->u.s, text)) v->u.s = str_of(arena_strdup(ps->a, text));
    v->type = JSON_REAL;
    return true;
}

/* ---- Base64 ---- */

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Bits behind the last whole byte are not part of the value: Go reads over them and writes zeros. */
static void clear_spare_bits(char *last, size_t pad)
{
    int spare = pad == 2 ? 0x0f : pad == 1 ? 0x03 : 0;
    *last = base64_letters[base64_digit(*last) & ~spare];
}

static size_t skip_line_ends(struct str s, size_t i)
{
    while (i < s.n && (s.p[i] == '\r' || s.p[i] == '\n')) i++;
    return i;
}

/* Reads the padding whose first '=' is at *at, behind `have` digits of a group; *at is then where Go gives up. */
static bool take_padding(struct str s, size_t have, size_t *at)
{
    if (have < 2) return false;
    size_t i = *at + 1;
    if (have == 2) {
        i = skip_line_ends(s, i);
        if (i == s.n || s.p[i] != '=') {
            *at = i == s.n ? i : i - 1;
            return false;
        }
        i++;
    }
    *at = skip_line_ends(s, i);
    return *at == s.n;
}

/* Line ends inside are read over, as Go's decoder does. */
static bool decode_base64(const struct decode_pass *ps, struct json *v)
{
    struct str s = v->u.s;
    char *out = arena_alloc(ps->a, s.n + 3);
    size_t n = 0, i = 0;
    bool ok = true;
    for (; (i = skip_line_ends(s, i)) < s.n && base64_digit(s.p[i]) >= 0; i++) out[n++] = s.p[i];
    size_t have = n % 4, pad = have ? 4 - have : 0;
    if (i < s.n)
        ok = s.p[i] == '=' && take_padding(s, have, &i);
    else if (have) {
        ok = false;
        i -= have;
    }
    if (!ok) return keep_error(ps, str_printf(ps->a, "illegal base64 data at input byte %zu", i));
    if (n) clear_spare_bits(&out[n - 1], pad);
    while (n % 4) out[n++] = '=';
    v->u.s = str_n(out, n);
    return true;
}

/* To Go bytes are a list of small numbers, too. */
static bool bytes_of_list(const struct decode_pass *ps, const struct api_type *owner, struct json *v,
                          const struct decode_place *at)
{
    struct buf bytes AUTO_BUF = {0}, text AUTO_BUF = {0};
    bool fits = true;
    buf_init(&bytes, v->count);
    JSON_FOREACH(it, v)
    {
        bool is_byte = it->type == JSON_INT && it->u.i >= 0 && it->u.i <= UINT8_MAX;
        buf_char(&bytes, is_byte ? (char)it->u.i : 0);
        if (is_byte || it->type == JSON_NULL || !fits) continue;
        fits = false;
        if (!keep_error(ps, mismatch_text(ps, owner, STR("uint8"), true, it, at))) return false;
    }
    buf_init(&text, 2 * (size_t)v->count + 4);
    base64_add(&text, buf_view(&bytes));
    if (!fits) return true;
    v->type = JSON_STR;
    v->count = 0;
    v->u.s = str_copy(ps->a, buf_view(&text));
    return true;
}

/* ---- Sets of fields ---- */

/* Go keeps the text of a FieldsV1 and nobody looks into it but the managers of fields. */
static bool keep_text(const struct decode_pass *ps, struct json *v)
{
    struct buf text AUTO_BUF = {0};
    if (v->type == JSON_RAW) return true;
    buf_init(&text, FIELDS_TEXT_MAX);
    json_write(&text, v);
    if (!buf_ok(&text)) return err_set(ps->e, ERR_TOO_LARGE, "fieldsV1 is too large");
    v->u.s = str_copy(ps->a, buf_view(&text));
    v->type = JSON_RAW;
    v->count = 0;
    return true;
}

/* ---- All of them ---- */

/* Does the JSON type do? Others have their own words for what they do not take. */
static bool type_fits(enum api_value want, const struct json *v)
{
    switch (want) {
    case API_STRING:
    case API_BYTES:
    case API_TIME:
    case API_MICROTIME:
    case API_DURATION: return v->type == JSON_STR;
    case API_INT_OR_STRING: return v->type == JSON_STR || type_fits(API_INT32, v);
    case API_INT32: return v->type == JSON_INT && v->u.i >= INT32_MIN && v->u.i <= INT32_MAX;
    case API_INT64: return v->type == JSON_INT;
    case API_BOOL: return v->type == JSON_BOOL;
    case API_DOUBLE: return v->type == JSON_INT || v->type == JSON_REAL;
    default: return true;
    }
}

bool decode_scalar(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                   struct json *v, const struct decode_place *at)
{
    if (f->value == API_BYTES && v->type == JSON_ARR) return bytes_of_list(ps, owner, v, at);
    if (!type_fits(f->value, v)) return decode_mismatch(ps, owner, f, v, at, false);
    switch (f->value) {
    case API_TIME:
    case API_MICROTIME: return decode_time(ps, f, v);
    case API_DURATION: return decode_duration(ps, v);
    case API_QUANTITY: return decode_quantity(ps, v);
    case API_BYTES: return decode_base64(ps, v);
    case API_DOUBLE: return decode_double(ps, owner, f, v, at);
    case API_FIELDS_V1: return keep_text(ps, v);
    default: return true;
    }
}

void decode_zero(struct arena *a, const struct api_field *f, struct json *v)
{
    switch (f->value) {
    case API_STRING:
        v->type = JSON_STR;
        v->u.s = STR("");
        break;
    case API_QUANTITY:
        v->type = JSON_STR;
        v->u.s = STR("0");
        break;
    case API_DURATION:
        v->type = JSON_STR;
        v->u.s = STR("0s");
        break;
    case API_INT32:
    case API_INT64:
    case API_INT_OR_STRING:
    case API_DOUBLE:
        v->type = JSON_INT;
        v->u.i = 0;
        break;
    case API_BOOL:
        v->type = JSON_BOOL;
        v->u.b = false;
        break;
    case API_STRUCT: {
        if (f->type->form != API_FORM_STRUCT) {
            v->type = JSON_NULL;
            break;
        }
        const struct json *zero = api_zero(a, f->type);
        v->type = zero->type;
        v->count = zero->count;
        v->u = zero->u;
        break;
    }
    default: v->type = JSON_NULL; break;
    }
}
