/* ws.c - WebSocket handshakes and frames (ws.h).
 * Reads: requests' headers, bytes of clients.   Writes: its results.
 * Source: RFC 6455 sections 4.2, 5; golang.org/x/net/websocket for what upstream answers to a bad handshake. */
#include "apiserver/http/ws.h"

#include "base/base64.h"

#include <gnutls/crypto.h>
#include <strings.h>

enum { MESSAGE_MAX = 32 << 20 /* as upstream's library */, KEY_MAX = 256 };

/* ---- Handshake ---- */

static bool has_word(struct str s, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.n; i++)
        if (strncasecmp(s.p + i, word, n) == 0) return true;
    return false;
}

bool ws_wanted(const struct request *r)
{
    static const char name[] = "websocket";
    struct str upgrade = request_header(r, "Upgrade");
    return upgrade.n == sizeof name - 1 && strncasecmp(upgrade.p, name, upgrade.n) == 0 &&
           has_word(request_header(r, "Connection"), "upgrade");
}

/* What Go's url.ParseRequestURI takes for an address: a path, or something with a scheme. */
static bool is_uri(struct str s)
{
    if (s.n && (s.p[0] == '/' || str_eqc(s, "*"))) return true;
    for (size_t i = 0; i < s.n; i++) {
        char c = (char)(s.p[i] | 0x20);
        if (c >= 'a' && c <= 'z') continue;
        if (i == 0) return false;
        if (s.p[i] == ':') return true;
        if (!memchr("0123456789+-.", s.p[i], 13)) return false;
    }
    return false;
}

static bool accept_of(struct str key, char out[WS_ACCEPT_MAX])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_MAX + sizeof guid];
    unsigned char sum[20];
    if (key.n > KEY_MAX) return false;
    memcpy(text, key.p, key.n);
    memcpy(text + key.n, guid, sizeof guid - 1);
    if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text, key.n + sizeof guid - 1, sum) < 0) return false;
    struct buf b AUTO_BUF = {0};
    buf_init(&b, WS_ACCEPT_MAX);
    base64_add(&b, str_n((const char *)sum, sizeof sum));
    memcpy(out, b.p, b.n);
    out[b.n] = '\0';
    return true;
}

static const char bearer_prefix[] = "base64url.bearer.authorization.k8s.io.";

/* Subprotocols but the one with a token; *only is one of them. */
static int count_protocols(const struct request *r, struct str *only, struct str *token, int *tokens)
{
    struct str rest = request_header(r, "Sec-WebSocket-Protocol");
    int count = 0;
    *only = *token = STR_NULL;
    *tokens = 0;
    if (!str_trim(rest).n) return 0;
    while (!str_is_null(rest)) {
        struct str one = str_trim(str_cut(rest, ',', &rest));
        if (str_starts(one, STR(bearer_prefix))) {
            *token = str_from(one, sizeof bearer_prefix - 1);
            ++*tokens;
        } else {
            *only = one;
            count++;
        }
    }
    return count;
}

struct ws_handshake ws_handshake(const struct request *r)
{
    struct ws_handshake h = {.code = 101, .why = "", .protocol = STR_NULL};
    struct str key = request_header(r, "Sec-WebSocket-Key"), token;
    int tokens;
    if (!key.n || !accept_of(key, h.accept)) {
        h.code = 400;
        h.why = "mismatch challenge/response";
    } else if (!str_eqc(request_header(r, "Sec-WebSocket-Version"), "13")) {
        h.code = 400;
        h.why = "missing or bad WebSocket Version";
    } else if (!is_uri(request_header(r, "Origin"))) {
        h.code = 403;
    } else if (count_protocols(r, &h.protocol, &token, &tokens) > 1) {
        h.code = 400;
    }
    return h;
}

bool ws_bearer_token(struct request *r, struct str *token)
{
    struct str encoded, other;
    size_t bad_at;
    int tokens;
    *token = STR_NULL;
    if (!ws_wanted(r)) return true;
    int others = count_protocols(r, &other, &encoded, &tokens);
    if (!tokens) return true;
    if (tokens > 1 || !base64url_read(&r->arena, encoded, token, &bad_at) || !str_is_utf8(*token)) return false;
    if (!token->n) *token = STR_NULL;
    return !token->n || others > 0;
}

/* ---- Frames ---- */

