/* check.h - validation: a list of field errors in upstream's words, collected all at once
 * (apimachinery pkg/util/validation/field). */
#ifndef APISERVER_OBJECT_CHECK_H
#define APISERVER_OBJECT_CHECK_H

#include "base/buf.h"
#include "base/json.h"
#include "apiserver/object/names.h"

enum field_error_type {
    FE_REQUIRED,
    FE_INVALID,
    FE_TYPE_INVALID,
    FE_DUPLICATE,
    FE_NOT_FOUND,
    FE_NOT_SUPPORTED,
    FE_FORBIDDEN,
    FE_TOO_LONG,
    FE_TOO_MANY,
    FE_TOO_FEW,
    FE_INTERNAL
};

struct field_error {
    enum field_error_type type;
    struct str field; /* "spec.containers[0].name" */
    struct str text;  /* without the field: `Invalid value: "x": must be ...` = the cause's message */
};

enum { CHECK_ERRORS_MAX = 500, CHECK_PATH_MAX = 1024 };

struct api_resource;

struct check {
    struct arena *arena;
    const struct json *root; /* the whole object, for rules that look beyond their node; NULL in tests of a part */
    const struct json *old;  /* the whole object before the update; NULL on create */
    const char *sub;         /* the subresource that is written, or NULL */
    const struct api_resource *res;
    const struct api_resource *asked; /* the version that the client writes; NULL: the stored one */
    const struct json *shown;    /* what errors show instead of the value that a rule looked at; NULL: that value */
    const struct json *rendered; /* the list or object that was shown last, and its text */
    struct str rendering;
    struct field_error *errors; /* grows in the arena */
    int count, cap;
    char path[CHECK_PATH_MAX]; /* the present place */
    size_t path_n;
    bool is_update;
};

void check_init(struct check *c, struct arena *a);
/* Moving: returns what check_pop wants. check_member(".name" without dot) appends ".name" (or "name" at the root). */
size_t check_member(struct check *c, const char *name);
size_t check_index(struct check *c, size_t i);
size_t check_key(struct check *c, struct str key);              /* [key] */
size_t check_into(struct check *c, const char *list, size_t i); /* .list[i] */
void check_pop(struct check *c, size_t mark);

/* No more errors are told: whoever makes texts for one need not. */
bool check_is_full(const struct check *c);
/* Reporting at the present place; `member` (may be NULL) is appended for this error alone. value may be NULL.
 * A detail in which names.h tells several problems is as many errors. */
void check_required(struct check *c, const char *member, const char *detail);
void check_invalid(struct check *c, const char *member, const struct json *value, const char *detail);
__attribute__((format(printf, 4, 5))) void check_invalidf(struct check *c, const char *member, const struct json *value,
                                                          const char *fmt, ...);
void check_invalid_str(struct check *c, const char *member, struct str value, const char *detail);
void check_type_invalid(struct check *c, const char *member, const struct json *value, const char *detail);
/* Without a value: the detail tells all. */
void check_invalid_bare(struct check *c, const char *member, const char *detail);
void check_duplicate(struct check *c, const char *member, const struct json *value);
void check_duplicate_why(struct check *c, const char *member, const struct json *value, const char *detail);
void check_internal(struct check *c, const char *member, const char *detail);
void check_not_supported(struct check *c, const char *member, const struct json *value,
                         const char *const *supported); /* quoted, in their order */
void check_forbidden(struct check *c, const char *member, const char *detail);
/* The same with upstream's list of values in one text. */
void check_not_supported_text(struct check *c, const char *member, const struct json *value, struct str supported);
void check_too_long(struct check *c, const char *member, int max_bytes);
void check_too_many(struct check *c, const char *member, size_t have, int max_items);
void check_not_found(struct check *c, const char *member, const struct json *value);
void check_not_found_why(struct check *c, const char *member, const struct json *value, const char *detail);

/* The errors [from, to) once more: upstream looks at some parts twice, and tells what it finds each time. */
void check_repeat(struct check *c, int from, int to);

/* Maps of metadata, at "labels" and "annotations" of the present place (check_meta.c). */
void check_labels(struct check *c, const struct json *labels);
void check_annotations(struct check *c, const struct json *annotations);

/* Walks the object by its type: enums, rule and check hooks, lists and maps. `old` is for the type's own hook, NULL on
 * create; hooks of the types within get none. */
struct api_type;
void check_tree(struct check *c, const struct api_type *t, const struct json *node, const struct json *old);

#endif
