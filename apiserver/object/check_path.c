/* check_path.c - see check_path.h. Reads: values.   Writes: struct check. */
#include "apiserver/object/check_path.h"

enum { MODE_MAX = 0777 };

void check_no_backsteps(struct check *c, const char *member, struct str path)
{
    struct str rest = path;
    while (!str_is_null(rest))
        if (str_eqc(str_cut(rest, '/', &rest), "..")) {
            check_invalid_str(c, member, path.p ? path : STR(""), "must not contain '..'");
            return;
        }
}

void check_relative_path(struct check *c, const char *member, struct str path)
{
    if (str_starts(path, STR("/"))) check_invalid_str(c, member, path.p ? path : STR(""), "must be a relative path");
    check_no_backsteps(c, member, path);
}

void check_local_path(struct check *c, const char *member, struct str path)
{
    check_relative_path(c, member, path);
    if (str_starts(path, STR("..")) && !str_starts(path, STR("../")))
        check_invalid_str(c, member, path.p ? path : STR(""), "must not start with '..'");
}

void check_file_mode(struct check *c, const char *member, const struct json *mode)
{
    if (json_is(mode, JSON_INT) && (mode->u.i < 0 || mode->u.i > MODE_MAX))
        check_invalid(c, member, mode, "must be a number between 0 and 0777 (octal), both inclusive");
}
