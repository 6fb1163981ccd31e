/* check_text.h - rules on texts, lists and what may not change, that several kinds share. Each reports at `member` of
 * the present place (NULL: there). */
#ifndef APISERVER_OBJECT_CHECK_TEXT_H
#define APISERVER_OBJECT_CHECK_TEXT_H

#include "apiserver/object/check.h"

struct api_type;

/* Name of a CSI driver or of a driver of devices (ValidateCSIDriverName). */
void check_driver_name(struct check *c, const char *member, struct str s);
/* A list of more than max items is reported, and not looked into any further. True: it is short enough. */
bool check_list_size(struct check *c, const char *member, const struct json *list, int max);
/* Reports that path (".spec") of c->root differs from c->old. type: of a struct there (inner.h); NULL: shown as it is.
 */
void check_fixed(struct check *c, const char *path, const struct api_type *type);

#endif
