/* endpoint_support.h - Services, pods and slices as texts, for the tests of the endpoint controllers. In the texts '
 * stands for ". */
#ifndef UNIT_CONTROLLERS_ENDPOINT_SUPPORT_H
#define UNIT_CONTROLLERS_ENDPOINT_SUPPORT_H

#include "api/object.h"
#include "check_main.h"

#include <stdio.h>

static inline const char *quoted(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        if (*p == '\'') *p = '"';
    return out;
}

static inline struct json *tree(struct arena *a, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(quoted(a, text)), &e);
    ck_assert_msg(j != NULL, "%s: %s", e.text, text);
    return j;
}

static inline const struct object *object(struct arena *a, const char *text)
{
    const struct object *o = object_of(tree(a, text));
    ck_assert(o != NULL);
    return o;
}

static inline const char *text_of(struct arena *a, const struct json *j)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 8 << 20);
    if (j) json_write(&b, j);
    char *out = str_cstr(a, buf_view(&b));
    for (char *p = out; *p; p++)
        if (*p == '"') *p = '\'';
    return out;
}

/* Adds the objects of a JSON list. */
static inline void add_all(struct arena *a, struct objs *l, const char *list)
{
    for (OBJ_EACH(it, tree(a, list), "")) {
        const struct object *o AUTO_OBJ = object_of(it);
        objs_add(l, o);
    }
}

#endif
