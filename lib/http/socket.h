/* socket.h - a connection to another server as bytes: for what is no HTTP any more once it was upgraded. Blocks only in
 * http_socket_open. One thread at a time. */
#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H

#include "relay.h"

#include <sys/types.h>

struct http_socket;
/* Connects where a call with the same tls, url, connect_to and address would, TLS included; the rest of rq is of no
 * concern. Blocks, HTTP_CONNECT_MS at most. NULL: *e has the words of Go's net. */
struct http_socket *http_socket_open(const struct http_call_request *rq, struct err *e) MUST_USE;
void http_socket_close(struct http_socket *s);
int http_socket_fd(
    const struct http_socket *s); /* for poll; TLS may hold bytes that it does not tell of: read to the end */
/* > 0: so many bytes. 0: not now. -1: the connection has ended. What was not written is offered again, unchanged. */
ssize_t http_socket_read(struct http_socket *s, char *p, size_t n);
ssize_t http_socket_write(struct http_socket *s, struct str bytes);

#endif
