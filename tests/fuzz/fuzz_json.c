/* fuzz_json.c - the JSON reader and writer against jansson. Aborts when one of them accepts what the other
 * refuses (but for the differences named below), when they read different values, or when writing and
 * reading back changes anything. */
#include "base/kassert.h"

/* Both headers use these names: ours go by others in this file. */
#define JSON_NULL   OUR_NULL
#define JSON_REAL   OUR_REAL
#define json_null   our_null
#define json_real   our_real
#define json_string our_string
#define json_equal  our_equal
#define json_copy   our_copy
#include "base/json.h"
#undef JSON_NULL
#undef JSON_REAL
#undef json_null
#undef json_real
#undef json_string
#undef json_equal
#undef json_copy

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What jansson refuses and we read, as Go does: numbers that fit neither int64 nor double, NUL in keys, bytes
 * that are not UTF-8, halves of surrogate pairs. */
static bool is_known_refusal(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
           code == json_error_invalid_utf8 || strstr(why->text, "invalid Unicode") != NULL;
}

/* What jansson reads and we refuse: depths up to 2048, and a NUL byte behind a number, which it drops. */
static bool is_known_leniency(const struct err *why, const uint8_t *data, size_t size)
{
    return strstr(why->text, "exceeded max depth") || memchr(data, '\0', size);
}

static void compare(const struct json *ours, const json_t *theirs);

/* jansson keeps the last of several members of one name. */
static const struct json *last_member(const struct json *obj, struct str key)
{
    const struct json *last = NULL;
    JSON_FOREACH(m, obj)
    if (str_eq(m->key, key)) last = m;
    return last;
}

static void compare_objects(const struct json *ours, const json_t *theirs)
{
    size_t n = json_object_size(theirs);
    KASSERT((ours->flags & JSON_F_DUP_KEYS) ? n < ours->count : n == ours->count);
    JSON_FOREACH(m, ours)
    {
        const json_t *value = json_object_getn(theirs, m->key.p, m->key.n);
        KASSERT(value != NULL);
        if (!(ours->flags & JSON_F_DUP_KEYS) || last_member(ours, m->key) == m) compare(m, value);
    }
}

static void compare(const struct json *ours, const json_t *theirs)
{
    switch (ours->type) {
    case OUR_NULL: KASSERT(json_is_null(theirs)); break;
    case JSON_BOOL: KASSERT(json_is_boolean(theirs) && json_is_true(theirs) == ours->u.b); break;
    case JSON_INT: KASSERT(json_is_integer(theirs) && json_integer_value(theirs) == ours->u.i); break;
    case OUR_REAL: KASSERT(json_is_real(theirs) && json_real_value(theirs) == json_number(ours)); break;
    case JSON_STR:
        KASSERT(json_is_string(theirs));
        KASSERT(str_eq(ours->u.s, str_n(json_string_value(theirs), json_string_length(theirs))));
        break;
    case JSON_ARR:
        KASSERT(json_is_array(theirs) && json_array_size(theirs) == ours->count);
        for (size_t i = 0; i < ours->count; i++) compare(json_at(ours, i), json_array_get(theirs, i));
        break;
    case JSON_OBJ: KASSERT(json_is_object(theirs)); compare_objects(ours, theirs);
    }
}

static void check_round_trip(struct arena *a, const struct json *j)
{
    enum { TEXT_MAX = 64 << 20 };
    struct buf once AUTO_BUF, twice AUTO_BUF = {0};
    struct err e = ERR_INIT;
    buf_init(&once, TEXT_MAX);
    buf_init(&twice, TEXT_MAX);
    json_write(&once, j);
    KASSERT(buf_ok(&once) && str_is_utf8(buf_view(&once)));
    const struct json *back = json_parse(a, buf_view(&once), &e);
    KASSERT(back && our_equal(j, back));
    json_write(&twice, back);
    KASSERT(str_eq(buf_view(&once), buf_view(&twice)));
    buf_clear(&twice);
    json_write_indent(&twice, j, 2);
    back = json_parse(a, buf_view(&twice), &e);
    KASSERT(back && our_equal(j, back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    json_error_t why;
    struct json *ours = json_parse(&a, str_n((const char *)data, size), &e);
    json_t *theirs = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!ours && theirs) KASSERT(is_known_leniency(&e, data, size));
    if (ours && !theirs) KASSERT(is_known_refusal(&why));
    if (ours && theirs) compare(ours, theirs);
    json_decref(theirs);
    if (ours) check_round_trip(&a, ours);
    return 0;
}
