/* test_answer.c - where the head of a server's answer ends, what it says, and where its body ends: in one piece and
 * byte by byte. */
#include "apiserver/http/answer.h"
#include "base/map.h"
#include "object_support.h"

static const struct head_row {
    const char *text;
    size_t n;
    int status;
    bool chunked;
    int64_t length;
    const char *error;
} heads[] = {
    {"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\nrest", 42, 101, false, -1, NULL},
    {"HTTP/1.0 404\n\nx", 14, 404, false, -1, NULL},
    {"HTTP/1.1  403 No\r\ncontent-length: 12\r\n\r\n", 40, 403, false, 12, NULL},
    {"HTTP/1.1 403 No\r\nContent-Length: 12x\r\nTransfer-Encoding:chunked\r\n\r\n", 67, 403, true, -1, NULL},
    {"HTTP/1.1 101 Switching\r\nA: b\r\n", 0, 0, false, -1, NULL},
    {"", 0, 0, false, -1, NULL},
    {"hello\r\n\r\n", 0, 0, false, 0, "malformed HTTP response \"hello\""},
    {"HTTP/1.1 1O1 X\r\n\r\n", 0, 0, false, 0, "malformed HTTP status code \"1O1\""},
    {"HTTP/1.1 -10 X\r\n\r\n", 0, 0, false, 0, "malformed HTTP status code \"-10\""},
    {"HTTP/1.1 2000 X\r\n\r\n", 0, 0, false, 0, "malformed HTTP status code \"2000\""},
    {"FTP/1.1 200 X\r\n\r\n", 0, 0, false, 0, "malformed HTTP version \"FTP/1.1\""},
};

START_TEST(heads_are_read)
{
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        const struct head_row *row = &heads[i];
        struct str all = str_of(row->text);
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            struct answer_head h = {0};
            struct err e = ERR_INIT;
            bool ok = true;
            size_t n = bytewise ? 0 : all.n;
            do ok = answer_head_read(str_n(all.p, n), bytewise && n ? n - 1 : 0, &h, &e);
            while (ok && !h.n && n++ < all.n);
            ck_assert_msg(ok == !row->error, "row %zu: %s", i, e.text);
            if (row->error) {
                ck_assert_str_eq(e.text, row->error);
                continue;
            }
            ck_assert_msg(h.n == row->n && h.status == row->status && h.chunked == row->chunked, "row %zu: %zu %d", i,
                          h.n, h.status);
            ck_assert_int_eq(h.length, row->length);
        }
    }
}
END_TEST

START_TEST(bodies_end)
{
    static const struct {
        const char *head, *text;
        int ends; /* behind so many bytes; -1: not in here */
    } rows[] = {
        {"HTTP/1.1 403 N\nContent-Length: 3\n\n", "abcdef", 3},
        {"HTTP/1.1 403 N\nContent-Length: 0\n\n", "", 0},
        {"HTTP/1.1 403 N\n\n", "abcdef", -1},
        {"HTTP/1.1 403 N\nContent-Length: 9\n\n", "abcdef", -1},
        {"HTTP/1.1 304 N\n\n", "", 0},
        {"HTTP/1.1 403 N\nTransfer-Encoding: chunked\n\n", "3\r\nabc\r\n0\r\n\r\nmore", 13},
        {"HTTP/1.1 403 N\nTransfer-Encoding: chunked\n\n",
         "A;x=\"1\"\r\n0123456789\r\n1 \r\nz\r\n0;y\r\nT: 1\r\nU:\r\n\r\n", 45},
        {"HTTP/1.1 403 N\nTransfer-Encoding: chunked\n\n", "0\n\n", 3},
        {"HTTP/1.1 403 N\nTransfer-Encoding: chunked\n\n", "ffffffffffffffffffffffff\r\nabc", -1},
        {"HTTP/1.1 403 N\nTransfer-Encoding: chunked\n\n", "3\r\nabc\r\n0\r\n", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct answer_head h;
        struct answer_body whole, parts;
        struct err e = ERR_INIT;
        struct str text = str_of(rows[i].text);
        ck_assert(answer_head_read(str_of(rows[i].head), 0, &h, &e));
        answer_body_begin(&whole, &h);
        answer_body_begin(&parts, &h);
        ck_assert_msg(answer_body_ended(&whole, text) == (rows[i].ends >= 0), "row %zu", i);
        int at = answer_body_ended(&parts, STR("")) ? 0 : -1;
        for (size_t k = 0; at < 0 && k < text.n; k++)
            if (answer_body_ended(&parts, str_n(text.p + k, 1))) at = (int)k + 1;
        ck_assert_msg(at == rows[i].ends, "row %zu: %d", i, at);
    }
}
END_TEST

TEST_MAIN("answer", heads_are_read, bodies_end)
