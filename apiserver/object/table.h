/* table.h - Tables and PartialObjectMetadata: what `kubectl get` and metadata-only clients ask for. */
#ifndef APISERVER_OBJECT_TABLE_H
#define APISERVER_OBJECT_TABLE_H

#include "apiserver/watch/item.h"

/* One watch event's object as a Table of one row. with_columns: columnDefinitions are written (the first event of a stream).
 * include_object: "Metadata" (or NULL), "Object", "None". rev: the revision the event carries. */
void table_event_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev,
                       bool with_columns, const char *include_object);
/* The item as a PartialObjectMetadata of meta.k8s.io/v1, TypeMeta first. */
void partial_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev);

#endif
