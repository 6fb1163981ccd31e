/* relay.h - many outgoing requests at a time on one thread: for a proxy, whose requests may last for hours and must
 * own no thread. Everything here happens on that thread (the callbacks too) unless said otherwise. */
#ifndef HTTP_RELAY_H
#define HTTP_RELAY_H

#include "http.h"

struct http_relay; /* a thread with the requests that are under way and timers */
struct http_relay *http_relay_new(const char *name);
/* Any other thread: calls that are under way are told ERR_CLOSED, what was posted is run, the thread ends. */
void http_relay_stop(struct http_relay *y);
void http_relay_free(struct http_relay *y); /* behind http_relay_stop, when nobody posts any more */
/* Any thread: fn(arg) soon, in order of posting. False: the thread has ended, fn will not be called. */
bool http_relay_post(struct http_relay *y, void (*fn)(void *arg), void *arg);

struct http_timer; /* fn(arg) once, at a mono time; freed when it has fired or was cancelled */
struct http_timer *http_relay_at(struct http_relay *y, int64_t mono_due_ns, void (*fn)(void *arg), void *arg);
void http_relay_cancel(struct http_relay *y, struct http_timer *t); /* NULL: nothing */

struct http_call;
struct http_call_ops {
    void (*header)(void *arg, struct str name, struct str value);
    void (*head)(void *arg, int status); /* all headers of the final response were told */
    /* False: there is no room; the same bytes are told again after http_call_resume. */
    bool (*body)(void *arg, struct str bytes);
    /* The last callback. e NULL: the response is whole. Else its text is in the words of Go's net/http, as far as
     * they are known. */
    void (*done)(void *arg, const struct err *e);
};

struct http_call_request {
    const struct http *tls; /* who we are and whom we trust; lives longer than the call. Its URL does not matter */
    const char *method, *url;
    const char *connect_to;     /* HOST:PORT:ADDRESS:PORT, where the URL's host really is; NULL: where it says */
    const char *address;        /* ADDRESS:PORT for error texts */
    const char *const *headers; /* "Name: value", NULL-terminated */
    struct str body;            /* all texts, headers and body: borrowed until done or http_call_cancel */
    int64_t timeout_ms;         /* of the whole; 0: none */
};

/* One call has HTTP_HEADER_BYTES_MAX of headers at most. */
struct http_call *http_call_start(struct http_relay *y, const struct http_call_request *rq,
                                  const struct http_call_ops *ops, void *arg);
void http_call_resume(struct http_call *c);
void http_call_cancel(struct http_call *c); /* no callback follows. Not from within a callback */

#endif
