/* check_selector.h - the rules of a LabelSelector, for kinds that select by one. */
#ifndef APISERVER_OBJECT_CHECK_SELECTOR_H
#define APISERVER_OBJECT_CHECK_SELECTOR_H

#include "apiserver/object/check.h"

/* Errors of `selector` at member (".selector" without its dot) of the present place; NULL is fine.
 * Upstream: apimachinery pkg/apis/meta/v1/validation (ValidateLabelSelector). */
void check_selector_rules(struct check *c, const char *member, const struct json *selector);

/* The same on update, for kinds whose requirements' values upstream did not look at once: when `old` (may be NULL) has
 * bad ones, all may be bad. */
void check_selector_tolerant(struct check *c, const char *member, const struct json *selector, const struct json *old);
/* The same, and the values of requirements are not looked at at all. */
void check_selector_loosely(struct check *c, const char *member, const struct json *selector);

#endif
