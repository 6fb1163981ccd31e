/* patch_strategic.h - what the two halves of strategic merge share: maps (patch_strategic.c), lists (patch_list.c). */
#ifndef API_PATCH_STRATEGIC_H
#define API_PATCH_STRATEGIC_H

#include "base/json.h"
#include "schema.h"

struct strategic {
    struct arena *arena;
    struct err *e;
};

/* What the schema says about the lists and maps at one place. */
struct patch_meta {
    const char *kind;            /* Go's kind of the value, or of a list's items: "struct", "map", "string" */
    const struct api_type *type; /* of a struct; NULL: nothing is known of its fields */
    const char *merge_key;       /* NULL: none */
    bool merge, replace;         /* patchStrategy */
};

#define DIRECTIVE     "$patch"
#define DELETE_PREFIX "$deleteFromPrimitiveList"
#define ORDER_PREFIX  "$setElementOrder"
#define RETAIN_KEYS   "$retainKeys"

/* Merges a patch into an object; `patch` is not changed, the target is. */
bool strategic_map(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch);
/* Merges into a list by the field's strategy; `deletes`: the patch lists scalars to take out. */
bool strategic_list(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch,
                    bool deletes);
/* $setElementOrder: merges `patch` into `target` (either may be NULL, not both) and puts the result into the order the
 * directive asks for; *out is the list. */
bool strategic_ordered(struct strategic *s, const struct patch_meta *m, struct json *target, const struct json *patch,
                       const struct json *order, struct json **out);

/* What the schema says of a member of a map. */
bool strategic_look_up(struct strategic *s, const struct patch_meta *parent, struct str key, struct patch_meta *out);

/* What is left of a patch that was merged into `old`, for errors. */
struct json *strategic_left(struct strategic *s, const struct patch_meta *m, const struct json *old,
                            const struct json *patch);

/* A copy without directives and without nulls, as it enters the target; NULL when it is a directive itself. */
struct json *strategic_clean_copy(struct strategic *s, const struct json *j);
bool strategic_same_type(const struct json *a, const struct json *b); /* as Go's decoder types them */

/* Errors in upstream's words; all return false. */
bool strategic_fail(struct strategic *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool strategic_fail_value(struct strategic *s, const char *before, const struct json *j, const char *after);
bool strategic_fail_type(struct strategic *s, const char *expected, const struct json *got);
bool strategic_fail_directive(struct strategic *s, const struct json *directive, const struct json *map);

#endif