size_t ws_header(unsigned char out[WS_HEADER_MAX], enum ws_opcode op, uint64_t n)
{
    size_t bytes = n <= WS_CONTROL_MAX ? 0 : n <= UINT16_MAX ? 2 : 8;
    out[0] = (unsigned char)(0x80 | op);
    out[1] = (unsigned char)(bytes == 0 ? n : bytes == 2 ? 126 : 127);
    for (size_t i = 0; i < bytes; i++) out[2 + i] = (unsigned char)(n >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

/* Length of a header whose first two bytes are here. */
static size_t header_size(const unsigned char *h)
{
    unsigned n = h[1] & 0x7f;
    return 2u + (n == 126 ? 2 : n == 127 ? 8 : 0) + 4;
}

static bool is_control(unsigned op) { return op & 8; }

/* The first two bytes: what can be said before the length is known. */
static bool good_start(const struct ws_reader *w)
{
    unsigned op = w->head[0] & 0x0f, n = w->head[1] & 0x7f;
    bool fin = w->head[0] & 0x80, masked = w->head[1] & 0x80;
    if ((w->head[0] & 0x70) || !masked) return false;
    if (is_control(op)) return op <= WS_PONG && fin && n <= WS_CONTROL_MAX;
    return op <= WS_BINARY && (op == WS_CONTINUATION) == w->in_message;
}

/* The header is here. */
static enum ws_event begin_frame(struct ws_reader *w, enum ws_status *status)
{
    unsigned n = w->head[1] & 0x7f, bytes = n == 126 ? 2 : n == 127 ? 8 : 0;
    w->left = bytes ? 0 : n;
    for (unsigned i = 0; i < bytes; i++) w->left = w->left << 8 | w->head[2 + i];
    bool shortest = bytes == 0 || (bytes == 2 ? w->left > WS_CONTROL_MAX : w->left > UINT16_MAX);
    bool data = !is_control(w->head[0] & 0x0f), fits = !data || w->left <= MESSAGE_MAX - w->message;
    if (!shortest || w->left >> 63 || !fits) {
        *status = !shortest || w->left >> 63 ? WS_PROTOCOL_ERROR : WS_TOO_BIG;
        return WS_BAD;
    }
    if (data) w->message += w->left;
    w->in_payload = true;
    w->control_n = 0;
    w->mask_at = 0;
    return WS_NEED_MORE;
}

static void take_payload(struct ws_reader *w, struct str *bytes)
{
    size_t n = MIN((uint64_t)bytes->n, w->left);
    if (is_control(w->head[0] & 0x0f)) {
        const unsigned char *mask = w->head + w->head_n - 4;
        for (size_t i = 0; i < n; i++) w->control[w->control_n++] = (unsigned char)bytes->p[i] ^ mask[w->mask_at++ & 3];
    }
    w->left -= n;
    *bytes = str_from(*bytes, n);
}

static enum ws_event end_frame(struct ws_reader *w, enum ws_status *status)
{
    unsigned op = w->head[0] & 0x0f;
    w->in_payload = false;
    w->head_n = 0;
    if (op == WS_PING) return WS_GOT_PING;
    if (op == WS_CLOSE) {
        if (w->control_n != 1) return WS_GOT_CLOSE;
        *status = WS_PROTOCOL_ERROR; /* half a status */
        return WS_BAD;
    }
    if (op == WS_PONG) return WS_NEED_MORE;
    w->in_message = !(w->head[0] & 0x80);
    if (!w->in_message) w->message = 0;
    return WS_NEED_MORE;
}

enum ws_event ws_read(struct ws_reader *w, struct str *bytes, enum ws_status *status)
{
    *status = WS_NORMAL;
    while (bytes->n || (w->in_payload && !w->left)) {
        enum ws_event ev = WS_NEED_MORE;
        if (w->in_payload) {
            take_payload(w, bytes);
            if (!w->left) ev = end_frame(w, status);
        } else {
            w->head[w->head_n++] = (unsigned char)bytes->p[0];
            *bytes = str_from(*bytes, 1);
            if (w->head_n == 2 && !good_start(w)) {
                *status = WS_PROTOCOL_ERROR;
                return WS_BAD;
            }
            if (w->head_n >= 2 && w->head_n == header_size(w->head)) ev = begin_frame(w, status);
        }
        if (ev != WS_NEED_MORE) return ev;
    }
    return WS_NEED_MORE;
}
