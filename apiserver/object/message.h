/* message.h - objects as protobuf messages, each in runtime.Unknown's envelope, as
 * application/vnd.kubernetes.protobuf has them. TypeMeta is in the envelope alone. */
#ifndef APISERVER_OBJECT_MESSAGE_H
#define APISERVER_OBJECT_MESSAGE_H

#include "api/proto.h"
#include "apiserver/object/table.h"

/* One object. partial: its metadata alone, as a PartialObjectMetadata of meta.k8s.io/VERSION. */
bool message_item(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev, bool partial,
                  const char *version, struct err *e) MUST_USE;
/* A list of res->list_kind, or a PartialObjectMetadataList. */
bool message_list(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                  const struct list_meta *meta, bool partial, const char *version, struct err *e) MUST_USE;
/* The JSON text of an object with TypeMeta: Status, a subresource, a bookmark. Discovery documents of the core group
 * have a kind alone. */
bool message_text(struct buf *out, struct str json, struct err *e) MUST_USE;

/* A watch event, length first: open, write the object's envelope, close. */
struct message_event {
    size_t at;
    struct wire_mark object, raw;
};
struct message_event message_event_open(struct buf *out, const char *type);
void message_event_close(struct buf *out, const struct message_event *ev);

#endif
