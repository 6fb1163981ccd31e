/* ws.h - WebSocket (RFC 6455) as the server sees it: what a request asks for, the answer to its key, the headers of
 * outgoing frames, and the frames that a client sends. Pure; stream.c moves the bytes. Thread: any. */
#ifndef APISERVER_HTTP_WS_H
#define APISERVER_HTTP_WS_H

#include "apiserver/http/request.h"

enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };
enum ws_status { WS_NORMAL = 1000, WS_PROTOCOL_ERROR = 1002, WS_TOO_BIG = 1009 };

enum {
    WS_HEADER_MAX = 10,   /* of a frame that is not masked: the server's */
    WS_CONTROL_MAX = 125, /* payload of ping, pong and close */
    WS_ACCEPT_MAX = 28 + 1,
};

/* Does r want to become a WebSocket? (Upgrade and Connection; the rest is ws_handshake's.) */
bool ws_wanted(const struct request *r);

struct ws_handshake {
    int code;                   /* 101, or of the refusal */
    const char *why;            /* the refusal's body, may be "" */
    char accept[WS_ACCEPT_MAX]; /* Sec-WebSocket-Accept */
    struct str protocol;        /* to be echoed; STR_NULL: none */
};
/* Judges the handshake as upstream does (golang.org/x/net/websocket): a key, version 13, an Origin, one subprotocol
 * at most (the one that carries a bearer token does not count). */
struct ws_handshake ws_handshake(const struct request *r);

/* The bearer token that a browser, which can set no headers, sends as a subprotocol, decoded; STR_NULL: there is none.
 * False: there is one and it is wrong, or stands alone. Upstream: pkg/authentication/request/websocket. */
bool ws_bearer_token(struct request *r, struct str *token) MUST_USE;

/* Header of a whole message of n bytes in one frame; returns its length. */
size_t ws_header(unsigned char out[WS_HEADER_MAX], enum ws_opcode op, uint64_t n);

/* ---- What a client sends ---- */

struct ws_reader { /* zero: at the beginning */
    unsigned char head[14];
    uint8_t head_n;
    bool in_payload, in_message; /* in_message: fragments follow */
    uint64_t left;               /* of the payload */
    uint64_t message;            /* bytes of the present message so far */
    uint8_t mask_at;
    unsigned char control[WS_CONTROL_MAX];
    uint8_t control_n;
};

enum ws_event { WS_NEED_MORE, WS_GOT_PING, WS_GOT_CLOSE, WS_BAD };

/* Reads from *bytes on and takes what it used off it. Data and pongs are passed over: nobody has anything to say on a
 * watch. WS_GOT_PING, WS_GOT_CLOSE: the payload is in control, control_n, until the next call. WS_BAD: *status says how
 * the connection must be closed; do not call again. */
enum ws_event ws_read(struct ws_reader *w, struct str *bytes, enum ws_status *status);

#endif
