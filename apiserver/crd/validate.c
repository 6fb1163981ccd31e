/* validate.c - see validate.h. The checks of a schema run in upstream's order; several schemas for one value (allOf and
 * the like) are walked each on its own.
 * Reads: a compiled schema, values.   Writes: the arena.
 * Upstream: kube-openapi pkg/validation/{validate,errors}, apiextensions-apiserver
 * pkg/apiserver/validation/ratcheting.go.
 */
#include "apiserver/crd/validate.h"

#include "api/object.h"
#include "api/quote.h"
#include "api/yaml_scalar.h"
#include "base/buf.h"
#include "base/map.h"

#include <math.h>
#include <stdio.h>

enum { VIOLATIONS_MAX = 500 /* that are told; as check.h */, MESSAGE_MAX = 1 << 16 };

struct place {
    const struct place *up;
    struct str name;
    size_t index;
    bool is_index, bare; /* bare: a property of the root has no dot before it */
};

/* What the value was before, and how to find what its parts were. */
struct before {
    const struct json *old; /* NULL: not known */
    const struct json *now;
    const struct api_schema *schema; /* the object's own, not one within allOf */
};

static const struct before unknown = {NULL, NULL, NULL};

struct pass {
    struct arena *a;
};

static void validate(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                     const struct before *b, struct violations *out);

/* ---- Telling ---- */

static void write_path(struct buf *b, const struct place *at)
{
    if (!at) return;
    write_path(b, at->up);
    if (at->is_index)
        buf_addf(b, "[%zu]", at->index);
    else
        buf_addf(b, "%s%.*s", at->bare ? "" : ".", STR_ARG(at->name));
}

static struct str path_of(const struct pass *p, const struct place *at)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    write_path(&b, at);
    return str_copy(p->a, buf_view(&b));
}

static bool is_told(const struct violations *out, struct str message)
{
    for (const struct violation *v = out->first; v; v = v->next)
        if (str_eq(v->message, message)) return true;
    return false;
}

static struct violation *tell(const struct pass *p, struct violations *out, enum violation_kind kind,
                              const struct place *at, const struct json *value, struct str message)
{
    static struct violation ignored;
    out->any = true;
    if (out->count == VIOLATIONS_MAX || is_told(out, message)) return &ignored;
    struct violation *v = ARENA_NEW(p->a, struct violation);
    *v = (struct violation){.kind = kind, .path = path_of(p, at), .value = value, .message = message};
    if (out->last)
        out->last->next = v;
    else
        out->first = v;
    out->last = v;
    out->count++;
    return v;
}

/* "PATH in body should .." */
__attribute__((format(printf, 6, 7))) static struct violation *sentence(const struct pass *p, struct violations *out,
                                                                        enum violation_kind kind,
                                                                        const struct place *at,
                                                                        const struct json *value, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *rest = arena_vprintf(p->a, fmt, ap);
    va_end(ap);
    struct str path = path_of(p, at);
    return tell(p, out, kind, at, value, str_printf(p->a, "%.*s in body %s", STR_ARG(path), rest));
}

/* What concerns several schemas: the quoted path first. */
__attribute__((format(printf, 4, 5))) static void whole(const struct pass *p, struct violations *out,
                                                        const struct place *at, const char *fmt, ...)
{
    struct buf b AUTO_BUF = {0};
    va_list ap;
    buf_init(&b, MESSAGE_MAX);
    quote_go(&b, path_of(p, at));
    buf_char(&b, ' ');
    va_start(ap, fmt);
    buf_vaddf(&b, fmt, ap);
    va_end(ap);
    (void)tell(p, out, VIOLATION_WHOLE, NULL, NULL, str_copy(p->a, buf_view(&b)));
}

static void merge(struct violations *to, const struct violations *from)
{
    to->matches += from->matches;
    to->any = to->any || from->any;
    for (struct violation *v = from->first, *next; v; v = next) {
        next = v->next;
        if (to->count == VIOLATIONS_MAX || is_told(to, v->message)) continue;
        v->next = NULL;
        if (to->last)
            to->last->next = v;
        else
            to->first = v;
        to->last = v;
        to->count++;
    }
}

