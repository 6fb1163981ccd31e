/* gojson.h - what Go's encoding/json makes of a text for a struct: names of members in any case, unknown members and
 * what follows the first value passed over, null as nothing, and its words for what does not fit. For answers of
 * servers that upstream reads so, and not by the API's own decoder (decode.h). */
#ifndef API_GOJSON_H
#define API_GOJSON_H

#include "api/object.h"

enum gojson_kind { GOJSON_STRING, GOJSON_INT64, GOJSON_STRUCT, GOJSON_LIST, GOJSON_MAP };

struct gojson_field {
    const char *name; /* NULL ends the list */
    const struct gojson_type *type;
};

struct gojson_type {
    enum gojson_kind kind;
    const char *go;                    /* "[]string" */
    const char *owner;                 /* of a struct, in messages: "Node" for "v1.Node" */
    const struct gojson_type *of;      /* of a list or map */
    const struct gojson_field *fields; /* of a struct */
};

extern const struct gojson_type gojson_string, gojson_int64;

/* The first value of the text, checked. The tree is in the arena and has no part of the text. NULL: *e has Go's words
 * ("EOF", "invalid character 'x' looking for beginning of value", "json: cannot unmarshal number into Go struct ...").
 */
const struct json *gojson_read(struct arena *a, struct str text, const struct gojson_type *t, struct err *e) MUST_USE;
/* The member that Go would have put there last; NULL: none, or null. */
const struct json *gojson_get(const struct json *j, const char *name);

#endif
