/* proto.h - Kubernetes' protobuf wire form <-> JSON trees, by the schema's numbers.
 * Envelope: "k8s\0" + runtime.Unknown{typeMeta 1{apiVersion 1, kind 2}, raw 2, contentEncoding 3, contentType 4}. */
#ifndef API_PROTO_H
#define API_PROTO_H

#include "base/json.h"
#include "proto_wire.h"
#include "schema.h"

bool proto_is_envelope(struct str body);
/* Opens the envelope: api_version, kind and raw point into body. ERR_BAD_REQUEST on junk. */
bool proto_open(struct str body, struct str *api_version, struct str *kind, struct str *raw, struct err *e) MUST_USE;
/* Message -> tree in schema order as api_decode leaves it (normalise with api_decode afterwards). Depth- and
 * size-limited. */
struct json *proto_decode(struct arena *a, const struct api_type *t, struct str raw, struct err *e) MUST_USE;
/* Tree (normalised) -> message, byte for byte as upstream's generated Marshal writes it. */
bool proto_encode(struct buf *out, const struct api_type *t, const struct json *j, struct err *e) MUST_USE;
/* Envelope around a message, or around what is written between open and close (width as for wire_open). */
void proto_envelope(struct buf *out, struct str api_version, struct str kind, struct str raw);
struct wire_mark proto_envelope_open(struct buf *out, struct str api_version, struct str kind, int width);
void proto_envelope_close(struct buf *out, struct wire_mark m);

#endif
