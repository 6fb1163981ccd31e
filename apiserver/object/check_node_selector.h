/* check_node_selector.h - which nodes: terms of requirements on labels and fields (ValidateNodeSelector in
 * pkg/apis/core/validation/validation.go). */
#ifndef APISERVER_OBJECT_CHECK_NODE_SELECTOR_H
#define APISERVER_OBJECT_CHECK_NODE_SELECTOR_H

#include "apiserver/object/check.h"

/* any_value: values of labels are not looked at. At the selector, which has a term at least; */
void check_node_terms(struct check *c, const struct json *selector, bool any_value);
void check_node_term(struct check *c, const struct json *term, bool any_value); /* at the term. */

#endif
