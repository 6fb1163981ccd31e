/* check_selector.h - the rules of a LabelSelector, for kinds that select by one. */
#ifndef APISERVER_OBJECT_CHECK_SELECTOR_H
#define APISERVER_OBJECT_CHECK_SELECTOR_H

#include "apiserver/object/check.h"

/* Errors of `selector` at member (".selector" without its dot) of the present place; NULL is fine.
 * Upstream: apimachinery pkg/apis/meta/v1/validation (ValidateLabelSelector). */
void check_selector_rules(struct check *c, const char *member, const struct json *selector);

/* On update: where the former selector was bad, any values of matchExpressions may stay. */
void check_selector_changed(struct check *c, const char *member, const struct json *selector, bool was_bad);
bool selector_is_bad(struct arena *a, const struct json *selector);
bool selector_has_bad_values(const struct json *selector); /* among those of matchExpressions */

#endif
