/* check_text.h - rules on texts and on what may not change, that many kinds share. Each reports at `member` of the
 * present place (NULL: there). */
#ifndef APISERVER_OBJECT_CHECK_TEXT_H
#define APISERVER_OBJECT_CHECK_TEXT_H

#include "apiserver/object/check.h"

struct api_type;

/* A rule of names.h; the empty text is checked as well. */
void check_name_by(struct check *c, const char *member, struct str s, const char *(*rule)(struct str));
/* The key of a label: what has no name breaks two rules (ValidateLabelName). */
void check_label_key(struct check *c, const char *member, struct str s);
/* Name of a CSI driver or of a driver of devices (ValidateCSIDriverName). */
void check_driver_name(struct check *c, const char *member, struct str s);
/* A list of more than max items is reported, and not looked into any further. True: it is short enough. */
bool check_list_size(struct check *c, const char *member, const struct json *list, int max);
/* Is the resource name known, or has it a domain (validateResourceName)? False: reported. */
bool check_resource_name(struct check *c, struct str name);
bool resource_is_native(struct str name);                    /* without a domain, or with kubernetes.io's */
bool resource_is_extended(struct arena *a, struct str name); /* somebody else's */

/* Reports that path (".spec.handler") of obj differs from old. type: of a struct there, which upstream shows in Go's
 * form (go_form.h); NULL: shown as it is. */
void check_immutable(struct check *c, const struct json *obj, const struct json *old, const char *path,
                     const struct api_type *type);
bool check_same(const struct json *a, const struct json *b); /* equal, or both absent */

#endif
