/* conversion_review.h - what a conversion webhook is asked, and whether its answer will do. Pure: no I/O. Any thread.
 */
#ifndef APISERVER_CRD_CONVERSION_REVIEW_H
#define APISERVER_CRD_CONVERSION_REVIEW_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct conversion_review {
    const char *version;       /* of ConversionReview: "v1" or "v1beta1" */
    const char *uid;           /* of the question */
    const char *desired;       /* "example.com/v2" */
    const char *asked_for;     /* "example.com/v1, Kind=Widget": of the first object, as errors name it */
    struct json *const *asked; /* trees with TypeMeta, without a revision */
    size_t count;
};

void conversion_review_write(struct buf *out, const struct conversion_review *c);
/* The converted objects -> out[c->count], with the metadata that they had but for labels and annotations; made of the
 * answer's nodes. False: *error has upstream's words, in the arena. */
bool conversion_review_read(struct arena *a, const struct conversion_review *c, struct str answer, struct json **out,
                            const char **error) MUST_USE;

#endif
