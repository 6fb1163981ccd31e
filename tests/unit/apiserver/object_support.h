/* object_support.h - trees of the built-in kinds, decoded as a request's body would be. */
#ifndef UNIT_APISERVER_OBJECT_SUPPORT_H
#define UNIT_APISERVER_OBJECT_SUPPORT_H

#include "api/decode.h"
#include "apiserver/object/object.h"
#include "check_main.h"
#include "schema_ids.h"

#define ck_assert_strn_eq(s, c) ck_assert_msg(str_eqc((s), (c)), "\"%.*s\" is not \"%s\"", STR_ARG(s), (c))

/* The text lives as long as a. */
static inline struct json *tree_of(struct arena *a, const struct api_resource *res, const char *text)
{
    struct err e = ERR_INIT;
    struct json *j = json_parse(a, str_of(arena_strdup(a, text)), &e);
    ck_assert_msg(j && api_decode(a, res->type, j, NULL, &e), "%s: %s", e.text, text);
    return j;
}

static inline struct json *defaulted(struct arena *a, const struct api_resource *res, const char *text)
{
    struct json *j = tree_of(a, res, text);
    object_default(a, res->type, j);
    return j;
}

static inline const char *text_of(struct arena *a, const struct json *j)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 8 << 20);
    json_write(&b, j);
    return str_cstr(a, buf_view(&b));
}

/* Errors as upstream's aggregate prints them, one per line. */
static inline const char *errors_text(struct arena *a, const struct check *c)
{
    struct buf b AUTO_BUF = {0};
    buf_init(&b, 1 << 20);
    for (int i = 0; i < c->count; i++)
        buf_addf(&b, "%s%.*s: %.*s", i ? "\n" : "", STR_ARG(c->errors[i].field), STR_ARG(c->errors[i].text));
    return str_cstr(a, buf_view(&b));
}

#endif