static const char *go_float(struct arena *a, double v)
{
    char text[YAML_REAL_MAX];
    return arena_strdup(a, yaml_real_general(v, text));
}

/* ---- Type ---- */

static const char *const type_names[] = {"object", "array", "string", "integer", "number", "boolean"};

static uint8_t type_of(const struct json *v)
{
    static const uint8_t bits[] = {[JSON_NULL] = 0,
                                   [JSON_BOOL] = SCHEMA_BOOLEAN,
                                   [JSON_INT] = SCHEMA_INTEGER,
                                   [JSON_REAL] = SCHEMA_NUMBER,
                                   [JSON_STR] = SCHEMA_STRING,
                                   [JSON_ARR] = SCHEMA_ARRAY,
                                   [JSON_OBJ] = SCHEMA_OBJECT};
    return bits[v->type];
}

static const char *name_of(uint8_t bit)
{
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
        if (bit == 1U << i) return type_names[i];
    return "null";
}

static const char *names_of(const struct api_schema *s)
{
    return s->int_or_string ? "integer,string" : s->types ? name_of(s->types) : "";
}

/* The format that counts for the schema's type; others mean nothing. */
static struct str format_of(const struct api_schema *s)
{
    struct str f = s->rules ? s->rules->format : STR("");
    bool ok = !s->types || s->types == SCHEMA_STRING ? format_is_known(f)
              : s->types == SCHEMA_INTEGER           ? str_eqc(f, "int32") || str_eqc(f, "int64")
              : s->types == SCHEMA_NUMBER            ? str_eqc(f, "float") || str_eqc(f, "double")
                                                     : false;
    return ok ? f : STR("");
}

static void wrong_type(const struct pass *p, const struct place *at, const char *wanted, const char *found,
                       struct violations *out)
{
    (void)sentence(p, out, VIOLATION_TYPE, at, json_strc(p->a, found), "must be of type %s: \"%s\"", wanted, found);
}

static void check_type(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                       struct violations *out)
{
    struct str format = format_of(s);
    uint8_t is = type_of(v);
    if (!s->types && !format.n) return;
    if (v->type == JSON_NULL) {
        if (s->types && !s->nullable)
            wrong_type(p, at, names_of(s), "null", out);
        else
            out->matches++;
        return;
    }
    double real = v->type == JSON_REAL ? json_number(v) : 0;
    bool whole_number = v->type == JSON_REAL && fabs(real) <= 9007199254740991.0 && real == trunc(real);
    bool fits = (s->types & is) || (whole_number && s->types & SCHEMA_INTEGER) ||
                (is == SCHEMA_INTEGER && s->types & SCHEMA_NUMBER);
    bool text_like = is == SCHEMA_STRING || is == SCHEMA_ARRAY;
    const char *own_format = is == SCHEMA_INTEGER ? "int64" : is == SCHEMA_NUMBER ? "float64" : "";
    if (!text_like && format.n && !fits && !str_eqc(format, own_format)) {
        wrong_type(p, at, str_cstr(p->a, format), own_format, out);
        return;
    }
    if (!(s->types & (SCHEMA_NUMBER | SCHEMA_INTEGER)) && format.n && text_like) {
        out->matches++;
        return;
    }
    if (!fits)
        wrong_type(p, at, names_of(s), name_of(is), out);
    else
        out->matches++;
}

/* ---- Strings ---- */

