/* fresh.h - reads of a revision that is still to come. They own no thread: the request lies here, suspended, until the
 * cache has reached its revision, or for as long as upstream waits (3 s), and then goes on on a worker.
 * At most FRESH_WAITS_MAX wait at a time; whoever comes beyond that goes on at once and is told that it is too early.
 */
#ifndef APISERVER_WATCH_FRESH_H
#define APISERVER_WATCH_FRESH_H

#include "apiserver/http/request.h"

/* Any thread that owns r. True: nothing to wait for. False: r was given away; then(r) follows, whether cache_rev() has
 * reached rev or not. */
bool fresh_wait(struct request *r, uint64_t rev, void (*then)(struct request *r)) MUST_USE;
void fresh_wake(void); /* cache.c: the cache has advanced (any thread) */
void fresh_end(void);  /* after stream_shutdown: all go on now, and without the stream thread nobody waits any more */
size_t fresh_count(void);

#endif
