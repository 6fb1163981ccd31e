/* conn.h - http/'s own view of a connection and of the exchange (request and response) on it.
 *
 * An exchange has two owners: libmicrohttpd's connection (until NOTIFY_COMPLETED) and whoever works on
 * the request (from on_request until request_finish, or until its stream is closed). Each holds a reference,
 * so that a server that stops can answer 503 without waiting for the worker.
 *
 * Only the connection's epoll thread suspends; `state` decides who resumes:
 *   READING -> RUNNING -> DONE                      finished inside on_request: queued on the spot
 *              RUNNING -> SUSPENDED -> DONE         request_finish resumes
 *              RUNNING|SUSPENDED -> STREAM -> OVER  stream.c drives the descriptor, then resumes to close
 *                         SUSPENDED -> ABANDONED    server_stop answers; request_finish only drops its reference */
#ifndef APISERVER_HTTP_CONN_H
#define APISERVER_HTTP_CONN_H

#include "apiserver/http/loop.h"
#include "apiserver/http/server.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <stdatomic.h>

enum { AUDIT_ID_MAX = 64 };

enum exchange_state { EX_READING, EX_RUNNING, EX_SUSPENDED, EX_DONE, EX_STREAM, EX_OVER, EX_ABANDONED };

struct stream;

struct http_conn { /* one TCP connection; lives from NOTIFY_CONNECTION's start to its end and one turn of the loop */
    _Atomic uint32_t refs;
    struct server *server;
    struct MHD_Connection *mhd; /* valid while an exchange on it is not completed */
    int fd;
    gnutls_session_t tls;
    struct loop_io io;        /* hang-ups, and all of a stream's events */
    struct stream *stream;    /* loop thread only */
    _Atomic bool gone;        /* the peer hung up */
    pthread_mutex_t lock;     /* current */
    struct exchange *current; /* from on_request to NOTIFY_COMPLETED */
    struct handshake {
        bool over;        /* epoll thread: the client's Finished came */
        bool waiting;     /* in handshake.c's list and suspended; its lock */
        int64_t since_ns; /* waiting for the client's next bytes */
        struct http_conn *prev, *next;
    } hs;
    bool cert_checked, bad_cert, front_proxy; /* epoll thread; written before the first on_request */
    struct arena identity;                    /* texts below */
    struct str cn, orgs[16];
    int norgs;
};

struct exchange {
    struct request r; /* first: a struct request * is a struct exchange * */
    _Atomic uint32_t refs;
    _Atomic int state;
    _Atomic bool done_told;
    struct exchange *prev, *next; /* server's list of suspended ones; its lock */
    struct stream *stream;        /* from stream_start to its end */
    struct buf body;
    size_t dropped;         /* bytes of a too large body that were read and thrown away */
    struct header *headers; /* in the arena: readable even when the connection is gone */
    int nheaders;
    bool prepared; /* method and headers were taken over */
    bool head, http10;
    char audit_id[AUDIT_ID_MAX + 1];
};

static inline struct exchange *exchange_of(const struct request *r) { return (struct exchange *)r; }

/* conn.c */
struct http_conn *conn_new(struct server *s, struct MHD_Connection *mhd);
void conn_closed(struct http_conn *c); /* libmicrohttpd let go of it */
void conn_unref(struct http_conn *c);
void conn_check_cert(struct http_conn *c); /* once per connection, after the handshake */
struct exchange *exchange_new(const char *raw_uri);
void exchange_unref(struct exchange *x);
void exchange_tell_done(struct exchange *x); /* r->on_done, at most once */

/* server.c */
void server_resume(struct exchange *x); /* any thread that owns the suspended x: lets its epoll thread go on */

bool server_stopping(const struct server *s);
/* Whom certificates are believed; NULL: nobody. */
gnutls_x509_trust_list_t server_client_trust(const struct server *s);
gnutls_x509_trust_list_t server_proxy_trust(const struct server *s);
bool server_may_suspend(struct server *s); /* counts one more suspended connection; false: the server stops */
void server_resumed(struct server *s);     /* counts one less, after MHD_resume_connection */

/* handshake.c */
void handshake_begin(struct http_conn *c);
bool handshake_go_on(struct http_conn *c);      /* any thread: resumes it if it waits; false: it does not */
void handshake_end_all(const struct server *s); /* the server stops: none waits any more */

/* request.c: r->query -> r->args, as Go's url.ParseQuery (malformed pairs are dropped). False: *why is the reason for a
 * 400. */
bool query_decode(struct request *r, const char **why);

/* stream.c */
void stream_adopt(struct exchange *x); /* the connection is suspended now: begin */
void stream_event(struct stream *s, uint32_t events);
void stream_end_all(const struct server *s); /* asks; each is resumed when it is closed */

#endif