static int64_t runes_in(struct str s)
{
    int64_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void check_string(const struct pass *p, const struct schema_rules *r, const struct json *v,
                         const struct place *at, struct violations *out)
{
    int64_t n = r->max_length >= 0 || r->min_length >= 0 ? runes_in(v->u.s) : 0;
    if (r->max_length >= 0 && n > r->max_length)
        sentence(p, out, VIOLATION_TOO_LONG, at, v, "should be at most %lld chars long", (long long)r->max_length)
            ->most = r->max_length;
    else if (r->min_length >= 0 && n < r->min_length)
        (void)sentence(p, out, VIOLATION_INVALID, at, v, "should be at least %lld chars long",
                       (long long)r->min_length);
    else if (r->pattern.n && !r->regex)
        (void)sentence(p, out, VIOLATION_INVALID, at, v, "should match '%.*s, but pattern is invalid: %s'",
                       STR_ARG(r->pattern), r->pattern_error);
    else if (r->pattern.n && !regex_match(r->regex, v->u.s))
        (void)sentence(p, out, VIOLATION_INVALID, at, v, "should match '%.*s'", STR_ARG(r->pattern));
}

static void check_format(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                         struct violations *out)
{
    struct str format = format_of(s);
    if (!format.n || !format_is_known(format) || format_holds(format, v->u.s)) return;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, MESSAGE_MAX);
    quote_go(&b, v->u.s);
    (void)sentence(p, out, VIOLATION_TYPE, at, v, "must be of type %.*s: %.*s", STR_ARG(format), STR_ARG(buf_view(&b)));
}

/* ---- Numbers ---- */

/* Does the value fit the type and format? A number of another type does not, and is told of here, too. */
static bool in_range(const struct pass *p, const struct api_schema *s, const struct json *v, double real,
                     const char *what, const struct place *at, struct violations *out)
{
    struct str format = format_of(s);
    bool ok = true, integer = s->types == SCHEMA_INTEGER;
    if (integer) {
        double most = str_eqc(format, "int32") ? 2147483647.0 : 9223372036854775807.0;
        ok = v && v->type == JSON_INT
                 ? !str_eqc(format, "int32") || (v->u.i >= INT32_MIN && v->u.i <= INT32_MAX)
                 : real == trunc(real) && real >= -most - 1 && real <= most && real < 9.2233720368547758e18;
    } else if (s->types == SCHEMA_NUMBER && str_eqc(format, "float")) {
        ok = fabs(real) <= 3.4028234663852886e38;
    }
    if (ok) return true;
    struct str path = path_of(p, at);
    const char *type = integer ? "integer" : "number";
    struct str text =
        format.n ? str_printf(p->a, "%s value must be of type %s with format %.*s in %.*s", what, type, STR_ARG(format),
                              STR_ARG(path))
                 : str_printf(p->a, "%s value must be of type %s (default format) in %.*s", what, type, STR_ARG(path));
    (void)tell(p, out, VIOLATION_WHOLE, NULL, NULL, text);
    return false;
}

/* As Go converts on amd64: what an int64 cannot hold is its least. */
static int64_t as_int64(double bound)
{
    return bound >= -9223372036854775808.0 && bound < 9223372036854775808.0 ? (int64_t)bound : INT64_MIN;
}

/* A bound as it is printed: of a whole number the bound's whole part. */
static const char *bound_text(const struct pass *p, const struct json *v, double bound, bool native)
{
    if (!native || v->type != JSON_INT) return go_float(p->a, bound);
    return arena_printf(p->a, "%lld", (long long)as_int64(bound));
}

/* < 0: the value is below the bound. */
static int against(const struct json *v, double bound, bool native)
{
    if (native && v->type == JSON_INT) {
        int64_t b = as_int64(bound);
        return (v->u.i > b) - (v->u.i < b);
    }
    double real = json_number(v);
    return (real > bound) - (real < bound);
}

/* go-openapi/swag, IsFloat64AJSONInteger: a little above a whole number will do, but not near 0, nor below 0, where Go
 * finds no number without a sign. */
static bool is_integral(double d)
{
    if (isnan(d) || fabs(d) > 9007199254740991.0) return false;
    if (d == trunc(d)) return true;
    return d > 1 && (d - trunc(d)) / (d + trunc(d)) < 1e-9;
}

