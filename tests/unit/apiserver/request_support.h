/* request_support.h - a request without a connection, for tests of rest/. */
#ifndef UNIT_APISERVER_REQUEST_SUPPORT_H
#define UNIT_APISERVER_REQUEST_SUPPORT_H

#include "apiserver/http/conn.h"
#include "apiserver/rest/rest.h"
#include "check_main.h"

#include <stdlib.h>

static struct header test_headers[8];

/* uri with query; header pairs end with NULL. Free with request_end. */
static inline struct request *request_begin(const char *method, const char *uri, ...)
{
    struct exchange *x = exchange_new(uri);
    const char *why = NULL;
    va_list ap;
    x->r.method = str_of(method);
    ck_assert(query_decode(&x->r, &why));
    x->headers = test_headers;
    va_start(ap, uri);
    for (const char *name; (name = va_arg(ap, const char *)); x->nheaders++)
        test_headers[x->nheaders] = (struct header){name, va_arg(ap, const char *)};
    va_end(ap);
    x->r.accept.as_version = "v1";
    return &x->r;
}

static inline void request_end(struct request *r) { exchange_unref(exchange_of(r)); }

/* NULL: there is none. */
static inline const char *header_of(const struct request *r, const char *name)
{
    for (int i = 0; i < r->resp.nheaders; i++)
        if (strcmp(r->resp.headers[i].name, name) == 0) return r->resp.headers[i].value;
    return NULL;
}

static inline const char *response_text(struct request *r) { return r->resp.body.p ? r->resp.body.p : ""; }

#endif
