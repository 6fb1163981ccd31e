/* check_meta.h - validation of metadata: of c->root's, told from the root of the path. */
#ifndef APISERVER_OBJECT_CHECK_META_H
#define APISERVER_OBJECT_CHECK_META_H

#include "apiserver/object/check.h"

/* Upstream looks several times at the metadata of a changed object, and tells what it finds each time: the registry of
 * all kinds, with the names that any path may have; */
void check_meta_common(struct check *c);
void check_meta(struct check *c);        /* as of a new object of its kind (ValidateObjectMeta); */
void check_meta_update(struct check *c); /* as of a changed one (ValidateObjectMetaUpdate). */

void check_embedded_object_meta(struct check *c, const struct json *meta); /* at the present place */
void check_label_map(struct check *c, const struct json *labels);          /* all is told at the present place */
/* Of a template: labels and annotations, and nothing else (upstream's reflection over ObjectMeta, with Go's names). */
void check_template_meta(struct check *c, const struct json *meta);
/* A finalizer without a domain is Kubernetes' own. */
void check_finalizer_owner(struct check *c, struct str finalizer);

#endif
