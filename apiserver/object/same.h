/* same.h - are two parts of objects the same to upstream (apimachinery pkg/api/equality, Semantic)? Quantities and
 * times count by their value, and what is empty counts like what is absent, if no pointer tells them apart. */
#ifndef APISERVER_OBJECT_SAME_H
#define APISERVER_OBJECT_SAME_H

#include "base/json.h"

struct api_type;

/* Nodes of type t; each may be NULL. */
bool object_same(const struct api_type *t, const struct json *x, const struct json *y);
/* Members `name` of two nodes of type t. */
bool object_same_member(const struct api_type *t, const char *name, const struct json *x, const struct json *y);

#endif
