/* table.h - Tables and PartialObjectMetadata: what `kubectl get` and metadata-only clients ask for. */
#ifndef APISERVER_OBJECT_TABLE_H
#define APISERVER_OBJECT_TABLE_H

#include "apiserver/watch/item.h"

/* One watch event's object as a Table of one row. with_columns: columnDefinitions are written (the first event of a
 * stream). include_object: "Metadata" (or NULL), "Object", "None". rev: the revision the event carries. */
void table_event_write(struct buf *out, const struct api_resource *res, const struct item *it, uint64_t rev,
                       bool with_columns, const char *include_object, const char *version);
/* The item, or a tree, as a PartialObjectMetadata of meta.k8s.io/VERSION, TypeMeta first. bare: without managedFields.
 */
void partial_write(struct buf *out, const struct item *it, uint64_t rev, const char *version, bool bare);
void partial_write_tree(struct buf *out, const struct json *obj, const char *version);

/* What a list says of itself. */
struct list_meta {
    uint64_t rev;     /* 0: none, as of an object that is not stored */
    struct str cont;  /* continue token, or STR_NULL */
    size_t remaining; /* SIZE_MAX: not said */
};
/* {"resourceVersion":"N"[,"continue":..,"remainingItemCount":..]} */
void list_meta_write(struct buf *out, const struct list_meta *m);

/* A Table of n items (or of one object: meta->rev is then the object's). version: "v1" or "v1beta1". */
void table_write(struct buf *out, const struct api_resource *res, struct item *const *items, size_t n,
                 const struct list_meta *meta, const char *include_object, const char *version);
/* The same for trees that are not in the store (sim.kubestep.dev). */
void table_write_trees(struct buf *out, const struct api_resource *res, const struct json *const *trees, size_t n,
                       const struct list_meta *meta, const char *include_object, const char *version);
/* A PartialObjectMetadataList. */
void partial_list_write(struct buf *out, struct item *const *items, size_t n, const struct list_meta *meta,
                        const char *version, bool bare);

#endif
