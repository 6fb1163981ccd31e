/* typed.h - trees with their type as server-side apply sees them: which lists have keys, which values belong together.
 * Upstream: structured-merge-diff's typed.TypedValue over the schema that kube-openapi's schemaconv makes.
 *
 * A place's type is what the schema's rows say: a struct's fields and a map's members are owned one by one unless the
 * struct, map or field is atomic; a list is one value unless it is a set (of scalars) or has keys. What the schema does
 * not know (API_ANY, unions) is owned member by member as far as it consists of objects; a RawExtension is one value.
 * Trees are normalised ones or a client's own; where they do not fit the type they are taken as they are, so check
 * what a client sent first (typed_check). The trees carry no apiVersion and kind. */
#ifndef API_TYPED_H
#define API_TYPED_H

#include "fieldset.h"
#include "schema.h"

struct typed {                     /* the type of a place */
    const struct api_type *type;   /* of the root */
    const struct api_field *field; /* NULL at the root */
    bool element;                  /* of the field's list or map */
};

static inline struct typed typed_root(const struct api_type *t) { return (struct typed){.type = t}; }

/* The fields that a tree sets. */
const struct fieldset *typed_fields(struct arena *a, struct typed t, const struct json *tree);

struct typed_diff {
    const struct fieldset *removed, *modified, *added;
};
/* What became of l in r. */
void typed_compare(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct typed_diff *out);

/* Does it fit its type, as a typed value of upstream must? Otherwise the errors as one text, in upstream's words.
 * duplicates: elements of a set or keyed list may be there twice. */
bool typed_check(struct arena *a, struct typed t, const struct json *tree, bool duplicates, struct str *errors);

/* ---- typed_merge.c ---- All return new trees, or NULL when nothing is left. */

/* l with what r sets: values and order of r where both have them. False: r has an element twice; *errors tells. */
bool typed_merge(struct arena *a, struct typed t, const struct json *l, const struct json *r, struct json **out,
                 struct str *errors);
/* The tree without the members and elements of the set. */
struct json *typed_remove(struct arena *a, struct typed t, const struct json *tree, const struct fieldset *set);
/* The set and all fields of structs that have one of its fields below them. */
const struct fieldset *typed_with_parents(struct arena *a, struct typed t, const struct fieldset *set);
/* The set as it is under this schema: what is atomic now is owned as a whole. */
const struct fieldset *typed_reconcile(struct arena *a, struct typed t, const struct fieldset *set);

/* ---- What the above share ---- */

enum typed_kind { TYPED_SCALAR, TYPED_LIST, TYPED_MAP, TYPED_ANY };

struct typed_shape {
    enum typed_kind kind;
    bool atomic;
    const struct api_type *fields; /* of a struct; NULL: a map, all of whose members are of one type */
    const struct api_field *field; /* the list or map, or the scalar */
    const char *const *keys;       /* of a list; NULL: a set */
};
struct typed_shape typed_shape(struct typed t);
/* The type of a member. False: a struct has no such field. *named: it is a struct's field. */
bool typed_member(const struct typed_shape *s, struct typed t, struct str name, struct typed *out);
/* Does the struct list that member? One that is open has others, too. */
static inline bool typed_is_named(struct typed member) { return member.field && member.field->name.n; }
struct typed typed_element(const struct typed_shape *s, struct typed t);
/* How a keyed list or a set knows this element. False: it cannot be told; *why. */
bool typed_elem(struct arena *a, const struct typed_shape *s, const struct json *item, struct path_elem *out,
                const char **why);

/* What a key that is absent has, as OpenAPI says it; NULL: nothing. */
struct json *typed_default(struct arena *a, const struct api_field *f);

struct typed_item { /* an element and its place */
    struct path_elem at;
    const struct json *node;
    uint32_t order;
};
/* The elements of a list (NULL: none), sorted by how they are known, then by order; those that cannot be told are left
 * out. */
struct typed_item *typed_items(struct arena *a, const struct typed_shape *s, const struct json *list, uint32_t *count);

static inline bool typed_is_empty(const struct json *v) { return !v || v->type < JSON_ARR || !v->count; }

#endif
