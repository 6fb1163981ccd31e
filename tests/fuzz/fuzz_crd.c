/* fuzz_crd.c - a schema, an object and the object before it, a line each: reading and checking never fail otherwise
 * than with an error, what is pruned has nothing left to prune, and what is checked stays as it was. */
#include "api/object.h"
#include "apiserver/crd/check.h"
#include "apiserver/crd/check_parts.h"
#include "apiserver/crd/normal.h"
#include "base/kassert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json *line(struct arena *a, struct str *rest)
{
    struct err e = ERR_INIT;
    if (str_is_null(*rest)) return NULL;
    struct str text = str_cut(*rest, '\n', rest);
    struct json *j = json_parse(a, text, &e);
    return json_is(j, JSON_OBJ) ? j : NULL;
}

static struct str write(struct arena *a, const struct json *v)
{
    struct buf text AUTO_BUF = {0};
    buf_init(&text, 64 << 20);
    json_write(&text, v);
    return str_copy(a, buf_view(&text));
}

/* As a client sends it; NULL: refused. */
static struct json *read_object(struct arena *a, const struct api_schema *s, struct json *j)
{
    struct err e = ERR_INIT;
    struct unknown_fields u = {.arena = a};
    if (!j) return NULL;
    normal_values(a, j, NULL);
    normal_prune_root(j, s, NULL);
    buf_init(&u.at, 64 << 20);
    normal_prune_root(j, s, &u);
    buf_release(&u.at);
    KASSERT(!u.count);
    normal_drop_nulls(j, s);
    if (!normal_metadata(a, j, s, false, true, NULL, &e)) return NULL;
    normal_default(a, j, s);
    normal_sort(j);
    return j;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a AUTO_ARENA = {0};
    struct str rest = str_n((const char *)data, size);
    struct json *schema = line(&a, &rest);
    if (!schema) return 0;
    const struct api_schema *s = schema_compile(&a, schema);
    struct json *obj = read_object(&a, s, line(&a, &rest)), *old = read_object(&a, s, line(&a, &rest));
    if (!obj) return 0;
    struct str before = write(&a, obj);
    struct check c;
    check_init(&c, &a);
    check_by_schema(&c, s, obj, old);
    check_embedded(&c, s, obj);
    check_lists(&c, s, obj);
    KASSERT(str_eq(before, write(&a, obj)));
    return 0;
}
