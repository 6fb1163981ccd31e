/* test_patch.c - the three kinds of patch against tables that upstream's libraries produced
 * (json-patch.v4 4.12, apimachinery 0.34), and limits. */
#include "api/patch.h"
#include "check_main.h"
#include "patch_strategic_rows.h"
#include "small_schema.h"

enum kind { JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH };

static struct json *parse(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(text), &e);
    ck_assert_msg(j != NULL, "%s: %s", text, e.text);
    return j;
}

static bool apply(enum kind kind, struct arena *a, struct json **doc, const struct json *patch, struct err *e)
{
    if (kind == JSON_PATCH) return patch_json(a, doc, patch, e);
    if (kind == STRATEGIC_PATCH) return patch_strategic(a, &small_pod, *doc, patch, e);
    patch_merge(a, doc, patch);
    return true;
}

static void check_row(enum kind kind, const struct row *row)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, row->doc), *patch = parse(&a, row->patch), *before = json_copy(&a, patch);
    bool ok = apply(kind, &a, &doc, patch, &e);
    struct buf got AUTO_BUF = {0};
    buf_init(&got, 65536);
    if (ok) json_write(&got, doc);
    ck_assert_msg(ok != row->bad, "%s\n%s %s", row->patch, e.text, buf_view(&got).p);
    ck_assert_msg(json_equal(patch, before), "%s was changed", row->patch);
    if (ok)
        ck_assert_msg(json_equal(doc, parse(&a, row->result)), "%s\n got %s\nwant %s", row->patch, got.p, row->result);
    else
        ck_assert_str_eq(e.text, row->result);
}

START_TEST(test_json)
{
    for (size_t i = 0; i < ARRAY_LEN(json_rows); i++) check_row(JSON_PATCH, &json_rows[i]);
}
END_TEST

START_TEST(test_merge)
{
    for (size_t i = 0; i < ARRAY_LEN(merge_rows); i++) check_row(MERGE_PATCH, &merge_rows[i]);
}
END_TEST

START_TEST(test_strategic)
{
    for (size_t i = 0; i < ARRAY_LEN(strategic_rows); i++) check_row(STRATEGIC_PATCH, &strategic_rows[i]);
}
END_TEST

static enum err_code code_of(enum kind kind, const char *text, const char *patch)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, text);
    return apply(kind, &a, &doc, parse(&a, patch), &e) ? ERR_NONE : e.code;
}

START_TEST(test_codes)
{
    ck_assert_int_eq(code_of(JSON_PATCH, "{}", "{}"), ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(JSON_PATCH, "{}", "[{\"op\":\"remove\",\"path\":\"/a\"}]"), ERR_INVALID);
    ck_assert_int_eq(code_of(JSON_PATCH, "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]"), ERR_INVALID);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{}", "[]"), ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{}", "{\"metadata\":{\"$retainKeys\":5}}"), ERR_NONE);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{\"metadata\":{}}", "{\"metadata\":{\"$retainKeys\":5}}"),
                     ERR_BAD_REQUEST);
    ck_assert_int_eq(code_of(STRATEGIC_PATCH, "{\"spec\":{}}", "{\"spec\":{\"$patch\":\"x\"}}"), ERR_INTERNAL);
}
END_TEST

START_TEST(test_too_many_operations)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = json_obj(&a), *ops = json_arr(&a);
    const char *op = "{\"op\":\"add\",\"path\":\"/a\",\"value\":1}";
    for (int i = 0; i < PATCH_OPS_MAX; i++) json_push(ops, parse(&a, op));
    ck_assert(patch_json(&a, &doc, ops, &e));
    json_push(ops, parse(&a, op));
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(e.code, ERR_TOO_LARGE);
    ck_assert_str_eq(e.text, "The allowed maximum operations in a JSON patch is 10000, got 10001");
}
END_TEST

