/* decode.h - from what a client sent to what upstream's decoder would hold.
 * One pass over the tree by the schema: checks types as Go's decoder does,
 * collects unknown and duplicate fields, drops nulls, canonicalises quantities,
 * times and base64, puts fields into schema order and map keys into byte order,
 * and adds the zero values that Go's encoder writes (fields without omitempty).
 * The result written by json_write is byte for byte upstream's JSON. */
#ifndef API_DECODE_H
#define API_DECODE_H

#include "base/json.h"
#include "schema.h"

enum { DECODE_WARNINGS_MAX = 100 }; /* more are counted, not kept */

struct decode_notes { /* in upstream's words: unknown field "spec.x", duplicate field "spec.y" */
    struct str items[DECODE_WARNINGS_MAX];
    int count, more;
};

/* Normalises `j` (owned by arena a) in place as a value of type t. apiVersion and kind at the root are
 * expected, checked by the caller, and removed from the tree (TypeMeta travels beside it).
 * On a type mismatch: ERR_BAD_REQUEST in the words of Go
 * (`json: cannot unmarshal string into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64`).
 * notes may be NULL: unknown fields are dropped silently. */
bool api_decode(struct arena *a, const struct api_type *t, struct json *j, struct decode_notes *notes,
                struct err *e) MUST_USE;

/* The same for what is to be stored: a list or map that is written even when it is empty is null then, for protobuf,
 * upstream's form of what is stored, does not tell an empty one from none. */
bool api_decode_for_store(struct arena *a, const struct api_type *t, struct json *j, struct err *e) MUST_USE;

/* Go tells a list or map that was sent as [] or {} (and bytes sent as "") from one that was not sent, though it writes
 * neither: some defaults and rules of upstream look. The tree does not have what is not written, but the struct's node
 * notes it until the tree is decoded again; trees from the store have no such notes. t: the type of node's struct. */
bool api_sent_empty(const struct json *node, const struct api_type *t, const char *name);
/* Go's `!= nil`: sent, empty or not. */
bool api_sent(const struct json *node, const struct api_type *t, const char *name);
/* Anywhere in a value of the type: was a list or map (not bytes) sent empty, and not filled since? */
bool api_has_empties(const struct json *tree, const struct api_type *t);
/* The member as Go shows it in a message: [] or {} when it was sent so, NULL when it is nil. */
const struct json *api_shown(struct arena *a, const struct json *node, const struct api_type *t, const char *name);

/* The field of bytes that was sent as "" and is not in the tree; NULL: none. Protobuf writes it, as Go's does. */
const struct api_field *api_empty_bytes(const struct json *node, const struct api_type *t);

/* A whole object with all zero values upstream writes, as api_decode of {}. */
struct json *api_zero(struct arena *a, const struct api_type *t);

#endif
