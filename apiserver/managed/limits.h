/* limits.h - bounds on the ownership of fields. */
#ifndef APISERVER_MANAGED_LIMITS_H
#define APISERVER_MANAGED_LIMITS_H

enum {
    MANAGERS_MAX = 1000,        /* of one object: reading them compares each with all; upstream has no bound */
    UPDATE_MANAGERS_MAX = 10,   /* upstream's DefaultMaxUpdateManagers */
    FIELDS_MAX = 16 << 20,      /* one set as text: more than any object */
    CONFLICTS_MAX = 10000,      /* told; an answer of more helps nobody */
    ANNOTATIONS_MAX = 256 << 10 /* upstream's TotalAnnotationSizeLimitB */
};

#endif
