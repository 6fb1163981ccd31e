/* answer.c - the beginning of a server's answer and the end of its body, for tunnel.c, which passes both on as they
 * are. Pure. Reads: bytes.   Writes: what they mean. */
#include "apiserver/http/answer.h"

#include "base/hex.h"

#include <strings.h>

/* ---- Head ---- */

/* Bytes up to and with the empty line; 0: it is not here yet. As Go's reader, lines may end with \n alone. */
static size_t head_length(struct str bytes, size_t seen)
{
    for (size_t i = seen < 2 ? 0 : seen - 2; i < bytes.n; i++) {
        if (bytes.p[i] != '\n') continue;
        size_t next = i + 1;
        if (next < bytes.n && bytes.p[next] == '\r') next++;
        if (next < bytes.n && bytes.p[next] == '\n') return next + 1;
    }
    return 0;
}

static struct str next_line(struct str *rest)
{
    struct str line = str_cut(*rest, '\n', rest);
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    return line;
}

static bool read_status(struct str line, struct answer_head *out, struct err *e)
{
    struct str rest, version = str_cut(line, ' ', &rest), code;
    int64_t status;
    if (str_is_null(rest)) return err_set(e, ERR_UNAVAILABLE, "malformed HTTP response \"%.*s\"", STR_ARG(line));
    while (rest.n && *rest.p == ' ') rest = str_from(rest, 1);
    code = str_cut(rest, ' ', &rest);
    if (code.n != 3 || !str_to_i64(code, &status) || status < 0)
        return err_set(e, ERR_UNAVAILABLE, "malformed HTTP status code \"%.*s\"", STR_ARG(code));
    if (!str_eqc(version, "HTTP/1.1") && !str_eqc(version, "HTTP/1.0"))
        return err_set(e, ERR_UNAVAILABLE, "malformed HTTP version \"%.*s\"", STR_ARG(version));
    out->status = (int)status;
    return true;
}

static bool is_name(struct str name, const char *want)
{
    return name.n == strlen(want) && strncasecmp(name.p, want, name.n) == 0;
}

bool answer_head_read(struct str bytes, size_t seen, struct answer_head *out, struct err *e)
{
    *out = (struct answer_head){.n = head_length(bytes, seen), .length = -1};
    if (!out->n) return true;
    struct str rest = str_n(bytes.p, out->n);
    if (!read_status(next_line(&rest), out, e)) return false;
    while (rest.n) {
        struct str value, line = next_line(&rest), name = str_cut(line, ':', &value);
        if (str_is_null(value)) continue;
        value = str_trim(value);
        if (is_name(name, "Transfer-Encoding")) out->chunked = is_name(value, "chunked");
        if (is_name(name, "Content-Length") && !str_to_i64(value, &out->length)) out->length = -1;
    }
    return true;
}

/* ---- Body ---- */

enum { LENGTH, SIZE, SIZE_REST, DATA, DATA_END, TRAILER, ENDED };
#define CHUNK_MAX ((int64_t)1 << 40) /* no chunk of ours is near; keeps the number from overflowing */

void answer_body_begin(struct answer_body *b, const struct answer_head *h)
{
    bool empty = h->status == 204 || h->status == 304 || h->status < 200;
    *b = (struct answer_body){.chunked = h->chunked && !empty, .left = empty ? 0 : h->chunked ? 0 : h->length};
    b->state = b->chunked ? SIZE : LENGTH;
}

static void take_size(struct answer_body *b, char c)
{
    int digit = hex_digit(c);
    if (digit < 0)
        b->state = c == '\n' ? (b->left ? DATA : TRAILER) : SIZE_REST;
    else if (b->left < CHUNK_MAX)
        b->left = b->left * 16 + digit;
    b->line = 0;
}

/* One byte of the framing of a chunk. */
static void take(struct answer_body *b, char c)
{
    switch (b->state) {
    case SIZE: take_size(b, c); break;
    case SIZE_REST:
        if (c == '\n') b->state = b->left ? DATA : TRAILER;
        break;
    case DATA_END:
        if (c == '\n') b->state = SIZE;
        break;
    case TRAILER:
        if (c == '\n' && !b->line)
            b->state = ENDED;
        else if (c == '\n')
            b->line = 0;
        else if (c != '\r')
            b->line = 1;
    }
}

bool answer_body_ended(struct answer_body *b, struct str bytes)
{
    while (bytes.n && b->state != ENDED) {
        if (b->state == LENGTH || b->state == DATA) {
            size_t n = b->left < 0 || (uint64_t)b->left > bytes.n ? bytes.n : (size_t)b->left;
            if (b->left >= 0) b->left -= (int64_t)n;
            bytes = str_from(bytes, n);
            if (b->state == DATA && !b->left) b->state = DATA_END;
            if (b->state == LENGTH && !b->left) break;
            continue;
        }
        take(b, *bytes.p);
        bytes = str_from(bytes, 1);
    }
    return b->state == ENDED || (b->state == LENGTH && !b->left);
}
