/* conversion.h - has a kind's webhook make the forms of items that somebody wants in another version (watch/item.h).
 *
 * Calls run on a bounded pool of their own; a request that needs one lies suspended meanwhile. A failure is told in
 * upstream's words, which it gives no status of its own: 500. */
#ifndef APISERVER_CRD_CONVERSION_H
#define APISERVER_CRD_CONVERSION_H

#include "apiserver/http/request.h"
#include "apiserver/watch/item.h"

/* error NULL: all forms are there. Else it lives until the function returns. On a thread of the pool, or the
 * caller's. */
typedef void conversion_done_fn(void *arg, const char *error);

/* True: nothing has to be made, and done is never called. Items are referenced. Any thread. */
bool conversion_begin(struct item *const *items, size_t n, const struct api_resource *res, conversion_done_fn *done,
                      void *arg) MUST_USE;

/* The same for a request: false: it is given away, and `then` runs on a worker; *error (NULL: none) is in its arena. */
bool conversion_await(struct request *r, struct item *const *items, size_t n, const struct api_resource *res,
                      const char **error, void (*then)(struct request *r)) MUST_USE;

/* Ends what is under way, with errors. Before the workers go. */
void conversion_stop(void);

#endif
