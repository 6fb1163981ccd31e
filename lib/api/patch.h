/* patch.h - JSON patch (RFC 6902), JSON merge patch (RFC 7396), strategic merge patch.
 * All work on trees in the caller's arena; the target is changed in place and
 * is to be normalised with api_decode afterwards. The patch is only read and
 * may be applied again. After an error the target is of no use. */
#ifndef API_PATCH_H
#define API_PATCH_H

#include "base/json.h"
#include "schema.h"

/* Upstream's bounds: maxJSONPatchOperations, JSONPatchMaxCopyBytes. */
enum { PATCH_OPS_MAX = 10000, PATCH_COPY_BYTES_MAX = 3 * 1024 * 1024 };

/* ERR_BAD_REQUEST (not a patch), ERR_INVALID (test failed or path missing: upstream answers 422), ERR_TOO_LARGE (too
 * many operations). In the words of evanphx/json-patch v4. */
bool patch_json(struct arena *a, struct json **target, const struct json *ops, struct err *e) MUST_USE;
void patch_merge(struct arena *a, struct json **target, const struct json *patch);
/* All directives ($patch, $setElementOrder/, $retainKeys, $deleteFromPrimitiveList/); t gives merge keys.
 * ERR_BAD_REQUEST (a directive of the wrong form), ERR_INVALID (lists of lists), ERR_INTERNAL (what upstream answers
 * with a 500: a merge key that is missing, an unknown directive). Upstream: apimachinery pkg/util/strategicpatch. */
bool patch_strategic(struct arena *a, const struct api_type *t, struct json *target, const struct json *patch,
                     struct err *e) MUST_USE;
/* What upstream has left of a strategic patch once it was merged into `old`: the text of its refusals. In the arena. */
struct json *patch_strategic_left(struct arena *a, const struct api_type *t, const struct json *old,
                                  const struct json *patch);

#endif
