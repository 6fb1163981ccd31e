/* check_path.h - paths of files in volumes and on nodes. */
#ifndef APISERVER_OBJECT_CHECK_PATH_H
#define APISERVER_OBJECT_CHECK_PATH_H

#include "apiserver/object/check.h"

/* "must be a relative path", "must not contain '..'" */
void check_relative_path(struct check *c, const char *member, struct str path);
void check_no_backsteps(struct check *c, const char *member, struct str path);
/* The same, and no first element that begins with "..", which the kubelet keeps for itself. */
void check_local_path(struct check *c, const char *member, struct str path);
void check_file_mode(struct check *c, const char *member, const struct json *mode); /* NULL: absent, and fine */

#endif
