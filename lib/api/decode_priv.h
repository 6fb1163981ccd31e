/* decode_priv.h - what the parts of the decoder share: decode.c walks structs, lists and maps, decode_value.c knows
 * single values, decode_time.c times. Private to lib/api. */
#ifndef API_DECODE_PRIV_H
#define API_DECODE_PRIV_H

#include "decode.h"

/* Where we are. Lives on the C stack and costs nothing until it is printed. */
struct decode_place {
    const struct decode_place *up;
    struct str name;   /* a field or a map key; STR_NULL: a list item */
    const char *outer; /* of a field: api_field.outer; Go's type errors name that, too */
    size_t index;      /* of a list item */
    bool is_key;       /* of a map: Go's type errors leave it out */
};

struct decode_pass {
    struct arena *a;
    struct decode_notes *notes; /* may be NULL */
    struct err *e;
    bool to_store; /* api_decode_for_store */
};

enum { FIELDS_TEXT_MAX = 16 << 20 }; /* of one fieldsV1: more than any body */
enum { DECODE_PATH_MAX = 4096 };     /* of a path in a message; longer ones are cut */

void decode_path(struct buf *out, const struct decode_place *p, bool with_indices);
/* `json: cannot unmarshal string into Go struct field PodSpec.spec.priority of type int32`. whole: the list or map, not
 * one value of it. Returns false. */
bool decode_mismatch(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                     const struct json *v, const struct decode_place *at, bool whole);
/* One value that is no struct: checks its JSON type and makes it canonical. May turn it into null (a zero time). */
bool decode_scalar(const struct decode_pass *ps, const struct api_type *owner, const struct api_field *f,
                   struct json *v, const struct decode_place *at);
/* The text of a time or microtime: made canonical, or null when it is Go's zero time. */
bool decode_time(const struct decode_pass *ps, const struct api_field *f, struct json *v);
/* Turns v, in place, into what Go has for an element of a list or map that was sent as null. */
void decode_zero(struct arena *a, const struct api_field *f, struct json *v);

#endif
