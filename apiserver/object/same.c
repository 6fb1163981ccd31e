/* same.c - see same.h. Reads: two nodes of normalised trees.   Writes: nothing. */
#include "apiserver/object/same.h"

#include "api/object.h"
#include "api/quantity.h"
#include "api/schema.h"
#include "apiserver/object/member_index.h"

static bool same_quantity(const struct json *x, const struct json *y)
{
    struct qty a, b;
    struct err e = ERR_INIT;
    return qty_parse(obj_text(x), &a, &e) && qty_parse(obj_text(y), &b, &e) && qty_cmp(&a, &b) == 0;
}

static bool same_value(const struct api_field *f, const struct json *x, const struct json *y)
{
    if (x->type == JSON_NULL || y->type == JSON_NULL) return x->type == y->type;
    if (f->value == API_STRUCT) return object_same(f->type, x, y);
    return json_equal(x, y) || (f->value == API_QUANTITY && same_quantity(x, y));
}

static bool same_list(const struct api_field *f, const struct json *x, const struct json *y)
{
    const struct json *a = obj_first(x, ""), *b = obj_first(y, "");
    for (; a && b; a = obj_next(a), b = obj_next(b))
        if (!same_value(f, a, b)) return false;
    return !a && !b;
}

/* The keys of normalised maps are sorted; only one that a hook added just now may stand elsewhere. */
static bool same_map(const struct api_field *f, const struct json *x, const struct json *y)
{
    const struct json *b = obj_first(y, "");
    struct member_index ix = {0};
    bool same = obj_count(x, "") == obj_count(y, "");
    for (const struct json *a = obj_first(x, ""); a && same; a = obj_next(a), b = obj_next(b)) {
        const struct json *other = str_eq(obj_key(a), obj_key(b)) ? b : member_find(&ix, y, obj_key(a));
        same = other && same_value(f, a, other);
    }
    member_index_release(&ix);
    return same;
}

static bool is_zero(const struct json *v)
{
    return !v || v->type == JSON_NULL || (v->type == JSON_STR && !v->u.s.n) || (v->type == JSON_INT && !v->u.i) ||
           (v->type == JSON_BOOL && !v->u.b);
}

static bool same_field(const struct api_field *f, const struct json *x, const struct json *y)
{
    bool pointer = f->flags & API_F_POINTER;
    if (x == y) return true;
    if (f->shape == API_LIST) return same_list(f, x, y);
    if (f->shape == API_MAP) return same_map(f, x, y);
    if (x && y) return same_value(f, x, y);
    if (!pointer && f->value == API_STRUCT) return object_same(f->type, x, y);
    return pointer ? (!x || x->type == JSON_NULL) && (!y || y->type == JSON_NULL) : is_zero(x) && is_zero(y);
}

bool object_same(const struct api_type *t, const struct json *x, const struct json *y)
{
    const struct json *a = obj_first(x, ""), *b = obj_first(y, "");
    if (x == y) return true;
    for (int i = 0; i < t->nfields; i++) { /* members are in the order of the fields */
        const struct api_field *f = &t->fields[i];
        const struct json *va = a && str_eq(a->key, f->name) ? a : NULL, *vb = b && str_eq(b->key, f->name) ? b : NULL;
        if (va) a = obj_next(a);
        if (vb) b = obj_next(b);
        if (!same_field(f, va, vb)) return false;
    }
    return true;
}

bool object_same_member(const struct api_type *t, const char *name, const struct json *x, const struct json *y)
{
    const struct api_field *f = api_field_of(t, str_of(name));
    return same_field(f, json_getc(x, name), json_getc(y, name));
}
