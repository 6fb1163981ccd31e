/* unstructured.h - a tree as upstream's converter turns maps into typed objects, after a strategic merge patch. It is
 * no JSON decoder: numbers are cut to the width of their field, whole fractions are numbers, and it has words of its
 * own for what does not fit. */
#ifndef API_UNSTRUCTURED_H
#define API_UNSTRUCTURED_H

#include "base/json.h"
#include "schema.h"

/* Changes numbers of j, in place, into what api_decode takes as the converter does; false (ERR_BAD_REQUEST): it does
 * not take j as a value of type t. To be decoded next. */
bool api_from_unstructured(struct arena *a, const struct api_type *t, struct json *j, struct err *e) MUST_USE;

#endif
