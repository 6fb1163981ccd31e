/* check_text.c - see check_text.h. Reads: texts, parts of a tree.   Writes: struct check. */
#include "apiserver/object/check_text.h"

#include "api/object.h"
#include "api/schema.h"
#include "apiserver/object/check_value.h"
#include "apiserver/object/inner.h"
#include "apiserver/object/same.h"

enum { DRIVER_NAME_MAX = 63 };

void check_driver_name(struct check *c, const char *member, struct str s)
{
    if (!s.n) {
        check_required(c, member, "");
        return;
    }
    if (s.n > DRIVER_NAME_MAX) check_too_long(c, member, DRIVER_NAME_MAX);
    const char *why = name_dns1123_subdomain(str_lower(c->arena, s));
    if (why) check_invalid_str(c, member, s, why);
}

bool check_list_size(struct check *c, const char *member, const struct json *list, int max)
{
    size_t n = obj_count(list, "");
    if (n <= (size_t)max) return true;
    check_too_many(c, member, n, max);
    return false;
}

void check_fixed(struct check *c, const char *path, const struct api_type *type)
{
    const struct json *now = obj_get(c->root, path), *was = obj_get(c->old, path);
    if (type ? object_same(type, now, was) : json_equal(now, was)) return;
    if (type)
        check_invalid_inner(c, path + 1, type, now, "field is immutable");
    else
        check_invalid(c, path + 1, now, "field is immutable");
}