static bool is_multiple(const struct json *v, double factor, bool native)
{
    int64_t f = as_int64(factor);
    if (native && v->type == JSON_INT) return f == -1 || (f != 0 && v->u.i % f == 0);
    double real = json_number(v);
    return is_integral(factor < 1 ? 1 / factor * real : real / factor);
}

static void check_number(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                         struct violations *out)
{
    static const struct schema_rules none = {0};
    const struct schema_rules *r = s->rules ? s->rules : &none;
    (void)in_range(p, s, v, json_number(v), "Checked", at, out);
    if (r->has_multiple_of) {
        bool native = in_range(p, s, NULL, r->multiple_of, "MultipleOf", at, out);
        if (!is_multiple(v, r->multiple_of, native))
            (void)sentence(p, out, VIOLATION_INVALID, at, v, "should be a multiple of %s",
                           bound_text(p, v, r->multiple_of, native));
    }
    if (r->has_maximum) {
        bool native = in_range(p, s, NULL, r->maximum, "Maximum boundary", at, out);
        int order = against(v, r->maximum, native);
        if (order > 0 || (order == 0 && r->exclusive_maximum))
            (void)sentence(p, out, VIOLATION_INVALID, at, v, "should be less than %s%s",
                           r->exclusive_maximum ? "" : "or equal to ", bound_text(p, v, r->maximum, native));
    }
    if (r->has_minimum) {
        bool native = in_range(p, s, NULL, r->minimum, "Minimum boundary", at, out);
        int order = against(v, r->minimum, native);
        if (order < 0 || (order == 0 && r->exclusive_minimum))
            (void)sentence(p, out, VIOLATION_INVALID, at, v, "should be greater than %s%s",
                           r->exclusive_minimum ? "" : "or equal to ", bound_text(p, v, r->minimum, native));
    }
    out->matches++;
}

/* ---- What was before ---- */

/* Members come by name on both sides, and so are found in one pass; *at is where the last one was. */
static const struct json *member_of(const struct json *old, struct str key, const struct json **at)
{
    const struct json *it = *at ? *at : json_kids(old);
    while (it && str_cmp(it->key, key) < 0) it = it->next;
    if (it) *at = it;
    return it && str_eq(it->key, key) ? it : NULL;
}

static struct before before_key(const struct before *b, struct str key, const struct json **at)
{
    struct before none = {NULL, NULL, NULL};
    if (!b->old || !b->schema || b->old->type != JSON_OBJ) return none;
    const struct json *old = member_of(b->old, key, at);
    const struct api_schema *s = schema_member(b->schema, key);
    return old && s ? (struct before){old, NULL, s} : none;
}

static bool same_keys(const struct api_schema *s, const struct json *x, const struct json *y)
{
    for (uint32_t i = 0; i < s->nkeys; i++) {
        const struct json *a = json_get(x, s->keys[i]), *b = json_get(y, s->keys[i]);
        if ((a != NULL) != (b != NULL) || (a && !json_equal(a, b))) return false;
    }
    return true;
}

/* Only elements of lists of type map have a past. */
static struct before before_item(const struct before *b, const struct json *item, uint32_t *looks)
{
    enum { LOOKS_MAX = 100000 }; /* of one list: two long ones are not compared all with all */
    struct before none = {NULL, NULL, NULL};
    if (!b->old || !b->schema || b->old->type != JSON_ARR || b->schema->list != SCHEMA_LIST_MAP || !b->schema->items)
        return none;
    JSON_FOREACH(it, b->old)
    {
        if (++*looks > LOOKS_MAX) return none;
        if (it->type == JSON_OBJ && same_keys(b->schema, it, item)) return (struct before){it, NULL, b->schema->items};
    }
    return none;
}

/* A value of its own, with a past of its own: what is as it was is not complained about. */
static void validate_part(const struct pass *p, const struct api_schema *s, const struct json *v,
                          const struct place *at, struct before b, struct violations *out)
{
    struct violations mine = {0};
    b.now = v;
    validate(p, s, v, at, &b, &mine);
    if (mine.any && b.old && json_equal(b.old, v)) {
        out->matches += mine.matches;
        return;
    }
    merge(out, &mine);
}

