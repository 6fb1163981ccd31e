/* unstructured.c - which values the converter from maps takes, and its words for the others (unstructured.h).
 * Reads: the schema.   Writes: numbers of the tree, in place.
 * Upstream: apimachinery pkg/runtime/converter.go (fromUnstructured); structured-merge-diff value/reflectcache.go for
 * types that decode themselves. */
#include "unstructured.h"

#include "decode_priv.h"
#include "quote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct conversion {
    struct arena *a;
    struct err *e;
    const struct decode_pass *texts; /* how texts are read that mean something */
};

static const char *go_kind(const struct json *v)
{
    static const char *const kinds[] = {
        [JSON_NULL] = "invalid", [JSON_BOOL] = "bool", [JSON_INT] = "int64", [JSON_REAL] = "float64",
        [JSON_STR] = "string",   [JSON_ARR] = "slice", [JSON_OBJ] = "map",
    };
    return kinds[v->type];
}

static bool is_number(const struct json *v) { return v->type == JSON_INT || v->type == JSON_REAL; }

/* ---- Values that are one word in Go ---- */

static const char *const words[] = {[API_STRING] = "string",
                                    [API_INT32] = "int32",
                                    [API_INT64] = "int64",
                                    [API_BOOL] = "bool",
                                    [API_DOUBLE] = "float64"};

static bool unrecognized(const struct conversion *c, const struct api_field *f)
{
    return err_set(c->e, ERR_BAD_REQUEST, "unrecognized type: %s", words[f->value]);
}

static bool inconvertible(const struct conversion *c, const struct api_field *f, const struct json *v)
{
    struct buf type AUTO_BUF = {0};
    buf_init(&type, ERR_TEXT_MAX);
    decode_go_type(&type, f);
    return err_set(c->e, ERR_BAD_REQUEST, "cannot convert %s to %.*s", go_kind(v), STR_ARG(buf_view(&type)));
}

/* A fraction that is none becomes a number; false: it is one. */
static bool drop_fraction(struct json *v)
{
    if (v->type == JSON_INT) return true;
    double real = json_number(v);
    if (real != trunc(real)) return false;
    v->type = JSON_INT;
    v->u.i = fabs(real) < ldexp(1, 63) ? (int64_t)real : INT64_MIN;
    return true;
}

/* One that is too wide loses its upper bits, as in Go. */
static bool to_integer(const struct conversion *c, const struct api_field *f, struct json *v)
{
    if (!is_number(v)) return unrecognized(c, f);
    if (!drop_fraction(v)) return inconvertible(c, f, v);
    if (f->value == API_INT32) v->u.i = (int32_t)(uint32_t)(uint64_t)v->u.i;
    return true;
}

static bool to_word(const struct conversion *c, const struct api_field *f, struct json *v)
{
    switch (f->value) {
    case API_STRING:
        if (v->type == JSON_STR) return true;
        return v->type == JSON_INT ? inconvertible(c, f, v) : unrecognized(c, f);
    case API_BOOL: return v->type == JSON_BOOL || unrecognized(c, f);
    case API_DOUBLE: return is_number(v) || unrecognized(c, f);
    default: return to_integer(c, f, v);
    }
}

/* ---- Values that decode themselves, from JSON ---- */

static bool mismatch(const struct conversion *c, const struct json *v, const char *type)
{
    struct buf number AUTO_BUF = {0};
    buf_init(&number, ERR_TEXT_MAX);
    if (is_number(v) && strcmp(type, "int32") == 0) {
        buf_char(&number, ' ');
        json_write(&number, v);
    }
    return err_set(c->e, ERR_BAD_REQUEST, "json: cannot unmarshal %s%.*s into Go value of type %s", json_type_word(v),
                   STR_ARG(buf_view(&number)), type);
}

/* What it was is marshalled on the way: a whole fraction is a number by then. */
static bool to_int_or_string(const struct conversion *c, struct json *v)
{
    if (v->type == JSON_REAL && json_number(v) == trunc(json_number(v)) && fabs(json_number(v)) <= INT32_MAX) {
        v->type = JSON_INT;
        v->u.i = (int64_t)json_number(&(struct json){.type = JSON_REAL, .u.s = v->u.s});
    }
    bool fits = v->type == JSON_INT && v->u.i >= INT32_MIN && v->u.i <= INT32_MAX;
    return fits || v->type == JSON_STR || mismatch(c, v, "int32");
}

