/* stream.h - long-lived responses (watch, control streams). The connection's fd and TLS session
 * are taken from libmicrohttpd and driven by one epoll thread of ours (LIMITS.md 1c.3: its own
 * upgrade over TLS is unusable, resuming costs O(suspended)). Chunked encoding, non-blocking.
 *
 * Everything here runs on the stream thread unless said otherwise, so streams need no locks. */
#ifndef APISERVER_HTTP_STREAM_H
#define APISERVER_HTTP_STREAM_H

#include "apiserver/http/request.h"

struct stream;

struct stream_ops {
    /* There is room: append with stream_write until stream_full or nothing is left. Called after
     * stream_start, after every stream_kick and whenever the peer took what was queued. */
    void (*fill)(struct stream *s, void *arg);
    /* The stream is gone (peer left, stream_end, shutdown); free arg. Last call. */
    void (*closed)(struct stream *s, void *arg);
    /* Of stream_start_raw alone: bytes of the client, taken. False: no more before stream_listen. */
    bool (*hear)(struct stream *s, struct str bytes, void *arg);
};

/* Any thread; the request must not have been finished. Sends resp.code (0: 200), content_type and
 * resp.headers.
 * From then on the stream owns the request (its arena lives until closed). */
void stream_start(struct request *r, const char *content_type, const struct stream_ops *ops, void *arg);

struct stream_socket {   /* how a stream becomes a WebSocket */
    const char *accept;  /* Sec-WebSocket-Accept */
    struct str protocol; /* STR_NULL: none */
    bool binary;         /* messages are binary, not text */
    uint32_t skip;       /* bytes at the beginning of each blob that only a plain stream needs */
};
/* The same with status 101: each blob is sent as one message, and the client's pings and its close are answered. What
 * ws points to must live until the call returns. */
void stream_start_socket(struct request *r, const struct stream_socket *ws, const struct stream_ops *ops, void *arg);

/* The connection itself, after an upgrade: `head` is sent as it is, then what is written, without any frame; what the
 * client sends is told to ops->hear, and its end is the stream's. */
void stream_start_raw(struct request *r, struct str head, const struct stream_ops *ops, void *arg);
void stream_listen(struct stream *s); /* after hear said false */

struct request *stream_request(struct stream *s);
void stream_write(struct stream *s, struct str bytes);          /* queued; bounded by STREAM_QUEUE_MAX, but for a
                                                                   message that comes while little waits */
void stream_write_blob(struct stream *s, const struct blob *b); /* takes a reference, no copy until TLS */
bool stream_full(const struct stream *s);                       /* stop filling; fill comes again */
void stream_kick(struct stream *s);                             /* fill soon (stream thread) */
void stream_end(struct stream *s);                              /* after what is queued: last chunk, close */
void stream_abort(struct stream *s);                            /* cut: the client sees that it is not whole */
/* Called (stream thread) once everything written so far was handed to TLS; with s NULL, before ops->closed, if the
 * stream ends first. */
void stream_on_flushed(struct stream *s, void (*fn)(struct stream *s, void *arg), void *arg);

/* From any thread: runs fn(arg) on the stream thread soon, in order of posting. False: the thread does not run, fn will
 * not be called. */
bool stream_post(void (*fn)(void *arg), void *arg);
/* Stream thread: fn(arg) at mono time; one-shot; returns an id for stream_cancel_at. */
uint64_t stream_at(int64_t mono_due_ns, void (*fn)(void *arg), void *arg);
void stream_cancel_at(uint64_t id);

void stream_init(void);     /* starts the thread */
void stream_shutdown(void); /* ends every stream, joins; before server_stop */
size_t stream_count(void);

#endif
