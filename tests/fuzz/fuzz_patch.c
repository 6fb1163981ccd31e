/* fuzz_patch.c - any document and any patch (first byte: its kind; a zero byte between them). */
#include "../unit/api/small_schema.h"
#include "api/patch.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool apply(struct arena *a, int kind, struct json **doc, const struct json *patch, struct err *e)
{
    if (kind == 0) return patch_json(a, doc, patch, e);
    if (kind == 1) return patch_strategic(a, &small_pod, *doc, patch, e);
    patch_merge(a, doc, patch);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    if (!size) return 0;
    struct str rest, text = str_cut(str_n((const char *)data + 1, size - 1), 0, &rest);
    if (str_is_null(rest)) return 0;
    struct json *doc = json_parse(&a, text, &e), *patch = json_parse(&a, rest, &e);
    if (!doc || !patch || (doc->type != JSON_OBJ && doc->type != JSON_ARR)) return 0;
    struct json *before = json_copy(&a, patch);
    struct buf out AUTO_BUF = {0};
    buf_init(&out, 64 << 20);
    if (apply(&a, data[0] % 3, &doc, patch, &e)) {
        json_write(&out, doc);
        KASSERT(json_parse(&a, buf_view(&out), &e) != NULL);
    }
    struct buf text_before AUTO_BUF, text_after AUTO_BUF = {0}; /* the patch may be applied again */
    buf_init(&text_before, 64 << 20);
    buf_init(&text_after, 64 << 20);
    json_write(&text_before, before);
    json_write(&text_after, patch);
    KASSERT(str_eq(buf_view(&text_before), buf_view(&text_after)));
    return 0;
}
