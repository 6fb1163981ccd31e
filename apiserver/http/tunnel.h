/* tunnel.h - a request that is to be upgraded, and then the client's connection and that of another server as one:
 * bytes both ways until either side ends. Upstream: apimachinery pkg/util/proxy/upgradeaware.go (tryUpgrade). */
#ifndef APISERVER_HTTP_TUNNEL_H
#define APISERVER_HTTP_TUNNEL_H

#include "apiserver/http/request.h"
#include "http/socket.h"

struct tunnel_ops { /* called on the stream thread */
    /* The server did not answer as it should, or the client has left: r is to be finished. */
    void (*failed)(struct request *r, const char *why, void *arg);
    void (*over)(void *arg); /* the last call */
};

/* Any thread that owns r; takes over r, its on_done, and the socket, to which `text`, the whole request, is written. A
 * 101 makes the tunnel; from 400 on the server's answer goes to the client as it is; anything else has failed. False:
 * the stream thread does not run: r is still the caller's, the socket is closed, nothing is called. */
bool tunnel_start(struct request *r, struct http_socket *socket, struct str text, const struct tunnel_ops *ops,
                  void *arg) MUST_USE;

#endif
