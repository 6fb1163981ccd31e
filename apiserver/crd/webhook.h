/* webhook.h - the server that converts a kind's objects. A call blocks: on threads of conversion.c's pool alone. */
#ifndef APISERVER_CRD_WEBHOOK_H
#define APISERVER_CRD_WEBHOOK_H

#include "base/err.h"
#include "base/json.h"

struct webhook;

/* From spec.conversion of a definition; texts are copied. NULL: objects of this kind are not sent anywhere. */
struct webhook *webhook_new(const struct json *conversion);
void webhook_free(struct webhook *h); /* nobody calls; NULL is fine */

/* The version of ConversionReview that it is asked in; NULL: none that we know. */
const char *webhook_review_version(const struct webhook *h);
/* POST; the body of its answer is in the arena. False: *why is what Go's client would say, in the arena. */
bool webhook_post(struct webhook *h, struct arena *a, struct str body, struct str *answer, const char **why) MUST_USE;

/* Ends calls that are under way, and all later ones. */
void webhooks_stop(void);

#endif