START_TEST(test_copy_bomb)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, "{\"a\":{\"x\":\"0123456789\"}}"), *ops = json_arr(&a);
    for (int i = 0; i < 40; i++)
        json_push(ops, parse(&a, str_printf(&a, "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c%d\"}", i).p));
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(strncmp(e.text, "Unable to complete the copy, the accumulated size increase of copy is ", 70), 0);
    ck_assert_uint_lt(a.total, 200u << 20);
}
END_TEST

/* No single operation is deep, and yet they would pile up what the recursion of its readers could not bear. */
START_TEST(test_depth_bomb)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct json *doc = parse(&a, "{\"a\":{}}"), *ops = json_arr(&a);
    struct buf path AUTO_BUF = {0};
    buf_init(&path, 65536);
    for (int i = 0; i < 600; i++) {
        buf_cstr(&path, "/a");
        json_push(ops, parse(&a, str_printf(&a, "{\"op\":\"add\",\"path\":\"%s\",\"value\":{}}", path.p).p));
    }
    ck_assert(!patch_json(&a, &doc, ops, &e));
    ck_assert_int_eq(e.code, ERR_BAD_REQUEST);
    ck_assert_int_eq(strncmp(e.text, "error in add for path: '/a/a", 28), 0);
}
END_TEST

/* 100,000 members on either side are merged without comparing each with each. */
START_TEST(test_large_objects)
{
    enum { MEMBERS = 100000 };
    struct arena a AUTO_ARENA = {0};
    struct json *doc = NULL, *patch = NULL;
    struct buf text[2];
    for (int side = 0; side < 2; side++) {
        buf_init(&text[side], 16 << 20);
        for (int i = 0; i < MEMBERS; i++)
            buf_addf(&text[side], "%s\"k%d\":%s", i ? "," : "{", i + side * MEMBERS / 2, side && i % 2 ? "null" : "1");
        buf_char(&text[side], '}');
    }
    doc = parse(&a, text[0].p);
    patch = parse(&a, text[1].p);
    patch_merge(&a, &doc, patch);
    ck_assert_uint_eq(doc->count, MEMBERS / 2 + MEMBERS / 4 + MEMBERS / 4);
    buf_release(&text[0]);
    buf_release(&text[1]);
}
END_TEST

/* ---- Random merge patches against RFC 7396 as it is written ---- */

static unsigned draw(unsigned *state, unsigned below)
{
    return (*state = *state * 1103515245U + 12345U) / 65536U % below;
}

static struct json *draw_tree(struct arena *a, unsigned *state, int depth)
{
    unsigned kind = depth ? draw(state, 6) : 5;
    if (kind == 0) return json_null(a);
    if (kind < 3) return json_int(a, draw(state, 3));
    struct json *j = json_obj(a);
    for (unsigned n = draw(state, 5); n && depth < 4; n--)
        json_set(a, j, str_printf(a, "k%u", draw(state, 4)), draw_tree(a, state, depth + 1));
    return j;
}

static struct json *merge_as_written(struct arena *a, const struct json *target, const struct json *patch)
{
    if (patch->type != JSON_OBJ) return json_copy(a, patch);
    struct json *out = json_is(target, JSON_OBJ) ? json_copy(a, target) : json_obj(a);
    JSON_FOREACH(it, patch)
    {
        struct json *old = json_get(out, it->key);
        if (it->type != JSON_NULL)
            json_set(a, out, it->key, merge_as_written(a, old, it));
        else if (old)
            json_remove(out, old);
    }
    return out;
}

START_TEST(test_random_merges)
{
    unsigned state = 7;
    for (int i = 0; i < 5000; i++) {
        struct arena a AUTO_ARENA = {0};
        struct json *doc = draw_tree(&a, &state, 0), *patch = draw_tree(&a, &state, 0);
        const struct json *want = merge_as_written(&a, doc, patch);
        patch_merge(&a, &doc, patch);
        ck_assert_msg(json_equal(doc, want), "draw %d", i);
    }
}
END_TEST

TEST_MAIN("patch", test_random_merges, test_json, test_merge, test_strategic, test_codes, test_too_many_operations,
          test_copy_bomb, test_depth_bomb, test_large_objects)
