/* json.h - JSON text <-> a tree in an arena.
 * The parser accepts RFC 8259 within depth and size limits. A string without
 * escapes points into the input text, so THE INPUT MUST LIVE AS LONG AS THE
 * ARENA. Duplicate keys are kept in the tree, in order, and flagged: what
 * follows from that is the caller's policy. Trees are edited only by the owner
 * of the arena; once published they are const.
 * Only lib/base and lib/api touch nodes; everyone else uses obj_* (object.h). */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "buf.h"
#include "err.h"
#include "limits.h"
#include "mem.h"
#include "str.h"

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_STR,
    JSON_RAW, /* the text of a value, written as it is; json_parse makes none */
    JSON_ARR,
    JSON_OBJ,
};

enum {                      /* struct json .flags */
       JSON_F_DUP_KEYS = 1, /* on an object: a key occurs twice (JSON_DUPS_FLAG) */
       JSON_F_MARK = 2,     /* scratch for algorithms that own the tree */
};

struct json {
    uint8_t type; /* enum json_type */
    uint8_t flags;
    uint16_t empties;  /* on an object: what its decoder noted (api/decode.h); kept by copies, never compared */
    uint32_t count;    /* children of an array or object */
    struct str key;    /* member name; STR_NULL in arrays and at the root */
    struct json *next; /* sibling */
    union {
        bool b;
        int64_t i;
        struct str s; /* JSON_STR: decoded text. JSON_REAL: the number as it was written. JSON_RAW: the text */
        struct {
            struct json *head, *tail;
        } kids;
    } u;
};

/* jansson exports functions of these names too and calls them through the dynamic linker: under their own
 * symbols a program that links both would have jansson call ours. */
#define JSON_SYMBOL(name) __asm__("base_" #name)

/* Parses the whole of `text`. On error: NULL, and *e is ERR_BAD_REQUEST with a
 * message in the words of Go's encoding/json where it has any
 * ("invalid character 'x' looking for beginning of value", "unexpected end of JSON input"). */
struct json *json_parse(struct arena *a, struct str text, struct err *e) MUST_USE;

/* The same of text that json_write wrote. path: names of members, NULL-terminated; an object at that place becomes a
 * JSON_RAW of its text, unread. Arrays on the way are passed through. */
struct json *json_parse_keep(struct arena *a, struct str text, const char *const *path, struct err *e) MUST_USE;

/* Compact text, in tree order, escaped as Go's encoding/json does (also < > & U+2028 U+2029). */
void json_write(struct buf *out, const struct json *j);
void json_write_indent(struct buf *out, const struct json *j, int spaces);
void json_write_string(struct buf *out, struct str s); /* with quotes */

/* Making. All in the arena; keys and strings are borrowed, not copied. */
struct json *json_null(struct arena *a) JSON_SYMBOL(json_null);
struct json *json_bool(struct arena *a, bool v);
struct json *json_int(struct arena *a, int64_t v);
struct json *json_real(struct arena *a, struct str number_text) JSON_SYMBOL(json_real);
struct json *json_str(struct arena *a, struct str v);
struct json *json_strc(struct arena *a, const char *v);
struct json *json_raw(struct arena *a, struct str text);
struct json *json_arr(struct arena *a);
struct json *json_obj(struct arena *a);
struct json *json_copy(struct arena *a, const struct json *j)
    JSON_SYMBOL(json_copy); /* deep; strings are shared, not copied */

/* Reading. NULL-tolerant: a NULL or wrong-typed node reads as absent. */
struct json *json_get(const struct json *obj, struct str key); /* first member of that name; NULL */
struct json *json_getc(const struct json *obj, const char *key);
struct json *json_at(const struct json *arr, size_t index);
static inline bool json_is(const struct json *j, enum json_type t) { return j && j->type == t; }
static inline struct str json_string(const struct json *j) { return json_is(j, JSON_STR) ? j->u.s : STR_NULL; }
static inline struct json *json_kids(const struct json *j)
{
    return j && (j->type == JSON_ARR || j->type == JSON_OBJ) ? j->u.kids.head : NULL;
}
#define JSON_FOREACH(it, parent) for (struct json *it = json_kids(parent); it; it = it->next)
/* Member order does not matter; 1 and 1.0 differ in type but compare by value. */
bool json_equal(const struct json *a, const struct json *b) JSON_SYMBOL(json_equal);
double json_number(const struct json *j); /* JSON_INT or JSON_REAL; else 0 */

/* Changing (owner of the arena only). The value must not be in another tree. */
void json_set(struct arena *a, struct json *obj, struct str key,
              struct json *value);                                   /* replaces or appends; key borrowed */
void json_add(struct json *obj, struct str key, struct json *value); /* appends what the object does not have: O(1) */
bool json_del(struct json *obj, struct str key);
void json_push(struct json *arr, struct json *value);
void json_insert(struct json *arr, size_t index, struct json *value);         /* index <= count */
void json_remove(struct json *parent, struct json *child);                    /* O(children) */
void json_replace(struct json *parent, struct json *old, struct json *value); /* keeps place and key */
void json_sort_keys(struct json *obj);                                        /* byte order, this level only */
typedef int json_order_fn(struct str a, struct str b);                        /* < 0: a before b, as str_cmp */
void json_sort_by(struct json *obj, json_order_fn *order);                    /* stable */

#endif
