/* strategy_attachment.c - VolumeAttachment (pkg/registry/storage/volumeattachment,
 * pkg/apis/storage/validation/validation.go).
 * Reads and writes: the request's trees; struct check. */
#include "apiserver/object/hooks.h"

#include "apiserver/object/check_pv.h"
#include "apiserver/object/check_meta.h"
#include "apiserver/object/check_text.h"
#include "apiserver/object/check_value.h"
#include "apiserver/registry/keep.h"
#include "schema_hooks.h"
#include "schema_ids.h"

enum { METADATA_BYTES_MAX = 256 << 10, MESSAGE_BYTES_MAX = 1024 };

static void check_source(struct check *c, const struct json *source)
{
    static const char one[] = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    const struct json *inline_spec = obj_get(source, ".inlineVolumeSpec"),
                      *name = obj_get(source, ".persistentVolumeName");
    size_t mark = check_member(c, "source");
    if (!inline_spec && !name)
        check_required(c, NULL, one);
    else if (inline_spec && name)
        check_forbidden(c, NULL, one);
    else if (name && !obj_text(name).n)
        check_required(c, "persistentVolumeName", "must specify non empty persistentVolumeName");
    if (inline_spec && !name) {
        size_t at = check_member(c, "inlineVolumeSpec");
        check_inline_volume(c, inline_spec);
        check_pop(c, at);
    }
    check_pop(c, mark);
}

static void check_volume_error(struct check *c, const struct json *status, const char *member)
{
    const struct json *error = json_getc(status, member), *code = obj_get(error, ".errorCode");
    size_t mark = check_member(c, member);
    if (obj_str(error, ".message").n > MESSAGE_BYTES_MAX) check_too_long(c, "message", METADATA_BYTES_MAX);
    if (code && obj_number(code, 0) < 0)
        check_invalid(c, "errorCode", code, "must be between 0 and 2147483647, inclusive");
    check_pop(c, mark);
}

static void check_status(struct check *c, const struct json *status)
{
    size_t bytes = 0, mark = check_member(c, "status");
    for (OBJ_EACH(it, status, ".attachmentMetadata")) bytes += obj_key(it).n + obj_text(it).n;
    if (bytes > METADATA_BYTES_MAX) check_too_long(c, "attachmentMetadata", METADATA_BYTES_MAX);
    check_volume_error(c, status, "attachError");
    check_volume_error(c, status, "detachError");
    check_pop(c, mark);
}

/* type VolumeAttachment check=fn:volume_attachment whole */
void check_volume_attachment(struct check *c, const struct json *attachment, const struct json *old)
{
    const struct json *spec = obj_get(attachment, ".spec"), *volume = obj_get(spec, ".source.persistentVolumeName");
    check_meta(c);
    size_t mark = check_member(c, "spec");
    check_driver_name(c, "attacher", obj_str(spec, ".attacher"));
    check_source(c, obj_get(spec, ".source"));
    check_name_by(c, "nodeName", obj_str(spec, ".nodeName"), name_dns1123_subdomain);
    check_pop(c, mark);
    check_status(c, obj_get(attachment, ".status"));
    if (volume) check_name_by(c, "spec.source.persistentVolumeName", obj_text(volume), name_dns1123_subdomain);
    if (old) check_fixed(c, ".spec", &type_storage_k8s_io_v1_VolumeAttachmentSpec);
}

static void attachment_prepare_update(struct arena *a, struct json *attachment, const struct json *old, const char *sub)
{
    if (sub) keep_metadata_of(a, attachment, old);
}

const struct strategy strategy_volume_attachment = {.prepare_update = attachment_prepare_update};
