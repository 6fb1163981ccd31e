/* server.h - HTTPS on libmicrohttpd: turns connections into struct request, and
 * struct response into bytes. Knows nothing of Kubernetes' API.
 *
 * Threads: the daemon's epoll threads read requests and call on_request when the body
 * is complete; they never block. Whoever finishes a request (any thread) calls
 * request_finish; if that did not happen inside on_request the connection was suspended
 * and is resumed now. Long-lived responses are taken over by stream.h. */
#ifndef APISERVER_HTTP_SERVER_H
#define APISERVER_HTTP_SERVER_H

#include "apiserver/http/request.h"

struct tls_identity {
    const char *cert_pem, *key_pem, *client_ca_pem, *proxy_ca_pem; /* CAs of clients, of front proxies; NULL: none */
};

struct server_options {
    int listen_fd;            /* >= 0: already bound and listening; else bind_address:port */
    const char *bind_address; /* "127.0.0.1" */
    uint16_t port;            /* 0: any free one */
    struct tls_identity tls;
    int threads;                           /* epoll threads; 0: one per core */
    void (*on_request)(struct request *r); /* epoll thread; must not block */
};

struct server;
struct server *server_start(const struct server_options *o, struct err *e) MUST_USE;
uint16_t server_port(const struct server *s);
/* No new connections; resumes every suspended connection with 503; ends streams; waits; frees. */
void server_stop(struct server *s);
size_t server_open_requests(const struct server *s);

#endif
