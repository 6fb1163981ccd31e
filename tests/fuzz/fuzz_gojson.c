/* fuzz_gojson.c - any text as an answer: what is accepted has the type that was asked for, and every refusal has words.
 */
#include "api/gojson.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gojson_type texts = {.kind = GOJSON_MAP, .go = "map[string]string", .of = &gojson_string};
static const struct gojson_type numbers = {.kind = GOJSON_LIST, .go = "[]int64", .of = &gojson_int64};
static const struct gojson_field fields[] = {
    {"Texts", &texts}, {"Numbers", &numbers}, {"Text", &gojson_string}, {NULL, NULL}};
static const struct gojson_type answer = {
    .kind = GOJSON_STRUCT, .go = "v1.Answer", .owner = "Answer", .fields = fields};
static const struct gojson_type answers = {.kind = GOJSON_LIST, .go = "[]v1.Answer", .of = &answer};

static void check_one(const struct json *one)
{
    const struct json *text = gojson_get(one, "Text");
    KASSERT(!text || !str_is_null(obj_text(text)));
    for (OBJ_EACH(it, gojson_get(one, "Texts"), "")) KASSERT(it->type == JSON_NULL || it->type == JSON_STR);
    for (OBJ_EACH(it, gojson_get(one, "Numbers"), "")) KASSERT(it->type == JSON_NULL || it->type == JSON_INT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    const struct json *j = gojson_read(&a, str_n((const char *)data, size), &answers, &e);
    KASSERT(j || e.text[0]);
    for (OBJ_EACH(one, j, "")) check_one(one);
    return 0;
}
