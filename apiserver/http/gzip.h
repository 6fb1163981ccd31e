/* gzip.h - long answers, compressed for clients that take it. */
#ifndef APISERVER_HTTP_GZIP_H
#define APISERVER_HTTP_GZIP_H

#include "apiserver/http/request.h"

enum { GZIP_MIN = 128 << 10 }; /* upstream: a shorter answer is not worth it */

bool gzip_accepted(struct str accept_encoding);
/* Compresses r->resp.body and says so in the headers. Some 10 ms per MB: not on a thread that serves others. */
void gzip_response(struct request *r);

#endif
