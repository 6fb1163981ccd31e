/* feed.h - a response that another thread writes as it comes: a bounded queue between a writer and the stream thread.
 * The writer is any one thread at a time. */
#ifndef APISERVER_HTTP_FEED_H
#define APISERVER_HTTP_FEED_H

#include "apiserver/http/stream.h"

struct feed;
struct feed_ops {            /* called on the stream thread, under no lock */
    void (*room)(void *arg); /* the queue is empty; once after each feed_write that was refused */
    void (*left)(void *arg); /* the stream is over: all was sent, or the client is gone. The last call */
};

/* Begins the response as stream_start does; max: bytes behind which feed_write refuses. */
struct feed *feed_start(struct request *r, const char *content_type, size_t max, const struct feed_ops *ops, void *arg);
/* All of it is taken, though it may be more than max; or false: so much waits already, and nothing was taken. What
 * comes behind `left` is dropped. */
bool feed_write(struct feed *f, struct str bytes);
/* The writer's last call, exactly once. whole false: the client will see that the response is not. */
void feed_end(struct feed *f, bool whole);

#endif
