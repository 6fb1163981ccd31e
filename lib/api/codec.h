/* codec.h - whole typed objects of built-in kinds in three media, byte for byte as upstream's serializers write them
 * (apimachinery pkg/runtime/serializer/{json,protobuf}). Nothing is defaulted or validated. All memory is the arena's.
 */
#ifndef API_CODEC_H
#define API_CODEC_H

#include "base/json.h"
#include "root.h"

enum codec_media { CODEC_JSON, CODEC_YAML, CODEC_PROTOBUF };

struct codec_object {
    struct api_root root;
    struct str api_version; /* of the object: options of requests come in every group */
    struct json *tree;      /* normalised, without apiVersion and kind */
};

/* An object from the tree of a JSON or YAML text, which is used up. Unknown and repeated fields: ERR_BAD_REQUEST
 * "strict decoding error: unknown field ..." when strict, else they are dropped. */
bool codec_from_tree(struct arena *a, struct json *tree, bool strict, struct codec_object *out, struct err *e) MUST_USE;
/* From protobuf with its envelope. */
bool codec_from_proto(struct arena *a, struct str body, struct codec_object *out, struct err *e) MUST_USE;

/* The same object, or list of objects, in another version of its kind. ERR_BAD_REQUEST: there is none. */
bool codec_to_version(struct arena *a, struct codec_object *o, struct str api_version, struct err *e) MUST_USE;

/* Some kinds, Table among them, have no form in protobuf. */
bool codec_has_proto(const struct api_root *root);
/* indent: spaces per level of JSON, 0: all in one line; other media do not care. Text ends with a line end.
 * ERR_NOT_ACCEPTABLE: the kind has no form in that medium. */
bool codec_write(struct buf *out, enum codec_media media, const struct codec_object *o, int indent,
                 struct err *e) MUST_USE;

#endif
