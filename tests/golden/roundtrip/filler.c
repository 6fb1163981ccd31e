/* filler.c - see filler.h.
 * Reads: the schema.   Writes: a tree in the caller's arena. */
#include "filler.h"

#include "base/mem.h"

#include <stdio.h>

enum {
    DEPTH_MAX = 40,     /* of structs; none of Kubernetes' is deeper without recursion */
    AGAIN_PERCENT = 12, /* a type within itself is sparse, or objects would grow without bound */
    AGAIN_MAX = 2,
    LONG_TEXT = 300,
};

static uint64_t below(struct filler *f, uint64_t n) { return rnd_next_below(&f->rnd, n); }
static bool chance(struct filler *f, int percent) { return (int)below(f, 100) < percent; }

#define PICK(f, table) (table)[below((f), ARRAY_LEN(table))]

/* ---- Text ---- */

static const char *const texts[] = {
    "",
    "a",
    "web-1",
    "it's",
    "say \"hi\"",
    "<a href=\"x&y\">",
    "back\\slash",
    "žluťoučký",
    "snow ☃",
    "rocket 🚀",
    "日本語",
    "tab\there",
    "\tfirst",
    "bell\a end",
    "\x01\x02\x1f",
    "\b\f\v",
    "line\nline",
    "line\nline\n",
    "\n",
    "\n\n",
    "text\n\n\n",
    "\nfirst",
    "  lead\nx",
    " lead",
    "trail ",
    " ",
    "x \ny",
    "a\r\nb",
    "cr\rcr",
    "true",
    "False",
    "yes",
    "NO",
    "on",
    "null",
    "~",
    "Null",
    "0",
    "-1",
    "+1",
    "010",
    "0x1F",
    "0b11",
    "0o7",
    "1_000",
    "1e3",
    "1.5",
    ".5",
    "1.",
    ".inf",
    "-.Inf",
    ".nan",
    "1:30",
    "190:20:30",
    "12:3x",
    "2001-01-01",
    "2001-1-1",
    "2001-01-01 10:00:00",
    "2001-01-01T10:00:00Z",
    "=",
    "<<",
    "- a",
    "-",
    "--- a",
    "---",
    "...",
    "? a",
    "?",
    ": a",
    ":",
    "a: b",
    "a:",
    "a:b",
    "# c",
    "a # c",
    "a#c",
    "@at",
    "`tick`",
    "%d",
    "!tag",
    "&anchor",
    "*alias",
    "|",
    ">",
    "|\n x",
    "{}",
    "[]",
    "{a: b}",
    "[a, b]",
    "a, b",
    ",",
    "'",
    "\"",
    "''",
    "\\",
    "\\n",
    "\u2028x",
    "a\u2029b",
    "a\ufeffb",
    "\ufffd",
    "\u00a0",
    "\u00ad",
    "a\u200bb",
    "\U0010ffff",
    "0123456789012345678901234567890",
    "18446744073709551615",
    "9223372036854775808",
    "-9223372036854775808",
    "1e400",
    "y",
    "n",
    "0.1",
    "12345678901234567890.5",
};

/* Words up to a length at which lines are folded, or one word without a gap. */
static struct str long_text(struct filler *f)
{
    static const char *const parts[] = {"word ", "longer-word ", "quote\" ", "it's ", "x: ", "# ", "two  gaps ", "é "};
    bool one_word = chance(f, 20), lines = chance(f, 20);
    char *text = arena_alloc(f->arena, LONG_TEXT + 32);
    size_t n = 0, want = below(f, LONG_TEXT);
    while (n < want) n += (size_t)snprintf(text + n, 32, "%s", one_word ? "abcdefgh" : PICK(f, parts));
    if (lines) text[n / 2] = '\n';
    return str_n(text, n);
}

static struct str text_of(struct filler *f)
{
    if (chance(f, 40)) return str_printf(f->arena, "value-%llu", (unsigned long long)below(f, 1000));
    return chance(f, 10) ? long_text(f) : str_of(PICK(f, texts));
}

static struct str key_of(struct filler *f, int i)
{
    static const char *const keys[] = {"a",    "b",         "B",   "app.kubernetes.io/name",
                                       "10",   "9",         "a10", "a9",
                                       "a09",  "_x",        "a-b", "a.b",
                                       "a/b",  "",          "ž",   "é",
                                       "true", "null",      "1e3", "<k>",
                                       "q\"k", "two\nlines"};
    if (chance(f, 5)) return str_printf(f->arena, "%0*d", 130, i); /* longer than YAML's simple keys */
    if (chance(f, 20)) return str_printf(f->arena, "key%d", i);
    return str_of(keys[(below(f, ARRAY_LEN(keys)))]);
}

/* ---- Other values ---- */

