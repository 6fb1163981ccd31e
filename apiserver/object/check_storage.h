/* check_storage.h - the rules of a claim's spec, for claims and for templates of claims. */
#ifndef APISERVER_OBJECT_CHECK_STORAGE_H
#define APISERVER_OBJECT_CHECK_STORAGE_H

#include "apiserver/object/check.h"

/* Errors of `spec` at member "spec" of the present place (ValidatePersistentVolumeClaimSpec). */
void check_claim_spec(struct check *c, const struct json *spec);
/* The same for a volume (ValidatePersistentVolumeSpec). */
void check_volume_spec(struct check *c, const struct json *spec);
/* The same for a volume that a pod brings along, at the present place. */
void check_inline_volume(struct check *c, const struct json *spec);

/* StorageClass and VolumeAttributesClass: who knows the class, at `member`, and its parameters, at "parameters". */
void check_provisioner(struct check *c, const char *member, struct str provisioner);
void check_class_parameters(struct check *c, const struct json *parameters);

/* The member of a PersistentVolumeSpec that says where the volume lives; NULL: none. */
const struct json *volume_source(const struct json *spec);

#endif
