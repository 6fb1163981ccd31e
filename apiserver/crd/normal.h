/* normal.h - a custom resource as upstream would hold it: pruned to its schema, defaulted, its metadata typed.
 * Trees are edited in place by the owner of their arena. */
#ifndef APISERVER_CRD_NORMAL_H
#define APISERVER_CRD_NORMAL_H

#include "api/decode.h"
#include "apiserver/crd/schema.h"

/* Paths of fields that were dropped, in upstream's order when finished. */
struct unknown_fields {
    struct arena *arena;
    struct str *paths; /* grows in the arena */
    size_t count, cap;
    struct buf at; /* the present place */
};

/* Drops what the schema does not know; u may be NULL. */
void normal_prune(struct json *j, const struct api_schema *s, struct unknown_fields *u);
/* The same for a whole object: apiVersion, kind and metadata stay. */
void normal_prune_root(struct json *j, const struct api_schema *s, struct unknown_fields *u);
/* Nulls where the schema has neither a default nor nullable. */
void normal_drop_nulls(struct json *j, const struct api_schema *s);
void normal_default(struct arena *a, struct json *j, const struct api_schema *s);
/* Metadata of the object and of embedded ones as Go's ObjectMeta; what does not fit is an error, or with `lenient`
 * dropped. */
bool normal_metadata(struct arena *a, struct json *j, const struct api_schema *s, bool lenient, bool root,
                     struct decode_notes *notes, struct err *e) MUST_USE;
/* Numbers as Go's float64 and int64 write them, members by name, of double ones the last. */
void normal_values(struct arena *a, struct json *j, struct decode_notes *notes);
void normal_sort(struct json *j);

#endif
