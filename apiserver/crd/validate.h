/* validate.h - a value against its schema, with upstream's errors (kube-openapi pkg/validation/validate). */
#ifndef APISERVER_CRD_VALIDATE_H
#define APISERVER_CRD_VALIDATE_H

#include "apiserver/crd/schema.h"

enum violation_kind {
    VIOLATION_INVALID,
    VIOLATION_REQUIRED,
    VIOLATION_ENUM,
    VIOLATION_TOO_LONG,
    VIOLATION_TOO_MANY,
    VIOLATION_TYPE,
    VIOLATION_WHOLE, /* of anyOf and the like: upstream tells it of the object as a whole */
};

struct violation {
    struct violation *next;
    enum violation_kind kind;
    struct str path;          /* "spec.ports[0].name" */
    const struct json *value; /* what is shown; NULL: "" */
    struct str message;       /* upstream's whole sentence, with the path */
    int64_t have, most;       /* of VIOLATION_TOO_*; have of lists and objects */
    const struct json *enums;
};

struct violations {
    struct violation *first, *last;
    size_t count; /* those that are told */
    bool any;
    int matches; /* checks that went well: of several schemas the one with most is told of */
};

/* Everything in the arena. old: the value before the update, NULL on create: what has not changed is not complained
 * about. */
void schema_validate(struct arena *a, const struct api_schema *s, const struct json *v, const struct json *old,
                     struct violations *out);

bool format_is_known(struct str format); /* of texts; with or without dashes */
/* formats.c: is it such a text? */
bool format_holds(struct str format, struct str text);

#endif