static const char *const times[] = {
    "2024-02-29T12:34:56Z",           "1970-01-01T00:00:00Z",        "1969-12-31T23:59:59Z",
    "2024-02-29T12:34:56.789Z",       "2024-02-29T23:34:56+05:30",   "1600-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",           "0001-01-01T00:00:01Z",        "2262-04-11T23:47:17Z",
    "2024-12-31T23:59:59.999999999Z", "2024-02-29T12:34:56.000001Z", "1969-12-31T23:59:59.5Z"};
static const char *const microtimes[] = {"2024-02-29T12:34:56.000000Z", "1970-01-01T00:00:00.000001Z",
                                         "1969-12-31T23:59:59.999999Z", "2024-02-29T23:34:56.123456+05:30",
                                         "1600-01-01T00:00:00.500000Z", "9999-12-31T23:59:59.999999Z",
                                         "0001-01-01T00:00:00.000001Z"};
static const char *const durations[] = {"0s", "1h30m0s", "1.5s", "-2m0s", "100ms", "1ns", "90m", "2540400h10m10s"};
static const char *const quantities[] = {"0",
                                         "1",
                                         "100m",
                                         "1500m",
                                         "0.5",
                                         "1Ki",
                                         "1024",
                                         "1.5Gi",
                                         "2048Ki",
                                         "1e3",
                                         "12e6",
                                         "1E",
                                         "100n",
                                         "1u",
                                         "-1",
                                         "-5Mi",
                                         "1000",
                                         "10k",
                                         "3e-3",
                                         "1E3",
                                         "0.001",
                                         "9223372036854775807",
                                         "+2",
                                         "0.1",
                                         "1000m",
                                         "1.23456789Gi",
                                         "999999999999999999",
                                         "123456789012345678901234567890",
                                         "1e-12",
                                         "00012",
                                         "1.20",
                                         "5Ei",
                                         "0Mi",
                                         "-0",
                                         ".5",
                                         "1000Ki",
                                         "1024Mi"};
static const char *const doubles[] = {"0",        "1",    "-1.5",          "0.1",
                                      "1e+21",    "1e-7", "123456789.125", "1E3",
                                      "1.0",      "100",  "5e-324",        "1.7976931348623157e+308",
                                      "-0.000001"};
static const char *const base64s[] = {"", "AA==", "/+8=", "aGVsbG8gd29ybGQ=", "AAECAwQFBgcICQ==", "bGluZQpsaW5lCg=="};
/* Of a member that is left out when it is empty: protobuf keeps bytes that were given as "", and JSON drops them, as
 * upstream; so what went through JSON is not the same any more. */
static const char *const base64s_kept[] = {"aGVsbG8=", "AAH/"};
static const int64_t small_ints[] = {0, 1, -1, 8080, INT32_MAX, INT32_MIN};
static const int64_t large_ints[] = {0, 1, -1, 30, INT64_MAX, INT64_MIN, (int64_t)1 << 53, ((int64_t)1 << 53) + 1};
/* Kept as it is: members in order, because YAML brings them into order. */
static const char *const raws[] = {
    "{}",
    "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"\\u003cb\\u003e\",\"n\":1},\"kind\":\"ConfigMap\"}",
    "{\"a\":[1,-2,1.5,true,null,\"x\"],\"b\":{\"c\":{}},\"e\":[]}",
    "{\"big\":9223372036854775807,\"exp\":1e+21,\"text\":\"é ☃ \\u2028\"}",
};
static const char *const anys[] = {"1",    "-1.5", "true", "\"text\"", "[1,\"2\",null]", "{\"a\":{\"b\":[]}}",
                                   "\"\"", "0"};
static const char *const fields[] = {
    "{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:app\":{}}}}",
    "{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\".\":{},\"f:image\":{}}}}}",
};

static struct json *parsed(struct filler *f, const char *text)
{
    struct err e = ERR_INIT;
    return json_parse(f->arena, str_of(text), &e);
}

static struct json *int_or_string(struct filler *f)
{
    static const char *const values[] = {"80", "25%", "http", "", "0"};
    return chance(f, 50) ? json_int(f->arena, PICK(f, small_ints)) : json_strc(f->arena, PICK(f, values));
}

static struct json *fill_struct(struct filler *f, const struct api_type *t);
static struct json *fill_union(struct filler *f, const struct api_type *t);
static struct json *fill_list(struct filler *f, const struct api_field *field);

static struct json *fill_text(struct filler *f, const struct api_field *field)
{
    int n = 0;
    while (field->enums && field->enums[n]) n++;
    if (n) return json_strc(f->arena, field->enums[below(f, (uint64_t)n)]);
    return json_str(f->arena, text_of(f));
}

