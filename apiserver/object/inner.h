/* inner.h - upstream's errors print parts of objects as its own inner types hold them: Go's names, every member whether
 * it was said or not, in the order of those types. Types that have no inner form (meta/v1) are printed as JSON. */
#ifndef APISERVER_OBJECT_INNER_H
#define APISERVER_OBJECT_INNER_H

#include "apiserver/object/check.h"

struct api_type;

/* The inner type of t as a row of names; NULL: none.
 * "Name": the member's JSON name is "name". "IQN=iqn": it is another. Behind it: "!" no pointer, though t's member is
 * one;
 * "^" it is a member of the pod spec that holds this one. "@metadata": metadata's members stand here themselves. */
const char *inner_names(const struct api_type *t);

/* As a node that is written as it stands; NULL value: "null". In the arena. */
struct json *inner_shown(struct arena *a, const struct api_type *t, const struct json *value);
/* "field is immutable" and the like: check_invalid with the inner form of value, a node of type t or a list of them;
 * NULL value: "null". */
void check_invalid_inner(struct check *c, const char *member, const struct api_type *t, const struct json *value,
                         const char *detail);
/* The same for member `of` of a node of type t, as its field holds it: a text that was not said is "". */
void check_invalid_member(struct check *c, const char *member, const struct api_type *t, const char *of,
                          const struct json *node, const char *detail);
void check_not_supported_inner(struct check *c, const char *member, const struct api_type *t, const struct json *value,
                               const char *const *supported);
/* What is different in the inner forms of two nodes of type t: a unified diff, in the arena; "" when that is too much
 * to be looked at. */
const char *inner_diff(struct arena *a, const struct api_type *t, const struct json *old, const struct json *now);

#endif
