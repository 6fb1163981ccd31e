/* claim_class.h - the class of a volume or of a claim: the field, or the annotation of old
 * (pkg/apis/core/helper: GetPersistentVolumeClaimClass, PersistentVolumeClaimHasClass). */
#ifndef APISERVER_OBJECT_CLAIM_CLASS_H
#define APISERVER_OBJECT_CLAIM_CLASS_H

#include "api/object.h"

static inline struct str storage_class_of(const struct json *obj)
{
    struct str old = obj_str(obj, ".metadata.annotations[volume.beta.kubernetes.io/storage-class]");
    return str_is_null(old) ? obj_str(obj, ".spec.storageClassName") : old;
}

/* Says which class, be it "" for none at all. */
static inline bool claim_names_class(const struct json *claim) { return !str_is_null(storage_class_of(claim)); }

static inline bool storage_class_is_default(const struct json *class)
{
    return obj_is(class, ".metadata.annotations[storageclass.kubernetes.io/is-default-class]", "true") ||
           obj_is(class, ".metadata.annotations[storageclass.beta.kubernetes.io/is-default-class]", "true");
}

#endif
