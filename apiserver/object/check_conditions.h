/* check_conditions.h - the rules of conditions of the common type (meta/v1.Condition). */
#ifndef APISERVER_OBJECT_CHECK_CONDITIONS_H
#define APISERVER_OBJECT_CHECK_CONDITIONS_H

#include "apiserver/object/check.h"

/* Errors of the list at member of the present place; NULL is fine. Upstream: apimachinery pkg/apis/meta/v1/validation
 * (ValidateConditions). */
void check_conditions(struct check *c, const char *member, const struct json *conditions);

#endif
