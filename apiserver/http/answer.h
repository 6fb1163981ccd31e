/* answer.h - the beginning of a server's answer, and where its body ends, for who passes both on as they come. Pure. */
#ifndef APISERVER_HTTP_ANSWER_H
#define APISERVER_HTTP_ANSWER_H

#include "base/err.h"
#include "base/str.h"

struct answer_head {
    size_t n; /* bytes, the empty line included; 0: it is not whole yet */
    int status;
    bool chunked;
    int64_t length; /* Content-Length; -1: none */
};
/* seen: so many of the bytes were looked at before, and the head was not whole. False: it is no HTTP, *e in the words
 * of Go's net/http. */
bool answer_head_read(struct str bytes, size_t seen, struct answer_head *out, struct err *e) MUST_USE;

struct answer_body { /* where a body ends */
    bool chunked;
    int64_t left; /* of the body or of the present chunk; -1: up to the end of the connection */
    uint8_t state;
    uint8_t line; /* bytes of the present line, up to a few */
};
void answer_body_begin(struct answer_body *b, const struct answer_head *h);
bool answer_body_ended(struct answer_body *b, struct str bytes); /* the next bytes; true: it has ended with them */

#endif
