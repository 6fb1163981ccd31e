/* fieldset.h - a set of fields of an object: which of them somebody owns. Upstream: structured-merge-diff's
 * fieldpath.Set.
 *
 * A set is a tree. A node stands for a member of an object (f:), an element of a list by its keys (k:) or by its value
 * (v:), or a place in a list (i:); it may be in the set itself, and may have nodes below. Example, of
 * {spec: {replicas: 3, containers: [{name: a, image: b}]}}:
 *
 *   f:spec  >  f:containers  >  k:{"name":"a"} (in the set, written ".")  >  f:image (in the set), f:name (in the set)
 *           >  f:replicas (in the set)
 *
 * Sets never change: each operation makes a new one that shares what did not change. NULL is the empty set. All of one
 * level is sorted, no node stands twice, and none is without a purpose. Nodes and texts live in the caller's arena. */
#ifndef API_FIELDSET_H
#define API_FIELDSET_H

#include "base/json.h"

enum path_kind { PATH_FIELD, PATH_KEY, PATH_VALUE, PATH_INDEX }; /* also their order */

struct path_key {
    struct str name;
    const struct json *value;
};

struct path_elem {
    uint8_t kind; /* enum path_kind */
    uint32_t nkeys;
    union {
        struct str name;
        const struct path_key *keys; /* sorted by name */
        const struct json *value;
        int64_t index;
    } u;
};

struct field_node {
    struct path_elem at;
    bool member;
    const struct fieldset *below; /* NULL: nothing */
};

struct fieldset {
    const struct field_node *nodes;
    uint32_t count;
};

static inline struct path_elem path_field(struct str name)
{
    return (struct path_elem){.kind = PATH_FIELD, .u.name = name};
}
int path_cmp(const struct path_elem *x, const struct path_elem *y);
/* Numbers by value, then strings, booleans, lists, maps, null. */
int path_value_cmp(const struct json *x, const struct json *y);
/* As messages show it: .name, [name="a"], [=80], [3]. */
void path_show(struct buf *out, const struct path_elem *p);

/* ---- Building a level ---- */

struct fieldset_build {
    struct arena *a;
    struct field_node *nodes;
    uint32_t count, cap;
};
/* A node that is neither member nor has something below is passed over. */
void fieldset_add(struct fieldset_build *b, struct path_elem at, bool member, const struct fieldset *below);
/* Sorts what was added; of nodes that are alike one is left, which is a member if one of them was and has below it what
 * the last one had that had something. */
const struct fieldset *fieldset_done(struct fieldset_build *b);
/* "spec" or "metadata.labels": the one field of that name. */
const struct fieldset *fieldset_of_path(struct arena *a, const char *path);

/* ---- Asking ---- */

bool fieldset_equal(const struct fieldset *x, const struct fieldset *y);
const struct field_node *fieldset_find(const struct fieldset *s, const struct path_elem *at); /* NULL: none */
/* Calls back for each field of the set: of a level the fields themselves, then what is below them. */
typedef void fieldset_fn(const struct path_elem *path, size_t n, void *arg);
void fieldset_each(const struct fieldset *s, fieldset_fn *fn, void *arg);

/* ---- Computing ---- */

const struct fieldset *fieldset_union(struct arena *a, const struct fieldset *x, const struct fieldset *y);
const struct fieldset *fieldset_both(struct arena *a, const struct fieldset *x, const struct fieldset *y);
/* x without the fields of y. What is below a field of y stays. */
const struct fieldset *fieldset_less(struct arena *a, const struct fieldset *x, const struct fieldset *y);
/* x without the fields of y and all that is below them. */
const struct fieldset *fieldset_less_all(struct arena *a, const struct fieldset *x, const struct fieldset *y);

/* ---- fieldsV1 ---- (fieldset_fields.c) */

void fieldset_write(struct buf *out, const struct fieldset *s);
/* False: ERR_BAD_REQUEST. What has a letter that nobody knows is passed over, as upstream does. The text must live as
 * long as the arena. */
bool fieldset_parse(struct arena *a, struct str text, const struct fieldset **out, struct err *e) MUST_USE;

#endif
