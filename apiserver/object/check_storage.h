/* check_storage.h - rules that volumes, claims and templates of claims share. */
#ifndef APISERVER_OBJECT_CHECK_STORAGE_H
#define APISERVER_OBJECT_CHECK_STORAGE_H

#include "apiserver/object/check.h"

/* Errors of a claim's `spec` at member "spec" of the present place (ValidatePersistentVolumeClaimSpec). old (may be
 * NULL): what upstream was not strict about when it was made. */
void check_claim_spec(struct check *c, const struct json *spec, const struct json *old);

/* At a spec: each is known, and ReadWriteOncePod is alone. */
void check_access_modes(struct check *c, const struct json *modes);
void check_volume_mode(struct check *c, const struct json *spec);
/* At the quantity's place (validateBasicResource). */
void check_basic_quantity(struct check *c, const struct json *value);

/* StorageClass and VolumeAttributesClass: who knows the class, at `member`, and its parameters, at "parameters". */
void check_provisioner(struct check *c, const char *member, struct str provisioner);
void check_class_parameters(struct check *c, const struct json *parameters);

/* The spec of a claim with both of its data sources when it has one of them; spec itself when there is nothing to add.
 * Upstream: NormalizeDataSources in pkg/api/persistentvolumeclaim/util.go. */
const struct json *claim_with_sources(struct arena *a, const struct json *spec);

#endif