static struct json *fill_value(struct filler *f, const struct api_field *field)
{
    struct arena *a = f->arena;
    switch ((enum api_value)field->value) {
    case API_STRING: return fill_text(f, field);
    case API_INT32: return json_int(a, PICK(f, small_ints));
    case API_INT64: return json_int(a, PICK(f, large_ints));
    case API_BOOL: return json_bool(a, chance(f, 50));
    case API_DOUBLE: return parsed(f, PICK(f, doubles));
    case API_BYTES:
        if (field->shape == API_ONE && field->flags & API_F_OMITEMPTY) return json_strc(a, PICK(f, base64s_kept));
        return json_strc(a, PICK(f, base64s));
    case API_TIME: return json_strc(a, PICK(f, times));
    case API_MICROTIME: return json_strc(a, PICK(f, microtimes));
    case API_DURATION: return json_strc(a, PICK(f, durations));
    case API_QUANTITY: return json_strc(a, PICK(f, quantities));
    case API_INT_OR_STRING: return int_or_string(f);
    case API_RAW: return parsed(f, PICK(f, raws));
    case API_FIELDS_V1: return parsed(f, PICK(f, fields));
    case API_ANY: return parsed(f, PICK(f, anys));
    case API_STRUCT: break;
    }
    if (field->type->form == API_FORM_LIST) return fill_list(f, &field->type->fields[0]);
    if (field->type->form == API_FORM_UNION) return fill_union(f, field->type);
    return fill_struct(f, field->type);
}

/* ---- Lists, maps, structs ---- */

static struct json *fill_list(struct filler *f, const struct api_field *field)
{
    struct json *list = json_arr(f->arena);
    int n = f->lossy ? (int)below(f, 3) : 2;
    for (int i = 0; i < n; i++) json_push(list, f->lossy && chance(f, 10) ? json_null(f->arena) : fill_value(f, field));
    return list;
}

static struct json *fill_map(struct filler *f, const struct api_field *field)
{
    struct json *map = json_obj(f->arena);
    int n = f->lossy ? (int)below(f, 3) : 2;
    for (int i = 0; i < n; i++) json_set(f->arena, map, key_of(f, i), fill_value(f, field));
    return map;
}

static struct json *fill_field(struct filler *f, const struct api_field *field)
{
    if (f->lossy && chance(f, 10)) return json_null(f->arena);
    if (field->shape == API_LIST) return fill_list(f, field);
    if (field->shape == API_MAP) return fill_map(f, field);
    return fill_value(f, field);
}

static int times_inside(const struct filler *f, const struct api_type *t)
{
    int n = 0;
    for (int i = 0; i < f->depth; i++) n += f->path[i] == t;
    return n;
}

/* Types below which t comes again. */
static bool goes_on(const struct filler *f, const struct api_field *field)
{
    return field->value != API_STRUCT || (times_inside(f, field->type) < AGAIN_MAX && f->depth < DEPTH_MAX);
}

/* That of the object comes by itself; that of objects inside is not in protobuf. */
static bool is_type_meta(const struct filler *f, const struct api_field *field)
{
    bool inside = f->depth > 1 && f->lossy;
    return !inside && !field->proto && (str_eqc(field->name, "kind") || str_eqc(field->name, "apiVersion"));
}

/* The value of one of its fields. */
static struct json *fill_union(struct filler *f, const struct api_type *t)
{
    const struct api_field *field = &t->fields[below(f, t->nfields)];
    f->path[f->depth++] = t;
    struct json *v = goes_on(f, field) ? fill_field(f, field) : json_obj(f->arena);
    f->depth--;
    return v;
}

static struct json *fill_struct(struct filler *f, const struct api_type *t)
{
    struct json *obj = json_obj(f->arena);
    int percent = times_inside(f, t) ? MIN(AGAIN_PERCENT, f->percent) : f->percent;
    f->path[f->depth++] = t;
    for (int i = 0; i < t->nfields; i++) {
        const struct api_field *field = &t->fields[i];
        if (is_type_meta(f, field) || !goes_on(f, field) || !chance(f, percent)) continue;
        json_set(f->arena, obj, field->name, fill_field(f, field));
    }
    f->depth--;
    return obj;
}

/* ---- Whole objects ---- */

void filler_init(struct filler *f, struct arena *a, uint64_t seed)
{
    static const int percents[] = {100, 50, 30, 15, 5};
    *f = (struct filler){.arena = a};
    rnd_stream(&f->rnd, seed + 1);
    f->percent = seed == 0 ? 100 : percents[1 + seed % 4];
    f->lossy = seed % 3 == 2;
}

struct json *filler_object(struct filler *f, const struct api_root *root)
{
    f->depth = 0;
    struct json *obj = fill_struct(f, root->type);
    json_set(f->arena, obj, STR("kind"), json_strc(f->arena, root->kind));
    json_set(f->arena, obj, STR("apiVersion"),
             json_str(f->arena, str_printf(f->arena, "%s%s%s", root->group, *root->group ? "/" : "", root->version)));
    return obj;
}
