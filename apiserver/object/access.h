/* access.h - the validation of questions about access (pkg/apis/authorization/validation/validation.go). */
#ifndef APISERVER_OBJECT_ACCESS_H
#define APISERVER_OBJECT_ACCESS_H

#include "api/object.h"
#include "apiserver/object/check.h"

void check_subject_access(struct check *c, const struct json *review);
void check_self_access(struct check *c, const struct json *review);
void check_local_access(struct check *c, const struct json *review);

#endif
