/* test_ws.c - WebSocket: handshakes as upstream judges them, frame headers, what a client sends, cut anywhere. */
#include "apiserver/http/ws.h"

#include "request_support.h"

#include <stdio.h>

#define KEY  "dGhlIHNhbXBsZSBub25jZQ=="
#define GOOD "Upgrade", "websocket", "Connection", "Upgrade"

START_TEST(test_wanted)
{
    static const struct {
        const char *upgrade, *connection;
        bool wanted;
    } rows[] = {
        {"websocket", "Upgrade", true}, {"WebSocket", "keep-alive, upgrade", true},
        {"websocket", "close", false},  {"websocket", "", false},
        {"SPDY/3.1", "Upgrade", false}, {"websockets", "Upgrade", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r =
            request_begin("GET", "/x", "Upgrade", rows[i].upgrade, "Connection", rows[i].connection, NULL);
        ck_assert_msg(ws_wanted(r) == rows[i].wanted, "%zu", i);
        request_end(r);
    }
}
END_TEST

START_TEST(test_handshake)
{
    static const struct {
        const char *key, *version, *origin, *protocol;
        int code;
        const char *why, *echo;
    } rows[] = {
        {KEY, "13", "https://localhost", "", 101, "", ""},
        {KEY, "13", "https://localhost", "v4.channel.k8s.io", 101, "", "v4.channel.k8s.io"},
        {KEY, "13", "https://localhost", " a ", 101, "", "a"},
        {KEY, "13", "https://localhost", "base64url.bearer.authorization.k8s.io.YQ, a", 101, "", "a"},
        {KEY, "13", "https://localhost", "a,b", 400, "", ""},
        {"", "13", "https://localhost", "", 400, "mismatch challenge/response", ""},
        {KEY, "8", "https://localhost", "", 400, "missing or bad WebSocket Version", ""},
        {KEY, "", "https://localhost", "", 400, "missing or bad WebSocket Version", ""},
        {KEY, "13", "", "", 403, "", ""},
        {KEY, "13", "null", "", 403, "", ""},
        {KEY, "13", "1http://x", "", 403, "", ""},
        {KEY, "13", "http://localhost:8080", "", 101, "", ""},
        {KEY, "13", "/path", "", 101, "", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request *r =
            request_begin("GET", "/x", GOOD, "Sec-WebSocket-Key", rows[i].key, "Sec-WebSocket-Version", rows[i].version,
                          "Origin", rows[i].origin, "Sec-WebSocket-Protocol", rows[i].protocol, NULL);
        struct ws_handshake h = ws_handshake(r);
        ck_assert_msg(h.code == rows[i].code && strcmp(h.why, rows[i].why) == 0, "%zu: %d %s", i, h.code, h.why);
        if (h.code == 101) {
            ck_assert_str_eq(h.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455 section 1.3 */
            ck_assert_msg(str_eqc(h.protocol, rows[i].echo), "%zu: %.*s", i, STR_ARG(h.protocol));
        }
        request_end(r);
    }
    char *long_key = xmalloc(5001);
    memset(long_key, 'k', 5000);
    long_key[5000] = 0;
    struct request *r =
        request_begin("GET", "/x", GOOD, "Sec-WebSocket-Key", long_key, "Sec-WebSocket-Version", "13", NULL);
    ck_assert_int_eq(ws_handshake(r).code, 400);
    request_end(r);
    free(long_key);
}
END_TEST

START_TEST(test_bearer_token)
{
    static const char prefix[] = "base64url.bearer.authorization.k8s.io.";
    static const struct {
        const char *upgrade, *protocols; /* %s: the prefix */
        bool ok;
        const char *token; /* NULL: none */
    } rows[] = {
        {"websocket", "%sc2VjcmV0, a", true, "secret"},
        {"websocket", "a,%sc2VjcmV0", true, "secret"},
        {"websocket", "%sc2VjcmV0", false, NULL},
        {"websocket", "%sc2VjcmV0, %sc2VjcmV0, a", false, NULL},
        {"websocket", "%sc2Vj*mV0, a", false, NULL},
        {"websocket", "%s_w, a", false, NULL},
        {"websocket", "%s, a", true, NULL},
        {"websocket", "a", true, NULL},
        {"websocket", "", true, NULL},
        {"", "%sc2VjcmV0, a", true, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char protocols[256] = "";
        for (const char *p = rows[i].protocols; *p; p++) {
            bool insert = strncmp(p, "%s", 2) == 0;
            size_t n = strlen(protocols);
            snprintf(protocols + n, sizeof protocols - n, insert ? "%s" : "%.1s", insert ? prefix : p);
            p += insert;
        }
        struct request *r = request_begin("GET", "/x", "Connection", "Upgrade", "Upgrade", rows[i].upgrade,
                                          "Sec-WebSocket-Protocol", protocols, NULL);
        struct str token;
        ck_assert_msg(ws_bearer_token(r, &token) == rows[i].ok, "%s", protocols);
        if (rows[i].ok)
            ck_assert_msg(rows[i].token ? str_eqc(token, rows[i].token) : str_is_null(token), "%s", protocols);
        request_end(r);
    }
}
END_TEST

START_TEST(test_frame_headers)
{
    static const struct {
        enum ws_opcode op;
        uint64_t n;
        const char *want; /* hex */
    } rows[] = {
        {WS_TEXT, 0, "8100"},
        {WS_TEXT, 125, "817d"},
        {WS_BINARY, 126, "827e007e"},
        {WS_TEXT, 65535, "817effff"},
        {WS_TEXT, 65536, "817f0000000000010000"},
        {WS_CLOSE, 2, "8802"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned char h[WS_HEADER_MAX];
        char hex[2 * WS_HEADER_MAX + 1] = "";
        size_t n = ws_header(h, rows[i].op, rows[i].n);
        for (size_t k = 0; k < n; k++) snprintf(hex + 2 * k, 3, "%02x", h[k]);
        ck_assert_str_eq(hex, rows[i].want);
    }
}
END_TEST

/* What a reader makes of the bytes, given in pieces of `step`: "ping:text close:.. bad:1002". */
static void read_all(struct str bytes, size_t step, char *out, size_t cap)
{
    struct ws_reader w = {0};
    out[0] = 0;
    for (size_t at = 0; at < bytes.n; at += step) {
        struct str piece = str_n(bytes.p + at, MIN(step, bytes.n - at));
        enum ws_status status;
        for (enum ws_event ev; (ev = ws_read(&w, &piece, &status)) != WS_NEED_MORE;) {
            size_t n = strlen(out);
            if (ev == WS_BAD) {
                snprintf(out + n, cap - n, "bad:%d", status);
                return;
            }
            ck_assert_int_eq(status, WS_NORMAL);
            snprintf(out + n, cap - n, "%s:%.*s ", ev == WS_GOT_PING ? "ping" : "close", w.control_n,
                     (const char *)w.control);
        }
    }
}

static struct str from_hex(struct arena *a, const char *hex)
{
    char *p = arena_alloc(a, strlen(hex) / 2 + 1);
    size_t n = 0;
    for (; *hex; hex += 2) {
        unsigned v;
        ck_assert_int_eq(sscanf(hex, "%2x", &v), 1);
        p[n++] = (char)v;
    }
    return str_n(p, n);
}

START_TEST(test_reading)
{
    /* The mask 00000000 leaves the text as it is. */
    static const struct {
        const char *hex, *want;
    } rows[] = {
        {"8980000000008a8000000000", "ping: "}, /* ping, pong */
        {"8982000000006869", "ping:hi "},       /* a ping's payload */
        {"89820102030469"
         "6b",
         "ping:hi "}, /* masked: 68^01, 69^02 */
        {"818200000000686989820000000068698880000000"
         "00",
         "ping:hi close: "},
        {"01810000000061"
         "8980000000"
         "00"
         "80810000000062"
         "89810000000078",
         "ping: ping:x "}, /* in a fragmented one */
        {"888200000000"
         "03e8",
         "close:\x03\xe8 "},
        {"888100000000"
         "03",
         "bad:1002"}, /* half a status */
        {"8102"
         "6869",
         "bad:1002"},                 /* not masked */
        {"c18000000000", "bad:1002"}, /* a reserved bit */
        {"838000000000", "bad:1002"}, /* opcodes nobody knows */
        {"8b8000000000", "bad:1002"},
        {"098000000000", "bad:1002"},     /* a ping in fragments */
        {"89fe007e00000000", "bad:1002"}, /* and one that is too long */
        {"808000000000", "bad:1002"},     /* goes on with nothing */
        {"0180000000008180000000"
         "00",
         "bad:1002"}, /* begins anew in the middle */
        {"81fe000100000000"
         "61",
         "bad:1002"}, /* longer than need be */
        {"81ff000000000000000100000000"
         "61",
         "bad:1002"},
        {"81ff800000000000000000000000", "bad:1002"},
        {"81ff000000000200000000000000", ""},         /* 32 MB may come */
        {"81ff000000000200000100000000", "bad:1009"}, /* one byte more may not */
        {"01ff000000000200000000000000", ""},
    };
    struct arena a AUTO_ARENA = {0};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (size_t step = 1; step < 40; step++) {
            char got[256];
            read_all(from_hex(&a, rows[i].hex), step, got, sizeof got);
            ck_assert_msg(strcmp(got, rows[i].want) == 0, "%s by %zu: %s", rows[i].hex, step, got);
        }
}
END_TEST

START_TEST(test_big_message_in_fragments)
{
    struct ws_reader w = {0};
    enum ws_status status;
    static char zeros[1 << 20];
    struct str piece = str_n("\x01\xff\0\0\0\0\x01\xff\xff\xff\0\0\0\0", 14); /* 32 MB less one */
    ck_assert_int_eq(ws_read(&w, &piece, &status), WS_NEED_MORE);
    for (size_t left = (32 << 20) - 1; left;) {
        piece = str_n(zeros, MIN(left, sizeof zeros));
        left -= piece.n;
        ck_assert_int_eq(ws_read(&w, &piece, &status), WS_NEED_MORE);
    }
    piece = str_n("\0\x81\0\0\0\0a", 7); /* the last one that fits */
    ck_assert_int_eq(ws_read(&w, &piece, &status), WS_NEED_MORE);
    piece = str_n("\x80\x81\0\0\0\0a", 7);
    ck_assert_int_eq(ws_read(&w, &piece, &status), WS_BAD);
    ck_assert_int_eq(status, WS_TOO_BIG);
}
END_TEST

TEST_MAIN("ws", test_wanted, test_handshake, test_bearer_token, test_frame_headers, test_reading,
          test_big_message_in_fragments)