/* ---- Lists and objects ---- */

static void check_list(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                       const struct before *b, struct violations *out)
{
    const struct schema_rules *r = s->rules;
    struct place here = {.up = at, .is_index = true};
    uint32_t looks = 0;
    if (s->items) JSON_FOREACH(it, v)
        {
            validate_part(p, s->items, it, &here, before_item(b, it, &looks), out);
            here.index++;
        }
    if (r && r->min_items >= 0 && v->count < r->min_items)
        (void)sentence(p, out, VIOLATION_INVALID, at, json_int(p->a, v->count), "should have at least %lld items",
                       (long long)r->min_items);
    if (r && r->max_items >= 0 && v->count > r->max_items) {
        struct violation *told =
            sentence(p, out, VIOLATION_TOO_MANY, at, NULL, "should have at most %lld items", (long long)r->max_items);
        told->have = v->count;
        told->most = r->max_items;
    }
    out->matches++;
}

static void check_counts(const struct pass *p, const struct schema_rules *r, const struct json *v,
                         const struct place *at, struct violations *out)
{
    if (r->min_properties >= 0 && v->count < r->min_properties)
        (void)sentence(p, out, VIOLATION_INVALID, at, json_int(p->a, v->count), "should have at least %lld properties",
                       (long long)r->min_properties);
    if (r->max_properties >= 0 && v->count > r->max_properties) {
        struct violation *told = sentence(p, out, VIOLATION_TOO_MANY, at, NULL, "should have at most %lld properties",
                                          (long long)r->max_properties);
        told->have = v->count;
        told->most = r->max_properties;
    }
}

static bool is_type_meta(struct str key) { return str_eq(key, STR("kind")) || str_eq(key, STR("apiVersion")); }

static void check_required(const struct pass *p, const struct api_schema *s, const struct json *v,
                           const struct place *at, struct violations *out)
{
    enum { FEW = 8 }; /* so many look-ups cost less than an index */
    struct map index = {0};
    bool many = s->nrequired > FEW && v->count > FEW;
    if (many) JSON_FOREACH(it, v)(void) map_set(&index, it->key, it);
    for (uint32_t i = 0; i < s->nrequired; i++) {
        struct place here = {.up = at, .name = s->required[i]};
        bool there = many ? map_has(&index, s->required[i]) : json_get(v, s->required[i]) != NULL;
        if (!there) (void)sentence(p, out, VIOLATION_REQUIRED, &here, NULL, "is required");
    }
    map_release(&index, NULL);
}

static void check_object(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                         const struct before *b, struct violations *out)
{
    const struct json *last = NULL;
    if (s->rules) check_counts(p, s->rules, v, at, out);
    JSON_FOREACH(it, v)
    {
        const struct api_schema *prop = schema_property(s, it->key);
        const struct api_schema *below = prop ? prop : s->additional;
        if (!below) continue;
        struct place here = {.up = at, .name = it->key, .bare = prop && !at};
        bool untracked = !at && is_type_meta(it->key);
        validate_part(p, below, it, &here, untracked ? unknown : before_key(b, it->key, &last), out);
    }
    check_required(p, s, v, at, out);
}

/* ---- Several schemas ---- */

static void check_any(const struct pass *p, const struct schema_rules *r, const struct json *v, const struct place *at,
                      struct violations *out)
{
    struct violations best = {0};
    for (uint32_t i = 0; i < r->nany_of; i++) {
        struct violations one = {0};
        validate(p, r->any_of[i], v, at, &unknown, &one);
        if (!one.any) {
            merge(out, &one);
            return;
        }
        if (!best.any || one.matches > best.matches) best = one;
    }
    whole(p, out, at, "must validate at least one schema (anyOf)");
    merge(out, &best);
}

