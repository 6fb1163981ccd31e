/* fuzz_jsonpath.c - a path, a newline, a document: whatever the path is, it leads to a value of the document, to one of
 * its own constants or nowhere, twice to the same, and the document stays as it was. */
#include "apiserver/crd/jsonpath.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str write(struct arena *a, const struct json *v)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 << 20);
    json_write(&text, v);
    return str_copy(a, buf_view(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct err e = ERR_INIT;
    struct str object, text = str_n((const char *)data, size), path = str_cut(text, '\n', &object);
    const struct json *root = str_is_null(object) ? NULL : json_parse(&a, object, &e);
    const struct jsonpath *p = jsonpath_compile(&a, path, &e);
    if (!p || !root) return 0;
    struct str before = write(&a, root);
    const struct json *v = jsonpath_first(&a, p, root);
    KASSERT(jsonpath_first(&a, p, root) == v);
    KASSERT(str_eq(before, write(&a, root)));
    if (v) (void)jsonpath_text(&a, v);
    return 0;
}
