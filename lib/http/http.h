/* http.h - outgoing HTTP/1.1 over TLS (libcurl): keep-alive connections, bodies in
 * memory, and streamed responses. Used by lib/client, by the apiserver (webhooks,
 * kubelet) and by the etcd store. A struct http may be used by many threads: it
 * lends one connection to each request. Deadlines are real time (mono.h). */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/buf.h"
#include "base/err.h"

struct http_tls { /* all texts are PEM; NULL: not used */
    const char *ca_pem, *cert_pem, *key_pem;
    const char *server_name; /* NULL: from the URL */
    bool insecure;
};

struct http; /* a pool of connections to one base URL */
struct http *http_new(const char *base_url, const struct http_tls *tls, struct err *e) MUST_USE;
void http_free(struct http *h); /* no request may be under way */

struct http_request {
    const char *method;
    const char *path;           /* with query, percent-encoded */
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    struct str body;            /* STR_NULL: none */
    int64_t timeout_ms;         /* whole request; for streams: until the response's header; 0: 30 s */
};

struct http_response {
    int status;
    struct buf body; /* bounded by HTTP_BODY_MAX */
    char content_type[128];
    char retry_after[16];
    char audit_id[64];
    char warning[1024]; /* Warning headers, newline-separated, cut */
};

enum {
    HTTP_BODY_MAX = 512 << 20,     /* a list of 150,000 pods */
    HTTP_REQUEST_HEADERS_MAX = 24, /* NULL included; more is an error */
};

void http_response_init(struct http_response *r);
void http_response_release(struct http_response *r);
/* False: no response (ERR_UNAVAILABLE refused or reset, ERR_TIMEOUT, ERR_IO TLS). Any status is a success here. */
bool http_do(struct http *h, const struct http_request *rq, struct http_response *out, struct err *e) MUST_USE;

/* Any thread: requests and streams that are under way end with ERR_CLOSED. After http_abort later ones do, too. */
void http_interrupt(struct http *h);
void http_abort(struct http *h);
bool http_wait(struct http *h, int64_t ms); /* a real pause before trying again; false: http_abort ended it */

/* A response that is read as it comes (watch, log -f). */
struct http_stream;
/* status != 200: the body is in *out as by http_do and NULL is returned with e->code from the status. */
struct http_stream *http_open(struct http *h, const struct http_request *rq, struct http_response *out,
                              struct err *e) MUST_USE;
/* Blocks for the next line (without \n), valid until the next call. 1 a line, 0 end of stream, -1 error or
 * http_stream_cancel. deadline_ns as mono_ns(), INT64_MAX: none; -2: deadline passed. */
int http_stream_line(struct http_stream *s, struct str *line, int64_t deadline_ns, struct err *e) MUST_USE;
void http_stream_cancel(struct http_stream *s); /* from any thread: wakes the reader */
void http_stream_close(struct http_stream *s);  /* by the reader */

#endif