static void check_one(const struct pass *p, const struct schema_rules *r, const struct json *v, const struct place *at,
                      struct violations *out)
{
    struct violations best = {0}, first = {0};
    int good = 0;
    for (uint32_t i = 0; i < r->none_of; i++) {
        struct violations one = {0};
        validate(p, r->one_of[i], v, at, &unknown, &one);
        if (!one.any && good++ == 0) first = one;
        if (one.any && !good && (!best.any || one.matches > best.matches)) best = one;
    }
    if (good == 1) {
        merge(out, &first);
        return;
    }
    if (good)
        whole(p, out, at, "must validate one and only one schema (oneOf). Found %d valid alternatives", good);
    else
        whole(p, out, at, "must validate one and only one schema (oneOf). Found none valid");
    if (!good) merge(out, &best);
}

static void check_all(const struct pass *p, const struct schema_rules *r, const struct json *v, const struct place *at,
                      struct violations *out)
{
    uint32_t good = 0;
    for (uint32_t i = 0; i < r->nall_of; i++) {
        struct violations one = {0};
        validate(p, r->all_of[i], v, at, &unknown, &one);
        good += !one.any;
        merge(out, &one);
    }
    if (good != r->nall_of)
        whole(p, out, at, "must validate all the schemas (allOf)%s", good ? "" : ". None validated");
}

/* What they find is complained about although it was there before, unless the whole is as it was. */
static void check_several(const struct pass *p, const struct schema_rules *r, const struct json *v,
                          const struct place *at, struct violations *out)
{
    if (r->nany_of) check_any(p, r, v, at, out);
    if (r->none_of) check_one(p, r, v, at, out);
    if (r->nall_of) check_all(p, r, v, at, out);
    if (r->not ) {
        struct violations one = {0};
        validate(p, r->not, v, at, &unknown, &one);
        if (!one.any) whole(p, out, at, "must not validate the schema (not)");
    }
}

/* ---- Enums ---- */

/* As Go converts the value to the type of the enum's. */
static bool equals_enum(const struct json *v, const struct json *e)
{
    if (v->type == JSON_REAL && e->type == JSON_INT) return trunc(json_number(v)) == (double)e->u.i;
    return json_equal(v, e);
}

static void check_enum(const struct pass *p, const struct schema_rules *r, const struct json *v, const struct place *at,
                       struct violations *out)
{
    if (!r->enums) return;
    JSON_FOREACH(it, r->enums)
    if (v->type != JSON_NULL && it->type != JSON_NULL && equals_enum(v, it)) return;
    sentence(p, out, VIOLATION_ENUM, at, v, "should be one of the enum's values")->enums = r->enums;
}

/* ---- One schema ---- */

static void validate(const struct pass *p, const struct api_schema *s, const struct json *v, const struct place *at,
                     const struct before *b, struct violations *out)
{
    const struct schema_rules *r = s->rules;
    check_type(p, s, v, at, out);
    if (v->type == JSON_NULL) {
        if (r) check_enum(p, r, v, at, out);
        return;
    }
    if (s->types || format_of(s).n) out->matches++;
    if (r) check_several(p, r, v, at, out);
    if (r && v->type == JSON_STR) check_string(p, r, v, at, out);
    if (r && v->type == JSON_STR) check_format(p, s, v, at, out);
    if (v->type == JSON_INT || v->type == JSON_REAL) check_number(p, s, v, at, out);
    if (v->type == JSON_ARR) check_list(p, s, v, at, b, out);
    if (r) check_enum(p, r, v, at, out);
    if (v->type == JSON_OBJ) check_object(p, s, v, at, b, out);
    /* One for each kind of check that was made, and one for the whole. */
    out->matches += 4 + (v->type == JSON_STR && format_of(s).n) + (v->type != JSON_BOOL);
}

void schema_validate(struct arena *a, const struct api_schema *s, const struct json *v, const struct json *old,
                     struct violations *out)
{
    struct pass p = {a};
    *out = (struct violations){0};
    validate_part(&p, s, v, NULL, (struct before){old, v, s}, out);
}