/* Numbers of any width; the decoder makes bytes of them. */
static bool to_byte_list(const struct conversion *c, struct json *v)
{
    JSON_FOREACH(it, v)
    {
        if (it->type == JSON_NULL) continue;
        if (!is_number(it)) return err_set(c->e, ERR_BAD_REQUEST, "unrecognized type: uint8");
        if (!drop_fraction(it)) return err_set(c->e, ERR_BAD_REQUEST, "cannot convert float64 to uint8");
        it->u.i = (uint8_t)(uint64_t)it->u.i;
    }
    return true;
}

static bool to_bytes(const struct conversion *c, const struct api_field *f, struct json *v)
{
    if (v->type == JSON_ARR) return to_byte_list(c, v);
    if (v->type != JSON_STR) return err_set(c->e, ERR_BAD_REQUEST, "cannot restore slice from %s", go_kind(v));
    return decode_scalar(c->texts, NULL, f, v, NULL) || err_context(c->e, "error decoding from json");
}

/* ---- The tree ---- */

static bool to_struct(const struct conversion *c, const struct api_type *t, struct json *j);
static bool to_field(const struct conversion *c, const struct api_field *f, struct json *v);

static bool to_one(const struct conversion *c, const struct api_field *f, struct json *v)
{
    if (v->type == JSON_NULL) return true;
    switch (f->value) {
    case API_STRING:
    case API_INT32:
    case API_INT64:
    case API_BOOL:
    case API_DOUBLE: return to_word(c, f, v);
    case API_TIME:
    case API_MICROTIME:
    case API_DURATION:
        if (v->type != JSON_STR) return mismatch(c, v, "string");
        return decode_scalar(c->texts, NULL, f, v, NULL);
    case API_QUANTITY: return decode_scalar(c->texts, NULL, f, v, NULL);
    case API_INT_OR_STRING: return to_int_or_string(c, v);
    case API_BYTES: return to_bytes(c, f, v);
    case API_STRUCT:
        if (f->type->form == API_FORM_LIST) return to_field(c, &f->type->fields[0], v);
        return f->type->form == API_FORM_UNION ? decode_alone(c->a, f->type, v, c->e) : to_struct(c, f->type, v);
    default: return true;
    }
}

static bool to_field(const struct conversion *c, const struct api_field *f, struct json *v)
{
    if (v->type == JSON_NULL) return true;
    if (f->shape == API_ONE) return to_one(c, f, v);
    if (v->type != (f->shape == API_LIST ? JSON_ARR : JSON_OBJ))
        return err_set(c->e, ERR_BAD_REQUEST, "cannot restore %s from %s", f->shape == API_LIST ? "slice" : "map",
                       go_kind(v));
    JSON_FOREACH(it, v)
    if (!to_one(c, f, it)) return false;
    return true;
}

/* Upstream goes by its fields' order, and so what it refuses first is the first field's. */
static bool to_struct(const struct conversion *c, const struct api_type *t, struct json *j)
{
    if (j->type != JSON_OBJ) return err_set(c->e, ERR_BAD_REQUEST, "cannot restore struct from: %s", go_kind(j));
    struct json **slots = ARENA_ARRAY(c->a, struct json *, t->nfields + 1U);
    JSON_FOREACH(it, j)
    {
        const struct api_field *f = api_field_of(t, it->key);
        if (f) slots[f - t->fields] = it;
    }
    for (int i = 0; i < t->nfields; i++)
        if (slots[i] && !to_field(c, &t->fields[i], slots[i])) return false;
    return true;
}

bool api_from_unstructured(struct arena *a, const struct api_type *t, struct json *j, struct err *e)
{
    const struct decode_pass texts = {.a = a, .e = e};
    const struct conversion c = {a, e, &texts};
    return to_struct(&c, t, j);
}
