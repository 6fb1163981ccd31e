/* root.h - kinds that stand for themselves in a file or a body: {apiVersion, kind} and what follows. */
#ifndef API_ROOT_H
#define API_ROOT_H

#include "schema.h"

struct api_root {
    const char *group, *version, *kind;
    const struct api_type *type;
    const struct api_resource *res; /* the object's row, or that of a list's items; NULL: it has none */
    bool is_list;                   /* of objects of res */
};

/* The kind of that apiVersion; false: there is none. */
bool api_find_root(struct str api_version, struct str kind, struct api_root *out);

/* Every kind once: objects, their lists, bodies of subresources, and what meta/v1 has for all. Options of requests
 * belong to every group and version, and come once, in v1. */
struct api_root_walk {
    int stage, at, sub; /* 0 to begin with */
};
bool api_root_next(struct api_root_walk *w, struct api_root *out);

#endif
