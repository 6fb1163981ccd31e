/* conn.h - one libcurl connection lent to one request or stream at a time. Private to lib/http. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "http.h"
#include "limits.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

struct conn {
    struct http *h;
    struct conn *next, *prev;  /* h->lock: the idle or the busy list */
    CURLM *multi;              /* of its own: holds the one connection, and curl_multi_wakeup ends a wait */
    CURL *easy;                /* every option that never changes is set at birth */
    _Atomic bool cancelled;    /* any thread; the transfer ends with ERR_CLOSED */
    struct http_response *out; /* of the request under way */
    struct buf *stream;        /* where the body of a 200 goes instead of out->body; NULL: a plain request */
    size_t header_bytes;
    bool header_done, too_large, added;
    CURLcode result; /* once done */
    bool done;
    struct curl_slist headers[HTTP_REQUEST_HEADERS_MAX];
    struct buf url;
    char why[CURL_ERROR_SIZE];
};

struct http {
    char *base; /* scheme://host[:port][/prefix], no slash at the end */
    bool insecure, loopback;
    int ca_fd, cert_fd, key_fd; /* memfds: this libcurl reads PEM from files only; nothing is left on disk */
    char ca_path[32], cert_path[32], key_path[32];
    struct curl_slist *connect_to; /* when TLS names another server than the URL */
    pthread_mutex_t lock;          /* covers what follows */
    pthread_cond_t aborted;
    struct conn *idle, *busy;
    int idle_count;
    bool closed;
};

/* NULL: ERR_CLOSED. Sets up the request; the transfer is under way. out is cleared. */
struct conn *conn_begin(struct http *h, const struct http_request *rq, struct http_response *out, struct buf *stream,
                        struct err *e) MUST_USE;
/* Moves the transfer on, then waits until something happens or deadline_ns passed. False: *e is ERR_TIMEOUT or
 * ERR_CLOSED (cancelled). */
bool conn_step(struct conn *c, int64_t deadline_ns, struct err *e) MUST_USE;
bool conn_failed(const struct conn *c, struct err *e); /* done and not well: true and *e */
void conn_end(struct conn *c); /* back to the pool; a transfer that is still under way is broken off */
void conn_free(struct conn *c);

void http_global_init(void); /* libcurl's own; any thread, any number of times */

/* For relay.c and socket.c, which have no conn. Options that are the same for all requests to h. */
void conn_options(CURL *easy, const struct http *h);
void conn_set_method(CURL *easy, const char *method, struct str body); /* body lives as long as the transfer */
enum err_code conn_code(CURLcode result);                              /* of a result that is not CURLE_OK */
/* The same as an error in the words of Go's net/http, as far as they are known. why: CURLOPT_ERRORBUFFER. */
void conn_explain(CURL *easy, CURLcode result, const char *why, const char *address, struct err *e);

#endif
